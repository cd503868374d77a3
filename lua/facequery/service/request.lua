--- What every request to the service has, whatever it asks for.

local records = require "facequery.service.record"

--- A request as transports take it.  Without `own` fields that say otherwise its answer is one that carries no file.
---@param settings facequery.Config complete
---@param own table its method, url, headers and body, and what else is its own
---@return facequery.Request
return function(settings, own)
  own.timeout = settings.timeout
  own.connect_timeout = settings.connect_timeout
  own.ca_file = settings.ca_file
  own.proxy = settings.proxy
  own.max_envelope = own.max_envelope or 64 * 1024
  own.max_media = own.max_media or 0
  own.files = own.files or {}
  own.hashes = own.hashes or {}
  own.unique = records.UNIQUE
  own.within = records.WITHIN
  return own
end
