--- Certificate authorities made by openssl, the TSAs that they vouch for, and what they have revoked.

local support = require "help.support"

local CONFIG = [[
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[tsa]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[stamps]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
[lists]
database = index
default_md = sha256
default_crl_days = 30
]]

---@class help.Authorities in a folder: NAME.pem and NAME.key
---@field folder string
local Authorities = {}
Authorities.__index = Authorities

local authority = {}

---@param folder string
---@return help.Authorities
function authority.new(folder)
  support.write_file(folder .. "/cnf", CONFIG)
  return setmetatable({ folder = folder }, Authorities)
end

--- What openssl prints, in the folder.
function Authorities:openssl(...)
  return support.must(("cd %s && openssl %s 2>&1"):format(self.folder, table.concat({ ... }, " ")))
end

--- Makes a certificate and its key.
---@param name string
---@param kind "ca"|"tsa"
---@param issuer? string another's name; without, it signs for itself
---@return string pem
function Authorities:certify(name, kind, issuer)
  self:openssl("req -config cnf -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -extensions", kind,
    ("-subj /CN=%s -keyout %s.key -out %s.pem"):format(name, name, name),
    issuer and ("-CA %s.pem -CAkey %s.key"):format(issuer, issuer) or "")
  return support.read_file(("%s/%s.pem"):format(self.folder, name))
end

--- What a TSA answers.
---@param name string
---@param text string
---@param chain? string the name of its issuer, whose certificate goes along
---@return string response
function Authorities:stamp(name, text, chain)
  support.write_file(self.folder .. "/text", text)
  self:openssl "ts -query -data text -sha256 -cert -out query"
  self:openssl("ts -reply -config cnf -section stamps -queryfile query -out reply",
    ("-signer %s.pem -inkey %s.key"):format(name, name), chain and ("-chain %s.pem"):format(chain) or "")
  return support.read_file(self.folder .. "/reply")
end

-- Makes list.pem.
local function list(self, issuer, options, revoked, time, reason)
  local serial = revoked and self:openssl("x509 -noout -serial -in", revoked .. ".pem"):match "=(%x+)"
  support.write_file(self.folder .. "/index", serial and ("R\t400101000000Z\t%s%s\t%s\tunknown\t/CN=x\n"):format(
    time, reason and "," .. reason or "", serial) or "")
  self:openssl("ca -config cnf -name lists -gencrl -out list.pem",
    ("-cert %s.pem -keyfile %s.key"):format(issuer, issuer), options)
  return support.read_file(self.folder .. "/list.pem")
end

--- An authority's revocation list, list.pem, too.
---@param issuer string its name
---@param revoked? string the name of a certificate, and when and why: openssl takes any day
---@param time? string
---@param reason? string
---@return string pem
function Authorities:list(issuer, revoked, time, reason)
  return list(self, issuer, "", revoked, time, reason)
end

--- The same, of January 2020, and long out of date.
---@return string pem
function Authorities:old_list(issuer, revoked, time, reason)
  return list(self, issuer, "-crl_lastupdate 200101000000Z -crl_nextupdate 200201000000Z", revoked, time, reason)
end

--- The same list with another signature, altered.pem, too.
---@return string pem
function Authorities:alter()
  local hex = self:openssl "crl -in list.pem -outform DER | xxd -p":gsub("\n", "")
  hex = hex:gsub("%x$", function(digit) return digit == "0" and "1" or "0" end)
  support.must(("cd %s && echo %s | xxd -r -p | openssl crl -inform DER -out altered.pem"):format(self.folder, hex))
  return support.read_file(self.folder .. "/altered.pem")
end

return authority
