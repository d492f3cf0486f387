#!/bin/bash
# dr configure: what it sets, what it refuses, and that a refusal changes nothing.
. tests/lib.sh

setUp() {
	host_new
}

unchanged() {
	assertFalse "$1: the setting" "[ -e '$HOST_DIR/etc/dr/directory' ]"
}

test_sets_the_main_folder_once() {
	run_cmd host dr configure "$MAIN/"
	assertEquals "0 $MAIN is dr's main folder now." "$RC $OUT"
	assertEquals "" "$ERR"
	assertEquals "$MAIN" "$(cat "$HOST_DIR/etc/dr/directory")"
	assertEquals "755 root" "$(stat -c '%a %U' "$MAIN")"
	run_cmd host dr configure "$MAIN"
	assertEquals "3 $MAIN is dr's main folder already." "$RC $OUT"
	run_cmd host dr configure --json "$MAIN"
	assertEquals "3 {\"command\":\"configure\",\"changed\":false,\"directory\":\"$MAIN\"}" "$RC $OUT"
}

test_mends_a_folder_that_disappeared() {
	host dr configure "$MAIN" >/dev/null
	rm -rf "$MAIN"
	run_cmd host dr list
	assertEquals 1 "$RC"
	assertContains "$ERR" "the main folder $MAIN is not there"
	run_cmd host dr configure "$MAIN"
	assertEquals 0 "$RC"
	run_cmd host dr list
	assertEquals 0 "$RC"
}

test_another_folder_only_without_services() {
	host dr configure "$MAIN" >/dev/null
	run_cmd host dr configure "$MAIN-2"
	assertEquals 0 "$RC"
	mkdir -p "$MAIN-2/svc/config"
	echo image >"$MAIN-2/svc/config/imagename.txt"
	run_cmd host dr configure "$MAIN"
	assertEquals 1 "$RC"
	assertContains "$ERR" "1 service is installed there (svc): destroy it first"
	assertEquals "$MAIN-2" "$(cat "$HOST_DIR/etc/dr/directory")"
}

test_launchers_folder() {
	run_cmd host dr configure "$MAIN" --bin "$HOST_DIR/launchers/"
	assertEquals 0 "$RC"
	assertTrue "made" "[ -d '$HOST_DIR/launchers' ]"
	run_cmd host dr configure --bin "$HOST_DIR/launchers" "$MAIN"
	assertEquals 3 "$RC"
	run_cmd host dr configure --bin "$HOST_DIR/others" "$MAIN"
	assertEquals 0 "$RC"
	run_cmd host dr configure "$MAIN"
	assertEquals "without --bin it stays" 3 "$RC"
	run_cmd host dr configure --bin relative "$MAIN"
	assertEquals 1 "$RC"
	assertContains "$ERR" "absolute path, not 'relative'"
}

test_paths_that_cannot_be() {
	for path in relative ./relative ~relative '' / // $'/new\nline'; do
		run_cmd host dr configure "$path"
		assertEquals "'$path'" 1 "$RC"
		unchanged "$path"
	done
	run_cmd host dr configure relative
	assertContains "$ERR" "the main folder must be an absolute path, not 'relative'"
	echo file >"$HOST_DIR/file"
	for path in "$HOST_DIR/file" "$HOST_DIR/file/below"; do
		run_cmd host dr configure "$path"
		assertEquals "$path" 1 "$RC"
		assertContains "$ERR" "$path"
		unchanged "$path"
	done
	assertEquals file "$(cat "$HOST_DIR/file")"
}

test_a_folder_that_others_can_write() {
	mkdir "$MAIN"
	chown 65534 "$MAIN"
	run_cmd host dr configure "$MAIN"
	assertEquals 1 "$RC"
	assertContains "$ERR" "$MAIN belongs to uid 65534, but root runs the scripts in it; run: chown root $MAIN"
	chown 0 "$MAIN"
	chmod 775 "$MAIN"
	run_cmd host dr configure "$MAIN"
	assertEquals 1 "$RC"
	assertContains "$ERR" "chmod go-w $MAIN"
	unchanged "$MAIN"
	chmod 755 "$MAIN"
	run_cmd host dr configure "$MAIN"
	assertEquals 0 "$RC"
}

test_a_full_disk() {
	# shellcheck disable=SC2016 # for the inner shell
	run_cmd host bash -c 'mkdir "$1" && mount -t tmpfs -o size=64k none "$1" && head -c 128k /dev/zero >"$1/fill" 2>/dev/null
		dr configure "$1/dr"; rc=$?; ls -A "$1" >&2; exit $rc' bash "$HOST_DIR/full"
	assertEquals 1 "$RC"
	assertContains "$ERR" "No space left on device"
	assertContains "$ERR" "cannot set up $HOST_DIR/full/dr"
	assertEquals "only what filled it is there" fill "$(tail -n 1 <<<"$ERR")"
	unchanged full
}

test_a_read_only_disk() {
	# shellcheck disable=SC2016 # for the inner shell
	run_cmd host bash -c 'mkdir "$1" && mount -t tmpfs -o ro none "$1" && dr configure "$1/dr"' bash "$HOST_DIR/ro"
	assertEquals 1 "$RC"
	assertContains "$ERR" "Read-only file system"
	unchanged ro
}

test_read_only_settings() {
	# shellcheck disable=SC2016 # for the inner shell
	run_cmd host bash -c 'mount -o remount,bind,ro /etc && dr configure "$1"' bash "$MAIN"
	assertEquals 1 "$RC"
	assertContains "$ERR" "Read-only file system"
	assertFalse "the folder is gone again" "[ -e '$MAIN' ]"
}

test_damaged_settings() {
	mkdir "$HOST_DIR/etc/dr"
	echo relative/path >"$HOST_DIR/etc/dr/directory"
	run_cmd host dr list
	assertEquals 1 "$RC"
	assertContains "$ERR" "/etc/dr/directory names no absolute path"
	run_cmd host dr configure "$MAIN"
	assertEquals "mended" 0 "$RC"
	echo 2 >"$MAIN/.dr/version"
	run_cmd host dr list
	assertEquals 1 "$RC"
	assertContains "$ERR" "newer dr (format 2)"
}

. shunit2
