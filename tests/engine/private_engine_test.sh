#!/bin/bash
# The scaffolding itself: the engine is private, and the test image is what its scripts expect.
. tests/lib.sh

test_the_engine_is_private() {
	assertEquals "unix://$TEST_TOP/engine/sock" "$DOCKER_HOST"
	root=$(curl -s --unix-socket "${DOCKER_HOST#unix://}" http://d/info | jq -r .DockerRootDir)
	assertEquals "$TEST_TOP/engine/data" "$root"
}

test_helloworld_runs_as_druser() {
	engine_images || { fail "cannot make the image"; return 0; }
	assertEquals 22022 "$(docker run --rm --network none j842/dr-helloworld bash -c 'echo $UID')"
	assertContains "$(docker run --rm --network none j842/dr-helloworld ls /dr)" restore
}

test_a_host_has_its_own_etc() {
	host_new
	host touch /etc/only-here
	assertTrue "written to the private /etc" "[ -f '$HOST_DIR/etc/only-here' ]"
	assertFalse "not to the machine's" "[ -e /etc/only-here ]"
	assertEquals "$BIN/dr" "$(host bash -c 'command -v dr')"
}

. shunit2
