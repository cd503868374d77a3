-- What the commands' clients tell on stderr.

local cli = require "help.cli"
local support = require "help.support"

local facequery, has, has_not = cli.run, cli.has, cli.has_not
local order = support.order

-- The steps that the lines on stderr tell: "request response".
local function steps(messages)
  local list = {}
  for line in messages:gmatch "[^\n]+" do
    list[#list + 1] = line:match "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ (%l+) "
  end
  return table.concat(list, " ")
end

describe("--debug", function()
  it("tells each step on stderr, wherever it stands, beside what is told anyway", function()
    for _, place in ipairs { 1, 2, 3 } do
      local number = order "rejected"
      local arguments = { "query", number }
      table.insert(arguments, place, "--debug")
      local output, messages, status = facequery(arguments)
      assert.same({ "", 3 }, { output, status })
      assert.equal("request response", steps(messages))
      has("response order=" .. number .. " method=POST path=/api/v2/base/queryfacerecord status=200 code=66660004"
        .. " kind=rejected bizSeqNo=", messages)
      has(number .. ": cannot confirm", messages)
    end
  end)

  it("tells no ticket and no secret", function()
    local secret = support.env "SANDBOX_SECRET"
    local output, messages = facequery({ "poll", order "late", "--interval", "0.01", "--debug" },
      { env = { FACEQUERY_TICKET = "", FACEQUERY_SECRET = secret } })
    assert.equal("request response request response ticket request response pending request response pending"
      .. " request response", steps(messages))
    has_not(secret, messages)
    -- A ticket, a token and a signature are long words of letters and digits; a bizSeqNo has digits alone.
    for word in messages:gmatch "%f[%w]%w+" do
      assert.is_true(#word < 32 or not word:find "%a", word)
    end
    assert.equal("0", cli.records(output)[1].code)
  end)

  it("tells of orders that are archived, and is known to every command", function()
    local folder = support.folder()
    finally(function() support.remove_folder(folder) end)
    local _, messages, status = facequery({ "archive", "--out", folder .. "/evidence", "--debug" },
      { input = order "verified" .. "\n" })
    assert.equal(0, status)
    assert.equal("request response", steps(messages))
    local output
    output, messages, status = facequery { "verify", folder .. "/evidence", "--debug" }
    assert.same({ "", 0, "" }, { output, status, steps(messages) })
    has("--debug", (facequery { "--help" }))
  end)

  it("tells the doctor's exchanges, too", function()
    local _, messages, status = facequery { "doctor", "--debug" }
    assert.equal(0, status)
    assert.equal("request response", steps(messages))
  end)

  it("is silent where it is not asked for", function()
    local _, messages, status = facequery { "query", order "verified" }
    assert.same({ "", 0 }, { messages, status })
  end)
end)
