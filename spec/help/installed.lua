--- Holds that a command works where it was installed, however it came there.

local assert = require "luassert"
local cjson = require "cjson"
local support = require "help.support"

local installed = {}

-- The sandbox's settings, for a command with nothing else in its environment but these variables.
local function settings(variables)
  local all = {}
  for name, value in pairs(variables or {}) do
    all[name] = value
  end
  for _, name in ipairs { "BASE_URL", "CA_FILE", "APP_ID", "TICKET" } do
    all["FACEQUERY_" .. name] = support.env(name)
  end
  return all
end

--- The command works without the checkout, from another folder and with a clean environment.
---@param command string its path
---@param variables? table<string, string> what is in its environment
function installed.works(command, variables)
  local function run(...)
    return support.run({ command, ... }, { clean = true, env = settings(variables), cwd = "/" })
  end
  local version = dofile "lua/facequery/version.lua"
  assert.same({ "facequery " .. version .. "\n", "", 0 }, { run "--version" })
  local number, folder = support.order "verified", support.folder()
  local output, messages, status = run("poll", number, "--out", folder)
  assert.same({ "", 0 }, { messages, status })
  assert.equal(number, cjson.decode(output).orderNo)
  assert.equal(support.medium "photo.jpg", support.read_file(folder .. "/" .. number .. "-photo.jpg"))
  support.remove_folder(folder)
  assert.same({ "", "", 0 }, { run("sandbox", "true") })
  output = run("sandbox", command, "query", "verified1")
  assert.equal("0", cjson.decode(output).code)
end

return installed
