#!/bin/bash
# Engines that are not there, may not be spoken to, or answer what no engine should: one clear line, exit 1, a host that
# is as it was.
. tests/lib.sh

oneTimeSetUp() {
	scratch
	host_new
	host dr configure "$MAIN" || exit 1
}

state() {
	find "$HOST_DIR" ! -path '*/.dr/lock*' ! -name version -printf '%p %M %s\n' | sort
}

# refused WORDS CMD…: fails with these words in one line, and changes nothing.
refused() {
	local before
	before=$(state)
	run_cmd host timeout 30 "${@:2}"
	assertEquals "$DOCKER_HOST $*: $OUT $ERR" 1 "$RC"
	assertContains "$DOCKER_HOST: $ERR" "$1"
	assertEquals "one line: $ERR" 1 "$(printf '%s\n' "$ERR" | grep -vc 'not here yet: pulling it$')"
	assertEquals "$DOCKER_HOST left something" "$before" "$(state)"
}

# with MODE WORDS: installing from that engine is refused with these words.
with() {
	local pid i
	mkfifo "$SCRATCH/stop"
	tests/fake_engine "$SCRATCH/sock" "$1" <"$SCRATCH/stop" &
	pid=$!
	exec 8>"$SCRATCH/stop"
	for ((i = 0; i < 1500; i++)); do [ -S "$SCRATCH/sock" ] && break; sleep 0.02; done
	DOCKER_HOST=unix://$SCRATCH/sock
	export DOCKER_HOST
	refused "$2" dr install a/b:c svc
	exec 8>&-
	wait $pid
	rm -f "$SCRATCH/sock" "$SCRATCH/stop"
}

test_nobody_there() {
	export DOCKER_HOST=unix://$SCRATCH/none
	refused "unix://$SCRATCH/none" dr install a/b svc
	refused "there is no such socket" dr install a/b svc
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$SCRATCH/dead"
	export DOCKER_HOST=unix://$SCRATCH/dead
	refused "nothing listens on that socket" dr install a/b svc
	touch "$SCRATCH/file"
	export DOCKER_HOST=unix://$SCRATCH/file
	refused "unix://$SCRATCH/file" dr install a/b svc
	export DOCKER_HOST=gopher://x
	refused "gopher://x" dr install a/b svc
	export DOCKER_HOST=unix://
	refused "DOCKER_HOST" dr install a/b svc
	DOCKER_HOST=unix:///$(printf 'x%.0s' {1..200})
	refused "xxx" dr install a/b svc
}

test_no_permission() {
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$SCRATCH/private"
	chmod 600 "$SCRATCH/private"
	chmod 755 "$SCRATCH" "$HOST_DIR"
	mkdir -p "$HOST_DIR/user"
	chown 65534:65534 "$HOST_DIR/user"
	for command in "configure $HOST_DIR/user/services" "install a/b svc"; do
		# shellcheck disable=SC2086 # words
		run_cmd setpriv --reuid 65534 --regid 65534 --clear-groups env -i HOME="$HOST_DIR/user" PATH=/usr/bin:/bin \
			DOCKER_HOST="unix://$SCRATCH/private" "$BIN/dr" $command
	done
	assertEquals 1 "$RC"
	assertContains "$ERR" "no permission to use the engine"
	assertContains "what to do is said" "$ERR" "run dr as root"
}

test_rubbish() {
	with rubbish "HTTP"
	with silent "engine"
	with html "JSON"
	with not-json "JSON"
	with wrong-type "Id"
	with deep "deep"
	with not-utf8 "UTF-8"
	with no-engine "not a Docker-compatible engine"
	with old-api "too old"
}

test_stops_in_the_middle() {
	with cut-head "unix://$SCRATCH/sock"
	with cut-body "unix://$SCRATCH/sock"
	with cut-chunk "unix://$SCRATCH/sock"
}

test_false_lengths() {
	with bad-chunk "unix://$SCRATCH/sock"
	with huge-chunk "unix://$SCRATCH/sock"
	with two-lengths "unix://$SCRATCH/sock"
	with negative-length "unix://$SCRATCH/sock"
	with endless-head "unix://$SCRATCH/sock"
}

test_refusals() {
	with failure "disk"
	assertNotContains "no control characters" "$ERR" "$(printf '\033')"
	with no-reason "503"
	with long-message "aaaa"
	assertTrue "cut short" "[ ${#ERR} -lt 3000 ]"
}

# These are odd but right: the engine's answer is understood.
test_odd_but_right() {
	with bytewise "a/b:c"
	with interim "a/b:c"
	with late "a/b:c"
}

. shunit2
