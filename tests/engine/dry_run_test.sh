#!/bin/bash
# --dry-run: it answers as the command would, names what would be done, and touches nothing on the host or the engine.
. tests/lib.sh

IMAGE=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	host_new
	host dr configure "$MAIN" || exit 1
}

# Everything on the host with its times, and the engine's images, volumes and containers. An update is compared in a folder
# in .dr/work that is gone afterwards: of .dr/work itself the time may change.
snapshot() {
	find "$HOST_DIR" -path '*/.dr/work' -printf '%p %y %m %U\n' -o -printf '%p %y %m %U %s %T@ %l\n' | sort
	docker images -a --no-trunc -q | sort
	docker volume ls -q | sort
	docker ps -a -q | sort
}

# untouched CMD...: runs it with run_cmd; fails when anything is different afterwards.
untouched() {
	snapshot >"$SCRATCH/before"
	run_cmd host "$@"
	snapshot >"$SCRATCH/after"
	assertEquals "$* touches nothing" "" "$(diff "$SCRATCH/before" "$SCRATCH/after")"
}

test_life_of_a_service() {
	untouched dr install --dry-run $IMAGE trial
	assertEquals "0 trial would be installed." "$RC $OUT"
	assertContains "$ERR" "dr-trial-config"
	assertContains "$ERR" "$BIN/trial"
	untouched dr destroy --dry-run trial
	assertEquals "there is none" 3 "$RC"
	untouched dr update --dry-run trial
	assertEquals 1 "$RC"
	assertContains "$ERR" "there is no service 'trial'"

	host dr install $IMAGE trial >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	untouched dr install --dry-run $IMAGE trial
	assertEquals "installed already" 3 "$RC"
	untouched dr install --dry-run other/image trial
	assertEquals "another image" 1 "$RC"
	untouched dr update --dry-run trial
	assertEquals "the same scripts" 3 "$RC"
	echo "# changed" >>"$MAIN/trial/bin/help"
	untouched dr update --dry-run --json trial
	assertEquals "other scripts: $ERR" 0 "$RC"
	assertEquals "true true trial" "$(jq -r '"\(.changed) \(.dry_run) \(.service)"' <<<"$OUT")"
	host dr update trial >"$SCRATCH/log" 2>&1
	untouched dr update --dry-run trial
	assertEquals "updated" 3 "$RC"
	rm "$BIN/trial"
	untouched dr update --dry-run trial
	assertEquals "the launcher is missing" 0 "$RC"
	host dr update trial >"$SCRATCH/log" 2>&1
	untouched dr destroy --dry-run trial
	assertEquals "0 trial would be destroyed." "$RC $OUT"
	assertContains "$ERR" "dr-trial-config"
	host dr destroy trial >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
}

test_refusals() {
	untouched dr install --dry-run $IMAGE docker-http
	assertEquals "an applet's name" 1 "$RC"
	untouched dr install --dry-run --json $IMAGE -- ls
	assertEquals "another command's name" 1 "$RC"
	assertEquals "install false" "$(jq -r '"\(.command) \(.changed)"' <<<"$OUT")"
	assertContains "$(jq -r .error <<<"$OUT")" "taken by the command"
}

test_image_that_is_not_here() {
	untouched dr install --dry-run no.such/image:1 absent
	assertEquals 0 "$RC"
	assertContains "$ERR" "no.such/image:1 would be pulled"
}

test_host_without_a_folder_of_drs_own() {
	host_new
	mkdir -p "$MAIN" "$HOST_DIR/etc/dr"
	echo "$MAIN" >"$HOST_DIR/etc/dr/directory"
	untouched dr install --dry-run $IMAGE trial
	assertEquals "$ERR" 0 "$RC"
}

. shunit2
