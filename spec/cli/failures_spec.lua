-- Errors for machines: with --json every command prints them as an object on stdout, whatever they are about.

local cjson = require "cjson"
local cli = require "help.cli"
local support = require "help.support"

local facequery, has_not = cli.run, cli.has_not

-- Each command's words and input, and what it must come to: code, kind, exit status.  X is a folder without anything.
local COMMANDS = {
  { "query bad-order", "INVALID_ORDER_NO", "invalid_request", 5 },
  { "query NOSUCH", "66660011", "not_found", 4 },
  { "poll REJECTED", "66660004", "rejected", 3 },
  { "sign bad-order", "INVALID_ORDER_NO", "invalid_request", 5 },
  { "ticket --ticket-from X/none", "FILE_MISSING", "storage", 7 },
  { "archive --from X/none --out X/dir", "FILE_MISSING", "storage", 7 },
  { "archive --out X/dir", "66660011", "not_found", 4, "NOSUCH" },
  { "verify X", "NO_ARCHIVE", "storage", 7 },
  { "count X/none", "NO_FOLDER", "storage", 7 },
  { "migrate X", "NO_ARCHIVE", "storage", 7 },
  { "purge X --older-than 1d", "NO_ARCHIVE", "storage", 7 },
  { "hold X --order a1 --why w", "NO_ARCHIVE", "storage", 7 },
  { "release X --order a1", "NO_ARCHIVE", "storage", 7 },
  { "holds X", "NO_ARCHIVE", "storage", 7 },
  { "sheet a1 --from X --out X/page", "NO_ARCHIVE", "storage", 7 },
  { "report X --out X/page", "NO_ARCHIVE", "storage", 7 },
  { "open a1 --from X --key X/k --why w --out X/o", "NO_ARCHIVE", "storage", 7 },
  { "decode", "BASE64_FOREIGN", "media", 7, "AA*A" },
  { "decode --out X/none/x.jpg", "FOLDER_MISSING", "storage", 7, "aGk=" },
  { "seal X --tsa http://localhost:1", "NO_ARCHIVE", "storage", 7 },
  { "export a1 --from X --out X/x.tar", "NO_ARCHIVE", "storage", 7 },
  { "work --redis unix:X/none --queue q --out X/dir", "REDIS_UNREACHABLE", "transport", 6 },
  { "queue add --redis unix:X/none --queue q --from X/none", "FILE_MISSING", "storage", 7 },
  { "queue status --redis unix:X/none --queue q", "REDIS_UNREACHABLE", "transport", 6 },
  { "queue dead --redis unix:X/none --queue q", "REDIS_UNREACHABLE", "transport", 6 },
  { "queue retry a1 --redis unix:X/none --queue q", "REDIS_UNREACHABLE", "transport", 6 },
  { "queue drop a1 --redis unix:X/none --queue q", "REDIS_UNREACHABLE", "transport", 6 },
  { "queue audit --redis unix:X/none --queue q", "REDIS_UNREACHABLE", "transport", 6 },
  { "query", "USAGE", "invalid_request", 2 },
  { "explain --nonsense", "USAGE", "invalid_request", 2 },
}

describe("an error with --json", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  for _, case in ipairs(COMMANDS) do
    it(("of `%s` is %s, an object on stdout"):format(case[1], case[2]), function()
      local orders = { NOSUCH = support.order "nosuch", REJECTED = support.order "rejected" }
      local arguments = {}
      for word in case[1]:gmatch "%S+" do
        arguments[#arguments + 1] = orders[word] or word:gsub("X", folder)
      end
      arguments[#arguments + 1] = "--json"
      local output, messages, status = facequery(arguments, { input = orders[case[5]] or case[5] })
      assert.equal(case[4], status, output .. messages)
      local told = cjson.decode(output)
      assert.same({ case[2], case[3], false, "string", "string" },
        { told.code, told.kind, told.ok, type(told.message), type(told.advice) })
      has_not("what to do", messages)
      for _, secret in ipairs { support.env "TICKET", support.env "SANDBOX_SECRET" } do
        has_not(secret, output .. messages)
      end
    end)
  end

  it("names the order that it is about, or else what it is about", function()
    local number = support.order "nosuch"
    local told = cjson.decode((facequery { "query", number, "--json" }))
    assert.same({ number, nil, 6 }, { told.order_no, told.about, #told.causes })
    told = cjson.decode((facequery { "verify", folder, "--json" }))
    assert.same({ nil, folder }, { told.order_no, told.about })
  end)
end)
