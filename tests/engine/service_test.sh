#!/bin/bash
# A service's life after its install: its commands, update, destroy, and the locks between them, on the private engine.
. tests/lib.sh

IMAGE=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	host_new
	host dr configure "$MAIN" || exit 1
	SCRIPTS=$SCRATCH/scripts
	rm -rf "$SCRIPTS"
	cp -a tests/images/helloworld "$SCRIPTS"
	# shellcheck disable=SC2016
	{
		printf '#!/bin/bash\nshift 2\nexit "$1"\n' >"$SCRIPTS/status"
		printf '#!/bin/bash\nkill -"$3" $$\n' >"$SCRIPTS/die"
		printf '#!/bin/bash\nprintf "<%%s>" "$@"\n' >"$SCRIPTS/args"
		printf '#!/bin/bash\ncat; pwd; echo "$MARK"; echo to-stderr >&2\n' >"$SCRIPTS/streams"
		printf '#!/nowhere/at/all/bash\necho "$BASH_VERSION" | wc -w\n' >"$SCRIPTS/elsewhere"
		printf '#!/usr/bin/nosuch-interpreter\n' >"$SCRIPTS/nointerp"
		printf '#!/bin/bash\necho "$PATH"; command -v docker\n' >"$SCRIPTS/path"
		printf '#!/bin/bash\necho begin >>%s; sleep 0.4; echo end >>%s\n' "$SCRATCH/order" "$SCRATCH/order" >"$SCRIPTS/destroy"
	}
	image_with "$SCRIPTS" some/tool || exit 1
	host dr install some/tool tool || exit 1
}

test_both_forms_and_arguments() {
	expected="<tool><some/tool><a b><><-c><--help><*>"
	assertEquals "$expected" "$(host tool args 'a b' '' -c --help '*')"
	assertEquals "$expected" "$(host dr tool args 'a b' '' -c --help '*')"
	assertContains "without a command: its help" "$(host tool)" "Usage: tool COMMAND"
	run_cmd host tool argz
	assertEquals 1 "$RC"
	assertContains "$ERR" "did you mean 'args'?"
	run_cmd host tool ../bin/args
	assertEquals 1 "$RC"
}

test_streams_folder_and_environment() {
	mkdir -p "$SCRATCH/cwd"
	cd "$SCRATCH/cwd" || return
	export MARK=here
	run_cmd host tool streams <<<input
	unset MARK
	cd "$TOP" || return
	assertEquals 0 "$RC"
	assertEquals "$(printf 'input\n%s\nhere' "$SCRATCH/cwd")" "$OUT"
	assertEquals to-stderr "$ERR"
}

test_exit_codes() {
	for code in 0 1 2 3 77 125 255; do
		run_cmd host tool status $code
		assertEquals $code "$RC"
		assertEquals "nothing is added to what the script said" "" "$ERR$OUT"
	done
	for signal in 1 9 15; do
		run_cmd host tool die $signal
		assertEquals $((128 + signal)) "$RC"
	done
}

test_interpreters() {
	run_cmd host tool elsewhere
	assertEquals "$ERR" "0 1" "$RC $OUT"
	run_cmd host tool nointerp
	assertEquals 1 "$RC"
	assertContains "$ERR" "nosuch-interpreter"
}

test_docker_command() {
	run_cmd host tool path
	assertNotContains "the host has a docker" "$OUT" "$MAIN/.dr"
	assertEquals "$(command -v docker)" "$(echo "$OUT" | tail -n 1)"
}

test_two_instances() {
	host dr install $IMAGE one >/dev/null
	host dr install $IMAGE two >/dev/null
	host one configure "I am one"
	host two configure "I am two"
	assertEquals "I am one" "$(host one run)"
	assertEquals "I am two" "$(host two run)"
	run_cmd host two configure "I am two"
	assertEquals 3 "$RC"
	assertEquals "one  $IMAGE
tool some/tool
two  $IMAGE" "$(host dr list | sed 's/tool  /tool /; s/one   /one  /; s/two   /two  /; s/ *no container$//')"
	host dr destroy one >/dev/null
	assertEquals "I am two" "$(host two run)"
	host dr destroy two >/dev/null
}

test_update() {
	host dr install $IMAGE up >/dev/null
	run_cmd host dr update up
	assertEquals "$ERR" 3 "$RC"
	host up configure "kept"
	docker tag $IMAGE kept/image
	cp -a tests/images/helloworld "$SCRATCH/newer"
	printf '#!/bin/bash\necho new\n' >"$SCRATCH/newer/fresh"
	image_with "$SCRATCH/newer" $IMAGE
	run_cmd host dr update up
	assertEquals "$ERR" 0 "$RC"
	assertEquals new "$(host up fresh)"
	assertEquals "the data stays" kept "$(host up run)"
	run_cmd host dr update up
	assertEquals "$ERR" 3 "$RC"
	# An image that is no longer compatible leaves the service as it is.
	cp -a tests/images/helloworld "$SCRATCH/broken"
	rm "$SCRATCH/broken/help"
	image_with "$SCRATCH/broken" $IMAGE
	before=$(find "$MAIN/up" -type f -exec sha256sum {} + | sort)
	run_cmd host dr update up
	assertEquals 1 "$RC"
	assertContains "$ERR" help
	assertEquals "$before" "$(find "$MAIN/up" -type f -exec sha256sum {} + | sort)"
	run_cmd host dr update --pull up
	assertEquals "there is no registry: $ERR" 1 "$RC"
	assertEquals new "$(host up fresh)"
	run_cmd host dr update nosuch
	assertEquals 1 "$RC"
	assertContains "$ERR" nosuch
	host dr destroy up >/dev/null
	docker tag kept/image $IMAGE
	docker rmi kept/image >/dev/null
}

test_destroy_takes_everything() {
	host dr install $IMAGE gone >/dev/null
	docker run -d --name gone-running --network none -v dr-gone-config:/config $IMAGE sleep 1000 >/dev/null
	docker create --name gone-created -v dr-gone-config:/config $IMAGE >/dev/null
	docker volume create dr-gone-extra >/dev/null
	docker volume create dr-gonebutnot-config >/dev/null
	run_cmd host dr destroy gone
	assertEquals "$ERR" 0 "$RC"
	assertEquals "" "$(docker ps -aq --filter name=gone)"
	assertEquals dr-gonebutnot-config "$(docker volume ls -q --filter name=dr-gone)"
	assertEquals "" "$(find "$MAIN" "$BIN" -name 'gone*')"
	docker volume rm dr-gonebutnot-config >/dev/null
	run_cmd host dr destroy gone
	assertEquals 3 "$RC"
}

test_destroy_script_fails() {
	cp -a tests/images/helloworld "$SCRATCH/stays"
	printf '#!/bin/bash\necho not yet >&2\nexit 4\n' >"$SCRATCH/stays/destroy"
	image_with "$SCRATCH/stays" bad/stays
	host dr install bad/stays stays >/dev/null
	run_cmd host dr destroy stays
	assertEquals 1 "$RC"
	assertContains "$ERR" "not yet"
	assertContains "what to do is said" "$ERR" "--force"
	assertEquals "still there" "Hello, world!" "$(host stays run)"
	run_cmd host dr destroy --force stays
	assertEquals "$ERR" 0 "$RC"
	assertEquals "" "$(find "$MAIN" "$BIN" -name 'stays*'; docker volume ls -q --filter name=dr-stays)"
}

test_one_lock_a_service() {
	host dr install some/tool slow >/dev/null
	host dr install some/tool slow2 >/dev/null
	rm -f "$SCRATCH/order"
	host dr destroy slow >/dev/null 2>"$SCRATCH/first" &
	one=$!
	host dr destroy slow >/dev/null 2>"$SCRATCH/second" &
	two=$!
	wait $one
	a=$?
	wait $two
	b=$?
	assertEquals "one destroys, the other waits and finds nothing: $(cat "$SCRATCH/first" "$SCRATCH/second")" 3 $((a + b))
	assertEquals "begin end" "$(paste -sd " " "$SCRATCH/order")"
	host dr destroy slow2 >/dev/null
}

test_destroy_tool_last() {
	run_cmd host dr destroy tool
	assertEquals "$ERR" 0 "$RC"
	assertEquals "" "$(host dr list 2>/dev/null)"
}

. shunit2
