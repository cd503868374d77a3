---@meta facequery.evidence

-- Made of the annotations in lua/ by `make docs`.

--- Where an archive lies.  A bundle is there whole or not at all.  Its *name* is the place's: what tells it from every
--- other thing there, and what a user is told (on a disk, its path in the archive's folder).  A place may lay bundles
--- out as it likes, such as by the time at which they were fetched.
---@class facequery.Place
---@field close fun(self: facequery.Place) ends the run: its drafts go.  May be called more than once

--- How an archive's log is sealed.
---@class facequery.SealOptions
---@field tsa facequery.Tsa[] whom to ask
---@field send fun(url: string, request: string): string|nil, facequery.Failure|nil asks one of them, a TimeStampReq for a TimeStampResp: require("facequery.tsa").new()
---@field tsa_ca? string PEM: who must have issued the TSAs' certificates; without, nobody looks
---@field sign? { certificate: string, key: string } PEM: signs the checkpoint, too (CMS)

--- A timestamping authority.
---@class facequery.Tsa
---@field url string where it answers
---@field policy? string an OID that the token must have

--- What sealing has done.
---@class facequery.Seal
---@field size integer lines of the log that are sealed; 0 where it has none, and nothing was done
---@field root? string of the Merkle tree over these lines, base64
---@field is_new boolean a checkpoint was made
---@field stamps facequery.Stamp[] the tokens, of TSAs that were asked before, too
---@field failures { tsa: string, failure: facequery.Failure }[] the TSAs that have not stamped this checkpoint; the next run asks them again
---@field signed? boolean the checkpoint is signed, too

--- What an authority has stamped.
---@class facequery.Stamp
---@field tsa string its url
---@field file string among the archive's seals
---@field time string UTC
---@field policy string the TSA's, an OID
---@field signer string the subject of its certificate

--- A file in the making: require("facequery.core").new_file(path).
---@class facequery.NewFile
---@field write fun(self: facequery.NewFile, bytes: string): true|nil, facequery.Failure|nil appends them
---@field embed fun(self: facequery.NewFile, path: string, hashes?: string[], is_plain?: boolean): { size: integer, sha256?: string, sm3?: string }|nil, facequery.Failure|nil appends another file, as base64 or, where that is true, as it is; never held as a whole
---@field commit fun(self: facequery.NewFile): true|nil, facequery.Failure|nil gives it its name, durably.  Never replaces: FILE_EXISTS
---@field close fun(self: facequery.NewFile) ends it: what was not committed is gone

--- What goes along with an export.
---@class facequery.ExportOptions
---@field tsa_ca? string PEM: goes along, for who checks the stamps
---@field crl? string PEM: goes along

--- What an export has in it.
---@class facequery.Export
---@field order_no string the order
---@field index integer its line's in the log, from 0
---@field size integer lines of the checkpoint
---@field stamps integer of that checkpoint

--- What the check of the seals has found.
---@class facequery.SealCheck
---@field seals integer checkpoints
---@field stamps integer tokens that are good
---@field judged integer of them: those whose TSA's certificate the revocation lists know
---@field problems integer that were reported

--- An archive of evidence: bundles, one for each order, and a log that tells of them.  All of it works offline, on what it
--- is handed: nothing here asks the service.  It waits for the disk: not for nginx.
local evidence = {}

--- An archive for reading: nothing is made or changed.
---@param dir string the archive's folder
---@return facequery.Place place
function evidence.at(dir) end

--- Opens an archive for writing: makes it where it is missing, and mends what a crash has left.
---@param dir string the archive's folder
---@param is_run? boolean for many bundles
---@return facequery.Place|nil place the caller's to close
---@return facequery.Failure failure
function evidence.open(dir, is_run) end

--- Seals an archive's log: a checkpoint of it, stamped by timestamping authorities.
---@param place facequery.Place of evidence.at
---@param options facequery.SealOptions
---@return facequery.Seal|nil seal
---@return facequery.Failure failure
function evidence.seal(place, options) end

--- Writes one order's evidence as a tar file that anybody can check with openssl: its bundle, its line in the log, the
--- proof that a stamped checkpoint covers that, the stamps, verify.sh, and a page for people in each language.
---@param place facequery.Place of evidence.at
---@param order_no string whose bundle is there
---@param into facequery.NewFile not committed here
---@param options? facequery.ExportOptions
---@return facequery.Export|nil export
---@return facequery.Failure failure NOT_SEALED, SEAL_MISMATCH, BUNDLE_INVALID
function evidence.export(place, order_no, into, options) end

--- Checks an archive's seals against its log.
---@param place facequery.Place of evidence.at
---@param report fun(path: string, problem: string) hears of each problem
---@param tsa_ca? string PEM: who must have issued the TSAs' certificates
---@param crl? string PEM: what these have revoked
---@return facequery.SealCheck check
function evidence.check_seals(place, report, tsa_ca, crl) end

return evidence
