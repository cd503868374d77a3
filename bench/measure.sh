# What bench/archive, bench/disk, bench/secrecy and bench/together share; they source it.

# Fails unless the command succeeds: measure COMMAND... prints seconds of wall time, of CPU (user and system, its
# children's, too), and peak KB, on one line.
measure() {
    python3 - "$@" <<'PYTHON'
import os, resource, sys, time
started = time.monotonic()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print("%.2f %.2f %d" % (time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
PYTHON
}

# A virtual machine may have to ask its host for each page that it has not used for a while: everybody finds them
# asked for.  claim_memory FOLDER BYTES, on tmpfs.
claim_memory() {
    dd if=/dev/zero of="$1/pages" bs=1M count=$(($2 / 1048576 + 1)) 2>/dev/null
    rm "$1/pages"
}

# The middle, the least and the most of the lines' numbers.
spread() {
    sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)], v[1], v[NR] }'
}
