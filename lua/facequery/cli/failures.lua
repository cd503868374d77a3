--- Tells of what has failed, in words on stderr or, with --json, as an object on stdout, and knows the exit status.

local errors = require "facequery.errors"
local json = require "facequery.json"
local statuses = require "facequery.cli.statuses"
local words = require "facequery.cli.words"

local failures = {}

--- What a script is told of an error: nothing of its record, whose files and names are nobody's business in a log.
---@param name string what it is about; "facequery" for the command as a whole
---@param err facequery.Error
---@return table
function failures.object(name, err)
  return {
    ok = false,
    about = name ~= err.orderNo and name ~= "facequery" and name or nil,
    order_no = err.orderNo,
    code = err.code,
    kind = err.kind,
    message = err.message,
    causes = err.causes[1] and err.causes or nil,
    advice = err.advice,
    msg = err.msg,
    bizSeqNo = err.bizSeqNo,
  }
end

--- Tells of an error.
---@param args table the command's
---@param name string what it is about
---@param err facequery.Error
---@param more? table fields for --json
---@return integer exit status
function failures.tell(args, name, err, more)
  if args.json then
    words.print_json(json.merge(failures.object(name, err), more or {}))
  else
    words.explain_error(name, err, args.lang)
  end
  return statuses.of(err.kind)
end

--- Tells of a failure, as the core and the archive return them.
---@param args table the command's
---@param name string what it is about
---@param failure facequery.Failure|facequery.Error
---@param order_no? string
---@return integer exit status
function failures.of(args, name, failure, order_no)
  return failures.tell(args, name, errors.from_failure(args.lang, failure, order_no))
end

--- Tells of a name of ours.
---@param args table the command's
---@param name string what it is about
---@param code string
---@param fields? table
---@return integer exit status
function failures.code(args, name, code, fields)
  return failures.tell(args, name, errors.new(args.lang, code, fields))
end

return failures
