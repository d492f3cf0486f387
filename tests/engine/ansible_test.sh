#!/bin/bash
# dr_service as Ansible runs it: two hosts with an engine each, and a host that has busybox and no Python. Ansible's ssh
# connection gets a program in place of ssh that enters the private host; the rest, file transfer included, is Ansible's.
. tests/lib.sh

oneTimeSetUp() {
	scratch
	LIFE=$SCRATCH/life
	mkdir -p "$LIFE/library" "$SCRATCH/hosts" "$SCRATCH/scripts"
	cp "$DR" "$LIFE/library/dr_service"
	local name
	for name in install destroy help backup restore enter run; do
		printf '#!/bin/sh\necho %s of "$1"\n' "$name" >"$SCRATCH/scripts/$name"
	done
	# shellcheck disable=SC2016
	printf '#!/bin/sh\nf=${0%%/bin/*}/said\n[ "$(cat "$f" 2>/dev/null)" != "$3" ] || exit 3\necho "$3" >"$f"\n' \
		>"$SCRATCH/scripts/configure"
	# shellcheck disable=SC2016
	printf '#!/bin/sh\necho "$SECRET"; echo wrong >&2; exit "$3"\n' >"$SCRATCH/scripts/status"
	chmod +x "$SCRATCH"/scripts/*
	ONE=$DOCKER_HOST
	TWO=unix://$TEST_TOP/engine-two/sock
	engine_down "$TEST_TOP/engine-two"
	engine_up "$TEST_TOP/engine-two" || exit 1
	image_with "$SCRATCH/scripts" j842/dr-helloworld:plain || exit 1
	DOCKER_HOST=$TWO image_with "$SCRATCH/scripts" j842/dr-helloworld:plain || exit 1
	fake_ssh
	for name in one two; do
		host_new
		rm "$BIN/dr"
		mkdir -p "$HOST_DIR/opt/bin"
		declare -p HOST_DIR BIN MAIN >"$SCRATCH/hosts/$name"
	done
	BARE=$SCRATCH/bare
	rootfs "$BARE"
	mkdir -p "$BARE/opt" "$BARE/run" "$BARE/dev" "$BARE/$SCRATCH"
	mknod -m 666 "$BARE/dev/null" c 1 3
	ln "${ONE#unix://}" "$BARE/run/engine.sock"
	cat >"$LIFE/inventory" <<-LIST
		[helloworld]
		one docker_host=$ONE folder=$(. "$SCRATCH/hosts/one" && echo "$HOST_DIR/opt")
		two docker_host=$TWO folder=$(. "$SCRATCH/hosts/two" && echo "$HOST_DIR/opt")
		bare docker_host=unix:///run/engine.sock folder=/opt
		[helloworld:vars]
		ansible_ssh_executable=$SCRATCH/ssh
		ansible_ssh_transfer_method=piped
		pull=never
		backup_passphrase=s3cret
	LIST
	sed -n '/^    # fleet.yml/,/^[^ ]/s/^    //p' README.md | sed -e 's,: /opt/\(.*\),: "{{ folder }}/\1",' \
		-e 's,image: j842/dr-helloworld$,&:plain,' -e 's,name: helloworld$,name: hello-{{ inventory_hostname }},' >"$LIFE/fleet.yml"
	export ANSIBLE_LIBRARY=$LIFE/library ANSIBLE_INVENTORY=$LIFE/inventory ANSIBLE_NOCOLOR=1 ANSIBLE_RETRY_FILES_ENABLED=0 \
		ANSIBLE_LOCAL_TEMP=$LIFE/tmp ANSIBLE_HOST_KEY_CHECKING=0 ANSIBLE_FORKS=3 LC_ALL=C.UTF-8 ANSIBLE_HOME=$LIFE/home
	unset DOCKER_HOST
}

suite_tear_down() {
	engine_down "$TEST_TOP/engine-two"
}

# SCRATCH/ssh OPTIONS... HOST COMMAND
fake_ssh() {
	{
		printf '#!/bin/bash\ncd "%s" || exit 255\nTOP=%s; SCRATCH=%s\n' "$TOP" "$TOP" "$SCRATCH"
		declare -f host
		# shellcheck disable=SC2016
		echo 'name=${*: -2:1} command=${*: -1}
		[ "$name" != bare ] || HOME=/root PATH=/bin exec /usr/sbin/chroot "$SCRATCH/bare" /bin/sh -c "$command"
		. "$SCRATCH/hosts/$name"
		host sh -c "$command"'
	} >"$SCRATCH/ssh"
	chmod +x "$SCRATCH/ssh"
}

# What is on the hosts and the engines, but for Ansible's own temporary folders.
snapshot() {
	find "$SCRATCH"/host.* "$BARE" -name .ansible -prune -o -path "$BARE/var*" -prune -o ! -path '*/home' ! -path '*/root' ! -path '*/.dr/work' ! -path '*/dev/null' \
		-printf '%p %y %m %s %T@ %l\n' | sort
	for engine in "$ONE" "$TWO"; do
		DOCKER_HOST=$engine docker volume ls -q | sort
		DOCKER_HOST=$engine docker ps -aq | sort
	done
}

# recap HOST: "ok changed failed" of the last playbook.
recap() {
	sed -n "s/^$1 *: ok=\([0-9]*\) *changed=\([0-9]*\) *unreachable=0 *failed=\([0-9]*\).*/\1 \2 \3/p" <<<"$OUT"
}

# module HOST JSON [FLAG...]: runs the module once, through Ansible; its answer in $ANSWER, checked to be JSON.
module() {
	local name=$1 json=$2
	shift 2
	rm -rf "$SCRATCH/tree"
	run_cmd ansible "$name" -t "$SCRATCH/tree" -m dr_service -a "$json" "$@"
	ANSWER=$(cat "$SCRATCH/tree/$name")
	jq -e . <<<"$ANSWER" >/dev/null || fail "not JSON: $ANSWER $OUT $ERR"
}

# call HOST JSON [_ansible_WORD=VALUE...]: likewise, called as Ansible calls it, without the second that Ansible takes.
call() {
	local name=$1 json=$2 word
	shift 2
	for word in "$@"; do
		json=$(jq -c --arg key "${word%%=*}" --argjson value "${word#*=}" '.[$key] = $value' <<<"$json")
	done
	local root=
	[ "$name" != bare ] || root=$BARE
	mkdir -p "$root/$SCRATCH"
	cp "$DR" "$root/$SCRATCH/AnsiballZ_dr_service"
	printf '%s' "$json" >"$root/$SCRATCH/args"
	run_cmd "$SCRATCH/ssh" "$name" "'$SCRATCH/AnsiballZ_dr_service' '$SCRATCH/args'"
	ANSWER=$OUT
	jq -e . <<<"$ANSWER" >/dev/null || fail "not JSON: $ANSWER $ERR"
	assertEquals "one object, and nothing else" 1 "$(jq -s length <<<"$OUT")"
}
ask() { jq -r "$1" <<<"$ANSWER"; }

test_1_check_mode_on_empty_hosts() {
	local folder
	snapshot >"$SCRATCH/before"
	for name in one bare; do
		folder=$(sed -n "s/^$name .*folder=//p" "$LIFE/inventory")
		module $name "{\"name\":\"hello\",\"image\":\"any/thing\",\"directory\":\"$folder/dr\"}" --check
		assertEquals "$OUT" "0 true" "$RC $(ask .changed)"
		assertContains "$(ask .notes[0])" "would be configured with $folder/dr"
		call $name '{"name":"hello","state":"absent"}' _ansible_check_mode=true
		assertEquals "$OUT" "0 false" "$RC $(ask .changed)"
		call $name '{"name":"hello","state":"updated"}' _ansible_check_mode=true
		assertEquals "$OUT" 1 "$RC"
		assertContains "$(ask .msg)" "dr is not configured"
	done
	snapshot >"$SCRATCH/after"
	assertEquals "nothing is touched" "" "$(diff "$SCRATCH/before" "$SCRATCH/after")"
}

test_2_fleet_from_nothing_and_again() {
	run_cmd ansible-playbook "$LIFE/fleet.yml"
	assertEquals "$OUT$ERR" 0 "$RC"
	for name in one two bare; do
		assertEquals "$name: installed and configured" "5 2 0" "$(recap $name)"
	done
	run_cmd ansible-playbook --limit one,bare "$LIFE/fleet.yml"
	assertEquals "$OUT$ERR" 0 "$RC"
	for name in one bare; do
		assertEquals "$name: the second time nothing changes" "5 0 0" "$(recap $name)"
	done
	assertEquals "the bare host has a dr of its own" "hello-bare  j842/dr-helloworld:plain" "$(chroot "$BARE" /opt/bin/dr list 2>/dev/null)"
	assertEquals dr-hello-two-config "$(docker -H "$TWO" volume ls -q)"
}

test_3_answers() {
	call one "{\"name\":\"hello-one\",\"command\":\"status\",\"args\":[3],\"environment\":{\"SECRET\":\"s3cret\"},\"docker_host\":\"$ONE\"}"
	assertEquals "0 false 3 wrong" "$RC $(ask '"\(.changed) \(.rc) \(.stderr)"' | tr -d '\n')"
	assertEquals "s3cret" "$(ask .stdout | tr -d '\n')"
	assertEquals "j842/dr-helloworld:plain dr-hello-one-config" "$(ask '"\(.service.image) \(.service.volumes[0])"')"
	call one "{\"name\":\"hello-one\",\"command\":\"status\",\"args\":[7],\"docker_host\":\"$ONE\"}" _ansible_verbosity=3
	assertEquals "1 7 hello-one" "$RC $(ask '"\(.rc) \(.invocation.module_args.name)"')"
	assertContains "$(ask .msg)" "exit code 7"
	call one '{"name":7,"stat":"x","force":"maybe","pull":"some","bin_dir":"/x","args":"x"}'
	assertEquals 1 "$RC"
	for word in "no argument 'stat'" "force must be" "pull must be one of: missing always never" "bin_dir needs directory" \
		"args must be a list" "needs image"; do
		assertContains "$(ask .msg)" "$word"
	done
	call one '{"state":"backed_up","passphrase":"s3cret","recipients":"age1x","pull":"always","command":"run","docker_cert_path":"/x"}' _ansible_verbosity=3
	assertEquals 1 "$RC"
	for word in "name is missing" "pull contradicts state backed_up: it is for present or updated" "state backed_up needs backup" \
		"command contradicts state backed_up" "passphrase contradicts recipients" "docker_cert_path needs docker_host"; do
		assertContains "$(ask .msg)" "$word"
	done
	assertEquals "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" "$(ask .invocation.module_args.passphrase)"
	assertNotContains "$ANSWER" s3cret
	call one '{"name":"x","state":"gone","backup":7,"live":1}'
	assertContains "$(ask .msg)" "state must be one of: present absent updated backed_up"
	call one "{\"name\":\"hello-one\",\"state\":\"absent\",\"image\":\"other/image\",\"docker_host\":\"$ONE\"}"
	assertEquals "an image that differs stops it" 1 "$RC"
	assertContains "$(ask .msg)" "is installed from j842/dr-helloworld:plain, not from other/image"
	call one "{\"name\":\"hello-one\",\"image\":\"other/image\",\"docker_host\":\"$ONE\"}"
	assertContains "$(ask .msg)" "installed already, from the image j842/dr-helloworld:plain"
	call two '{"name":"hello-two","state":"updated","docker_host":"unix:///nowhere.sock"}'
	assertEquals "the engine is not there" 1 "$RC"
	assertContains "$(ask .msg)" /nowhere.sock
	call two '{"name":"hello-two","state":"updated","docker_host":"tcp://127.0.0.1:1","docker_cert_path":"/no/certs"}'
	assertEquals "TLS, with files that are not there" 1 "$RC"
	assertContains "$(ask .msg)" /no/certs
}

test_3_backed_up() {
	local folder file args
	folder=$(. "$SCRATCH/hosts/one" && echo "$HOST_DIR/opt")
	file=$folder/hello.age
	args="{\"name\":\"hello-one\",\"state\":\"backed_up\",\"backup\":\"$file\",\"passphrase\":\"s3cret\",\"docker_host\":\"$ONE\"}"
	snapshot >"$SCRATCH/before"
	call one "$args" _ansible_check_mode=true
	assertEquals "$ANSWER" "0 true hello-one would be backed up" "$RC $(ask '"\(.changed) \(.msg)"')"
	snapshot >"$SCRATCH/after"
	assertEquals "nothing is touched" "" "$(diff "$SCRATCH/before" "$SCRATCH/after")"
	call one "$args" _ansible_diff=true
	assertEquals "$ANSWER" "0 true $file" "$RC $(ask '"\(.changed) \(.service.backup_file)"')"
	assertContains "$(ask .diff.after)" "\"backup_file\": \"$file\""
	assertEquals "hello-one" "$(PASS=s3cret "$DR" verify --json "$file" | jq -r .service)"
	# A backup that is there and good is no change; in check mode either.
	for mode in _ansible_check_mode _ansible_diff; do
		call one "$args" $mode=true
		assertEquals "$ANSWER" "0 false hello-one is backed up" "$RC $(ask '"\(.changed) \(.msg)"')"
	done
	call one "${args/s3cret/wrong}"
	assertEquals "it cannot be opened" "1 false" "$RC $(ask .changed)"
	assertContains "$(ask .msg)" "$file is not a good backup"
	call one "${args/s3cret\"/s3cret\",\"force\":true}"
	assertEquals "$ANSWER" "0 true" "$RC $(ask .changed)"
	# Damaged: said, and replaced only by force.
	printf x | dd of="$file" bs=1 seek=300 conv=notrunc 2>/dev/null
	call one "$args"
	assertEquals 1 "$RC"
	assertContains "$(ask .msg)" "force replaces it"
	call one "${args/s3cret\"/s3cret\",\"force\":\"yes\"}"
	assertEquals "$ANSWER" "0 true" "$RC $(ask .changed)"
	assertEquals "hello-one" "$(PASS=s3cret "$DR" verify --json "$file" | jq -r .service)"
	# To a public key: whoever has only that cannot verify what is there.
	"$DR" age-keygen -o "$folder/key" 2>/dev/null
	args=${args/\"passphrase\":\"s3cret\"/\"recipients\":[\"$(sed -n 's/^# public key: //p' "$folder/key")\"]}
	args=${args/hello.age/keyed.age}
	for changed in true false; do
		call one "$args"
		assertEquals "$ANSWER" "0 $changed" "$RC $(ask .changed)"
	done
	assertContains "$(ask '.notes[0]')" "was not verified"
	call one "${args/\"recipients\"/\"identity\":\"${folder//\//\\\/}\/key\",\"recipients\"}"
	assertEquals "$ANSWER" "0 false 0" "$RC $(ask '"\(.changed) \(.notes | length)"')"
	call one '{"name":"none","state":"backed_up","backup":"/x/y"}'
	assertContains "$(ask .msg)" "there is no service 'none'"
}

test_3_restored() {
	local folder args
	folder=$(. "$SCRATCH/hosts/one" && echo "$HOST_DIR/opt")
	args="{\"name\":\"hello-one\",\"state\":\"restored\",\"backup\":\"$folder/hello.age\",\"passphrase\":\"s3cret\",\"docker_host\":\"$ONE\"}"
	DOCKER_HOST=$ONE docker run --rm --network none -u 0 -v dr-hello-one-config:/config j842/dr-helloworld:plain sh -c 'echo spoilt >/config/file'
	snapshot >"$SCRATCH/before"
	call one "$args" _ansible_check_mode=true
	assertEquals "$ANSWER" "0 true hello-one would be restored" "$RC $(ask '"\(.changed) \(.msg)"')"
	snapshot >"$SCRATCH/after"
	assertEquals "nothing is touched" "" "$(diff "$SCRATCH/before" "$SCRATCH/after")"
	call one "$args"
	assertEquals "$ANSWER" "0 true hello-one" "$RC $(ask '"\(.changed) \(.service.name)"')"
	assertEquals "" "$(DOCKER_HOST=$ONE docker run --rm --network none -v dr-hello-one-config:/config j842/dr-helloworld:plain ls /config)"
	call one "${args/s3cret/wrong}"
	assertEquals "1 false" "$RC $(ask .changed)"
	# Under another name, and gone again.
	call one "${args/hello-one/hello-again}"
	assertEquals "$ANSWER" "0 true" "$RC $(ask .changed)"
	call one "{\"name\":\"hello-again\",\"state\":\"absent\",\"docker_host\":\"$ONE\"}"
	assertEquals "$ANSWER" "0 true" "$RC $(ask .changed)"
}

test_4_no_log() {
	cat >"$LIFE/nolog.yml" <<-'PLAY'
		- hosts: one
		  gather_facts: false
		  tasks:
		    - dr_service:
		        name: hello-one
		        command: status
		        args: [0]
		        environment: {SECRET: s3cret}
		        docker_host: "{{ docker_host }}"
		      no_log: true
	PLAY
	run_cmd ansible-playbook -vvv "$LIFE/nolog.yml"
	assertEquals "$OUT" "1 1 0" "$(recap one)"
	assertNotContains "$OUT$ERR" s3cret
}

test_4_roll_out_that_fails() {
	cp -a "$SCRATCH/scripts" "$SCRATCH/broken"
	printf '#!/bin/sh\nexit 9\n' >"$SCRATCH/broken/run"
	for engine in "$ONE" "$TWO"; do
		DOCKER_HOST=$engine image_with "$SCRATCH/broken" j842/dr-helloworld:plain || fail "no image"
	done
	run_cmd ansible-playbook "$LIFE/fleet.yml"
	assertEquals "$OUT" 2 "$RC"
	assertContains "$OUT" "does not work on one: hello-one run failed with exit code 9"
	call one "{\"name\":\"hello-one\",\"command\":\"run\",\"docker_host\":\"$ONE\"}"
	assertEquals "it has the old scripts again" "0 run of hello-one" "$RC $(ask .stdout | tr -d '\n')"
	assertEquals "and the engine the old image" "$(ask .service.image_id)" \
		"$(docker -H "$ONE" image inspect -f '{{.Id}}' j842/dr-helloworld:plain)"
	assertEquals "the other hosts are left as they were" "" "$(recap two)$(recap bare)"
	grep -q exit "$(. "$SCRATCH/hosts/two" && echo "$HOST_DIR")/opt/dr/hello-two/bin/run"
	assertEquals "hello-two has its old script" 1 $?
}

test_5_check_mode_and_absent() {
	local args="{\"name\":\"hello-two\",\"state\":\"absent\",\"docker_host\":\"$TWO\"}"
	echo '# changed' >>"$(. "$SCRATCH/hosts/two" && echo "$MAIN")/hello-two/bin/help"
	snapshot >"$SCRATCH/before"
	module two "$args" --check --diff
	assertEquals "0 true" "$RC $(ask .changed)"
	assertContains "$OUT" '-  "name": "hello-two"'
	call two "${args/absent/updated}" _ansible_check_mode=true
	assertEquals "0 true" "$RC $(ask .changed)"
	snapshot >"$SCRATCH/after"
	assertEquals "nothing is touched" "" "$(diff "$SCRATCH/before" "$SCRATCH/after")"
	call two "${args/absent/updated}"
	assertEquals "0 true" "$RC $(ask .changed)"
	for changed in true false; do
		call two "$args"
		assertEquals "0 $changed" "$RC $(ask .changed)"
	done
	assertEquals "" "$(docker -H "$TWO" volume ls -q)"
	call bare '{"name":"hello-bare","state":"absent","docker_host":"unix:///run/engine.sock"}'
	assertEquals "0 true" "$RC $(ask .changed)"
	call one "{\"name\":\"hello-one\",\"state\":\"absent\",\"docker_host\":\"$ONE\"}"
	assertEquals "0 true" "$RC $(ask .changed)"
}

. shunit2
