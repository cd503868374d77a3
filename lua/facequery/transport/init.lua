--- Which transport, and which sleep, fit where the code runs.

local core = require "facequery.core"
local foreign = require "facequery.foreign"

local transport = {}

-- spec/help/transport_contract.lua holds every transport to what is written here; a user's own may know less:
-- foreign.lua.

--- Sends a request and returns its answer, or nil and why there is none.  What a user's own returns is checked:
--- BAD_TRANSPORT.
---@alias facequery.Transport fun(request: facequery.Request): facequery.Response|nil, facequery.Failure|nil

--- What is to be sent, as a plain table: it can cross to another thread, and a transport needs nothing else.
---@class facequery.Request
---@field method "POST"|"GET" HTTP's
---@field url string whole, with its query
---@field headers table<string, string> their names and values
---@field body? string what is posted
---@field timeout number seconds for all of it
---@field connect_timeout number seconds to connect
---@field ca_file? string path of PEM: whom TLS trusts; nil: the system's
---@field proxy? string as facequery.Config's
---@field max_envelope integer bytes of the answer without its media
---@field max_media integer bytes, decoded, of each medium
---@field files facequery.RequestFile[] the answer's fields that are files
---@field unique string[] those that may come once only
---@field within? string the field at the root whose object may have all of them, too
---@field recipients? string certificates in PEM: files with a path are encrypted for them
---@field draft? boolean the files lie in a folder that will appear as a whole
---@field hashes string[] digests of the media
---@field digest_body? boolean the answer's SHA-256, too
---@field provenance? boolean who answered and when, too
---@field diagnose? boolean how long each step took, too, and whose certificate it is that can't be verified, where the transport knows it
---@field order_no? string the order that the answer must be about

--- A file that the answer may have.
---@class facequery.RequestFile
---@field name string the field's
---@field path? string a file that doesn't exist yet; nil: into memory

--- What came of it: a plain table, too.  An answer with another HTTP status than 200 is one only where it is
--- the service's own refusal.
---@class facequery.Response
---@field status integer the HTTP status: 200, or another where the answer is the service's own all the same
---@field envelope string the answer's JSON text, "" in the place of media
---@field record? facequery.Record of the envelope, without media, where the transport has read it
---@field odd? string[] the media whose place holds neither base64 nor nothing, where the transport has read it
---@field media { photo?: facequery.Media, video?: facequery.Media } the files
---@field damaged? { photo?: facequery.Damage, video?: facequery.Damage } those that are not base64
---@field time number seconds that it took
---@field reused? boolean the connection was open already
---@field sha256? string of the answer as it came, where the request said digest_body
---@field layout? facequery.Layout[] beside that: where the files' text stood in the answer, in order; nil where it can't be made again
---@field provenance? facequery.Provenance where the request said so, as far as the transport knows it
---@field steps? facequery.Steps where the request said diagnose and the transport knows it

--- Seconds from the start until a step was done; 0: it was not needed.
---@class facequery.Steps
---@field lookup number the name was resolved
---@field connect number the connection was there
---@field handshake number TLS was agreed on

--- Who answered, over what connection, and when.
---@class facequery.Provenance
---@field host? string that was asked, and its port where the url has one
---@field sent? number seconds since the epoch, by this machine's clock: when the request was handed over to be sent
---@field received? number when the answer was whole
---@field date? string the answer's Date header, as it came
---@field tls? string "TLSv1.2", "TLSv1.3"; nil over plain http
---@field cipher? string by OpenSSL's name
---@field certificate? string SHA-256 of the server's certificate (DER), hex

--- Where a file's text stood between its quotes: with all of them the envelope is the answer again, byte by byte.
---@class facequery.Layout
---@field name "photo"|"video" which file
---@field at integer bytes of the envelope before it
---@field base64? facequery.Spelling how the file's bytes were written; nil: the damaged file's text stood there, as it is

--- How base64 was written, where not plainly: RFC 4648's, with padding.
---@class facequery.Spelling
---@field prefix? string before it: a data url's, its escapes undone
---@field unpadded? true without padding
---@field slash? string what stood for each "/", those of the prefix, too: "\\/"
---@field line? integer characters of base64 in each of the first lines,
---@field lines? integer of which there are so many; all else stands on one more
---@field ending? string of each of the first lines, as it stood in the JSON: "\\r\\n"

local function sleep_in_nginx(seconds)
  -- Not every phase of nginx allows ngx.sleep.  In one that does not, only a transport that blocks anyway gets here.
  if not pcall(ngx.sleep, seconds) then
    core.sleep(seconds)
  end
end

--- Never blocks in silence: a worker thread, else lua-resty-http, else an error that says what to do.
local function in_nginx(settings)
  local worker_thread = require("facequery.transport.worker_thread").new(settings.thread_pool)
  local resty
  return function(request)
    local response, failure = worker_thread(request)
    if response or failure.status ~= "NO_TRANSPORT" then
      return response, failure
    end
    local refused
    if not resty then
      resty, refused = require("facequery.transport.resty").new()
    end
    if not resty then
      return nil, failure.detail and failure or refused
    end
    return resty(request)
  end
end

--- The settings' transport and sleep.
---@param settings facequery.Config
---@return facequery.Transport|nil send
---@return (fun(seconds: number))|facequery.Failure|nil sleep or the failure
---@return fun()|nil close
function transport.choose(settings)
  local wanted = settings.transport or (ngx and "nginx" or "curl")
  local sleep = settings.sleep or (ngx and sleep_in_nginx) or core.sleep
  if type(wanted) == "function" then
    return foreign.transport(wanted), sleep
  elseif wanted == "curl" then
    local send, close = require("facequery.transport.curl").new()
    return send, sleep, close
  elseif not ngx then
    return nil, { status = "NO_TRANSPORT" }
  elseif wanted == "worker_thread" then
    return require("facequery.transport.worker_thread").new(settings.thread_pool), sleep
  elseif wanted == "resty" then
    local send, failure = require("facequery.transport.resty").new()
    return send, send and sleep or failure
  end
  return in_nginx(settings), sleep
end

return transport
