-- facequery archive where disks, connections and tickets fail in mid-run.

local archives = require "help.archives"
local cli = require "help.cli"
local servers = require "help.servers"
local support = require "help.support"

local must, order, orders_of = support.must, support.order, support.orders_of

describe("the command archive, where something fails in mid-run,", function()
  local folder, dir, list, mounted
  before_each(function() folder, dir, list = archives.begin() end)
  after_each(function()
    if mounted then
      support.unmount(mounted)
      mounted = nil
    end
    support.remove_folder(folder)
  end)

  local function write_list(lines) archives.write_list(list, lines) end
  local function archive(arguments, how) return archives.run(list, dir, arguments, how) end
  local function start_archive(arguments, variables) return archives.start(list, dir, arguments, variables) end
  local function holds(orders) archives.holds(dir, orders) end

  local function mount(options)
    must("mkdir " .. dir)
    if not support.mount(dir, options) then
      pending "needs to mount"
      return false
    end
    mounted = dir
    return true
  end

  it("on a full disk names each order that found no room, archives the others, and goes on later", function()
    if not mount "size=2m" then
      return
    end
    -- The log has its page of the disk before there is an order that takes all of them: a small order's line is
    -- written while the next, large one arrives.
    local orders, large, small = { order "size10x20n" }, {}, {}
    write_list(orders)
    assert.equal(0, select(3, archive()))
    for i = 1, 12 do
      local list_of = i % 2 == 0 and small or large
      list_of[#list_of + 1] = order(i % 2 == 0 and "size10x20n" or "size500kx2mn")
      orders[i + 1] = list_of[#list_of]
    end
    write_list(orders)
    small[#small + 1] = orders[1]
    local output, messages, status = archive "--jobs 1"
    assert.equal(7, status)
    assert.equal(#small, select(2, (output .. "\n"):gsub("\n", "")))
    for _, order_no in ipairs(large) do
      assert.matches(order_no .. ": the file cannot be written (video, No space left on device)"
        .. " (storage FILE_UNWRITABLE)", messages, 1, true)
    end
    assert.matches("\n7 done, 6 failed", messages)
    holds(small)
    -- Six orders at once fill the disk to its last byte.
    archive "--jobs 6"
    holds(small)
    must(("mount -o remount,size=64m %s"):format(dir))
    assert.equal(0, select(3, archive()))
    holds(orders)
  end)

  it("on a disk that fills up slowly leaves nothing that is not whole", function()
    if not mount "size=1m" then
      return
    end
    local orders = orders_of("size30kx60kn", 25)
    write_list(orders)
    local output, messages, status = archive "--jobs 8"
    assert.equal(7, status)
    local done = select(2, output:gsub("%S+ /", ""))
    assert.is_true(done > 0 and done < 25)
    assert.equal(25 - done, select(2, messages:gsub("storage FILE_UNWRITABLE", "")))
    local bundles = support.bundles(dir)
    assert.equal(done, #bundles)
    holds(bundles)
  end)

  it("in a read-only folder says so, and asks nobody", function()
    if not mount "ro,size=1m" then
      return
    end
    local one = order "size30x40n"
    write_list { one }
    local output, messages, status = archive()
    assert.same({ "", 7 }, { output, status })
    assert.matches("^" .. dir:gsub("%p", "%%%0") .. ": the file cannot be written %(Read%-only file system%)",
      messages)
    assert.equal(0, support.queries(one))
  end)

  it("in a folder that becomes read-only names each order, and goes on later", function()
    local orders = orders_of("slow100x", 40)
    write_list(orders)
    must("mkdir -m 700 " .. dir)
    local process = support.start(support.without_privileges()
      .. cli.words(("archive --from %s --out %s --jobs 2"):format(list, dir)), {})
    process.wait_for(dir)
    must(("chmod 500 %s/*/*/*"):format(dir))
    local output, status = process.wait()
    assert.equal(7, status)
    local bundles = support.bundles(dir)
    local failed = select(2, output:gsub(
      "the file cannot be written %(Permission denied%) %(storage FILE_UNWRITABLE%)", ""))
    assert.is_true(#bundles > 0 and failed > 0, output)
    assert.equal(40, #bundles + failed, output)
    must(("chmod 700 %s/*/*/*"):format(dir))
    assert.equal(0, select(3, archive()))
    holds(orders)
  end)

  local function variables_of(sandbox)
    return {
      FACEQUERY_BASE_URL = sandbox.env.BASE_URL, FACEQUERY_CA_FILE = sandbox.env.CA_FILE,
      FACEQUERY_TICKET = sandbox.env.TICKET,
    }
  end

  it("with the connection lost names each order, and goes on later", function()
    local sandbox = servers.sandbox()
    local quick, orders = orders_of("size30x40n", 6), orders_of("slow3000x", 10)
    for i = 1, 6 do
      table.insert(orders, 1, quick[i])
    end
    write_list(orders)
    local process = start_archive("--jobs 16", variables_of(sandbox))
    for _, order_no in ipairs(quick) do
      process.wait_for(order_no)
    end
    sandbox:stop()
    local output, status = process.wait()
    assert.equal(6, status)
    assert.equal(10, select(2, output:gsub("slow%w+: [^\n]+ %(transport %u[%u_]+%)", "")), output)
    assert.matches("6 done, 10 failed", output, 1, true)
    holds(quick)
    assert.equal(0, select(3, archive "--jobs 16"))
    holds(orders)
  end)

  local function control(sandbox, path)
    must(("curl -s -X POST '%s/sandbox/%s'"):format(sandbox.env.SANDBOX_HTTP, path))
  end

  it("with all tickets revoked gets a new one, once, and loses no order", function()
    local sandbox = servers.sandbox()
    local orders = orders_of("size30x40n", 60)
    write_list(orders)
    local variables = variables_of(sandbox)
    variables.FACEQUERY_TICKET, variables.FACEQUERY_SECRET = "", sandbox.env.SANDBOX_SECRET
    local process = start_archive("--jobs 8 --max-rate 20", variables)
    process.wait_for(dir)
    control(sandbox, "revoke")
    local output, status = process.wait()
    local refused, fetched = sandbox:counter "refused_signs", sandbox:counter "api_tickets"
    sandbox:stop()
    assert.equal(0, status, output)
    assert.is_true(refused >= 1 and refused <= 8, refused)
    assert.equal(2, fetched)
    holds(orders)
  end)

  it("with a ticket that expired names each order, and goes on later", function()
    local sandbox = servers.sandbox()
    local api = sandbox.env.SANDBOX_HTTP .. "/api/oauth2/%s?version=1.0.0&app_id=" .. sandbox.env.APP_ID
    local function get(name, more)
      return must(("curl -s '%s&%s'"):format(api:format(name), more))
    end
    local token = get("access_token", "grant_type=client_credential&secret=" .. sandbox.env.SANDBOX_SECRET)
      :match '"access_token":"(%w+)"'
    local variables = variables_of(sandbox)
    variables.FACEQUERY_TICKET = get("api_ticket", "type=SIGN&access_token=" .. token):match '"value":"(%w+)"'
    local orders = orders_of("slow100x", 40)
    write_list(orders)
    local process = start_archive("--jobs 2", variables)
    process.wait_for(dir)
    control(sandbox, "revoke")
    local output, status = process.wait()
    sandbox:stop()
    assert.equal(5, status)
    local bundles = support.bundles(dir)
    local failed = select(2, output:gsub("slow%w+: [^\n]+ %(auth 400105%)", ""))
    assert.is_true(#bundles > 0 and failed > 0, output)
    assert.equal(40, #bundles + failed, output)
    assert.is_nil(output:find(variables.FACEQUERY_TICKET, 1, true))
    holds(bundles)
    assert.equal(0, select(3, archive()))
    holds(orders)
  end)

  it("with a ticket that is refused names each order", function()
    local orders = orders_of("size30x40n", 3)
    write_list(orders)
    local _, messages, status = archive("", "FACEQUERY_TICKET=" .. ("x"):rep(64))
    assert.equal(5, status)
    assert.equal(3, select(2, messages:gsub("size%w+: [^\n]+ %(auth 400105%)", "")))
  end)
end)
