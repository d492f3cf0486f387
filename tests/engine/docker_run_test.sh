#!/bin/bash
# docker run and its relatives: dr's docker and Debian's run the same command lines on the private engine; stdout, exit code
# and what the engine then knows of the container must be the same. Then scripts on the host and in a container.
. tests/lib.sh

THEIRS=/usr/bin/docker
I=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	ln -s "$DR" "$SCRATCH/docker"
	OURS=$SCRATCH/docker
	printf 'A=1\n# no\n\nB=two words\nHOME\n' >"$SCRATCH/env"
	printf 'l1=v1\nl2\n' >"$SCRATCH/labels"
}

suite_tear_down() {
	"$THEIRS" ps -aq --filter name=dkt | xargs -r "$THEIRS" rm -f >/dev/null 2>&1
	"$THEIRS" volume rm -f dktvol >/dev/null 2>&1
}

# What create made of its flags, without ids, times and paths that hold ids; the order of bare names in Env and of Binds is
# nobody's promise.
known() {
	"$THEIRS" inspect dkt | jq -S '.[0] | {Config, HostConfig, Mounts} | del(.Config.Hostname, .HostConfig.ConsoleSize) |
		.Config.Env |= sort | .HostConfig.Binds |= (. // [] | sort) | .Mounts |= (map(del(.Source, .Name)) | sort_by(.Destination)) |
		walk(if type == "object" then with_entries(select(.value | . != null and . != "" and . != [] and . != {})) else . end)'
}

same_create() {
	local ours theirs
	run_cmd "$OURS" create --name dkt "$@"
	assertEquals "ours: create $*: $ERR" 0 "$RC"
	ours=$(known)
	"$OURS" rm -v dkt >/dev/null
	"$THEIRS" create --name dkt "$@" >/dev/null 2>&1
	assertEquals "theirs: create $*" 0 $?
	theirs=$(known)
	"$THEIRS" rm -v dkt >/dev/null
	assertEquals "create $*" "" "$(diff <(echo "$theirs") <(echo "$ours"))"
}

test_create_flags() {
	while read -r line; do
		eval "same_create $line"
	done <<-'END'
		$I
		-e X=1 -e Y --env-file "$SCRATCH/env" $I env
		--label a=b -l c --label-file "$SCRATCH/labels" $I
		-v dktvol:/data:ro -v /tmp:/t -v /anon $I
		--mount type=bind,src=/tmp,dst=/t,readonly --mount type=tmpfs,target=/x,tmpfs-size=1m,tmpfs-mode=1770 $I
		--mount type=volume,source=dktvol,target=/d,volume-nocopy $I
		-p 8080:80 -p 127.0.0.1:53:53/udp -p 9000-9002:90-92 -p 7000 $I
		--expose 5-7/udp --expose 80 -P $I
		-m 64m --memory-reservation 32M --memory-swap -1 --shm-size 1.5m $I
		--cpus 0.5 --cpu-shares 512 --cpuset-cpus 0 $I
		--restart on-failure:3 --stop-signal SIGINT --stop-timeout 7 $I
		--health-cmd 'exit 0' --health-interval 1m30s --health-retries 2 --health-timeout 500ms $I
		--no-healthcheck $I
		--ulimit nofile=100:200 --ulimit nproc=50 --sysctl net.ipv4.ip_forward=1 $I
		--log-driver json-file --log-opt max-size=1m --log-opt max-file=2 $I
		--cap-add NET_ADMIN --cap-drop ALL --security-opt no-new-privileges --privileged $I
		--device /dev/null:/dev/x:r --device /dev/zero --device-read-bps /dev/null:1mb $I
		--tmpfs /run:size=1m,exec --read-only --init --rm $I
		-it -u 22022:22022 -w /tmp -h name --domainname example.org $I sh -c 'exit 3'
		--network none --pid host --ipc host --uts host --add-host a:1.2.3.4 --dns 9.9.9.9 --dns-search example.org $I
		--entrypoint /bin/true --group-add 5 --oom-score-adj 100 --pids-limit 20 $I a 'b c'
	END
}

same_run() {
	local input=$1 ours theirs
	shift
	run_cmd timeout 30 "$OURS" "$@" <<<"$input"
	ours="$RC $OUT"
	run_cmd timeout 30 "$THEIRS" "$@" <<<"$input"
	theirs="$RC $OUT"
	assertEquals "docker $*" "$theirs" "$ours"
}

test_streams_and_exit_codes() {
	same_run '' run --rm --network none $I bash -c 'echo out; echo err >&2; exit 7'
	same_run 'some input' run -i --rm --network none $I cat
	same_run '' run --rm --network none $I /no/such/program
	same_run '' run --rm --network none $I /etc/passwd
	same_run '' run --rm --network none $I bash -c 'kill -9 $$'
	same_run '' run --rm --frob $I
	same_run '' run --rm --memory 1zz $I
	same_run '' run --pull never --rm no/such:image true
	same_run '' start dkt-none
	same_run '' exec dkt-none true
	same_run '' rm dkt-none
}

test_a_running_container() {
	"$OURS" run -d --name dkt --network none $I bash -c 'echo first; echo second; exec sleep 100' >/dev/null
	# shellcheck disable=SC2016 # for the shell in there
	same_run '' exec -e V=w dkt bash -c 'echo $V; exit 4'
	same_run 'in' exec -i dkt cat
	same_run '' exec dkt nosuch-program
	same_run '' logs dkt
	same_run '' logs --tail 1 dkt
	assertEquals dkt "$("$OURS" pause dkt)"
	assertEquals dkt "$("$OURS" unpause dkt)"
	assertEquals dkt "$("$OURS" kill -s KILL dkt)"
	assertEquals 137 "$("$OURS" wait dkt)"
	assertEquals dkt "$("$OURS" container rm dkt)"
}

test_without_a_terminal_t_goes_on() {
	run_cmd "$OURS" run -it --rm --network none $I echo hello <<<x
	assertEquals "0 hello" "$RC $OUT"
}

test_with_a_terminal() {
	# shellcheck disable=SC2016 # for expect
	run_cmd timeout 120 expect -c 'set timeout 100
		spawn -noecho '"$OURS run -it --rm --network none $I"' bash --norc -c {echo ready; read x; echo "<$x>"; exit 9}
		expect ready; send "abc\r"; expect "<abc>"; expect eof; exit [lindex [wait] 3]' </dev/null
	assertEquals "$ERR" 9 "$RC"
	assertContains "$OUT" "<abc>"
}

test_what_is_absent_is_named() {
	run_cmd "$OURS" swarm init
	assertEquals "125 docker: 'swarm' is not in dr's docker; install the docker CLI for it" "$RC $ERR"
}

. shunit2
