#!/bin/bash
# The two ways of a service's script: on the host, and in a container of its image. Both must look the same from outside, and
# the second leaves no container behind.
. tests/lib.sh

THEIRS=/usr/bin/docker

oneTimeSetUp() {
	scratch
	host_new
	local scripts=$SCRATCH/scripts
	mkdir -p "$scripts"
	cp -a tests/images/helloworld/. "$scripts"
	# shellcheck disable=SC2016 # for the scripts
	{
		printf '#!/bin/bash\nshift 2\ncat; pwd; echo "$MARK $HOSTNAME $*"; echo e >&2; exit 5\n' >"$scripts/streams"
		printf '#!/bin/bash\nshift 2\nprintf "<%%s>" "$@"\n' >"$scripts/args"
		printf '#!/bin/bash\nexit "$3"\n' >"$scripts/status"
		printf '#!/bin/bash\nkill -"$3" $$\n' >"$scripts/die"
		printf '#!/bin/bash\nfor s in TERM INT HUP QUIT; do trap "echo got $s; exit 6" $s; done\necho ready\nwhile :; do sleep 0.1; done\n' >"$scripts/trapped"
		printf '#!/bin/bash\necho ready\nwhile :; do sleep 0.1; done\n' >"$scripts/plain"
		# busybox's stty fails with 0 while the size is not known.
		printf '#!/bin/bash\n[ -t 0 ] || exit 1\nuntil [ "$(stty size 2>/dev/null)" = "31 99" ]; do sleep 0.1; done\necho ready\nread -r x; echo "<$x>"; trap "echo got INT; exit 7" INT
until [ "$(stty size 2>/dev/null)" = "20 77" ]; do sleep 0.1; done\necho resized; while :; do sleep 0.1; done\n' >"$scripts/terminal"
		printf '#!/bin/bash\ntrap "echo got INT; exit 7" INT\nsh -c "echo ready >&2; exec sleep 1000"\necho never\n' >"$scripts/asleep"
		printf '#!/bin/bash\necho out; echo errors >&2\n' >"$scripts/apart"
		printf '#!/bin/bash\ncommand -v docker; docker --version\n' >"$scripts/client"
		printf '#!/bin/bash\ndocker ps -q >/dev/null && docker run --rm --network none "$2" echo "from $1"\n' >"$scripts/nested"
		printf '#!/no/such/interpreter\n' >"$scripts/lost"
		printf '#!/bin/bash\necho "$3"; echo saved >"$3/file"
[ "$MARK" = wait ] || exit 0\ntrap "exit 0" TERM; echo ready; while :; do sleep 0.1; done\n' >"$scripts/backup"
	}
	chmod +x "$scripts"/*
	image_with "$scripts" some/scripts && image_with "$scripts" some/contained 'LABEL dr.scripts=container' || exit 1
	host dr configure "$MAIN" 2>/dev/null && host dr install some/scripts scripts >/dev/null 2>&1 || exit 1
	host dr install some/contained contained >/dev/null 2>&1 || exit 1
}

tearDown() {
	unset DR_SCRIPTS DR_DOCKER MARK
	cd "$TOP" || return
	assertEquals "no container is left" "" "$("$THEIRS" ps -aq --filter label=dr.script)"
}

# both CMD…: on the host and in a container; stdout, stderr and exit code are the same. Input is "input".
both() {
	local on_host
	export DR_SCRIPTS=host
	run_cmd host "$@" <<<input
	on_host="$RC|$OUT|$ERR"
	export DR_SCRIPTS=container
	run_cmd host "$@" <<<input
	assertEquals "$*" "$on_host" "$RC|$OUT|$ERR"
	unset DR_SCRIPTS
}

until_true() {
	local i
	for ((i = 0; i < 600; i++)); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
	fail "never true: $*"
}

# begin COMMAND: the command of the service as a child: its exit code comes from `wait $job`, and dr is the process $pid.
begin() {
	: >"$SCRATCH/o"
	rm -f "$SCRATCH/pid"
	# shellcheck disable=SC2016 # for the inner shell
	host env --default-signal=INT,QUIT sh -c 'echo $$ >"$0"; exec scripts "$1"' "$SCRATCH/pid" "$1" >"$SCRATCH/o" 2>/dev/null &
	job=$!
	until_true grep -q ready "$SCRATCH/o"
	pid=$(cat "$SCRATCH/pid")
}

test_the_same_from_outside() {
	mkdir -p "$SCRATCH/cwd"
	cd "$SCRATCH/cwd" || return
	HOSTNAME=$(hostname)
	export MARK='two  words' HOSTNAME
	both scripts streams 'a b' '' '*'
	assertEquals 5 "$RC"
	both scripts args 'a b' '' -c --help '*'
	assertEquals "<a b><><-c><--help><*>" "$OUT"
	for code in 0 3 127; do both scripts status $code; done
	for signal in 9 15; do both scripts die $signal; done
	assertEquals 143 "$RC"
	both scripts help
	both scripts nested
	assertEquals "0 from scripts" "$RC $OUT"
	both scripts backup "$SCRATCH/cwd"
	assertEquals saved "$(cat "$SCRATCH/cwd/file")"
}

test_signals() {
	local way pid job signal
	for way in host container; do
		export DR_SCRIPTS=$way
		for signal in TERM INT HUP QUIT; do
			begin trapped
			kill -$signal "$pid"
			wait "$job"
			assertEquals "$way: 6 ready got $signal" "$way: $? $(tr '\n' ' ' <"$SCRATCH/o" | sed 's/ $//')"
		done
		begin plain
		kill -TERM "$pid"
		wait "$job"
		assertEquals "$way: 143" "$way: $?"
	done
}

# What a terminal does: its size and a change of it, input, Ctrl-C, and that it is afterwards as before.
# One that comes while an own script of the image runs ends dr, though the script has taken it well.
test_signals_to_dr() {
	local way job
	for way in host container; do
		rm -f "$SCRATCH/pid"
		# shellcheck disable=SC2016 # for the inner shell
		MARK=wait DR_SCRIPTS=$way host sh -c 'echo $$ >"$0"; exec dr backup scripts "$1"' "$SCRATCH/pid" "$SCRATCH/cut" \
			>"$SCRATCH/o" 2>&1 &
		job=$!
		until_true grep -q ready "$SCRATCH/o"
		kill -TERM "$(cat "$SCRATCH/pid")"
		wait $job
		assertNotEquals "$way" 0 $?
		assertContains "$way" "$(cat "$SCRATCH/o")" interrupted
		assertFalse "$way: no backup" "[ -e '$SCRATCH/cut' ]"
	done
}

test_a_terminal() {
	local way
	export OUTPUT=$SCRATCH/output
	for way in host container; do
		# shellcheck disable=SC2016 # for expect
		DR_SCRIPTS=$way host timeout 200 expect -c 'set timeout 100
			proc see {what code} { expect $what {} timeout { exit $code } eof { exit [expr $code + 50] } }
			spawn -noecho sh -c {trap : INT; stty rows 31 columns 99; a=$(stty -g); scripts terminal; echo code $?.; [ "$a" = "$(stty -g)" ] && echo as before}
			see ready 20
			send "abc\r"
			see <abc> 21
			stty rows 20 columns 77 < $spawn_out(slave,name)
			see "resized" 22
			send "\003"
			see "got INT" 23
			see "code 7." 24
			see "as before" 25' >"$SCRATCH/typescript" </dev/null
		RC=$?
		assertEquals "$way: $(cat "$SCRATCH/typescript")" 0 "$RC"
		# Ctrl-C while the output goes elsewhere, so that the script has no terminal: what it waits for ends, too.
		DR_SCRIPTS=$way host timeout 200 expect -c 'set timeout 100
			spawn -noecho sh -c {trap : INT; scripts asleep >$OUTPUT; echo code $?.}
			expect ready {} timeout { exit 20 } eof { exit 70 }
			send "\003"
			expect "code 7." {} timeout { exit 21 } eof { exit 71 }' >"$SCRATCH/typescript" </dev/null
		RC=$?
		assertEquals "$way: $(cat "$SCRATCH/typescript")" "0 got INT" "$RC $(cat "$OUTPUT")"
		# With its errors elsewhere, a script has its output and its errors apart.
		DR_SCRIPTS=$way host timeout 200 script -qec "scripts apart 2>'$SCRATCH/apart'" /dev/null >"$SCRATCH/typescript" </dev/null
		assertEquals "$way: out, errors" "$way: $(tr -d '\r\n' <"$SCRATCH/typescript"), $(cat "$SCRATCH/apart")"
	done
}

test_choosing_the_client() {
	run_cmd host scripts client
	assertEquals "the host's own" "$(command -v docker)" "$(head -n 1 <<<"$OUT")"
	export DR_DOCKER=internal
	run_cmd host scripts client
	assertContains "$OUT" "/.dr/path/docker"
	assertContains "$OUT" "build dr"
	unset DR_DOCKER
	# A host without docker: ours at the end of PATH.
	mkdir -p "$SCRATCH/tools"
	ln -sf /bin/busybox "$SCRATCH/tools/sh"
	ln -sf /bin/bash-static "$SCRATCH/tools/bash"
	run_cmd host env PATH="$BIN:$SCRATCH/tools" "$BIN/dr" scripts client
	assertContains "$OUT" "/.dr/path/docker"
	assertContains "$OUT" "build dr"
	export DR_SCRIPTS=container
	run_cmd host scripts client
	assertContains "$OUT" "/.dr/docker"
	assertContains "$OUT" "build dr"
	export DR_SCRIPTS=elsewhere
	run_cmd host scripts client
	assertEquals 1 "$RC"
	assertContains "$ERR" "elsewhere"
}

test_an_image_that_asks_for_it() {
	run_cmd host contained client
	assertContains "$OUT" "/.dr/docker"
	export DR_SCRIPTS=host
	run_cmd host contained client
	assertNotContains "$OUT" "/.dr/docker"
}

test_an_interpreter_that_is_nowhere() {
	run_cmd host scripts lost
	assertEquals 1 "$RC"
	assertContains "$ERR" "/no/such/interpreter"
}

test_killed() {
	local pid job
	export DR_SCRIPTS=container
	begin plain
	kill -KILL "$pid"
	wait "$job" 2>/dev/null
	assertNotEquals "" "$("$THEIRS" ps -q --filter label=dr.script=scripts)"
	assertContains "$(host dr doctor)" "1 script container"
	# One that was never started, too.
	"$THEIRS" create --network none --label dr.script=scripts some/scripts true >/dev/null
	assertContains "$(host dr doctor)" "2 script containers"
	run_cmd host scripts status 4
	assertEquals "the next one sweeps: $ERR" 4 "$RC"
	assertEquals "" "$("$THEIRS" ps -aq --filter label=dr.script)"
}

. shunit2
