-- Errors for machines: with --json every command prints them as an object on stdout, whatever they are about.

local cjson = require "cjson"
local cli = require "help.cli"
local failing = require "help.failing"
local support = require "help.support"

local facequery, has_not = cli.run, cli.has_not

describe("an error with --json", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  for _, case in ipairs(failing.commands) do
    it(("of `%s` is %s, an object on stdout"):format(case[1], case[2]), function()
      local arguments, input = failing.words(case, folder)
      arguments[#arguments + 1] = "--json"
      local output, messages, status = facequery(arguments, { input = input })
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
