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
