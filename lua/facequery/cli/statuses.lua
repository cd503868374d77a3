--- Exit statuses: each says what a script has to do next.

local statuses = {
  OK = 0,
  -- Orders have failed in ways that ask for different things.
  SEVERAL = 1,
  USAGE = 2,
  -- As a shell has it of what a signal has ended.
  INTERRUPTED = 130,
  TERMINATED = 143,
  -- With a meaning of one command's own: `queue status` knows of files that are about to be deleted, `explain` does not
  -- know a code.
  DUE = 1,
  NO_SUCH_CODE = 1,
}

-- What is to be done decides: let the person try again, begin anew with another order, correct the settings, wait, look
-- at the disk, ask once more.
---@type table<facequery.Kind, integer>
local OF_KIND = {
  rejected = 3, risk = 3,
  not_found = 4, expired = 4,
  auth = 5, invalid_request = 5,
  transport = 6, http = 6, protocol = 6, service = 6, rate_limited = 6, unknown = 6,
  storage = 7, media = 7,
  pending = 8,
}

--- The status of an error.
---@param kind facequery.Kind
---@return integer
function statuses.of(kind)
  return OF_KIND[kind]
end

--- The status of two things that were done one after the other.
---@param one integer
---@param other integer
---@return integer
function statuses.both(one, other)
  if one == other or other == statuses.OK then
    return one
  end
  return one == statuses.OK and other or statuses.SEVERAL
end

return statuses
