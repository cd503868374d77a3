--- A tar file (ustar, POSIX.1-1988), written entry by entry: plain files alone, whose names are short.

local tar = {}

local BLOCK = 512

-- A header's fields by their widths; the checksum is that of the header with blanks in its place.
local function header(name, size, time)
  local fields = {
    name .. ("\0"):rep(100 - #name), "0000644\0", "0000000\0", "0000000\0", ("%011o\0"):format(size),
    ("%011o\0"):format(time), "        ", "0", ("\0"):rep(100), "ustar\0", "00", ("\0"):rep(247),
  }
  local bytes = table.concat(fields)
  local sum = 0
  for at = 1, #bytes do
    sum = sum + bytes:byte(at)
  end
  fields[7] = ("%06o\0 "):format(sum)
  return table.concat(fields)
end

--- Adds a file whose bytes somebody else writes.
---@param into { write: fun(self: table, bytes: string): true|nil, facequery.Failure|nil }
---@param name string without blanks, of at most 100 bytes
---@param size integer of what is written
---@param time integer seconds since 1970
---@param write fun(): any, facequery.Failure|nil writes so many bytes into `into`
---@return true|nil
---@return facequery.Failure|nil failure
function tar.stream(into, name, size, time, write)
  local ok, failure = into:write(header(name, size, time))
  if ok then
    ok, failure = write()
  end
  if ok then
    ok, failure = into:write(("\0"):rep(-size % BLOCK))
  end
  return ok and true or nil, failure
end

--- Adds a file.
---@param into { write: fun(self: table, bytes: string): true|nil, facequery.Failure|nil }
---@param name string as of tar.stream
---@param bytes string
---@param time integer
---@return true|nil
---@return facequery.Failure|nil failure
function tar.add(into, name, bytes, time)
  return tar.stream(into, name, #bytes, time, function() return into:write(bytes) end)
end

--- Ends it.
---@param into { write: fun(self: table, bytes: string): true|nil, facequery.Failure|nil }
---@return true|nil
---@return facequery.Failure|nil failure
function tar.finish(into)
  return into:write(("\0"):rep(2 * BLOCK))
end

return tar
