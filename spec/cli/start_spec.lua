-- facequery start, as a shell sees it.

local cjson = require "cjson"
local cli = require "help.cli"
local support = require "help.support"

local facequery, has, has_not, order = cli.run, cli.has, cli.has_not, support.order

local LINES = "user_id=aUSERid\nname=张三丰\nid_no=11010519491231002X\n"
local JSON = '{"user_id": "aUSERid", "name": "张三丰", "id_no": "11010519491231002X"}'
local BACK = "https://shop.example/back"

describe("the command start", function()
  local function start(arguments, input, more)
    local all = { "start" }
    for _, argument in ipairs(arguments) do
      all[#all + 1] = argument
    end
    return facequery(all, { input = input,
      env = { FACEQUERY_SECRET = more or support.env "SANDBOX_SECRET", FACEQUERY_TICKET = false } })
  end

  -- Where a browser is led by a url.
  local function follow(url)
    return support.must(("curl -s --cacert %s -o /dev/null -w '%%{redirect_url}' %s"):format(
      support.quote(support.env "CA_FILE"), support.quote(url)))
  end

  it("prints the url that opens the scan of whom stdin names", function()
    for _, input in ipairs { LINES, JSON, "\239\187\191" .. LINES:gsub("\n", "\r\n"), "\n" .. LINES:sub(1, -2) } do
      local number = order "face"
      local output, messages, status = start({ number, "--return-url", BACK }, input)
      assert.same({ "", 0 }, { messages, status })
      has(BACK .. "?", follow((output:gsub("\n$", ""))))
      local record = facequery { "query", number }
      assert.equal("0", cjson.decode(record).code)
    end
  end)

  it("prints the login of an app as JSON, and all of it with --json", function()
    local number = order "face"
    local output, messages, status = start({ number, "--product", "plus_sdk", "--licence", "aLICENCE" }, LINES)
    assert.same({ "", 0 }, { messages, status })
    local login = cjson.decode(output)
    assert.same({ number, "aUSERid", "aLICENCE", "1.0.0" },
      { login.orderNo, login.userId, login.licence, login.version })
    output = start({ order "face", "--return-url", BACK, "--json" }, JSON)
    assert.equal(120, cjson.decode(output).expires_in)
    assert.equal("https", cjson.decode(output).url:match "^%a+")
  end)

  it("takes a photo's file in the place of name and ID number", function()
    local _, messages, status = start({ order "face", "--return-url", BACK, "--photo",
      support.medium_path "photo.jpg", "--photo-type", "watermark" }, "user_id=aUSERid")
    assert.same({ "", 0 }, { messages, status })
  end)

  it("shares the tickets of query and doctor, in --ticket-file", function()
    local folder = support.folder()
    finally(function() support.remove_folder(folder) end)
    support.control("reset", "POST")
    for _, words in ipairs { { "query", order "verified" }, { "start", order "face", "--return-url", BACK,
      "--retries", "0" }, { "doctor" }, { "query", order "verified" } } do
      words[#words + 1] = "--ticket-file"
      words[#words + 1] = folder .. "/ticket"
      local _, messages, status = facequery(words, { input = LINES,
        env = { FACEQUERY_SECRET = support.env "SANDBOX_SECRET", FACEQUERY_TICKET = false } })
      assert.same({ "", 0 }, { messages, status })
    end
    assert.equal(1, support.counters().access_tokens)
  end)

  it("repeats nothing of what it can't read, in either language", function()
    for _, input in ipairs { "", "张三丰", LINES .. "phone=1", LINES .. "name=李四", '{"user_id": 7}', "{", "[]",
      '{"user_id": "aUSERid", "name": ["张三丰"]}', "user_id=a b\nname=张三丰\nid_no=1",
      "user_id=aUSERid\nname=张三丰\nid_no=1101-0519", "user_id=aUSERid\nname=张三丰" } do
      for _, lang in ipairs { "en", "zh" } do
        local output, messages, status = start({ order "face", "--return-url", BACK, "--lang", lang }, input)
        assert.same({ "", 5 }, { output, status }, input)
        for _, secret in ipairs { "张三丰", "aUSERid", "1101" } do
          has_not(secret, messages)
        end
        has("invalid_request", messages)
      end
    end
  end)

  it("says what the service says, and that it takes the app's secret", function()
    local _, messages, status = start({ order "face", "--return-url", BACK }, LINES, "wrong")
    assert.equal(5, status)
    has("(auth 400101)", messages)
    _, messages, status = facequery({ "start", order "face", "--return-url", BACK }, { input = LINES })
    assert.equal(5, status)
    has("(auth SECRET_MISSING)", messages)
  end)

  it("is used wrongly without a return url for a page, or with two who read stdin", function()
    for arguments, message in pairs {
      [{ "o1" }] = "missing option '--return-url', which plus_h5 wants",
      [{ "o1", "--product", "pc_h5" }] = "missing option '--return-url', which pc_h5 wants",
      [{ "o1", "--product", "basic_sdk", "--secret-from", "-" }] = "stdin is for who is to be scanned",
      [{ "o1", "--name", "张三丰" }] = "unknown option '--name'",
    } do
      local output, messages, status = start(arguments, LINES)
      assert.same({ "", 2 }, { output, status })
      has(message, messages)
    end
    has("never from the command line", (facequery { "start", "--help" }))
  end)
end)
