#!/bin/bash
# docker-http against curl --unix-socket, on the private engine.
. tests/lib.sh

DH() { "$DR" docker-http "$@"; }
viacurl() { curl -s --unix-socket "${DOCKER_HOST#unix://}" "$@"; }

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	ID=$(viacurl -X POST -H 'Content-Type: application/json' -d '{"Image":"j842/dr-helloworld","Cmd":["true"]}' \
		'http://d/containers/create?name=http-test' | jq -r .Id)
}

oneTimeTearDown() {
	[ -z "${ID:-}" ] || viacurl -X DELETE "http://d/containers/http-test" >/dev/null
}

test_get() {
	assertEquals "$(viacurl http://d/version)" "$(DH GET /version)"
	assertEquals "$(viacurl 'http://d/containers/json?all=1' | jq -r '.[].Id')" "$(DH GET '/containers/json?all=1' | jq -r '.[].Id')"
	assertEquals "$(viacurl http://d/v1.30/images/json)" "$(DH GET /v1.30/images/json)"
	run_cmd DH HEAD /_ping
	assertEquals "0 " "$RC $OUT"
}

test_include_headers() {
	run_cmd DH -i GET /_ping
	viacurl -i http://d/_ping >"$SCRATCH/curl"
	assertEquals "$(grep -v ^Date: "$SCRATCH/curl")" "$(grep -v ^Date: "$SCRATCH/.out")"
	run_cmd DH -i HEAD /_ping
	assertContains "$OUT" "HTTP/1.1 200 OK"
}

test_statuses() {
	run_cmd DH GET /containers/none/json
	assertEquals "without --fail an answer is an answer" 0 "$RC"
	assertEquals "$(viacurl http://d/containers/none/json)" "$OUT"
	run_cmd DH --fail GET /containers/none/json
	assertEquals "1  docker-http: No such container: none" "$RC $OUT $ERR"
}

test_bodies() {
	run_cmd DH --fail POST /containers/create -d '{"Image":"j842/dr-helloworld"}'
	assertEquals "$ERR" 0 "$RC"
	a=$(echo "$OUT" | jq -r .Id)
	echo '{"Image":"j842/dr-helloworld"}' >"$SCRATCH/body.json"
	b=$(DH --fail POST /containers/create <"$SCRATCH/body.json" | jq -r .Id)
	# shellcheck disable=SC2002 # a pipe is what this is about
	c=$(cat "$SCRATCH/body.json" | DH --fail POST /containers/create | jq -r .Id)
	d=$(DH --fail POST /containers/create -d "@$SCRATCH/body.json" | jq -r .Id)
	f=$(DH --fail POST /containers/create -d @- <"$SCRATCH/body.json" | jq -r .Id)
	for id in "$a" "$b" "$c" "$d" "$f"; do
		assertEquals "$id" 64 "${#id}"
		run_cmd DH --fail DELETE "/containers/$id"
		assertEquals "$ERR" 0 "$RC"
	done
	run_cmd DH --fail POST /containers/create -H 'Content-Type: text/plain' -d '{"Image":"j842/dr-helloworld"}'
	assertEquals "the type is ours to say: $ERR" 1 "$RC"
}

test_archives_both_ways() {
	mkdir "$SCRATCH/tree"
	head -c 3000000 /dev/urandom >"$SCRATCH/tree/data"
	tar -C "$SCRATCH/tree" -cf "$SCRATCH/up.tar" data
	run_cmd DH --fail PUT '/containers/http-test/archive?path=/tmp' <"$SCRATCH/up.tar"
	assertEquals "$ERR" 0 "$RC"
	viacurl 'http://d/containers/http-test/archive?path=/tmp/data' >"$SCRATCH/curl.tar"
	run_cmd DH --fail -o "$SCRATCH/down.tar" GET '/containers/http-test/archive?path=/tmp/data'
	assertEquals "0 " "$RC $OUT"
	assertTrue "the same bytes as curl's" "cmp '$SCRATCH/curl.tar' '$SCRATCH/down.tar'"
	tar -xOf "$SCRATCH/down.tar" >"$SCRATCH/back"
	assertTrue "the same bytes as went up" "cmp '$SCRATCH/tree/data' '$SCRATCH/back'"
	# shellcheck disable=SC2002 # chunked
	cat "$SCRATCH/up.tar" | DH --fail PUT '/containers/http-test/archive?path=/root' -d @-
	assertEquals "$(stat -c %s "$SCRATCH/down.tar")" "$(DH GET '/containers/http-test/archive?path=/root/data' | wc -c)"
}

test_events_come_at_once() {
	DH GET '/events?filters={"event":["rename"]}' >"$SCRATCH/events" &
	pid=$!
	for _ in $(seq 50); do
		DH --fail POST "/containers/http-test/rename?name=http-test2" -d '' && DH POST "/containers/http-test2/rename?name=http-test" -d ''
		[ ! -s "$SCRATCH/events" ] || break
		sleep 0.1
	done
	kill $pid
	wait $pid 2>/dev/null
	assertEquals rename "$(head -n 1 "$SCRATCH/events" | jq -r .Action)"
}

refused() { # WORDS, ARGS…
	run_cmd DH "${@:2}" </dev/null
	assertEquals "$* $OUT" 1 "$RC"
	assertContains "$ERR" "$1"
	assertEquals "one line: $ERR" 1 "$(printf '%s\n' "$ERR" | wc -l)"
}

test_bad_input() {
	refused "does not begin with '/'" GET version
	refused "is no HTTP request" GET '/ver sion'
	refused "is no HTTP request" $'GE\nT' /version
	refused "is no header" GET /version -H nonsense
	refused "is no header" GET /version -H $'A b: c'
	refused "docker-http's own" GET /version -H 'content-length: 4'
	refused "cannot open $SCRATCH/none" POST /containers/create -d "@$SCRATCH/none"
	refused "No such file or directory" GET /version -o "$SCRATCH/none/x"
	refused "usage: docker-http" GET
}

test_no_file_is_left_half_written() {
	run_cmd DH --fail -o "$SCRATCH/out" GET /containers/none/json
	assertEquals 1 "$RC"
	assertFalse "[ -e '$SCRATCH/out' ]"
	run_cmd env DOCKER_HOST="unix://$SCRATCH/nobody" "$DR" docker-http GET /version
	assertEquals 1 "$RC"
	assertContains "$ERR" "unix://$SCRATCH/nobody"
}

. shunit2
