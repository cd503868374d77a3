---@meta facequery.debug

-- Made of the annotations in lua/ by `make docs`.

--- Writes a line about an event: when, its type, and its fields as NAME=VALUE.  A line has nothing in it that an event
--- does not have: no ticket, secret or signature, no name, no picture; and of a url its path alone.
---@param event facequery.Event
---@param write? fun(line: string) default: to stderr
return function(event, write) end
