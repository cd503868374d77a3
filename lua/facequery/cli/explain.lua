--- facequery explain: what codes mean.

local codes = require "facequery.codes"
local statuses = require "facequery.cli.statuses"
local terminal = require "facequery.cli.terminal"
local values = require "facequery.cli.values"
local words = require "facequery.cli.words"

-- In words, on stdout: they are what was asked for.
local function print_words(lang, meaning)
  io.stdout:write(words.of(lang, "meaning"):format(meaning.code, meaning.message, meaning.kind), "\n")
  for number, cause in ipairs(meaning.causes or {}) do
    io.stdout:write(words.of(lang, "cause"):format(number, cause), "\n")
  end
  io.stdout:write(words.of(lang, "advice"):format(meaning.advice), "\n")
end

---@param args table
---@return integer exit status
return function(args)
  local status = statuses.OK
  for _, given in ipairs(args.code) do
    local code = given:match "^ (.*)" or given
    local nearest = codes.nearest(code)
    -- What no code is like may be a ticket, which people take for one.
    code = nearest and values.order(code) or code
    local meaning = codes.explain(code, args.lang)
    -- An empty table would be printed as an object.
    meaning.causes = #meaning.causes > 0 and meaning.causes or nil
    meaning.nearest = nearest and nearest[1] and nearest or nil
    if terminal.is "stdout" and not args.json then
      print_words(args.lang, meaning)
    else
      words.print_json(meaning)
    end
    if nearest then
      status = statuses.NO_SUCH_CODE
      words.say(args.lang, nearest[1] and "nearest_codes" or "no_such_code", code, table.concat(nearest,
        words.of(args.lang, "or")))
    end
  end
  return status
end
