-- .github/workflows: where the specs run, once the project lies there.
-- Only on lua5.4: nothing of ours is run.

local cjson = require "cjson"
local support = require "help.support"

local must = support.must

describe("The workflow", function()
  local jobs = cjson.decode(must("python3 -c 'import json, yaml; print(json.dumps(yaml.safe_load("
    .. "open(\".github/workflows/ci.yml\"))[\"jobs\"]))'"))

  -- What a job runs, one command a line.
  local function commands(job)
    local list = {}
    for _, step in ipairs(job.steps) do
      list[#list + 1] = step.run
    end
    return table.concat(list, "\n") .. "\n"
  end

  it("runs all specs on Debian 12 and 13, on arm64, too", function()
    assert.equal("debian:12", jobs["debian-12"].container)
    assert.matches("\nbash %.ci/run\n", commands(jobs["debian-12"]))
    assert.equal("debian:13", jobs["debian-13"].container)
    assert.matches("\nmake test\n", commands(jobs["debian-13"]))
    assert.same({ "ubuntu-latest", "ubuntu-24.04-arm" }, jobs["debian-13"].strategy.matrix.machine)
  end)

  it("builds and asks on Alpine", function()
    assert.matches("^alpine:", jobs.alpine.container)
    assert.matches("\nmake demo\n", commands(jobs.alpine))
  end)

  it("names targets that the Makefile has", function()
    local targets = "\n" .. must "env -u MAKEFLAGS make help"
    local count = 0
    for _, job in pairs(jobs) do
      for words in commands(job):gmatch "%f[%w]make ([%l ]+)\n" do
        for target in words:gmatch "%l+" do
          assert.is_truthy(targets:find("\n" .. target .. " ", 1, true), target)
          count = count + 1
        end
      end
    end
    assert.is_true(count >= 4)
  end)
end)
