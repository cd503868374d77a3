--- An error of each command: what it is run with, and what that must come to.

local support = require "help.support"

local failing = {}

-- Each command's words and input, and what it must come to: code, kind, exit status.  X is a folder without anything.
failing.commands = {
  { "query bad-order", "INVALID_ORDER_NO", "invalid_request", 5 },
  { "query NOSUCH", "66660011", "not_found", 4 },
  { "poll REJECTED", "66660004", "rejected", 3 },
  { "sign bad-order", "INVALID_ORDER_NO", "invalid_request", 5 },
  { "ticket --ticket-from X/none", "FILE_MISSING", "storage", 7 },
  { "archive --from X/none --out X/dir", "FILE_MISSING", "storage", 7 },
  { "archive --out X/dir", "66660011", "not_found", 4, "NOSUCH" },
  { "verify X", "NO_ARCHIVE", "storage", 7 },
  { "count X/none", "NO_FOLDER", "storage", 7 },
  { "migrate X", "NO_ARCHIVE", "storage", 7 },
  { "purge X --older-than 1d", "NO_ARCHIVE", "storage", 7 },
  { "hold X --order a1 --why w", "NO_ARCHIVE", "storage", 7 },
  { "release X --order a1", "NO_ARCHIVE", "storage", 7 },
  { "holds X", "NO_ARCHIVE", "storage", 7 },
  { "sheet a1 --from X --out X/page", "NO_ARCHIVE", "storage", 7 },
  { "report X --out X/page", "NO_ARCHIVE", "storage", 7 },
  { "open a1 --from X --key X/k --why w --out X/o", "NO_ARCHIVE", "storage", 7 },
  { "decode", "BASE64_FOREIGN", "media", 7, "AA*A" },
  { "decode --out X/none/x.jpg", "FOLDER_MISSING", "storage", 7, "aGk=" },
  { "seal X --tsa http://localhost:1", "NO_ARCHIVE", "storage", 7 },
  { "export a1 --from X --out X/x.tar", "NO_ARCHIVE", "storage", 7 },
  { "work --redis unix:X/none --queue q --out X/dir", "REDIS_UNREACHABLE", "transport", 6 },
  { "queue add --redis unix:X/none --queue q --from X/none", "FILE_MISSING", "storage", 7 },
  { "queue status --redis unix:X/none --queue q", "REDIS_UNREACHABLE", "transport", 6 },
  { "queue dead --redis unix:X/none --queue q", "REDIS_UNREACHABLE", "transport", 6 },
  { "queue retry a1 --redis unix:X/none --queue q", "REDIS_UNREACHABLE", "transport", 6 },
  { "queue drop a1 --redis unix:X/none --queue q", "REDIS_UNREACHABLE", "transport", 6 },
  { "queue audit --redis unix:X/none --queue q", "REDIS_UNREACHABLE", "transport", 6 },
  { "query", "USAGE", "invalid_request", 2 },
  { "explain --nonsense", "USAGE", "invalid_request", 2 },
}

--- The words of one of these, with a folder without anything in the place of X, and orders in the place of theirs.
---@param case table
---@param folder string
---@return string[] arguments
---@return string|nil input
function failing.words(case, folder)
  local orders = { NOSUCH = support.order "nosuch", REJECTED = support.order "rejected" }
  local arguments = {}
  for word in case[1]:gmatch "%S+" do
    arguments[#arguments + 1] = orders[word] or word:gsub("X", folder)
  end
  return arguments, orders[case[5]] or case[5]
end

return failing
