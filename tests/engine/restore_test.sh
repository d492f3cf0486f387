#!/bin/bash
# dr restore: over a service, beside it, on another engine; and what is bad about a backup leaves everything as it was.
. tests/lib.sh

IMAGE=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	host_new
	host dr configure "$MAIN" >"$SCRATCH/log" 2>&1 && host dr install $IMAGE saved >"$SCRATCH/log" 2>&1 || exit 1
	VOLUME=$(mountpoint saved)
	fill_volume "$VOLUME"
	host saved configure "Saved." || exit 1
	BACKUP=$SCRATCH/saved.tgz
	host dr backup saved "$BACKUP" >"$SCRATCH/log" 2>&1 || { cat "$SCRATCH/log"; exit 1; }
	SAVED=$(picture "$VOLUME")
	# The service that the bad backups are restored over.
	host dr install $IMAGE old >"$SCRATCH/log" 2>&1 && host old configure "Old." || exit 1
}

mountpoint() {
	docker volume inspect -f '{{.Mountpoint}}' "dr-$1-config"
}

# Everything that dr could leave behind or change, as text.
state() {
	(cd "$HOST_DIR" && find . -path ./home -prune -o ! -path '*/.dr/lock*' ! -path '*/.dr/version' -printf '%p %M %U:%G %i %l\n' | sort)
	docker ps -aq --no-trunc
	docker volume ls -q
	picture "$(mountpoint old)"
}

# refused WORDS COMMAND…: the command fails with that in its message, and changes nothing.
refused() {
	local before words=$1
	shift
	before=$(state)
	run_cmd host "$@"
	assertEquals "$*: $OUT $ERR" 1 "$RC"
	assertContains "$*: $ERR" "$words"
	assertEquals "$* left something" "$before" "$(state)"
}

test_over_the_service() {
	rm -rf "$VOLUME/text" "$VOLUME/empty"
	host saved configure "Changed." || fail "configure"
	touch "$VOLUME/new"
	run_cmd host dr restore saved "$BACKUP"
	assertEquals "$ERR" 0 "$RC"
	assertContains "$OUT" "saved is restored."
	assertContains "its script ran" "$OUT" "saved is restored from the backup of"
	assertEquals "" "$(diff <(echo "$SAVED") <(picture "$VOLUME"))"
	assertEquals "Saved." "$(host saved run)"
	assertEquals "the work is gone" "" "$(ls "$MAIN/.dr/work")"
	assertEquals "so are its volumes" "dr-old-config dr-saved-config" "$(docker volume ls -q | xargs)"
}

test_under_another_name() {
	run_cmd host dr restore other - <"$BACKUP"
	assertEquals "$ERR" 0 "$RC"
	assertContains "installed first" "$OUT" "other is installed."
	assertEquals "" "$(diff <(echo "$SAVED") <(picture "$(mountpoint other)"))"
	assertEquals "Saved." "$(host other run)"
	assertEquals other "$(cat "$MAIN/other/config/servicename.txt")"
	assertEquals "$BIN/dr" "$(readlink "$BIN/other")"
	run_cmd host dr restore --json other "$BACKUP"
	assertEquals "restore true other $IMAGE" "$(echo "$OUT" | jq -r '"\(.command) \(.changed) \(.service) \(.image)"')"
	run_cmd host dr destroy other
	assertEquals "$ERR" 0 "$RC"
	assertEquals "dr-old-config dr-saved-config" "$(docker volume ls -q | xargs)"
}

test_dry_run() {
	local before
	before=$(state)
	for name in old nobody; do
		run_cmd host dr restore --dry-run $name "$BACKUP"
		assertEquals "$ERR" 0 "$RC"
		assertContains "$ERR" "the backup is good"
		assertEquals "$before" "$(state)"
	done
}

. shunit2
