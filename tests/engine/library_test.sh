#!/bin/bash
# lib/engine against the private engine: the cases of tests/unit/live_engine.c, each a test of its own.
. tests/lib.sh

LIVE=$TOP/build/unit/live_engine
make -s "build/unit/live_engine" || exit 1

oneTimeSetUp() {
	local scripts
	scripts=$(mktemp -d "$TEST_TOP/scripts.XXXXXX")
	cp tests/images/helloworld/* "$scripts"
	export ENGINE_SOCKET=$DOCKER_HOST ENGINE_IMAGE=dr-live/image:1
	image_with_link "$scripts" "$ENGINE_IMAGE"
	rm -rf "$scripts"
}

# An image with /dr-link leading to /dr.
image_with_link() {
	local root rc
	root=$(mktemp -d "$TEST_TOP/rootfs.XXXXXX")
	rootfs "$root"
	cp -a "$1"/. "$root/dr/"
	ln -s dr "$root/dr-link"
	image_from "$root" "$2" 'USER druser' 'VOLUME /config' 'CMD ["/bin/bash"]'
	rc=$?
	rm -rf "$root"
	return $rc
}

suite() {
	local name
	for name in $("$LIVE" --list); do
		eval "test_live_$name() { live $name; }"
		suite_addTest "test_live_$name"
	done
	suite_addTest test_nothing_is_left
	suite_addTest test_wants_an_engine
}

live() {
	run_cmd "$LIVE" "$1"
	assertEquals "$OUT $ERR" 0 "$RC"
}

test_nothing_is_left() {
	assertEquals "" "$(docker ps -aq --filter label=dr.scratch; docker ps -aq --filter name=dr-live)"
	assertEquals "" "$(docker volume ls -q --filter name=dr-live)"
}

test_wants_an_engine() {
	run_cmd env -u ENGINE_SOCKET "$LIVE" negotiates
	assertEquals 1 "$RC"
	assertContains "$ERR" "must be set"
}

. shunit2
