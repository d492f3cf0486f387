#!/bin/bash
# age and age-keygen against Debian's, in both directions.
. tests/lib.sh

A() { "$DR" age "$@"; }

oneTimeSetUp() {
	scratch
	cd "$SCRATCH" || exit 1
	"$DR" age-keygen -o ours.key 2>/dev/null || exit 1
	age-keygen -o theirs.key 2>/dev/null || exit 1
	OURS=$("$DR" age-keygen -y ours.key)
	THEIRS=$("$DR" age-keygen -y theirs.key)
	head -c 300000 /dev/urandom >data
	: >empty
	head -c 65536 /dev/urandom >chunk
}

test_keys() {
	assertEquals "$(age-keygen -y ours.key)" "$OURS"
	assertEquals "$(age-keygen -y theirs.key)" "$THEIRS"
	assertEquals 600 "$(stat -c %a ours.key)"
	assertEquals "# public key: $OURS" "$(sed -n 2p ours.key)"
	run_cmd "$DR" age-keygen -o ours.key
	assertEquals "a key is never overwritten" 1 "$RC"
	assertEquals "$OURS" "$("$DR" age-keygen -y <ours.key)"
}

test_ours_to_theirs_and_back() {
	for file in data empty chunk; do
		for armor in '' -a; do
			# shellcheck disable=SC2086 # no word, or one
			{
				A $armor -r "$THEIRS" -r "$OURS" -o x.age $file
				age -d -i theirs.key x.age | cmp - $file && age -d -i ours.key <x.age | cmp - $file
				assertEquals "$file $armor: ours to theirs" 0 $?
				age $armor -r "$THEIRS" -r "$OURS" -o x.age $file
				A -d -i ours.key x.age | cmp - $file && A -d -i theirs.key <x.age | cmp - $file
				assertEquals "$file $armor: theirs to ours" 0 $?
			}
		done
	done
	printf '# people\n%s\n\n%s\n' "$OURS" "$THEIRS" >people
	# shellcheck disable=SC2094 # both only read it
	A -R people <data | age -d -i theirs.key | cmp - data
	assertEquals "-R" 0 $?
	# shellcheck disable=SC2094
	A -e -i ours.key <data | A -d -i theirs.key -i ours.key | cmp - data
	assertEquals "-e -i" 0 $?
}

test_passphrases() {
	PASS='correct horse' A -p -o ours.age data
	with_terminal "correct horse" 1 "age -d -o opened ours.age"
	assertTrue "ours opened by theirs" "cmp opened data"
	with_terminal "correct horse" 2 "age -p -o theirs.age data"
	PASS='correct horse' A -d theirs.age | cmp - data
	assertEquals "theirs opened by ours" 0 $?
	rm -f opened
	with_terminal "correct horse" 1 "$DR age -d -o opened theirs.age"
	assertTrue "asked on the terminal" "cmp opened data"
	run_cmd env PASS=wrong "$DR" age -d -o never ours.age
	assertEquals "1 age: the passphrase is wrong" "$RC $ERR"
	assertFalse "[ -e never ]"
	run_cmd "$DR" age -d -i ours.key ours.age
	assertContains "$ERR" "encrypted with a passphrase"
}

test_damage() {
	A -r "$OURS" -o x.age data
	head -c -1 x.age >cut.age
	cat x.age x.age >longer.age
	head -c 65800 x.age >chunk.age
	for file in cut longer chunk; do
		run_cmd "$DR" age -d -i ours.key -o never $file.age
		assertEquals "$file" 1 "$RC"
		assertContains "$ERR" "damaged or cut short"
		assertFalse "[ -e never ]"
	done
	run_cmd "$DR" age -d -i theirs.key x.age
	assertEquals "1 age: none of the identities can open it" "$RC $ERR"
	run_cmd "$DR" age -d -i ours.key data
	assertEquals 1 "$RC"
	assertContains "$ERR" "no age file"
}

test_usage() {
	run_cmd A data
	assertContains "$ERR" "encrypt to whom?"
	run_cmd A -p -r "$OURS" data
	assertContains "$ERR" "-p cannot be combined"
	run_cmd A -d -r "$OURS" data
	assertContains "$ERR" "-d takes no"
	run_cmd A -e -d data
	assertEquals 1 "$RC"
	run_cmd A -r age1nonsense data
	assertContains "$ERR" "age1nonsense"
	run_cmd A -r "ssh-ed25519 AAAA" data
	assertContains "$ERR" "SSH"
	run_cmd A -r "$OURS" none
	assertContains "$ERR" "cannot open none"
	run_cmd A -d -i none data
	assertContains "$ERR" "none"
	assertEquals 1 "$RC"
}

. shunit2
