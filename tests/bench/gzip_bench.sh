#!/bin/bash
# gzip_bench: dr's gzip beside gzip and pigz, as ratios measured in one run. Each time is the best of three.
#
#     tests/bench/gzip_bench.sh [MEGABYTES]     text, programs, logs, JSON and source, 100 MB when nothing is said
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
scratch
trap 'rm -rf "$SCRATCH"' EXIT
MB=${1:-100}
for name in gzip gunzip; do ln -s "$DR" "$SCRATCH/$name"; done
GZ=$SCRATCH/gzip
IN=$SCRATCH/in

make_corpus() {
	{
		head -qc $((MB * 300000)) < <(find /usr/bin /usr/lib -type f -size +20k -print0 | sort -z | xargs -0 cat)
		head -qc $((MB * 200000)) < <(find /usr/share/doc /usr/share/perl /usr/include -type f -print0 | sort -z | xargs -0 cat)
		seq 1 $((MB * 3000)) | awk '{
			printf "2024-%02d-%02dT%02d:%02d:%02d host app[%d]: request id=%d path=/api/v%d/items/%d status=%d\n",
				$1 % 12 + 1, $1 % 28 + 1, $1 % 24, $1 * 7 % 60, $1 * 13 % 60, $1 % 9000, $1, $1 % 3,
				$1 * 7919 % 100003, 200 + $1 % 5 }'
		seq 1 $((MB * 3000)) | awk '{
			printf "{\"id\":%d,\"name\":\"item-%d\",\"price\":%d.%02d,\"tags\":[\"t%d\",\"t%d\"],\"on\":%s}\n",
				$1, $1 * 31 % 50021, $1 % 997, $1 % 100, $1 % 17, $1 % 23, $1 % 2 ? "true" : "false" }'
	} >"$IN"
}

# Milliseconds of the fastest of three runs of a shell command.
best() {
	local i start ms least=
	for i in 1 2 3; do
		start=$(date +%s%N)
		bash -c "$1" || exit 1
		ms=$((($(date +%s%N) - start) / 1000000))
		[ -n "$least" ] && [ "$least" -le "$ms" ] || least=$ms
	done
	echo "$least"
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / (b ? b : 1) }'; }

report() { # WHAT, THEIR MS, OUR MS, THEIR BYTES, OUR BYTES
	printf '%-34s %6s ms %6s ms  %5s times as fast, size %s\n' "$1" "$2" "$3" "$(ratio "$2" "$3")" "$(ratio "$5" "$4")"
}

make_corpus
printf 'corpus: %s bytes, %s processors\n' "$(stat -c %s "$IN")" "$(nproc)"
for level in 1 6 9; do
	theirs=$(best "taskset -c 0 gzip -$level <'$IN' >'$SCRATCH/theirs'")
	ours=$(best "taskset -c 0 '$GZ' -$level -p 1 <'$IN' >'$SCRATCH/ours'")
	report "gzip -$level, one processor" "$theirs" "$ours" "$(stat -c %s "$SCRATCH/theirs")" "$(stat -c %s "$SCRATCH/ours")"
	theirs=$(best "pigz -$level <'$IN' >'$SCRATCH/theirs'")
	ours=$(best "'$GZ' -$level <'$IN' >'$SCRATCH/ours'")
	report "pigz -$level, all processors" "$theirs" "$ours" "$(stat -c %s "$SCRATCH/theirs")" "$(stat -c %s "$SCRATCH/ours")"
done
gzip -6 <"$IN" >"$SCRATCH/theirs"
theirs=$(best "gzip -dc <'$SCRATCH/theirs' >/dev/null")
ours=$(best "'$GZ' -dc <'$SCRATCH/theirs' >/dev/null")
report "gzip -d" "$theirs" "$ours" 1 1
theirs=$(best "pigz -dc <'$SCRATCH/theirs' >/dev/null")
report "pigz -d" "$theirs" "$ours" 1 1
