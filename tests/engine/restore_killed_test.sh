#!/bin/bash
# dr restore killed with SIGKILL at each of its steps: the next command on the service finishes it or undoes it, says which, and
# the old or the new service is whole.
. tests/lib.sh

IMAGE=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	host_new
	host dr configure "$MAIN" >"$SCRATCH/log" 2>&1 && host dr install $IMAGE svc >"$SCRATCH/log" 2>&1 || exit 1
	docker volume create dr-svc-data >"$SCRATCH/log"
	DATA=$(docker volume inspect -f '{{.Mountpoint}}' dr-svc-data)
	VOLUME=$(docker volume inspect -f '{{.Mountpoint}}' dr-svc-config)
	BACKUP=$SCRATCH/backup
	host svc configure "New." && host dr backup svc "$BACKUP" >"$SCRATCH/log" 2>&1 || exit 1
	docker run -d --network none --stop-signal KILL --name svc-daemon -v dr-svc-config:/config $IMAGE sleep 1d >"$SCRATCH/log"
	make_old
}

suite_tear_down() {
	docker rm -f svc-daemon >/dev/null 2>&1
}

make_old() {
	host svc configure "Old."
	touch "$VOLUME/old"
	echo data >"$DATA/file"
	docker start svc-daemon >"$SCRATCH/log"
}

# killed_at STEP COMMAND…: the command, killed when it enters a system call: CALL:N, its N-th call of that.
killed_at() {
	host strace -qq -o /dev/null -e trace="${1%:*}" -e inject="${1%:*}:signal=KILL:when=${1#*:}" "${@:2}" >"$SCRATCH/out" 2>&1
	local rc=$?
	assertEquals "$*: $(cat "$SCRATCH/out")" 137 $rc
	BEGUN=$([ ! -e "$MAIN/.dr/work/svc/journal" ] || echo yes)
}

# whole STEP: the next command settled it, and all is old or all is new, as it said.
whole() {
	local seen
	run_cmd host svc run
	assertEquals "$1: $ERR" 0 "$RC"
	seen="$OUT $(cd "$VOLUME" && echo *) $(cat "$DATA/file" 2>/dev/null)"
	case $BEGUN$ERR in
	*"interrupted; it has been finished"*) assertEquals "$1" "New. greeting " "$seen" ;;
	*"interrupted; it has been undone"*) assertEquals "$1" "Old. greeting old data" "$seen" ;;
	yes*) fail "$1: it does not say what it did: $ERR" ;;
	*) assertEquals "$1: it had not begun" "Old. greeting old data" "$seen" ;;
	esac
	assertEquals "$1: the daemon" running "$(docker inspect -f '{{.State.Status}}' svc-daemon)"
	assertEquals "$1: what it sees" "$(cd "$VOLUME" && echo *)" "$(docker exec svc-daemon bash -c 'cd /config && echo *')"
	assertEquals "$1: volumes" "dr-svc-config dr-svc-data" "$(docker volume ls -q | xargs)"
	assertEquals "$1: work" "" "$(ls "$MAIN/.dr/work")"
	assertEquals "$1: containers" "svc-daemon" "$(docker ps -a --format '{{.Names}}' | xargs)"
	case $ERR in *finished*) make_old ;; esac
}

# Journals, exchanges, some of the requests to the engine, and the first removal.
test_over_a_service() {
	local step finished=0 undone=0
	host strace -qq -o "$SCRATCH/trace" -e trace=renameat,renameat2,sendto dr restore svc "$BACKUP" >"$SCRATCH/log" 2>&1
	make_old
	for step in $(awk -F'(' '$1 ~ /^(renameat2?|sendto)$/ {n[$1]++; if ($1 != "sendto" || n[$1] % 5 == 0) print $1 ":" n[$1]}' \
		"$SCRATCH/trace") unlinkat:1; do
		killed_at "$step" dr restore svc "$BACKUP"
		whole "$step"
		case $ERR in
		*finished*) finished=$((finished + 1)) ;;
		*undone*) undone=$((undone + 1)) ;;
		esac
	done
	assertTrue "$undone are undone, $finished finished" "[ $undone -gt 5 ] && [ $finished -ge 1 ]"
}

# A service that was not there is there, or nothing of it is.
test_where_there_was_none() {
	local step before
	before=$(docker ps -aq; docker volume ls -q; find "$MAIN" "$BIN" ! -path '*/.dr/lock*' | sort)
	for step in renameat:3 renameat:7 renameat:8 renameat:9 renameat2:1 sendto:8 sendto:16; do
		killed_at $step dr restore fresh "$BACKUP"
		run_cmd host dr destroy fresh
		assertTrue "$step: $ERR" "[ $RC = 0 ] || [ $RC = 3 ]"
		assertContains "$step" "$ERR" "the restore of fresh was interrupted"
		assertEquals "$step" "$before" "$(docker ps -aq; docker volume ls -q; find "$MAIN" "$BIN" ! -path '*/.dr/lock*' | sort)"
	done
}

# What settles is killed too.
test_settling_is_repeatable() {
	local step last
	host strace -qq -o "$SCRATCH/trace" -e trace=renameat dr restore svc "$BACKUP" >"$SCRATCH/log" 2>&1
	make_old
	last=$(grep -c '^renameat(' "$SCRATCH/trace")
	for step in renameat2:1 renameat2:2 sendto:3 sendto:6 sendto:9 unlinkat:1; do
		killed_at "renameat:$last" dr restore svc "$BACKUP"
		killed_at $step dr svc run
		whole "$step in the settling"
	done
}

# while_script SIGNAL: dr gets the signal while the restore script runs, which has changed everything by then.
while_script() {
	local i pid
	rm -f "$SCRATCH/pid" "$SCRATCH/go"
	host dr restore svc "$SCRATCH/slow.tgz" >"$SCRATCH/out" 2>&1 &
	for ((i = 0; i < 600; i++)); do
		[ -s "$SCRATCH/pid" ] && break
		sleep 0.1
	done
	pid=$(cat "$SCRATCH/pid")
	kill "-$1" "${pid:?the script does not run: $(cat "$SCRATCH/out")}"
	wait $!
	RC=$?
	touch "$SCRATCH/go"
}

test_in_the_script() {
	rm -rf "$SCRATCH/slow"
	cp -a tests/images/helloworld "$SCRATCH/slow"
	cat >"$SCRATCH/slow/restore" <<-END
		#!/bin/bash
		docker run --rm -u 0 --network none -v dr-svc-config:/config -v dr-svc-data:/data $IMAGE \
			bash -c 'echo half >/config/greeting; echo half >/data/file'
		docker start svc-daemon
		pid=\${DR_LOCKED#*/}
		echo "\${pid%% *}" >$SCRATCH/pid.new
		mv $SCRATCH/pid.new $SCRATCH/pid
		while [ ! -e $SCRATCH/go ]; do sleep 0.1; done
	END
	docker tag $IMAGE kept/image
	image_with "$SCRATCH/slow" $IMAGE || return 0
	host dr backup svc "$SCRATCH/slow.tgz" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	while_script KILL
	BEGUN=yes
	whole "killed in the script"
	assertContains "$ERR" undone
	while_script TERM
	assertEquals "$(cat "$SCRATCH/out")" 143 "$RC"
	assertContains "$(cat "$SCRATCH/out")" "interrupted; svc is as it was"
	BEGUN=
	whole "interrupted"
	docker tag kept/image $IMAGE
}

. shunit2
