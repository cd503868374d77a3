--- One line of TAP for each kind of torture, with the figures; and which of many turns are taken.

local tap = {}

local failed = 0

--- The seed of this run: TORTURE_SEED, or one that is printed.
tap.seed = tonumber(os.getenv "TORTURE_SEED") or 20261126
tap.is_short = os.getenv "TORTURE_SHORT" ~= nil

--- Numbers from `first` to `last`: all of them, or in the short form so many, the same for a seed.
function tap.turns(first, last, most)
  local turns = {}
  local step = tap.is_short and math.max(1, (last - first + 1) / most) or 1
  local state = tap.seed
  for base = first, last, step do
    state = (state * 1103515245 + 12345) % 2 ^ 31
    turns[#turns + 1] = math.min(last, math.floor(base + (step > 1 and state / 2 ^ 31 * step or 0)))
  end
  if turns[#turns] ~= last then
    turns[#turns + 1] = last
  end
  return turns
end

--- Says how a kind went; `problems` are lines.
function tap.report(name, figures, problems)
  failed = failed + (problems[1] and 1 or 0)
  print(("%s - %s: %s"):format(problems[1] and "not ok" or "ok", name, figures))
  for i = 1, math.min(#problems, 20) do
    print("# " .. problems[i])
  end
  io.stdout:flush()
end

--- Ends the process; status 3 says that what failed was told.
function tap.finish()
  os.exit(failed == 0 and 0 or 3)
end

return tap
