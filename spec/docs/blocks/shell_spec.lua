-- Every block of shell in the pages runs as it stands, in a reader's order, and prints what the page shows below it.
-- Only on lua5.4 luajit: the C code is the same.

local blocks = require "help.blocks"
local certificates = require "help.certificates"
local redis_help = require "help.redis"
local session = require "help.session"
local support = require "help.support"

local env, must, quote, where = support.env, support.must, support.quote, blocks.where

local ROOT = must "pwd -P"
local PASSWORD = "p4ss"

-- What is not run here, without its comment: why, and the file that shows it, with what in that file.
local NOT_RUN = {
  ["make deps"] = { "installs packages", "spec/packaging/bare", "make deps && make install" },
  ["make test-deps"] = { "installs packages", "spec/packaging/need_spec.lua", "`make test-deps` install" },
  ["make demo"] = { "installs packages", "spec/shell_spec.lua", "examples/demo build/lua5.4/bin/facequery" },
  ["make test"] = { "is what runs this", ".ci/run", "make test" },
  ["make test SPEC=spec/client/query_spec.lua"] = { "runs the whole of spec/run", ".ci/run", "make test" },
  ["make lint"] = { "takes a minute", ".ci/run", "make lint" },
  ["make deb"] = { "takes minutes", "spec/packaging/bare", "dpkg-buildpackage -us -uc -b" },
  ["make rock"] = { "writes where other specs do", "spec/packaging/dist_spec.lua", "make -C %s/clone rock" },
  ["make dist"] = { "the same", "spec/packaging/dist_spec.lua", "make -C %s/clone dist" },
  ["docker build -t facequery ."] = { "fetches Debian", "spec/packaging/bare", "buildah bud --pull-never -t" },
  ["luarocks-5.4 make CURL_INCDIR=/usr/include/$(gcc -dumpmachine)"] =
    { "compiles all", "spec/packaging_spec.lua", 'describe("luarocks make"' },
  ["luarocks-5.1 make CURL_INCDIR=/usr/include/$(gcc -dumpmachine) LUA_INCDIR=/usr/include/luajit-2.1"] =
    { "compiles all", "spec/packaging_spec.lua", "LUA_INCDIR=/usr/include/luajit-2.1" },
}

-- A block with what is a reader's own in the place of what the page has for it.
local function own(text, redis_url)
  for _, pair in ipairs {
    { "FACEQUERY_SECRET=…", "FACEQUERY_SECRET=" .. env "SANDBOX_SECRET" },
    { "FACEQUERY_TICKET=…", "FACEQUERY_TICKET=${FACEQUERY_TICKET}" },
    { "FACEQUERY_REDIS_PASSWORD=…", "FACEQUERY_REDIS_PASSWORD=" .. PASSWORD },
    { "redis://queue%.internal", redis_url },
    { "https://freetsa%.org/tsr", env "SANDBOX_TSA" },
    { "https://tsa%.example/rfc3161", env "SANDBOX_TSA" .. "/second" },
    { "freetsa%.org%-tsr%.tsr", "….tsr" },
    { "CN=www%.freetsa%.org,…", "CN=facequery sandbox TSA" },
    { "CN=TSA 3,O=Example", "CN=facequery sandbox TSA" },
    { "1617091885609174325769165852", "verified1" },
    { "%f[%w]ORDER%f[%W]", "verified1" },
    { "%f[%w]ORDER2%f[%W]", "verified2" },
  } do
    text = text:gsub(pair[1], (pair[2]:gsub("%%", "%%%%")))
  end
  return text
end

local world, redis

-- A folder with what the blocks take for there, and an archive that has the orders.
setup(function()
  world = support.folder()
  redis = redis_help.server("--appendonly yes --requirepass " .. PASSWORD)
  local now = os.date "!%Y-%m-%dT%H:%M:%SZ"
  for name, text in pairs {
    ["orders.txt"] = "verified1\nverified2\nrejected1\n",
    ["orders.csv"] = ("order_no,verified_at\nverified1,%s\n"):format(now),
    ["done-and-not-archived.csv"] = ("order_no,verified_at\nverified2,%s\n"):format(now),
    ["verdicts.csv"] = "verified1,1\nrejected1,0\n",
    ["person.json"] = '{"user_id": "u1042", "name": "张三", "id_no": "11010519491231002X"}',
    ["photo.txt"] = must("base64 -w 0 " .. support.medium_path "photo.jpg"),
    ["tsa-ca.pem"] = support.read_file(env "CA_FILE"),
    ["add.lua"] = blocks.at("fleet.md ## Add orders lua 2").text,
  } do
    support.write_file(world .. "/" .. name, text)
  end
  for _, name in ipairs { "audit", "audit-2026-11" } do
    certificates.make(world, name, "ec")
  end
  must(("cd %s && %s/bin/facequery archive --from orders.txt --out evidence"):format(world, support.build))
end)

teardown(function()
  redis.stop()
  support.remove_folder(world)
end)

-- What the shell is told before each block.
local function before_all()
  return ([[
    unset LUA_PATH LUA_CPATH MAKEFLAGS MFLAGS MAKELEVEL
    export PATH=%s/bin:$PATH XDG_CACHE_HOME=/dev/null FACEQUERY_REDIS_PASSWORD=%s REDISCLI_AUTH=%s
    alias redis-cli="redis-cli -p %d"
  ]]):format(support.build, PASSWORD, PASSWORD, redis.port)
end

local function without_comment(command)
  return (command:gsub("%s+#.*", ""))
end

---@class docs.Shell
---@field before? string what else the shell is told before the block; FOLDER is where it runs, or may write
---@field checkout? boolean it runs in the checkout
---@field works? boolean a worker, which goes on until it is told to end, is told so once it has archived the order

local WORKING = [[
{ %s & } && until ls evidence/*/*/*/verified1/manifest.json >/dev/null 2>&1; do sleep 0.05; done
kill -TERM $! && wait $!]]

-- Blocks that have run, without their comments: the same words in the page of another language would do the same.
local has_run = {}

-- What runs a block: each command ends with 0, and prints what is shown.
---@param how? docs.Shell
local function run(how)
  how = how or {}
  return function(block)
    local words = block.place .. without_comment(block.text)
    if has_run[words] then
      return
    end
    has_run[words] = true
    support.control("reset", "POST")
    redis.cli("-a " .. PASSWORD .. " --no-auth-warning flushall")
    local folder = support.folder()
    finally(function() support.remove_folder(folder) end)
    must(("cp -a %s/. %s"):format(world, folder))
    local commands = {}
    for _, command in ipairs(session.commands(own(block.text, redis.url))) do
      if not NOT_RUN[without_comment(command.text)] then
        commands[#commands + 1] = command
        if how.works and command.text:find "^facequery work " then
          command.text = WORKING:format(command.text)
        end
      end
    end
    local results = session.run(commands, {
      folder = how.checkout and ROOT or folder,
      before = before_all() .. (how.before or ""):gsub("FOLDER", folder),
    })
    for i, command in ipairs(commands) do
      local told = ("%s: %s\nprints\n%s"):format(where(block), command.text, table.concat(results[i].output, "\n"))
      assert.equal(0, results[i].status, told)
      assert.is_true(not command.shown or session.shows(command.shown, results[i]), told)
    end
  end
end

describe("the pages' shell", function()
  local in_checkout, quickstart = run { checkout = true }, blocks.elsewhere "spec/docs/quickstart_spec.lua"

  blocks.each("sh", {
    ["CONTRIBUTING.md ## Build and test sh 1"] = in_checkout,
    ["CONTRIBUTING.md ## Build and test sh 2"] = in_checkout,
    ["install.md # Install sh 1"] = run { checkout = true, before = "export PREFIX=FOLDER/prefix" },
    -- A ticket that stands behind the other values, as the page's does.
    ["doctor.md ## Your own program's signature sh 1"] = run { before = "FACEQUERY_TICKET=$(printf z%063d 0)" },
    ["evidence.md # Evidence sh 1"] = run { before = "rm -r evidence" },
    ["evidence.md # Evidence sh 2"] = run { before = "rm -r evidence" },
    -- As the first facequery had it: bundles side by side.
    ["evidence.md ## An archive of an earlier facequery sh 1"] =
      run { before = "mv evidence/*/*/*/* evidence && rm -r evidence/20??" },
    ["evidence.md ## Provable time sh 2"] =
      run { before = "facequery seal evidence --tsa $FACEQUERY_SANDBOX_TSA --tsa-ca tsa-ca.pem" },
    ["evidence.md ## Secrecy sh 1"] = run { before = "rm -r evidence" },
    ["fleet.md ## Run it sh 1"] = run { before = "rm -r evidence", works = true },
    ["quickstart.md ## Install sh 1"] = quickstart,
    ["quickstart.md ## Install sh 2"] = quickstart,
    ["quickstart.md ## Your own program sh 1"] = quickstart,
    ["quickstart.md ## The same in nginx sh 1"] = quickstart,
    ["quickstart.md ## Your App ID sh 1"] = quickstart,
    ["quickstart.md ## The evidence, in a later job sh 1"] = quickstart,
  }, run())

  it("that is not run here is in the pages, is shown elsewhere, and is nothing that a shell or make does not know",
    function()
      local left = {}
      for command, why in pairs(NOT_RUN) do
        left[command] = true
        assert.is_truthy(support.read_file(why[2]):find(why[3], 1, true), command .. ": " .. why[2])
        must("sh -n -c " .. quote(command))
        if command:find "^make " then
          must("env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -n " .. command:sub(6))
        end
      end
      for _, block in ipairs(blocks.all "sh") do
        for _, command in ipairs(session.commands(block.text)) do
          left[without_comment(command.text)] = nil
        end
      end
      assert.same({}, left)
    end)
end)
