--- What an editor's language server reads of a module: its types and the heads of its functions, as they are annotated.

local library = {}

local HEAD = [[
---@meta %s

-- Made of the annotations in lua/ by `make docs`.

]]

-- LuaLS can't be told that an error is there where the first result is nil: as one that may be nil it would have users
-- warned of each look at an error that is there.
local function for_users(line)
  return (line:gsub("(facequery%.Error)|nil", "%1"):gsub("^(%-%-%-@return facequery%.Failure)|nil", "%1"))
end

-- The variable of a class or a module: "Client" of "facequery.Client".
local function variable(name)
  return name:match "[^.]+$"
end

local function add_lines(text, lines)
  for _, line in ipairs(lines) do
    text[#text + 1] = for_users(line) .. "\n"
  end
end

local function add_function(text, fn, owner)
  add_lines(text, fn.lines)
  local name = owner and ("%s%s%s"):format(owner, fn.is_method and ":" or ".", fn.name)
  text[#text + 1] = ("%sfunction%s(%s) end\n\n"):format(owner and "" or "return ", name and " " .. name or "",
    table.concat(fn.parameters, ", "))
end

local function add_type(text, type)
  add_lines(text, type.lines)
  if type.methods[1] then
    text[#text + 1] = ("local %s = {}\n"):format(variable(type.name))
  end
  text[#text + 1] = "\n"
  for _, method in ipairs(type.methods) do
    add_function(text, method, variable(type.name))
  end
end

--- A module's file, which is Lua, too.
---@param module reference.Module
---@return string
function library.text(module)
  local text = { HEAD:format(module.name) }
  for _, type in ipairs(module.types) do
    add_type(text, type)
  end
  text[#text + 1] = table.concat(module.lines, "\n") .. "\n"
  local owner = module.returns and variable(module.name)
  if not owner then
    text[#text] = nil
  else
    text[#text + 1] = ("local %s = {}\n\n"):format(owner)
  end
  for _, value in ipairs(module.values) do
    text[#text + 1] = ("%s\n%s.%s = \"\"\n\n"):format(table.concat(value.lines, "\n"), owner, value.name)
  end
  for _, fn in ipairs(module.functions) do
    add_function(text, fn, owner)
  end
  text[#text + 1] = owner and ("return %s\n"):format(owner) or nil
  return (table.concat(text):gsub("\n\n$", "\n"))
end

return library
