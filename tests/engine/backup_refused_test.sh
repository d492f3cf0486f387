#!/bin/bash
# dr backup: what it refuses, and that a backup that fails leaves no file, no folder, no container and nothing paused.
. tests/lib.sh

IMAGE=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	host_new
	host dr configure "$MAIN" >"$SCRATCH/log" 2>&1 && host dr install $IMAGE saved >"$SCRATCH/log" 2>&1
	VOLUME=$(docker volume inspect -f '{{.Mountpoint}}' dr-saved-config) || exit 1
	mkdir "$SCRATCH/out"
	SCRIPT=$MAIN/saved/bin/backup
	cp "$SCRIPT" "$SCRATCH/script"
}

backup() {
	run_cmd host dr backup "$@" </dev/null
}

# refused TEXT: the last command failed, said that, and left nothing.
refused() {
	assertEquals "$ERR" 1 "$RC"
	assertContains "$ERR" "$1"
	assertEquals "no file" "" "$(ls -A "$SCRATCH/out")"
	assertEquals "no folder" "" "$(ls "$MAIN/.dr/work")"
	assertEquals "no container" "" "$(docker ps -aq --filter label=dr.scratch)"
	assertEquals "nothing paused" "" "$(docker ps -q --filter status=paused)"
}

test_words() {
	backup saved
	refused "BACKUPFILE"
	backup nothing "$SCRATCH/out/x"
	refused "there is no service 'nothing'"
	backup ../saved "$SCRATCH/out/x"
	refused "dr: "
	backup --level 0 saved "$SCRATCH/out/x"
	refused "--level"
	backup --level 10 saved "$SCRATCH/out/x"
	refused "--level"
	backup --recipient age1nonsense saved "$SCRATCH/out/x"
	refused "age1nonsense"
	backup --json saved -
	refused "standard output"
	backup --passphrase-file "$SCRATCH/none" saved "$SCRATCH/out/x"
	refused "$SCRATCH/none"
	backup --passphrase-file /dev/null saved "$SCRATCH/out/x"
	refused "no passphrase"
	backup --recipient "$("$DR" age-keygen 2>/dev/null | "$DR" age-keygen -y)" --passphrase-file "$SCRATCH/script" saved "$SCRATCH/out/x"
	refused "not to both"
}

test_targets() {
	echo precious >"$SCRATCH/there"
	ln -s /no/where "$SCRATCH/dangling"
	backup saved "$SCRATCH/there"
	refused "$SCRATCH/there exists already"
	assertEquals precious "$(cat "$SCRATCH/there")"
	backup saved "$SCRATCH/dangling"
	refused "exists already"
	backup saved "$SCRATCH/no/such/folder/x"
	refused "$SCRATCH/no/such/folder"
	backup saved "$SCRATCH/out"
	refused "is a folder"
	backup saved /dev/full
	refused "/dev/full exists"
	run_cmd host script -qec "dr backup saved -" /dev/null </dev/null
	assertContains "$OUT" "standard output is a terminal"
}

# On a file system of 1 MB.
test_full_disk() {
	head -c 4000000 /dev/urandom >"$VOLUME/noise"
	# shellcheck disable=SC2016
	run_cmd host bash -c 'mount -t tmpfs -o size=1m tmpfs "$0" && dr backup saved "$0/x"; rc=$?; ls -A "$0"; exit $rc' "$SCRATCH/out"
	refused "No space left"
	assertEquals "nothing on it" "" "$OUT"
}

test_pipe_that_closes() {
	run_cmd host bash -c 'set -o pipefail; dr backup saved - | head -c 1000 | wc -c'
	refused "Broken pipe"
	assertEquals 1000 "$OUT"
	rm "$VOLUME/noise"
}

# new_script TEXT: the service's backup script from now on.
new_script() {
	printf '#!/bin/bash\n%s\n' "$1" >"$SCRIPT"
}

test_script_that_fails() {
	new_script 'echo "out of luck" >&2; exit 7'
	backup saved "$SCRATCH/out/x"
	refused "the backup script failed with exit code 7"
	assertContains "$ERR" "out of luck"
	# shellcheck disable=SC2016
	new_script 'kill -KILL $$'
	backup saved "$SCRATCH/out/x"
	refused "killed by signal 9"
	chmod -x "$SCRIPT"
	# shellcheck disable=SC2016
	new_script 'dr update "$1"; dr backup "$1" "$3/x"'
	backup saved "$SCRATCH/out/x"
	refused "cannot"
	rm "$SCRIPT"
	backup saved "$SCRATCH/out/x"
	refused "has no command 'backup'"
	cp "$SCRATCH/script" "$SCRIPT"
}

test_script_that_prints_and_leaves_files() {
	# shellcheck disable=SC2016
	new_script 'echo "to stdout"; mkdir "$3/d"; echo 1 >"$3/d/f"; truncate -s 300M "$3/large"; stat -c "mode %a" "$3"; echo "$3"; ls /tmp >/dev/null'
	run_cmd host bash -c 'dr backup saved - >"$0"' "$SCRATCH/piped"
	assertEquals "$ERR" 0 "$RC"
	assertContains "$ERR" "to stdout"
	assertContains "$ERR" "mode 700"
	assertContains "beside the service" "$ERR" "$MAIN/.dr/work/saved/"
	run_cmd "$DR" verify "$SCRATCH/piped"
	assertEquals "$ERR" 0 "$RC"
	assertTrue "the 300 MB are a hole" "[ $(stat -c %s "$SCRATCH/piped") -lt 1000000 ]"
	assertContains "$(tar -tzf "$SCRATCH/piped")" "dr-backup/service/d/f"
	assertEquals "" "$(ls "$MAIN/.dr/work")"
	backup --json saved "$SCRATCH/json"
	assertEquals "backup true saved false" "$(jq -r '"\(.command) \(.changed) \(.service) \(.encrypted)"' <<<"$OUT")"
	assertContains "$ERR" "to stdout"
	assertEquals "remembered" "$SCRATCH/json" "$(jq -r .last_backup.file "$MAIN/saved/config/state.json")"
	cp "$SCRATCH/script" "$SCRIPT"
}

test_what_the_service_has_lost() {
	run_cmd host dr install $IMAGE poor
	assertEquals "$ERR" 0 "$RC"
	docker volume rm dr-poor-config >"$SCRATCH/log"
	backup poor "$SCRATCH/out/x"
	refused "no volume dr-poor-config"
	assertEquals "none was made" "" "$(docker volume ls -q --filter name=dr-poor-config)"
	host dr destroy --force poor >"$SCRATCH/log" 2>&1
}

test_dry_run() {
	backup --dry-run saved "$SCRATCH/out/x"
	assertEquals "0 saved would be backed up." "$RC $OUT"
	assertEquals "" "$(ls -A "$SCRATCH/out")"
	backup --dry-run saved "$SCRATCH/there"
	refused "exists already"
}

# Something on the host writes to the volume, which pausing containers cannot stop.
test_volume_that_changes() {
	head -c 30000000 /dev/urandom >"$VOLUME/large"
	mkfifo "$SCRATCH/pipe"
	host dr backup saved - >"$SCRATCH/pipe" 2>"$SCRATCH/err" &
	local dr=$!
	exec 7<"$SCRATCH/pipe"
	head -c 100000 <&7 >"$SCRATCH/start"
	echo more >>"$VOLUME/large"
	touch "$VOLUME/late"
	cat <&7 >"$SCRATCH/rest"
	exec 7<&-
	wait $dr
	assertEquals 1 $?
	assertContains "$(cat "$SCRATCH/err")" "large: file changed as we read it"
	assertContains "$(cat "$SCRATCH/err")" "volumes/config: file changed as we read it"
	assertContains "$(cat "$SCRATCH/err")" "torn"
	rm "$VOLUME/large" "$VOLUME/late"
}

. shunit2
