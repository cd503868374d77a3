-- The sandbox's scans: what it takes for a registration, and what for the opening of one.
-- Only on lua5.4: none of the module's code is held to account here.

local service = require "help.service"
local support = require "help.support"

local env, quote, shell = support.env, support.quote, support.shell
local ask, jq = service.ask, service.jq

local NONCE = service.NONCE

describe("the sandbox's scans", function()
  local folder
  setup(function() folder = service.begin() end)
  teardown(service.finish)
  before_each(service.reset)

  local function post(path, body)
    support.write_file(folder .. "/body", body)
    return (shell(("curl -s --cacert %s -H 'Content-Type: application/json' -d @%s/body %s"):format(
      quote(env "CA_FILE"), folder, quote(env "BASE_URL" .. path))))
  end

  -- Registers a scan; `changes` replace fields of the body, and one that is false is left out.
  local function register(order, changes, path, signed)
    local all = {
      appId = env "APP_ID", orderNo = order, name = "testName", idNo = "430000", userId = "user1",
      version = "1.0.0", nonce = NONCE,
    }
    for name, value in pairs(changes or {}) do
      all[name] = value or nil
    end
    all.sign = all.sign or support.sign(signed or { env "APP_ID", all.userId or "", "1.0.0", NONCE, env "TICKET" })
    local members = {}
    for name, value in pairs(all) do
      members[#members + 1] = ("%q:%q"):format(name, value)
    end
    return post((path or "/api/server/getPlusFaceId") .. "?orderNo=" .. order,
      "{" .. table.concat(members, ",") .. "}")
  end

  local function nonce_ticket(user)
    local token = jq(".access_token", (ask("/api/oauth2/access_token?grant_type=client_credential&version=1.0.0"
      .. "&appId=IDAXXXXX&secret=" .. env "SANDBOX_SECRET")))
    return jq(".tickets[0].value", (ask("/api/oauth2/api_ticket?type=NONCE&version=1.0.0&appId=IDAXXXXX"
      .. "&access_token=" .. token .. "&user_id=" .. user)))
  end

  -- The path of a login's url.
  local function login(order, face_id, ticket, changes)
    local all = {
      appId = env "APP_ID", version = "1.0.0", nonce = NONCE, orderNo = order, faceId = face_id,
      userId = "user1", url = "https%3A%2F%2Fa.example",
    }
    for name, value in pairs(changes or {}) do
      all[name] = value or nil
    end
    all.sign = support.sign { env "APP_ID", all.userId, order, "1.0.0", face_id, all.nonce, ticket }
    local parts = {}
    for name, value in pairs(all) do
      parts[#parts + 1] = name .. "=" .. value
    end
    return "/api/web/login?" .. table.concat(parts, "&")
  end

  it("are registered as the pages have it, once for each order", function()
    local answer = register "scan1"
    assert.equal('["0","scan1",false]', jq("[.code,.result.orderNo,.result.success]|tojson", answer))
    assert.matches("^tx%x+$", jq(".result.faceId", answer))
    assert.equal(env "BASE_URL", "https://" .. jq(".result.optimalDomain", answer))
    assert.equal("66660001", jq(".code", register "scan1"))
    local signed = { env "APP_ID", "scan2", "testName", "430000", "user1", "1.0.0", env "TICKET" }
    answer = register("scan2", { nonce = false }, "/api/server/h5/geth5faceid", signed)
    assert.matches("^tx%x+$", jq(".result.h5faceId", answer))
    assert.equal("null", jq(".result.optimalDomain", answer))
    assert.equal("0", jq(".code", register("scan3", { appId = false, webankAppId = env "APP_ID" })))
  end)

  it("are refused with a wrong signature, a wrong field, or nobody to compare with", function()
    assert.equal("400105", jq(".code", register("scan1", { sign = ("0"):rep(40) })))
    assert.equal("400105", jq(".code", register("scan1", {}, "/api/server/h5/geth5faceid")))
    assert.equal("400101", jq(".code", register("scan1", { appId = "IDAYYYYY" })))
    for name, value in pairs { userId = "a-b", orderNo = false, nonce = false, name = false, sourcePhotoStr = "*" } do
      assert.equal("66660000", jq(".code", register("scan1", { [name] = value })), name)
    end
    local photo = support.must("base64 -w0 " .. quote(support.medium_path "photo.jpg"))
    assert.equal("0", jq(".code", register("scan1", { name = false, idNo = false, sourcePhotoStr = photo })))
  end)

  it("are opened once, by their user, with a ticket of this user that lives", function()
    local face_id = jq(".result.faceId", register "scan1")
    local function code(ticket, changes) return jq(".code", (ask(login("scan1", face_id, ticket, changes)))) end
    assert.equal("400101", code(nonce_ticket "user2"))
    assert.equal("400101", code(nonce_ticket "user1", { userId = "user2" }))
    assert.equal("400101", code(nonce_ticket "user1", { faceId = "tx0" }))
    assert.equal("400101", code(nonce_ticket "user1", { url = "a.example" }))
    assert.equal("400101", code(env "TICKET"))
    local old = nonce_ticket "user1"
    ask("/sandbox/skip?seconds=120", "POST")
    assert.equal("400101", code(old))
    local ticket = nonce_ticket "user1"
    assert.equal(302, select(2, ask(login("scan1", face_id, ticket))))
    assert.equal("400101", code(ticket))
    assert.equal("66660018", code(nonce_ticket "user1"))
  end)

  it("can't be opened after five minutes", function()
    local face_id = jq(".result.faceId", register "scan1")
    ask("/sandbox/skip?seconds=300", "POST")
    assert.equal("66660018", jq(".code", (ask(login("scan1", face_id, nonce_ticket "user1")))))
  end)

  it("have a result after the user's scan, and not before", function()
    local face_id = jq(".result.faceId", register "verified1")
    assert.equal("66660011", service.code "verified1")
    ask(login("verified1", face_id, nonce_ticket "user1"))
    assert.equal("0", service.code "verified1")
  end)
end)
