#!/bin/bash
# dr list and dr status: what there is of services, on the host and on the engine, and an engine that does not answer.
. tests/lib.sh

IMAGE=some/status

oneTimeSetUp() {
	scratch
	image_with tests/images/helloworld $IMAGE || exit 1
	host_new
	host dr configure "$MAIN" || exit 1
	for name in web web-2 idle; do
		host dr install $IMAGE $name >"$SCRATCH/log" 2>&1 || { cat "$SCRATCH/log"; exit 1; }
	done
	docker run -d --name web-up --network none -v dr-web-config:/config $IMAGE sleep 600 >/dev/null
	docker create --name web-new --network none -v dr-web-config:/config -v dr-web-more:/more $IMAGE true >/dev/null
	docker run --name web-2-end --network none -v dr-web-2-config:/config $IMAGE bash -c 'head -c 1234567 /dev/zero >/config/data'
}

suite_tear_down() {
	docker rm -f web-up web-new web-2-end >/dev/null 2>&1
	docker volume rm dr-web-config dr-web-more dr-web-2-config dr-idle-config >/dev/null 2>&1
	return 0
}

ask() { jq -r "$1" <<<"$OUT"; }

# On a machine that is very busy the engine may take longer than dr list waits for it.
list() {
	local i
	for ((i = 0; i < 20; i++)); do
		run_cmd host dr list "$@"
		[[ $ERR == *"in time"* ]] || return 0
	done
}

test_list() {
	list
	assertEquals "$ERR" 0 "$RC"
	assertEquals "idle   $IMAGE  no container
web    $IMAGE  1 of 2 running
web-2  $IMAGE  exited" "$OUT"
	list --json
	assertEquals "none0 running2 exited1" "$(ask '[.services[] | "\(.state)\(.containers)"] | join(" ")')"
}

test_list_with_the_engine_down() {
	# One that is not there, and one that takes the connection and never says a word.
	DOCKER_HOST=unix:///nowhere.sock run_cmd host dr list
	assertEquals "0 idle   $IMAGE" "$RC $(head -n 1 <<<"$OUT")"
	assertContains "$ERR" "/nowhere.sock"
	python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(9); open(sys.argv[1] + ".up", "w"); time.sleep(600)' \
		"$SCRATCH/silent" &
	local silent=$! i
	for ((i = 0; i < 300; i++)); do [ ! -e "$SCRATCH/silent.up" ] || break; sleep 0.1; done
	DOCKER_HOST=unix://$SCRATCH/silent run_cmd host timeout 60 dr list --json
	assertEquals "0 idle" "$RC $(ask '.services[0].service')"
	assertContains "$(ask .engine_error)" "does not answer in time"
	kill $silent
	wait $silent 2>/dev/null
	return 0
}

test_status() {
	run_cmd host dr status web
	assertEquals "$ERR" 0 "$RC"
	for words in "service     web" "image       $IMAGE" "up to date" "folder      $MAIN/web" "launcher    $BIN/web" \
		"volume      dr-web-config  " "volume      dr-web-more  " "container   web-up  Up " "container   web-new  Created" \
		"backup      none yet: run dr backup web BACKUPFILE"; do
		assertContains "$OUT" "$words"
	done
	run_cmd host dr status --json
	assertEquals "0 status idle web web-2" "$RC $(ask '"\(.command) \([.services[].service] | join(" "))"')"
	assertEquals "true false false" "$(ask '.services[1] | "\(.image_present) \(.outdated) \(has("backup"))"')"
	assertEquals "dr-web-config dr-web-more" "$(ask '[.services[1].volumes[].name] | sort | join(" ")')"
	assertEquals "the size is that of its files" true "$(ask '.services[2].volumes[0].size | . >= 1234567 and . < 1400000')"
	assertEquals "web-new created web-up running" "$(ask '[.services[1].containers[] | "\(.name) \(.state)"] | sort | join(" ")')"
	assertEquals 64 "$(ask '.services[1].containers[0].id | length')"
}

test_status_of_an_image_that_is_newer() {
	image_with tests/images/helloworld $IMAGE 'ENV A=1' || fail "no image"
	run_cmd host dr status idle
	assertContains "$OUT" "the engine has a newer one of that name: run dr update"
	run_cmd host dr status idle --json
	assertEquals true "$(ask '.services[0].outdated')"
}

test_status_with_the_engine_down() {
	DOCKER_HOST=unix:///nowhere.sock run_cmd host dr status idle
	assertEquals 1 "$RC"
	assertContains "$OUT" "folder      $MAIN/idle"
	assertContains "$ERR" "/nowhere.sock"
	DOCKER_HOST=unix:///nowhere.sock run_cmd host dr status --json
	assertEquals "1 3" "$RC $(ask '.services | length')"
	assertContains "$(ask .error)" "/nowhere.sock"
}

# How old the last backup is stands in the service's state.
backed_up() { # AGE AS date(1) KNOWS IT
	local file=$MAIN/idle/config/state.json
	jq --arg at "$(date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ)" '. + {last_backup: {time: $at, file: "/backups/idle"}}' "$file" >"$file.new"
	mv "$file.new" "$file"
}

test_age_of_the_backup() {
	run_cmd host dr status --max-backup-age 26h idle
	assertEquals 1 "$RC"
	assertContains "$ERR" "there is no good backup of idle"
	backed_up "25 hours ago"
	run_cmd host dr status --max-backup-age 26h idle
	assertEquals "$ERR" 0 "$RC"
	assertContains "$OUT" "25 hours old, /backups/idle"
	run_cmd host dr status --max-backup-age 1d idle --json
	assertEquals "1 true true" "$RC $(ask '.services[0] | "\(.backup_too_old) \(.backup_age > 89000)"')"
	assertContains "$ERR" "the last good backup of idle"
	host dr update idle >"$SCRATCH/log" 2>&1
	run_cmd host dr status --max-backup-age 1d6h30m idle
	assertEquals "an update does not forget it: $ERR" 0 "$RC"
	for wrong in 26 h x5 1.5h ''; do
		run_cmd host dr status --max-backup-age "$wrong" idle
		assertEquals "$wrong" 1 "$RC"
		assertContains "$ERR" "no length of time"
	done
}

. shunit2
