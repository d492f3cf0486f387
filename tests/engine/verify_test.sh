#!/bin/bash
# dr verify: good backups, and everything that can be wrong with one.
. tests/lib.sh

IMAGE=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	host_new
	host dr configure "$MAIN" >"$SCRATCH/log" 2>&1 && host dr install $IMAGE saved >"$SCRATCH/log" 2>&1 || exit 1
	"$DR" age-keygen -o "$SCRATCH/key" 2>"$SCRATCH/log"
	"$DR" age-keygen -o "$SCRATCH/other" 2>"$SCRATCH/log"
	RECIPIENT=$(age-keygen -y "$SCRATCH/key")
	if ! host dr backup saved "$SCRATCH/plain.tgz" >"$SCRATCH/log" 2>&1 ||
		! host dr backup --recipient "$RECIPIENT" saved "$SCRATCH/keyed.age" >"$SCRATCH/log" 2>&1; then
		cat "$SCRATCH/log"
		exit 1
	fi
}

verify() {
	run_cmd "$DR" verify "$@" </dev/null
}

test_good_ones() {
	verify "$SCRATCH/plain.tgz"
	assertEquals "$ERR" 0 "$RC"
	assertContains "$OUT" "saved, a good backup"
	verify --identity "$SCRATCH/other" --identity "$SCRATCH/key" "$SCRATCH/keyed.age"
	assertEquals "$ERR" 0 "$RC"
	assertContains "$OUT" "encrypted"
	verify --json --identity "$SCRATCH/key" "$SCRATCH/keyed.age"
	assertEquals "verify false saved $IMAGE true $(stat -c %s "$SCRATCH/keyed.age")" \
		"$(jq -r '"\(.command) \(.changed) \(.service) \(.image) \(.encrypted) \(.size)"' <<<"$OUT")"
	age -d -i "$SCRATCH/key" "$SCRATCH/keyed.age" | tar -tz >"$SCRATCH/list" || fail "age -d | tar -tz"
	assertEquals "dr-backup/checksums" "$(tail -n 1 "$SCRATCH/list")"
}

test_passphrases() {
	echo 'a secret' >"$SCRATCH/pass"
	PASS='a secret' host dr backup saved "$SCRATCH/pass.age" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	verify --passphrase-file "$SCRATCH/pass" "$SCRATCH/pass.age"
	assertEquals "$ERR" 0 "$RC"
	PASS='a secret' verify "$SCRATCH/pass.age"
	assertEquals "$ERR" 0 "$RC"
	PASS=wrong verify "$SCRATCH/pass.age"
	assertEquals 1 "$RC"
	assertContains "$ERR" "passphrase"
	run_cmd setsid -w "$DR" verify "$SCRATCH/pass.age" </dev/null
	assertEquals "no passphrase, no terminal" 1 "$RC"
	assertContains "$ERR" "PASS"
	verify --identity "$SCRATCH/key" "$SCRATCH/pass.age"
	assertEquals 1 "$RC"
	verify --passphrase-file "$SCRATCH/none" "$SCRATCH/pass.age"
	assertEquals 1 "$RC"
	assertContains "$ERR" "$SCRATCH/none"
	run_cmd host dr backup --passphrase-file "$SCRATCH/pass" saved "$SCRATCH/pass2.age"
	assertEquals "$ERR" 0 "$RC"
	PASS='a secret' verify "$SCRATCH/pass2.age"
	assertEquals "$ERR" 0 "$RC"
}

# As a person would who has no dr: the passphrase is asked for on the terminal.
test_recovered_without_dr() {
	local volume
	volume=$(docker volume inspect -f '{{.Mountpoint}}' dr-saved-config)
	PASS='a secret' host dr backup saved "$SCRATCH/lone.age" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	mkdir "$SCRATCH/lone"
	printf 'set -o pipefail\ncd "%s/lone" && age -d ../lone.age | tar xzp && sha256sum -c --quiet dr-backup/checksums\n' "$SCRATCH" \
		>"$SCRATCH/recover"
	with_terminal 'a secret' 1 "bash $SCRATCH/recover"
	assertEquals "age -d F | tar xz, and its checksums" 0 $?
	diff -r "$volume" "$SCRATCH/lone/dr-backup/volumes/config" >"$SCRATCH/log" || fail "$(cat "$SCRATCH/log")"
	assertEquals saved "$(jq -r .service "$SCRATCH/lone/dr-backup/manifest.json")"
}

test_wrong_identity() {
	verify --identity "$SCRATCH/other" "$SCRATCH/keyed.age"
	assertEquals 1 "$RC"
	assertContains "$ERR" "cannot open the backup"
	verify "$SCRATCH/keyed.age"
	assertEquals 1 "$RC"
	assertContains "$ERR" "cannot open the backup"
	assertNotContains "$ERR" "AGE-SECRET"
	verify --identity /dev/null "$SCRATCH/keyed.age"
	assertEquals 1 "$RC"
	verify --json "$SCRATCH/keyed.age"
	assertEquals "verify false" "$(jq -r '"\(.command) \(.changed)"' <<<"$OUT")"
}

# sampled FILE OPTIONS...: bytes of every part of it are changed one at a time, and it is cut at many places. (The unit test
# of backup does that with every byte.)
sampled() {
	run_cmd python3 - "$SCRATCH/bad" "$DR" "$@" <<'PYTHON'
import subprocess
import sys

bad, dr, file, *options = sys.argv[1:]
good = open(file, "rb").read()
places = set(range(0, 40, 9)) | set(range(len(good) - 40, len(good), 7)) | set(range(0, len(good), len(good) // 25 + 1))
for at in sorted(places):
    changed = good[:at] + bytes([good[at] ^ 1 << at % 8]) + good[at + 1:]
    for what, data in ("changed", changed), ("cut", good[:at]):
        with open(bad, "wb") as f:
            f.write(data)
        run = subprocess.run([dr, "verify", *options, bad], capture_output=True, stdin=subprocess.DEVNULL)
        if run.returncode != 1 or not run.stderr.startswith(b"dr: " + bad.encode()):
            print(what, at, run)
print(len(places) > 30)
PYTHON
	assertEquals "$ERR" True "$OUT"
}

test_changed_and_cut_plain() {
	sampled "$SCRATCH/plain.tgz"
}

test_changed_and_cut_encrypted() {
	sampled "$SCRATCH/keyed.age" --identity "$SCRATCH/key"
}

test_what_is_no_backup() {
	local what
	: >"$SCRATCH/empty"
	head -c 100000 /dev/urandom >"$SCRATCH/noise"
	tar -czf "$SCRATCH/other.tgz" -C "$TOP" tests/lib.sh
	gzip -c "$TOP/README.md" >"$SCRATCH/readme.gz"
	for what in empty noise other.tgz readme.gz; do
		verify "$SCRATCH/$what"
		assertEquals "$what" 1 "$RC"
		assertContains "$what" "$ERR" "$SCRATCH/$what is not a good backup"
	done
	verify "$SCRATCH"
	assertContains "$ERR" "is a folder"
	verify "$SCRATCH/no/such"
	assertContains "$ERR" "No such file"
	assertEquals 1 "$RC"
}

test_forged() {
	local what words
	python3 tests/forge_backup.py "$SCRATCH/forged" good
	verify "$SCRATCH/forged"
	assertEquals "packed by hand: $ERR" 0 "$RC"
	while read -r what words; do
		python3 tests/forge_backup.py "$SCRATCH/forged" "$what"
		verify "$SCRATCH/forged"
		assertEquals "$what" 1 "$RC"
		assertContains "$what: $ERR" "$ERR" "$words"
	done <<'WHAT'
future use a newer dr
hostile-name not to be trusted
hostile-image not to be trusted
no-manifest not a backup
no-json manifest is damaged
climb has no proper name
absolute has no proper name
through-link out of order
hard-link-out a hard link out of its folder
hard-link-climbs a hard link out of its folder
hard-link-to-config a hard link out of its folder
twice out of order
disorder out of order
stranger does not belong
no-service does not belong
huge is
missing-sum checksums are not those
wrong-sum checksums are not those
no-checksums ends before its checksums
behind follows its checksums
garbage follows it
WHAT
	# Zeros behind the archive are tar's to have: a bomb of them costs time, no memory.
	python3 tests/forge_backup.py "$SCRATCH/forged" bomb
	# shellcheck disable=SC2016
	run_cmd bash -c 'ulimit -v 100000; "$0" verify "$1"' "$DR" "$SCRATCH/forged"
	assertEquals "$ERR" 0 "$RC"
}

. shunit2
