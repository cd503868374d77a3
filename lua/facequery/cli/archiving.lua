--- How a command archives orders: its options as facequery's own (facequery.EachOptions).

-- A list of an option's values; nil where it was not given.
local function some(list)
  return list and list[1] and list or nil
end

---@param args table the command's
---@param attempts? integer how often to ask for an order's files
---@return facequery.EachOptions
return function(args, attempts)
  return {
    dir = args.out,
    hashes = args.hash and { args.hash } or nil,
    encrypt_to = some(args.encrypt_to),
    encrypt_media_to = some(args.encrypt_media_to),
    query_version = args.query_version,
    attempts = attempts,
  }
end
