-- Whatever text the service, or who could write into an archive, has put there: on a page it is text.

local pages = require "help.pages"
local support = require "help.support"

local PIECES = { "<script>alert(1)</script>", "</style>", "</title>", "</pre></code></table>", "<!--", "-->",
  "<![CDATA[", "]]>",
  "<img src=x onerror=alert(1)>", "\" onload=\"alert(1)", "' style='x", "&lt;b&gt;", "&#0;", "&", "<", ">", "\"",
  "'", "`", "javascript:alert(1)", "data:text/html,x", "<base href=//x>", "<meta http-equiv=refresh content=0>",
  "<svg onload=x>", "$order", "$text", "%1", "%s", "%%", "\\", "{{x}}", "核身", "é", "😀", "\226\128\174", "\226\129\166",
  "\239\191\191", "\194\133", "\0", "\r", "\n", "\t", " ", "</html>", "<plaintext>", "]]", "99", "0" }

-- The same at every run.
local seed = 20261127
local function random(count)
  seed = (seed * 1103515245 + 12345) % 2 ^ 31
  return math.floor(seed / 65536) % count + 1
end

local function hostile()
  local parts = {}
  for i = 1, random(6) do
    parts[i] = PIECES[random(#PIECES)]
  end
  return table.concat(parts)
end

-- What a reader is to see of a text: the page shows the number of what does not show.
local function seen(text)
  return (text:gsub("\226\128\174", "⟦U+202E⟧"):gsub("\226\129\166", "⟦U+2066⟧"):gsub("\239\191\191", "⟦U+FFFF⟧")
    :gsub("\194\133", "⟦U+0085⟧"):gsub("%z", "⟦U+0000⟧"):gsub("\r", "⟦U+000D⟧"))
end

-- The kinds of elements with their attributes, each once, sorted.
local function kinds(page)
  local list, known = {}, {}
  for _, tag in ipairs(page.tags) do
    if not known[tag] then
      known[tag] = true
      list[#list + 1] = tag
    end
  end
  table.sort(list)
  return list
end

local TEXTS = { "code", "bizSeqNo", "occurredTime", "transactionTime", "liveRate", "similarity", "fetched_at", "source",
  "facequery", "host", "tls" }
local FIELDS = { "code", "msg", "bizSeqNo", "liveRate", "similarity", "occurredTime", "appId", "sdkVersion",
  "trtcFlag" }

local function hostile_bundle(make)
  local record, content = { riskInfo = { livenessInfoTag = "03 " .. make(), deviceInfoTag = make() } }, {}
  for _, name in ipairs(FIELDS) do
    record[name] = make()
  end
  record["x" .. make()] = { [make()] = make() }
  for _, name in ipairs(TEXTS) do
    content[name] = make()
  end
  content["y" .. make()] = make()
  content.responses = { make(), make() }
  content.exchanges = { { host = make(), tls = { make() }, ["z" .. make()] = make() }, {} }
  content.missing, content.odd = { "video", make() }, { "photo", make() }
  content.damaged = { photo = { code = make(), offset = make(), file = make(), exact = make() } }
  return { record = record, manifest = content, files = { ["photo.jpg"] = "\255\216\255", ["video.mp4"] = "mp4" } }
end

describe("on a sheet", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  local serial = 0
  local function page_of(bundle, lang)
    serial = serial + 1
    local order_no = "order" .. serial
    pages.archive(folder .. "/evidence", order_no, bundle)
    return pages.sheet(folder .. "/evidence", order_no, { lang = lang })
  end

  it("hostile text in every field of the record and the manifest is text", function()
    -- The same fields with a word in them: what elements a page has that nobody has tampered with.
    local word = 0
    local plain = kinds(page_of(hostile_bundle(function()
      word = word + 1
      return "word" .. word
    end)))
    for round = 1, 6 do
      local texts = {}
      local page, about = page_of(hostile_bundle(function()
        texts[#texts + 1] = hostile()
        return texts[#texts]
      end), round % 2 == 0 and "zh" or "en")
      assert.same({}, page.errors)
      assert.equal(0, about.problems)
      -- A score that is a number has its meter; no other element may be new.
      local more = {}
      for _, tag in ipairs(kinds(page)) do
        local is_known = tag:find "^svg" or tag:find "^rect"
        for _, known in ipairs(plain) do
          is_known = is_known or known == tag
        end
        more[#more + 1] = not is_known and tag or nil
      end
      assert.same({}, more)
    end
  end)

  it("hostile text is shown to the last character", function()
    local record, content = {}, {}
    for i, piece in ipairs(PIECES) do
      record["r" .. i], content["m" .. i] = "[" .. piece .. "]", "[" .. piece .. "]"
    end
    local page = page_of { record = record, manifest = content }
    assert.same({}, page.errors)
    for _, piece in ipairs(PIECES) do
      local _, count = page.text:gsub(("[" .. seen(piece) .. "]"):gsub("%p", "%%%0"), "")
      assert.equal(2, count, piece)
    end
  end)

  it("names of files and of the log's lines are text, too", function()
    local dir = folder .. "/evidence"
    pages.archive(dir, "a1", {})
    support.write_file(support.bundle_path(dir, "a1") .. "/<script>x<x>'\".html", "")
    local log = assert(io.open(dir .. "/index.jsonl", "ab"))
    log:write "<script>alert(1)</script>\n"
    log:close()
    local page, about = pages.sheet(dir, "a1")
    assert.same({}, page.errors)
    assert.equal(2, about.problems)
    assert.is_truthy(page.text:find("<script>x<x>'\".html", 1, true))
  end)

  it("a value that nobody would print is cut, and said to be", function()
    local page = page_of { record = { huge = ("核"):rep(100000) } }
    assert.same({}, page.errors)
    assert.is_true(#page.text < 20000)
    assert.is_truthy(page.text:find("… and 298002 bytes more, in record.json", 1, true)) -- 300000 less 666 characters
  end)
end)
