#!/bin/bash
# dr lint: the contract, what bites in practice, and --run, with images that have one fault each.
. tests/lib.sh

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	host_new
	host dr configure "$MAIN" || exit 1
	SCRIPTS=$SCRATCH/scripts
}

# lint EDIT [CHANGE…]: an image with helloworld's scripts after the shell command EDIT, looked at.
lint() {
	rm -rf "$SCRIPTS"
	cp -a tests/images/helloworld "$SCRIPTS"
	(cd "$SCRIPTS" && eval "$1")
	image_with "$SCRIPTS" some/lint "${@:2}" || return
	run_cmd host dr lint some/lint
}

noted() {
	assertEquals "$OUT $ERR" 0 "$RC"
	assertContains "$OUT" "note     $1"
	assertContains "$OUT" "$2"
}

test_a_good_image() {
	before=$(docker ps -aq; docker volume ls -q)
	run_cmd host dr lint j842/dr-helloworld
	assertEquals 0 "$RC"
	assertContains "$OUT" "ok       contract"
	assertNotContains "$OUT" problem
	assertEquals "$before" "$(docker ps -aq; docker volume ls -q)"
	run_cmd host dr lint --json j842/dr-helloworld
	assertEquals "lint j842/dr-helloworld 0 ok" \
		"$(jq -r '"\(.command) \(.image) \(.problems) \(.findings[] | select(.topic == "contract").level)"' <<<"$OUT")"
}

test_a_broken_contract() {
	lint 'rm enter' 'USER 1000'
	assertEquals 1 "$RC"
	assertContains "$OUT" "problem  contract"
	assertContains "$OUT" "lacks the script enter"
	assertContains "$OUT" "not 22022"
	run_cmd host dr lint no/such/image:nowhere --json
	assertEquals 1 "$RC"
	assertContains "$(jq -r .error <<<"$OUT")" "no/such/image"
}

# shellcheck disable=SC2016 # for the scripts
test_what_bites() {
	lint 'printf "#!/bin/bash\r\necho\r\n" >enter'
	assertEquals "a script that can never run" 1 "$RC"
	assertContains "$OUT" "CR LF"
	lint 'printf "#!/bin/bash\necho a\r\n" >enter'
	noted enter "CR characters"
	lint 'chmod -x help'
	noted help "no exec bit"
	lint 'sed -i "1s,.*,#!/usr/bin/nosuch-shell," enter'
	noted /dr "/usr/bin/nosuch-shell"
	lint 'printf "echo hello\n" >extra; chmod +x extra'
	noted extra "no #! line"
	lint : 'ENV API_TOKEN=abc' 'ENV TOKEN_FILE=/x'
	noted ENV API_TOKEN
	assertNotContains "$OUT" TOKEN_FILE
}

# shellcheck disable=SC2016 # for the scripts
test_scripts_that_call_docker() {
	lint 'printf "%s\n" "#!/bin/bash" "docker run --rm -it \\" "  -v a:/a --name web \$2 tar -t" >shell'
	noted shell "docker -it needs a terminal"
	assertContains "$OUT" "container name web is fixed"
	assertNotContains "the program's own -t" "$OUT" "docker -t "
	lint 'printf "%s\n" "#!/bin/bash" "[ -t 0 ] && t=-it" "docker run -it --name \"\$1-web\" \$2 sh" >shell'
	assertNotContains "$OUT" "$OUT" "docker -it needs"
	lint 'printf "%s\n" "#!/bin/bash" "docker run --name \$1-x \$2 true" "docker rm \$1-x" >job'
	noted job "hides that of the program"
	lint 'printf "%s\n" "#!/bin/bash" "exec prog \$@" >args'
	noted args '$@ without quotes'
	lint 'printf "%s\n" "#!/bin/bash" "if true; then" "  echo \"a" "fi" >open; printf "%s\n" "#!/bin/sh" "for i in 1 2" "do echo; do" "done" >loop'
	noted open 'line 3: the quote " there is never closed'
	noted loop 'line 3: the do there is never ended by done'
	lint 'printf "%s\n" "#!/bin/bash" "# \$@" "exec prog \"\$@\"" >args'
	assertNotContains "$OUT" "$OUT" "without quotes"
}

test_run() {
	before=$(docker ps -aq; docker volume ls -q; ls -A "$MAIN" "$BIN")
	run_cmd host dr lint --run j842/dr-helloworld
	assertEquals "$OUT $ERR" 0 "$RC"
	assertContains "$OUT" "ok       restore"
	assertContains "$OUT" "leaves nothing behind"
	assertEquals "$before" "$(docker ps -aq; docker volume ls -q; ls -A "$MAIN" "$BIN")"
	# shellcheck disable=SC2016
	lint 'printf "%s\n" "#!/bin/bash" "exit 4" >backup; printf "%s\n" "#!/bin/bash" "docker volume create other-\$1" >install'
	run_cmd host dr lint --run some/lint
	assertEquals 1 "$RC"
	assertContains "$OUT" "problem  backup       it failed with exit code 4"
	assertContains "$OUT" "leaves the volume other-lint-"
	docker volume ls -q | grep other-lint- | xargs docker volume rm >/dev/null
	# What has the image, but not the name; and what may be anybody's.
	# shellcheck disable=SC2016
	lint 'printf "%s\n" "#!/bin/bash" "docker create \$2; docker volume create lint-fixed" "docker network create -d null net-\$1; :" >install'
	run_cmd host dr lint --run --json some/lint
	assertEquals "$OUT" 1 "$RC"
	left=$(jq -r '.findings[] | select(.topic == "destroy") | "\(.level) \(.text)"' <<<"$OUT")
	assertContains "$left" "problem it leaves the container"
	assertContains "$left" "of some/lint behind"
	assertContains "$left" "note the volume lint-fixed is new"
	docker ps -aq --filter ancestor=some/lint | xargs docker rm >/dev/null
	docker volume rm lint-fixed >/dev/null
}

. shunit2
