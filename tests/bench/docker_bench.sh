#!/bin/bash
# dr's docker against Debian's docker CLI on the same engine, in the same run: CPU, memory and time of commands that ask, and
# the time of streams.
. tests/lib.sh
. tests/bench/lib.sh

THEIRS=/usr/bin/docker
I=j842/dr-helloworld
scratch
trap 'rm -rf "$SCRATCH"; "$THEIRS" rm -f bench-c bench-l >/dev/null 2>&1' EXIT
engine_images || exit 1
ln -s "$DR" "$SCRATCH/docker"
OURS=$SCRATCH/docker
"$THEIRS" run -d --name bench-c --network none $I sleep 10000 >/dev/null || exit 1

# asks WORDS: a command that only asks, many times over.
asks() {
	local wall cpu peak
	printf '#!/bin/bash\nfor i in {1..20}; do "$D" %s >/dev/null; done\n' "$*" >"$SCRATCH/loop"
	chmod +x "$SCRATCH/loop"
	D=$THEIRS best_of 3 env D="$THEIRS" "$SCRATCH/loop"
	wall=$WALL cpu=$CPU
	best_of 3 env D="$OURS" "$SCRATCH/loop"
	claim "docker $*: CPU / the CLI's" "$CPU" "$cpu" le 0.2
	claim "docker $*: wall / the CLI's" "$WALL" "$wall" le 1
	peak_of "$THEIRS" "$@"
	peak=$PEAK
	peak_of "$OURS" "$@"
	claim "docker $*: memory / the CLI's" "$PEAK" "$peak" le 0.2
}
asks ps
asks version
asks inspect bench-c
asks volume ls

# streams TEXT COMMAND: a shell command in which $D is the client; the shortest of five runs each, taking turns.
streams() {
	local i theirs='' ours=''
	for ((i = 0; i < 5; i++)); do
		best_of 1 env D="$THEIRS" I=$I bash -c "$2"
		[ -n "$theirs" ] && [ "$theirs" -le "$WALL" ] || theirs=$WALL
		best_of 1 env D="$OURS" I=$I bash -c "$2"
		[ -n "$ours" ] && [ "$ours" -le "$WALL" ] || ours=$WALL
	done
	printf '%s: %s ms; the CLI: %s ms\n' "$1" $((ours / 1000)) $((theirs / 1000))
	claim "$1 (wall) / the CLI's" "$ours" "$theirs" le 1
}
# Most of the time is the engine's, and of that most its log's: with and without.
# shellcheck disable=SC2016 # for the inner shells
{
	streams "run --rm true" '"$D" run --rm --network none $I true'
	streams "1 GB through run -i cat" 'head -c 1000000000 /dev/zero | "$D" run -i --rm --network none $I cat >/dev/null'
	streams "the same without a log" 'head -c 1000000000 /dev/zero | "$D" run -i --rm --network none --log-driver none $I cat >/dev/null'
	"$THEIRS" run --name bench-l --network none $I sh -c 'yes "a line of a log, neither short nor very long, about a hundred bytes with what is around it" | head -c 200000000' >/dev/null
	streams "logs of 200 MB" '"$D" logs bench-l >/dev/null'
}
exit $bench_failed
