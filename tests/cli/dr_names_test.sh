#!/bin/bash
# The names that a service may have. Refusals come before the engine is asked for anything.
. tests/lib.sh

setUp() {
	host_new
	export DOCKER_HOST=unix://$HOST_DIR/no-engine
	host dr configure "$MAIN" >/dev/null
}

refused() { # NAME, WORDS
	run_cmd host dr install some/image -- "$1"
	assertEquals "$1" 1 "$RC"
	assertContains "$1: $ERR" "$2"
	assertEquals "$1 left something" "" "$(find "$MAIN" -mindepth 1 ! -path "$MAIN/.dr" ! -path "$MAIN/.dr/version" ! -path "$MAIN/.dr/lock" ! -path "$MAIN/.dr/work")"
}

test_the_rules() {
	long=$(printf 'x%.0s' {1..65})
	refused "a/b" "may only have letters, digits, '_', '.' and '-'"
	refused "/etc" "does not begin with a letter or digit"
	refused "-x" "does not begin with a letter or digit"
	refused ".x" "does not begin with a letter or digit"
	refused "..", "does not begin with a letter or digit"
	refused "_x" "does not begin with a letter or digit"
	refused "a b" "may only have letters"
	refused $'a\nb' "may only have letters"
	refused "$(printf 'caf\303\251')" "may only have letters"
	refused "" "cannot be empty"
	refused "$long" "has 65 characters; 64 is the most"
}

test_names_that_may_be() {
	for name in a 9 A_b.c-d "$(printf 'x%.0s' {1..64})"; do
		run_cmd host dr install some/image "$name"
		assertContains "$name: only the engine is missing" "$ERR" "no-engine"
	done
}

test_names_of_dr() {
	for name in dr list install help $("$DR" --list); do
		refused "$name" "the name"
	done
	run_cmd host dr install some/image status
	assertContains "$ERR" "'status' is the name of one of dr's own commands"
}

test_names_of_other_commands() {
	refused ls "the name 'ls' is taken by the command"
	mkdir "$HOST_DIR/more"
	printf '#!/bin/sh\n' >"$HOST_DIR/more/mine"
	chmod 755 "$HOST_DIR/more/mine"
	# shellcheck disable=SC2016 # for the inner shell
	run_cmd host bash -c 'PATH=$PATH:$1 dr install some/image mine' bash "$HOST_DIR/more"
	assertEquals 1 "$RC"
	assertContains "$ERR" "taken by the command $HOST_DIR/more/mine"
}

test_launcher_path_taken() {
	echo mine >"$BIN/notes"
	refused notes "$BIN/notes is there already and is not dr's own"
	assertEquals mine "$(cat "$BIN/notes")"
	ln -s /nowhere "$BIN/dangling"
	refused dangling "$BIN/dangling is there already and is not dr's own"
	mkdir "$BIN/folder"
	refused folder "$BIN/folder is there already"
}

test_folder_taken() {
	mkdir "$MAIN/data"
	run_cmd host dr install some/image data
	assertEquals 1 "$RC"
	assertContains "$ERR" "$MAIN/data is there already and is no service"
	assertTrue "[ -d '$MAIN/data' ]"
}

test_image_names() {
	for image in "" "a/UPPER" "a//b" "x:" "-x" "a b" "x@sha256:12"; do
		run_cmd host dr install -- "$image" svc
		assertEquals "$image" 1 "$RC"
		assertNotContains "$image: $ERR" "$ERR" no-engine
		assertEquals "" "$(ls "$MAIN")"
	done
}

. shunit2
