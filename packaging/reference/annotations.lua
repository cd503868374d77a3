--- Reads the LuaCATS annotations of a Lua file, in the forms that lua/ has them in: what luals.github.io/wiki/annotations
--- calls class, alias, field, param, return and type.

local annotations = {}

---@class annotations.Function
---@field name string
---@field owner? string the local that it is a field of; nil: it is what the module returns
---@field parameters string[]
---@field is_method boolean
---@field lines string[] its annotations as they stand
---@field alias? string[] instead of all these: the module and the name of the function that it is

---@class annotations.Type
---@field name string
---@field lines string[] its annotations as they stand
---@field methods annotations.Function[]

---@class annotations.Module
---@field name string
---@field lines string[] what stands at the file's beginning
---@field returns? string the local that it returns; nil: what it returns is a function
---@field functions annotations.Function[]
---@field values { name: string, lines: string[] }[] what else it has, with a ---@type
---@field types annotations.Type[]

local function names_of(list)
  local names = {}
  for name in list:gmatch "[%w_.]+" do
    names[#names + 1] = name
  end
  return names
end

local function tags(lines, tag)
  local found = {}
  for _, line in ipairs(lines) do
    found[#found + 1] = line:match("^%-%-%-@" .. tag .. " (.*)")
  end
  return found
end

-- The function whose annotations these are, by the line of code below them.  Of one that another function makes, the
-- parameters are those that are annotated.
local function function_of(code, lines)
  local owner, separator, name, list = code:match "^function ([%w_]+)([.:])([%w_]+)%((.-)%)"
  if not owner then
    list = code:match "^return function%((.-)%)"
    if not list then
      owner, name = code:match "^([%w_]+)%.([%w_]+) = "
      list = {}
      for _, parameter in ipairs(owner and tags(lines, "param") or {}) do
        list[#list + 1] = parameter:match "^[%w_]+"
      end
      if not list[1] then
        return nil
      end
      list = table.concat(list, ",")
    end
  end
  local parameters = names_of(list)
  local is_method = separator == ":" or parameters[1] == "_"
  if parameters[1] == "_" then
    table.remove(parameters, 1)
  end
  return { name = name, owner = owner, parameters = parameters, is_method = is_method, lines = lines }
end

-- What the module's table is begun with: values that are annotated, and functions of other modules.
local function read_constructor(module, text, modules)
  local body = module.returns and text:match("\nlocal " .. module.returns .. " = (%b{})") or ""
  local lines = {}
  for line in body:gmatch "\n *([^\n]*)" do
    local name, from, other = line:match "^([%w_]+) = ([%w_]+)%.([%w_]+),"
    if line:find "^%-%-%-" then
      lines[#lines + 1] = line
    elseif name and modules[from] then
      table.insert(module.functions, { name = name, owner = module.returns, alias = { modules[from], other } })
    elseif lines[1] then
      module.values[#module.values + 1] = { name = line:match "^[%w_]+", lines = lines }
      lines = {}
    end
  end
end

-- What annotations on end that stand above a line of code, or above nothing.
local function read_block(module, lines, code, bound)
  local name = (tags(lines, "class")[1] or tags(lines, "alias")[1] or ""):match "^[%w_.]+"
  if name then
    local type = { name = name, lines = lines, methods = {} }
    module.types[#module.types + 1] = type
    bound[code:match "^local ([%w_]+) = " or ""] = type
    return
  end
  local fn = function_of(code, lines)
  local type = fn and fn.owner and bound[fn.owner]
  if type then
    fn.is_method = true
    type.methods[#type.methods + 1] = fn
  elseif fn and (not fn.owner or fn.owner == module.returns) then
    module.functions[#module.functions + 1] = fn
  end
end

--- Reads a file's text.
---@param name string the module's
---@param text string
---@return annotations.Module
function annotations.read(name, text)
  local module = { name = name, lines = {}, returns = text:match "\nreturn ([%w_]+)\n$", functions = {}, values = {},
    types = {} }
  local modules = {}
  for variable, other in text:gmatch "\nlocal ([%w_]+) = require \"([%w_.]+)\"" do
    modules[variable] = other
  end
  read_constructor(module, text, modules)
  local lines, bound, is_first = {}, {}, true
  for line in (text .. "\n"):gmatch " *([^\n]*)\n" do
    if line:find "^%-%-%-[^-]" or line == "---" then
      lines[#lines + 1] = not line:find "^%-%-%-@diagnostic " and line or nil
    elseif lines[1] then
      if is_first then
        module.lines = lines
      else
        read_block(module, lines, line, bound)
      end
      lines, is_first = {}, false
    end
  end
  return module
end

-- A type's end -------------------------------------------------------------------------------------

local BRACKETS = { ["("] = "^%b()", ["{"] = "^%b{}", ['"'] = '^"[^"]*"' }

local function last(text, pattern, from)
  return select(2, text:find(pattern, from))
end

local type_end

-- Of `fun(…): …, …` the results belong to it.
local function function_end(text, from)
  local stop = last(text, "^fun%b()", from)
  local separator = stop and last(text, "^: *", stop + 1)
  while separator do
    stop = type_end(text, separator + 1)
    separator = last(text, "^, *", stop + 1)
  end
  return stop
end

--- Where the type ends that begins at `from`: behind it may stand a name, or what it is about.
---@param text string
---@param from integer
---@return integer
function type_end(text, from)
  local stop = function_end(text, from) or last(text, BRACKETS[text:sub(from, from)] or "^[%w_.]+", from)
  assert(stop, "no type: " .. text:sub(from))
  stop = last(text, "^%b<>", stop + 1) or stop
  stop = last(text, "^[%[%]?]+", stop + 1) or stop
  return text:sub(stop + 1, stop + 1) == "|" and type_end(text, stop + 2) or stop
end

---@class annotations.Entry
---@field name? string of what is returned: nil where it has none
---@field is_optional boolean
---@field type string
---@field text string what it is about; "" for nothing

--- What the lines of one tag say: "field", "param" or "return".
---@param lines string[]
---@param tag string
---@return annotations.Entry[]
function annotations.entries(lines, tag)
  local list = {}
  for i, line in ipairs(tags(lines, tag)) do
    local name, mark, from = nil, "", 1
    if tag ~= "return" then
      name, mark, from = line:match "^([%w_.]+)(%??) ()"
    end
    local stop = type_end(line, from)
    local text = line:sub(stop + 2)
    if tag == "return" then
      name, text = text:match "^([%w_]*) ?(.*)"
    end
    list[i] = { name = name ~= "" and name or nil, is_optional = mark == "?", type = line:sub(from, stop), text = text }
  end
  return list
end

--- The sentences among annotations, as lines.
---@param lines string[]
---@return string[]
function annotations.sentences(lines)
  local list = {}
  for _, line in ipairs(lines) do
    list[#list + 1] = not line:find "^%-%-%-[@|]" and line:gsub("^%-%-%- ?", "") or nil
  end
  return list
end

annotations.tags = tags

return annotations
