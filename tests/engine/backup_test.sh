#!/bin/bash
# dr backup: what is in the file, how it can be opened without dr, and what becomes of containers meanwhile.
. tests/lib.sh

IMAGE=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	host_new
	host dr configure "$MAIN" >"$SCRATCH/log" 2>&1 && host dr install $IMAGE saved >"$SCRATCH/log" 2>&1 || exit 1
	VOLUME=$(docker volume inspect -f '{{.Mountpoint}}' dr-saved-config)
	fill_volume "$VOLUME"
}

test_opened_without_dr() {
	host dr backup saved "$SCRATCH/plain.tgz" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	assertContains "$(cat "$SCRATCH/log")" "saved is backed up"
	assertEquals "private" 600 "$(stat -c %a "$SCRATCH/plain.tgz")"
	gzip -t "$SCRATCH/plain.tgz" || fail "gzip -t"
	mkdir "$SCRATCH/open"
	tar -C "$SCRATCH/open" --xattrs --xattrs-include='*' -xzpf "$SCRATCH/plain.tgz" 2>"$SCRATCH/log" || fail "$(cat "$SCRATCH/log")"
	assertEquals "the volume" "" "$(diff <(picture "$VOLUME") <(picture "$SCRATCH/open/dr-backup/volumes/config") 2>&1)"
	(cd "$SCRATCH/open" && sha256sum --quiet --strict -c dr-backup/checksums) || fail "sha256sum -c"
	assertEquals "every file has its checksum" "$(find "$SCRATCH/open" -type f ! -name checksums -printf '%i\n' | sort -u | wc -l)" \
		"$(wc -l <"$SCRATCH/open/dr-backup/checksums")"
	assertEquals "$IMAGE" "$(cat "$SCRATCH/open/dr-backup/config/imagename.txt")"
	assertNotNull "what the script saved" "$(cat "$SCRATCH/open/dr-backup/service/backed-up-at")"
	assertEquals "saved $IMAGE amd64 true false" "$(jq -r '"\(.service) \(.image) \(.architecture) \(.trailer) \(.live)"' \
		"$SCRATCH/open/dr-backup/manifest.json")"
	assertEquals "its folder is gone" "" "$(ls "$MAIN/.dr/work")"
	assertEquals "so is its container" "" "$(docker ps -aq --filter label=dr.scratch)"
	assertEquals "the order" "dr-backup/manifest.json dr-backup/checksums" \
		"$(tar -tzf "$SCRATCH/plain.tgz" | sed -n '1p;$p' | xargs)"
}

# unpacked FILE: its members beneath $SCRATCH/open.
unpacked() {
	rm -rf "$SCRATCH/open"
	mkdir "$SCRATCH/open"
	tar -C "$SCRATCH/open" --xattrs --xattrs-include='*' -xzpf "$1" 2>"$SCRATCH/log" || fail "$(cat "$SCRATCH/log")"
}

# hidden CMD...: on the host, where at the volume's place lies another folder, to the eye the same.
hidden() {
	rm -rf "$SCRATCH/twin"
	mkdir "$SCRATCH/twin"
	touch -r "$VOLUME" "$SCRATCH/twin"
	chmod --reference="$VOLUME" "$SCRATCH/twin"
	# shellcheck disable=SC2016
	host bash -c 'mount --bind "$0" "$1" && shift && exec "$@"' "$SCRATCH/twin" "$VOLUME" "$@"
}

test_another_folder_at_the_mountpoint_is_not_the_volume() {
	hidden dr backup saved "$SCRATCH/guest.tgz" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	assertNotContains "$(cat "$SCRATCH/log")" "leaves out"
	unpacked "$SCRATCH/guest.tgz"
	assertEquals "the volume" "" "$(diff <(picture "$VOLUME") <(picture "$SCRATCH/open/dr-backup/volumes/config") 2>&1)"
	assertEquals "its containers are gone" "" "$(docker ps -aq --filter label=dr.scratch)"
	run_cmd host dr verify "$SCRATCH/guest.tgz"
	assertEquals "$ERR" 0 "$RC"
}

test_sockets_are_left_out_with_a_note() {
	python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$VOLUME/socket"
	run_cmd host dr backup saved "$SCRATCH/socket.tgz"
	assertEquals "$ERR" 0 "$RC"
	assertContains "$ERR" "config/socket: socket ignored"
	run_cmd hidden dr backup saved "$SCRATCH/socket2.tgz"
	assertEquals "$ERR" 0 "$RC"
	assertContains "$ERR" "socket: socket ignored"
	assertNotContains "$(tar -tzf "$SCRATCH/socket.tgz"; tar -tzf "$SCRATCH/socket2.tgz")" "config/socket"
	rm "$VOLUME/socket"
}

# state NAME: what the engine says of a container.
state() {
	docker inspect -f '{{.State.Status}}' "$1"
}

# until_is NAME STATE: waits for it.
until_is() {
	local i
	for ((i = 0; i < 600; i++)); do
		[ "$(state "$1")" != "$2" ] || return 0
		sleep 0.1
	done
	fail "$1 is $(state "$1"), not $2"
	return 1
}

# begun: a backup into the pipe, by a dr whose pid, and group, is in $SCRATCH/pid.
begun() {
	# shellcheck disable=SC2016
	setsid -w bash -c 'echo $$ >"$1"; exec unshare -m env PATH="$2:$PATH" bash -c "mount --bind $3/etc /etc && exec dr backup saved -" >"$4"' \
		_ "$SCRATCH/pid" "$BIN" "$HOST_DIR" "$SCRATCH/pipe" 2>"$SCRATCH/err" &
}

# for_folders WAY: with --live it is noticed what becomes of folders that were read already, and of those that are still to be.
for_folders() {
	local what changed dr rc
	while read -r changed what; do
		"$1" dr backup --live saved - >"$SCRATCH/pipe" 2>"$SCRATCH/err" </dev/null &
		dr=$!
		exec 7<"$SCRATCH/pipe"
		head -c 100000 <&7 >"$SCRATCH/start"
		(cd "$VOLUME" && $what)
		cat <&7 >"$SCRATCH/rest"
		exec 7<&-
		wait $dr
		rc=$?
		assertEquals "$1: $what: $(cat "$SCRATCH/err")" 1 $rc
		assertContains "$1: $what" "$(cat "$SCRATCH/err")" "$changed: changed meanwhile"
		cat "$SCRATCH/start" "$SCRATCH/rest" >"$SCRATCH/torn.tgz"
		host dr verify "$SCRATCH/torn.tgz" >"$SCRATCH/log" 2>&1
		assertEquals "$1: $what: never reported as good" 1 $?
	done <<-'END'
		empty touch empty/new
		sub/deep mv sub/deep/noise empty/noise
		empty rm empty/new
		nothing chmod 600 nothing
	END
	mv "$VOLUME/empty/noise" "$VOLUME/sub/deep/noise"
}

# A backup into a pipe that nobody reads yet stands still while the volume is read.
test_writers_are_paused_and_resumed() {
	local name rc
	docker run -d --name writer --network none -v dr-saved-config:/config $IMAGE sleep 1000 >"$SCRATCH/log"
	docker run -d --name reader --network none -v dr-saved-config:/config:ro $IMAGE sleep 1000 >"$SCRATCH/log"
	docker run -d --name stopped --network none -v dr-saved-config:/config $IMAGE sleep 1000 >"$SCRATCH/log"
	docker pause stopped >"$SCRATCH/log"
	head -c 20000000 /dev/urandom >"$VOLUME/large"
	mkfifo "$SCRATCH/pipe"
	host dr backup saved - >"$SCRATCH/pipe" 2>"$SCRATCH/err" &
	local dr=$!
	exec 7<"$SCRATCH/pipe"
	until_is writer paused || return 0
	assertEquals "who only reads goes on" running "$(state reader)"
	cat <&7 >"$SCRATCH/piped.tgz"
	exec 7<&-
	wait $dr
	rc=$?
	assertEquals "$(cat "$SCRATCH/err")" 0 $rc
	assertContains "what is said goes to stderr" "$(cat "$SCRATCH/err")" "saved is backed up"
	assertEquals running "$(state writer)"
	assertEquals "as it was" paused "$(state stopped)"
	host dr verify - <"$SCRATCH/piped.tgz" >"$SCRATCH/log" || fail "$(cat "$SCRATCH/log")"

	# Killed, with its whole group, while it stands still.
	begun
	exec 7<"$SCRATCH/pipe"
	head -c 100000 <&7 >"$SCRATCH/start"
	assertEquals paused "$(state writer)"
	kill -KILL -- "-$(cat "$SCRATCH/pid")"
	exec 7<&-
	until_is writer running
	assertNotEquals "" "$(ls "$MAIN/.dr/work")"
	run_cmd host dr update saved
	assertContains "$ERR" "the backup of saved was interrupted"
	assertEquals "" "$(ls "$MAIN/.dr/work")"
	assertEquals "" "$(docker ps -aq --filter label=dr.scratch)"

	# Interrupted.
	begun
	dr=$!
	exec 7<"$SCRATCH/pipe"
	head -c 100000 <&7 >"$SCRATCH/start"
	assertEquals paused "$(state writer)"
	kill -TERM "$(cat "$SCRATCH/pid")"
	cat <&7 >"$SCRATCH/rest"
	exec 7<&-
	wait $dr
	rc=$?
	assertEquals "$(cat "$SCRATCH/err")" 143 $rc
	assertEquals "resumed when dr ends" running "$(state writer)"
	assertEquals "" "$(ls "$MAIN/.dr/work")"
	assertEquals "" "$(docker ps -aq --filter label=dr.scratch)"

	# Left running.
	host dr backup --live saved - >"$SCRATCH/pipe" 2>"$SCRATCH/err" &
	dr=$!
	exec 7<"$SCRATCH/pipe"
	head -c 100000 <&7 >"$SCRATCH/start"
	assertEquals running "$(state writer)"
	# It stands still in the file `large`, which is larger than what pipes and compressor hold.
	echo more >>"$VOLUME/large"
	cat <&7 >"$SCRATCH/rest"
	exec 7<&-
	wait $dr
	assertEquals "a file changed" 1 $?
	assertContains "$(cat "$SCRATCH/err")" "large: file changed as we read it"
	assertContains "$(cat "$SCRATCH/err")" "leave --live out"
	cat "$SCRATCH/start" "$SCRATCH/rest" >"$SCRATCH/torn.tgz"
	host dr verify "$SCRATCH/torn.tgz" >"$SCRATCH/log" 2>&1
	assertEquals "never reported as good" 1 $?
	for_folders host
	for_folders hidden
	run_cmd host dr backup --live saved "$SCRATCH/live.tgz"
	assertEquals "$ERR" 0 "$RC"
	assertEquals true "$(host dr verify --json "$SCRATCH/live.tgz" | jq .live)"
	for name in writer reader stopped; do docker rm -f $name; done >"$SCRATCH/log" 2>&1
	rm "$VOLUME/large"
}

. shunit2
