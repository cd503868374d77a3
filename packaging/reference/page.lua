--- The reference for people: modules, their functions and types, as Markdown.

local annotations = require "annotations"

local page = {}

local HEAD = [[
# Reference

Every module, function and type that users see, made of the annotations in `lua/` by `make docs`. Wrong Lua types raise;
everything else that can go wrong returns `nil` and an error. `facequery explain CODE` tells of its code. What stands in
Chinese, in brackets, is where the provider's pages say so.

An editor with [LuaLS](https://luals.github.io) completes and checks what is required of facequery, once it knows the
folder `library`. `make install` puts that into `/usr/local/share/facequery`, the Debian package into
`/usr/share/facequery`, and LuaRocks into what `luarocks show --rock-dir facequery` prints. A project's `.luarc.json`:

```json
{ "workspace.library": ["/usr/local/share/facequery/library"] }
```

]]

-- As GitHub makes it of a heading.
local function anchor(heading)
  return "#" .. heading:lower():gsub("[^%w%-_ ]", ""):gsub(" ", "-")
end

local function escaped(text)
  return (text:gsub("[%[%]<>|*]", "\\%0"))
end

-- A type's names lead to where they are described.
local function linked(type)
  local text, from = {}, 1
  for at, name, stop in type:gmatch "()(facequery%.%u%w*)()" do
    text[#text + 1] = escaped(type:sub(from, at - 1))
    text[#text + 1] = ("[%s](%s)"):format(name, anchor("class " .. name))
    from = stop
  end
  text[#text + 1] = escaped(type:sub(from))
  return table.concat(text)
end

local function add_sentences(text, lines)
  local list = annotations.sentences(lines)
  text[#text + 1] = list[1] and table.concat(list, "\n") .. "\n\n" or nil
end

local function add_entries(text, title, entries)
  if entries[1] then
    text[#text + 1] = title .. "\n\n"
    for _, entry in ipairs(entries) do
      text[#text + 1] = ("- %s%s%s%s\n"):format(entry.name and "`" .. entry.name .. "` " or "",
        linked(entry.type), entry.is_optional and ", optional" or "", entry.text ~= "" and ": " .. entry.text or "")
    end
    text[#text + 1] = "\n"
  end
end

local function add_function(text, fn, owner, level)
  local name = owner .. (fn.name and (fn.is_method and ":" or ".") .. fn.name or "")
  text[#text + 1] = ("%s `%s(%s)`\n\n"):format(level, name, table.concat(fn.parameters, ", "))
  add_sentences(text, fn.lines)
  add_entries(text, "Takes:", annotations.entries(fn.lines, "param"))
  add_entries(text, "Returns:", annotations.entries(fn.lines, "return"))
end

-- The values of an alias that is a list of them.
local function add_values(text, lines)
  for _, line in ipairs(lines) do
    local value, what = line:match "^%-%-%-| (\"[^\"]*\") # (.*)"
    text[#text + 1] = value and ("- `%s`: %s\n"):format(value, what) or nil
  end
  text[#text + 1] = "\n"
end

local function add_type(text, type)
  text[#text + 1] = ("### Class `%s`\n\n"):format(type.name)
  add_sentences(text, type.lines)
  local parents = (annotations.tags(type.lines, "class")[1] or ""):match ": (.*)"
  text[#text + 1] = parents and ("All fields of %s.\n\n"):format(linked(parents):gsub(", ", " and ")) or nil
  local alias = annotations.tags(type.lines, "alias")[1]
  if alias and alias:find " " then
    text[#text + 1] = linked(alias:match " (.*)") .. "\n\n"
  elseif alias then
    add_values(text, type.lines)
  end
  local fields = annotations.entries(type.lines, "field")
  if fields[1] then
    text[#text + 1] = "| field | type | |\n|---|---|---|\n"
    for _, field in ipairs(fields) do
      text[#text + 1] = ("| `%s` | %s%s | %s |\n"):format(field.name, linked(field.type),
        field.is_optional and ", optional" or "", (field.text:gsub("|", "\\|")))
    end
    text[#text + 1] = "\n"
  end
  for _, method in ipairs(type.methods) do
    add_function(text, method, type.name:match("[^.]+$"):lower(), "####")
  end
end

--- The whole page.
---@param modules reference.Module[]
---@return string
function page.text(modules)
  local text = { HEAD }
  for _, module in ipairs(modules) do
    text[#text + 1] = ("- [%s](%s)\n"):format(module.name, anchor("Module " .. module.name))
  end
  for _, module in ipairs(modules) do
    text[#text + 1] = ("\n## Module `%s`\n\n"):format(module.name)
    if module.returns then
      add_sentences(text, module.lines)
    end
    for _, value in ipairs(module.values) do
      text[#text + 1] = ("### `%s.%s`\n\n"):format(module.name:match "[^.]+$", value.name)
      add_sentences(text, value.lines)
    end
    for _, fn in ipairs(module.functions) do
      add_function(text, fn, module.returns and module.name:match "[^.]+$" or ("require \"%s\""):format(module.name),
        "###")
    end
    for _, type in ipairs(module.types) do
      add_type(text, type)
    end
  end
  return (table.concat(text):gsub("\n\n\n", "\n\n"):gsub("\n\n$", "\n"))
end

return page
