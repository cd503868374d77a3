--- Bundles that only the holders of certificates can read: each file is a CMS message, and manifest.json tells in
--- clear what it takes to keep and to verify the bundle.  All else of what a plain bundle's manifest tells is in a
--- manifest of that kind, encrypted as the files are.

local core = require "facequery.core"

local secrecy = {}

local SUFFIX, MIME = ".cms", "application/cms"

---@class facequery.Recipient
---@field issuer string RFC 2253
---@field serial string hexadecimal
---@field key_id? string subjectKeyIdentifier, hexadecimal
---@field algorithm "RSAES-OAEP-SHA256"|"ECDH-SHA256" how the file's key is handed over

--- What a manifest tells of its files' encryption.
---@class facequery.Encryption
---@field container "CMS AuthEnvelopedData"
---@field content "AES-256-GCM"
---@field media facequery.Recipient[] of photo and video, damaged ones included
---@field record facequery.Recipient[] of everything else

---@class facequery.Secrecy
---@field media string certificates in PEM
---@field record string
---@field about facequery.Encryption

local function read(paths)
  local pem, recipients = {}, {}
  for i, path in ipairs(paths) do
    local certificate, failure = core.certificate(path)
    if not certificate then
      failure.field = failure.status ~= "OPENSSL_TOO_OLD" and path or nil
      return nil, failure
    end
    pem[i] = certificate.pem
    certificate.pem = nil
    recipients[i] = certificate
  end
  return table.concat(pem), recipients
end

--- Reads the recipients' certificates, and judges them.  From here on the process makes no core dumps.
---@param encrypt_to? string[] paths of PEM files; the first certificate of each counts
---@param encrypt_media_to? string[] of photo and video; nil: the same
---@return facequery.Secrecy|nil secrecy nil alone where nothing is to be encrypted
---@return facequery.Failure|nil failure CERTIFICATE_UNREADABLE, CERTIFICATE_EXPIRED, CERTIFICATE_UNFIT, OPENSSL_TOO_OLD
function secrecy.new(encrypt_to, encrypt_media_to)
  if not encrypt_to then
    return nil
  end
  local media, of_media
  local record, of_record = read(encrypt_to)
  if record then
    media, of_media = read(encrypt_media_to or encrypt_to)
  end
  if not media then
    return nil, record and of_media or of_record
  end
  core.forbid_dumps()
  return {
    media = media,
    record = record,
    about = { container = "CMS AuthEnvelopedData", content = "AES-256-GCM", media = of_media, record = of_record },
  }
end

--- A draft whose files are encrypted.  What is written into it, and what its manifest tells, is as in a plain one.
---@class facequery.SecretDraft : facequery.Draft
---@field draft facequery.Draft
---@field secrecy facequery.Secrecy
---@field hashes string[]
---@field stored table<string, table> what is stored of each file that was written: its size and digests
---@field written table<string, string> bytes
local Draft = {}
Draft.__index = Draft

---@param draft facequery.Draft
---@param how facequery.Secrecy
---@param hashes string[] the digests of what is stored
---@return facequery.SecretDraft
function secrecy.draft(draft, how, hashes)
  return setmetatable({
    order_no = draft.order_no, draft = draft, secrecy = how, hashes = hashes, stored = {}, written = {},
  }, Draft)
end

local function is_medium(file)
  return file:find "^photo%." ~= nil or file:find "^video%." ~= nil
end

function Draft:path(file)
  return self.draft:path(file)
end

--- The file at `path` is encrypted already: the transport was told to.
function Draft:take(path, file)
  return self.draft:take(path, file .. SUFFIX)
end

function Draft:write(file, bytes)
  local stored
  local message, failure = core.encrypt(bytes, is_medium(file) and self.secrecy.media or self.secrecy.record)
  if message then
    stored, failure = core.digest(message, self.hashes)
  end
  if not stored then
    return nil, failure
  end
  stored.size = #message
  self.stored[file], self.written[file] = stored, bytes
  return self.draft:write(file .. SUFFIX, message)
end

function Draft:digest(file, hashes)
  if not self.written[file] then
    return nil, { status = "BAD_TRANSPORT", field = "transport", detail = file .. ": written without a digest" }
  end
  local digests, failure = core.digest(self.written[file], hashes)
  if digests then
    digests.size = #self.written[file]
  end
  return digests, failure
end

function Draft:discard()
  self.draft:discard()
end

-- The entry of a file as it is stored.  The digest of a medium's content is told in clear, as nobody guesses a
-- medium; that of a text with a name and an identity number in it would let these be guessed.
local function entry_of(stored, content, is_told)
  return {
    size = stored.size, mime = MIME, sha256 = stored.sha256, sm3 = stored.sm3, content = is_told and content or nil,
  }
end

--- What manifest.json tells in clear of a bundle whose own manifest was written into the draft.
---@param self facequery.SecretDraft
---@param content facequery.Manifest
---@param record facequery.Record whose media say what is stored of them
---@return facequery.Manifest|nil
---@return facequery.Failure|nil failure
function Draft:cover(content, record)
  local files, damaged = {}, nil
  for file, entry in pairs(content.files) do
    local medium = record[file:match "^%a+"]
    local stored = self.stored[file] or medium and medium.stored
    if not stored then
      return nil, { status = "BAD_TRANSPORT", field = "transport", detail = file .. ": written as it is" }
    end
    files[file .. SUFFIX] = entry_of(stored, entry, is_medium(file))
  end
  files["manifest.json" .. SUFFIX] = entry_of(self.stored["manifest.json"])
  for name, damage in pairs(content.damaged or {}) do
    damaged = damaged or {}
    damaged[name] = {
      code = damage.code, offset = damage.offset, exact = damage.exact, file = damage.file and damage.file .. SUFFIX,
    }
  end
  return {
    format = content.format,
    order_no = content.order_no,
    code = content.code,
    fetched_at = content.fetched_at,
    files = files,
    missing = content.missing,
    damaged = damaged,
    encryption = self.secrecy.about,
    facequery = content.facequery,
  }
end

return secrecy
