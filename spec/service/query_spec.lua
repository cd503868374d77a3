-- The request of a query: url, body, signature, getFile.

local cjson = require "cjson"
local config = require "facequery.config"
local queries = require "facequery.service.query"
local support = require "help.support"

local must, quote = support.must, support.quote

local TICKET = "XO99Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS"

local function make(query, given, media)
  local settings = {
    app_id = "IDAXXXXX", ticket = TICKET, base_url = "https://example.org", ca_file = "/a/ca.pem",
  }
  for name, value in pairs(given or {}) do
    settings[name] = value
  end
  settings = assert(config.complete(settings))
  query.order_no = query.order_no or "order1"
  return assert(queries.request(settings, query, media or queries.media(query), settings.ticket))
end

-- The body as jq reads it: its fields in order, one a line.
local function fields_of(made)
  return must("printf %s " .. quote(made.body)
    .. [[ | jq -r 'to_entries[] | "\(.key)=\(.value|tojson)"' | LC_ALL=C sort]])
end

describe("a query", function()
  it("is a POST of JSON to the page's address, with the order number in the url", function()
    local made = make { order_no = "Order42" }
    assert.equal("POST", made.method)
    assert.equal("https://example.org/api/v2/base/queryfacerecord?orderNo=Order42", made.url)
    assert.equal("application/json", made.headers["Content-Type"])
    assert.equal("Order42", made.order_no)
  end)

  it("has the page's fields and no other, all of them strings", function()
    local fields = fields_of(make { order_no = "Order42" })
    assert.matches('^appId="IDAXXXXX"\nnonce="%w+"\norderNo="Order42"\nsign="%x+"\nversion="1%.0%.0"$', fields)
    fields = fields_of(make { get_file = 1, query_version = "1.0" })
    assert.matches('^appId="IDAXXXXX"\ngetFile="1"\nnonce="%w+"\norderNo="order1"\nqueryVersion="1%.0"\n'
      .. 'sign="%x+"\nversion="1%.0%.0"$', fields)
  end)

  it("is signed over the five values that it sends", function()
    for _, case in ipairs {
      { { order_no = "Order42" } }, { { order_no = "zzz" } }, { { order_no = "0" } },
      { { order_no = ("9"):rep(32) }, { app_id = "A", version = "2.10" } },
      { { order_no = "a" }, { ticket = "~ticket(with)[all]{the}<signs>%&|\\^!" } },
    } do
      local body = cjson.decode(make(case[1], case[2]).body)
      assert.matches("^[A-Za-z0-9]+$", body.nonce)
      assert.equal(32, #body.nonce)
      assert.equal(support.sign {
        body.appId, body.orderNo, body.version, body.nonce, case[2] and case[2].ticket or TICKET,
      }, body.sign)
    end
  end)

  it("has a nonce of its own", function()
    local first, second = make { order_no = "a" }, make { order_no = "a" }
    assert.not_equal(cjson.decode(first.body).nonce, cjson.decode(second.body).nonce)
    assert.not_equal(cjson.decode(first.body).sign, cjson.decode(second.body).sign)
  end)

  it("carries the ticket nowhere", function()
    local function search(value)
      if type(value) == "table" then
        for key, inner in pairs(value) do
          search(key)
          search(inner)
        end
      else
        assert.is_nil(tostring(value):find(TICKET, 1, true))
      end
    end
    search(make { get_file = "both", photo_path = "/a/photo", video_path = "/a/video" })
  end)

  it("is plain: tables, strings, numbers and booleans, so that it can cross to a thread", function()
    local function check(value)
      local kind = type(value)
      assert.is_truthy(({ string = true, number = true, boolean = true, table = true })[kind], kind)
      if kind == "table" then
        assert.is_nil(getmetatable(value))
        for key, inner in pairs(value) do
          check(key)
          check(inner)
        end
      end
    end
    check(make({ get_file = "both" }, {
      proxy = "http://p:1", on_event = print, sleep = print, transport = print,
    }))
  end)

  it("carries the client's limits and settings", function()
    local made = make({ get_file = 1 }, {
      timeout = 7.5, connect_timeout = 2, max_media = 1000, proxy = "http://proxy:3128",
    })
    assert.equal(7.5, made.timeout)
    assert.equal(2, made.connect_timeout)
    assert.equal(1000, made.max_media)
    assert.equal("http://proxy:3128", made.proxy)
    assert.equal("/a/ca.pem", made.ca_file)
    assert.same({ "sha256" }, made.hashes)
    made = make {}
    assert.equal(10, made.timeout)
    assert.equal(3, made.connect_timeout)
    assert.equal(64 * 1024 * 1024, made.max_media)
    assert.is_nil(made.proxy)
    -- Without its media an answer has a few hundred bytes: the limit leaves room, and bounds memory.
    assert.is_true(made.max_envelope >= 64 * 1024 and made.max_envelope <= 16 * 1024 * 1024)
  end)

  it("names a path only for a medium that it asks for", function()
    local paths = { photo_path = "/a/photo", video_path = "/a/video", get_file = "both" }
    local made = make(paths)
    assert.same({ { name = "photo", path = "/a/photo" }, { name = "video", path = "/a/video" } }, made.files)
    made = make(paths, nil, { photo = true, video = false })
    assert.same({ { name = "photo", path = "/a/photo" }, { name = "video" } }, made.files)
    made = make(paths, nil, { photo = false, video = true })
    assert.same({ { name = "photo" }, { name = "video", path = "/a/video" } }, made.files)
  end)
end)

describe("get_file", function()
  local spellings = {
    ["1"] = { 1, "1", "both" },
    ["2"] = { 2, "2", "photo" },
    ["3"] = { 3, "3", "video" },
  }

  for sent, values in pairs(spellings) do
    for _, value in ipairs(values) do
      it(("%s (a %s) asks for the page's %s"):format(value, type(value), sent), function()
        assert.is_true(queries.fields.get_file.valid(value))
        assert.equal(sent, cjson.decode(make({ get_file = value }).body).getFile)
      end)
    end
  end

  it("asks for nothing where it is left out", function()
    assert.same({ photo = false, video = false }, queries.media {})
    assert.is_nil(cjson.decode(make({}).body).getFile)
  end)

  it("follows the paths where it is left out", function()
    local function sent(query) return cjson.decode(make(query).body).getFile end
    assert.equal("2", sent { photo_path = "/a/p" })
    assert.equal("3", sent { video_path = "/a/v" })
    assert.equal("1", sent { photo_path = "/a/p", video_path = "/a/v" })
    assert.equal("2", sent { get_file = "photo", video_path = "/a/v" })
  end)

  it("is nothing else", function()
    for _, value in ipairs {
      0, 4, -1, 1.4, 2.5, 1.0000001, 0 / 0, math.huge, "", "0", "4", "01", "1.0", " 1", "1 ", "BOTH",
      "Photo", "photos", "1\0", "both\0",
    } do
      assert.is_false(queries.fields.get_file.valid(value), tostring(value))
    end
  end)
end)

describe("the other fields of a query", function()
  local function valid(name, value) return not not queries.fields[name].valid(value, {}) end

  it("are an order number of 1 to 32 letters and digits", function()
    for _, value in ipairs { "a", "Z9", ("0"):rep(32) } do
      assert.is_true(valid("order_no", value))
    end
    for _, value in ipairs {
      "", ("0"):rep(33), "a-b", "a_b", "a b", "a\n", "a\0", "\0", "订单", "a/../b", "a?b=c", "a&b", "%41",
    } do
      assert.is_false(valid("order_no", value), value)
    end
  end)

  it("are a version of at most 8 characters", function()
    assert.is_true(valid("query_version", "1.0"))
    assert.is_true(valid("query_version", ("1"):rep(8)))
    for _, value in ipairs { "", ("1"):rep(9), "1\0", "1\n" } do
      assert.is_false(valid("query_version", value))
    end
  end)

  it("are paths that C takes whole", function()
    for _, name in ipairs { "photo_path", "video_path" } do
      assert.is_true(valid(name, "/tmp/a photo.jpg"))
      assert.is_false(valid(name, ""))
      assert.is_false(valid(name, "/tmp/a\0.jpg"))
    end
    local field = queries.fields.video_path
    assert.is_false(field.valid("/tmp/a", { photo_path = "/tmp/a" }))
    assert.is_true(field.valid("/tmp/a", { photo_path = "/tmp/b" }))
  end)
end)

describe("the order of the values", function()
  it("is that of their bytes, whatever the locale", function()
    if select(2, support.shell "command -v localedef") ~= 0 then
      pending "needs localedef"
      return
    end
    -- In this locale, strcoll sorts backwards.
    local lines = { "LC_COLLATE", "order_start forward" }
    for code = 0x7A, 0x30, -1 do
      lines[#lines + 1] = ("<U%04X>"):format(code)
    end
    lines[#lines + 1] = "UNDEFINED\norder_end\nEND LC_COLLATE\n"
    local folder = support.folder()
    support.write_file(folder .. "/source", table.concat(lines, "\n"))
    support.shell(("cd %s && localedef -c -i source -f ANSI_X3.4-1968 ./backwards"):format(folder))
    -- LeakSanitizer is off: glibc never frees its copy of LOCPATH.
    local locale = ("ASAN_OPTIONS=detect_leaks=0 LOCPATH=%s LC_ALL=backwards "):format(folder)
    if must("printf 'a\\nb\\nc\\n' | " .. locale .. "sort") ~= "c\nb\na" then
      pending "needs the sources of a character set (Debian: locales)"
      return
    end
    local output = must(locale .. support.lua_command [[
      assert(os.setlocale("") == "backwards")
      local queries = require "facequery.service.query"
      print((require("facequery").sign {
        app_id = "IDAXXXXX", order_no = "userID19959248596551", version = "1.0.0",
        ticket = "XO99Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS",
        nonce = "kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T",
      }))
      print(queries.fields.order_no.valid("abcXYZ019"), queries.fields.order_no.valid("a-b"))]])
    support.remove_folder(folder)
    assert.equal("D7606F1741DDCF90757DA924EDCF152A200AC7F0\ntrue\tfalse", output)
  end)
end)
