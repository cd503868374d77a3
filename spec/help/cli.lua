--- The command of the build that is tested, run in a shell or with an environment of its own.

local assert = require "luassert"
local cjson = require "cjson"
local support = require "help.support"
local transcript = require "help.transcript"

local cli = {}

--- The command and its arguments for a shell.
---@param arguments string
---@param preloaded? string a library
function cli.words(arguments, preloaded)
  return ("env XDG_CACHE_HOME=/dev/null LD_PRELOAD=%s %s/bin/facequery %s"):format(
    support.quote((os.getenv "LD_PRELOAD" or "") .. ":" .. (preloaded or "")), support.build, arguments)
end

--- Runs the command in a shell: its standard output and standard error, without the last line breaks,
--- and its exit status.  `how`: what stands before it, "umask 0;" or NAME=VALUE.
---@return string output
---@return string messages
---@return integer status
function cli.shell(arguments, how)
  local messages = support.must "mktemp"
  local output, status = support.shell(("%s %s 2>%s"):format(how or "", cli.words(arguments), messages))
  local text = transcript.keep(support.read_file(messages), "messages")
  os.remove(messages)
  transcript.keep(output, "answers")
  return output, (text:gsub("\n$", "")), status
end

--- Runs the command with these words; options as those of support.run.
---@return string stdout
---@return string stderr
---@return integer status
function cli.run(arguments, options)
  local words, all = { support.build .. "/bin/facequery" }, {}
  for i, argument in ipairs(arguments) do
    words[i + 1] = argument
  end
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  -- No command keeps tickets for the next one, unless a spec says where.
  all.env = { LD_PRELOAD = os.getenv "LD_PRELOAD" or "", XDG_CACHE_HOME = "/dev/null" }
  for name, value in pairs(options and options.env or {}) do
    all.env[name] = value
  end
  local output, messages, status = support.run(words, all)
  transcript.keep(output, "answers")
  return output, transcript.keep(messages, "messages"), status
end

--- The JSON of each line of an output.
function cli.records(output)
  local list = {}
  for line in output:gmatch "([^\n]*)\n" do
    list[#list + 1] = cjson.decode(line)
  end
  return list
end

--- Holds that a text has this part.
function cli.has(part, text)
  assert.is_truthy(text:find(part, 1, true), ("no %q in:\n%s"):format(part, text))
end

--- Holds that a text doesn't have this part.
function cli.has_not(part, text)
  assert.is_falsy(text:find(part, 1, true), ("%q in:\n%s"):format(part, text))
end

--- Waits until the sandbox was asked for an order.
function cli.wait_for_query(order_no)
  local deadline = support.real_now() + 30
  while support.queries(order_no) < 1 do
    assert(support.real_now() < deadline, "nobody asks for the order")
  end
end

return cli
