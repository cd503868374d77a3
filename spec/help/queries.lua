--- Queries of one client, one after another: in the process that calls, or inside nginx, which loads this, too.

local json = require "cjson"

local queries = {}

--- Asks a new client of these settings each of the queries.
---@param settings table
---@param list table[] a query's arguments each
---@return { record?: table, err?: table, text?: string }[] results `text` is the error as a sentence
function queries.run(settings, list)
  local client = assert(require("facequery").new(settings))
  local results = {}
  for i, query in ipairs(list) do
    local record, err = client:query(query)
    results[i] = { record = record, err = err, text = err and tostring(err) }
  end
  client:close()
  return results
end

--- What runs queries inside this nginx, in the content phase; see queries.run.
---@param server table of servers.nginx
function queries.inside(server)
  return function(settings, list)
    return server:run("content", ([[
      local json = require "cjson"
      return require("help.queries").run(json.decode(%q), json.decode(%q))]]):format(
      json.encode(settings), json.encode(list)))
  end
end

return queries
