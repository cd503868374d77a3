--- A queue, its workers, and a folder for the archive.

local assert = require "luassert"
local cli = require "help.cli"
local core = require "facequery.core"
local support = require "help.support"

local fleet = {}

---@class help.Fleet
---@field dir string the archive's
---@field list string the path for a list of orders

local function end_all(workers)
  for _, worker in ipairs(workers) do
    support.shell(worker.is_over and ":" or "kill -TERM " .. worker.pid)
  end
  for _, worker in ipairs(workers) do
    if not worker.is_over then
      worker.wait()
    end
  end
end

-- What is to become of its orders.
local function add_expectations(self)
  --- Waits until `is_so(status)`.
  function self.until_status(is_so, seconds)
    local deadline = support.real_now() + (seconds or 60)
    repeat
      local status = self.status()
      if status and is_so(status) then
        return status
      end
      core.sleep(0.05)
    until support.real_now() > deadline
    error("the queue does not become so: " .. (self.queue "status --json"), 2)
  end

  --- Waits until nothing is open.
  function self.until_done(seconds)
    return self.until_status(function(status) return status.open == 0 end, seconds)
  end

  --- Holds that these orders are archived, and nothing else, and that the archive is sound.
  function self.has_all(orders)
    local sorted = { (table.unpack or unpack)(orders) }
    table.sort(sorted)
    assert.same(sorted, support.bundles(self.dir))
    assert.same({}, (support.verify(self.dir)))
  end
end

---@param redis { url: string } help.redis' server
---@return help.Fleet
function fleet.new(redis)
  local folder = support.folder()
  local self = { dir = folder .. "/evidence", list = folder .. "/orders", workers = {} }
  local words = ("--redis %s --queue faces"):format(redis.url)

  --- `facequery queue WHAT`; results as those of cli.shell.
  function self.queue(what, how)
    return cli.shell("queue " .. what:gsub("^%S+", "%0 " .. words:gsub("%%", "%%%%"), 1), how)
  end

  --- Adds orders by the command.
  function self.add(orders, how)
    support.write_file(self.list, table.concat(orders, "\n") .. "\n")
    return self.queue("add --from " .. self.list, how)
  end

  --- Starts a worker; see support.start.
  function self.work(arguments, variables)
    local worker = support.start(cli.words(("work %s --out %s %s"):format(words, self.dir, arguments or "")), variables)
    self.workers[#self.workers + 1] = worker
    local wait = worker.wait
    function worker.wait(seconds)
      worker.is_over = true
      return wait(seconds)
    end
    return worker
  end

  --- What `queue status --json` says; nil where it says nothing.
  function self.status()
    local text = self.queue "status --json"
    return text:find "^{" and require("cjson").decode(text) or nil
  end

  --- Ends all workers, as an operator does, and removes the folder.
  function self.stop()
    end_all(self.workers)
    support.remove_folder(folder)
  end

  add_expectations(self)
  return self
end

return fleet
