--- An archive of evidence: bundles, one for each order, and a log that tells of them.  All of it works offline, on what it
--- is handed: nothing here asks the service.  It waits for the disk: not for nginx.

-- A *place* is where an archive lies.  facequery.evidence.disk is the only one that there is; another one,
-- such as an object store, is a module with the same methods, and evidence.at below chooses it.
-- The methods of a place return nil and a failure (facequery.Failure) where they can't do
-- what they are for.  spec/help/place_contract.lua holds every place to what is written here.

local disk = require "facequery.evidence.disk"
local group = require "facequery.evidence.group"
local mend = require "facequery.evidence.mend"

local evidence = {}

--- Where an archive lies.  A bundle is there whole or not at all.  Its *name* is the place's: what tells it from every
--- other thing there, and what a user is told (on a disk, its path in the archive's folder).  A place may lay bundles
--- out as it likes, such as by the time at which they were fetched.
---@class facequery.Place
---@field sleep fun(seconds: number) called while another process holds the lock; a run over many orders sets a function that lets its other orders go on
---@field digest_file fun(path: string, hashes: string[]): table|nil, facequery.Failure|nil digests a file on this machine's disk, as `digest` does a bundle's; set to a function that looks at other bundles meanwhile
---@field await fun(threads: table) called while drafts are settled, without the lock: returns when `threads:next` has something to say; set as `sleep` is
---@field hold fun(threads: table) the same, called with the lock: nobody who may want it goes on meanwhile
---@field park fun() in a run: lets the others go on until `wake` is called for this coroutine
---@field wake fun(thread: thread)
---@field is_run? boolean set by evidence.open: many bundles are to come
---@field group facequery.Group set by evidence.open: what drafts are committed with
---@field secrecy? facequery.Secrecy set by facequery.archive: for whom new bundles are encrypted
---@field log_name string what a user is told of where the log is, beside the bundles
---@field seals facequery.Seals what seals the log
---@field location fun(self: facequery.Place, name: string): string what a user is told of where the bundle is: on a disk, the path of its folder
---@field order_of fun(self: facequery.Place, name: string): string|nil the order whose bundle would have this name; nil where no bundle's could be
---@field belongs fun(self: facequery.Place, name: string, fetched_at: any): boolean whether a bundle that its manifest says was fetched at that time may have this name
---
--- For reading; these change nothing:
---@field exists fun(self: facequery.Place): boolean, facequery.Failure|nil whether there is an archive at all; false, and NO_FOLDER or NO_ARCHIVE
---@field parts fun(self: facequery.Place): string[] the parts that names are listed in, in an order of their own: on a disk the days, and "" for what lies beside them
---@field names fun(self: facequery.Place, part?: string): (fun(): string|nil)|nil, facequery.Failure|nil the names of the bundles in a part, or in all parts one after the other
---@field entries fun(self: facequery.Place, part?: string): (fun(): string|nil)|nil, facequery.Failure|nil every name in a part, or in all: bundles, the place's own things, and what does not belong there
---@field old_names fun(self: facequery.Place): (fun(): string|nil)|nil, facequery.Failure|nil the names of bundles that lie where an earlier facequery laid them out
---@field about fun(self: facequery.Place, name: string): "bundle"|"own"|"left"|"foreign"|nil, string|nil what has this name (for certain only while the archive is locked): a bundle; a thing of the place's own; what a run has left that was killed; something else, and what is wrong with it where more can be said than that it is unknown; nil for nothing
---@field find fun(self: facequery.Place, order_no: string): string|nil the name of the order's bundle, or of anything else that would be in its way
---@field files fun(self: facequery.Place, name: string): (fun(): string|nil)|nil, facequery.Failure|nil the names of a bundle's files, in no order; `detail` of the failure is the reason in words
---@field read fun(self: facequery.Place, name: string, file: string, most: integer): string|nil, facequery.Failure|nil the bytes of a bundle's file; nil alone where there is no such file, or one of more than `most` bytes
---@field digest fun(self: facequery.Place, name: string, file: string, hashes: string[]): { size: integer, sha256?: string, sm3?: string }|nil, facequery.Failure|nil of a bundle's file; FILE_MISSING where there is none
---@field embed fun(self: facequery.Place, name: string, file: string, into: facequery.NewFile, hashes: string[], is_plain?: boolean): { size: integer, sha256?: string, sm3?: string }|nil, facequery.Failure|nil appends a bundle's file to one that is being written, as base64 or, where that is true, as it is, and tells the digests of what was read; as `digest` does
---@field rebuild fun(self: facequery.Place, name: string, parts: (string|{ file: string, base64?: facequery.Spelling })[]): { sha256: string }|nil, facequery.Failure|nil of a text that is made of these parts: strings, and a bundle's files, in base64 or as they are; FILE_MISSING where there is none
---@field lines fun(self: facequery.Place, from?: integer): (fun(): string|nil, boolean|nil)|nil, facequery.Failure|nil the log's lines, first to last, or those after the first `from` bytes, which end with a line feed: the text without its line feed, and whether a line feed ended it.  No lines where there is no log yet.  FILE_UNTRUSTED where something else is in its place
---@field last fun(self: facequery.Place): string|nil, facequery.Failure|nil, boolean|nil, integer|nil the log's last whole line, without its line feed; nil alone where there is none; as the third result true where a crash has left a part of another line behind it; as the fourth how many bytes of the log its line feed ends
---
--- For writing.  A run begins with `enter` and ends with `close`:
---@field enter fun(self: facequery.Place, repair: fun(has_crashed: boolean): true|nil, facequery.Failure|nil): true|nil, facequery.Failure|nil makes the archive where it is missing, and calls `repair` with the lock held: `has_crashed` says that a run was killed since the last repair that returned true
---@field close fun(self: facequery.Place) ends the run: its drafts go.  May be called more than once
---@field begin fun(self: facequery.Place, order_no: string): facequery.Draft|nil, facequery.Failure|nil a new bundle that nobody sees yet; an order may have several
---@field settle fun(self: facequery.Place, drafts: facequery.Draft[]): table<facequery.Draft, facequery.Failure> makes all that was written into the drafts durable, together; the failures, by draft
---@field sync fun(self: facequery.Place): true|nil, facequery.Failure|nil makes all that was moved durable
---@field locked fun(self: facequery.Place, work: (fun(): any, facequery.Failure|nil), is_reader?: boolean): any, facequery.Failure|nil returns what `work` returns, having run it while no other process changes the archive.  An error that `work` raises is passed on; a failure that it raises is returned.  A reader makes no lock where there never was one: FILE_MISSING
---
--- For writing, and only in the work of `locked` or in enter's `repair`:
---@field commit fun(self: facequery.Place, draft: facequery.Draft): true|nil, facequery.Failure|nil makes a bundle of a draft that is settled, and sets its `name`.  FILE_EXISTS where another process has made one of its order since this one's was begun.  It is there for good when `add` has returned true
---@field withdraw fun(self: facequery.Place, drafts: facequery.Draft[]) makes drafts again of bundles that `commit` has made
---@field move fun(self: facequery.Place, name: string, fetched_at: any): true|nil, facequery.Failure|nil takes a bundle to where one of that time belongs.  Never replaces: FILE_EXISTS.  Durable when `sync` has returned true
---@field discard fun(self: facequery.Place, name: string): true|nil, facequery.Failure|nil takes a bundle away, at once and then for good
---@field add fun(self: facequery.Place, lines: string): true|nil, facequery.Failure|nil makes what was committed durable, and then adds whole lines, each with its line feed, to the log's end: all of them, or none
---@field trim fun(self: facequery.Place): true|nil, facequery.Failure|nil takes away what a crash has left of a line at the log's end

--- What seals an archive's log: small files beside it.  At any time, with or without a run.
---@class facequery.Seals
---@field name string what a user is told of where they are, beside the bundles
---@field names fun(self: facequery.Seals): (fun(): string|nil)|nil, facequery.Failure|nil in no order
---@field read fun(self: facequery.Seals, name: string, most: integer): string|nil the bytes of one; nil where there is none, or one of more bytes
---@field add fun(self: facequery.Seals, name: string, bytes: string): true|nil, facequery.Failure|nil adds one, for good, whole or not at all.  Never replaces: FILE_EXISTS

--- A bundle in the making.
---@class facequery.Draft
---@field order_no string
---@field fetched_at string as its manifest says; set before `settle` by whoever writes that
---@field name? string its bundle's, when it was committed
---@field path fun(self: facequery.Draft, file: string): string a path on this machine's disk, for a transport that writes the file while it arrives
---@field take fun(self: facequery.Draft, path: string, file: string): true|nil, facequery.Failure|nil makes a file of the draft of one that a transport has written, under another name
---@field write fun(self: facequery.Draft, file: string, bytes: string): true|nil, facequery.Failure|nil never replaces: FILE_EXISTS
---@field digest fun(self: facequery.Draft, file: string, hashes: string[]): { size: integer, sha256?: string, sm3?: string }|nil, facequery.Failure|nil
---@field discard fun(self: facequery.Draft) takes it away; of a draft that was committed nothing is left to take

--- A file in the making: require("facequery.core").new_file(path).
---@class facequery.NewFile
---@field write fun(self: facequery.NewFile, bytes: string): true|nil, facequery.Failure|nil appends them
---@field embed fun(self: facequery.NewFile, path: string, hashes?: string[], is_plain?: boolean): { size: integer, sha256?: string, sm3?: string }|nil, facequery.Failure|nil appends another file, as base64 or, where that is true, as it is; never held as a whole
---@field commit fun(self: facequery.NewFile): true|nil, facequery.Failure|nil gives it its name, durably.  Never replaces: FILE_EXISTS
---@field close fun(self: facequery.NewFile) ends it: what was not committed is gone

--- An archive for reading: nothing is made or changed.
---@param dir string the archive's folder
---@return facequery.Place place
function evidence.at(dir)
  return disk.at(dir)
end

--- Opens an archive for writing: makes it where it is missing, and mends what a crash has left.
---@param dir string the archive's folder
---@param is_run? boolean for many bundles
---@return facequery.Place|nil place the caller's to close
---@return facequery.Failure|nil failure
function evidence.open(dir, is_run)
  local place = evidence.at(dir)
  place.is_run = is_run
  local ok, failure = place:enter(function(has_crashed)
    return mend.run(place, has_crashed)
  end)
  if not ok then
    place:close()
    return nil, failure
  end
  place.group = group.new(place)
  return place
end

--- Seals an archive's log: a checkpoint of it, stamped by timestamping authorities.
---@param place facequery.Place of evidence.at
---@param options facequery.SealOptions
---@return facequery.Seal|nil seal
---@return facequery.Failure|nil failure
function evidence.seal(place, options)
  return require("facequery.evidence.seal").run(place, options)
end

--- Writes one order's evidence as a tar file that anybody can check with openssl: its bundle, its line in the log, the
--- proof that a stamped checkpoint covers that, the stamps, verify.sh, and a page for people in each language.
---@param place facequery.Place of evidence.at
---@param order_no string whose bundle is there
---@param into facequery.NewFile not committed here
---@param options? facequery.ExportOptions
---@return facequery.Export|nil export
---@return facequery.Failure|nil failure NOT_SEALED, SEAL_MISMATCH, BUNDLE_INVALID
function evidence.export(place, order_no, into, options)
  return require("facequery.evidence.seal.export").run(place, order_no, into, options)
end

--- Checks an archive's seals against its log.
---@param place facequery.Place of evidence.at
---@param report fun(path: string, problem: string) hears of each problem
---@param tsa_ca? string PEM: who must have issued the TSAs' certificates
---@param crl? string PEM: what these have revoked
---@return facequery.SealCheck check
function evidence.check_seals(place, report, tsa_ca, crl)
  return require("facequery.evidence.seal.check").run(place, report, tsa_ca, { crl = crl })
end

return evidence
