#!/bin/bash
# dr_service with an engine behind TLS, and with backups that are objects of S3.
. tests/lib.sh
. tests/engine/tls.sh

IMAGE=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	PKI=$SCRATCH/pki FAR=$SCRATCH/far
	{ pki "$PKI" ec && pki "$SCRATCH/other" ec; } || { cat "$TEST_TOP/openssl.log"; exit 1; }
	tls_engine "$FAR" "$PKI" || exit 1
	SOCK=unix://$FAR/sock
	DOCKER_HOST=$SOCK engine_images || exit 1
	unset DOCKER_HOST
	URL=tcp://localhost:$(cat "$FAR/port")
	s3_start
	host_new
	mkdir "$SCRATCH/library"
	cp "$DR" "$SCRATCH/library/dr_service"
	# What every task has; each test adds to it.
	TASK=$(jq -n --arg host "$URL" --arg certs "$PKI/client" --arg dir "$MAIN" --arg bin "$BIN" --arg s3 "$S3_URL" '{
		name: "far", directory: $dir, bin_dir: $bin, docker_host: $host, docker_tls_verify: true, docker_cert_path: $certs,
		environment: {AWS_ACCESS_KEY_ID: "S3RVER", AWS_SECRET_ACCESS_KEY: "S3RVER", AWS_ENDPOINT_URL: $s3}}')
}

suite_tear_down() {
	[ -z "${S3RVER:-}" ] || kill "$S3RVER" 2>/dev/null
	engine_down "$FAR"
}

# task FILTER [NAME=VALUE...]: calls the module as Ansible does, with TASK changed by jq's FILTER; what is in its environment
# besides. Its answer in $ANSWER; "changed" or what it failed with in $DONE.
task() {
	jq -c "$1" <<<"$TASK" >"$SCRATCH/args"
	run_cmd host env "${@:2}" "$SCRATCH/library/dr_service" "$SCRATCH/args"
	ANSWER=$OUT
	DONE=$(jq -r 'if .failed then "failed: " + .msg else .changed end' <<<"$ANSWER") || fail "not JSON: $ANSWER $ERR"
}

# The folder of a service's volume.
volume() {
	docker -H "$SOCK" volume inspect -f '{{.Mountpoint}}' "dr-${1:-far}-config"
}

test_1_the_life_of_a_service_behind_tls() {
	task ".image = \"$IMAGE\""
	assertEquals "$ANSWER" true "$DONE"
	assertEquals far "$(jq -r .service.name <<<"$ANSWER")"
	assertEquals "the volume is on that engine" dr-far-config "$(docker -H "$SOCK" volume ls -q)"
	task ".image = \"$IMAGE\""
	assertEquals "$ANSWER" false "$DONE"
	task '.command = "run"'
	assertEquals "its script finds the engine: $ANSWER" "true Hello, world!" "$DONE $(jq -r '.stdout | rtrimstr("\n")' <<<"$ANSWER")"
	task '.state = "updated" | .pull = "never"'
	assertEquals "$ANSWER" false "$DONE"
}

test_2_tls_by_the_environment() {
	local rest='del(.docker_host, .docker_tls_verify, .docker_cert_path) | .command = "run"'
	task "$rest" DOCKER_HOST="$URL" DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$PKI/client"
	assertEquals "$ANSWER" true "$DONE"
	task "$rest | .environment += {DOCKER_HOST: \"$URL\", DOCKER_TLS_VERIFY: \"1\", DOCKER_CERT_PATH: \"$PKI/client\"}"
	assertEquals "$ANSWER" true "$DONE"
	# The folder of certificates alone is enough, and arguments come before the environment.
	task 'del(.docker_tls_verify) | .command = "run"' DOCKER_HOST=tcp://127.0.0.1:1 DOCKER_CERT_PATH="$SCRATCH/other/client"
	assertEquals "$ANSWER" true "$DONE"
}

test_2_refused() {
	task ".docker_cert_path = \"$SCRATCH/other/client\" | .state = \"updated\""
	assertContains "$DONE" "failed: "
	assertContains "$DONE" "$URL"
	assertContains "$DONE" "not signed by an authority"
	task '.docker_cert_path = "/no/certs" | .state = "updated"'
	assertContains "$DONE" /no/certs
	task 'del(.docker_tls_verify, .docker_cert_path) | .state = "updated"'
	assertContains "without TLS" "$DONE" "failed: "
	task '.docker_tls_verify = "maybe"'
	assertContains "$DONE" "docker_tls_verify must be true or false"
}

test_3_backed_up_to_s3() {
	local state='.state = "backed_up" | .backup = "s3://bucket/daily/far.tgz"'
	echo kept >"$(volume)/file"
	task "$state | ._ansible_check_mode = true"
	assertEquals "$ANSWER" true "$DONE"
	assertEquals "check mode stores nothing" "" "$(find "$SCRATCH/s3data/bucket" -type f -name '*far.tgz*')"
	task "$state"
	assertEquals "$ANSWER" "true s3://bucket/daily/far.tgz" "$DONE $(jq -r .service.backup_file <<<"$ANSWER")"
	AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER AWS_ENDPOINT_URL=$S3_URL "$DR" s3 get s3://bucket/daily/far.tgz - |
		tar -xzO dr-backup/volumes/config/file >"$SCRATCH/file"
	assertEquals kept "$(cat "$SCRATCH/file")"
	task "$state"
	assertEquals "it is there and good: $ANSWER" false "$DONE"
	task "$state | .force = true"
	assertEquals "$ANSWER" true "$DONE"
	task "$state | .backup = \"s3://nobucket/far\""
	assertContains "$DONE" "s3://nobucket/far: there is no such bucket"
	task "$state | .environment += {AWS_ACCESS_KEY_ID: \"NOBODY\", AWS_SECRET_ACCESS_KEY: \"n0secret\"} | ._ansible_verbosity = 3"
	assertContains "$ANSWER" "$DONE" "s3://bucket/daily/far.tgz"
	assertNotContains "$ANSWER" n0secret
}

test_4_restored_from_s3() {
	local state='.state = "restored" | .backup = "s3://bucket/daily/far.tgz"'
	echo spoilt >"$(volume)/file"
	task "$state | ._ansible_check_mode = true"
	assertEquals "$ANSWER" true "$DONE"
	assertEquals "check mode changes nothing" spoilt "$(cat "$(volume)/file")"
	task "$state"
	assertEquals "$ANSWER" true "$DONE"
	assertEquals kept "$(cat "$(volume)/file")"
	task "$state | .name = \"again\" | .passphrase = \"s3cret\""
	assertEquals "under another name, and encrypted or not: $ANSWER" true "$DONE"
	assertEquals kept "$(cat "$(volume again)/file")"
	task "$state | .backup = \"s3://bucket/none\""
	assertContains "$DONE" "failed: "
	assertContains "$DONE" "s3://bucket/none"
	assertEquals "the service has not noticed" kept "$(cat "$(volume)/file")"
}

test_5_absent_through_ansible_itself() {
	jq -c '.state = "absent"' <<<"$TASK" >"$SCRATCH/task"
	run_cmd host env ANSIBLE_LOCAL_TEMP="$SCRATCH/tmp" ANSIBLE_HOME="$SCRATCH/home" LC_ALL=C.UTF-8 ansible localhost \
		-i localhost, -c local -M "$SCRATCH/library" -m dr_service -a "$(cat "$SCRATCH/task")"
	assertEquals "$OUT$ERR" 0 "$RC"
	assertContains "$OUT" '"changed": true'
	task '.state = "absent"'
	assertEquals "$ANSWER" false "$DONE"
	task '.state = "absent" | .name = "again"'
	assertEquals "$ANSWER" true "$DONE"
	assertEquals "nothing is left" "" "$(docker -H "$SOCK" volume ls -q)$(docker -H "$SOCK" ps -aq)"
}

. shunit2
