#!/bin/bash
# Engines elsewhere: over tcp, ssh and TLS, by the environment, options and the docker CLI's contexts; a service's whole life
# on them; engines that are too old or too new.
. tests/lib.sh
. tests/engine/tls.sh
. tests/engine/ssh.sh

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	SOCK=${DOCKER_HOST#unix://}
	unset DOCKER_HOST
	ssh_setup || { echo "no ssh"; exit 1; }
	server env DOCKER_HOST="unix://$SOCK" python3 tests/engine/inetd.py "$DR" docker system dial-stdio || exit 1
	TCP=tcp://127.0.0.1:$PORT
	TLS=$SCRATCH/tls
	pki "$TLS" ec && authority "$SCRATCH/other" ec 2>>"$TEST_TOP/openssl.log" && mv "$SCRATCH/other/ca.pem" "$SCRATCH/other.pem" || exit 1
	# The engine of this suite, seen through TLS by way of a program of others'.
	server openssl s_server -accept 127.0.0.1:0 -cert "$TLS/server.pem" -key "$TLS/server.key" -www
	export DOCKER_CONFIG=$SCRATCH/config
	mkdir -p "$DOCKER_CONFIG" "$SCRATCH/home"
}

oneTimeTearDown() {
	servers_down
	rm -rf "$SCRATCH"
}

test_tcp_without_tls() {
	run_cmd "$DR" docker -H "$TCP" ps -q
	assertEquals "$ERR" 0 "$RC"
	assertEquals 'through a pipe' "$(echo 'through a pipe' | "$DR" docker -H "${TCP#tcp://}" run -i --rm --network none j842/dr-helloworld cat)"
	assertEquals "the CLI takes dial-stdio too" "$("$DR" docker -H "$TCP" images -q | sort)" "$(docker -H "$TCP" images -q | sort)"
}

test_ssh() {
	run_cmd "$DR" docker -H "$SSH" ps -q
	assertEquals "$ERR $(cat "$SCRATCH/ssh/log")" 0 "$RC"
	assertEquals 'to and fro' "$(echo 'to and fro' | DOCKER_HOST=$SSH "$DR" docker run -i --rm --network none j842/dr-helloworld cat)"
	run_cmd "$DR" docker -H "$SSH$SOCK" ps -q
	assertEquals "a socket behind the host: $ERR" 0 "$RC"
	run_cmd docker -H "$SSH" ps -q
	assertEquals "as the docker CLI does: $ERR" 0 "$RC"
}

test_ssh_to_a_host_with_dr_alone() {
	touch "$SCRATCH/ssh/alone"
	echo "SetEnv PATH=$SCRATCH/ssh/far DOCKER_HOST=unix://$SOCK" >"$SCRATCH/ssh/set_env"
	ln -sf "$(command -v bash)" "$SCRATCH/ssh/far/sh"
	run_cmd "$DR" docker -H "$SSH" ps -q
	assertEquals "$ERR" 0 "$RC"
	rm "$SCRATCH/ssh/far/dr"
	run_cmd "$DR" docker -H "$SSH" ps -q
	assertEquals 1 "$RC"
	assertContains "$ERR" "$ERR" "$SSH"
	# 127, or 126 where the home has a folder of that name.
	assertContains "$ERR" "$ERR" "ended with exit code 12"
	rm "$SCRATCH/ssh/alone"
	echo "SetEnv DOCKER_HOST=unix://$SOCK" >"$SCRATCH/ssh/set_env"
}

test_ssh_that_fails() {
	run_cmd "$DR" docker -H "ssh://nobody-here@127.0.0.1:${SSH##*:}" ps
	assertEquals 1 "$RC"
	assertContains "$ERR" "Permission denied"
	run_cmd "$DR" docker -H ssh://127.0.0.1:1 ps
	assertEquals 1 "$RC"
	assertContains "$ERR" "Connection refused"
	run_cmd env PATH=/nowhere "$DR" docker -H "$SSH" ps
	assertEquals 1 "$RC"
	assertContains "$ERR" "install an ssh client"
}

test_words_that_do_not_parse() {
	local word
	for word in gopher://x tcp://h:x tcp://h:0 tcp://h:70000 'tcp://[::1' tcp://a:b:c tcp://h/path ssh://-oProxyCommand=x \
		"ssh://u:secret@h" "ssh:///sock" ssh://-x@h; do
		run_cmd env DOCKER_HOST="$word" "$DR" docker ps
		assertEquals "$word: $ERR" 1 "$RC"
		assertContains "$word" "$ERR" DOCKER_HOST
		assertNotContains "$word" "$ERR" secret
		assertEquals "$word: lines" 1 "$(printf '%s\n' "$ERR" | wc -l)"
	done
	run_cmd env DOCKER_HOST=gopher://x "$DR" docker run j842/dr-helloworld
	assertContains "as docker run has it: $ERR" "$RC $ERR" "125 docker: DOCKER_HOST: the scheme 'gopher' is not supported"
	run_cmd "$DR" docker -H tcp://127.0.0.1:1 ps
	assertContains "$ERR" "tcp://127.0.0.1:1 (-H): cannot connect to 127.0.0.1 port 1: Connection refused"
	run_cmd "$DR" docker -H tcp://no-such-host.invalid ps
	assertContains "$ERR" "tcp://no-such-host.invalid:2375"
	run_cmd "$DR" docker -H "$TCP" -c default ps
	assertContains "$ERR" "use one of them"
}

test_contexts_of_the_docker_cli() {
	docker context create near --docker "host=unix://$SOCK" >/dev/null 2>&1
	docker context create far --docker "host=$TCP" >/dev/null 2>&1
	docker context create shell --docker "host=$SSH" >/dev/null 2>&1
	docker context create tls --docker "host=tcp://127.0.0.1:$PORT,ca=$TLS/ca.pem,cert=$TLS/client/cert.pem,key=$TLS/client/key.pem" >/dev/null 2>&1
	local name
	for name in near far shell; do
		run_cmd "$DR" docker -c $name ps -q
		assertEquals "-c $name: $ERR" 0 "$RC"
		run_cmd env DOCKER_CONTEXT=$name "$DR" docker ps -q
		assertEquals "DOCKER_CONTEXT=$name: $ERR" 0 "$RC"
	done
	docker context use far >/dev/null 2>&1
	run_cmd "$DR" docker ps -q
	assertEquals "currentContext: $ERR" 0 "$RC"
	run_cmd env DOCKER_HOST=unix:///nowhere "$DR" docker ps -q
	assertContains "DOCKER_HOST goes first" "$ERR" "/nowhere (DOCKER_HOST)"
	# Not an engine, but the handshake with the context's certificates succeeds.
	run_cmd "$DR" docker -c tls ps -q
	assertEquals 1 "$RC"
	assertContains "$ERR" "tcp://127.0.0.1:$PORT"
	assertNotContains "$ERR" "TLS with"
	docker context create blind --docker "host=tcp://127.0.0.1:$PORT,skip-tls-verify=true,ca=$SCRATCH/other.pem" >/dev/null 2>&1
	run_cmd "$DR" docker -c blind ps
	assertContains "$RC $ERR" "1 docker: cannot connect to the engine at tcp://127.0.0.1:$PORT"
	assertContains "$ERR" "not signed by an authority that is trusted"
	run_cmd "$DR" docker -c nosuch ps
	assertEquals 1 "$RC"
	assertContains "$ERR" "there is no context 'nosuch' in $DOCKER_CONFIG/contexts"
	cp "$DOCKER_CONFIG/config.json" "$SCRATCH/config.json"
	echo '{"auths": {"x": {"auth": "c2VjcmV0"}, ' >"$DOCKER_CONFIG/config.json"
	run_cmd "$DR" docker ps
	assertEquals 1 "$RC"
	assertContains "$ERR" "$DOCKER_CONFIG/config.json"
	assertNotContains "$ERR" c2VjcmV0
	mv "$SCRATCH/config.json" "$DOCKER_CONFIG/config.json"
}

# life HOSTVARS…: the whole life of helloworld with these variables set.
life() {
	host_new
	cp "$SCRATCH/ssh/bin/ssh" "$BIN/ssh"
	run_cmd host env "$@" dr configure "$MAIN"
	assertEquals "configure: $ERR" 0 "$RC"
	run_cmd host env "$@" dr install j842/dr-helloworld hello
	assertEquals "install: $ERR" 0 "$RC"
	run_cmd host env "$@" hello run
	assertEquals "run: $ERR" "0 Hello, world!" "$RC $OUT"
	run_cmd host env "$@" hello configure Moin
	assertEquals "configure: $ERR" 0 "$RC"
	run_cmd host env "$@" dr backup hello "$HOST_DIR/backup"
	assertEquals "backup: $ERR" 0 "$RC"
	run_cmd host env "$@" dr destroy hello
	assertEquals "destroy: $ERR" 0 "$RC"
	assertEquals "no volume is left" "" "$(docker -H "unix://$SOCK" volume ls -q --filter name=dr-hello-)"
	run_cmd host env "$@" dr restore hello "$HOST_DIR/backup"
	assertEquals "restore: $ERR" 0 "$RC"
	run_cmd host env "$@" hello run
	assertEquals "run: $ERR" "0 Moin" "$RC $OUT"
	run_cmd host env "$@" dr destroy hello
	assertEquals "destroy: $ERR" 0 "$RC"
	assertEquals "no container is left" "" "$(docker -H "unix://$SOCK" ps -aq)"
}

test_life_over_tcp() { life DOCKER_HOST="$TCP"; }

test_life_over_ssh_with_drs_own_docker() { life DOCKER_HOST="$SSH" DR_DOCKER=internal; }

test_life_in_a_context() {
	docker context create life --docker "host=$TCP" >/dev/null 2>&1
	host_new
	run_cmd host env DOCKER_CONTEXT=life dr configure "$MAIN"
	run_cmd host env DOCKER_CONTEXT=life dr install j842/dr-helloworld hello
	assertEquals "install: $ERR" 0 "$RC"
	run_cmd host env DOCKER_CONTEXT=life hello run
	assertEquals "run: $ERR" "0 Hello, world!" "$RC $OUT"
	run_cmd host env DOCKER_CONTEXT=life dr destroy hello
	assertEquals "destroy: $ERR" 0 "$RC"
}

test_life_in_containers() { life DOCKER_HOST="$TCP" DR_SCRIPTS=container; }

test_api_versions_that_do_not_meet() {
	server python3 tests/engine/inetd.py sh -c 'head -c 1 >/dev/null; printf "HTTP/1.1 200 OK\r\nApi-Version: 1.23\r\nContent-Length: 2\r\n\r\nOK"'
	run_cmd "$DR" docker -H "tcp://127.0.0.1:$PORT" ps
	assertEquals 1 "$RC"
	assertContains "$ERR" "too old: it speaks API 1.23"
	# shellcheck disable=SC2016 # for the server's shell
	server python3 tests/engine/inetd.py sh -c 'while read -r line; do
		case $line in
		*/_ping*) body=OK ;;
		*/version*) body="{\"MinAPIVersion\":\"1.99\"}" ;;
		esac
		[ ${#line} -gt 1 ] || printf "HTTP/1.1 200 OK\r\nApi-Version: 1.120\r\nContent-Length: ${#body}\r\n\r\n%s" "$body"
		done'
	run_cmd "$DR" docker -H "tcp://127.0.0.1:$PORT" ps
	assertEquals 1 "$RC"
	assertContains "$ERR" "too new: it speaks API 1.99 and above"
	run_cmd env DOCKER_API_VERSION=1.25 "$DR" docker -H "unix://$SOCK" create --platform linux/amd64 j842/dr-helloworld
	assertNotEquals 0 "$RC"
	assertContains "$ERR" "for a platform needs API 1.41"
}

. shunit2
