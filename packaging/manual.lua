--- The command's manual page, made of the parser of its command line, as the shells' completions are.
--- lua packaging/manual.lua man|bash|zsh|fish

local arguments = require "facequery.cli.arguments"
local config = require "facequery.config"

-- What a setting's variable is, for whom --help says "Instead of FACEQUERY_…".
local VARIABLES = {
  app_id = "The App ID.",
  ticket = "The SIGN ticket.",
  secret = "The app's secret: tickets are fetched with it, kept and renewed.",
  base_url = "The service's url.",
  ca_file = "PEM: whom TLS trusts, instead of the system's.",
}

local USAGE_WIDTH = 70

-- Text for roff.  A minus that is to be typed is not a hyphen, and a line that begins with a dot is no request.
local function escape(text)
  return (text:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("^[.']", "\\&%0"))
end

-- A long list of choices may be broken at its commas.
local function entry(lines, label, text)
  lines[#lines + 1] = ".TP\n\\fB" .. escape(label):gsub(",", ",\\:") .. "\\fR"
  lines[#lines + 1] = escape(text)
end

local function usage(lines, parser)
  local text = parser:usage_max_width(USAGE_WIDTH):get_usage():gsub("^Usage: ", ""):gsub("\n       ", "\n    ")
  lines[#lines + 1] = ".nf\n" .. escape(text) .. "\n.fi"
end

-- A parser's arguments and options.  argparse offers them to its own completions, and to nobody else.
local function elements(lines, parser)
  for _, list in ipairs { parser._arguments, parser._options } do
    for _, element in ipairs(list) do
      if element._name ~= "-h" then
        entry(lines, table.concat(element:_get_label_lines(), " "), element:_get_description())
      end
    end
  end
end

local function commands(lines, parent)
  for _, command in ipairs(parent._commands) do
    if command._commands[1] then
      commands(lines, command)
    else
      lines[#lines + 1] = ".SS " .. escape(command:_get_fullname(true))
      lines[#lines + 1] = escape(command:_get_description())
      lines[#lines + 1] = ".PP"
      usage(lines, command)
      elements(lines, command)
    end
  end
end

local function page(parser)
  local lines = { ".TH FACEQUERY 1", ".SH NAME", "facequery \\- ask the face verification service for its result",
    ".SH SYNOPSIS" }
  usage(lines, parser)
  lines[#lines + 1] = ".SH DESCRIPTION\n" .. escape(parser._description .. " " .. parser._epilog)
  lines[#lines + 1] = ".SH OPTIONS"
  entry(lines, "-h, --help", "Show what there is, also after a command, and exit.")
  elements(lines, parser)
  lines[#lines + 1] = ".SH COMMANDS"
  commands(lines, parser)
  lines[#lines + 1] = ".SH ENVIRONMENT"
  local names = {}
  for name in pairs(config.environment) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    entry(lines, config.environment[name], VARIABLES[name])
  end
  return table.concat(lines, "\n") .. "\n"
end

-- Whoever shows the texts breaks them into lines.
local parser = arguments.parser("en", math.huge)
io.write(({
  man = page,
  bash = parser.get_bash_complete,
  zsh = parser.get_zsh_complete,
  fish = parser.get_fish_complete,
})[arg[1]](parser))
