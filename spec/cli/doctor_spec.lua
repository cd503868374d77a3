-- facequery doctor, as a shell sees it: what it names, in both languages, and what it says to do.

local cli = require "help.cli"
local cjson = require "cjson"
local facequery = require "facequery"
local redis = require "help.redis"
local servers = require "help.servers"
local support = require "help.support"

local unpack = table.unpack or unpack -- luacheck: ignore 143
local has, has_not, env, must = cli.has, cli.has_not, support.env, support.must

describe("the command doctor", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  -- Neither may ever be seen, nor what the specs below make of them.
  local function is_quiet(...)
    for _, text in ipairs { ... } do
      for _, secret in ipairs { env "TICKET", env "SANDBOX_SECRET", "pASSWORD", "sECRET" } do
        has_not(secret, text)
      end
      assert.is_nil(text:find "%f[%x]" and text:match(("%x"):rep(40)), "a signature")
    end
  end

  -- Runs it; `variables`: of its environment.
  local function run(arguments, variables)
    local words = { "doctor" }
    for _, argument in ipairs(arguments or {}) do
      words[#words + 1] = argument
    end
    local output, messages, status = cli.run(words, { env = variables })
    is_quiet(output, messages)
    assert.equal("", messages)
    return output, status
  end

  -- Holds that it names what is wrong: by a line that begins so, in each language, and by what to do.
  local function names(expected, arguments, variables)
    for _, lang in ipairs { "en", "zh" } do
      local words = { "--lang", lang, unpack(arguments or {}) }
      local output, status = run(words, variables)
      for _, part in ipairs(expected[lang]) do
        has(part, output)
      end
      assert.equal(expected.status, status, output)
      has(lang == "en" and "  what to do: " or "  处理建议：", output)
    end
  end

  -- The findings as --json prints them, by their check.
  local function findings(arguments, variables)
    local output, status = run({ "--json", unpack(arguments or {}) }, variables)
    local by_check = {}
    for _, finding in ipairs(cli.records(output)) do
      by_check[finding.check] = finding
    end
    return by_check, status
  end

  it("says that all is well, and how it knows: the service has accepted a signature", function()
    local digest = must(("printf %%s %s | sha256sum"):format(env "TICKET")):sub(1, 8)
    local refused = support.counters().refused_signs
    for lang, parts in pairs {
      en = { "ok       settings: app_id IDAXXXXX (FACEQUERY_APP_ID); base_url " .. env "BASE_URL"
        .. " (FACEQUERY_BASE_URL); ca_file " .. env "CA_FILE" .. " (FACEQUERY_CA_FILE)",
        "ok       proxy: none\n", "ok       DNS: localhost resolved in ", "ok       TLS: TLSv1.",
        "ok       clock: 0 s off the service's\n",
        "ok       ticket: one of your own, 64 bytes, SHA-256 " .. digest .. "...: only you know its age\n",
        "ok       signed query: the service accepts the signature: no such result, as it must be of an order that does"
          .. " not exist (doctor" },
      zh = { "正常  设置：app_id IDAXXXXX（FACEQUERY_APP_ID）", "正常  代理：未使用\n", "正常  DNS：localhost ",
        "正常  时间：", "正常  ticket：自行提供，64 字节，SHA-256 " .. digest .. "...",
        "正常  签名查询：服务接受了签名：" },
    } do
      local output, status = run { "--lang", lang }
      for _, part in ipairs(parts) do
        has(part, output)
      end
      assert.equal(0, status)
    end
    assert.equal(refused, support.counters().refused_signs)
  end)

  it("asks for an order that it is given, once", function()
    local order = support.order "rejected"
    local found, status = findings { "--order", order }
    assert.equal("ok", found.query.state)
    has("the service accepts the signature: 66660004, ", found.query.message)
    assert.same({ 0, 1 }, { status, support.queries(order) })
    assert.equal(2, select(3, cli.run { "doctor", "--order", "no-order" }))
  end)

  it("says since when a ticket of its own lives, with the secret", function()
    local found, status = findings({}, { FACEQUERY_TICKET = false, FACEQUERY_SECRET = env "SANDBOX_SECRET" })
    local age, life, renewal = found.ticket.message:match
      "^fetched with the secret (%d+) s ago; lives (%d+) s more, renewed in (%d+) s$"
    assert.same({ 3600, 1200 }, { age + life, age + renewal })
    has("64 bytes, SHA-256 ", found.secret.message)
    assert.same({ "ok", 0 }, { found.query.state, status })
  end)

  it("warns of a ticket's file that is not used", function()
    support.write_file(folder .. "/ticket", "{}")
    must("chmod 644 " .. folder .. "/ticket")
    local output, status = run({}, { FACEQUERY_TICKET = false, FACEQUERY_SECRET = env "SANDBOX_SECRET",
      FACEQUERY_TICKET_FILE = folder .. "/ticket" })
    has("warning  ticket: the file is not a plain file of this user's alone (storage FILE_UNTRUSTED)\n"
      .. "  what to do: It must belong to the user that reads it, with mode 0600.", output)
    assert.equal(0, status)
  end)

  it("names a blank or a line break behind the ticket", function()
    local ticket = env "TICKET"
    for text, said in pairs {
      [ticket .. " "] = { 65, "...) ends with a blank (", "结尾", "空格" },
      [ticket .. "\n"] = { 65, "...) ends with a line break (", "结尾", "换行" },
      ["'" .. ticket .. "'"] = { 66, "...) begins with a quotation mark (", "开头", "引号" },
      ["\239\187\191" .. ticket] = { 67, "...) begins with a byte order mark (", "开头", "BOM" },
    } do
      names({
        status = 5,
        en = { ("failure  ticket: FACEQUERY_TICKET (%d bytes, SHA-256 "):format(said[1]),
          said[2] .. "invalid_request INVALID_TICKET)",
          "what to do: Set FACEQUERY_TICKET anew, without it: " },
        zh = { "失败  ticket：FACEQUERY_TICKET（", said[3], said[4], "（invalid_request INVALID_TICKET）",
          "处理建议：请重新设置 FACEQUERY_TICKET，去掉多余字符" },
      }, {}, { FACEQUERY_TICKET = text })
    end
  end)

  it("names a NONCE ticket in a SIGN ticket's place", function()
    local client = assert(facequery.new { secret = env "SANDBOX_SECRET" })
    local nonce = assert(client:nonce_ticket { user_id = "user1" })
    client:close()
    names({
      status = 5,
      en = { "failure  signed query: the service does not accept what is signed with this ticket: code 400105, ",
        "(auth TICKET_REFUSED)\n  possible cause 1: It is a NONCE ticket, which is for front ends: fetched with"
          .. " type=NONCE", "what to do: Fetch a SIGN ticket (type=SIGN, without user_id)",
        "ok       clock: ", "ok       TLS: " },
      zh = { "失败  签名查询：", "  可能原因 1：它是 NONCE ticket", "处理建议：请获取 SIGN ticket（type=SIGN，不带 user_id）" },
    }, {}, { FACEQUERY_TICKET = nonce.value })
    -- Any other that is none has the same causes; its length may tell more.
    local found, status = findings({}, { FACEQUERY_TICKET = ("a"):rep(90) })
    assert.same({ "warning", "TICKET_LENGTH", "TICKET_REFUSED", 5 },
      { found.ticket.state, found.ticket.code, found.query.code, status })
  end)

  it("names a secret that is not the app's", function()
    names({
      status = 5,
      en = { "failure  secret: the service gives no ticket for this app_id and secret: code 400101, ",
        "(auth SECRET_REFUSED)", "possible cause 1: The secret is not this App ID's, or was changed.",
        "what to do: Compare app_id and secret with the provider's console",
        "printf %s \"$FACEQUERY_SECRET\" | sha256sum" },
      zh = { "失败  secret：", "可能原因 1：secret 与 app_id 不匹配，或已被更换。", "处理建议：请与服务方控制台核对" },
    }, {}, { FACEQUERY_TICKET = false, FACEQUERY_SECRET = "sECRET" .. ("x"):rep(58) })
  end)

  it("asks for a ticket also where an earlier failure says to wait, and names today's", function()
    local path = folder .. "/ticket"
    local variables = { FACEQUERY_TICKET = false, FACEQUERY_TICKET_FILE = path,
      FACEQUERY_SECRET = env "SANDBOX_SECRET" }
    -- A failing run gives the file its form and its key, the time to wait is then made a long one.
    local found = findings({ "--base-url", env "BASE_URL" .. "/elsewhere" }, variables)
    assert.equal("404", found.ticket.code)
    local text, count = support.read_file(path):gsub('"retry_at":[%d.]+', '"retry_at":' .. os.time() + 50)
    assert.equal(1, count)
    support.write_file(path, text)
    local status
    found, status = findings({}, variables)
    assert.same({ "ok", "ok", 0 }, { found.ticket.state, found.query.state, status })
    assert.matches("^fetched with the secret %d+ s ago", found.ticket.message)
  end)

  it("names a clock that differs from the service's", function()
    local raw = servers.raw()
    finally(raw.stop)
    local function answer(off)
      local body = '{"code":"66660011","msg":"m"}'
      raw.answer("answer", ("HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Length: %d\r\n\r\n%s"):format(
        must(("LC_ALL=C TZ=GMT date -d '%d seconds' '+%%a, %%d %%b %%Y %%T GMT'"):format(off)), #body, body))
    end
    local arguments = { "--base-url", raw.https .. "/fin/-1/answer" }
    answer(-7200)
    names({
      status = 5,
      en = { "failure  clock: this machine's clock is wrong: 7", " s ahead of the service's Date, ",
        "(invalid_request CLOCK_WRONG)", "what to do: Set it by NTP" },
      zh = { "失败  时间：本机时间不正确：快 7", "处理建议：请启用 NTP 校时" },
    }, arguments)
    answer(7200)
    has(" s behind the service's Date, ", findings(arguments).clock.message)
    answer(30)
    local found, status = findings(arguments)
    assert.same({ "warning", "CLOCK_WRONG", 0 }, { found.clock.state, found.clock.code, status })
  end)

  it("names this machine's clock that was set wrong, also where no certificate is valid yet by it", function()
    if support.is_asan then
      return pending "the sanitizer reads clocks, too"
    end
    must(("cc -shared -fPIC -o %s/clock.so spec/fixtures/shifted_clock.c -ldl"):format(folder))
    for shift, parts in pairs {
      ["7200"] = { en = { "failure  clock: this machine's clock is wrong: 7", " s ahead of the service's Date, " },
        zh = { "失败  时间：本机时间不正确：快 7" } },
      ["-864000"] = { en = { "failure  clock: this machine's clock is wrong: by it, ",
        "Z, the service's certificate is not valid yet (invalid_request CLOCK_WRONG)", "what to do: Set it by NTP" },
        zh = { "失败  时间：本机时间不正确：按本机时间 ", "服务的证书尚未生效", "处理建议：请启用 NTP 校时" } },
      -- 100 years: past the end of any certificate.
      ["3155760000"] = {
        en = { "failure  TLS: the service's certificate has expired, by this machine's clock: it is "
          .. os.date("!%Y", os.time() + 3155760000) .. "-", "Z by it; ", "certificate has expired",
          "(transport SERVICE_CERTIFICATE_EXPIRED)\n  possible cause 1: This machine's clock is ahead.",
          "what to do: Compare this machine's time with a clock that is right, first of all" },
        zh = { "失败  TLS：按本机时间，服务的证书已过期：本机时间 ", "处理建议：请先核对本机时间" } },
    } do
      for lang, expected in pairs(parts) do
        local output, status = support.shell(("SHIFT=%s %s"):format(shift,
          cli.words("doctor --lang " .. lang, folder .. "/clock.so")))
        is_quiet(output)
        for _, part in ipairs(expected) do
          has(part, output)
        end
        assert.equal(shift == "3155760000" and 6 or 5, status)
      end
    end
  end)

  it("names the authority that is missing, and whom is trusted in its place", function()
    local system = must "curl-config --ca"
    names({
      status = 6,
      en = { "failure  TLS: the authority that issued the service's certificate is not among those that are trusted: ",
        "unable to get local issuer certificate; issuer: CN=facequery sandbox CA; it trusts " .. system
          .. " (transport AUTHORITY_MISSING)", "what to do: Install the system's CA certificates" },
      zh = { "失败  TLS：签发服务证书的机构不在受信任之列：「", "issuer: CN=facequery sandbox CA", system,
        "处理建议：请安装系统 CA 证书" },
    }, { "--ca-file", system })
    local found = findings { "--ca-file", folder .. "/none.pem" }
    assert.same({ "failure", "SSL_CACERT_BADFILE" }, { found.tls.state, found.tls.code })
  end)

  it("names a proxy that refuses, and one that is not there", function()
    local host, _, stop = servers.proxy()
    finally(stop)
    names({
      status = 6,
      en = { "failure  proxy: the proxy refuses to connect to the service: " .. host
        .. " (https_proxy) answers HTTP 403 (http PROXY_REFUSES)", "what to do: Have the proxy let CONNECT" },
      zh = { "失败  代理：代理拒绝连接到服务：" .. host, "处理建议：请在代理上放行" },
    }, { "--base-url", "https://forbidden.invalid" }, { https_proxy = "http://me:pa%40ss@" .. host })
    local found = findings({}, { https_proxy = "http://me:pASSWORD@" .. host })
    has(host .. " (https_proxy) answers HTTP 407", found.proxy.message)
    has("name:password@", found.proxy.advice)
    names({
      status = 6,
      en = { "failure  proxy: the proxy can't be reached: 127.0.0.1:1 (HTTPS_PROXY) (transport PROXY_UNREACHABLE)" },
      zh = { "失败  代理：无法连接代理：127.0.0.1:1（HTTPS_PROXY）" },
    }, {}, { HTTPS_PROXY = "http://me:pASSWORD@127.0.0.1:1" })
    local status
    found, status = findings({}, { all_proxy = "http://me:pa/ssWORD@127.0.0.1:1", no_proxy = "a.example,.localhost" })
    assert.same({ "ok", 0 }, { found.proxy.state, status })
    assert.equal("127.0.0.1:1 is not used for localhost (no_proxy)", found.proxy.message)
    found = findings({}, { https_proxy = "http://me:pa%40ss@" .. host })
    assert.equal(host .. " (https_proxy)", found.proxy.message)
    assert.equal("ok", found.query.state)
  end)

  it("names a name server that is silent, in the time that it has", function()
    support.write_file(folder .. "/resolv.conf", "nameserver 127.0.0.53\n")
    -- In a network of its own there is nothing but this name server.
    local inside = "unshare -rnm sh -c 'mount --bind " .. folder .. "/resolv.conf /etc/resolv.conf && exec"
      .. " python3 spec/fixtures/silent_dns.py \"$@\"' -- "
    if select(2, support.shell(inside .. "true")) ~= 0 then
      return pending "takes namespaces (unshare)"
    end
    for lang, parts in pairs {
      en = { "failure  DNS: the name server does not answer: service.example was not resolved in 0.4 s; name servers:"
        .. " 127.0.0.53 (transport NAME_SERVER_SILENT)", "what to do: Check the name servers" },
      zh = { "失败  DNS：DNS 服务器无响应：service.example 在 0.4 秒内未解析；DNS 服务器：127.0.0.53",
        "处理建议：请检查 DNS 服务器" },
    } do
      local output, status = support.shell(inside .. cli.words("doctor --base-url https://service.example --timeout 0.4"
        .. " --lang " .. lang))
      for _, part in ipairs(parts) do
        has(part, output)
      end
      assert.equal(6, status)
    end
  end)

  it("names what else is in the way", function()
    local found = findings { "--base-url", "https://127.0.0.1:1" }
    assert.same({ "failure", "COULDNT_CONNECT" }, { found.connection.state, found.connection.code })
    assert.is_nil(found.query)
    found = findings { "--base-url", "https://nowhere.invalid" }
    assert.same({ "failure", "COULDNT_RESOLVE_HOST" }, { found.dns.state, found.dns.code })
    found = findings { "--base-url", env "BASE_URL" .. "/elsewhere" }
    assert.same({ "failure", "404" }, { found.query.state, found.query.code })
    found = findings { "--base-url", "http://service.example" }
    assert.same({ "failure", "INSECURE_URL" }, { found.settings.state, found.settings.code })
    found = findings({}, { FACEQUERY_APP_ID = false })
    assert.same({ "failure", "INVALID_APP_ID" }, { found.settings.state, found.settings.code })
    found = findings({}, { FACEQUERY_SECRET = env "TICKET" })
    assert.equal("TICKET_IS_SECRET", found.ticket.code)
    found = findings({}, { FACEQUERY_SECRET = env "SANDBOX_SECRET" })
    assert.equal("ok", found.query.state)
    has("warning  ticket: a ticket and a secret are set", (run({}, { FACEQUERY_SECRET = env "SANDBOX_SECRET" })))
  end)

  it("shows a setting that can't be one by its length and digest alone: it may be a secret", function()
    local function shown(text)
      return ("%d bytes, SHA-256 %s..."):format(#text, must(("printf %%s '%s' | sha256sum"):format(text)):sub(1, 8))
    end
    local found, status = findings({}, { FACEQUERY_APP_ID = env "SANDBOX_SECRET" })
    assert.same({ "INVALID_APP_ID", 5 }, { found.settings.code, status })
    local output = run({}, { FACEQUERY_APP_ID = env "SANDBOX_SECRET" })
    has("settings: app_id " .. shown(env "SANDBOX_SECRET") .. " (FACEQUERY_APP_ID); base_url " .. env "BASE_URL",
      output)
    for _, url in ipairs { "https://me:pASSWORD@service.example/", "https://service.example/?sECRET", "pASSWORD",
      "http://pASSWORD.example" } do
      output = run({}, { FACEQUERY_BASE_URL = url })
      has("; base_url " .. shown(url) .. " (FACEQUERY_BASE_URL)", output)
      has_not("service.example", output)
    end
  end)

  it("looks at the queue's Redis, and at the archive's folder", function()
    local server = redis.server "--appendonly yes"
    finally(function() server.stop() end)
    local more = { "--redis", server.url, "--queue", "q", "--out", folder }
    local found, status = findings(more)
    assert.same({ "ok", "0 orders wait, 0 are being fetched, 0 dead", 0 },
      { found.queue.state, found.queue.message, status })
    assert.matches("^" .. folder .. " can be written; %d+%.%d GB free$", found.archive.message)
    assert.equal("", support.list(folder))
    server.cli "config set appendonly no"
    names({
      status = 0,
      en = { "warning  queue: this Redis keeps orders in memory alone: a crash loses what waits: 0 orders wait, 0 are"
        .. " being fetched, 0 dead (transport REDIS_NOT_DURABLE)\n  what to do: Set appendonly yes" },
      zh = { "警告  队列：该 Redis 仅在内存中保存订单，崩溃时等待中的订单会丢失：等待 0，处理中 0，停止 0" },
    }, more)
    server.cli "config set maxmemory-policy allkeys-lru"
    found, status = findings { "--redis", server.url, "--queue", "q", "--out", folder .. "/none/archive" }
    assert.same({ "failure", "REDIS_EVICTS" }, { found.queue.state, found.queue.code })
    assert.same({ "failure", "FILE_UNWRITABLE", 1 }, { found.archive.state, found.archive.code, status })
    found = findings { "--redis", "redis://127.0.0.1:1", "--queue", "q", "--out", folder .. "/archive" }
    assert.same({ "failure", "REDIS_UNREACHABLE" }, { found.queue.state, found.queue.code })
    assert.matches("^" .. folder .. "/archive is not there yet, and can be made; ", found.archive.message)
    assert.equal(2, select(3, cli.run { "doctor", "--redis", server.url }))
  end)

  it("takes the ticket that a fleet shares in the queue's Redis, and leaves it there", function()
    local server = redis.server()
    finally(function() server.stop() end)
    local with_secret = { FACEQUERY_TICKET = false, FACEQUERY_SECRET = env "SANDBOX_SECRET" }
    local more = { "--redis", server.url, "--queue", "q" }
    local function kept()
      return server.cli("get " .. server.cli "keys facequery:*")
    end
    local found, status = findings(more, with_secret)
    assert.same({ "ok", "ok", 0 }, { found.ticket.state, found.query.state, status })
    local before = kept()
    assert.is_truthy(before:find('"ticket":', 1, true))
    findings(more, with_secret)
    assert.is_true(before == kept())
  end)

  it("warns of a disk that is nearly full", function()
    if not support.mount(folder, "size=1m") then
      return pending "takes root"
    end
    finally(function() support.unmount(folder) end)
    names({
      status = 0,
      en = { "warning  archive: the archive's disk is nearly full: " .. folder
        .. ": 0.00 GB free (storage LITTLE_ROOM)" },
      zh = { "警告  存证：存证所在磁盘空间不足" },
    }, { "--out", folder })
  end)

  it("prints one JSON object for each finding, the same in number", function()
    local output = run()
    local json = run { "--json" }
    assert.equal(select(2, output:gsub("\n", "\n")), #cli.records(json))
    for _, finding in ipairs(cli.records(json)) do
      assert.same({ "string", "ok", "string" }, { type(finding.check), finding.state, type(finding.message) })
    end
    assert.is_table(cjson.decode(json:match "^[^\n]+"))
  end)
end)
