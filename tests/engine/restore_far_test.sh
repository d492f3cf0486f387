#!/bin/bash
# dr restore where the engine's volumes are out of reach: an engine elsewhere, one that maps users, and dr without root.
. tests/lib.sh

IMAGE=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	host_new
	host dr configure "$MAIN" >"$SCRATCH/log" 2>&1 && host dr install $IMAGE saved >"$SCRATCH/log" 2>&1 || exit 1
	fill_volume "$(mountpoint saved)"
	host saved configure "Saved." || exit 1
	BACKUP=$SCRATCH/saved.tgz
	host dr backup --with-image saved "$BACKUP" >"$SCRATCH/log" 2>&1 || { cat "$SCRATCH/log"; exit 1; }
	SAVED=$(picture "$(mountpoint saved)")
}

suite_tear_down() {
	engine_down "$TEST_TOP/remap"
}

mountpoint() {
	docker volume inspect -f '{{.Mountpoint}}' "dr-$1-config"
}

# A host from where the engine's folders cannot be seen, as one with an engine on another machine.
far_host() {
	host unshare -m --propagation private bash -c 'mount -t tmpfs none "$0/data" && exec "$@"' "$ENGINE" "$@"
}

test_from_afar() {
	local before data
	run_cmd far_host dr restore far "$BACKUP"
	assertEquals "$ERR" 0 "$RC"
	assertEquals "" "$(diff <(echo "$SAVED") <(picture "$(mountpoint far)"))"
	assertEquals "Saved." "$(host far run)"
	far_host dr backup far "$SCRATCH/from-afar" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	host far configure "Changed."
	touch "$(mountpoint far)/new"
	docker volume create dr-far-data >"$SCRATCH/log"
	data=$(docker volume inspect -f '{{.Mountpoint}}' dr-far-data)
	touch "$data/file"
	chown 22022:22022 "$data"
	docker run -d --network none --stop-signal KILL --name far-daemon -v dr-far-data:/data $IMAGE sleep 1d >"$SCRATCH/log"
	run_cmd far_host dr restore far "$SCRATCH/from-afar"
	assertEquals "$ERR" 0 "$RC"
	assertEquals "taken one way, restored the other" "" "$(diff <(echo "$SAVED") <(picture "$(mountpoint far)"))"
	assertEquals "22022 0" "$(stat -c %u "$data") $(docker exec far-daemon ls /data | wc -l)"
	before=$(far_picture)
	python3 tests/engine/odd_backup.py "$SCRATCH/odd" hard-link
	run_cmd far_host dr restore far "$SCRATCH/odd"
	assertContains "$ERR" "is a hard link out of its folder; far is as it was"
	assertEquals "$before" "$(far_picture)"
	host strace -qq -o /dev/null -e trace=renameat -e inject=renameat:signal=KILL:when=9 unshare -m --propagation private bash -c \
		'mount -t tmpfs none "$0/data" && exec "$@"' "$ENGINE" dr restore far "$BACKUP" >"$SCRATCH/log" 2>&1
	assertTrue "it was killed: $(cat "$SCRATCH/log")" "[ -e '$MAIN/.dr/work/far/journal' ]"
	run_cmd far_host dr far run
	assertContains "$ERR" "the restore of far was interrupted; it has been undone"
	assertEquals "$before" "$(far_picture)"
	run_cmd far_host dr destroy far
	assertEquals "$ERR" 0 "$RC"
	assertEquals "dr-saved-config" "$(docker volume ls -q | xargs)"
}

far_picture() {
	picture "$(mountpoint far)"
	docker volume ls -q
	docker images -aq
	docker ps -a --format '{{.ID}} {{.State}}'
}

# The numbers in containers are others than those in the file system; the backup has those in containers.
test_engine_that_maps_users() {
	local first=$DOCKER_HOST
	echo dockremap:100000:65536 | tee "$HOST_DIR/etc/subuid" >"$HOST_DIR/etc/subgid"
	echo 'dockremap:x:993:993::/:/bin/false' >>"$HOST_DIR/etc/passwd"
	echo 'dockremap:x:993:' >>"$HOST_DIR/etc/group"
	remap_up || return 0
	export DOCKER_HOST=unix://$TEST_TOP/remap/sock
	for _ in install again; do
		run_cmd host dr restore mapped "$BACKUP"
		assertEquals "$ERR" 0 "$RC"
		assertEquals "Saved." "$(host mapped run)"
		assertEquals "22022" "$(host mapped run stat -c %u /config/greeting)"
		assertEquals "122022" "$(stat -c %u "$(mountpoint mapped)/greeting")"
	done
	host dr backup mapped "$SCRATCH/mapped.tgz" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	assertEquals "22022/22022" "$(tar -tvzf "$SCRATCH/mapped.tgz" | awk '/config\/greeting/ {print $2}')"
	assertEquals "its own image is gone" 1 "$(docker images -aq | wc -l)"
	export DOCKER_HOST=$first
	engine_down "$TEST_TOP/remap"
	run_cmd host dr restore saved "$SCRATCH/mapped.tgz"
	assertEquals "$ERR" 0 "$RC"
	assertEquals "" "$(diff <(echo "$SAVED") <(picture "$(mountpoint saved)"))"
}

# The engine as engine_up starts it, but with the private host's users.
remap_up() {
	(
		dockerd() {
			unshare -m --propagation private bash -c 'mount --bind "$0/etc" /etc && exec dockerd "$@"' "$HOST_DIR" "$@"
		}
		engine_up "$TEST_TOP/remap" --userns-remap dockremap
	)
}

test_without_root() {
	local folder
	mkdir "$SCRATCH/home"
	chown 1234:1234 "$SCRATCH/home"
	cp "$BACKUP" "$SCRATCH/home/backup"
	chown 1234 "$SCRATCH/home/backup"
	for folder in "$TEST_TOP" "$ENGINE" "$SCRATCH" "$HOST_DIR" "$BIN"; do chmod a+rx "$folder"; done
	chmod 666 "$ENGINE/sock"
	run_cmd user dr configure "$SCRATCH/home/dr"
	for _ in install again; do
		run_cmd user dr restore mine "$SCRATCH/home/backup"
		assertEquals "$ERR" 0 "$RC"
		assertEquals "" "$(diff <(echo "$SAVED") <(picture "$(mountpoint mine)"))"
	done
	assertEquals 1234 "$(stat -c %u "$SCRATCH/home/dr/mine/bin/run")"
	run_cmd user dr destroy mine
	assertEquals "$ERR" 0 "$RC"
}

user() {
	host setpriv --reuid 1234 --regid 1234 --clear-groups env HOME="$SCRATCH/home" XDG_CONFIG_HOME="$SCRATCH/home/.config" "$@"
}

. shunit2
