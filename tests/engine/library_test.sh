#!/bin/bash
# lib/engine against the private engine: the cases of tests/unit/live_engine.c, each a test of its own.
. tests/lib.sh

LIVE=$TOP/build/unit/live_engine
make -s "build/unit/live_engine" || exit 1

oneTimeSetUp() {
	export ENGINE_SOCKET=$DOCKER_HOST
	export ENGINE_IMAGE=dr-live/image:1 ENGINE_IMAGE_LINKED=dr-live/linked:1 ENGINE_IMAGE_BARE=dr-live/bare:1
	scratch
	rootfs "$SCRATCH/root"
	rmdir "$SCRATCH/root/dr"
	image_from "$SCRATCH/root" "$ENGINE_IMAGE_BARE"
	cp -a tests/images/helloworld "$SCRATCH/root/dr"
	ln -s dr "$SCRATCH/root/dr-link"
	image_from "$SCRATCH/root" "$ENGINE_IMAGE" 'USER druser' 'VOLUME /config' 'CMD ["/bin/bash"]'
	mkdir "$SCRATCH/root/opt"
	mv "$SCRATCH/root/dr" "$SCRATCH/root/opt/scripts"
	ln -s opt/scripts "$SCRATCH/root/dr"
	ln "$SCRATCH/root/opt/scripts/run" "$SCRATCH/root/opt/scripts/linked"
	image_from "$SCRATCH/root" "$ENGINE_IMAGE_LINKED" 'USER 22022:22022' 'VOLUME /config'
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
