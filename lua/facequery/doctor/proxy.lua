--- Which proxy a query goes through: by the settings or, as libcurl takes them, by variables of the environment.

local proxy = {}

-- Where libcurl looks for the proxy of an https url, in this order.
local VARIABLES = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" }
local EXCEPTIONS = { "no_proxy", "NO_PROXY" }

---@class facequery.ProxyInUse
---@field place string host and port, without a name or a password
---@field host string
---@field from string the variable, or "proxy", the setting
---@field except? string the variable that excepts the service's host: the proxy is not used

-- The first of the variables that holds something.
local function first(names)
  for _, name in ipairs(names) do
    local value = os.getenv(name)
    if value and value ~= "" then
      return value, name
    end
  end
end

-- Whether the list of no_proxy has this host: "*", the host itself, or a domain that it is in.
local function has_host(list, host)
  for entry in list:gmatch "[^%s,]+" do
    local name = entry:lower():gsub("^%.", "")
    if name == "*" or host == name or host:sub(-#name - 1) == "." .. name then
      return true
    end
  end
  return false
end

-- Host and port of a url.  Whatever is before an @ goes first: it may be a password, with a slash in it.
local function without_login(url)
  return (url:gsub("^.*@", ""):gsub("^%a[%w+.-]*://", ""):match "^[^/?#]*")
end

--- The host of a url, without its port and without an IPv6 address's brackets.
---@param url string
---@return string
function proxy.host(url)
  local authority = without_login(url)
  return (authority:match "^%[(.-)%]" or authority:match "^[^:]*"):lower()
end

---@param settings facequery.Config complete
---@return facequery.ProxyInUse|nil
function proxy.of(settings)
  if settings.base_url:lower():find "^http://" then
    return nil -- loopback alone, which is never asked through a proxy
  end
  local value, from = settings.proxy, "proxy"
  if not value then
    value, from = first(VARIABLES)
  end
  if not value or value == "" then
    return nil
  end
  local except, variable = first(EXCEPTIONS)
  return {
    place = without_login(value),
    host = proxy.host(value),
    from = from,
    except = except and has_host(except, proxy.host(settings.base_url)) and variable or nil,
  }
end

return proxy
