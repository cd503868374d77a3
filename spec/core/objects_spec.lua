-- facequery.core: what becomes of its objects, and what it says of arguments of a wrong type.

local core = require "facequery.core"
local request_for = require "help.request"
local support = require "help.support"

local must = support.must

-- Files and sockets that this process has open.
local function descriptors()
  local file = assert(io.open("/proc/self/stat"))
  local pid = file:read("*n")
  file:close()
  return must(("readlink /proc/%.0f/fd/* 2>/dev/null | grep -v pipe | wc -l"):format(pid))
end

describe("core's objects", function()
  local function answer() return assert(core.answer(request_for())) end
  local makers = { answer = answer, connection = core.connection }

  for name, make in pairs(makers) do
    describe("(" .. name .. ")", function()
      it("may be closed twice", function()
        local object = make()
        object:close()
        object:close()
      end)

      it("show nothing of what is inside", function()
        local object = make()
        assert.truthy(tostring(object):find("^[%a.]+: 0?x?%x+$"))
        object:close()
        assert.truthy(tostring(object):find("^[%a.]+: 0?x?%x+$"))
      end)

      it("raise for another kind of object", function()
        local object = make()
        local other = make == answer and core.connection() or answer()
        for _, wrong in ipairs { other, io.stdout, {}, "x" } do
          assert.has_error(function() object.close(wrong) end)
        end
        assert.has_error(function() object.close() end)
      end)

      if _VERSION == "Lua 5.4" then
        it("close themselves at the end of a block", function()
          local inner
          local block = assert(load([[
            local make, see = ...
            local object <close> = make()
            see(object)
          ]]))
          block(make, function(object) inner = object end)
          local ok, message
          if name == "answer" then
            ok, message = pcall(inner.feed, inner, "{")
          else
            ok, message = pcall(core.exchange, request_for { url = "https://localhost" }, inner)
          end
          assert.is_false(ok)
          assert.truthy(message:find("the " .. name .. " is closed", 1, true), message)
        end)
      end
    end)
  end

  it("raise when they are used closed: an answer", function()
    local object = answer()
    object:close()
    for _, method in ipairs { "feed", "finish", "envelope", "digest", "keep" } do
      local ok, message = pcall(object[method], object, "{}")
      assert.is_false(ok)
      assert.truthy(tostring(message):find("the answer is closed", 1, true), message)
    end
  end)

  it("raise when they are used closed: an answer after keep", function()
    local object = answer()
    assert(object:feed("{}") and object:finish() and object:keep())
    assert.has_error(function() object:keep() end)
    object:close()
  end)

  it("raise when they are used closed: a connection", function()
    local object = core.connection()
    object:close()
    local ok, message = pcall(core.exchange, request_for { url = "https://localhost" }, object)
    assert.is_false(ok)
    assert.truthy(tostring(message):find("the connection is closed", 1, true), message)
  end)

  it("raise when they are closed while a request is read: a connection", function()
    local object = core.connection()
    local request = request_for { url = "https://localhost:1" }
    local files = request.files
    request.files = nil
    setmetatable(request, {
      __index = function(_, name)
        if name == "files" then
          object:close()
          return files
        end
      end,
    })
    local ok, message = pcall(core.exchange, request, object)
    assert.is_false(ok)
    assert.truthy(tostring(message):find("the connection is closed", 1, true), message)
  end)

  it("raise before files are opened: a connection that is closed or none", function()
    local folder = support.folder()
    local closed = core.connection()
    closed:close()
    collectgarbage "stop"
    local before = descriptors()
    for _, object in ipairs { closed, {} } do
      assert.has_error(function()
        core.exchange(request_for { url = "https://localhost:1", photo_path = folder .. "/p" }, object)
      end)
    end
    local after = descriptors()
    collectgarbage "restart"
    assert.equal(before, after)
    support.remove_folder(folder)
  end)

  it("leave nothing open when they are dropped", function()
    local folder = support.folder()
    collectgarbage()
    collectgarbage()
    local before = descriptors()
    for i = 1, 20 do
      local path = folder .. "/" .. i
      local object = assert(core.answer(request_for { photo_path = path .. ".jpg", video_path = path .. ".mp4" }))
      assert(object:feed('{"photo":"' .. ("QUJD"):rep(100000)))
    end
    assert.not_equal(before, descriptors())
    collectgarbage()
    collectgarbage()
    assert.equal(before, descriptors())
    assert.equal("", support.list(folder))
    support.remove_folder(folder)
  end)

  -- Lua collects garbage where the core makes a string, a table or a userdata, and a finalizer may then
  -- close what a method is at work on.  What reads on nevertheless, the sanitizer sees.
  describe("find out that a finalizer closed them:", function()
    -- Calls a method in such a way that the first thing it makes starts a collection.
    local function closed_in(object, method, ...)
      collectgarbage() -- a collection that is half done would pass over what is made now
      collectgarbage "stop"
      if newproxy then
        getmetatable(newproxy(true)).__gc = function() object:close() end
      else
        setmetatable({}, { __gc = function() object:close() end })
      end
      local call = object[method]
      collectgarbage "restart"
      local ok, message = pcall(call, object, ...)
      assert.is_false(ok)
      assert.matches("is closed", message, 1, true)
    end

    -- Modes in which a collection is done in one go.
    local before
    before_each(function()
      before = jit and collectgarbage("setstepmul", 0) or collectgarbage "generational"
    end)
    after_each(function()
      if jit then
        collectgarbage("setstepmul", before)
      else
        collectgarbage(before)
      end
    end)

    it("an answer", function()
      closed_in(answer(), "feed", 12.5)
      for _, method in ipairs { "envelope", "keep" } do
        local object = answer()
        assert(object:feed '{"code":"0","photo":"QUJD","video":"QUJDRA=="}' and object:finish())
        closed_in(object, method)
      end
    end)

    it("a pool", function()
      for _, method in ipairs { "wait", "finish" } do
        local pool = core.pool()
        assert.equal(0, pool:start(request_for { url = "https://127.0.0.1:1" }))
        if method == "finish" then
          assert.same({ 0 }, pool:wait(5))
        end
        closed_in(pool, method, 0)
      end
    end)
  end)

  it("raise for options of a wrong type", function()
    for _, options in ipairs {
      { max_media = "1" }, { max_media = -1 }, { max_media = 0 / 0 }, { max_envelope = {} }, { max_envelope = 2 ^ 60 },
      { photo_path = 1 }, { video_path = true }, { photo_path = "/tmp/a\0b" }, { hashes = "sha256" },
      { hashes = { "md5" } }, { hashes = { 1 } }, { within = 1 }, { within = "" }, { within = ("x"):rep(32) },
      { unique = 1 }, { unique = { 1 } }, { unique = { "a\0b" } },
    } do
      assert.has_error(function() core.answer(request_for(options)) end)
    end
    for _, files in ipairs { 1, { 1 }, { {} }, { { name = 1 } }, { { name = "" } }, { { name = "a\0b" } } } do
      local options = request_for()
      options.files = files
      assert.has_error(function() core.answer(options) end)
    end
    for _, name in ipairs { "files", "unique", "max_envelope", "max_media" } do
      local options = request_for()
      options[name] = nil
      assert.has_error(function() core.answer(options) end)
    end
    local many = {}
    for i = 1, 20 do
      many[i] = { name = "field" .. i }
      local options = request_for { unique = {} }
      options.files = many
      assert.equal(i <= 4, (pcall(core.answer, options)))
    end
    assert.has_error(function() core.answer() end)
    assert.has_error(function() answer():feed() end)
    assert.has_error(function() answer():feed {} end)
  end)

  it("raise for requests of a wrong type", function()
    for _, field in ipairs {
      { url = 1 }, { url = "https://localhost\0" }, { timeout = 0 }, { timeout = -1 }, { timeout = 0 / 0 },
      { timeout = "1" }, { timeout = math.huge }, { connect_timeout = 0 }, { headers = "x" }, { headers = { "x" } },
      { ca_file = 1 }, { proxy = 1 }, { body = {} }, { max_media = -1 },
      { headers = { A = 1 } }, { headers = { A = "b\r\nC: d" } }, { headers = { ["A\n"] = "b" } },
      { headers = { A = "b\0" } }, { headers = { ["\0"] = "b" } }, { headers = { A = "\127" } },
    } do
      local request = request_for { url = "https://localhost:1" }
      for name, value in pairs(field) do
        request[name] = value
      end
      assert.has_error(function() core.exchange(request) end)
    end
    for _, name in ipairs { "url", "timeout", "connect_timeout" } do
      local request = request_for { url = "https://localhost:1" }
      request[name] = nil
      assert.has_error(function() core.exchange(request) end)
    end
    assert.has_error(function() core.exchange {} end)
    assert.has_error(function() core.exchange() end)
    assert.has_error(function() core.exchange(request_for { url = "https://localhost:1" }, {}) end)
  end)
end)
