#!/bin/bash
# Engines behind TLS: two real ones, with RSA and with EC certificates; and everything that has to be refused.
. tests/engine/tls.sh
own_network "$@"
. tests/lib.sh

oneTimeSetUp() {
	scratch
	RSA=$SCRATCH/rsa EC=$SCRATCH/ec
	{ pki "$RSA" rsa && pki "$EC" ec && pki "$SCRATCH/other" rsa; } || { echo "no certificates"; cat "$TEST_TOP/openssl.log"; exit 1; }
	server python3 tests/engine/tls_faulty.py silent
	SILENT=$SERVERS SERVERS=
	{ DOCKER_HOST=tcp://127.0.0.1:$PORT with_tls "$RSA/client" "$DR" docker-http GET /_ping >"$SCRATCH/silent" 2>&1
	echo $? >"$SCRATCH/silent.code"; } &
	tls_engine "$SCRATCH/rsa.engine" "$RSA" 2376 && tls_engine "$SCRATCH/ec.engine" "$EC" 2377 || exit 1
	unset DOCKER_HOST
	RSA_URL=tcp://127.0.0.1:2376
	EC_URL=tcp://localhost:2377
	DOCKER_HOST=unix://$SCRATCH/rsa.engine/sock engine_images
}

oneTimeTearDown() {
	SERVERS="$SERVERS $SILENT"
	servers_down
	engine_down "$SCRATCH/rsa.engine"
	engine_down "$SCRATCH/ec.engine"
	rm -rf "$SCRATCH"
}

with_tls() {
	DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$1 "${@:2}"
}

rsa() { DOCKER_HOST=$RSA_URL with_tls "$RSA/client" "$@"; }
ec() { DOCKER_HOST=$EC_URL with_tls "$EC/client" "$@"; }

# s_server NAME [OPTION…]: openssl with the certificate NAME of the RSA authority.
s_server() {
	server openssl s_server -accept 127.0.0.1:0 -cert "$RSA/$1.pem" -key "$RSA/$1.key" -www "${@:2}"
}

# refused NAME EXPECTED…: connecting to $PORT by that name is refused in those words, and says where.
refused() {
	local name=$1 word
	DOCKER_HOST=tcp://$name:$PORT run_cmd with_tls "$RSA/client" "$DR" docker ps
	assertEquals "exit" 1 "$RC"
	assertEquals "lines" 1 "$(printf '%s\n' "$ERR" | wc -l)"
	assertContains "$ERR" "tcp://$name:$PORT"
	for word in "${@:2}"; do assertContains "$ERR" "$word"; done
}

test_both_kinds_answer() {
	assertContains "$(rsa "$DR" docker-http GET /version)" ApiVersion
	assertContains "$(ec "$DR" docker-http GET /version)" ApiVersion
	rsa "$DR" docker run -d --name one --network none j842/dr-helloworld sleep 600 >/dev/null
	assertEquals one "$(rsa docker ps --format '{{.Names}}')"
	run_cmd rsa "$DR" docker ps --format '{{.Names}}'
	assertEquals "$ERR" one "$OUT"
	rsa "$DR" docker rm -f one >/dev/null
}

test_options_are_those_of_docker() {
	run_cmd "$DR" docker -H "$EC_URL" --tlsverify --tlscacert "$EC/ca.pem" --tlscert "$EC/client/cert.pem" \
		--tlskey "$EC/client/key.pem" ps -q
	assertEquals "$ERR" 0 "$RC"
	run_cmd env DOCKER_TLS=1 DOCKER_CERT_PATH="$EC/client" "$DR" docker -H "$EC_URL" ps -q
	assertEquals "$ERR" 0 "$RC"
	mkdir -p "$SCRATCH/config" && cp "$EC"/client/*.pem "$SCRATCH/config/"
	run_cmd "$DR" docker --config "$SCRATCH/config" --tls -H "$EC_URL" ps -q
	assertEquals "$ERR" 0 "$RC"
	run_cmd env DOCKER_TLS=1 DOCKER_CERT_PATH="$SCRATCH/other/client" "$DR" docker -H "$EC_URL" ps -q
	assertEquals "--tls verifies too" 1 "$RC"
	assertContains "$ERR" "not signed by an authority"
}

test_every_form_of_key() {
	local dir=$SCRATCH/forms form
	mkdir -p "$dir"
	cp "$RSA/ca.pem" "$RSA/client/cert.pem" "$dir/"
	openssl rsa -in "$RSA/client/key.pem" -traditional -out "$dir/key.pem" 2>/dev/null
	assertContains "$(cat "$dir/key.pem")" "BEGIN RSA PRIVATE KEY"
	run_cmd env DOCKER_HOST="$RSA_URL" DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$dir" "$DR" docker ps -q
	assertEquals "PKCS#1: $ERR" 0 "$RC"
	cp "$EC/ca.pem" "$EC/client/cert.pem" "$dir/"
	for form in alone behind_its_curve; do
		{
			[ $form = alone ] || openssl ecparam -name prime256v1
			openssl ec -in "$EC/client/key.pem" 2>/dev/null
		} >"$dir/key.pem"
		assertContains "$(cat "$dir/key.pem")" "BEGIN EC PRIVATE KEY"
		run_cmd env DOCKER_HOST="$EC_URL" DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$dir" "$DR" docker ps -q
		assertEquals "SEC1 $form: $ERR" 0 "$RC"
	done
}

test_streams_go_both_ways() {
	assertEquals 'to and fro' "$(echo 'to and fro' | rsa "$DR" docker run -i --rm --network none j842/dr-helloworld cat)"
	run_cmd rsa "$DR" docker run --rm --network none j842/dr-helloworld bash -c 'echo out; echo err >&2; exit 7'
	assertEquals "7 out err" "$RC $OUT $ERR"
	# More both ways at once than any buffer holds.
	head -c 8000000 /dev/urandom >"$SCRATCH/random"
	rsa "$DR" docker run -i --rm --network none j842/dr-helloworld cat <"$SCRATCH/random" >"$SCRATCH/back"
	assertTrue "8 MB through cat" "cmp '$SCRATCH/random' '$SCRATCH/back'"
	rsa "$DR" docker run -d --name stays --network none j842/dr-helloworld sleep 600 >/dev/null
	assertEquals 'and exec' "$(echo 'and exec' | rsa "$DR" docker exec -i stays head -n 1)"
	rsa "$DR" docker rm -f stays >/dev/null
}

test_a_terminal_through_tls() {
	cat >"$SCRATCH/tty.exp" <<-'EXPECT'
		set timeout 60
		spawn -noecho $env(DR) docker run -it --rm --network none j842/dr-helloworld bash -c {read -p "name? " n; echo "hello $n on $(tty)"}
		expect "name? "
		send "dr\r"
		expect "hello dr on /dev/pts/"
		expect eof
		catch wait result
		exit [lindex $result 3]
	EXPECT
	export DR
	run_cmd rsa expect "$SCRATCH/tty.exp"
	assertEquals "$OUT" 0 "$RC"
	assertContains "$OUT" "hello dr on"
}

test_a_service_from_the_first_to_the_last_day() {
	host_new
	mkdir -p "$MAIN"
	host "$BIN/dr" configure "$MAIN" --bin "$BIN" >/dev/null 2>&1
	run_cmd host env DOCKER_HOST="$RSA_URL" DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$RSA/client" dr install j842/dr-helloworld hello
	assertEquals "$ERR" 0 "$RC"
	assertContains "$(rsa docker volume ls -q)" dr-hello-config
	run_cmd host env DOCKER_HOST="$RSA_URL" DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$RSA/client" dr destroy hello
	assertEquals "$ERR" 0 "$RC"
	assertNotContains "$(rsa docker volume ls -q)" dr-hello-config
}

test_unknown_authority() {
	PORT=${EC_URL##*:}
	refused localhost "not signed by an authority that is trusted ($RSA/client/ca.pem)"
}

test_dates() {
	certificate "$RSA" old rsa 'subjectAltName=DNS:localhost' 20200101000000Z 20200201000000Z >/dev/null 2>&1
	s_server old
	refused localhost "has expired on 2020-02-01T00:00:00Z"
	certificate "$RSA" early rsa 'subjectAltName=DNS:localhost' 20490101000000Z 20500201000000Z >/dev/null 2>&1
	s_server early
	refused localhost "not valid before 2049-01-01T00:00:00Z"
	servers_down
}

test_wrong_name_and_address() {
	certificate "$RSA" named rsa 'subjectAltName=DNS:elsewhere.example,IP:10.0.0.1' >/dev/null 2>&1
	s_server named
	refused localhost "is for elsewhere.example, 10.0.0.1, not for localhost"
	refused 127.0.0.1 "not for 127.0.0.1"
	certificate "$RSA" nameless rsa 'basicConstraints=CA:FALSE' >/dev/null 2>&1
	s_server nameless
	refused 127.0.0.1 "another name"
	certificate "$RSA" user rsa 'subjectAltName=DNS:localhost\nextendedKeyUsage=clientAuth' >/dev/null 2>&1
	s_server user
	refused localhost "not one for servers"
	servers_down
}

test_client_certificates_that_do_not_fit() {
	local dir=$SCRATCH/unfit
	mkdir -p "$dir"
	PORT=${RSA_URL##*:}
	cp "$RSA/ca.pem" "$dir/"
	run_cmd with_tls "$dir" "$DR" docker -H "$RSA_URL" wait none
	assertEquals 1 "$RC"
	assertContains "$ERR" "wants a client's certificate, and none was given"
	cp "$SCRATCH/other/client/cert.pem" "$SCRATCH/other/client/key.pem" "$dir/"
	run_cmd with_tls "$dir" "$DR" docker -H "$RSA_URL" wait none
	assertEquals 1 "$RC"
	assertContains "$ERR" "does not accept the certificate in $dir/cert.pem"
	cp "$RSA/client/cert.pem" "$dir/"
	run_cmd with_tls "$dir" "$DR" docker -H "$RSA_URL" wait none
	assertEquals 1 "$RC"
	assertContains "$ERR" "the key in $dir/key.pem is not that of the certificate in $dir/cert.pem"
	cp "$EC/client/cert.pem" "$dir/"
	run_cmd with_tls "$dir" "$DR" docker -H "$RSA_URL" wait none
	assertContains "another kind" "$ERR" "the key in $dir/key.pem is not that of the certificate in $dir/cert.pem"
	cp "$EC/server.key" "$dir/key.pem"
	# Before anything is sent: this server would not care.
	s_server server
	run_cmd with_tls "$dir" "$DR" docker -H "tcp://127.0.0.1:$PORT" ps
	servers_down
	assertEquals 1 "$RC"
	assertContains "the same kind" "$ERR" "the key in $dir/key.pem is not that of the certificate in $dir/cert.pem"
	rm "$dir/key.pem"
	run_cmd with_tls "$dir" "$DR" docker -H "$RSA_URL" wait none
	assertContains "$ERR" "there is only $dir/cert.pem"
	openssl rsa -in "$RSA/client/key.pem" -aes128 -passout pass:secret -out "$dir/key.pem" 2>/dev/null
	run_cmd with_tls "$dir" "$DR" docker -H "$RSA_URL" wait none
	assertContains "$ERR" "$dir/key.pem: the key is encrypted"
	echo nothing >"$dir/key.pem"
	run_cmd with_tls "$dir" "$DR" docker -H "$RSA_URL" wait none
	assertContains "$ERR" "$dir/key.pem: there is no private key in it"
	echo nothing >"$dir/ca.pem"
	run_cmd with_tls "$dir" "$DR" docker -H "$RSA_URL" wait none
	assertContains "$ERR" "no authority to trust in $dir/ca.pem"
	run_cmd "$DR" docker -H "$RSA_URL" --tlsverify --tlscacert "$dir/none.pem" wait none
	assertContains "$ERR" "$dir/none.pem"
	run_cmd with_tls "$SCRATCH/nowhere" "$DR" docker -H "$RSA_URL" wait none
	assertContains "$ERR" "DOCKER_CERT_PATH: there is no folder $SCRATCH/nowhere"
}

test_servers_that_speak_otherwise() {
	server python3 tests/engine/tls_faulty.py plain
	refused 127.0.0.1 "does not speak TLS"
	server python3 tests/engine/tls_faulty.py hangup
	refused 127.0.0.1 "hung up"
	server python3 tests/engine/tls_faulty.py half "$RSA/server.pem" "$RSA/server.key"
	refused 127.0.0.1 "in the middle of the TLS handshake"
	s_server server -tls1 -cipher DEFAULT:@SECLEVEL=0
	refused 127.0.0.1 "too old for TLS 1.2"
	s_server server -tls1_3
	refused 127.0.0.1 "does not speak TLS 1.2"
	s_server server -tls1_2 -cipher AES128-SHA
	refused 127.0.0.1 "no cipher suite in common"
	servers_down
}

test_a_truncated_answer_is_an_error() {
	local kind
	for kind in cut chunk; do
		server python3 tests/engine/tls_faulty.py $kind "$RSA/server.pem" "$RSA/server.key"
		refused 127.0.0.1 "without TLS's end of the session"
	done
	servers_down
}

test_the_wrong_protocol_on_the_port() {
	run_cmd "$DR" docker -H "$RSA_URL" wait none
	assertEquals 1 "$RC"
	assertContains "$ERR" "it speaks TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH"
}

test_no_authority_on_the_host() {
	run_cmd env -u SSL_CERT_FILE -u SSL_CERT_DIR SSL_CERT_DIR="$SCRATCH/empty" HOME="$SCRATCH/empty" "$DR" docker --tls -H "$RSA_URL" ps
	assertEquals 1 "$RC"
	assertContains "$ERR" "SSL_CERT_DIR=$SCRATCH/empty"
	run_cmd env -u SSL_CERT_DIR SSL_CERT_FILE="$SCRATCH/none.pem" HOME="$SCRATCH/empty" "$DR" docker --tls -H "$RSA_URL" ps
	assertContains "$ERR" "SSL_CERT_FILE: cannot open $SCRATCH/none.pem"
	run_cmd env -u SSL_CERT_DIR SSL_CERT_FILE="$RSA/ca.pem" DOCKER_HOST="$RSA_URL" HOME="$SCRATCH/empty" "$DR" docker \
		--tls --tlscert "$RSA/client/cert.pem" --tlskey "$RSA/client/key.pem" ps -q
	assertEquals "the host's own authorities: $ERR" 0 "$RC"
	mkdir -p "$SCRATCH/trusted"
	cp "$RSA/ca.pem" "$SCRATCH/trusted/"
	run_cmd env -u SSL_CERT_FILE SSL_CERT_DIR="$SCRATCH/empty:$SCRATCH/trusted" DOCKER_HOST="$RSA_URL" HOME="$SCRATCH/empty" "$DR" docker \
		--tls --tlscert "$RSA/client/cert.pem" --tlskey "$RSA/client/key.pem" ps -q
	assertEquals "a folder of them: $ERR" 0 "$RC"
}

# Where the docker CLI would not verify, dr does, and says so.
test_nothing_turns_verification_off() {
	local said="too, dr verifies the engine: name its authority with --tlscacert"
	export DOCKER_CONFIG=$SCRATCH/unverified
	mkdir -p "$DOCKER_CONFIG"
	docker context create skip --docker "host=$RSA_URL,skip-tls-verify=true" >/dev/null 2>&1
	run_cmd "$DR" docker -c skip ps
	assertEquals 1 "$RC"
	assertContains "$ERR" "not signed by an authority that is trusted"
	assertContains "$ERR" "with SkipTLSVerify in the context, $said"
	run_cmd "$DR" docker --tls -H "$RSA_URL" ps
	assertEquals 1 "$RC"
	assertContains "$ERR" "with --tls, $said"
	DOCKER_TLS=1 run_cmd "$DR" docker -H "$RSA_URL" ps
	assertEquals 1 "$RC"
	assertContains "$ERR" "with DOCKER_TLS, $said"
	run_cmd "$DR" docker --tlsverify -H "$RSA_URL" ps
	assertEquals 1 "$RC"
	assertNotContains "$ERR" "$said"
	docker context create trusting --docker \
		"host=$RSA_URL,skip-tls-verify=true,ca=$RSA/ca.pem,cert=$RSA/client/cert.pem,key=$RSA/client/key.pem" >/dev/null 2>&1
	run_cmd "$DR" docker -c trusting ps -q
	assertEquals "$ERR" 0 "$RC"
	unset DOCKER_CONFIG
}

# It was started at the beginning: nothing but the end of dr's patience ends it.
test_a_server_that_never_answers() {
	local i
	for ((i = 0; i < 600; i++)); do
		[ ! -s "$SCRATCH/silent.code" ] || break
		sleep 0.1
	done
	assertEquals 1 "$(cat "$SCRATCH/silent.code")"
	assertContains "$(cat "$SCRATCH/silent")" "silent for too long"
}

. shunit2
