#!/bin/bash
# simplesecrets, the second service of the original README, from end to end: its image's tools are dr's age and s3.
. tests/lib.sh

oneTimeSetUp() {
	scratch
	s3_start
	s3_tls_start
	engine_images || exit 1
	host_new
	host dr configure "$MAIN" || exit 1
	host dr install j842/simplesecrets simplesecrets >"$SCRATCH/installed" || exit 1
	host dr install j842/simplesecrets other >/dev/null || exit 1
	head -c 100000 /dev/urandom >"$SCRATCH/myfile"
	export S3KEY=S3RVER S3SECRET=S3RVER BUCKET=bucket S3ENDPOINT=$S3_URL
}

suite_tear_down() {
	[ -z "${S3RVER:-}" ] || kill "$S3RVER" "$S3_TLS" 2>/dev/null
	S3RVER=
	host dr destroy simplesecrets >/dev/null 2>&1
	host dr destroy other >/dev/null 2>&1
	return 0
}

S() { AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER AWS_ENDPOINT_URL=$S3_URL "$DR" s3 "$@"; }

test_a_configure() {
	assertContains "$(cat "$SCRATCH/installed")" "configure"
	run_cmd host simplesecrets store <"$SCRATCH/myfile"
	assertEquals 1 "$RC"
	assertContains "$ERR" "simplesecrets has no keys yet"
	S3KEY='' run_cmd host simplesecrets configure
	assertEquals 1 "$RC"
	assertContains "$ERR" "usage: S3KEY="
	run_cmd host simplesecrets configure
	assertEquals "$ERR" 0 "$RC"
	run_cmd host simplesecrets configure
	assertEquals "unchanged" 3 "$RC"
	BUCKET=elsewhere run_cmd host simplesecrets configure
	assertEquals 0 "$RC"
	host simplesecrets configure && host other configure
	assertEquals 0 $?
	assertEquals "600 druser" "$(docker run --rm --network none -v dr-simplesecrets-config:/config j842/simplesecrets \
		stat -c '%a %U' /config/s3)"
}

test_b_store_and_retrieve() {
	local name pass
	run_cmd host simplesecrets store <"$SCRATCH/myfile"
	assertEquals "$ERR" 0 "$RC"
	pass=$(sed -n 's/^PASS=\([^ ]*\) simplesecrets retrieve .*/\1/p' <<<"$OUT")
	name=$(sed -n 's/^PASS=.* simplesecrets retrieve //p' <<<"$OUT")
	assertEquals "a passphrase of 144 bits" 24 ${#pass}
	PASS=$pass host simplesecrets retrieve "$name" >"$SCRATCH/got"
	cmp "$SCRATCH/myfile" "$SCRATCH/got"
	assertEquals 0 $?
	assertEquals "named by its digest" "$name" "$(S get "s3://bucket/simplesecrets/$name" - | sha256sum | cut -c 1-16)"
	PASS='my pass' host simplesecrets store mine <"$SCRATCH/myfile" >/dev/null
	assertEquals 0 $?
	PASS='my pass' run_cmd host simplesecrets retrieve mine "$SCRATCH/file"
	assertEquals "$ERR" 0 "$RC"
	cmp "$SCRATCH/myfile" "$SCRATCH/file"
	assertEquals 0 $?
	PASS='my pass' run_cmd host simplesecrets retrieve mine "$SCRATCH/file"
	assertEquals "unchanged" 3 "$RC"
}

test_c_age_opens_it() {
	S get s3://bucket/simplesecrets/mine "$SCRATCH/mine.age"
	expect -c 'set timeout 60' -c 'log_user 0' -c "spawn -noecho age -d -o $SCRATCH/plain $SCRATCH/mine.age" \
		-c 'expect "assphrase"; expect ": "; send -- "my pass\r"; expect eof'
	cmp "$SCRATCH/myfile" "$SCRATCH/plain"
	assertEquals 0 $?
}

test_d_refusals() {
	rm -f "$SCRATCH/none"
	PASS=wrong run_cmd host simplesecrets retrieve mine "$SCRATCH/none"
	assertEquals 1 "$RC"
	assertFalse "no file" '[ -e "$SCRATCH/none" ]'
	PASS=x run_cmd host simplesecrets retrieve absent "$SCRATCH/none"
	assertEquals 1 "$RC"
	assertContains "$ERR" "there is no such object"
	assertEquals "nothing is left" "" "$(find "$SCRATCH" -name 'none*')"
	run_cmd host simplesecrets retrieve mine
	assertEquals 1 "$RC"
	assertContains "$ERR" "usage: PASS="
}

test_e_two_instances() {
	PASS=p host other store mine <<<different >/dev/null
	assertEquals different "$(PASS=p host other retrieve mine)"
	PASS='my pass' host simplesecrets retrieve mine | cmp - "$SCRATCH/myfile"
	assertEquals "the other's is as it was" 0 $?
}

test_f_keys_are_nowhere_to_be_seen() {
	local id i
	S3SECRET=visible-secret host other configure
	mkfifo "$SCRATCH/slow"
	PASS=visible-pass host other store slow <"$SCRATCH/slow" >/dev/null 2>&1 &
	local pid=$!
	exec 8>"$SCRATCH/slow"
	for ((i = 0; i < 600; i++)); do
		id=$(docker ps -q)
		[ -z "$id" ] || break
		sleep 0.1
	done
	assertNotNull "the container runs" "$id"
	assertNotContains "$(docker inspect "$id")" visible-
	assertNotContains "$(ps -eo args)" visible-
	assertNotContains "$(docker logs "$id" 2>&1)" visible-
	exec 8>&-
	wait "$pid"
	assertEquals 0 $?
}

test_g_tls() {
	S3ENDPOINT=$S3_TLS_URL host other configure
	PASS=p run_cmd host other retrieve mine
	assertEquals "an authority that nobody knows" 1 "$RC"
	assertContains "$ERR" "not signed by an authority"
	S3ENDPOINT=$S3_TLS_URL S3CA=$S3_CA run_cmd host other configure
	assertEquals "$ERR" 0 "$RC"
	S3ENDPOINT=$S3_TLS_URL S3CA=$S3_CA run_cmd host other configure
	assertEquals "unchanged" 3 "$RC"
	PASS=p run_cmd host other retrieve mine
	assertEquals "$ERR" "0 different" "$RC $OUT"
	S3ENDPOINT=$S3_TLS_URL S3CA=$S3_CA.none run_cmd host other configure
	assertEquals 1 "$RC"
	BUCKET=$'two\nlines' run_cmd host other configure
	assertEquals "1 other: a setting holds a line break" "$RC $ERR"
	PASS=$'two\nlines' run_cmd host other store x <<<secret
	assertEquals "1 other: the passphrase holds a line break" "$RC $ERR"
	PASS=p run_cmd host other retrieve mine
	assertEquals "what failed changed nothing" "0 different" "$RC $OUT"
}

# Its keys go with it: after a restore under the same name the service finds its secrets.
test_h_backup_and_restore() {
	PASS=backup run_cmd host dr backup simplesecrets "$SCRATCH/secrets.backup"
	assertEquals "$ERR" 0 "$RC"
	assertNotContains "keys are encrypted" "$(tr -d '\0' <"$SCRATCH/secrets.backup")" S3RVER
	run_cmd host dr destroy simplesecrets
	assertEquals "$ERR" 0 "$RC"
	PASS=backup run_cmd host dr restore simplesecrets "$SCRATCH/secrets.backup"
	assertEquals "$ERR" 0 "$RC"
	PASS='my pass' host simplesecrets retrieve mine | cmp - "$SCRATCH/myfile"
	assertEquals 0 $?
	run_cmd host simplesecrets configure
	assertEquals "the settings are what they were" 3 "$RC"
	assertEquals "600 druser" "$(docker run --rm --network none -v dr-simplesecrets-config:/config j842/simplesecrets \
		stat -c '%a %U' /config/s3)"
}

test_i_help() {
	run_cmd host simplesecrets
	assertContains "$OUT" "simplesecrets store < FILE"
	run_cmd host simplesecrets enter <<<'dr --version; command -v s3 age'
	assertContains "$OUT" /bin/s3
}

. shunit2
