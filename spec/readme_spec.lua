-- README's ten lines, and two more, run as they stand.
-- Only on lua5.4 luajit: the C code is the same.

local facequery = require "facequery"
local markdown = require "help.markdown"
local support = require "help.support"

local readme = support.read_file "README.md"

local blocks, run = markdown.blocks, markdown.run

local function section(heading)
  return markdown.section(readme, heading)
end

describe("README's ten lines", function()
  local told, example, globals

  before_each(function()
    told = {}
    example = blocks(section "## Ten lines", "lua")[1]
    globals = {
      require = require,
      app_id = support.env "APP_ID",
      secret = support.env "SANDBOX_SECRET",
    }
    for _, name in ipairs { "welcome", "log", "tell_user" } do
      globals[name] = function(...) told[#told + 1] = { name, ... } end
    end
  end)

  -- README's example with another order number.
  local function for_order(number)
    return (example:gsub("1617091885609174325769165852", number))
  end

  it("are ten", function()
    assert.equal(10, #example:gsub("[^\n]", "") + 1)
  end)

  it("welcome a person who was verified", function()
    local number = support.order "verified"
    run(for_order(number), globals)
    assert.same({ { "welcome", number, "88.01" } }, told)
  end)

  it("tell another what to do", function()
    run(for_order(support.order "rejected"), globals)
    assert.same({ "log", "tell_user", "rejected" }, { told[1][1], told[2][1], told[2][2] })
    -- The comments in the example show what is told.
    local shown, advice = example:match "%-%- (facequery: .-) …", example:match "%-%- \"rejected\": (.-)\n"
    assert.equal(shown, told[1][2]:sub(1, #shown))
    assert.matches("%(order %w+%)$", told[1][2])
    assert.matches("^%d+$", told[1][3])
    assert.equal("another try with a new order", advice)
    assert.matches("try again with a new order", told[2][3])
  end)

  it("say why there may be no result", function()
    run(example, globals)
    assert.same({ "log", "tell_user", "not_found" }, { told[1][1], told[2][1], told[2][2] })
  end)

  it("keep the evidence in a later job, with the files that are named", function()
    local folder, number = support.folder(), support.order "verified"
    finally(function() support.remove_folder(folder) end)
    local job, client = blocks(section "## Ten lines", "lua")[2], assert(facequery.new())
    local bundle, err = run(job:gsub('"evidence"', ("%q"):format(folder)) .. "\nreturn bundle, err",
      { client = client, order_no = number })
    client:close()
    assert.is_nil(err)
    local named = {}
    for name in job:match "\n%-%- in bundle%.path: (.*)":gmatch "%l+%.[%l%d]+" do
      named[#named + 1] = name
    end
    table.sort(named)
    assert.equal(table.concat(named, "\n"), support.list(bundle.path))
    assert.equal(support.medium "video.mp4", support.read_file(bundle.path .. "/video.mp4"))
  end)
end)
