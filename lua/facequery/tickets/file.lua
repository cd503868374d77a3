--- Tickets in a file of mode 0600, replaced as a whole.  The lock is the kernel's, on a file beside
--- it, and ends with its owner.

local core = require "facequery.core"

local file = {}

---@param path string
---@return facequery.TicketStore
function file.new(path)
  if type(path) ~= "string" then
    error(("bad argument #1 to 'file' (string expected, got %s)"):format(type(path)), 3)
  end
  local store = {}

  -- A failure says which file it is about.
  local function named(result, failure)
    if failure then
      failure.field = path
    end
    return result, failure
  end

  -- The key's line, then the value: another app's ticket, or another secret's, is not ours.
  function store.get(_, key)
    local text, failure = core.read_private(path)
    if not text then
      local missing = failure.status == "FILE_MISSING"
      return nil, nil, not missing and failure.status or nil
    end
    local owner, value = text:match("^([^\n]*)\n(.*)$")
    if owner ~= key then
      return nil, nil, "FILE_UNTRUSTED"
    end
    return value
  end

  function store.set(_, key, value)
    return named(core.replace_file(path, key .. "\n" .. value))
  end

  function store.lock()
    local lock, failure = core.lock_file(path .. ".lock")
    if lock then
      return function() lock:close() end
    end
    if failure.status == "FILE_LOCKED" then
      return false
    end
    return named(nil, failure)
  end

  return store
end

return file
