#!/bin/bash
# --json, as a program reads it: every command, done, refused or with nothing to do, answers with one object on standard
# output that has its name in it, and the keys that the README promises.
. tests/lib.sh

IMAGE=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	host_new
}

suite_tear_down() {
	docker volume rm dr-web-config >/dev/null 2>&1
	return 0
}

# answers RC KEYS WORDS...: `dr WORDS --json`; KEYS are those of the object, sorted.
answers() {
	local rc=$1 keys=$2
	shift 2
	run_cmd host dr "$@" --json
	assertEquals "dr $*: $ERR" "$rc" "$RC"
	assertEquals "dr $*: one object" "object" "$(jq -rs 'if length == 1 then .[0] | type else "no" end' <<<"$OUT")"
	assertEquals "dr $*: its name" "$1" "$(jq -r .command <<<"$OUT")"
	assertEquals "dr $*" "$keys" "$(jq -r 'keys | join(" ")' <<<"$OUT")"
}

FACTS="changed command directory image image_id launcher service"
SAVED="architecture bytes changed command dr encrypted file files image image_id live service size time"

test_a_life() {
	local file=$SCRATCH/web.tgz
	answers 1 "changed command error" list
	answers 1 "changed command error service" install $IMAGE web
	answers 1 "command findings notes problems" doctor
	answers 3 "changed command" unconfigure
	answers 0 "changed command directory" configure "$MAIN"
	answers 3 "changed command directory" configure "$MAIN"
	answers 0 "command services" list
	answers 0 "changed command directory dry_run image image_id launcher service" install --dry-run $IMAGE web
	answers 0 "$FACTS" install $IMAGE web
	answers 3 "$FACTS" install $IMAGE web
	answers 1 "changed command error service" install other/image web
	answers 3 "$FACTS" update web
	answers 0 "$SAVED" backup web "$file"
	answers 1 "changed command error service" backup web "$file"
	answers 0 "$SAVED" verify "$file"
	answers 1 "changed command error" verify "$BIN/dr"
	answers 0 "changed command directory dry_run image image_id launcher service" restore --dry-run web "$file"
	answers 0 "$FACTS" restore web "$file"
	answers 1 "changed command error service" restore web "$SCRATCH/none"
	answers 0 "command services" status
	answers 0 "command services" status --max-backup-age 1d web
	assertEquals "backup backup_age backup_file backup_too_old containers directory image image_id image_present installed launcher \
launcher_present outdated service updated volumes" "$(jq -r '.services[0] | keys | join(" ")' <<<"$OUT")"
	answers 1 "changed command error" unconfigure
	answers 0 "command findings image notes problems" lint $IMAGE
	answers 0 "command findings notes problems" doctor
	answers 0 "changed command dry_run service" destroy --dry-run web
	answers 0 "changed command service" destroy web
	answers 3 "changed command service" destroy web
	answers 1 "changed command error service" update web
	answers 0 "changed command directory" unconfigure
}

. shunit2
