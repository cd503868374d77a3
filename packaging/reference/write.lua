--- Writes the folder library/ and docs/reference.md: what users may know of facequery's modules, of their annotations.
--- lua packaging/reference/write.lua FOLDER

package.path = arg[0]:gsub("[^/]*$", "?.lua;") .. package.path

local annotations = require "annotations"
local library = require "library"
local page = require "page"

-- What users require, the ones of most first.  A type stands where it is named first.
local PUBLIC = { "facequery", "facequery.tickets", "facequery.debug", "facequery.mock", "facequery.doctor",
  "facequery.queue", "facequery.evidence", "facequery.tsa" }

-- Types that users are handed, and hand on: of their fields, those that are of use to them.
local OPAQUE = {
  ["facequery.Place"] = { close = true },
  ["facequery.Pool"] = {},
  ["facequery.QueueEngine"] = {},
}

---@class reference.Module : annotations.Module
---@field types annotations.Type[] those that are named here first, whichever module has them

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

local function write(path, text)
  os.execute(("mkdir -p %s"):format(path:match "(.*)/"))
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

-- All modules and types, by their names.
local function read_all()
  local modules, types = {}, {}
  local paths = io.popen "find lua -name '*.lua' | LC_ALL=C sort"
  for path in paths:lines() do
    local name = path:match "^lua/(.*)%.lua$":gsub("/init$", ""):gsub("/", ".")
    modules[name] = annotations.read(name, read(path))
    for _, type in ipairs(modules[name].types) do
      local known = types[type.name]
      types[type.name] = known or type
      for _, method in ipairs(known and type.methods or {}) do
        known.methods[#known.methods + 1] = method
      end
    end
  end
  paths:close()
  return modules, types
end

-- A function that has another name in its module.
local function resolve(fn, modules)
  if not fn.alias then
    return fn
  end
  for _, other in ipairs(modules[fn.alias[1]].functions) do
    if other.name == fn.alias[2] then
      return { name = fn.name, owner = fn.owner, parameters = other.parameters, is_method = false, lines = other.lines }
    end
  end
  error(table.concat(fn.alias, ".") .. " has no annotations")
end

-- What users may know of a type.
local function for_users(type)
  local kept = OPAQUE[type.name]
  local lines, is_described = {}, false
  for _, line in ipairs(type.lines) do
    local field = line:match "^%-%-%-@field ([%w_]+)"
    if not is_described or (not kept or kept[field]) and field ~= "private" then
      lines[#lines + 1] = line
    end
    is_described = is_described or line:find "^%-%-%-@class" ~= nil
  end
  return { name = type.name, lines = lines, methods = kept and {} or type.methods }
end

-- Adds the types that lines name, and those that these name, as far as nobody has named them yet.
local function add_types(module, lines, types, named)
  for name in table.concat(lines, "\n"):gmatch "facequery%.%u%w*" do
    if not named[name] then
      named[name] = true
      local type = for_users(assert(types[name], name .. " is defined nowhere"))
      module.types[#module.types + 1] = type
      add_types(module, type.lines, types, named)
      for _, method in ipairs(type.methods) do
        add_types(module, method.lines, types, named)
      end
    end
  end
end

local function public_modules()
  local all, types = read_all()
  local list, named = {}, {}
  for i, name in ipairs(PUBLIC) do
    local module = all[name]
    module.types = {}
    for k, fn in ipairs(module.functions) do
      module.functions[k] = resolve(fn, all)
      add_types(module, module.functions[k].lines, types, named)
    end
    list[i] = module
  end
  return list
end

local folder = arg[1]
local modules = public_modules()
for _, module in ipairs(modules) do
  write(("%s/library/%s.lua"):format(folder, module.name:gsub("%.", "/")), library.text(module))
end
write(folder .. "/docs/reference.md", page.text(modules))
