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
	VOLUMES=$(ls "${VOLUME%/*/*}")
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

# refused WORDS COMMAND…: the command fails with that in its message.
refused() {
	local words=$1
	shift
	run_cmd host "$@"
	assertEquals "$*: $OUT $ERR" 1 "$RC"
	assertContains "$*: $ERR" "$words"
	assertEquals "$* left a volume" "$VOLUMES" "$(ls "${VOLUME%/*/*}")"
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

test_odd_backups() {
	local case words before
	odd good
	run_cmd host dr restore odd "$SCRATCH/odd"
	assertEquals "what was made by hand is taken: $ERR" 0 "$RC"
	assertEquals "Odd." "$(host odd run)"
	host dr destroy odd >"$SCRATCH/log"
	before=$(state)
	while read -r case words; do
		odd "$case"
		refused "$words" dr restore old "$SCRATCH/odd"
	done <<-'END'
		climbs has no proper name
		absolute has no proper name
		through-symlink is out of order
		hard-link is a hard link out of its folder
		hard-link-up is a hard link out of its folder
		duplicate is out of order
		8-EiB claims to be larger
		config-device is a device
		config-link-out leads outside
		config-setuid has the setuid
		config-bomb more than
		name-bomb header is too large
		link-bomb header is too large
		manifest-bomb manifest is too large
		checksums-bomb checksums are not those
		manifest:{"format":2} use a newer dr
		manifest:{"service":"../../etc"} not to be trusted
		manifest:{"image":"UPPER/../x"} not to be trusted
		manifest:{"trailer":true} its end is missing
		manifest:{"image":"no.such.host.invalid/image"} no.such.host.invalid
	END
	assertFalse "nothing got out" "[ -e /tmp/evil ]"
	assertEquals "nothing has changed" "$before" "$(state)"
}

odd() {
	python3 tests/engine/odd_backup.py "$SCRATCH/odd" "$1" || fail "$1"
}

test_other_architecture() {
	odd 'manifest:{"architecture":"s390x"}'
	run_cmd host dr restore odd "$SCRATCH/odd"
	assertEquals "the engine has its image for this one: $ERR" 0 "$RC"
	host dr destroy odd >"$SCRATCH/log"
	odd 'manifest:{"architecture":"s390x","image":"127.0.0.1:1/none"}'
	refused "of the architecture s390x, this engine runs amd64" dr restore old "$SCRATCH/odd"
}

test_damaged_and_not_a_backup() {
	local size at before
	before=$(state)
	size=$(stat -c %s "$BACKUP")
	for at in 0 5 $((size / 3)) $((size - 40)) $((size - 1)); do
		head -c "$at" "$BACKUP" >"$SCRATCH/bad"
		refused "cannot restore old" dr restore old "$SCRATCH/bad"
		cp "$BACKUP" "$SCRATCH/bad"
		flip "$SCRATCH/bad" "$at"
		refused "cannot restore old" dr restore old "$SCRATCH/bad"
	done
	refused "not a backup" dr restore old /etc/passwd
	refused "is a folder" dr restore old /etc
	refused "No such file" dr restore old "$SCRATCH/none"
	refused "service name" dr restore ../old "$BACKUP"
	mkdir "$MAIN/taken"
	refused "is no service" dr restore taken "$BACKUP"
	rmdir "$MAIN/taken"
	assertEquals "nothing has changed" "$before" "$(state)"
}

# flip FILE OFFSET: another byte there.
flip() {
	local byte
	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	printf '%b' "\\0$(printf %03o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

test_keys() {
	PASS=secret host dr backup saved "$SCRATCH/sealed" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	age-keygen -o "$SCRATCH/key" 2>"$SCRATCH/log"
	age-keygen -o "$SCRATCH/other-key" 2>"$SCRATCH/log"
	host dr backup --recipient "$(age-keygen -y "$SCRATCH/key")" saved "$SCRATCH/to-key" >"$SCRATCH/log" 2>&1
	refused "encrypted with a passphrase" dr restore old "$SCRATCH/sealed"
	PASS=wrong refused "passphrase" dr restore old "$SCRATCH/sealed"
	refused "cannot open the backup" dr restore old "$SCRATCH/to-key"
	refused "cannot open the backup" dr restore -i "$SCRATCH/other-key" old "$SCRATCH/to-key"
	echo secret >"$SCRATCH/word"
	run_cmd host dr restore --passphrase-file "$SCRATCH/word" sealed "$SCRATCH/sealed"
	assertEquals "$ERR" 0 "$RC"
	run_cmd host dr restore -i "$SCRATCH/other-key" --identity "$SCRATCH/key" sealed "$SCRATCH/to-key"
	assertEquals "$ERR" 0 "$RC"
	assertEquals "" "$(diff <(echo "$SAVED") <(picture "$(mountpoint sealed)"))"
	host dr destroy sealed >"$SCRATCH/log"
	# Without dr.
	mkdir "$SCRATCH/by-hand"
	age -d -i "$SCRATCH/key" "$SCRATCH/to-key" | tar -C "$SCRATCH/by-hand" --xattrs --xattrs-include='*' --numeric-owner -xzpf - \
		2>"$SCRATCH/log" || fail "$(cat "$SCRATCH/log")"
	(cd "$SCRATCH/by-hand" && sha256sum --quiet --strict -c dr-backup/checksums) || fail "sha256sum -c"
	assertEquals "" "$(diff <(echo "$SAVED") <(picture "$SCRATCH/by-hand/dr-backup/volumes/config"))"
}

gone() {
	local i
	for ((i = 0; i < 300; i++)); do
		docker inspect "$1" >"$SCRATCH/log" 2>&1 || return 0
		sleep 0.1
	done
	return 1
}

# A restore script that scribbles over everything, and fails.
test_failing_script() {
	local before brief
	rm -rf "$SCRATCH/failing"
	cp -a tests/images/helloworld "$SCRATCH/failing"
	cat >"$SCRATCH/failing/restore" <<-'END'
		#!/bin/bash
		docker run --rm -u 0 --network none -v "dr-$1-config:/config" -v "dr-$1-data:/data" "$2" \
			bash -c 'echo bad >/config/greeting; echo "found: $(ls /data)"; echo bad >/data/file'
		docker run -d --network none --name "$1-new" -v "dr-$1-more:/more" "$2" sleep 1d
		ls -ld "$3" "$3"/*
		exit 7
	END
	image_with "$SCRATCH/failing" failing/image || return 0
	host dr install failing/image fail >"$SCRATCH/log" 2>&1
	host dr backup fail "$SCRATCH/failing.tgz" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	docker volume create dr-fail-data >"$SCRATCH/log"
	echo precious >"$(docker volume inspect -f '{{.Mountpoint}}' dr-fail-data)/file"
	docker run -d --network none --stop-signal KILL --name fail-daemon -v dr-fail-data:/data failing/image sleep 1d >"$SCRATCH/log"
	docker run -d --rm --network none --stop-signal KILL --name fail-brief -v dr-fail-config:/config failing/image sleep 1d >"$SCRATCH/log"
	before=$(state; picture "$(mountpoint fail)")
	run_cmd host dr restore fail "$SCRATCH/failing.tgz"
	assertEquals "$OUT $ERR" 1 "$RC"
	assertContains "$ERR" "the restore script failed with exit code 7; fail is as it was"
	assertContains "PATH is there" "$OUT" backed-up-at
	assertNotContains "the other volume was a fresh one" "$OUT" "found: file"
	assertEquals "$before" "$(state; picture "$(mountpoint fail)")"
	assertEquals precious "$(docker exec fail-daemon cat /data/file)"
	assertEquals "running" "$(docker inspect -f '{{.State.Status}}' fail-brief)"
	run_cmd host dr restore fresh "$SCRATCH/failing.tgz"
	assertContains "$ERR" "exit code 7; nothing is left of fresh"
	assertEquals "$before" "$(state; picture "$(mountpoint fail)")"
	# Another image's script does better: what runs sees what was restored.
	docker tag $IMAGE failing/image
	run_cmd host dr restore fail "$SCRATCH/failing.tgz"
	assertEquals "$ERR" 0 "$RC"
	assertEquals "the engine's image counts" "" "$(diff -r "$MAIN/fail/bin" tests/images/helloworld)"
	assertEquals "running" "$(docker inspect -f '{{.State.Status}}' fail-daemon)"
	# The engine may remove a container of --rm when it is restarted.
	brief=$(docker exec fail-brief cat /config/greeting 2>"$SCRATCH/log")
	[ "$brief" = "Hello, world!" ] || assertTrue "brief says '$brief'" "gone fail-brief"
	assertEquals "" "$(docker exec fail-daemon ls /data)"
	host dr destroy fail >"$SCRATCH/log" 2>&1
}

# The engine is gone when the restore script ends: the next command undoes, or finishes, with what is there then.
test_engine_that_goes_away() {
	local way i
	rm -rf "$SCRATCH/dying"
	cp -a tests/images/helloworld "$SCRATCH/dying"
	cat >"$SCRATCH/dying/restore" <<-END
		#!/bin/bash
		kill -KILL -- "-\$(cat $SCRATCH/proxy)"
		exit \$(cat $SCRATCH/way)
	END
	image_with "$SCRATCH/dying" dying/image || return 0
	host dr install dying/image dying >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	host dying configure "New."
	host dr backup dying "$SCRATCH/dying.tgz" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	for way in 1 0; do
		host dying configure "Old."
		echo $way >"$SCRATCH/way"
		: >"$SCRATCH/port"
		# shellcheck disable=SC2016
		setsid bash -c 'echo $$ >"$0" && exec python3 tests/engine/inetd.py "$1" docker system dial-stdio' "$SCRATCH/proxy" "$DR" \
			>"$SCRATCH/port" 2>"$SCRATCH/log" </dev/null &
		for ((i = 0; i < 300; i++)); do [ ! -s "$SCRATCH/port" ] || break; sleep 0.1; done
		run_cmd host env DOCKER_HOST="tcp://127.0.0.1:$(cat "$SCRATCH/port")" dr restore dying "$SCRATCH/dying.tgz"
		wait $! 2>/dev/null
		assertEquals "$OUT" 1 "$RC"
		assertContains "$ERR" "the next dr command on dying"
		run_cmd host dying run
		assertContains "$ERR" "the restore of dying was interrupted; it has been $([ $way = 1 ] && echo undone || echo finished)"
		assertEquals "$([ $way = 1 ] && echo Old. || echo New.)" "$OUT"
	done
	assertEquals "" "$(ls "$MAIN/.dr/work")"
	host dr destroy dying >"$SCRATCH/log" 2>&1
	assertEquals "dr-old-config dr-saved-config" "$(docker volume ls -q | xargs)"
}

# A second engine, with nothing on it; then with a small disk for its volumes.
test_on_another_engine() {
	local first=$DOCKER_HOST
	second=$TEST_TOP/second
	host dr backup --with-image saved "$SCRATCH/moving" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	head -c 40M /dev/zero >"$VOLUME/large"
	host dr backup saved "$SCRATCH/large" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	rm "$VOLUME/large"
	engine_up "$second" || return 0
	export DOCKER_HOST=unix://$second/sock
	run_cmd host dr restore moved "$SCRATCH/moving"
	assertEquals "$ERR" 0 "$RC"
	assertEquals "" "$(diff <(echo "$SAVED") <(picture "$(mountpoint moved)"))"
	assertEquals "Saved." "$(host moved run)"
	assertEquals "$IMAGE:latest" "$(docker images --format '{{.Repository}}:{{.Tag}}')"
	host dr destroy moved >"$SCRATCH/log" 2>&1
	full_disk
	engine_down "$second"
	export DOCKER_HOST=$first
}

full_disk() {
	mount -t tmpfs -o size=24M none "$second/data/volumes" || { fail "no tmpfs"; return 0; }
	run_cmd host dr restore moved "$SCRATCH/moving"
	assertEquals "$ERR" 0 "$RC"
	run_cmd host dr restore moved "$SCRATCH/large"
	assertEquals "$OUT" 1 "$RC"
	assertContains "$ERR" "No space left on device"
	assertContains "$ERR" "moved is as it was"
	assertEquals "Saved." "$(host moved run)"
	assertEquals "dr-moved-config" "$(docker volume ls -q)"
	host dr destroy moved >"$SCRATCH/log" 2>&1
}

suite_tear_down() {
	docker rm -f fail-daemon fail-brief >/dev/null 2>&1
	engine_down "$TEST_TOP/second"
}

. shunit2
