-- docs/migrating.md: its PHP runs, signs as the provider's samples, and does what the page says that such code does.
-- Only on lua5.4 luajit: other programs do not run under the sanitizers.

local docs = require "help.docs"
local facequery = require "facequery"
local markdown = require "help.markdown"
local support = require "help.support"

local page = docs.section("en", "migrating.md")
local php, sh = markdown.blocks(page, "php"), markdown.blocks(page, "sh")
local has_php = support.shell "php -r 'exit(function_exists(\"curl_init\") ? 0 : 1);'" == ""

local TICKET = "XO99Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS"
local NONCE = "kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T"
-- The provider's samples: values, ticket among them, and signature (269/10140; 655/32412).
local SAMPLE = { "IDAXXXXX", "userID19959248596551", "1.0.0", TICKET, NONCE }
local SAMPLE_SIGN = "D7606F1741DDCF90757DA924EDCF152A200AC7F0"
local NUMBERS = { "appId001", "19959248596551", "testName", "4300000000000", "19959248596551", "1.0.0",
  "duSz9ptwyW1Xn7r6gYItxz3feMdJ8Na5x7JZuoxurE7RcI5TdwCE4KT2eEeNNDoe" }
local NUMBERS_SIGN = "11670F8BD6181CF71FB4656534253A0627D835CF"

-- A list of words as PHP has it.
local function list(values)
  return "['" .. table.concat(values, "', '") .. "']"
end

describe("docs/migrating.md", function()
  local folder
  before_each(function()
    folder = support.folder()
    support.must(("mkdir %s/faces"):format(folder))
  end)
  after_each(function() support.remove_folder(folder) end)

  -- What a block of the page and more code after it print, and what they log.
  local function run(block, code)
    support.write_file(folder .. "/page.php", block .. "\n" .. code)
    local output, log, status = support.run({ "php", "-d", "display_errors=stderr", "-d", "log_errors=0", "-d",
      "error_log=" .. folder .. "/log", "page.php" }, { cwd = folder, env = { LD_PRELOAD = false,
      PATH = support.must(("cd %s/bin && pwd -P"):format(support.build)) .. ":" .. os.getenv "PATH" } })
    assert.equal(0, status, log)
    return output
  end

  -- What the page's function says of an order, asking the sandbox or another url.
  local function is_verified(order, url)
    local block = php[1]:gsub("https://kyc1%.qcloud%.com", url or support.env "BASE_URL")
    return run(block, ("echo var_export(is_verified('%s', '%s', '%s'));"):format(support.env "APP_ID", order,
      support.env "TICKET"))
  end

  local function size(order)
    return #support.read_file(("%s/faces/%s.jpg"):format(folder, order))
  end

  local function check(name, test)
    it(name, function()
      if not has_php then
        pending "php-cli or php-curl is not installed"
        return
      end
      test()
    end)
  end

  check("has PHP that signs as facequery and the provider's sample", function()
    assert.equal(SAMPLE_SIGN, facequery.sign(SAMPLE))
    assert.equal(SAMPLE_SIGN, run(php[1], ("echo sign(%s);"):format(list(SAMPLE))))
  end)

  check("has PHP that signs two values that look like numbers as it says, and otherwise with SORT_STRING", function()
    assert.equal(NUMBERS_SIGN, facequery.sign(NUMBERS))
    local wrong = run(php[1], ("echo sign(%s);"):format(list(NUMBERS)))
    local says = ("it gets `%s…` and not `%s…`"):format(wrong:sub(1, 8), NUMBERS_SIGN:sub(1, 8))
    assert.is_truthy(page:find(says, 1, true), wrong)
    local right = page:match "`(sort%([^`]-SORT_STRING%))`"
    assert.equal(NUMBERS_SIGN, run(php[1]:gsub("sort%(%$values%)", right), ("echo sign(%s);"):format(list(NUMBERS))))
  end)

  check("has PHP that gets a verified person's photo, and logs a rejected one's", function()
    local verified, rejected = support.order "verified", support.order "rejected"
    assert.equal("true", is_verified(verified))
    assert.equal(#support.medium "photo.jpg", size(verified))
    assert.equal("false", is_verified(rejected))
    assert.matches("%[photo%] => /9j/", support.read_file(folder .. "/log"))
  end)

  check("has PHP that takes for a verified person what facequery does not", function()
    local client = assert(facequery.new { retries = 0 })
    for _, word in ipairs { "notjson", "cut", "wrongorder" } do
      local order = support.order(word)
      assert.equal("true", is_verified(order), order)
      assert.is_nil((client:query { order_no = order }))
    end
    local order = support.order "verified"
    assert.equal("true", is_verified(order, "https://127.0.0.1:1"))
    assert.is_nil((facequery.query { retries = 0, base_url = "https://127.0.0.1:1", order_no = order }))
    client:close()
  end)

  check("has PHP that writes an empty photo where there is none yet, and a damaged one", function()
    local late, damaged = support.order "late", support.order "badbase64"
    assert.equal("true", is_verified(late))
    assert.equal(0, size(late))
    assert.equal("true", is_verified(damaged))
    assert.is_true(size(damaged) > 0)
    assert.is_nil((facequery.query { retries = 0, order_no = damaged, get_file = "photo" }))
  end)

  check("has PHP that calls the command, which says what to do next", function()
    local call = "[$status, $answer] = face('%s'); echo $status, ' ', $answer['orderNo'] ?? $answer['code'];"
    local order = support.order "verified"
    assert.equal("0 " .. order, run(php[2], call:format(order)))
    assert.equal("3 66660004", run(php[2], call:format(support.order "rejected")))
    assert.equal("5 INVALID_ORDER_NO", run(php[2], call:format "--help"))
  end)

  it("compares signatures, and verdicts, by commands that work", function()
    local verified, rejected, wrong = support.order "verified", support.order "rejected", support.order "wrongorder"
    support.write_file(folder .. "/verdicts.csv", ("%s,1\n%s,0\n%s,1\n%s,1\n"):format(verified, rejected, wrong,
      "no" .. verified))
    local output = support.must(("cd %s && unset LD_PRELOAD; PATH=$(cd %s/bin && pwd -P):$PATH\n%s"):format(folder,
      support.must(("cd %s && pwd -P"):format(support.build)), sh[2]))
    assert.equal(("%s: was 1, is unknown\nno%s: was 1, is 0"):format(wrong, verified), output)
    local command = sh[1]:gsub("facequery", support.build .. "/bin/%0", 1)
    assert.matches(support.sign { "IDAXXXXX", "ORDER", "1.0.0", "NONCE", support.env "TICKET" },
      (support.must("unset LD_PRELOAD; " .. command)))
  end)
end)
