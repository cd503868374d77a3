--- Keeps what the command has printed in a whole run of the specs, for spec/quiet to look through.

local transcript = {}

local path = os.getenv "FACEQUERY_TRANSCRIPT"

--- Puts down what was printed, where somebody wants it.
---@param text string
---@param kind "answers"|"messages" on stdout, as what was asked for; or on stderr, too
---@return string text
function transcript.keep(text, kind)
  local file = path and io.open(path .. "." .. kind, "ab")
  if file then
    file:setvbuf "full" -- one write, so that two processes' texts do not mix
    file:write(text, "\n")
    file:close()
  end
  return text
end

return transcript
