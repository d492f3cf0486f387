#!/bin/bash
# dr without an engine: help, the applets, words that are no commands.
. tests/lib.sh

setUp() {
	host_new
	export DOCKER_HOST=unix://$HOST_DIR/no-engine
}

test_version_and_help() {
	run_cmd host dr --version
	assertEquals "0 dr 1.0.0" "$RC $OUT"
	run_cmd host dr
	assertEquals 0 "$RC"
	assertContains "$OUT" "Usage: dr [OPTIONS] COMMAND"
	for verb in configure install list status update destroy lint doctor clean unconfigure completion help; do
		assertContains "$OUT" "
  $verb "
		run_cmd host dr help $verb
		assertEquals "help of $verb" 0 "$RC"
		assertContains "$OUT" "Usage: dr $verb"
		short=$OUT
		run_cmd host dr $verb --help
		assertEquals "$short" "$OUT"
		run_cmd host dr --help
	done
	run_cmd host dr help dr
	assertContains "$OUT" "Usage: dr [OPTIONS]"
}

test_the_list_of_applets_and_their_links() {
	run_cmd host dr --list
	assertEquals 0 "$RC"
	assertContains "$OUT" tar
	applets=$OUT
	mkdir "$HOST_DIR/links"
	run_cmd host dr --install -s "$HOST_DIR/links"
	assertEquals 0 "$RC"
	assertEquals "$applets" "$(ls "$HOST_DIR/links")"
	assertEquals "$BIN/dr" "$(readlink "$HOST_DIR/links/tar")"
	run_cmd "$HOST_DIR/links/tar" --help
	assertContains "$OUT" "Usage: tar"
	# Again, and as hard links; a file that is something else stays.
	run_cmd host dr --install -s "$HOST_DIR/links"
	assertEquals 0 "$RC"
	mkdir "$HOST_DIR/hard"
	echo mine >"$HOST_DIR/hard/tar"
	run_cmd host dr --install "$HOST_DIR/hard"
	assertEquals 1 "$RC"
	assertContains "$ERR" "$HOST_DIR/hard/tar is there already"
	assertEquals mine "$(cat "$HOST_DIR/hard/tar")"
	assertTrue "[ '$HOST_DIR/hard/dr' -ef '$BIN/dr' ]"
	run_cmd host dr --install
	assertEquals 1 "$RC"
	assertContains "$ERR" "usage: dr --install"
}

test_words_that_are_no_command() {
	run_cmd host dr lsit
	assertEquals 1 "$RC"
	assertEquals "" "$OUT"
	assertContains "$ERR" "no command and no service 'lsit'; did you mean 'list'?"
	run_cmd host dr frobnicate
	assertContains "$ERR" "dr configure DIRECTORY"
	host dr configure "$MAIN" >/dev/null
	run_cmd host dr frobnicate
	assertEquals 1 "$RC"
	assertContains "$ERR" "dr list shows the services, dr help the commands"
	run_cmd host dr ../etc
	assertEquals 1 "$RC"
	run_cmd host dr ''
	assertEquals 1 "$RC"
	run_cmd host dr update nothing
	assertEquals 1 "$RC"
	assertContains "$ERR" "there is no service 'nothing'"
	run_cmd host dr status nothing
	assertEquals 1 "$RC"
	run_cmd host dr destroy nothing
	assertEquals 3 "$RC"
}

test_bad_usage() {
	for line in 'configure' 'configure /a /b' 'install x' 'install a b c' 'update' 'destroy' 'destroy a b' 'list a' \
		'status a b' 'list --frob' '--frob' 'help a b'; do
		# shellcheck disable=SC2086 # words
		run_cmd host dr $line
		assertEquals "dr $line" 1 "$RC"
		assertEquals "stdout of dr $line" "" "$OUT"
		assertContains "$ERR" "dr: "
	done
}

test_not_configured() {
	for line in 'list' 'status' 'install x y' 'update x' 'destroy x'; do
		# shellcheck disable=SC2086 # words
		run_cmd host dr $line
		assertEquals "dr $line" 1 "$RC"
		assertContains "dr $line: $ERR" "dr is not configured; run: dr configure DIRECTORY"
	done
	assertFalse "nothing appeared" "[ -e '$MAIN' ] || [ -e '$HOST_DIR/etc/dr' ]"
}

test_no_engine_leaves_the_host_as_it_was() {
	host dr configure "$MAIN" >/dev/null
	before=$(find "$HOST_DIR" -printf '%p %m %u %s\n' | sort | grep -v "$MAIN/.dr/lock ")
	run_cmd host dr install j842/dr-helloworld helloworld
	assertEquals 1 "$RC"
	assertContains "$ERR" "$HOST_DIR/no-engine"
	assertEquals "$before" "$(find "$HOST_DIR" -printf '%p %m %u %s\n' | sort | grep -v "$MAIN/.dr/lock ")"
	run_cmd host dr list
	assertEquals 0 "$RC"
}

test_json_errors() {
	run_cmd host dr list --json
	assertEquals 1 "$RC"
	assertEquals "list false" "$(jq -r '"\(.command) \(.changed)"' <<<"$OUT")"
	assertContains "$(jq -r .error <<<"$OUT")" "not configured"
	host dr configure "$MAIN" >/dev/null
	run_cmd host dr list --json
	assertEquals '0 {"command":"list","services":[]}' "$RC $OUT"
	run_cmd host dr destroy --json nothing
	assertEquals 3 "$RC"
	assertEquals "destroy false nothing" "$(jq -r '"\(.command) \(.changed) \(.service)"' <<<"$OUT")"
	# Bad usage too, of a command or of a word that is none.
	while IFS='|' read -r line answer; do
		# shellcheck disable=SC2086 # words
		run_cmd host dr $line
		assertEquals "dr $line" "1 $answer" "$RC $(jq -r '"\(.command) \(.changed) \(.service) \(.error | length > 5)"' <<<"$OUT")"
		assertContains "$ERR" "dr: "
	done <<-'LIST'
		instal --json a b|instal false null true
		list --json --frob|list false null true
		install some/image --json|install false null true
		install --json some/image ../x|install false ../x true
		update nothing --json|update false nothing true
		status --max-backup-age soon --json web|status false web true
		--json list|list false null true
	LIST
	assertContains "$(host dr instal --json 2>/dev/null | jq -r .error)" "did you mean 'install'"
	# The words of a service's own command, of an applet, and behind -- are their own.
	mkdir -p "$MAIN/web/bin" "$MAIN/web/config"
	echo some/image >"$MAIN/web/config/imagename.txt"
	for line in 'web frob --json' 's3 --json' 'update -- --json'; do
		# shellcheck disable=SC2086 # words
		run_cmd host dr $line
		assertEquals "dr $line" "1 " "$RC $OUT"
	done
}

# Services of the original, as it left them: found, listed, and given to root.
legacy() {
	mkdir -p "$HOST_DIR/etc/dr" "$MAIN/old/bin" "$MAIN/old/config"
	echo "$MAIN" >"$HOST_DIR/etc/dr/directory"
	echo some/image >"$MAIN/old/config/imagename.txt"
	echo old >"$MAIN/old/config/servicename.txt"
	for f in install destroy backup restore help enter; do
		# shellcheck disable=SC2016 # for the script
		echo 'echo "$(basename $0) $*"' >"$MAIN/old/bin/$f"
	done
	chown -R 22022:22022 "$MAIN"
	chmod -R g+w "$MAIN"
}

test_a_host_of_the_original() {
	legacy
	run_cmd host dr list
	assertEquals "0 old  some/image" "$RC $OUT"
	assertContains "$ERR" "$MAIN belonged to uid 22022"
	run_cmd host dr old enter a 'b c'
	assertEquals "0 enter old some/image a b c" "$RC $OUT"
	assertContains "$ERR" "$MAIN/old belonged to another user than root"
	assertEquals "all belongs to root" "" "$(find "$MAIN" ! -user root -o ! -group root -o -perm /022)"
	run_cmd host dr old
	assertEquals "help old some/image" "$OUT"
	assertEquals "said once" "" "$ERR"
}

test_listing_is_sorted_and_skips_what_is_no_service() {
	host dr configure "$MAIN" >/dev/null
	for name in b a-longer c; do
		mkdir -p "$MAIN/$name/config"
		echo "image/$name" >"$MAIN/$name/config/imagename.txt"
	done
	mkdir -p "$MAIN/no-service/bin" "$MAIN/.hidden/config"
	echo x >"$MAIN/.hidden/config/imagename.txt"
	echo x >"$MAIN/file"
	: >"$MAIN/c/config/imagename.txt"
	run_cmd host dr list
	assertEquals "a-longer  image/a-longer
b         image/b
c         (its image is not known)" "$OUT"
	run_cmd host dr list --json
	assertEquals '[{"service":"a-longer","image":"image/a-longer"},{"service":"b","image":"image/b"},{"service":"c"}]' \
		"$(jq -c .services <<<"$OUT")"
	assertContains "$(jq -r .engine_error <<<"$OUT")" no-engine
}

test_called_by_another_name() {
	cp "$DR" "$HOST_DIR/docker-runner"
	run_cmd "$HOST_DIR/docker-runner" --version
	assertEquals "0 dr 1.0.0" "$RC $OUT"
	ln -s "$DR" "$HOST_DIR/gone"
	run_cmd host "$HOST_DIR/gone" --version
	assertEquals 1 "$RC"
	assertContains "$ERR" "'gone'"
}

test_licenses() {
	run_cmd "$DR" --licenses
	assertEquals 0 "$RC"
	for name in musl BearSSL "Rich Felker" "Thomas Pornin"; do
		assertContains "$OUT" "$name"
	done
	assertContains "the text is that of LICENSE" "$OUT" "$(cat LICENSE)"
}

as_user() {
	setpriv --reuid 65534 --regid 65534 --clear-groups env -i HOME="$HOST_DIR/user" PATH=/usr/bin:/bin "$@"
}

test_without_root() {
	mkdir "$HOST_DIR/user"
	chmod 755 "$SCRATCH" "$HOST_DIR"
	chown 65534:65534 "$HOST_DIR/user"
	run_cmd as_user "$BIN/dr" list
	assertEquals 1 "$RC"
	assertContains "$ERR" "dr is not configured for this user"
	run_cmd as_user "$BIN/dr" configure "$HOST_DIR/user/services"
	assertEquals "$ERR" 0 "$RC"
	assertEquals "$HOST_DIR/user/services" "$(cat "$HOST_DIR/user/.config/dr/directory")"
	run_cmd as_user XDG_CONFIG_HOME="$HOST_DIR/user/xdg" "$BIN/dr" configure "$HOST_DIR/user/other"
	assertEquals "$HOST_DIR/user/other" "$(cat "$HOST_DIR/user/xdg/dr/directory")"
	run_cmd as_user "$BIN/dr" configure /etc/services
	assertEquals 1 "$RC"
}

. shunit2
