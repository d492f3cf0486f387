#!/bin/bash
# dr backup where it is less easy: engines that cannot run dr, scripts in containers, images in the backup, terminals.
. tests/lib.sh

IMAGE=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	host_new
	host dr configure "$MAIN" >"$SCRATCH/log" 2>&1 && host dr install $IMAGE saved >"$SCRATCH/log" 2>&1
	VOLUME=$(docker volume inspect -f '{{.Mountpoint}}' dr-saved-config) || exit 1
	FIRST=$DOCKER_HOST
	SECOND=$(mktemp -d "$TEST_TOP/second.XXXXXX")
}

suite_tear_down() {
	[ -z "${SECOND:-}" ] || engine_down "$SECOND"
}

# hidden VOLUME CMD...: on the host, where at the volume's place lies another folder.
hidden() {
	mkdir -p "$SCRATCH/twin"
	# shellcheck disable=SC2016
	host bash -c 'mount --bind "$0" "$1" && shift && exec "$@"' "$SCRATCH/twin" "$@"
}

test_with_image() {
	host dr backup --with-image saved "$SCRATCH/image.tgz" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	host dr verify "$SCRATCH/image.tgz" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	tar -xzOf "$SCRATCH/image.tgz" dr-backup/image.tar | tar -xO manifest.json >"$SCRATCH/manifest" || fail "docker save's form"
	assertEquals "$IMAGE:latest" "$(jq -r '.[0].RepoTags[0]' "$SCRATCH/manifest")"
	# Another image has the name now: the backup has the one that the service was made of.
	docker tag j842/simplesecrets $IMAGE
	host dr backup --with-image saved "$SCRATCH/image2.tgz" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	assertEquals "$(tar -xzOf "$SCRATCH/image.tgz" dr-backup/manifest.json | jq -r .image_id)" \
		"$(tar -xzOf "$SCRATCH/image2.tgz" dr-backup/manifest.json | jq -r .image_id)"
	docker tag "$(jq -r .image_id "$MAIN/saved/config/state.json")" $IMAGE
}

test_script_in_a_container() {
	cp "$MAIN/saved/bin/backup" "$SCRATCH/script"
	# shellcheck disable=SC2016
	printf '#!/bin/bash\nset -e\ncp /etc/passwd "$3/of-the-image"\nid -u >"$3/uid"\necho said\n' >"$MAIN/saved/bin/backup"
	host env DR_SCRIPTS=container dr backup saved - >"$SCRATCH/contained.tgz" 2>"$SCRATCH/err" || fail "$(cat "$SCRATCH/err")"
	assertContains "$(cat "$SCRATCH/err")" said
	assertContains "$(tar -xzOf "$SCRATCH/contained.tgz" dr-backup/service/of-the-image)" druser
	assertEquals 0 "$(tar -xzOf "$SCRATCH/contained.tgz" dr-backup/service/uid)"
	# A container of the service's own user can write to PATH too.
	# shellcheck disable=SC2016
	printf '#!/bin/bash\ndocker run --rm --network none -v "$3:/out" "$2" sh -c "id -u >/out/uid"\n' >"$MAIN/saved/bin/backup"
	host dr backup saved "$SCRATCH/user.tgz" >"$SCRATCH/err" 2>&1 || fail "$(cat "$SCRATCH/err")"
	assertEquals 22022 "$(tar -xzOf "$SCRATCH/user.tgz" dr-backup/service/uid)"
	cp "$SCRATCH/script" "$MAIN/saved/bin/backup"
}

# More than 32 bits hold, most of it a hole.
test_script_that_writes_5_gigabytes() {
	cp "$MAIN/saved/bin/backup" "$SCRATCH/script"
	# shellcheck disable=SC2016
	printf '#!/bin/bash\ntruncate -s 5G "$3/large" && echo end >>"$3/large"\n' >"$MAIN/saved/bin/backup"
	host dr backup saved "$SCRATCH/large.tgz" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	cp "$SCRATCH/script" "$MAIN/saved/bin/backup"
	host dr verify "$SCRATCH/large.tgz" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	mkdir "$SCRATCH/large"
	tar -C "$SCRATCH/large" -xzf "$SCRATCH/large.tgz" || fail "GNU tar cannot read it"
	assertEquals "5368709124 end" "$(stat -c %s "$SCRATCH/large/dr-backup/service/large") $(tail -c 4 "$SCRATCH/large/dr-backup/service/large")"
	rm -r "$SCRATCH/large"
}

test_progress_on_a_terminal() {
	head -c 40000000 /dev/urandom >"$VOLUME/noise"
	TERM=xterm run_cmd host script -qec "dr backup saved $SCRATCH/noise.tgz && dr verify $SCRATCH/noise.tgz && dr restore saved $SCRATCH/noise.tgz" /dev/null </dev/null
	assertEquals 0 "$RC"
	assertContains "$OUT" "Reading the volume"
	assertContains "$OUT" "Verifying"
	assertContains "$OUT" "saved, a good backup"
	assertContains "restore" "$(tr '\r' '\n' <<<"$OUT" | grep -a 'restore.*Reading')" "MB"
	VOLUME=$(docker volume inspect -f '{{.Mountpoint}}' dr-saved-config)
	run_cmd host dr verify "$SCRATCH/noise.tgz"
	assertEquals "no terminal, no progress" "" "$ERR"
	rm "$VOLUME/noise"
}

# A runtime that starts nothing stands for an engine of another architecture.
test_engine_that_cannot_run_dr() {
	local volume
	engine_up "$SECOND" --add-runtime none=/bin/false --default-runtime none || { fail "no second engine"; return; }
	export DOCKER_HOST=unix://$SECOND/sock
	cp -r tests/images/helloworld "$SCRATCH/far"
	printf '#!/bin/bash\nexit 0\n' | tee "$SCRATCH/far/install" >"$SCRATCH/far/destroy"
	image_with "$SCRATCH/far" far/image || { fail "no image"; return; }
	host dr install far/image far >"$SCRATCH/log" 2>&1 || { fail "$(cat "$SCRATCH/log")"; return; }
	volume=$(docker volume inspect -f '{{.Mountpoint}}' dr-far-config)
	mkdir -p "$volume/sub/deep"
	echo one >"$volume/one"
	ln "$volume/one" "$volume/sub/same"
	ln -s one "$volume/link"
	head -c 3000000 /dev/urandom >"$volume/sub/deep/noise"
	chown -R 22022:22022 "$volume"
	run_cmd hidden "$volume" dr backup far "$SCRATCH/far.tgz"
	assertEquals "$ERR" 0 "$RC"
	assertContains "$ERR" "leaves out attributes"
	host dr verify "$SCRATCH/far.tgz" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	mkdir "$SCRATCH/open"
	tar -C "$SCRATCH/open" -xzpf "$SCRATCH/far.tgz"
	assertEquals "" "$(diff <(cd "$volume" && find . -printf '%P %y %m %U %G %Ts %n %l %s\n' | sort) \
		<(cd "$SCRATCH/open/dr-backup/volumes/config" && find . -printf '%P %y %m %U %G %Ts %n %l %s\n' | sort))"
	diff -r "$volume" "$SCRATCH/open/dr-backup/volumes/config" >"$SCRATCH/log" || fail "$(cat "$SCRATCH/log")"
	run_cmd hidden "$volume" dr backup --live far "$SCRATCH/live.tgz"
	assertEquals "it would not be noticed" 1 "$RC"
	assertContains "$ERR" "leave --live out"
	host dr backup far "$SCRATCH/near.tgz" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	assertEquals "the same members" "$(tar -tzf "$SCRATCH/near.tgz")" "$(tar -tzf "$SCRATCH/far.tgz")"
	host dr destroy --force far >"$SCRATCH/log" 2>&1
	export DOCKER_HOST=$FIRST
}

. shunit2
