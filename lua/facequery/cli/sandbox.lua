--- facequery sandbox: runs the service in small.

local statuses = require "facequery.cli.statuses"

-- As a shell has it, for a command that a signal has ended.
local SIGNALLED = 128

local function quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

---@param args table
---@return integer exit status
return function(args)
  local here = debug.getinfo(1, "S").source:match "^@(.*)cli/sandbox%.lua$" or "./"
  -- Run by sh, because a script may have lost its x permission where it was installed.
  local command = { "exec sh", quote(here .. "sandbox/start") }
  -- Options before the command are the script's own.
  if args.command[1] and args.command[1]:sub(1, 1) ~= "-" then
    command[#command + 1] = "--"
  end
  for _, word in ipairs(args.command) do
    command[#command + 1] = quote(word)
  end
  -- os.execute returns the status of wait(2) in LuaJIT; in Lua 5.4 whether the command succeeded, whether it exited or
  -- was ended by a signal, and the status or the signal.
  local ok, how, status = os.execute(table.concat(command, " "))
  if type(ok) == "number" then
    return ok % 256 == 0 and math.floor(ok / 256) or SIGNALLED + ok % 128
  end
  return ok and statuses.OK or how == "signal" and SIGNALLED + status or status
end
