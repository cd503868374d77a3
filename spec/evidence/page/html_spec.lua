-- HTML that is safe by default.

local html = require "facequery.evidence.page.html"

describe("a page's HTML", function()
  it("escapes what is filled into it, in elements and in attributes, and takes markup as it is", function()
    assert.equal("<p title=\"&lt;&#39;&quot;&gt;\">a &amp;amp; <b>1</b>$text%1</p>",
      html.fill("<p title=\"$title\">$text $inner</p>", {
        title = "<'\">", text = "a &amp;",
        inner = html.fill("<b>$number</b>$dollar", { number = 1, dollar = "$text%1" }),
      }).markup)
  end)

  it("raises where a value is missing, so that no page lacks it", function()
    assert.has_error(function() html.fill("$a", { b = 1 }) end)
    assert.has_error(function() html.fill "$a" end)
  end)

  -- The numbers are those of Unicode's charts; printf '\u202e' | od -c makes the bytes.
  it("shows by its number what HTML does not allow, what does not show, and what turns the text around it", function()
    for bytes, shown in pairs {
      ["\0"] = "U+0000", ["\r"] = "U+000D", ["\27"] = "U+001B", ["\127"] = "U+007F", ["\194\133"] = "U+0085",
      ["\194\173"] = "U+00AD", ["\216\156"] = "U+061C", ["\226\128\139"] = "U+200B", ["\226\128\143"] = "U+200F",
      ["\226\128\168"] = "U+2028", ["\226\128\170"] = "U+202A", ["\226\128\174"] = "U+202E",
      ["\226\129\160"] = "U+2060", ["\226\129\166"] = "U+2066", ["\226\129\169"] = "U+2069",
      ["\239\187\191"] = "U+FEFF", ["\239\191\190"] = "U+FFFE", ["\239\191\191"] = "U+FFFF",
      ["\239\183\144"] = "U+FDD0", ["\240\159\191\191"] = "U+1FFFF", ["\244\143\191\190"] = "U+10FFFE",
      ["\243\160\129\129"] = "U+E0041",
    } do
      assert.equal("a⟦" .. shown .. "⟧b", html.escape("a" .. bytes .. "b"))
    end
  end)

  it("leaves text as it is: blanks, lines, Chinese, symbols; and what is not UTF-8 is U+FFFD", function()
    local text = "a\tb\nc 核身 ， “–” é 😀 \194\160\239\191\189"
    assert.equal(text, html.escape(text))
    assert.equal("a\239\191\189b", html.escape "a\255b")
  end)

  it("is cut between two characters", function()
    assert.same({ { "核", 3 }, { "核", 3 }, { "", 6 }, { "核身", 0 } }, {
      { html.cut("核身", 3) }, { html.cut("核身", 5) }, { html.cut("核身", 2) }, { html.cut("核身", 6) },
    })
  end)
end)
