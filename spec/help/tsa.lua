--- Tokens and certificates made by openssl, and archives with a log, for specs about seals.

local support = require "help.support"

local tsa = {}

local must, quote = support.must, support.quote

--- The sandbox's timestamping authority; `way` chooses what is wrong with its answer.
function tsa.url(way)
  return support.env "SANDBOX_TSA" .. (way and "/" .. way or "")
end

--- The certificate authority that vouches for it, as PEM.
function tsa.ca()
  return support.read_file(support.env "CA_FILE")
end

--- A key and a certificate that it signs for itself, in a folder: paths without .key and .pem.
---@param folder string
---@param name string
function tsa.certify(folder, name)
  must(("cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=%s"
    .. " -keyout %s.key -out %s.pem 2>&1"):format(quote(folder), name, name, name))
  return folder .. "/" .. name
end

--- What the sandbox's TSA answers to a request, by curl.
---@param request string
---@param way? string
function tsa.answer(request, way)
  local folder = support.folder()
  support.write_file(folder .. "/query", request)
  must(("curl -sf -H 'Content-Type: application/timestamp-query' --data-binary @%s/query -o %s/reply %s"):format(
    folder, folder, tsa.url(way)))
  local reply = support.read_file(folder .. "/reply")
  support.remove_folder(folder)
  return reply
end

return tsa
