--- The way to the service, as an exchange has gone it: proxy, name server, connection, TLS.  What an exchange did not
--- reach is not told of.

local core = require "facequery.core"
local details = require "facequery.codes.details"
local errors = require "facequery.errors"
local files = require "facequery.doctor.files"
local findings = require "facequery.doctor.findings"
local proxies = require "facequery.doctor.proxy"
local shown = require "facequery.doctor.shown"
local words = require "facequery.doctor.words"

local network = {}

local unpack = table.unpack or unpack -- luacheck: ignore 143

local TLS_FAILURES = { PEER_FAILED_VERIFICATION = true, SSL_CONNECT_ERROR = true, SSL_CACERT_BADFILE = true,
  SSL_CERTPROBLEM = true }

-- libcurl's words, and nginx's resolver's, for a name server that says nothing in time.
local SILENCE = { "^Resolving timed out", "could not be resolved %(110" }

-- OpenSSL's words for a certificate that no known authority has issued.
local UNKNOWN_ISSUERS = { "issuer certificate", "self%-signed certificate", "self signed certificate" }

local function has_one(text, patterns)
  for _, pattern in ipairs(patterns) do
    if text:find(pattern) then
      return true
    end
  end
  return false
end

-- The proxy, where it is not to blame.
local function proxy_in_use(lang, settings, proxy)
  if not proxy then
    return findings.ok(lang, "proxy", "no_proxy")
  elseif proxy.except then
    return findings.ok(lang, "proxy", "no_proxy_for_host", proxy.place, proxies.host(settings.base_url), proxy.except)
  end
  return findings.ok(lang, "proxy", "proxy", proxy.place, proxy.from)
end

-- Whom a request's certificate is held to.
local function trusted(lang, settings)
  if settings.ca_file then
    return shown.path(lang, settings.ca_file)
  end
  local tls = core.tls()
  return tls.ca_file or tls.ca_path or words.of(lang, "no_servers")
end

local function name_failure(lang, settings, host, failure)
  host = shown.place(lang, host)
  local detail = failure.detail or ""
  if detail:find("no resolver defined", 1, true) then
    return findings.failure(lang, "dns", "NO_RESOLVER", host)
  end
  local servers = table.concat(files.name_servers(), ", ")
  if ngx and detail:find("could not be resolved", 1, true) then
    servers = "resolver" -- nginx.conf's
  elseif servers == "" then
    servers = words.of(lang, "no_servers")
  end
  if has_one(detail, SILENCE) then
    return findings.failure(lang, "dns", "NAME_SERVER_SILENT",
      words.of(lang, "silent", host, math.min(settings.timeout, settings.connect_timeout), servers))
  end
  return findings.failure(lang, "dns", failure.code, words.of(lang, "not_resolved", host, servers))
end

-- libcurl's words with the path in them that it was given, where that can't be shown.
local function without_path(lang, detail, path)
  local first, last
  if detail and path then
    first, last = detail:find(path, 1, true)
  end
  return first and detail:sub(1, first - 1) .. shown.path(lang, path) .. detail:sub(last + 1) or detail
end

local function tls_failure(lang, settings, failure)
  local detail = failure.detail or failure.code
  if detail:find("not yet valid", 1, true) then
    -- There is no Date to compare with: but few certificates are of the future, and many clocks of the past.
    return findings.failure(lang, "clock", "CLOCK_WRONG",
      words.of(lang, "clock_past", os.date "!%Y-%m-%dT%H:%M:%SZ"))
  end
  if detail:find("certificate has expired", 1, true) then
    return findings.failure(lang, "tls", "SERVICE_CERTIFICATE_EXPIRED",
      words.of(lang, "clock_now", os.date "!%Y-%m-%dT%H:%M:%SZ", details.of(lang, detail)))
  end
  if failure.code == "PEER_FAILED_VERIFICATION" and has_one(detail, UNKNOWN_ISSUERS) then
    -- nginx's cosockets begin with OpenSSL's number.
    if detail:find "^%d+: " then
      return findings.failure(lang, "tls", "NGINX_AUTHORITIES", details.of(lang, detail))
    end
    return findings.failure(lang, "tls", "AUTHORITY_MISSING",
      words.of(lang, "authority", details.of(lang, detail), trusted(lang, settings)))
  end
  failure.detail = without_path(lang, failure.detail, settings.ca_file)
  return findings.of_error("tls", errors.from_failure(lang, failure))
end

-- What a failure of the transport is about; nil where it came once the connection stood.
local function transport_failure(lang, settings, proxy, failure)
  local code, detail = failure.code, failure.detail or ""
  if code == "COULDNT_RESOLVE_HOST" or has_one(detail, SILENCE) then
    return name_failure(lang, settings, proxy and proxy.host or proxies.host(settings.base_url), failure)
  elseif proxy and (code == "COULDNT_CONNECT" or code == "COULDNT_RESOLVE_PROXY" or code == "PROXY") then
    return findings.failure(lang, "proxy", "PROXY_UNREACHABLE",
      words.of(lang, "proxy_unreachable", proxy.place, proxy.from))
  elseif TLS_FAILURES[code] then
    return tls_failure(lang, settings, failure)
  end
  return findings.of_error("connection", errors.from_failure(lang, failure))
end

-- The steps of an exchange that has brought an answer.
local function steps(lang, settings, proxy, response)
  local host = proxy and proxy.host or proxies.host(settings.base_url)
  -- A connection that was open already says nothing of how long its steps took.
  local took, provenance = not response.reused and response.steps or nil, response.provenance or {}
  local list = {}
  if host:find "^[%d.]+$" or host:find ":" then
    list[1] = findings.ok(lang, "dns", "not_needed", host)
  elseif took then
    list[1] = findings.ok(lang, "dns", "resolved", host, took.lookup * 1000)
  else
    list[1] = findings.ok(lang, "dns", "resolved_somehow", host)
  end
  local place = proxy and proxy.place or settings.base_url:match "//(.*)$"
  list[2] = took and findings.ok(lang, "connection", "connected", place, (took.connect - took.lookup) * 1000)
    or findings.ok(lang, "connection", "connected_somehow", place)
  if settings.base_url:lower():find "^http://" then
    list[3] = findings.ok(lang, "tls", "plain")
  elseif took and provenance.tls then
    list[3] = findings.ok(lang, "tls", "tls", provenance.tls, provenance.cipher or "?",
      (took.handshake - took.connect) * 1000, trusted(lang, settings))
  else
    list[3] = findings.ok(lang, "tls", "tls_somehow")
  end
  return list
end

--- What the first exchange tells of the way to the service.
---@param lang facequery.Lang
---@param settings facequery.Config complete
---@param response facequery.Response|nil
---@param failure facequery.Failure|nil
---@return facequery.Finding[]
---@return boolean is_through the service has been reached, so that what it says counts
function network.check(lang, settings, response, failure)
  local proxy = proxies.of(settings)
  if proxy then
    proxy.place = shown.place(lang, proxy.place)
  end
  local in_use = proxy_in_use(lang, settings, proxy)
  if proxy and proxy.except then
    proxy = nil
  end
  if response then
    return { in_use, unpack(steps(lang, settings, proxy, response)) }, true
  elseif failure and failure.status == "HTTP" and failure.detail and proxy then
    -- The transports give an HTTP failure a detail where it is the proxy's.
    local said = words.of(lang, "proxy_refuses", proxy.place, proxy.from, failure.http_status)
    local refusal = findings.failure(lang, "proxy", "PROXY_REFUSES", said)
    if failure.http_status == 407 then
      refusal.advice = errors.from_failure(lang, failure).advice
    end
    return { refusal }, false
  elseif not failure or failure.status ~= "TRANSPORT" then
    return { in_use }, true
  end
  local found = transport_failure(lang, settings, proxy, failure)
  return found.check == "proxy" and { found } or { in_use, found }, false
end

return network
