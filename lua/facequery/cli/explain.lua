--- facequery explain: what codes mean.

local codes = require "facequery.codes"
local statuses = require "facequery.cli.statuses"
local words = require "facequery.cli.words"

---@param args table
---@return integer exit status
return function(args)
  for _, code in ipairs(args.code) do
    local meaning = codes.explain(code:match "^ (.*)" or code, args.lang)
    -- An empty table would be printed as an object.
    meaning.causes = #meaning.causes > 0 and meaning.causes or nil
    words.print_json(meaning)
  end
  return statuses.OK
end
