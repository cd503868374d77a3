-- What the doctor shows of what was put in another setting's place by mistake: it may be a ticket or a secret.

local cli = require "help.cli"
local doctor = require "facequery.doctor"
local support = require "help.support"

local has, has_not = cli.has, cli.has_not

describe("the doctor, where a ticket stands in another setting's place,", function()
  local ticket = support.env "TICKET"
  local digest = support.must(("printf %%s %s | sha256sum"):format(ticket)):sub(1, 8)

  -- The messages of its findings, a line each.
  local function messages(settings)
    local lines = {}
    for _, finding in ipairs(doctor.run { settings = settings }) do
      lines[#lines + 1] = ("%s %s: %s"):format(finding.state, finding.check, finding.message)
    end
    local text = table.concat(lines, "\n")
    has_not(ticket, text)
    has_not(ticket:lower(), text)
    return text
  end

  it("shows no path of a file that is not there", function()
    local text = messages { ca_file = ticket }
    has("ca_file 64 bytes, SHA-256 " .. digest .. "... (given)", text)
    has("failure tls: the file of CA certificates cannot be read", text)
    has("64 bytes, SHA-256 " .. digest .. "...)", text)
    has("ca_file 64 字节，SHA-256 " .. digest .. "...（程序设置）", messages { ca_file = ticket, lang = "zh" })
    text = messages { ca_file = support.env "CA_FILE" }
    has("ca_file " .. support.env "CA_FILE" .. " (given)", text)
    has("trusts " .. support.env "CA_FILE", text)
  end)

  it("shows no proxy and no host that can be none", function()
    for _, scheme in ipairs { "", "http://", "http://me:pASSWORD@" } do
      has("proxy can't be reached: 64 bytes, SHA-256 " .. digest .. "... (proxy)",
        messages { proxy = scheme .. ticket })
    end
    has("base_url 72 bytes, SHA-256 ", messages { base_url = "https://" .. ticket })
  end)
end)
