#!/bin/bash
# gzip and tar of dr's beside gzip, pigz and GNU tar. Times are the best of three; beside each stands the processor time, which
# says more on a machine that is busy.
#
#     tests/bench/codec_bench.sh [MEGABYTES]
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
. tests/bench/lib.sh
scratch
trap 'rm -rf "$SCRATCH"' EXIT
for name in gzip gunzip tar; do ln -s "$DR" "$SCRATCH/$name"; done
GZ=$SCRATCH/gzip TAR=$SCRATCH/tar IN=$SCRATCH/in
corpus "$IN" "${1:-300}"
corpus_files "$IN" "$SCRATCH/tree" 19000
printf 'corpus: %s bytes, %s processors\n' "$(stat -c %s "$IN")" "$(nproc)"

# beside TEXT THEIRS OURS OP LIMIT: two shell commands, as ratio of ours to theirs in wall and in processor time.
beside() {
	local wall cpu
	best_of 3 bash -c "$2"
	wall=$WALL cpu=$CPU
	best_of 3 bash -c "$3"
	claim "$1 (wall)" "$WALL" "$wall" "$4" "$5"
	claim "$1 (processor time)" "$CPU" "$cpu" "$4" "$5"
}

beside "gzip -6 / pigz -6" "pigz -6 <'$IN' >'$SCRATCH/theirs'" "'$GZ' -6 <'$IN' >'$SCRATCH/ours'" le 1
claim "gzip -6 / pigz -6, size" "$(stat -c %s "$SCRATCH/ours")" "$(stat -c %s "$SCRATCH/theirs")" le 1.03
beside "gzip -6 on one processor / gzip -6" "taskset -c 0 gzip -6 <'$IN' >'$SCRATCH/theirs'" \
	"taskset -c 0 '$GZ' -6 -p 1 <'$IN' >'$SCRATCH/ours'" le 0.667
claim "gzip -6 / gzip -6, size" "$(stat -c %s "$SCRATCH/ours")" "$(stat -c %s "$SCRATCH/theirs")" le 1.03
beside "gunzip / gzip -d" "gzip -dc <'$SCRATCH/theirs' >/dev/null" "'$GZ' -dc <'$SCRATCH/theirs' >/dev/null" le 1
beside "tar -c / GNU tar -c" "tar -C '$SCRATCH' -cf '$SCRATCH/theirs.tar' tree" "'$TAR' -C '$SCRATCH' -cf '$SCRATCH/ours.tar' tree" le 1
# Each into a folder of its own: ext4 is slow where much was removed a moment ago.
beside "tar -x / GNU tar -x" "tar -C \"\$(mktemp -d '$SCRATCH/x.XXXXXX')\" -xf '$SCRATCH/theirs.tar'" \
	"'$TAR' -C \"\$(mktemp -d '$SCRATCH/x.XXXXXX')\" -xf '$SCRATCH/theirs.tar'" le 1
exit $bench_failed
