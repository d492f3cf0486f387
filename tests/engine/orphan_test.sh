#!/bin/bash
# dr killed with SIGKILL while an image's script runs: the script is ended before the next command undoes the work, with all that
# it has started.
. tests/lib.sh

IMAGE=odd/scripts

oneTimeSetUp() {
	local name
	scratch
	host_new
	cp -a tests/images/helloworld "$SCRATCH/scripts"
	for name in install destroy backup restore; do
		mv "$SCRATCH/scripts/$name" "$SCRATCH/scripts/own-$name"
		cat >"$SCRATCH/scripts/$name" <<-END
			#!/bin/bash
			[ -e $SCRATCH/hang ] || exec "\${0%/*}/own-$name" "\$@"
			! grep -q deaf $SCRATCH/hang || trap '' TERM
			setsid sleep 1000 >/dev/null 2>&1 &
			echo \$! >>$SCRATCH/pids
			[ -z "\$3" ] || docker run -d --network none -v "\$3:/path" "\$2" sleep 1000 >/dev/null
			pid=\${DR_LOCKED#*/}
			echo \$$ >>$SCRATCH/pids
			echo "\${pid%% *}" >$SCRATCH/dr.new
			mv $SCRATCH/dr.new $SCRATCH/dr
			while :; do sleep 0.1; done
		END
	done
	chmod +x "$SCRATCH/scripts"/*
	image_with "$SCRATCH/scripts" $IMAGE || exit 1
	host dr configure "$MAIN" >"$SCRATCH/log" 2>&1 && host dr install $IMAGE svc >"$SCRATCH/log" 2>&1 &&
		host dr backup svc "$SCRATCH/backup" >"$SCRATCH/log" 2>&1 && host svc configure "Mine." || exit 1
	ALL=$(everything)
}

everything() {
	docker ps -aq --no-trunc
	docker volume ls -q
	find "$MAIN" "$BIN" ! -path "$MAIN/.dr/lock*" ! -path "$MAIN/.dr/version" | sort
}

until_true() {
	local i
	for ((i = 0; i < 600; i++)); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
	fail "never true: $*"
	return 1
}

runs() {
	readlink "/proc/$1/exe" >/dev/null
}

# killed HOW CMD…: the command on the host, whose script hangs, and is killed then; the script is deaf to SIGTERM or not.
killed() {
	local pid
	rm -f "$SCRATCH/pids" "$SCRATCH/dr"
	echo "$1" >"$SCRATCH/hang"
	host "${@:2}" >"$SCRATCH/out" 2>&1 </dev/null &
	until_true test -s "$SCRATCH/dr" || { cat "$SCRATCH/out"; return 1; }
	kill -KILL "$(cat "$SCRATCH/dr")"
	wait $! 2>/dev/null
	rm "$SCRATCH/hang"
	PIDS=$(cat "$SCRATCH/pids")
	for pid in $PIDS; do
		assertTrue "$*: $pid goes on" "runs $pid"
	done
}

# settled WORDS: what the last command said; nothing of the script runs, and all is as before.
settled() {
	local pid
	assertContains "$ERR" "goes on though its dr was killed"
	assertContains "$ERR" "$1"
	for pid in $PIDS; do
		assertFalse "$1: $pid is ended" "runs $pid"
	done
	assertEquals "$1" "$ALL" "$(everything)"
}

test_install() {
	killed plain dr install $IMAGE new || return 0
	run_cmd host dr destroy new
	assertEquals "$ERR" 3 "$RC"
	settled "the install of new was interrupted; it has been undone"
}

test_backup() {
	killed deaf dr backup svc "$SCRATCH/killed" || return 0
	run_cmd host svc run
	assertEquals "$ERR" "Mine." "$OUT"
	settled "the backup of svc was interrupted"
	assertFalse "no file" "[ -e '$SCRATCH/killed' ]"
}

test_restore() {
	killed plain dr restore svc "$SCRATCH/backup" || return 0
	run_cmd host svc run
	assertEquals "$ERR" "Mine." "$OUT"
	settled "the restore of svc was interrupted; it has been undone"
}

test_destroy() {
	killed plain dr destroy svc || return 0
	run_cmd host svc run
	assertEquals "$ERR" "Mine." "$OUT"
	settled "the service is still there"
}

# A dr that the script calls after its own is gone changes nothing.
test_dr_in_the_script() {
	killed plain dr backup svc "$SCRATCH/killed" || return 0
	# shellcheck disable=SC2016
	run_cmd host bash -c 'exec 9<>"$0/.dr/work/svc/script" && exec dr update svc' "$MAIN"
	assertEquals "$ERR" 1 "$RC"
	assertContains "$ERR" "a program that a process left behind"
	run_cmd host svc run
	settled "the backup of svc was interrupted"
}

test_in_a_container() {
	rm -f "$SCRATCH/pids"
	# shellcheck disable=SC2016
	printf '#!/bin/bash\necho begun >"$3/begun"\nwhile :; do sleep 0.1; done\n' >"$MAIN/svc/bin/backup"
	# shellcheck disable=SC2016
	host env DR_SCRIPTS=container sh -c 'echo $$ >"$0"; exec dr backup svc "$1"' "$SCRATCH/dr" "$SCRATCH/killed" >"$SCRATCH/out" 2>&1 </dev/null &
	until_true test -s "$MAIN/.dr/work/svc/service/begun" || return 0
	kill -KILL "$(cat "$SCRATCH/dr")"
	wait $! 2>/dev/null
	assertNotEquals "it goes on" "$ALL" "$(everything)"
	cp "$SCRATCH/scripts/backup" "$MAIN/svc/bin/backup"
	run_cmd host svc run
	assertContains "$ERR" "the backup of svc was interrupted"
	assertEquals "$ALL" "$(everything)"
}

. shunit2
