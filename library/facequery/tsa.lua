---@meta facequery.tsa

-- Made of the annotations in lua/ by `make docs`.

--- Asks timestamping authorities (TSAs) over HTTP, RFC 3161, section 3.4: what evidence.seal is handed as `send`.
local tsa = {}

--- A function that asks one.  What goes out is the digest of a Merkle root, and what comes is signed: http will do, as
--- most TSAs speak no other.
---@param options? { timeout?: number } seconds of one exchange, default 10
---@return fun(url: string, request: string): string|nil, facequery.Failure|nil send
function tsa.new(options) end

return tsa
