--- Our pages in both languages: which there are, and what stands below a heading, named as the English page has it.

local markdown = require "help.markdown"
local support = require "help.support"

local docs = {}

--- The languages that there are pages in.
docs.languages = { "en", "zh" }

--- Where the pages of each language lie.
docs.folders = { en = "docs/", zh = "docs/zh/" }

--- Pages that are English alone: of those who build facequery, and what is made from the code's annotations.
docs.english = { ["house.md"] = true, ["service.md"] = true, ["reference.md"] = true }

--- The pages in a folder.
---@param lang "en"|"zh"
---@return string[] names sorted
function docs.names(lang)
  local names = {}
  for name in support.must("cd " .. docs.folders[lang] .. " && ls *.md"):gmatch "%S+" do
    names[#names + 1] = name
  end
  return names
end

--- Every page for users and contributors, in both languages.
---@return string[] paths
function docs.all()
  local paths = { "README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md" }
  for _, lang in ipairs(docs.languages) do
    for _, name in ipairs(docs.names(lang)) do
      paths[#paths + 1] = docs.folders[lang] .. name
    end
  end
  return paths
end

--- A page's text, or what stands below one of its headings up to the next of its level.
---@param lang "en"|"zh"
---@param name string "api.md"
---@param heading? string as the English page has it, "## Errors"; in Chinese it is the one in the same place
---@return string
function docs.section(lang, name, heading)
  local text = support.read_file(docs.folders[lang] .. name)
  if not heading then
    return text
  end
  local english = markdown.headings(support.read_file(docs.folders.en .. name))
  for i, title in ipairs(english) do
    if title == heading then
      return markdown.section(text, markdown.headings(text)[i])
    end
  end
  error(("%s has no %s"):format(name, heading), 2)
end

return docs
