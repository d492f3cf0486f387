#!/bin/bash
# Debian's Podman as the engine, with a storage of its own: the whole life of helloworld.
. tests/lib.sh

oneTimeSetUp() {
	local i
	scratch
	POD=$(mktemp -d /var/tmp/dr-pod-XXXXXX)  # Podman takes no runroot of more than 50 characters
	# Limits that a process without CAP_SYS_RESOURCE may set, and locks that are nobody else's.
	cat >"$POD/containers.conf" <<-CONF
		[containers]
		default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
		[engine]
		lock_type = "file"
	CONF
	CONTAINERS_CONF=$POD/containers.conf podman --root "$POD/root" --runroot "$POD/run" --tmpdir "$POD/tmp" --storage-driver vfs \
		--cgroup-manager cgroupfs --events-backend file system service -t 0 "unix://$POD/sock" >"$POD/log" 2>&1 </dev/null &
	SERVICE=$!
	export DOCKER_HOST=unix://$POD/sock
	for ((i = 0; i < 600; i++)); do
		curl -sf --max-time 5 --unix-socket "$POD/sock" http://d/_ping >/dev/null && break
		sleep 0.1
	done
	image_with tests/images/helloworld j842/dr-helloworld || { cat "$POD/log"; exit 1; }
	host_new
	host dr configure "$MAIN" 2>/dev/null
}

oneTimeTearDown() {
	local i mount
	[ -z "${SERVICE:-}" ] || { kill "$SERVICE" && wait "$SERVICE"; } 2>/dev/null
	SERVICE=
	rm -rf "$SCRATCH"
	[ -n "${POD:-}" ] || return 0
	# What cleans up behind the last container may still be at it.
	for ((i = 0; i < 300; i++)); do
		pgrep -f "$POD/" >/dev/null || break
		sleep 0.1
	done
	for ((i = 0; i < 300; i++)); do
		grep -o "$POD/[^ ]*" /proc/self/mounts | sort -r | while read -r mount; do umount -l "$mount"; done
		rm -rf "$POD" 2>/dev/null && break
		sleep 0.1
	done
	return 0
}

test_it_is_podman() {
	assertContains "$("$DR" docker version)" "Podman Engine"
	assertContains "$(host dr doctor 2>&1)" "$POD/sock"
}

# Without DOCKER_HOST, dr looks where engines are: root's Podman, and a user's own engine in XDG_RUNTIME_DIR.
test_it_is_found_at_the_usual_places() {
	mkdir -p "$SCRATCH/user"
	ln -s "$POD/sock" "$SCRATCH/user/docker.sock"
	# shellcheck disable=SC2016 # for the inner shell
	run_cmd unshare -m --propagation private bash -c 'mount -t tmpfs none /run && mkdir /run/podman &&
		ln -s "$0/sock" /run/podman/podman.sock && exec env -u DOCKER_HOST HOME=/nowhere "$@"' "$POD" "$DR" docker info
	assertContains "root's: $ERR" "$OUT" "$POD/root"
	run_cmd unshare -m --propagation private bash -c 'mount -t tmpfs none /run && exec env -u DOCKER_HOST HOME=/nowhere "$@"' sh \
		env XDG_RUNTIME_DIR="$SCRATCH/user" "$DR" docker info
	assertContains "a user's: $ERR" "$OUT" "$POD/root"
	run_cmd unshare -m --propagation private bash -c 'mount -t tmpfs none /run && exec env -u DOCKER_HOST HOME=/nowhere "$@"' sh \
		env XDG_RUNTIME_DIR="$SCRATCH/none" "$DR" docker ps
	assertEquals 1 "$RC"
	assertContains "$ERR" "no engine found: there is no /var/run/docker.sock"
	assertContains "$ERR" "$SCRATCH/none"
}

# life VARIABLE…: with these variables set.
life() {
	run_cmd host env "$@" dr install j842/dr-helloworld hello
	assertEquals "install: $ERR" 0 "$RC"
	run_cmd host env "$@" dr install j842/dr-helloworld hello
	assertEquals "install once more: $ERR" 3 "$RC"
	run_cmd host env "$@" hello run
	assertEquals "run: $ERR" "0 Hello, world!" "$RC $OUT"
	run_cmd host env "$@" hello configure Moin
	assertEquals "configure: $ERR" 0 "$RC"
	# The docker CLI says 0 with --rm, whatever the exit code was: Podman has forgotten it.
	[ "$1" != DR_DOCKER=internal ] || run_cmd host env "$@" hello configure Moin
	[ "$1" != DR_DOCKER=internal ] || assertEquals "configure once more: $ERR" 3 "$RC"
	run_cmd host env "$@" dr status hello
	assertEquals "status: $ERR" 0 "$RC"
	run_cmd host env "$@" dr backup hello "$HOST_DIR/backup"
	assertEquals "backup: $ERR" 0 "$RC"
	assertEquals Moin "$(tar -xzOf "$HOST_DIR/backup" dr-backup/volumes/config/greeting)"
	run_cmd host env "$@" dr destroy hello
	assertEquals "destroy: $ERR" 0 "$RC"
	assertEquals "no volume is left" "" "$(docker volume ls -q)"
	run_cmd host env "$@" dr restore hello "$HOST_DIR/backup"
	assertEquals "restore: $ERR" 0 "$RC"
	run_cmd host env "$@" hello run
	assertEquals "run: $ERR" "0 Moin" "$RC $OUT"
	run_cmd host env "$@" dr destroy hello
	assertEquals "destroy: $ERR" 0 "$RC"
	rm "$HOST_DIR/backup"
	assertEquals "no container is left" "" "$(docker ps -aq)"
	assertEquals "no volume is left" "" "$(docker volume ls -q)"
}

test_a_life_with_the_docker_cli() { life A=1; }

test_a_life_with_drs_own_docker() { life DR_DOCKER=internal; }

test_a_life_in_containers() { life DR_SCRIPTS=container; }

test_input_and_exit_codes() {
	assertEquals 'to and fro' "$(echo 'to and fro' | "$DR" docker run -i --rm --network none j842/dr-helloworld cat)"
	run_cmd "$DR" docker run --rm --network none j842/dr-helloworld bash -c 'echo out; echo err >&2; exit 7'
	assertEquals "7 out err" "$RC $OUT $ERR"
}

test_files_and_images_move() {
	local d=$SCRATCH/move image
	mkdir -p "$d/src/sub"
	echo x >"$d/src/sub/f"
	printf 'FROM j842/dr-helloworld\nCOPY sub /sub\n' >"$d/src/Dockerfile"
	"$DR" docker create --name move j842/dr-helloworld >/dev/null
	{ "$DR" docker cp "$d/src" move:/tmp && "$DR" docker cp move:/tmp/src "$d/back"; } || fail "there and back"
	"$DR" docker cp move:/tmp/src/. "$d/inside" || fail "what is inside"
	{ "$DR" docker cp "$d/src/." move:/config && "$DR" docker cp move:/config "$d"; } || fail "a volume"
	assertEquals "x x x" "$(cat "$d/back/sub/f" "$d/inside/sub/f" "$d/config/sub/f" | paste -sd ' ')"
	{ image=$("$DR" docker commit move moved:1) && "$DR" docker save -o "$d/saved" moved:1; } || fail commit
	"$DR" docker rmi moved:1 >/dev/null
	assertContains "$("$DR" docker load -i "$d/saved")" "moved:1"
	assertEquals "${image#sha256:}" "$("$DR" docker image inspect -f '{{.Id}}' moved:1 | sed s/sha256://)"
	"$DR" docker build -q --iidfile "$d/id" -t built "$d/src" >/dev/null || fail build
	"$DR" docker create --name look "$(cat "$d/id")" >/dev/null
	assertEquals x "$("$DR" docker cp look:/sub/f - | tar -xO)"
	"$DR" docker rm move look >/dev/null
	"$DR" docker rmi built moved:1 >/dev/null
}

. shunit2
