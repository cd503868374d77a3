--- `facequery archive` on a list of orders, and what there has to be in its archive.

local assert = require "luassert"
local cli = require "help.cli"
local support = require "help.support"

local archives = {}

--- A new folder, and in it the paths for an archive and for a list of orders, which are not there yet.
---@return string folder
---@return string dir
---@return string list
function archives.begin()
  local folder = support.folder()
  return folder, folder .. "/evidence", folder .. "/orders"
end

---@param list string the list's path
---@param lines string[]
function archives.write_list(list, lines)
  support.write_file(list, table.concat(lines, "\n") .. "\n")
end

-- The words of a shell that archive the list's orders.
local function words(list, dir, arguments)
  return ("archive --from %s --out %s %s"):format(list, dir, arguments or "")
end

--- Archives the list's orders; results and `how` as those of cli.shell.
function archives.run(list, dir, arguments, how)
  return cli.shell(words(list, dir, arguments), how)
end

--- Begins to archive the list's orders; see support.start.
function archives.start(list, dir, arguments, variables, preloaded)
  return support.start(cli.words(words(list, dir, arguments), preloaded), variables)
end

--- Builds fixtures/host/disk.c in the folder: a disk that is slow, or fails, for who preloads it.
---@param folder string
---@return string path
function archives.build_disk(folder)
  support.must(("cc -shared -fPIC -o %s/disk.so spec/fixtures/host/disk.c -ldl"):format(folder))
  return folder .. "/disk.so"
end

--- The words of a shell that archive the list's orders on such a disk.
---@param variables string for disk.c
function archives.on_disk(preloaded, variables, list, dir, arguments)
  return ("DISK_UNDER=%s/ %s %s"):format(dir, variables, cli.words(words(list, dir, arguments), preloaded))
end

--- Lines of text as a sorted list.
function archives.sorted(lines)
  local all = {}
  for line in lines:gmatch "[^\n]+" do
    all[#all + 1] = line
  end
  table.sort(all)
  return all
end

--- Holds that the archive has these orders, each once, and nothing else, and that verify finds nothing wrong.
---@param dir string
---@param orders string[]
function archives.holds(dir, orders)
  local expected, logged = {}, {}
  for i, order_no in ipairs(orders) do
    expected[i] = order_no
  end
  for i, entry in ipairs(support.log(dir)) do
    logged[i] = entry.order_no
  end
  table.sort(expected)
  table.sort(logged)
  local bundles = support.bundles(dir)
  table.sort(bundles)
  assert.same(expected, bundles)
  assert.same(expected, logged)
  assert.is_true(support.is_clean(dir))
  local output, messages, status = cli.shell("verify " .. dir)
  assert.same({ "", 0 }, { output, status })
  assert.matches(("%s: %d bundles, 0 problems"):format(dir:gsub("%p", "%%%0"), #orders), messages)
end

return archives
