#!/bin/bash
# s3 against s3rver, a server that others wrote, and against one that misbehaves.
. tests/lib.sh

S() { "$DR" s3 "$@"; }

oneTimeSetUp() {
	scratch
	cd "$SCRATCH" || exit 1
	local i
	s3_start
	s3_tls_start
	mkfifo hold
	/usr/bin/python3 "$TOP/tests/cli/s3_faulty.py" "$SCRATCH/faulty.log" <hold >faulty.port 2>faulty.err &
	FAULTY_PID=$!
	exec 9>hold
	for ((i = 0; i < 600; i++)); do
		[ -s faulty.port ] && break
		sleep 0.1
	done
	[ -s faulty.port ] || { cat faulty.err; exit 1; }
	FAULTY=http://127.0.0.1:$(cat faulty.port)
	export HOME=$SCRATCH AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER AWS_ENDPOINT_URL=$S3_URL
	head -c 300000 /dev/urandom >small
	head -c 40000000 /dev/urandom >big
	: >empty
}

suite_tear_down() {
	[ -z "${S3RVER:-}" ] || kill "$S3RVER" "$S3_TLS" "$FAULTY_PID" 2>/dev/null
	S3RVER=
}

test_there_and_back() {
	local f
	for f in small empty big; do
		S put $f "s3://bucket/dir/$f"
		assertEquals "put $f" 0 $?
		S get "s3://bucket/dir/$f" "got.$f" && cmp $f "got.$f"
		assertEquals "get $f" 0 $?
		# shellcheck disable=SC2002 # the point is a pipe
		cat $f | S put - "s3://bucket/pipe/$f"
		assertEquals "put - $f" 0 $?
		S get "s3://bucket/pipe/$f" - | cmp - $f
		assertEquals "get - $f" 0 $?
	done
	run_cmd "$DR" s3 ls s3://bucket/dir/
	assertEquals "dir/big 40000000,dir/empty 0,dir/small 300000," "$(awk '{printf "%s %s,", $3, $2}' <<<"$OUT")"
	run_cmd "$DR" s3 ls
	assertContains "$OUT" bucket
	run_cmd "$DR" s3 stat s3://bucket/dir/small
	assertContains "$OUT" "size 300000"
	assertContains "$OUT" "etag $(md5sum <small | cut -d' ' -f1)"
	S rm s3://bucket/dir/small
	assertEquals 0 $?
	run_cmd "$DR" s3 rm s3://bucket/dir/small
	assertEquals 1 "$RC"
	assertContains "$ERR" "there is no such object"
}

test_a_key_is_literal() {
	local key
	for key in 'a b' 'ä/ö €' 'q?x=1&y' '100%41' 'a+b=c' "it's (~) *" '<&>"'; do
		S put small "s3://bucket/key/$key" && S get "s3://bucket/key/$key" - | cmp - small
		assertEquals "$key" 0 $?
		run_cmd "$DR" s3 ls "s3://bucket/key/$key"
		assertEquals "key/$key" "${OUT#*300000 }"
	done
	AWS_ENDPOINT_URL=$FAULTY AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret S put small 's3://bucket//a//b /%2f?'
	assertEquals 0 $?
	assertEquals 'PUT /bucket//a//b%20/%252f%3F' "$(tail -n 1 faulty.log)"
}

# A server lists a thousand at a time.
test_a_long_list() {
	AWS_ENDPOINT_URL=$FAULTY AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret run_cmd "$DR" s3 ls s3://pages/
	assertEquals "$ERR" "0 3000 key-2999" "$RC $(wc -l <<<"$OUT") $(tail -n 1 <<<"$OUT" | awk '{print $3}')"
}

test_memory_does_not_grow() {
	local kb
	head -c 60000000 /dev/zero | /usr/bin/time -f %M -o rss "$DR" s3 put - s3://bucket/zeros
	kb=$(cat rss)
	assertTrue "put took $kb KiB" "[ $kb -lt 24576 ]"
	/usr/bin/time -f %M -o rss "$DR" s3 get s3://bucket/zeros zeros
	kb=$(cat rss)
	assertTrue "get took $kb KiB" "[ $kb -lt 24576 ]"
	assertEquals 60000000 "$(stat -c %s zeros)"
}

test_progress_on_a_terminal_only() {
	S put big s3://bucket/shown 2>err
	assertEquals "" "$(cat err)"
	assertContains "$(script -qec "$DR s3 put big s3://bucket/shown" /dev/null)" Uploading
	assertContains "$(script -qec "$DR s3 get s3://bucket/shown shown" /dev/null)" Downloading
	cmp big shown
	assertEquals 0 $?
}

test_profiles() {
	mkdir -p .aws
	printf '[default]\naws_access_key_id=no\naws_secret_access_key=no\n[mine]\naws_access_key_id = S3RVER\naws_secret_access_key = S3RVER\n' >.aws/credentials
	printf '[profile mine]\nregion = eu-west-1\nendpoint_url = %s\n' "$AWS_ENDPOINT_URL" >.aws/config
	run_cmd env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_ENDPOINT_URL AWS_PROFILE=mine "$DR" s3 ls
	assertContains "$OUT$ERR" bucket
	assertEquals 0 "$RC"
	run_cmd env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY "$DR" s3 ls
	assertEquals 1 "$RC"
	assertContains "$ERR" "check AWS_ACCESS_KEY_ID"
	rm -r .aws
	run_cmd env -u AWS_ACCESS_KEY_ID "$DR" s3 ls
	assertContains "$ERR" "no keys for S3: set AWS_ACCESS_KEY_ID"
}

fails() { # WORDS CMD…: exit 1, one line with those words, and no file under the final name
	local words=$1
	shift
	rm -f got
	AWS_ENDPOINT_URL=${URL:-$AWS_ENDPOINT_URL} run_cmd "$DR" s3 "$@"
	assertEquals "$*" 1 "$RC"
	assertContains "$*" "$ERR" "$words"
	assertEquals "$*: one line" 1 "$(wc -l <<<"$ERR")"
	assertFalse "$*: no file" '[ -e got ]'
	assertEquals "$*: nothing left" "" "$(find . -name '.dr-*')"
}

test_refusals() {
	fails "there is no such object" get s3://bucket/absent got
	fails "there is no such bucket" get s3://absent/x got
	fails "there is no such bucket" put small s3://absent/x
	fails "there is no such bucket" ls s3://absent/
	fails "is not of the form s3://BUCKET/KEY" get bucket/x got
	fails "cannot be the name of a bucket" get 's3://a?b/x' got
	fails "No such file" put absent s3://bucket/x
	URL=http://127.0.0.1:1 fails "cannot connect to 127.0.0.1 port 1" get s3://bucket/x got
	URL=ftp://x fails "the endpoint URL must be" get s3://bucket/x got
	AWS_ACCESS_KEY_ID=wrong fails "check AWS_ACCESS_KEY_ID" put small s3://bucket/x
}

test_a_faulty_server() {
	local AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret URL=$FAULTY
	AWS_SECRET_ACCESS_KEY=wrong fails "check AWS_SECRET_ACCESS_KEY" get s3://b/fine got
	fails "closed without an answer (tried 4 times)" get s3://b/close got
	S3_TIMEOUT=1 fails "silent for too long" get s3://b/stall got
	fails "not that of an S3 server" get s3://b/html got
	fails "not that of an S3 server" put small s3://b/html
	fails "60 minutes ahead" get s3://b/skew got
	fails "set AWS_REGION=eu-west-1" get s3://b/region got
	fails "redirects to http://elsewhere/" get s3://b/moved got
	fails "SlowDown: no (tried 4 times)" put small s3://b/busy
	fails "its MD5 is" get s3://b/short got
	fails "closed in the middle" get s3://b/truncated got
	fails "was replaced while it was read" get s3://b/changed got
	fails "the server has stored something else" put small s3://b/bad-etag
}

test_it_goes_on() {
	export AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret AWS_ENDPOINT_URL=$FAULTY
	S get s3://b/fine fine && S get s3://b/broken broken && cmp fine broken
	assertEquals 0 $?
	assertEquals "resumed by range" 3 "$(grep -c broken faulty.log)"
	S put small s3://b/busy-twice
	assertEquals 0 $?
	: >faulty.log
	run_cmd "$DR" s3 put big s3://b/part-fails
	assertEquals 1 "$RC"
	assertEquals "4xx is not tried again" 1 "$(grep -c partNumber=2 faulty.log)"
	assertEquals "the upload is aborted" 'DELETE /b/part-fails?uploadId=an%20id%2F%2B' "$(tail -n 1 faulty.log)"
	run_cmd "$DR" s3 put big s3://b/incomplete
	assertEquals 1 "$RC"
	assertContains "$ERR" "could not put the parts together (tried 4 times)"
	assertEquals "the upload is aborted" 'DELETE /b/incomplete?uploadId=an%20id%2F%2B' "$(tail -n 1 faulty.log)"
	export AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER AWS_ENDPOINT_URL=$S3_URL
}

# What the last answer says got lost on the way, but the object is there: the client finds out.
test_a_lost_answer() {
	export AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret AWS_ENDPOINT_URL=$FAULTY
	: >faulty.log
	run_cmd "$DR" s3 put big s3://b/lost
	assertEquals "$ERR" 0 "$RC"
	assertEquals 'HEAD /b/lost' "$(tail -n 1 faulty.log)"
	export AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER AWS_ENDPOINT_URL=$S3_URL
}

# SIGNAL NAME BYTES STATUS: interrupted while it waits for input, or (slow-part) for the answer to a part too
interrupted() {
	local pid i status
	: >faulty.log
	rm -f slow
	mkfifo slow
	"$DR" s3 put - "s3://b/$2" <slow 2>err &
	pid=$!
	exec 8>slow
	head -c "$3" /dev/zero >&8
	for ((i = 0; i < 600; i++)); do
		grep -q partNumber=1 faulty.log && break
		sleep 0.05
	done
	kill "-$1" "$pid"
	{ wait "$pid"; } 2>/dev/null
	status=$?
	assertEquals "$1 $2: $(cat err)" "$4" $status
	exec 8>&-
	assertContains "$1 $2" "$(tail -n 1 faulty.log)" "DELETE /b/$2?uploadId="
}

test_an_interrupted_upload_is_aborted() {
	export AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret AWS_ENDPOINT_URL=$FAULTY
	interrupted TERM slow 11000000 143
	interrupted TERM slow-part 11000000 143
	# A shell's background jobs ignore SIGINT.
	interrupted HUP slow-part 11000000 129
	assertNotContains "$(cat faulty.log)" "POST /b/slow-part?uploadId"
	export AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER AWS_ENDPOINT_URL=$S3_URL
}

test_a_session_token() {
	AWS_SESSION_TOKEN='a token/+=' AWS_ENDPOINT_URL=$FAULTY AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret \
		S put small s3://b/token
	assertEquals 0 $?
	mkdir -p .aws
	printf '[default]\naws_access_key_id=key\naws_secret_access_key=secret\naws_session_token = a token/+=\n' >.aws/credentials
	run_cmd env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY AWS_ENDPOINT_URL="$FAULTY" "$DR" s3 put small s3://b/token
	assertEquals "$ERR" 0 "$RC"
	rm -r .aws
	URL=$FAULTY AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret fails "AccessDenied" put small s3://b/token
}

test_tls() {
	local AWS_ENDPOINT_URL=$S3_TLS_URL
	export AWS_CA_BUNDLE=$S3_CA
	for f in small empty big; do
		S put $f "s3://bucket/tls/$f" && S get "s3://bucket/tls/$f" "got.$f" && cmp $f "got.$f"
		assertEquals "$f" 0 $?
	done
	run_cmd "$DR" s3 ls s3://bucket/tls/
	assertEquals "tls/big,tls/empty,tls/small," "$(awk '{printf "%s,", $3}' <<<"$OUT")"
	AWS_ENDPOINT_URL=${S3_TLS_URL/127.0.0.1/localhost} S get s3://bucket/tls/small - | cmp - small
	assertEquals "by name" 0 $?
	# The host's own authorities do not vouch for it, and a file may be missing.
	unset AWS_CA_BUNDLE
	rm -f got
	run_cmd env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt "$DR" s3 get s3://bucket/tls/small got
	assertEquals "1 1" "$RC $(wc -l <<<"$ERR")"
	assertContains "$ERR" "authorit"
	AWS_CA_BUNDLE=$SCRATCH/absent fails "$SCRATCH/absent" get s3://bucket/tls/small got
	SSL_CERT_FILE=$S3_CA S get s3://bucket/tls/small - | cmp - small
	assertEquals "the host's authorities" 0 $?
	AWS_ENDPOINT_URL=https://${S3_URL#http://} AWS_CA_BUNDLE=$S3_CA fails "" get s3://bucket/tls/small got
	AWS_ENDPOINT_URL=http://${S3_TLS_URL#https://} fails "" get s3://bucket/tls/small got
	mkdir -p .aws
	printf '[default]\nca_bundle = %s\n' "$S3_CA" >.aws/config
	S get s3://bucket/tls/small - | cmp - small
	assertEquals "ca_bundle of the profile" 0 $?
	rm -r .aws
}

test_virtual_host_style() {
	# s3rver knows buckets by host name beneath s3.amazonaws.com: the host name is looked up in the private /etc/hosts.
	host_new
	echo '127.0.0.1 bucket.s3.amazonaws.com' >>"$HOST_DIR/etc/hosts"
	AWS_ENDPOINT_URL=http://s3.amazonaws.com:${S3_URL##*:} AWS_S3_ADDRESSING_STYLE=virtual host dr s3 put small s3://bucket/virtual
	assertEquals 0 $?
	S get s3://bucket/virtual - | cmp - small
	assertEquals 0 $?
}

# shellcheck source=/dev/null
. shunit2
