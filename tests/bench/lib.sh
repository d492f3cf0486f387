# shellcheck shell=bash
# lib.sh: measuring. Every number is taken in the run that prints it; claims are ratios between two of them.
#
#   best_of N CMD…    runs CMD N times, and sets WALL (µs, the shortest), CPU (µs, of that run) and BENCH_RC (of the last)
#   peak_of CMD…      runs CMD once, and sets PEAK (KiB, its largest resident set); on the private host, if there is one
#   ratio A B         A/B with two decimals
#   claim TEXT A B OP LIMIT    prints a line, and counts a failure when A/B is not OP (le, ge) LIMIT

#   corpus FILE [MEGABYTES]    programs, text, logs and JSON from this machine, 300 MB when nothing is said
#   corpus_files FILE DIR N    the same in N files, in folders of folders

# shellcheck disable=SC2034 # results for the benchmarks that source this
bench_failed=0

corpus() {
	local mb=${2:-300}
	{
		head -qc $((mb * 300000)) < <(find /usr/bin /usr/lib -type f -size +20k -print0 | sort -z | xargs -0 cat)
		head -qc $((mb * 200000)) < <(find /usr/share/doc /usr/share/perl /usr/include -type f -print0 | sort -z | xargs -0 cat)
		seq 1 $((mb * 3000)) | awk '{
			printf "2024-%02d-%02dT%02d:%02d:%02d host app[%d]: request id=%d path=/api/v%d/items/%d status=%d\n",
				$1 % 12 + 1, $1 % 28 + 1, $1 % 24, $1 * 7 % 60, $1 * 13 % 60, $1 % 9000, $1, $1 % 3,
				$1 * 7919 % 100003, 200 + $1 % 5 }'
		seq 1 $((mb * 3000)) | awk '{
			printf "{\"id\":%d,\"name\":\"item-%d\",\"price\":%d.%02d,\"tags\":[\"t%d\",\"t%d\"],\"on\":%s}\n",
				$1, $1 * 31 % 50021, $1 % 997, $1 % 100, $1 % 17, $1 % 23, $1 % 2 ? "true" : "false" }'
	} 2>/dev/null | head -c $((mb * 1000000)) >"$1"
}

corpus_files() {
	python3 - "$@" <<'PY'
import os, sys
source, folder, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
size = -(-os.path.getsize(source) // n)
with open(source, "rb") as f:
    for i in range(n):
        path = "%s/d%d/e%d" % (folder, i % 97, i % 7)
        os.makedirs(path, exist_ok=True)
        with open("%s/f%d" % (path, i), "wb") as out:
            out.write(f.read(size))
PY
}

# shellcheck disable=SC2034
best_of() {
	local n=$1 i wall user sys
	shift
	WALL=''
	for ((i = 0; i < n; i++)); do
		read -r wall user sys BENCH_RC < <(python3 - "$@" <<'PY'
import os, sys, time
null = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in range(3)]
start = time.monotonic()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=null)
_, status, u = os.wait4(pid, 0)  # of that process alone, with those that it has waited for
print(int((time.monotonic() - start) * 1e6), int(u.ru_utime * 1e6), int(u.ru_stime * 1e6), os.waitstatus_to_exitcode(status))
PY
		)
		if [ -z "$WALL" ] || [ "$wall" -lt "$WALL" ]; then WALL=$wall CPU=$((user + sys)); fi
	done
}

# timed CMD…: WALL of one run of a shell function or command.
timed() {
	local start
	start=$(date +%s%N)
	"$@" || { echo "bench: failed: $*" >&2; exit 1; }
	WALL=$((($(date +%s%N) - start) / 1000))
}

# By GNU time, which is small: what the parent of CMD uses counts as CMD's until it has been executed.
peak_of() {
	local where=
	[ -z "${HOST_DIR:-}" ] || where=host
	PEAK=$({ $where /usr/bin/time -f %M "$@" </dev/null >/dev/null; } 2>&1 | tail -n 1)
}

ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", b ? a / b : 0}'
}

# shellcheck disable=SC2034
claim() {
	local ok
	ok=$(awk -v a="$2" -v b="$3" -v op="$4" -v l="$5" 'BEGIN {r = b ? a / b : 0; print (op == "le" ? r <= l : r >= l) ? "holds" : "DOES NOT HOLD"}')
	printf '%-64s %8s  (%s %s: %s)\n' "$1" "$(ratio "$2" "$3")" "$4" "$5" "$ok"
	[ "$ok" = holds ] || bench_failed=1
}
