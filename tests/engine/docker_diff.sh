# shellcheck shell=bash
# docker_diff.sh: the same command lines through Debian's docker and dr's on one engine. Source it behind lib.sh.
#
#   diff_start            links $OURS, and gives both clients an empty folder of settings; call it in oneTimeSetUp
#   same ARGS...          both run `docker ARGS...`: stdout and exit code are the same. $INPUT is their stdin
#                         Both run at once, unless $APART is set: what the engine does only once at a time
#   same_lines <<END      the same for each line, which the shell expands; a line may begin with '#'
#   acts STATE UNDO ARGS  for what changes something: theirs, `STATE` (a command whose output tells what became of it),
#                         `UNDO`, then ours, STATE and UNDO again; outputs, exit codes and states are the same
#
# stderr is not compared. What cannot be the same is made so by `alike`: relative times, and ids in what acts prints.

THEIRS=/usr/bin/docker
INPUT='' APART=''

diff_start() {
	scratch
	export DOCKER_CONFIG=$SCRATCH/docker-config
	mkdir -p "$DOCKER_CONFIG"
	ln -sf "$DR" "$SCRATCH/docker"
	OURS=$SCRATCH/docker
}

# A relative time may have another width a moment later: then columns are not compared either.
alike() {
	sed -E 's/(Less than a second|About a minute|About an hour|[0-9]+ (seconds?|minutes?|hours?))( ago)?/TIME\3/g' |
		sed -zE '/TIME/s/ {3,}/   /g'
}

ids_alike() {
	sed -E 's/\b[0-9a-f]{64}\b/ID64/g; s/\b[0-9a-f]{12}\b/ID12/g; s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]{5})/WHEN/g' | alike
}

# Both at once; `alike` only where they differ as they are.
same() {
	local ours theirs rc pid
	timeout 60 "$THEIRS" "$@" <<<"$INPUT" >"$SCRATCH/.theirs" 2>/dev/null &
	pid=$!
	[ -z "$APART" ] || wait "$pid"
	ours=$(timeout 60 "$OURS" "$@" <<<"$INPUT" 2>"$SCRATCH/.err")
	ours="$? $ours"
	wait "$pid"
	rc=$?
	theirs="$rc $(<"$SCRATCH/.theirs")"
	if [ "$theirs" = "$ours" ]; then
		assertTrue 0
	else
		assertEquals "docker $* (stderr: $(<"$SCRATCH/.err"))" "$(alike <<<"$theirs")" "$(alike <<<"$ours")"
	fi
}

same_lines() {
	local line
	while read -r line; do
		case $line in '' | '#'*) continue ;; esac
		eval "same $line" <&-
	done
}

acts() {
	local state=$1 undo=$2 theirs
	shift 2
	run_cmd timeout 60 "$THEIRS" "$@" <<<"$INPUT"
	theirs="$RC $(ids_alike <<<"$OUT") $(eval "$state" 2>/dev/null | ids_alike)"
	eval "$undo" >/dev/null 2>&1
	run_cmd timeout 60 "$OURS" "$@" <<<"$INPUT"
	assertEquals "docker $* (stderr: $ERR)" "$theirs" "$RC $(ids_alike <<<"$OUT") $(eval "$state" 2>/dev/null | ids_alike)"
	eval "$undo" >/dev/null 2>&1
}
