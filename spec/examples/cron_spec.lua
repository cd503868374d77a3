-- examples/cron/facequery: cron takes the file, and its lines run under cron's shell and environment.
-- Only on lua5.4 luajit: other programs don't run beside the sanitizers.

local json = require "cjson"
local redis_help = require "help.redis"
local support = require "help.support"

local FILE = "examples/cron/facequery"
local ARCHIVE, VERIFY, QUEUE = 1, 2, 3

describe("examples/cron/facequery", function()
  local folder, read

  -- Debian's own interpreter has Debian's python3-crontab.
  local function parse(path)
    return json.decode(support.must("/usr/bin/python3 spec/fixtures/cron_jobs.py " .. path .. " 2>/dev/null"))
  end

  setup(function() read = parse(FILE) end)

  before_each(function()
    folder = support.folder()
    support.must(([[mkdir %s/bin %s/etc && ln -s "$(realpath %s/bin/facequery)" %s/bin]]):format(
      folder, folder, support.build, folder))
    support.write_file(folder .. "/etc/secret", support.env "SANDBOX_SECRET" .. "\n")
    support.write_file(folder .. "/etc/redis-password", "none\n")
  end)

  after_each(function() support.remove_folder(folder) end)

  -- What the list's program does.
  local function list(script)
    support.write_file(folder .. "/etc/orders", "#!/bin/sh\n" .. script)
    support.must(("chmod +x %s/etc/orders"):format(folder))
  end

  -- Runs a line as cron does, in an environment of its own, with the sandbox and the folder in the place of what it
  -- names.  What cron would mail.
  local function run(number, redis)
    local words = { "env", "-i", "HOME=" .. folder, "LOGNAME=facequery",
      "FACEQUERY_BASE_URL=" .. support.env "BASE_URL", "FACEQUERY_CA_FILE=" .. support.env "CA_FILE" }
    for name, value in pairs(read.env) do
      value = name == "FACEQUERY_APP_ID" and support.env "APP_ID" or name == "DIR" and folder
        or name == "PATH" and folder .. "/bin:" .. value or value
      words[#words + 1] = name .. "=" .. value
    end
    words[#words + 1] = read.env.SHELL
    words[#words + 1] = "-c"
    words[#words + 1] = read.jobs[number].command:gsub("/etc/facequery/", folder .. "/etc/")
      :gsub("redis://127%.0%.0%.1:6379", redis or "%0")
    local out, err = support.run(words)
    return out .. err
  end

  local function orders(rows)
    list("echo order_no,verified_at\n")
    for order, verified_at in pairs(rows) do
      support.must(("echo 'echo %s,%d' >>%s/etc/orders"):format(order, verified_at, folder))
    end
  end

  it("is a file that cron takes: each hour, each Sunday, every ten minutes", function()
    assert.same({}, read.unread)
    local times = {}
    for i, job in ipairs(read.jobs) do
      times[i] = job.a_year
      assert.is_true(job.valid)
      assert.equal("facequery", job.user)
      assert.equal("", job.stdin) -- no % that cuts a command off
    end
    assert.same({ 24 * 365, 52, 144 * 365 }, times)
    assert.matches("\n$", support.read_file(FILE)) -- else cron leaves out the last line
    -- What a broken file is, so that the parser is seen to see it.
    support.write_file(folder .. "/broken", "17 * * * * root date +%F\n61 * * * * root true\n")
    local broken = parse(folder .. "/broken")
    assert.same({ "F", { "61 * * * * root true" } }, { broken.jobs[1].stdin, broken.unread })
  end)

  it("has no secret in it", function()
    for _, name in ipairs { "SECRET=", "TICKET=", "PASSWORD=", "redis://[^ ]*@" } do
      assert.is_nil(support.read_file(FILE):find(name), name)
    end
  end)

  it("archives each hour what the list has, and says nothing where all is well", function()
    local order, other = support.order "verified", support.order "rejected"
    orders { [order] = os.time(), [other] = os.time() }
    assert.equal("", run(ARCHIVE))
    local both = { order, other }
    table.sort(both)
    assert.same(both, support.bundles(folder .. "/evidence"))
    assert.equal("600", support.mode(folder .. "/orders"))
    assert.equal("", run(ARCHIVE))
    assert.equal(1, support.queries(order))
    assert.equal("", run(VERIFY))
  end)

  it("says which order has failed, and archives the others", function()
    local order, unknown = support.order "verified", support.order "nosuch"
    orders { [order] = os.time(), [unknown] = os.time() }
    local mail = run(ARCHIVE)
    assert.is_truthy(mail:find(unknown, 1, true) and mail:find("66660011", 1, true), mail)
    assert.is_nil(mail:find(order, 1, true))
    assert.same({ order }, support.bundles(folder .. "/evidence"))
  end)

  it("leaves to the next run what is not there yet", function()
    orders { [support.order "nomedia"] = os.time() }
    assert.equal("", run(ARCHIVE))
    assert.same({}, support.bundles(folder .. "/evidence"))
  end)

  it("archives nothing of a list that breaks off, and says so", function()
    list("echo order_no,verified_at; echo verified1,; exit 7\n")
    assert.equal(folder .. "/etc/orders: exit status 7\n", run(ARCHIVE))
    assert.equal("", support.shell(("ls -d %s/evidence 2>/dev/null"):format(folder)))
  end)

  it("leaves a run alone that is not through yet", function()
    list("touch " .. folder .. "/ran\n")
    local before = support.start(("sh -c 'exec 9>%s/cron.lock; flock 9; echo locked; exec sleep 60'"):format(folder))
    finally(before.kill)
    before.wait_for "locked"
    assert.equal("", run(ARCHIVE))
    assert.equal("", support.shell(("ls %s/ran 2>/dev/null"):format(folder)))
  end)

  it("names evidence that is not as it was archived", function()
    local order = support.order "verified"
    orders { [order] = os.time() }
    run(ARCHIVE)
    support.must(("printf x >>%s/photo.jpg"):format(support.bundle_path(folder .. "/evidence", order)))
    local mail = run(VERIFY)
    assert.is_truthy(mail:find(order .. "/photo.jpg", 1, true), mail)
  end)

  it("raises an alarm where files are about to be deleted or Redis is away, and only then", function()
    local redis = redis_help.server()
    redis.cli "config set requirepass none"
    local function add(order, left)
      local verified_at = os.time() - 3 * 86400 + left
      support.write_file(folder .. "/list", ("order_no,verified_at\n%s,%d\n"):format(order, verified_at))
      support.must(("FACEQUERY_REDIS_PASSWORD=none %s/bin/facequery queue add --redis %s --queue faces --from %s/list")
        :format(folder, redis.url, folder))
    end
    redis.cli "--no-auth-warning -a none config set appendonly yes"
    add("A1", 2 * 86400)
    assert.equal("", run(QUEUE, redis.url))
    add("A2", 3600)
    assert.matches("^faces: 2 .*\n$", run(QUEUE, redis.url))
    redis.stop()
    local mail = run(QUEUE, redis.url)
    assert.is_truthy(mail:find("REDIS", 1, true), mail)
  end)
end)
