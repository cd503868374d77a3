-- Transports, ticket stores and other functions of users that return, or raise, what they must not.

local contract = require "help.store_contract"
local core = require "facequery.core"
local facequery = require "facequery"
local foreign = require "facequery.foreign"
local support = require "help.support"

local PRIVATE = "tICKETtICKET"

-- Returns the error.  It is of no successful kind, and repeats nothing of what the user's function returned.
local function error_of(result, err)
  assert.is_nil(result)
  assert.not_equal("success", err.kind)
  assert.truthy(err.message:find "%a" and err.advice:find "%a")
  for _, value in pairs(err) do
    assert.is_nil(tostring(value):find(PRIVATE, 1, true))
  end
  return err
end

-- Values that are hardly ever right.
local HOSTILE = {
  true, 5, -1, 0 / 0, PRIVATE, "", {}, { PRIVATE }, { status = 5 }, { status = "0" }, print,
  coroutine.create(print), io.stdout, setmetatable({}, { __index = function() error(PRIVATE) end }),
  setmetatable({}, { __tostring = function() error(PRIVATE) end }),
}

describe("a transport of one's own", function()
  local function ask(transport)
    local client = assert(facequery.new { app_id = "IDAXXXXX", ticket = "t", transport = transport, retries = 0 })
    return client:query { order_no = "a1", get_file = "both" }
  end
  local function answer_with(fields)
    local answer = { status = 200, envelope = '{"code":"0","orderNo":"a1"}', media = {}, time = 0 }
    for name, value in pairs(fields) do
      answer[name] = value
    end
    return ask(function() return answer end)
  end

  it("may return the least that is an answer", function()
    assert.equal("0", assert(ask(function() return { status = 200, envelope = '{"code":"0"}' } end)).code)
    assert.equal("7", select(2, answer_with { record = { code = "7" } }).code)
  end)

  for _, case in ipairs {
    { { media = 5 }, "media: table or nil expected, got number" },
    { { media = { photo = 5 } }, "media.photo: table expected, got number" },
    { { media = { photo = {} } }, "media.photo.data: string expected, got nil" },
    { { media = { video = { data = "x", size = "1" } } }, "media.video.size: number or nil expected, got string" },
    { { envelope = 5 }, "envelope: string expected, got number" },
    { { envelope = false }, "envelope: string expected, got boolean" },
    { { status = "200" }, "status: number expected, got string" },
    { { status = 200.5 }, "status: 100 to 999 expected" },
    { { status = 0 }, "status: 100 to 999 expected" },
    { { record = 5 }, "record: table expected, got number" },
    { { record = { code = 0 } }, "record.code: string expected, got number" },
    { { record = {} }, "record.code: string expected, got nil" },
    { { record = { code = "" } }, "record.code: empty" },
    { { sha256 = 5 }, "sha256: string or nil expected, got number" },
    { { time = "1" }, "time: number or nil expected, got string" },
    { { damaged = 5 }, "damaged: table or nil expected, got number" },
    { { damaged = { photo = 5 } }, "damaged.photo: table or nil expected, got number" },
    { { damaged = { photo = {} } }, "damaged.photo.code: string expected, got nil" },
    { { damaged = { video = { code = 5 } } }, "damaged.video.code: string expected, got number" },
    { { damaged = { photo = { code = "0" } } }, "damaged.photo.code: none of a damaged file's" },
    { { damaged = { photo = { code = "TIMEOUT" } } }, "damaged.photo.code: none of a damaged file's" },
    { { damaged = { photo = { code = "BASE64_CUT", data = 5 } } },
      "damaged.photo.data: string or nil expected, got number" },
    { { damaged = { photo = { code = "BASE64_FOREIGN", offset = "1" } } },
      "damaged.photo.offset: number or nil expected, got string" },
    { { damaged = { photo = { code = "BASE64_CUT", exact = 1 } } },
      "damaged.photo.exact: boolean or nil expected, got number" },
    { { provenance = 5 }, "provenance: table or nil expected, got number" },
    { { provenance = { tls = 1.3 } }, "provenance.tls: string or nil expected, got number" },
    { { provenance = { sent = "now" } }, "provenance.sent: number or nil expected, got string" },
    { { layout = 5 }, "layout: table or nil expected, got number" },
    { { layout = { 5 } }, "layout[1]: table expected, got number" },
    { { layout = { { at = 1 } } }, "layout[1].name: string expected, got nil" },
    { { layout = { { name = "photo", at = "1" } } }, "layout[1].at: number expected, got string" },
    { { layout = { { name = "photo", at = 1, base64 = 5 } } }, "layout[1].base64: table or nil expected, got number" },
    { { layout = { { name = "photo", at = 1, base64 = { line = "4" } } } },
      "layout[1].base64.line: number or nil expected, got string" },
    { { record = { code = "0", photo = "abc" } }, "record.photo: table expected, got string" },
  } do
    it("is told what is wrong: " .. case[2], function()
      local err = error_of(answer_with(case[1]))
      assert.same({ "transport", "BAD_TRANSPORT", "transport", case[2] }, { err.kind, err.code, err.field, err.detail })
      assert.is_false(err.retryable)
    end)
  end

  it("says that nothing is damaged in any way that names no file", function()
    for _, damaged in ipairs { {}, { other = { code = "BASE64_CUT" } }, { "BASE64_CUT" } } do
      local answer = assert(answer_with { damaged = damaged })
      assert.equal("0", answer.code)
      assert.is_nil(answer.damaged)
    end
  end)

  it("may digest no answer: the manifest's list of them is an empty list", function()
    local dir = support.folder()
    local client = assert(facequery.new {
      app_id = "IDAXXXXX", ticket = "t", retries = 0,
      transport = function()
        return { status = 200, envelope = '{"code":"0","orderNo":"a1"}', media = { photo = { data = "x", size = 1 },
          video = { data = "y", size = 1 } } }
      end,
    })
    local bundle = assert(client:archive { order_no = "a1", dir = dir .. "/archive" })
    assert.matches('"responses":[]', support.read_file(bundle.path .. "/manifest.json"), 1, true)
    support.remove_folder(dir)
  end)

  it("may tell of its answer what is not so: then nobody can make it again", function()
    local dir = support.folder()
    for i, layout in ipairs {
      { { name = "photo", at = 1e9, base64 = {} } }, { { name = "other", at = 1, base64 = {} } },
      { { name = "photo", at = 1, base64 = { line = 0.5, lines = 1, ending = "" } } }, { { name = "video", at = 1 } },
    } do
      local client = assert(facequery.new {
        app_id = "IDAXXXXX", ticket = "t", retries = 0,
        transport = function()
          return { status = 200, envelope = '{"code":"0","orderNo":"a1"}', sha256 = ("0"):rep(64), layout = layout,
            media = { photo = { data = "x", size = 1 }, video = { data = "y", size = 1 } } }
        end,
      })
      local bundle = assert(client:archive { order_no = "a1", dir = dir .. "/archive" .. i })
      assert.matches('"rebuild":false', support.read_file(bundle.path .. "/manifest.json"), 1, true)
    end
    support.remove_folder(dir)
  end)

  it("is an HTTP error with its status alone", function()
    assert.equal("503", error_of(ask(function() return { status = 503 } end)).code)
  end)

  it("is not believed about another order", function()
    assert.equal("WRONG_ORDER", error_of(answer_with { record = { code = "0", orderNo = "a2" } }).code)
    assert.equal("WRONG_ORDER", error_of(answer_with { envelope = '{"code":"0","orderNo":"a2"}' }).code)
  end)

  it("that returns anything is an error, whatever it is", function()
    for _, value in ipairs(HOSTILE) do
      for _, transport in ipairs {
        function() return value end,
        function() return nil, value end,
        function() return false, value end,
        function() return nil, { status = value, http_status = value, code = value } end,
        function() return nil, { status = "HTTP", http_status = value } end,
        function() return nil, { status = "TRANSPORT", code = "SEND_ERROR", field = io.stdout, detail = print } end,
        function() return { status = value, envelope = value, media = value, record = value } end,
        function() return { status = 500, envelope = value, media = value, damaged = value, odd = value } end,
        function() return { status = 200, envelope = "{}", layout = value, provenance = value } end,
        function() return { status = 200, provenance = { date = value, sent = value } } end,
        function() return { status = 200, layout = { { name = "photo", at = 1, base64 = value } } } end,
        function() return { status = 200, envelope = "{}", media = { photo = value, video = value } } end,
        function() return { status = 200, envelope = '{"code":"7"}', damaged = { photo = value } } end,
        function() return { status = 200, record = { code = "7", photo = value, video = value } } end,
        function() return { status = 200, envelope = '{"code":"7"}', damaged = { video = { code = value } } } end,
        function() error(value) end,
      } do
        error_of(ask(transport))
      end
    end
  end)

  it("that raises is told where, and not what", function()
    local err = error_of(ask(function() error(PRIVATE) end))
    assert.equal("BAD_TRANSPORT", err.code)
    assert.matches("^it raised an error at .*foreign_spec%.lua:%d+$", err.detail)
  end)
end)

describe("a ticket store of one's own", function()
  before_each(function() support.control("reset", "POST") end)

  describe("that is right", function()
    local values, owners

    before_each(function() values, owners = {}, {} end)

    -- As docs/api.md describes one: three functions over two tables.
    local own = {}
    function own:get(key)
      assert.equal(own, self)
      return values[key]
    end
    function own.set(_, key, value)
      values[key] = value
      return true
    end
    function own.lock(_, key, seconds)
      local owner, now = owners[key], core.clock()
      if owner and now < owner.ends then
        return false
      end
      owner = { ends = now + seconds }
      owners[key] = owner
      return function()
        owners[key] = owners[key] ~= owner and owners[key] or nil
      end
    end

    local run = contract.here { open = function() return foreign.store(own) end, sleep = core.sleep }
    contract.holds(run)
    contract.holds_timed(run)
  end)

  local function with(fields)
    local store = require("facequery.tickets").memory()
    for name, value in pairs(fields) do
      store[name] = value
    end
    return assert(facequery.new {
      secret = support.env "SANDBOX_SECRET", ticket_store = store, retries = 0,
    }):query { order_no = support.order "nomedia" }
  end

  for _, name in ipairs { "get", "lock" } do
    it("whose " .. name .. " raises, or returns anything, is an error that says so", function()
      for _, value in ipairs(HOSTILE) do
        local is_right = (name == "get" and type(value) == "string") or (name == "lock" and type(value) == "function")
        if not is_right then
          local err = error_of(with { [name] = function() return value end })
          assert.same({ "storage", "BAD_STORE", "ticket_store" }, { err.kind, err.code, err.field })
          assert.matches("^" .. name .. ": .* expected, got " .. type(value), err.detail)
        end
        assert.equal("BAD_STORE", error_of(with { [name] = function() return nil, value end }).code)
        local err = error_of(with { [name] = function() error(value) end })
        assert.equal("BAD_STORE", err.code)
        assert.matches("^" .. name .. ": it raised an error", err.detail)
      end
    end)
  end

  it("that can't set, or not release, costs no answer", function()
    for _, value in ipairs(HOSTILE) do
      support.control("reset", "POST") -- the sandbox, like the service, grants 20 tickets within a second
      assert.equal("0", assert(with { set = function() return value end }).code)
      assert.equal("0", assert(with { set = function() error(value) end }).code)
      assert.equal("0", assert(with { lock = function() return function() error(value) end end }).code)
    end
  end)
end)

describe("client:each, where a function of the user's yields,", function()
  local function codes_of(settings)
    settings.retries = 0
    local client, seen = assert(facequery.new(settings)), {}
    for _, record, err in client:each({ support.order "nomedia", support.order "nomedia" }, { method = "query" }) do
      seen[#seen + 1] = record and record.code or err.code
    end
    client:close()
    return table.concat(seen, " ")
  end

  it("has an error for that order, and comes to its end", function()
    local yield = coroutine.yield
    assert.equal("YIELDED YIELDED", codes_of { transport = yield })
    assert.equal("YIELDED YIELDED", codes_of { on_event = yield })
    assert.equal("TICKET_FAILED TICKET_FAILED", codes_of { ticket = yield })
    for _, name in ipairs { "get", "lock" } do
      local store = require("facequery.tickets").memory()
      store[name] = yield
      assert.equal("YIELDED YIELDED", codes_of { secret = support.env "SANDBOX_SECRET", ticket_store = store })
    end
  end)

  it("loses no answer to a store that yields when it is told, or released", function()
    for _, name in ipairs { "set", "release" } do
      local store = require("facequery.tickets").memory()
      if name == "set" then
        store.set = coroutine.yield
      else
        store.lock = function() return coroutine.yield end
      end
      assert.equal("0 0", codes_of { secret = support.env "SANDBOX_SECRET", ticket_store = store })
    end
  end)

  it("lets them yield to whoever asks for one order, in a coroutine of one's own", function()
    local client = assert(facequery.new { transport = function()
      coroutine.yield "waiting"
      return { status = 200, envelope = '{"code":"0"}' }
    end })
    local query = coroutine.wrap(function() return client:query { order_no = "a1" } end)
    assert.equal("waiting", query())
    assert.equal("0", query().code)
  end)
end)
