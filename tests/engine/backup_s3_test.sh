#!/bin/bash
# Backups as objects of S3: written and read as streams, whole or not there.
. tests/lib.sh

IMAGE=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	s3_start
	export AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER AWS_ENDPOINT_URL=$S3_URL
	host_new
	host dr configure "$MAIN" >"$SCRATCH/log" 2>&1 && host dr install $IMAGE saved >"$SCRATCH/log" 2>&1 || exit 1
	VOLUME=$(docker volume inspect -f '{{.Mountpoint}}' dr-saved-config) || exit 1
}

suite_tear_down() {
	[ -z "${S3RVER:-}" ] || kill "$S3RVER" 2>/dev/null
}

# Larger than one part of an upload.
test_there_and_back() {
	head -c 20000000 /dev/urandom >"$VOLUME/noise"
	run_cmd host dr backup saved s3://bucket/daily/saved.tgz
	assertEquals "$ERR" 0 "$RC"
	run_cmd host dr verify --json s3://bucket/daily/saved.tgz
	assertEquals "$ERR" "0 saved" "$RC $(jq -r .service <<<"$OUT")"
	"$DR" s3 get s3://bucket/daily/saved.tgz - | tar -xzO dr-backup/volumes/config/noise | cmp - "$VOLUME/noise" || fail "the file in it"
	assertEquals s3://bucket/daily/saved.tgz "$(jq -r .last_backup.file "$MAIN/saved/config/state.json")"
	run_cmd host dr backup saved s3://bucket/daily/saved.tgz
	assertEquals 1 "$RC"
	assertContains "$ERR" "there is an object s3://bucket/daily/saved.tgz already"
	rm "$VOLUME/noise"
}

test_refused() {
	run_cmd host dr verify s3://bucket/none
	assertEquals 1 "$RC"
	assertContains "$ERR" "s3://bucket/none"
	run_cmd host dr backup saved s3://nobucket/x
	assertEquals 1 "$RC"
	assertContains "$ERR" "s3://nobucket/x: there is no such bucket"
	run_cmd host dr backup saved s3://bucket
	assertEquals 1 "$RC"
	run_cmd host env AWS_ENDPOINT_URL=http://127.0.0.1:1 dr backup saved s3://bucket/x
	assertEquals 1 "$RC"
	printf '#!/bin/bash\nexit 1\n' >"$MAIN/saved/bin/backup"
	run_cmd host dr backup saved s3://bucket/failed
	assertEquals 1 "$RC"
	assertNotContains "$("$DR" s3 ls s3://bucket/)" failed
}

. shunit2
