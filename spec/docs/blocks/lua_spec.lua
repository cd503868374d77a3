-- Every block of Lua in the pages runs as it stands, against the sandbox and a Redis; those for nginx run there, in
-- nginx_spec.lua.
-- Only on lua5.4 luajit: the C code is the same.

local blocks = require "help.blocks"
local facequery = require "facequery"
local lfs = require "lfs"
local markdown = require "help.markdown"
local redis_help = require "help.redis"
local support = require "help.support"

local env = support.env

local redis, folder, here, client

setup(function()
  redis, here = redis_help.server "--appendonly yes", lfs.currentdir()
end)

teardown(function()
  redis.stop()
end)

-- Blocks write below the folder that they run in.
before_each(function()
  folder = support.folder()
  client = assert(facequery.new())
  assert(lfs.mkdir(folder .. "/evidence"))
end)

after_each(function()
  client:close()
  support.remove_folder(folder)
end)

-- The user's browser, which follows the block's own `scan.url` once somebody asks what the return url says.
local function arguments()
  local function play()
    for i = 1, 100 do
      local name, value = debug.getlocal(3, i)
      if name == "scan" then
        local back = support.must(("curl -s --cacert %s -o /dev/null -w '%%{redirect_url}' %s"):format(
          support.quote(env "CA_FILE"), support.quote(value.url)))
        local found = {}
        for key, text in back:gmatch "[?&]([^=&]+)=([^&]*)" do
          found[key] = text
        end
        return found
      end
    end
  end
  local found
  return setmetatable({}, { __index = function(_, key)
    found = found or play()
    return found[key]
  end })
end

-- What a block has of a reader's own program.
local function globals()
  local function hear() end
  local order_no = support.order "verified"
  return {
    facequery = facequery,
    client = client,
    app_id = env "APP_ID",
    secret = env "SANDBOX_SECRET",
    order_no = order_no,
    verified_at = os.time(),
    user_id = "u1042",
    name = "张三",
    id_no = "11010519491231002X",
    args = arguments(),
    connect = function() return redis_help.lua().connect("127.0.0.1", redis.port) end,
    welcome = hear,
    log = error,
    tell_user = error,
  }
end

-- Runs a block; no local or global `err` is left of it, and `holds`, Lua code at its end, is true.
local function run(holds)
  return function(block)
    local given = globals()
    local code = block.text:gsub("1617091885609174325769165852", given.order_no)
      :gsub('"…"', ("%q"):format(given.secret))
    assert(lfs.chdir(folder))
    finally(function() lfs.chdir(here) end)
    local is_so, err = markdown.run(("%s\nreturn %s, err"):format(code, holds or "true"), given)
    assert.is_nil(err)
    assert.is_true(is_so)
  end
end

describe("the pages' Lua", function()
  local in_nginx, testing = blocks.elsewhere "spec/docs/blocks/nginx_spec.lua",
    blocks.elsewhere "spec/docs/testing_spec.lua"

  blocks.each("lua", {
    ["README.md ## Ten lines lua 1"] = run "record.orderNo == order_no",
    ["README.md ## Ten lines lua 2"] = run "bundle.order_no == order_no and bundle.path:find '^evidence/' == 1",
    ["api.md ## Tickets lua 1"] = in_nginx,
    ["api.md ## Tickets lua 2"] = in_nginx,
    ["api.md ## Events lua 1"] = in_nginx,
    ["fleet.md ## Add orders lua 1"] = run "is_new",
    ["fleet.md ## Add orders lua 2"] = blocks.elsewhere "spec/docs/fleet_spec.lua",
    ["flow.md # From the click to the record lua 1"] = run "ok and record.code == '0' and bundle.order_no == order_no",
    ["quickstart.md ## Your own program lua 1"] = blocks.elsewhere "spec/docs/quickstart_spec.lua",
    ["testing.md # Your own specs lua 1"] = testing,
    ["testing.md # Your own specs lua 2"] = testing,
  }, run())
end)
