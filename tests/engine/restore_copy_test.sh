#!/bin/bash
# dr restore to an engine that cannot run dr and whose volumes are out of reach: everything goes through its archive API. A
# runtime that starts nothing stands for another architecture.
. tests/lib.sh

IMAGE=far/image

oneTimeSetUp() {
	scratch
	host_new
	SECOND=$(mktemp -d "$TEST_TOP/second.XXXXXX")
	FIRST=$DOCKER_HOST
	engine_up "$SECOND" --add-runtime none=/bin/false --default-runtime none || exit 1
	export DOCKER_HOST=unix://$SECOND/sock
	cp -r tests/images/helloworld "$SCRATCH/far"
	printf '#!/bin/bash\nexit 0\n' | tee "$SCRATCH/far/install" >"$SCRATCH/far/destroy"
	# shellcheck disable=SC2016
	printf '#!/bin/bash\necho "PATH has $(ls "$3")"\n[ ! -e %s ] || exit 7\n' "$SCRATCH/fail" >"$SCRATCH/far/restore"
	image_with "$SCRATCH/far" $IMAGE && host dr configure "$MAIN" >"$SCRATCH/log" 2>&1 &&
		host dr install $IMAGE far >"$SCRATCH/log" 2>&1 || exit 1
	VOLUME=$(mountpoint far-config)
	fill_volume "$VOLUME"
	# What the engine's API leaves out.
	rm "$VOLUME/nothing" "$VOLUME/sparse"
	setfattr -x user.note "$VOLUME/text"
	find "$VOLUME" -depth -exec touch -h -d '2001-02-03 04:05:06' {} +
	SAVED=$(picture "$VOLUME")
	BACKUP=$SCRATCH/saved.tgz
	host dr backup far "$BACKUP" >"$SCRATCH/log" 2>&1 || exit 1
}

suite_tear_down() {
	[ -z "${SECOND:-}" ] || engine_down "$SECOND"
	export DOCKER_HOST=${FIRST:-}
}

mountpoint() {
	docker volume inspect -f '{{.Mountpoint}}' "dr-$1"
}

# A host from where the engine's folders cannot be seen.
far_host() {
	host unshare -m --propagation private bash -c 'mount -t tmpfs none "$0/data" && exec "$@"' "$SECOND" "$@"
}

make_old() {
	rm -rf "${VOLUME:?}"/*
	echo old >"$VOLUME/old"
	chown 22022:22022 "$VOLUME"
	chmod 750 "$VOLUME"
	find "$VOLUME" -depth -exec touch -h -d '2002-02-03 04:05:06' {} +
	docker volume rm dr-far-data >"$SCRATCH/log" 2>&1
	docker volume create --label kind=data dr-far-data >"$SCRATCH/log"
	echo precious >"$(mountpoint far-data)/file"
	chown 22022:22022 "$(mountpoint far-data)"
	touch -d '2002-02-03 04:05:06' "$(mountpoint far-data)"/{file,.}
}

# The service's volumes and what dr may leave, as text.
state() {
	(cd "$(mountpoint far-config)" && find . -printf '%P %y %m %U %G %T@ %n %l %s\n' | sort; find . -type f -exec sha256sum {} + | sort)
	(cd "$(mountpoint far-data)" && find . -printf '%P %y %m %U %G %T@ %s\n' | sort)
	docker volume inspect -f '{{.Name}} {{.Labels}}' dr-far-config dr-far-data
	docker volume ls -q
	docker images -aq
	docker ps -aq
	ls "$MAIN/.dr/work"
}

test_over_the_service() {
	local before after owner
	make_old
	before=$(state)
	touch "$SCRATCH/fail"
	run_cmd far_host dr restore far "$BACKUP"
	rm "$SCRATCH/fail"
	assertEquals "$OUT" 1 "$RC"
	assertContains "$ERR" "leaves out attributes"
	assertContains "$ERR" "exit code 7; far is as it was"
	assertEquals "the old is back" "$before" "$(state)"

	docker create --name holder -v dr-far-config:/config $IMAGE >"$SCRATCH/log"
	run_cmd far_host dr restore far "$BACKUP"
	assertEquals "$OUT" 1 "$RC"
	assertContains "$ERR" "remove it (docker rm -f holder); far is as it was"
	docker rm holder >"$SCRATCH/log"
	assertEquals "nothing has changed" "$before" "$(state)"

	run_cmd far_host dr restore far "$BACKUP"
	assertEquals "$ERR" 0 "$RC"
	assertContains "$OUT" "PATH has backed-up-at"
	assertEquals "" "$(diff <(echo "$SAVED") <(picture "$(mountpoint far-config)"))"
	owner=$(stat -c '%u %a' "$(mountpoint far-data)")
	assertEquals "empty, with its owner and labels" "22022 755 map[kind:data]" \
		"$owner$(ls "$(mountpoint far-data)") $(docker volume inspect -f '{{.Labels}}' dr-far-data)"
	after=$(docker volume ls -q; docker images -q | wc -l; docker ps -aq; ls "$MAIN/.dr/work")
	assertEquals "dr-far-config dr-far-data 1" "$(echo "$after" | xargs)"
}

test_where_there_was_none() {
	run_cmd far_host dr restore fresh "$BACKUP"
	assertEquals "$ERR" 0 "$RC"
	assertEquals "" "$(diff <(echo "$SAVED") <(picture "$(mountpoint fresh-config)"))"
	far_host dr backup fresh "$SCRATCH/fresh.tgz" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	run_cmd host dr destroy fresh
	assertEquals "$ERR" 0 "$RC"
	# Taken one way, restored the other.
	make_old
	run_cmd host dr restore far "$SCRATCH/fresh.tgz"
	assertEquals "$ERR" 0 "$RC"
	assertEquals "" "$(diff <(echo "$SAVED") <(picture "$(mountpoint far-config)"))"
}

# Killed at many moments: the next command makes it old or new.
test_killed() {
	local step steps old new at=0
	make_old
	far_host dr restore far "$BACKUP" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	new=$(state)
	make_old
	old=$(state)
	host strace -qq -o "$SCRATCH/trace" -e trace=renameat,sendto unshare -m --propagation private bash -c \
		'mount -t tmpfs none "$0/data" && exec "$@"' "$SECOND" dr restore far "$BACKUP" >"$SCRATCH/log" 2>&1
	assertEquals "$new" "$(state)"
	steps=$(awk -F'(' '{n[$1]++; if (n[$1] % (($1 == "sendto") ? 27 : 4) == 0) print $1 ":" n[$1]}' "$SCRATCH/trace")
	for step in $steps; do
		at=$((at + 1))
		make_old
		host strace -qq -o /dev/null -e trace="${step%:*}" -e inject="${step%:*}:signal=KILL:when=${step#*:}" \
			unshare -m --propagation private bash -c 'mount -t tmpfs none "$0/data" && exec "$@"' "$SECOND" \
			dr restore far "$BACKUP" >"$SCRATCH/log" 2>&1
		run_cmd far_host dr far run true
		case $ERR in
		*"has been finished"*) assertEquals "$step" "$new" "$(state)" ;;
		*) assertEquals "$step: $ERR" "$old" "$(state)" ;;
		esac
	done
	assertTrue "$at moments" "[ $at -gt 5 ]"
}

. shunit2
