-- facequery sandbox, as a shell sees it.
-- Only on lua5.4 luajit: nginx doesn't run under the sanitizers.

local cjson = require "cjson"
local cli = require "help.cli"
local support = require "help.support"

local facequery = cli.run
local must = support.must
local decode = cjson.decode

describe("the command sandbox", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  -- Runs facequery sandbox without the variables of the sandbox that this spec runs in.
  local function sandbox(...)
    return facequery({ "sandbox", ... }, { clean = true })
  end

  it("runs a command in a sandbox, and ends with its exit status", function()
    local command = must("readlink -f " .. support.quote(support.build .. "/bin/facequery"))
    local output, _, status = sandbox("sh", "-c", '"$1" query verified1 && exit 7', "sh", command)
    assert.same({ "0", 7 }, { decode(output).code, status })
    assert.same({ "a  'b\n", "", 0 }, { sandbox("echo", "a  'b") })
    assert.same({ "x\n", "", 0 }, { sandbox("--", "echo", "x") })
  end)

  it("says how it is used", function()
    local output, messages, status = sandbox "--help"
    assert.same({ "", 0 }, { messages, status })
    assert.matches("^usage: ", output)
    output, messages, status = sandbox "--nonsense"
    assert.same({ "", 2 }, { output, status })
    assert.matches("^usage: ", messages)
  end)

  it("prints the environment to use without a command, and runs until interrupted", function()
    local process = support.start("-i PATH=\"$PATH\" " .. support.build .. "/bin/facequery sandbox")
    process.wait_for "Ctrl-C ends it."
    local exports = process.output():gsub("[^\n]*sandbox: [^\n]*\n?", "")
    support.write_file(folder .. "/env", exports)
    local record = must((". %s/env && %s/bin/facequery query verified1"):format(folder, support.build))
    assert.equal("0", decode(record).code)
    local dir = exports:match "FACEQUERY_SANDBOX_DIR='([^']+)'"
    must("test -d " .. dir)
    must("kill -TERM $(ps -o pid= --ppid " .. process.pid .. ")")
    local _, status = process.wait()
    assert.equal(143, status)
    must("! test -e " .. dir)
  end)
end)
