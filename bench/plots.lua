-- Draws bench/results: bench/plots.lua en|zh FOLDER.  Every figure comes from there, and docs/numbers.md shows them.

local bars = require "plots.bars"
local lines = require "plots.lines"

local lang, folder = arg[1], arg[2]
assert(folder and (lang == "en" or lang == "zh"), "usage: plots.lua en|zh FOLDER")

-- The sentence in the language that is asked for.
local function say(en, zh)
  return lang == "zh" and zh or en
end

for _, plots in ipairs { bars, lines } do
  for name, draw in pairs(plots) do
    local file = assert(io.open(folder .. "/" .. name .. ".svg", "wb"))
    assert(file:write(draw(say)))
    assert(file:close())
  end
end
