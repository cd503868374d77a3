--- Keys and certificates of recipients, made by the system's openssl, which opens what was encrypted for them, too.

local support = require "help.support"

local certificates = {}

local KEYS = {
  rsa = "rsa:2048",
  weak = "rsa:1024",
  ec = "ec -pkeyopt ec_paramgen_curve:P-256",
  koblitz = "ec -pkeyopt ec_paramgen_curve:secp256k1",
  ed25519 = "ed25519",
}

---@class help.Certificate
---@field pem string the certificate's path
---@field key string its key's

--- A certificate that signs itself.
---@param folder string
---@param name string of its files, and its subject
---@param kind string a key of KEYS
---@param how? { usage?: string, from?: string, to?: string } its keyUsage; when it is valid, as 20200101000000Z
---@return help.Certificate
function certificates.make(folder, name, kind, how)
  how = how or {}
  local made = { pem = ("%s/%s.pem"):format(folder, name), key = ("%s/%s.key"):format(folder, name) }
  local config = ("%s/%s.cnf"):format(folder, name)
  support.write_file(config, ([[
[req]
distinguished_name = dn
[dn]
[ca]
default_ca = own
[own]
new_certs_dir = FOLDER
database = FOLDER/NAME.db
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = ext
[any]
commonName = supplied
organizationName = optional
[ext]
subjectKeyIdentifier = hash
%s
]]):gsub("FOLDER", folder):gsub("NAME", name):format(how.usage and "keyUsage = " .. how.usage or ""))
  support.write_file(("%s/%s.db"):format(folder, name), "")
  support.must(("openssl req -new -newkey %s -nodes -config %s -keyout %s -out %s.csr -subj '/O=Test/CN=%s'"):format(
    KEYS[kind], config, made.key, made.pem, name))
  support.must(("openssl ca -batch -selfsign -config %s -keyfile %s -in %s.csr -out %s -notext"
    .. " -startdate %s -enddate %s"):format(config, made.key, made.pem, made.pem,
    how.from or "20200101000000Z", how.to or "20991231235959Z"))
  return made
end

--- What `openssl cms` makes of an encrypted file: the path of its content, and whether it could be opened.
---@param path string
---@param certificate help.Certificate whose key opens it
---@return string opened
---@return boolean is_open
function certificates.decrypt(path, certificate)
  local opened = path .. ".opened"
  local _, status = support.shell(("openssl cms -decrypt -binary -inform DER -in %s -recip %s -inkey %s -out %s")
    :format(path, certificate.pem, certificate.key, opened))
  return opened, status == 0
end

--- How openssl prints an encrypted file.
function certificates.print(path)
  return support.must(("openssl cms -cmsout -print -inform DER -in %s"):format(path))
end

return certificates
