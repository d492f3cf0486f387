#!/bin/bash
# dr doctor, and dr on hosts as they are: read-only, without passwd, /tmp, HOME, PATH, or open streams. No engine.
. tests/lib.sh

setUp() {
	host_new
	export DOCKER_HOST=unix://$HOST_DIR/no-engine
}

# host_as COMMANDS CMD…: like host, with shell commands run in the namespace before.
host_as() {
	local prepare=$1
	shift
	# shellcheck disable=SC2016 # for the inner shell
	host bash -c 'eval "$0" && exec "$@"' "$prepare" "$@"
}

level_of() {
	awk -v t="$1" '$2 == t {print $1; exit}' <<<"$OUT"
}

test_doctor_tells_what_is_there_and_what_is_not() {
	run_cmd host dr doctor
	assertEquals 1 "$RC"
	assertEquals problem "$(level_of directory)"
	assertContains "$OUT" "run: dr configure DIRECTORY"
	assertEquals problem "$(level_of engine)"
	assertContains "$OUT" "$HOST_DIR/no-engine"
	host dr configure "$MAIN" >/dev/null
	run_cmd host dr doctor
	assertEquals ok "$(level_of directory)"
	assertContains "$OUT" " MiB free"
	assertEquals ok "$(level_of launchers)"
	assertContains "$OUT" "$BIN, on PATH"
	assertEquals ok "$(level_of scripts)"
	assertEquals ok "$(level_of dr)"
	assertEquals "" "$ERR"
	run_cmd host dr doctor --json
	assertEquals 1 "$RC"
	assertEquals "doctor 1 problem" "$(jq -r '"\(.command) \(.problems) \(.findings[] | select(.topic == "engine").level)"' <<<"$OUT")"
}

test_doctor_finds_interrupted_work_and_lost_launchers() {
	host dr configure "$MAIN" --bin "$HOST_DIR/elsewhere" >/dev/null
	mkdir -p "$MAIN/.dr/work/half" "$MAIN/lost/config"
	echo image/lost >"$MAIN/lost/config/imagename.txt"
	echo "{\"version\":1,\"launcher\":\"$BIN/lost\"}" >"$MAIN/lost/config/state.json"
	run_cmd host dr doctor
	assertEquals note "$(level_of half)"
	assertEquals note "$(level_of lost)"
	assertContains "$OUT" "run: dr update lost"
	assertEquals note "$(level_of launchers)"
	assertContains "$OUT" "$HOST_DIR/elsewhere is not on PATH"
}

# doctor_says LEVEL TOPIC TEXT PREPARE: what dr doctor says of the topic on this host, after the shell commands.
doctor_says() {
	run_cmd host_as "$4" "$BIN/dr" doctor --json
	assertEquals "$4: $ERR" "$1" "$(jq -r --arg t "$2" '.findings[] | select(.topic == $t) | .level' <<<"$OUT" | head -n 1)"
	assertContains "$4" "$(jq -r --arg t "$2" '.findings[] | select(.topic == $t) | .text' <<<"$OUT")" "$3"
	assertEquals "$4: the exit code" "$([ "$(jq .problems <<<"$OUT")" != 0 ]; echo $((!$?)))" "$RC"
}

test_doctor_in_every_state() {
	local disk='mount -t tmpfs -o mode=755,size' tools=$HOST_DIR/tools
	host dr configure "$MAIN" >/dev/null
	doctor_says problem directory "$MAIN is not there; if it is on a disk, mount it; else run: dr configure" "mv $MAIN $MAIN.off"
	mv "$MAIN.off" "$MAIN"
	doctor_says problem directory "(Read-only file system); mount it read-write" "mount --bind $MAIN $MAIN && mount -o remount,bind,ro $MAIN"
	doctor_says problem directory "run: chown root $MAIN" "$disk=1m,uid=1000 none $MAIN"
	doctor_says problem directory "run: chmod go-w $MAIN" "$disk=1m,mode=777 none $MAIN"
	doctor_says problem directory "make room: dr clean, or a larger disk" "$disk=4m none $MAIN"
	doctor_says note directory "make room: dr clean, or a larger disk" "$disk=40m none $MAIN"
	doctor_says ok directory "MiB free" "$disk=140m none $MAIN"

	doctor_says problem engine "no engine at unix://$HOST_DIR/none (DOCKER_HOST): there is no such socket; is the engine running?" "export DOCKER_HOST=unix://$HOST_DIR/none"

	doctor_says ok launchers "$BIN, on PATH" :
	doctor_says note launchers "$HOST_DIR/far is not on PATH: add it, or call services as dr NAME" "dr configure $MAIN --bin $HOST_DIR/far >/dev/null"
	doctor_says problem launchers "$HOST_DIR/far cannot be written; choose another folder: dr configure $MAIN --bin DIR" \
		"mount --bind $HOST_DIR/far $HOST_DIR/far && mount -o remount,bind,ro $HOST_DIR/far"

	mkdir "$tools"
	doctor_says ok docker "/docker, the host's own" :
	doctor_says ok docker "the host has none: scripts get dr's" "PATH=$tools"
	doctor_says ok docker "dr's own, as DR_DOCKER says" 'export DR_DOCKER=internal'

	doctor_says ok scripts "on the host, with /usr/bin/bash" 'PATH=/usr/bin'
	doctor_says note scripts "scripts for it run in a container of their image, or install bash" "PATH=$tools"
	doctor_says problem scripts "install it, or unset DR_SCRIPTS" "PATH=$tools; export DR_SCRIPTS=host"
	doctor_says ok scripts "in a container of their image, as DR_SCRIPTS says" 'export DR_SCRIPTS=container'
	doctor_says problem scripts "DR_SCRIPTS is 'elsewhere'; write host or container" 'export DR_SCRIPTS=elsewhere'

	doctor_says note druser "is not in /etc/passwd; only the number 22022 matters" :
	doctor_says problem druser "uid 22022 belongs to the user other, but must belong to druser; change that" \
		'echo other:x:22022:22022::/:/bin/sh >>/etc/passwd'
	sed -i '$d' "$HOST_DIR/etc/passwd"
	doctor_says problem druser "the group drgroup exists with gid 7" 'echo drgroup:x:7: >>/etc/group'
	sed -i '$d' "$HOST_DIR/etc/group"
	doctor_says ok druser "druser and drgroup have the number 22022" \
		'echo druser:x:22022:22022::/:/bin/false >>/etc/passwd; echo drgroup:x:22022: >>/etc/group'

	doctor_says ok services "0 installed" :
	mkdir -p "$MAIN/broken/config"
	echo some/image >"$MAIN/broken/config/imagename.txt"
	doctor_says ok services "1 installed" :
	echo '{"version":' >"$MAIN/broken/config/state.json"
	doctor_says problem broken "state.json" :
	rm -r "$MAIN/broken"
	doctor_says problem directory "use that one" "echo 99 >$MAIN/.dr/version"
	doctor_says problem directory "names no absolute path; set one: dr configure DIRECTORY" 'echo opt/dr >/etc/dr/directory'
}

test_read_only_etc() {
	run_cmd host_as 'mount -o remount,bind,ro /etc' dr configure "$MAIN"
	assertEquals 1 "$RC"
	assertContains "$ERR" "/etc/dr"
	assertContains "$ERR" "Read-only file system"
	assertFalse "nothing is half done" "[ -e '$MAIN' ]"
	host dr configure "$MAIN" >/dev/null
	run_cmd host_as 'mount -o remount,bind,ro /etc' dr list
	assertEquals 0 "$RC"
	run_cmd host_as 'mount -o remount,bind,ro /etc' dr configure "$MAIN"
	assertEquals 3 "$RC"
}

test_no_passwd() {
	run_cmd host_as 'rm -f /etc/passwd /etc/group' dr configure "$MAIN"
	assertEquals "$ERR" 0 "$RC"
	run_cmd host dr doctor
	assertContains "$OUT" "there is no /etc/passwd"
	assertEquals note "$(level_of druser)"
	run_cmd host dr list
	assertEquals 0 "$RC"
}

test_no_tmp_no_home_no_path() {
	# A tree that itself lies in /tmp stays to be seen.
	local here=/mnt/none${TOP#/tmp}
	run_cmd host_as "mount -t tmpfs none /mnt && mkdir -p '$here' && mount --bind '$TOP' '$here' &&
		mount --rbind -o ro /mnt/none /tmp" dr configure "$MAIN"
	assertEquals "$ERR" 0 "$RC"
	run_cmd host env -i "$BIN/dr" list
	assertEquals "$ERR" 0 "$RC"
	run_cmd host env -i "$BIN/dr" doctor
	assertEquals ok "$(level_of directory)"
	chmod 755 "$SCRATCH" "$HOST_DIR"
	run_cmd host setpriv --reuid 65534 --regid 65534 --clear-groups env -i "$BIN/dr" doctor
	assertEquals 1 "$RC"
	assertEquals problem "$(level_of settings)"
	assertContains "$OUT" "neither XDG_CONFIG_HOME nor HOME"
}

test_closed_streams() {
	host dr configure "$MAIN" >/dev/null
	host bash -c 'dr list <&- >&- 2>&-'
	assertEquals 0 $?
	host bash -c 'dr list --json <&- 2>&-' >"$SCRATCH/answer"
	assertEquals '{"command":"list","services":[]}' "$(cat "$SCRATCH/answer")"
	host bash -c 'dr configure '"$HOST_DIR/other"' <&- >&- 2>&-'
	assertEquals 0 $?
	assertEquals "$HOST_DIR/other" "$(cat "$HOST_DIR/etc/dr/directory")"
}

test_full_output() {
	host dr configure "$MAIN" >/dev/null
	host bash -c 'dr doctor >/dev/full' 2>"$SCRATCH/err"
	assertEquals 1 $?
	assertContains "$(cat "$SCRATCH/err")" "cannot write the output"
}

test_unconfigure_leaves_nothing() {
	run_cmd host dr unconfigure
	assertEquals 3 "$RC"
	before=$(cd "$HOST_DIR" && find . -type f -exec md5sum {} + | sort)
	host dr configure "$MAIN" >/dev/null
	mkdir -p "$MAIN/web/config"
	echo image/web >"$MAIN/web/config/imagename.txt"
	run_cmd host dr unconfigure
	assertEquals 1 "$RC"
	assertContains "$ERR" "there is 1 service (web); run: dr destroy web"
	rm -rf "$MAIN/web"
	mkdir -p "$MAIN/.dr/work/half"
	run_cmd host dr unconfigure
	assertContains "interrupted work counts" "$ERR" "dr destroy half"
	rmdir "$MAIN/.dr/work/half"
	# As an install would have.
	echo 'druser:x:22022:22022:dr services:/:/sbin/nologin' >>"$HOST_DIR/etc/passwd"
	echo 'drgroup:x:22022:' >>"$HOST_DIR/etc/group"
	run_cmd host dr unconfigure --json
	assertEquals "$ERR" "0 unconfigure true $MAIN" "$RC $(jq -r '"\(.command) \(.changed) \(.directory)"' <<<"$OUT")"
	assertEquals "$before" "$(cd "$HOST_DIR" && find . -type f ! -name "*-" ! -name .pwd.lock -exec md5sum {} + | sort)"
	assertFalse "[ -e '$MAIN' ] || [ -e '$HOST_DIR/etc/dr' ]"
	run_cmd host dr unconfigure --json
	assertEquals "3 false" "$RC $(jq -r .changed <<<"$OUT")"
}

test_unconfigure_keeps_what_is_not_drs() {
	host dr configure "$MAIN" >/dev/null
	echo mine >"$MAIN/notes"
	run_cmd host dr unconfigure
	assertEquals 0 "$RC"
	assertContains "$ERR" "$MAIN stays: it is not empty"
	assertEquals notes "$(ls -A "$MAIN")"
	host dr configure "$MAIN" >/dev/null
	rm -rf "$MAIN"
	run_cmd host dr unconfigure
	assertEquals "the folder is gone already" 0 "$RC"
	assertFalse "[ -e '$HOST_DIR/etc/dr' ]"
}

. shunit2
