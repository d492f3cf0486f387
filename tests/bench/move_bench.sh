#!/bin/bash
# move_bench: dr's docker beside the docker CLI on the same engine: cp of a 300 MB tree both ways, and a build context of the
# same size. Each time is the shortest of several, the two programs taking turns.
#
#     tests/bench/move_bench.sh [ROUNDS]
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
. tests/bench/lib.sh
scratch
trap 'docker rm -f bench-move >/dev/null 2>&1; docker rmi -f bench/move >/dev/null 2>&1; rm -rf "$SCRATCH"' EXIT
ROUNDS=${1:-5}
export DOCKER_BUILDKIT=0
ln -s "$DR" "$SCRATCH/docker"
OURS=$SCRATCH/docker
THEIRS=$(command -v docker)
I=j842/dr-helloworld

make_tree() {
	local d i
	for d in $(seq 20); do
		mkdir -p "$SCRATCH/tree/$d"
		for i in $(seq 100); do
			head -c $((1000 + (i * 2953) % 300000)) /dev/urandom >"$SCRATCH/tree/$d/$i"
		done
	done
	printf 'FROM scratch\nCOPY Dockerfile /\n' >"$SCRATCH/tree/Dockerfile"
}

# shellcheck disable=SC2317 # versus calls these by name
to() { "$1" cp -q "$SCRATCH/tree" bench-move:/tmp/; }
# shellcheck disable=SC2317
from() { "$1" cp -q bench-move:/tmp/tree "$SCRATCH/back"; }
# shellcheck disable=SC2317
context() { "$1" build -q -t bench/move "$SCRATCH/tree" >/dev/null 2>&1; }

before() {
	case $1 in
	to) docker rm -f bench-move; docker create --name bench-move $I ;;
	from) rm -rf "$SCRATCH/back" ;;
	esac >/dev/null 2>&1
}

# versus VERB TEXT: WALL of both, the best of each, in turns.
versus() {
	local i program best_theirs='' best_ours=''
	for ((i = 0; i < ROUNDS; i++)); do
		for program in "$THEIRS" "$OURS"; do
			before "$1"
			timed "$1" "$program"
			if [ "$program" = "$OURS" ]; then
				[ -n "$best_ours" ] && [ "$best_ours" -le "$WALL" ] || best_ours=$WALL
			else
				[ -n "$best_theirs" ] && [ "$best_theirs" -le "$WALL" ] || best_theirs=$WALL
			fi
		done
	done
	printf '%-40s %6d ms %6d ms\n' "$2, docker and dr" $((best_theirs / 1000)) $((best_ours / 1000))
	claim "$2: dr's time by docker's" "$best_ours" "$best_theirs" le 1.00
}

make_tree
printf 'a tree of %s MB in %s files\n' "$(du -sm "$SCRATCH/tree" | cut -f 1)" "$(find "$SCRATCH/tree" -type f | wc -l)"
versus to "cp to a container"
versus from "cp from a container"
versus context "build context"
exit "$bench_failed"
