#!/bin/bash
# Images from and to a registry with TLS and a login: Debian's docker-registry at an address of its own, which a private
# engine verifies as it does any registry that is not on loopback.
. tests/lib.sh
. tests/engine/docker_diff.sh

ADDRESS=10.98.0.1
REGISTRY=$ADDRESS:5000
SECRET='s3cr3t:pä ss'
I=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	host_new
	TRUST=$HOST_DIR/etc/docker/certs.d/$REGISTRY
	mkdir -p "$TRUST"
	certificates || exit 1
	# An engine whose network and /etc are its own.
	dockerd() {
		unshare --net --mount --propagation private bash -c '/bin/busybox ip link set lo up && /bin/busybox ip addr add '$ADDRESS'/32 dev lo &&
			mount --bind "$0" /etc && exec dockerd "$@"' "$HOST_DIR/etc" "$@"
	}
	ENGINE_DIR=$(mktemp -d "$TEST_TOP/registry.XXXXXX")
	export DOCKER_HOST=unix://$ENGINE_DIR/sock
	{ engine_up "$ENGINE_DIR" && engine_images && registry_up; } || exit 1
	diff_start
	export PATH=$SCRATCH/helpers:$PATH DOCKER_BUILDKIT=0
	mkdir "$SCRATCH/helpers"
	# One that keeps logins in a file.
	cat >"$SCRATCH/helpers/docker-credential-file" <<-END
		#!/bin/bash
		kept=$SCRATCH/kept
		echo "\$1" >>$SCRATCH/verbs
		case \$1 in
		store) cat >"\$kept" ;;
		get) read -r server; [ -e "\$kept" ] && [ "\$server" = $REGISTRY ] && exec cat "\$kept"; echo "credentials not found in native keychain"; exit 1 ;;
		erase) rm "\$kept" ;;
		esac
	END
	printf '#!/bin/sh\nexec sleep 1000\n' >"$SCRATCH/helpers/docker-credential-hangs"
	printf '#!/bin/sh\necho "{\\"Secret\\": \\"%s\\"}"; echo "%s" >&2; exit 3\n' "$SECRET" "$SECRET" >"$SCRATCH/helpers/docker-credential-fails"
	printf '#!/bin/sh\necho "%s rubbish"\n' "$SECRET" >"$SCRATCH/helpers/docker-credential-rubbish"
	printf '#!/bin/sh\nexec yes "%s"\n' "$SECRET" >"$SCRATCH/helpers/docker-credential-floods"
	chmod +x "$SCRATCH"/helpers/*
}

certificates() (
	cd "$SCRATCH" || return
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out "$TRUST/ca.crt" -days 2 -subj /CN=authority &&
		openssl req -newkey rsa:2048 -nodes -keyout registry.key -out registry.csr -subj /CN=registry &&
		openssl x509 -req -in registry.csr -CA "$TRUST/ca.crt" -CAkey ca.key -CAcreateserial -days 2 -out registry.crt \
			-extfile <(echo "subjectAltName=IP:$ADDRESS")
) >"$SCRATCH/openssl.log" 2>&1

registry_up() {
	# shellcheck disable=SC2016 # perl's
	printf 'user:%s\n' "$(SECRET=$SECRET perl -e 'print crypt($ENV{SECRET}, q($2y$04$abcdefghijklmnopqrstuu))')" >"$SCRATCH/htpasswd"
	cat >"$SCRATCH/registry.yml" <<-END
		version: 0.1
		storage: {filesystem: {rootdirectory: $SCRATCH/registry}}
		http: {addr: "$REGISTRY", tls: {certificate: $SCRATCH/registry.crt, key: $SCRATCH/registry.key}}
		auth: {htpasswd: {realm: test, path: $SCRATCH/htpasswd}}
	END
	nsenter --net="/proc/$(cat "$ENGINE_DIR/pid")/ns/net" docker-registry serve "$SCRATCH/registry.yml" >"$SCRATCH/registry.log" 2>&1 &
	REGISTRY_PID=$!
	for _ in $(seq 300); do
		grep -q 'listening on' "$SCRATCH/registry.log" && return
		sleep 0.1
	done
	cat "$SCRATCH/registry.log"
	return 1
}

suite_tear_down() {
	[ -z "${REGISTRY_PID:-}" ] || kill "$REGISTRY_PID" 2>/dev/null
	[ -z "${ENGINE_DIR:-}" ] || engine_down "$ENGINE_DIR"
	return 0
}

login() {
	printf '%s\n' "$SECRET" | run_cmd "$OURS" login -u user --password-stdin "$REGISTRY"
}

setUp() {
	rm -rf "$DOCKER_CONFIG" "$SCRATCH/kept" "$SCRATCH/verbs"
	mkdir -p "$DOCKER_CONFIG"
}

# No secret, in any of the forms that it has, may be in what was said.
keeps_quiet() {
	assertNotContains "$1" "$OUT$ERR" "$SECRET"
	assertNotContains "$1" "$OUT$ERR" "$(printf 'user:%s' "$SECRET" | base64 -w0)"
}

config() {
	printf '%s\n' "$1" >"$DOCKER_CONFIG/config.json"
}

test_login_and_logout() {
	run_cmd "$OURS" login -u user --password-stdin "$REGISTRY" <<<"$SECRET"
	assertEquals "$ERR" "0 Login Succeeded" "$RC $OUT"
	assertContains "$ERR" "stored unencrypted in $DOCKER_CONFIG/config.json"
	keeps_quiet login
	assertEquals 600 "$(stat -c %a "$DOCKER_CONFIG/config.json")"
	run_cmd "$THEIRS" login "$REGISTRY" </dev/null
	assertEquals "docker finds it: $ERR" 0 "$RC"
	run_cmd "$OURS" login "$REGISTRY" </dev/null
	assertEquals "and so do we: $ERR" 0 "$RC"
	assertContains "$OUT" "existing credentials"
	run_cmd "$OURS" logout "https://$REGISTRY"
	assertEquals "0 Removing login credentials for $REGISTRY" "$RC $OUT"
	assertEquals '{"auths":{}}' "$(jq -c . "$DOCKER_CONFIG/config.json")"
}

test_login_keeps_the_rest() {
	config '{"psFormat":"x","auths":{"other":{"auth":"eDp5"}},"HttpHeaders":{"A":"b"},"n":1.50}'
	chmod 644 "$DOCKER_CONFIG/config.json"
	run_cmd "$OURS" login -u user --password "$SECRET" "$REGISTRY"
	assertEquals "$ERR" 0 "$RC"
	assertContains "$ERR" "use --password-stdin"
	assertEquals 644 "$(stat -c %a "$DOCKER_CONFIG/config.json")"
	assertEquals '["eDp5","x","b",1.5,true]' \
		"$(jq -c --arg r "$REGISTRY" '[.auths.other.auth, .psFormat, .HttpHeaders.A, .n, (.auths | has($r))]' "$DOCKER_CONFIG/config.json")"
	"$OURS" logout "$REGISTRY" >/dev/null
	assertEquals '{"other":{"auth":"eDp5"}}' "$(jq -c .auths "$DOCKER_CONFIG/config.json")"
}

test_login_refused() {
	config '{"a":1}'
	run_cmd "$OURS" login -u user --password-stdin "$REGISTRY" <<<"wrong $SECRET"
	assertEquals 1 "$RC"
	assertContains "$ERR" "401"
	keeps_quiet refused
	assertEquals "nothing is kept" '{"a":1}' "$(cat "$DOCKER_CONFIG/config.json")"
	run_cmd "$OURS" login "$REGISTRY" </dev/null
	assertEquals 1 "$RC"
	assertContains "$ERR" "without a terminal"
	run_cmd "$OURS" login -u user --password-stdin "$REGISTRY" </dev/null
	assertContains "$RC $ERR" "1 docker: the password on stdin is empty"
	run_cmd "$OURS" login --password-stdin "$REGISTRY" <<<x
	assertContains "$RC $ERR" "1 docker: --password-stdin needs --username"
	run_cmd "$OURS" login -u a -p "$SECRET" --password-stdin "$REGISTRY" <<<x
	assertContains "$RC $ERR" "1 docker: --password and --password-stdin"
	keeps_quiet usage
}

test_login_asks_on_a_terminal() {
	cat >"$SCRATCH/ask" <<-END
		set timeout 60
		spawn $OURS login $REGISTRY
		expect "Username: "
		send "user\r"
		expect "assword"
		send "[exec cat $SCRATCH/secret]\r"
		expect eof
		exit [lindex [wait] 3]
	END
	printf '%s' "$SECRET" >"$SCRATCH/secret"
	run_cmd env LC_ALL=C.UTF-8 expect "$SCRATCH/ask"
	assertEquals "$OUT" 0 "$RC"
	assertContains "$OUT" "Login Succeeded"
	keeps_quiet asked
}

test_push_and_pull() {
	login
	"$THEIRS" tag $I "$REGISTRY/some/thing"
	"$THEIRS" tag $I "$REGISTRY/some/thing:2"
	run_cmd "$OURS" push "$REGISTRY/some/thing"
	assertEquals "$ERR" 0 "$RC"
	assertContains "$OUT" "latest: digest: sha256:"
	same push "$REGISTRY/some/thing"
	same push -q "$REGISTRY/some/thing:2"
	same image push -a "$REGISTRY/some/thing"
	same push "$REGISTRY/some/none"
	gone() { "$THEIRS" rmi "$REGISTRY/some/thing" "$REGISTRY/some/thing:2"; }
	gone >/dev/null
	local state="'$THEIRS' images --digests '$REGISTRY/some/thing'"
	acts "$state" gone pull "$REGISTRY/some/thing"
	acts "$state" gone pull -q "$REGISTRY/some/thing:2"
	acts "$state" gone image pull --all-tags "$REGISTRY/some/thing"
	acts "$state" gone pull --platform linux/amd64 "$REGISTRY/some/thing"
	local digest
	digest=$("$OURS" pull "$REGISTRY/some/thing" | sed -n 's/^Digest: //p')
	gone >/dev/null 2>&1
	acts "$state" "'$THEIRS' rmi '$REGISTRY/some/thing@$digest'" pull "$REGISTRY/some/thing@$digest"
	same pull "$REGISTRY/some/none"
	same pull -a "$REGISTRY/some/thing:2"
	same pull 'not valid'
	gone >/dev/null 2>&1
	# Layers that are not here yet.
	echo $RANDOM >"$SCRATCH/fresh"
	tar -C "$SCRATCH" -cf "$SCRATCH/c.tar" fresh
	{ "$THEIRS" import "$SCRATCH/c.tar" "$REGISTRY/new" && "$OURS" push -q "$REGISTRY/new"; } >/dev/null || fail new
	"$THEIRS" rmi "$REGISTRY/new" >/dev/null
	# What is told of a layer depends on how fast it comes.
	pulled() { "$1" pull "$REGISTRY/new" | grep -vE 'Verifying Checksum|Waiting|Download complete'; "$THEIRS" rmi "$REGISTRY/new" >/dev/null; }
	assertEquals "$(pulled "$THEIRS")" "$(pulled "$OURS")"
	script -qec "'$OURS' pull '$REGISTRY/new'" /dev/null >"$SCRATCH/typescript" </dev/null
	assertContains "layers on a terminal" "$(cat "$SCRATCH/typescript")" "Pull complete"
	"$OURS" logout "$REGISTRY" >/dev/null
	run_cmd "$OURS" pull "$REGISTRY/some/thing"
	assertEquals 1 "$RC"
	assertContains "$ERR" "no basic auth credentials"
	same push "$REGISTRY/new"
}

test_run_and_build_use_it() {
	login
	"$THEIRS" tag $I "$REGISTRY/base"
	"$OURS" push -q "$REGISTRY/base" >/dev/null || fail push
	"$THEIRS" rmi "$REGISTRY/base" >/dev/null
	run_cmd "$OURS" build -q - <<<"FROM $REGISTRY/base"
	assertEquals "$ERR" 0 "$RC"
	"$THEIRS" rmi "$REGISTRY/base" >/dev/null
	run_cmd "$OURS" run --rm --network none "$REGISTRY/base" echo ran
	assertEquals "$ERR" "0 ran" "$RC $OUT"
	"$THEIRS" rmi "$REGISTRY/base" >/dev/null
}

test_a_helper() {
	config "{\"credHelpers\":{\"$REGISTRY\":\"file\"}}"
	login
	assertEquals "$(cat "$SCRATCH/kept")" "{\"ServerURL\":\"$REGISTRY\",\"Username\":\"user\",\"Secret\":\"$SECRET\"}"
	assertEquals "{\"credHelpers\":{\"$REGISTRY\":\"file\"},\"auths\":{\"$REGISTRY\":{}}}" "$(jq -c . "$DOCKER_CONFIG/config.json")"
	run_cmd "$THEIRS" login "$REGISTRY" </dev/null
	assertEquals "docker finds it: $ERR" 0 "$RC"
	run_cmd "$OURS" pull -q "$REGISTRY/some/thing"
	assertEquals "$ERR" 0 "$RC"
	"$OURS" logout "$REGISTRY" >/dev/null || fail logout
	assertFalse "erased" "[ -e '$SCRATCH/kept' ]"
	assertEquals '{}' "$(jq -c .auths "$DOCKER_CONFIG/config.json")"
	run_cmd "$OURS" pull -q "$REGISTRY/some/thing"
	assertContains "not found is no failure of the helper" "$RC $ERR" "no basic auth credentials"
	config '{"credsStore":"file"}'
	login
	run_cmd "$OURS" pull -q "$REGISTRY/some/thing"
	assertEquals "$ERR" 0 "$RC"
}

# refused WORDS...: pull fails in one line that has each of the words, and tells no secret.
refused() {
	local word
	run_cmd "$OURS" pull "$REGISTRY/some/thing:1"
	assertEquals "$ERR" 1 "$RC"
	assertEquals "one line: $ERR" 1 "$(wc -l <<<"$ERR")"
	for word; do assertContains "$ERR" "$word"; done
	keeps_quiet "$*"
}

test_bad_helpers_and_files() {
	local helper
	export DR_CREDENTIAL_SECONDS=1
	config '{"credsStore":"hangs"}'
	refused docker-credential-hangs "$REGISTRY"
	unset DR_CREDENTIAL_SECONDS
	for helper in fails rubbish floods missing ../up; do
		config "{\"credsStore\":\"$helper\"}"
		refused "$helper"
	done
	config "{\"auths\":{\"$REGISTRY\":{\"auth\":\"$SECRET"
	refused "$DOCKER_CONFIG/config.json"
	config "{\"auths\":{\"$REGISTRY\":{\"auth\":\"$(printf '%s' "${SECRET#*:}" | base64)\"}}}"
	refused "$DOCKER_CONFIG/config.json" USER:PASSWORD
	rm "$DOCKER_CONFIG/config.json"
	mkdir "$DOCKER_CONFIG/config.json"
	refused "$DOCKER_CONFIG/config.json"
	run_cmd "$OURS" login -u user --password-stdin "$REGISTRY" <<<"$SECRET"
	assertEquals 1 "$RC"
	keeps_quiet login
}

test_services() {
	login
	"$THEIRS" tag $I "$REGISTRY/x/y"
	local digest old new
	digest=$("$OURS" push "$REGISTRY/x/y" | sed -n 's/.*digest: \(sha256:[0-9a-f]*\).*/\1/p')
	"$THEIRS" rmi "$REGISTRY/x/y" >/dev/null
	host dr configure "$MAIN" >/dev/null || fail configure
	run_cmd host dr install "$REGISTRY/x/y@$digest" pinned
	assertEquals "$ERR" 0 "$RC"
	assertEquals "Hello, world!" "$(host pinned run)"
	run_cmd host dr install "$REGISTRY/x/y" svc
	assertEquals "$ERR" 0 "$RC"
	run_cmd host dr update --pull svc
	assertEquals "$ERR" 3 "$RC"
	assertContains "$ERR" "no newer $REGISTRY/x/y"
	old=$("$THEIRS" image inspect -f '{{.Id}}' "$REGISTRY/x/y")
	"$OURS" build -q -t "$REGISTRY/x/y" - >/dev/null <<<"FROM $I
LABEL newer=yes"
	"$OURS" push -q "$REGISTRY/x/y" >/dev/null || fail push
	new=$("$THEIRS" image inspect -f '{{.Id}}' "$REGISTRY/x/y")
	"$THEIRS" tag "$old" "$REGISTRY/x/y"
	run_cmd host dr update --pull svc
	assertEquals "$ERR" 0 "$RC"
	assertContains "$ERR" "it was ${old:7:12}, it is ${new:7:12} now"
	"$OURS" logout "$REGISTRY" >/dev/null
	run_cmd host dr update --pull svc
	assertEquals 1 "$RC"
	assertContains "$ERR" "no basic auth credentials"
	config "{\"auths\":{\"$REGISTRY\":{\"auth\":\"$SECRET"
	run_cmd host dr update --pull svc
	assertContains "$RC $ERR" "1 dr: "
	assertContains "$ERR" "$DOCKER_CONFIG/config.json"
	keeps_quiet services
	config '{}'
	host dr destroy svc >/dev/null
	host dr destroy pinned >/dev/null
}

test_not_trusted() {
	login
	mv "$TRUST/ca.crt" "$SCRATCH/"
	run_cmd "$OURS" pull "$REGISTRY/some/thing"
	mv "$SCRATCH/ca.crt" "$TRUST/"
	assertEquals 1 "$RC"
	assertContains "$ERR" x509
}

. shunit2
