--- A finding: what a check says, and what to do about it.

local codes = require "facequery.codes"
local words = require "facequery.doctor.words"

local findings = {}

--- What the doctor has found.
---@class facequery.Finding
---@field check "settings"|"ticket"|"secret"|"libraries"|"nginx"|"proxy"|"dns"|"connection"|"tls"|"clock"|"query"|"queue"|"archive" what was looked at
---@field state "ok"|"warning"|"failure" how it is
---@field code? string of what is not ok: the service's, the HTTP status, or a name of ours
---@field kind? facequery.Kind of what is not ok
---@field message string never a ticket, a secret or a signature
---@field causes? string[] possible ones, the most likely first
---@field advice? string what to do, of what is not ok

--- What is as it should be.
---@param lang facequery.Lang
---@param check string
---@param name string the sentence's, with its values behind it
---@return facequery.Finding
function findings.ok(lang, check, name, ...)
  return { check = check, state = "ok", message = words.of(lang, name, ...) }
end

-- What is not, by a meaning: a facequery.Error is one, too.  `said` is what was found, where that is more.
local function bad(state, check, meaning, lang, said)
  return {
    check = check,
    state = state,
    code = meaning.code,
    kind = meaning.kind,
    message = said and words.of(lang, "found", meaning.message, said) or meaning.message,
    causes = meaning.causes and meaning.causes[1] and meaning.causes or nil,
    advice = meaning.advice,
  }
end

--- What will make trouble some day.
---@param lang facequery.Lang
---@param check string
---@param code string
---@param said? string what was found, in the user's language
---@return facequery.Finding
function findings.warning(lang, check, code, said)
  return bad("warning", check, codes.explain(code, lang), lang, said)
end

--- What makes queries fail.
---@param lang facequery.Lang
---@param check string
---@param code string
---@param said? string what was found, in the user's language
---@return facequery.Finding
function findings.failure(lang, check, code, said)
  return bad("failure", check, codes.explain(code, lang), lang, said)
end

--- The same of an error.
---@param check string
---@param err facequery.Error
---@return facequery.Finding
function findings.of_error(check, err)
  return bad("failure", check, err)
end

return findings
