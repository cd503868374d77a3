--- Where in an archive's folder its bundles lie, by names that are paths in it:
---
---   2026/11/26/ORDER   a folder for each day, China's, on which bundles were fetched
---   ORDER              flat, as an earlier facequery laid them out; they stay so until they are moved
---   .2026              a flat bundle whose order number is that of a year which has bundles of its own
---
--- No folder has more names than a day has orders.

local calendar = require "facequery.evidence.calendar"
local core = require "facequery.core"
local look = require "facequery.evidence.disk.look"
local seals = require "facequery.evidence.disk.seals"

local days = {}

---@class facequery.Days
---@field dir string
---@field may_move boolean another process may take bundles to days that are not in the list
---@field list? string[] days that have a folder, or may have got one since they were listed
---@field listed? table<string, boolean> the same as a set
---@field seen_to? integer number of the last day that is in the list whether it has a folder or not
---@field synced table<string, boolean> days whose folder this run has found or made, and brought to the disk
local Days = {}
Days.__index = Days

---@param dir string
---@return facequery.Days
function days.new(dir)
  return setmetatable({ dir = dir, may_move = true, synced = {} }, Days)
end

-- Names -----------------------------------------------------------------------------------------

---@param name string
---@return string
function Days:path(name)
  return self.dir .. "/" .. name
end

local function is_folder(self, name)
  return look.mode(self:path(name)) == "directory"
end

-- Links on the way are not followed either: what they lead to is not the archive's.
local function is_day(self, day)
  return is_folder(self, day:sub(1, 4)) and is_folder(self, day:sub(1, 7)) and is_folder(self, day)
end

-- A flat bundle may have such a name, too.
local function is_year_number(name)
  return name:find "^%d%d%d%d$" ~= nil and calendar.date(name, 1, 1) ~= nil
end

-- A year's folder has months; a flat bundle that has a year's number has a manifest and none of them.
local function is_year(self, name)
  if not is_year_number(name) or not is_folder(self, name) then
    return false
  elseif look.mode(self:path(name .. "/manifest.json")) ~= "file" then
    return true
  end
  for month = 1, 12 do
    if is_folder(self, ("%s/%02d"):format(name, month)) then
      return true
    end
  end
  return false
end

--- The order whose bundle would have this name; nil where no bundle's could be.
---@param name string
---@return string|nil
function days.order_of(name)
  local year, month, day, order_no = name:match "^(%d%d%d%d)/(%d%d)/(%d%d)/([A-Za-z0-9]+)$"
  if order_no then
    return calendar.date(year, month, day) and order_no
  end
  local aside = name:match "^%.(%d%d%d%d)$"
  return aside and is_year_number(aside) and aside or name ~= seals.NAME and name:match "^[A-Za-z0-9]+$" or nil
end

--- Is this the name of what is no folder of days, and where a bundle may lie flat?
---@param name string
---@return boolean
function Days:is_flat(name)
  return days.order_of(name) ~= nil and not name:find "/" and not is_year(self, name)
end

---@param name string
---@return boolean
function Days:is_bundle(name)
  return days.order_of(name) ~= nil and is_folder(self, name) and not is_year(self, name)
end

--- Is this where a bundle of that time belongs?  Flat is as good as its day.
---@param name string
---@param fetched_at any
---@return boolean
function days.belongs(name, fetched_at)
  local day = name:match "^(.*)/"
  return not day or day == calendar.day_at(fetched_at)
end

-- Listing ---------------------------------------------------------------------------------------

-- By their digits as numbers: text would be compared as the locale compares.
local function is_earlier(day, other)
  return tonumber((day:gsub("/", ""))) < tonumber((other:gsub("/", "")))
end

--- The days that have a folder, in their order; and what lies between the years and the days that is none of them.
---@return string[] list
---@return string[] foreign
function Days:scan()
  local list, foreign = {}, {}
  -- Looks for the folders that are meant, in one that is.
  local function descend(folder, is_meant, visit)
    local names, failure = look.names(self:path(folder))
    if failure and is_folder(self, folder) then
      foreign[#foreign + 1] = folder -- it can't be listed
    end
    for name in names or function() end do
      local path = folder .. "/" .. name
      if is_meant(name) and is_folder(self, path) then
        visit(path)
      else
        foreign[#foreign + 1] = path
      end
    end
  end
  -- The years are tried, for a flat archive may have a million names.
  for number = calendar.FIRST_YEAR, calendar.LAST_YEAR do
    local year = tostring(number)
    if is_year(self, year) then
      descend(year, function(month) return month:find "^%d%d$" and calendar.date(year, month, 1) end, function(path)
        local month = path:sub(-2)
        descend(path, function(day) return day:find "^%d%d$" and calendar.date(year, month, day) end, function(day)
          list[#list + 1] = day
        end)
      end)
    end
  end
  table.sort(list, is_earlier)
  return list, foreign
end

-- The names in the archive's folder itself, but for those of the years, and after them the `others`.
local function top(self, others)
  local next_name, failure = look.names(self.dir)
  if not next_name then
    return nil, failure
  end
  local index = 0
  return function()
    local name
    repeat
      name = next_name and next_name()
    until not name or not is_year(self, name)
    if not name then
      next_name, index = nil, index + 1
    end
    return name or others[index]
  end
end

--- The parts that names are listed in: the archive's folder, and each day, in their order.
---@return string[]
function Days:parts()
  local list = self:scan()
  table.insert(list, 1, "")
  return list
end

-- The names in a day's folder.  One that is gone since has none; of one that can't be listed the folder's name is to
-- be known.
local function in_day(self, day)
  local next_name, failure = look.names(self:path(day))
  local left = failure and is_folder(self, day) and day or nil
  return function()
    local name = next_name and next_name()
    local last = left
    left = nil
    return name and day .. "/" .. name or last
  end
end

--- The names in a part, or all of them, part by part.
---@param part? string
---@return (fun(): string|nil)|nil
---@return facequery.Failure|nil failure of the archive's folder
function Days:entries(part)
  if part and part ~= "" then
    return in_day(self, part)
  end
  local list, foreign = self:scan()
  local next_name, failure = top(self, foreign)
  if part or not next_name then
    return next_name, failure
  end
  local index = 0
  return function()
    local name = next_name()
    while not name and list[index + 1] do
      index = index + 1
      next_name = in_day(self, list[index])
      name = next_name()
    end
    return name
  end
end

-- Finding ---------------------------------------------------------------------------------------

local function remember(self, day)
  if not self.listed[day] then
    self.listed[day] = true
    self.list[#self.list + 1] = day
  end
end

-- Adds the days from `first` to tomorrow.  A neighbour's clock may be ahead.
local function remember_from(self, first)
  local last = calendar.today() + 1
  for number = first, last do
    remember(self, calendar.day(number))
  end
  self.seen_to = last
end

-- The list is made once: from then on, bundles come to the days that pass alone, unless somebody moves them.
local function refresh(self)
  if self.may_move or not self.list then
    self.list, self.listed = {}, {}
    for _, day in ipairs((self:scan())) do
      remember(self, day)
    end
    self.seen_to = calendar.today() - 1
  end
  -- What was fetched yesterday may be committed today.
  if self.seen_to < calendar.today() + 1 then
    remember_from(self, self.seen_to - 1)
  end
end

--- What has the order's name beside the days.
---@param order_no string
---@return string|nil name
function Days:find_flat(order_no)
  if is_year_number(order_no) and look.mode(self:path("." .. order_no)) then
    return "." .. order_no
  elseif look.mode(self:path(order_no)) and order_no ~= seals.NAME and not is_year(self, order_no) then
    return order_no
  end
end

local function find_in(self, list, order_no)
  for i = #list, 1, -1 do
    local name = list[i] .. "/" .. order_no
    if look.mode(self:path(name)) and is_day(self, list[i]) then
      return name
    end
  end
end

--- What has the order's name: a bundle, or something in its way; nil for nothing.  An lstat for each day.
---@param order_no string
---@return string|nil name
function Days:find(order_no)
  if not order_no:find "^[A-Za-z0-9]+$" then
    return nil
  end
  -- Flat first: a bundle that is moved meanwhile is seen in its day.
  local name = self:find_flat(order_no)
  if not name then
    refresh(self)
    name = find_in(self, self.list, order_no)
  end
  return name
end

--- What has got the order's name since `find` found nothing.  The archive is locked.
---@param order_no string
---@param looked_on integer the number of the day on which `find` found nothing
---@return string|nil name
function Days:find_since(order_no, looked_on)
  if self.may_move then
    return self:find(order_no)
  end
  local list = {}
  for number = looked_on - 1, calendar.today() + 1 do
    list[#list + 1] = calendar.day(number)
  end
  return self:find_flat(order_no) or find_in(self, list, order_no)
end

-- Making ----------------------------------------------------------------------------------------

-- The paths of the folders that hold the names on the way to the day's.
local function way_to(self, day)
  return { self.dir, self:path(day:sub(1, 4)), self:path(day:sub(1, 7)) }
end

--- The folders whose entries must be on the disk for the day's to be there for good; nil where they are already, or
--- where the day has no folder yet.
---@param day string
---@return string[]|nil paths
function Days:unsynced(day)
  return not self.synced[day] and is_day(self, day) and way_to(self, day) or nil
end

-- Makes one folder on the way, in a folder that is there.
local function make_one(self, name)
  local mode = look.mode(self:path(name))
  if mode == "directory" and (name:find "/" or is_year(self, name)) then
    return true
  elseif mode == "directory" then
    local ok, failure = core.rename(self:path(name), self:path("." .. name)) -- a flat bundle
    if not ok then
      return nil, failure
    end
  elseif mode then
    return nil, { status = "FILE_UNWRITABLE", field = self:path(name), detail = "Not a directory" }
  end
  return core.draft_folder(self:path(name))
end

--- Makes the day's folder where it is missing, and brings it to the disk.  The archive is locked.
---@param day string
---@param sync fun(paths: string[]): true|nil, facequery.Failure|nil returns when the disk has these
---@return true|nil
---@return facequery.Failure|nil failure
function Days:make(day, sync)
  if self.synced[day] and is_day(self, day) then
    return true
  end
  local ok, failure
  for _, name in ipairs { day:sub(1, 4), day:sub(1, 7), day } do
    ok, failure = make_one(self, name)
    if not ok then
      return nil, failure
    end
  end
  ok, failure = sync(way_to(self, day))
  self.synced[day] = ok
  return ok, failure
end

--- Removes the folders that a bundle has left empty.  The archive is locked.
---@param name string the bundle's
function Days:tidy(name)
  local day = name:match "^(.*)/"
  while day do
    os.remove(self:path(day)) -- which removes no folder that has something in it
    day = day:match "^(.*)/"
  end
end

return days
