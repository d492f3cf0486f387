#!/bin/bash
# Services on engines elsewhere: the whole life of one through TLS, moved from one engine to another; scripts in containers
# there, through TLS and ssh; engines at IPv6 addresses.
. tests/engine/tls.sh
own_network "$@"
. tests/lib.sh
. tests/engine/ssh.sh

I=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	RSA=$SCRATCH/rsa EC=$SCRATCH/ec
	{ pki "$RSA" rsa && pki "$EC" ec; } || { cat "$TEST_TOP/openssl.log"; exit 1; }
	# Two engines: one with RSA certificates at addresses of both kinds, one with EC certificates at an IPv6 address.
	engine_up "$SCRATCH/one" -H tcp://127.0.0.1:2376 -H 'tcp://[::1]:2376' --tlsverify --tlscacert "$RSA/ca.pem" \
		--tlscert "$RSA/server.pem" --tlskey "$RSA/server.key" || exit 1
	engine_up "$SCRATCH/two" -H 'tcp://[::1]:2377' --tlsverify --tlscacert "$EC/ca.pem" --tlscert "$EC/server.pem" \
		--tlskey "$EC/server.key" || exit 1
	SOCK=$SCRATCH/one/sock
	export DOCKER_HOST=unix://$SOCK
	scripts && engine_images || exit 1
	unset DOCKER_HOST
	ssh_setup || { echo "no ssh"; exit 1; }
	V4=tcp://127.0.0.1:2376 V6='tcp://[::1]:2376' TWO='tcp://[::1]:2377'
}

suite_tear_down() {
	servers_down
	engine_down "$SCRATCH/one"
	engine_down "$SCRATCH/two"
}

# A service whose scripts show all that can come of one.
scripts() {
	local dir=$SCRATCH/scripts
	mkdir -p "$dir"
	cp -a tests/images/helloworld/. "$dir"
	# shellcheck disable=SC2016 # for the scripts
	{
		printf '#!/bin/bash\nshift 2\ncat; printf "<%%s>" "$@"; echo "$MARK"; echo e >&2; exit 5\n' >"$dir/streams"
		printf '#!/bin/bash\ntrap "echo got term; exit 6" TERM\necho ready\nwhile :; do sleep 0.1; done\n' >"$dir/trapped"
		printf '#!/bin/bash\ncommand -v docker; echo "$DOCKER_HOST $DOCKER_TLS_VERIFY $DOCKER_CERT_PATH"\n' >"$dir/where"
		printf '#!/bin/bash\n[ -t 0 ] || exit 1\necho ready\nread -r x; echo "<$x>"; exit 7\n' >"$dir/terminal"
		printf '#!/bin/bash\ndocker ps -q >/dev/null && echo in | docker run -i --rm --network none "$2" cat\n' >"$dir/nested"
		printf '#!/bin/bash\nset -e\necho "$1" >"$3/name"\nmkdir -p "$3/sub"\ndocker ps -aq --filter label=dr.script="$1" | wc -l >"$3/sub/containers"\n' >"$dir/backup"
		printf '#!/bin/bash\nset -e\n[ "$(cat "$3/name")" = "$1" ] && cat "$3/sub/containers"\n' >"$dir/restore"
	}
	chmod +x "$dir"/*
	image_with "$dir" some/scripts
}

# at URL CERTS CMD…: on the private host, with that engine behind TLS.
at() {
	host env DOCKER_HOST="$1" DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$2" "${@:3}"
}

one() { at "$V4" "$RSA/client" "$@"; }
two() { at "$TWO" "$EC/client" "$@"; }

# left DIR: what the engine in DIR has besides images.
left() {
	docker -H "unix://$SCRATCH/$1/sock" ps -aq
	docker -H "unix://$SCRATCH/$1/sock" volume ls -q
}

ok() {
	run_cmd "$@"
	assertEquals "$* ($OUT $ERR)" 0 "$RC"
}

test_a_life_that_ends_elsewhere() {
	local before
	host_new
	ok one dr configure "$MAIN"
	ok one dr install $I hello
	ok one hello configure Moin
	run_cmd one hello configure Moin
	assertEquals "a script's own exit code: $ERR" 3 "$RC"
	ok one hello run
	assertEquals Moin "$OUT"
	fill_volume "$(docker -H "unix://$SOCK" volume inspect -f '{{.Mountpoint}}' dr-hello-config)"
	before=$(picture "$(docker -H "unix://$SOCK" volume inspect -f '{{.Mountpoint}}' dr-hello-config)")
	ok one dr status hello
	PASS=secret ok one env dr backup --with-image hello "$HOST_DIR/backup"
	PASS=secret ok one dr verify "$HOST_DIR/backup"
	ok one dr destroy hello
	assertEquals "" "$(left one)"
	assertFalse "the launcher is gone" "[ -e '$BIN/hello' ]"
	assertFalse "the folder is gone" "[ -e '$MAIN/hello' ]"
	mv "$HOST_DIR/backup" "$SCRATCH/backup"
	# Another host, with another engine that has nothing yet.
	host_new
	assertEquals "" "$(docker -H "unix://$SCRATCH/two/sock" images -q)"
	ok two dr configure "$MAIN"
	PASS=secret ok two dr restore hello "$SCRATCH/backup"
	ok two hello run
	assertEquals Moin "$OUT"
	assertEquals "restored elsewhere" "" "$(diff <(echo "$before") <(picture "$(docker -H "unix://$SCRATCH/two/sock" volume inspect -f '{{.Mountpoint}}' dr-hello-config)"))"
	ok two dr destroy hello
	assertEquals "" "$(left two)"
	assertFalse "the launcher is gone" "[ -e '$BIN/hello' ]"
}

there() {
	host env DR_SCRIPTS=container "${WHERE[@]}" "$@"
}

# contained WORDS VARIABLE…: a service whose scripts run in containers at the engine that the variables name. WORDS are what a
# script sees of them.
contained() {
	WHERE=("${@:2}")
	host_new
	ln -s "$SCRATCH/ssh/bin/ssh" "$BIN/ssh"
	ok there dr configure "$MAIN"
	ok there dr install some/scripts svc
	assertContains "the install script's words: $ERR" "$OUT$ERR" "svc is installed"
	ok there svc where
	assertEquals "/.dr/docker $1" "$(tr '\n' ' ' <<<"$OUT" | sed 's/ *$//')"
	MARK='two  words' run_cmd there svc streams 'a b' '' -c '*' <<<input
	assertEquals "5|input<a b><><-c><*>two  words|e" "$RC|$(tr -d '\n' <<<"$OUT")|$ERR"
	run_cmd there svc nested
	assertEquals "$ERR" "0 in" "$RC $OUT"
	ok there dr backup svc "$HOST_DIR/backup"
	assertEquals "svc 1" "$(tar -xzOf "$HOST_DIR/backup" dr-backup/service/name dr-backup/service/sub/containers | xargs)"
	assertEquals "dr-svc-config" "$(left one)"
	ok there dr restore svc "$HOST_DIR/backup"
	ok there svc run
	assertEquals "Hello, world!" "$OUT"
}

gone() {
	ok there dr destroy svc
	assertEquals "nothing is left" "" "$(left one)"
	assertFalse "nothing is left here" "[ -e '$MAIN/svc' ] || [ -e '$BIN/svc' ]"
}

test_scripts_in_containers_through_tls() {
	local i job code
	# Links to the certificates are as good.
	mkdir "$SCRATCH/links"
	ln -s "$RSA"/client/*.pem "$SCRATCH/links/"
	contained "$V4 1 /.dr/certs" DOCKER_HOST="$V4" DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$SCRATCH/links"
	# The authority may be one that the host trusts.
	rm "$SCRATCH/links/ca.pem"
	run_cmd there env SSL_CERT_FILE="$RSA/ca.pem" svc nested
	assertEquals "$ERR" "0 in" "$RC $OUT"
	ln -s "$RSA/ca.pem" "$SCRATCH/links/"
	# shellcheck disable=SC2016 # for the inner shell
	there sh -c 'echo $$ >"$0"; exec svc trapped' "$SCRATCH/pid" >"$SCRATCH/o" 2>"$SCRATCH/e" &
	job=$!
	for ((i = 0; i < 600; i++)); do grep -q ready "$SCRATCH/o" && break; sleep 0.1; done
	kill -TERM "$(cat "$SCRATCH/pid")"
	wait "$job"
	assertEquals "a signal" "6 ready got term" "$? $(tr '\n' ' ' <"$SCRATCH/o" | sed 's/ $//')"
	there timeout 120 expect -c 'set timeout 100
		spawn -noecho svc terminal
		expect ready {} timeout { exit 99 } eof { exit 98 }
		send "abc\r"
		expect {<abc>} {} timeout { exit 97 } eof { exit 96 }
		expect eof
		exit [lindex [wait] 3]' >"$SCRATCH/typescript" </dev/null
	code=$?
	assertEquals "a terminal: $(cat "$SCRATCH/typescript")" 7 $code
	gone
}

test_scripts_in_containers_through_ssh() {
	contained "unix://$SOCK" DOCKER_HOST="$SSH$SOCK"
	gone
}

test_scripts_on_the_host_know_the_endpoint() {
	host_new
	ok two dr configure "$MAIN"
	host env DOCKER_CONFIG="$SCRATCH/cli" /usr/bin/docker context create six --docker \
		"host=$V6,ca=$RSA/ca.pem,cert=$RSA/client/cert.pem,key=$RSA/client/key.pem" >/dev/null 2>&1
	ok host env DOCKER_CONFIG="$SCRATCH/cli" DOCKER_CONTEXT=six dr install some/scripts svc
	for client in '' internal; do
		run_cmd host env DOCKER_CONFIG="$SCRATCH/cli" DOCKER_CONTEXT=six DR_DOCKER=$client svc nested
		assertEquals "$ERR" "0 in" "$RC $OUT"
	done
	ok host env DOCKER_CONFIG="$SCRATCH/cli" DOCKER_CONTEXT=six dr destroy svc
	assertEquals "" "$(left one)"
}

# refused URL EXPECTED…: in one line that says where.
refused() {
	local url=$1 word
	run_cmd at "$url" "$RSA/client" "$DR" docker ps
	assertEquals "$url: $OUT" 1 "$RC"
	assertEquals "one line: $ERR" 1 "$(wc -l <<<"$ERR")"
	for word in "$url" "${@:2}"; do assertContains "$ERR" "$word"; done
}

test_ipv6() {
	local url
	host_new
	for url in "$V6" 'tcp://[::1]' 'tcp://[0:0:0:0:0:0:0:1]:2376' "$V4"; do
		run_cmd at "$url" "$RSA/client" "$DR" docker version -f '{{.Server.Version}}'
		assertEquals "$url: $ERR" 0 "$RC"
	done
	run_cmd at "$V6" "$RSA/client" bash -c 'echo "to and fro" | "$0" docker run -i --rm --network none '$I' cat' "$DR"
	assertEquals "$ERR" "0 to and fro" "$RC $OUT"
	# Without TLS, by a program that passes it on.
	server env DOCKER_HOST="unix://$SOCK" python3 tests/engine/inetd.py -6 "$DR" docker system dial-stdio
	run_cmd host env DOCKER_HOST="tcp://[::1]:$PORT" "$DR" docker ps -q
	assertEquals "$ERR" 0 "$RC"
	run_cmd "$DR" docker -H "[::1]:$PORT" ps -q
	assertEquals "$ERR" 0 "$RC"
	run_cmd host env DOCKER_HOST="tcp://127.0.0.1:$PORT" "$DR" docker ps
	assertContains "nothing listens at the other address: $RC $ERR" "$ERR" "Connection refused"
	refused 'tcp://[::1]:1' "cannot connect to ::1 port 1: Connection refused"
	servers_down
}

# Whichever address comes first, the one at which the engine listens is found.
test_a_name_of_both_kinds() {
	local way
	host_new
	printf '127.0.0.1 both.test four.test\n::1 both.test six.test\n' >>"$HOST_DIR/etc/hosts"
	for way in '' -6; do
		# shellcheck disable=SC2086 # no word, or one
		server env DOCKER_HOST="unix://$SOCK" python3 tests/engine/inetd.py $way "$DR" docker system dial-stdio
		run_cmd host env DOCKER_HOST="tcp://both.test:$PORT" "$DR" docker ps -q
		assertEquals "$way $ERR" 0 "$RC"
	done
	servers_down
	refused tcp://both.test:2376 "is for localhost, 127.0.0.1, ::1, not for both.test"
	certificate "$RSA" both rsa 'subjectAltName=DNS:both.test' >/dev/null 2>&1
	for way in 127.0.0.1 ::1; do
		server openssl s_server -accept "[$way]:0" -cert "$RSA/both.pem" -key "$RSA/both.key" -tls1_2 -www
		# The handshake succeeds; what answers is no engine.
		refused "tcp://both.test:$PORT" "not a Docker-compatible engine"
		servers_down
	done
}

test_wrong_addresses() {
	local url
	host_new
	certificate "$RSA" wrong rsa 'subjectAltName=DNS:localhost,IP:10.0.0.1,IP:::2' >/dev/null 2>&1
	server openssl s_server -accept '[::1]:0' -cert "$RSA/wrong.pem" -key "$RSA/wrong.key" -tls1_2 -www
	refused "tcp://[::1]:$PORT" "the certificate is for localhost, 10.0.0.1, ::2, not for ::1"
	servers_down
	server openssl s_server -accept 127.0.0.1:0 -cert "$RSA/wrong.pem" -key "$RSA/wrong.key" -tls1_2 -www
	refused "tcp://127.0.0.1:$PORT" "not for 127.0.0.1"
	servers_down
	# An address is no name: what stands in the common name, or as the text of a name, does not count.
	certificate "$RSA" ::1 rsa 'subjectAltName=DNS:127.0.0.1' >/dev/null 2>&1
	server openssl s_server -accept '[::1]:0' -cert "$RSA/::1.pem" -key "$RSA/::1.key" -tls1_2 -www
	refused "tcp://[::1]:$PORT" "not for ::1"
	servers_down
}

. shunit2
