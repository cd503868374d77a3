--- The project's source as graphs: which file knows which.  Each function takes files or a graph, and returns what
--- it found, so that a spec can hand it the real tree, and broken examples, too.

local sources = require "help.sources"
local support = require "help.support"

local graphs = {}

--- For each node the nodes that it knows.
---@alias graphs.Graph table<string, table<string, true>>

local function add(graph, from, to)
  graph[from] = graph[from] or {}
  if to and to ~= from then
    graph[from][to] = true
    graph[to] = graph[to] or {}
  end
end

--- Which module requires which, at its top or inside a function.
---@param files sources.File[]
---@return graphs.Graph
function graphs.requires(files)
  local graph = {}
  for _, file in ipairs(sources.select(files, { "^lua/.*%.lua$" })) do
    local module = file.name:match("^lua/(.*)%.lua$"):gsub("/init$", ""):gsub("/", ".")
    add(graph, module)
    for other in file.code:gmatch "%f[%w_]require[%s(,]*[\"']([%w_.-]+)[\"']" do
      add(graph, module, other)
    end
  end
  return graph
end

-- `folder`/`path` without "..".
local function resolved(folder, path)
  local whole = folder .. "/" .. path
  while whole:find "/%.%./" do
    whole = whole:gsub("[^/]+/%.%./", "", 1)
  end
  return whole
end

--- Which file of the C core includes which.  A header that is none of the core's is named as it is included.
---@param files sources.File[]
---@return graphs.Graph
function graphs.includes(files)
  local graph, is_file = {}, {}
  for _, file in ipairs(files) do
    is_file[file.name] = true
  end
  for _, file in ipairs(sources.select(files, { "^csrc/.*%.[ch]$" })) do
    add(graph, file.name)
    for path in file.code:gmatch "#%s*include%s*[<\"]([^>\"]+)[>\"]" do
      local beside, below = resolved(file.name:match "^(.*)/", path), "csrc/" .. path
      add(graph, file.name, is_file[beside] and beside or is_file[below] and below or path)
    end
  end
  return graph
end

--- Where `make` has put the objects of the C core: a source's name and its object file.
---@param files sources.File[]
---@return table<string, string>
function graphs.objects(files)
  local objects = {}
  for _, file in ipairs(sources.select(files, { "^csrc/.*%.c$" })) do
    objects[file.name] = support.build .. "/" .. file.name:match "^csrc/(.*)%.c$" .. ".o"
  end
  return objects
end

--- Which source of the C core calls which, or uses its data, as the linker sees it.
---@param objects table<string, string>
---@return graphs.Graph
function graphs.calls(objects)
  local graph, definer, users = {}, {}, {}
  for source, object in pairs(objects) do
    add(graph, source)
    for name, kind in (support.must("nm -gP " .. support.quote(object)) .. "\n"):gmatch "(%S+) (%a)[^\n]*\n" do
      if kind == "U" or kind == "w" then
        users[#users + 1] = { source = source, name = name }
      else
        definer[name] = source
      end
    end
  end
  for _, user in ipairs(users) do
    add(graph, user.source, definer[user.name])
  end
  return graph
end

--- The edges of both.
---@param one graphs.Graph
---@param other graphs.Graph
---@return graphs.Graph
function graphs.union(one, other)
  local graph = {}
  for _, part in ipairs { one, other } do
    for from, targets in pairs(part) do
      add(graph, from)
      for to in pairs(targets) do
        add(graph, from, to)
      end
    end
  end
  return graph
end

local function sorted_keys(set)
  local keys = {}
  for key in pairs(set or {}) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

--- The circles of a graph, each as "a > b > a": a depth-first search, which reports an edge back to a node that
--- it has not left yet.
---@param graph graphs.Graph
---@return string[]
function graphs.circles(graph)
  local found, path, place, is_done = {}, {}, {}, {}
  local function visit(node)
    path[#path + 1] = node
    place[node] = #path
    for _, target in ipairs(sorted_keys(graph[node])) do
      if place[target] then
        found[#found + 1] = table.concat(path, " > ", place[target]) .. " > " .. target
      elseif not is_done[target] then
        visit(target)
      end
    end
    path[#path] = nil
    place[node] = nil
    is_done[node] = true
  end
  for _, node in ipairs(sorted_keys(graph)) do
    if not is_done[node] then
      visit(node)
    end
  end
  return found
end

--- The ways from the nodes that match `from` to one that matches `to`, over any number of nodes between: the
--- shortest for each pair, as "a > b > c".
---@param graph graphs.Graph
---@param from fun(node: string): boolean
---@param to fun(node: string): boolean
---@return string[]
function graphs.ways(graph, from, to)
  local found = {}
  for _, start in ipairs(sorted_keys(graph)) do
    if from(start) then
      local way, queue, first = { [start] = start }, { start }, 1
      while queue[first] do
        local node = queue[first]
        first = first + 1
        for _, target in ipairs(sorted_keys(graph[node])) do
          if not way[target] then
            way[target] = way[node] .. " > " .. target
            -- What lies behind a forbidden node is that node's matter.
            if to(target) then
              found[#found + 1] = way[target]
            else
              queue[#queue + 1] = target
            end
          end
        end
      end
    end
  end
  return found
end

return graphs
