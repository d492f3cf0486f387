# shellcheck shell=bash
# docker_diff.sh: the same command lines through Debian's docker and dr's on one engine. Source it behind lib.sh.
#
#   diff_start            links $OURS, and gives both clients an empty folder of settings; call it in oneTimeSetUp
#   diff_world            also an engine in $DIFF_ENGINE that has a network of its own, and so may have networks, with things to
#                         list: volumes vol1 and vol2, the network net1, the containers c1 (created), c2 (runs), c3 (exited)
#   same ARGS...          both run `docker ARGS...`: stdout and exit code are the same. $INPUT is their stdin
#                         Both run at once, unless $APART is set: what the engine does only once at a time
#   same_lines <<END      the same for each line, which the shell expands; a line may begin with '#'
#   acts STATE UNDO ARGS  for what changes something: theirs, `STATE` (a command whose output tells what became of it),
#                         `UNDO`, then ours, STATE and UNDO again; outputs, exit codes and states are the same
#   api METHOD PATH       what the engine answers, by curl: faster than either client
#
# stderr is not compared. What cannot be the same is made so by `alike`: relative times, and ids in what acts prints.

THEIRS=/usr/bin/docker
INPUT='' APART=''

api() {
	curl -s --unix-socket "${DOCKER_HOST#unix://}" -X "$1" "http://d$2"
}

diff_start() {
	scratch
	export DOCKER_CONFIG=$SCRATCH/docker-config
	mkdir -p "$DOCKER_CONFIG"
	ln -sf "$DR" "$SCRATCH/docker"
	OURS=$SCRATCH/docker
}

# A relative time may have another width a moment later: then columns are not compared either. The CLI takes labels from a map,
# in any order: these are vol1's.
alike() {
	sed -E 's/z=1,kind=test/kind=test,z=1/; s/(Less than a second|About a minute|About an hour|[0-9]+ (seconds?|minutes?|hours?))( ago)?/TIME\3/gi' |
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

diff_world() {
	local image=j842/dr-helloworld
	DIFF_ENGINE=$(mktemp -d "$TEST_TOP/world.XXXXXX")
	# shellcheck disable=SC2317 # engine_up calls it
	dockerd() { unshare --net /usr/sbin/dockerd "$@"; }
	export DOCKER_HOST=unix://$DIFF_ENGINE/sock
	engine_up "$DIFF_ENGINE" && engine_images || return 1
	diff_start
	{
		"$THEIRS" volume create --label kind=test --label z=1 vol1
		"$THEIRS" volume create -o type=tmpfs -o device=tmpfs -o o=size=1m vol2
		"$THEIRS" network create --internal --subnet 10.11.0.0/24 --label kind=test net1
		"$THEIRS" create --name c1 -l a=b -v /tmp:/t -v vol1:/v --expose 80-82 -p 8080:80 -p 90:90 -p 91:91/udp \
			--network none --health-cmd 'exit 0' --health-interval 90s -e 'X=a<b>&c' $image sh -c 'sleep 1000 and more and more'
		"$THEIRS" run -d --name c2 --network net1 --network-alias other --ip 10.11.0.77 $image sleep 100000
		"$THEIRS" run --name c3 -l x.y-z=1 --network none --no-healthcheck $image sh -c 'exit 3' || true
		"$THEIRS" tag $image second.example/name:v1
		"$THEIRS" tag $image second:v2
	} >"$SCRATCH/world.log" 2>&1 || { cat "$SCRATCH/world.log" >&2; return 1; }
}
