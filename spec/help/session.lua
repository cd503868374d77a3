--- A block of shell, run as a reader runs it: its commands in order, in one shell, on a terminal (script(1) makes it);
--- and what a page shows of their output, held to what they print.

local support = require "help.support"

local session = {}

---@class help.Ran
---@field output string[] the lines that a terminal shows, without empty ones
---@field passing table<integer, boolean> which of them something else was written over, as over a bar
---@field status integer

---@class help.Command
---@field text string
---@field shown? string[] the lines that the page shows below it, where it shows any

-- Whether the text is whole for a shell; a here-document without its end is so, too.
local function is_whole(text)
  local mark = text:match "<<'?(%w+)'?"
  return not text:find "\\$" and (not mark or text:find("\n" .. mark .. "$") ~= nil)
    and select(2, support.shell("sh -n -c " .. support.quote(text))) == 0
end

-- The commands of a block that shows no output: lines belong together until a shell finds them whole.
local function commands_alone(lines)
  local list, open = {}, nil
  for _, line in ipairs(lines) do
    if open then
      open.text = open.text .. "\n" .. line
    elseif line:find "%S" and not line:find "^%s*#" then
      open = { text = line }
      list[#list + 1] = open
    end
    open = open and not is_whole(open.text) and open or nil
  end
  return list
end

--- The commands of a block.  Where one begins with "$ ", all do, and what stands below one is its output.
---@param text string
---@return help.Command[]
function session.commands(text)
  local lines, list = {}, {}
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  if not ("\n" .. text):find "\n%$ " then
    return commands_alone(lines)
  end
  for _, line in ipairs(lines) do
    local command = line:match "^%$ (.*)"
    local last = list[#list]
    if command then
      list[#list + 1] = { text = command }
    else
      last.shown = last.shown or {}
      last.shown[#last.shown + 1] = line
    end
  end
  return list
end

--- Runs commands in one shell.
---@param commands help.Command[]
---@param options { folder: string, before: string } where; what the shell is told before
---@return help.Ran[] of each
function session.run(commands, options)
  local script = { options.before }
  for i, command in ipairs(commands) do
    script[#script + 1] = ("%s\nprintf '\\n\\001%d %%d\\n' $?"):format(command.text, i)
  end
  local folder = support.folder()
  support.write_file(folder .. "/session", "cd " .. support.quote(options.folder) .. " || exit\n"
    .. table.concat(script, "\n") .. "\n")
  local output = support.must(("TERM=xterm timeout -k 5 300"
    .. " script -qec 'sh %s/session </dev/null' /dev/null </dev/null"):format(folder))
  support.remove_folder(folder)
  local results, lines, passing = {}, {}, {}
  for line, ending in (output:gsub("\27%[K", ""):gsub("\r\n", "\n") .. "\n"):gmatch "([^\r\n]*)([\r\n])" do
    local status = line:match "^\1%d+ (%d+)$"
    if status then
      results[#results + 1] = { output = lines, passing = passing, status = tonumber(status) }
      lines, passing = {}, {}
    elseif line:find "%S" then
      lines[#lines + 1] = line
      passing[#lines] = ending == "\r"
    end
  end
  assert(#results == #commands, output)
  return results
end

-- What differs from run to run, as a page shows it, and as a pattern.  In this order.
local VARYING = {
  { "%[[#-]+%]", "%[[#-]+%]" },                                       -- a bar
  { "%f[%w]%u%l%l [%d ]%d %d%d:", "%u%l%l [%d ]%d %d%d:" },           -- a day of openssl's
  { "[%w+/]+=", "[%w+/]+=", 44 },                                     -- a digest in base64
  { "%f[%w]%x+%f[%W]", "%x+", 4 },                                    -- a digest in hex, or as much of it as is shown
  { "%d+", "%d+" },
  { "…", ".-" },
}

local function is_digest(word, length)
  return #word >= length and word:find "%d" and word:find "%a"
end

-- The pattern that a line of a page stands for.
local function pattern_of(line)
  local parts = {}
  local rest = line
  -- The first of what varies, from the left; what stands before it is as it stands.
  while rest ~= "" do
    local first, last, pattern
    for _, kind in ipairs(VARYING) do
      local from, to = rest:find(kind[1])
      while from and kind[3] and not is_digest(rest:sub(from, to), kind[3]) do
        from, to = rest:find(kind[1], to + 1)
      end
      if from and (not first or from < first) then
        first, last, pattern = from, to, kind[2]
      end
    end
    if not first then
      break
    end
    parts[#parts + 1] = rest:sub(1, first - 1):gsub("%p", "%%%0") .. pattern
    rest = rest:sub(last + 1)
  end
  parts[#parts + 1] = rest:gsub("%p", "%%%0")
  return "^" .. table.concat(parts) .. "$"
end

--- Whether a page shows what a command has printed, but for what varies: "…" stands for anything in a line and, alone
--- in one, for any lines.  Lines that look alike may be more or less; what is written over may be left out.
---@param shown string[]
---@param ran help.Ran
---@return boolean
function session.shows(shown, ran)
  local patterns = {}
  for _, line in ipairs(shown) do
    local pattern = line:find "^%s*…$" and "" or pattern_of(line)
    if line:find "%S" and pattern ~= patterns[#patterns] then
      patterns[#patterns + 1] = pattern
    end
  end
  -- Whether the patterns from the i-th on are the lines from the j-th on.
  local function fit(i, j)
    local pattern, line = patterns[i], ran.output[j]
    if line and ran.passing[j] and fit(i, j + 1) then
      return true
    elseif not pattern then
      return not line
    elseif pattern == "" then
      return fit(i + 1, j) or line ~= nil and fit(i, j + 1)
    end
    return line ~= nil and line:find(pattern) ~= nil and (fit(i + 1, j + 1) or fit(i, j + 1))
  end
  return fit(1, 1)
end

return session
