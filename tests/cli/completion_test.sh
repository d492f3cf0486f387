#!/bin/bash
# dr completion in the real shells, and the man page.
. tests/lib.sh

oneTimeSetUp() {
	scratch
	host_new
	host dr configure "$MAIN" >/dev/null || exit 1
	for name in web website db; do
		mkdir -p "$MAIN/$name/config" "$MAIN/$name/bin"
		echo "image/$name" >"$MAIN/$name/config/imagename.txt"
		touch "$MAIN/$name/bin/enter" "$MAIN/$name/bin/backup" "$MAIN/$name/bin/only-$name"
		ln -s "$BIN/dr" "$BIN/$name"
	done
	mkdir "$SCRATCH/files"
	touch "$SCRATCH/files/some-file"
	export DOCKER_HOST=unix://$SCRATCH/none
}

offered() {
	host dr completion --complete -- "$@" | sort | tr '\n' ' '
}

test_what_is_offered() {
	assertEquals "db destroy doctor " "$(offered dr d)"
	assertEquals "web website " "$(offered dr we)"
	assertEquals "db web website " "$(offered dr destroy '')"
	assertEquals "db web website " "$(offered dr destroy --force '')"
	assertEquals "backup enter only-web " "$(offered dr web '')"
	assertEquals "only-web " "$(offered web o)"
	assertEquals "only-web " "$(offered "$BIN/web" o)"
	assertEquals "files behind a command" "" "$(offered web enter '')"
	assertEquals "bash fish zsh " "$(offered dr completion '')"
	assertEquals "install " "$(offered dr help inst)"
	assertEquals "--force " "$(offered dr destroy --fo)"
	assertEquals "files behind an option with a value" "" "$(offered dr configure --bin '')"
	assertEquals "" "$(offered dr nothing '')"
	assertContains "$(offered tar --exc)" "--exclude"
	run_cmd host dr completion csh
	assertEquals 1 "$RC"
	assertContains "$ERR" "bash|zsh|fish"
}

test_bash() {
	# shellcheck disable=SC2016 # for that bash
	run_cmd host bash -c 'set -e; source <(dr completion bash); complete -p web >/dev/null
		COMP_WORDS=(dr destroy we); COMP_CWORD=2; _dr; echo "${COMPREPLY[@]}"
		COMP_WORDS=(web ""); COMP_CWORD=1; _dr; echo "${COMPREPLY[@]}"'
	assertEquals "$ERR" "web website
backup enter only-web" "$OUT"
}

test_fish() {
	run_cmd host fish --no-config -c 'dr completion fish | source; complete -C "dr destroy we"; complete -C "db on"
		cd '"$SCRATCH/files"'; complete -C "web enter some"'
	assertEquals "$ERR" "web
website
only-db
some-file" "$OUT"
}

# In a zsh without its line editor compadd only runs in a completion: it is replaced by what prints the words.
test_zsh() {
	# shellcheck disable=SC2016 # for that zsh
	run_cmd host zsh -f -c 'compdef() { print -r "compdef $*" }; compadd() { shift; print -r ${(P)1} }; _files() { print files }
		source <(dr completion zsh)
		words=(dr destroy we) CURRENT=3; _dr; words=(web "") CURRENT=2; _dr; words=(web enter some) CURRENT=3; _dr'
	assertEquals "$ERR" "compdef _dr dr db web website
web website
backup enter only-web
files" "$OUT"
}

test_man_page() {
	run_cmd make -s install DESTDIR="$SCRATCH/dest" PREFIX=/usr
	assertEquals "$ERR" "0 755" "$RC $(stat -c %a "$SCRATCH/dest/usr/bin/dr")"
	cp "$SCRATCH/dest/usr/share/man/man1/dr.1" "$SCRATCH/dr.1"
	assertEquals "mandoc has nothing to say" "" "$(mandoc -T lint -W warning "$SCRATCH/dr.1")"
	assertContains "$(mandoc -T utf8 "$SCRATCH/dr.1" | sed 's/.\x08//g')" "dr configure DIRECTORY"
	for verb in install lint doctor completion; do
		assertContains "$(cat "$SCRATCH/dr.1")" ".SS \"dr $verb"
	done
	for name in $("$DR" completion --complete -- dr '' | grep -vxE 'db|web|website') $("$DR" --list); do
		run_cmd host dr help "$name"
		assertContains "help of $name has an example" "$OUT" "Example:"
	done
}

. shunit2
