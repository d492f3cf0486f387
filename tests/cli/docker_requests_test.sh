#!/bin/bash
# What dr's docker and Debian's ask of the engine for the same command line: an engine that only writes down its requests hears
# both; the requests, stdout and the exit code must be the same.
. tests/lib.sh
. tests/data/docker/files.sh

THEIRS=/usr/bin/docker
# shellcheck disable=SC2034 # in the lines: a name for a container
N=n

oneTimeSetUp() {
	scratch
	mkfifo "$SCRATCH/stop"
	tests/record_engine "$SCRATCH/sock" "$SCRATCH/log" 1.41 <"$SCRATCH/stop" &
	exec 8>"$SCRATCH/stop"
	local i
	for ((i = 0; i < 300; i++)); do [ -S "$SCRATCH/sock" ] && break; sleep 0.1; done
	ln -s "$DR" "$SCRATCH/docker"
	OURS=$SCRATCH/docker
	mkdir -p "$SCRATCH/home" "$SCRATCH/work/sub"
	export DOCKER_HOST=unix://$SCRATCH/sock HOME=$SCRATCH/home DOCKER_CONFIG=$SCRATCH/home FROM_HERE='a value' EMPTY=
	cd "$SCRATCH/work" || exit 1
	docker_files
	cd "$TOP" || exit 1  # shunit2 looks for this file
}

suite_tear_down() {
	exec 8>&-
}

# asked CLIENT ARGS: one call of a client, and what it asked for. Only what comes to the engine counts of the messages on stderr.
asked() {
	local rc
	cd "$SCRATCH/work" || return
	: >"$SCRATCH/log"
	rm -f cid
	timeout 20 "$@" >"$SCRATCH/out" 2>"$SCRATCH/errors" </dev/null
	rc=$?
	printf 'exit %s\n' "$rc"
	cat "$SCRATCH/out"
	case $2 in
	run | create | container) grep '/containers/create' "$SCRATCH/log" ;;
	exec) grep 'exec' "$SCRATCH/log" | sort ;;
	*) sort "$SCRATCH/log" ;;
	esac
	[ ! -e cid ] || cat cid
}

same() {
	local ours theirs
	theirs=$(asked "$THEIRS" "$@")
	ours=$(asked "$OURS" "$@")
	assertEquals "docker $* ($(cat "$SCRATCH/errors"))" "$theirs" "$ours"
}

# Every line of standard input is a command line, in which $I and the shell's quotes work.
all_same() {
	local line n=0
	while read -r line; do
		case $line in '' | '#'*) continue ;; esac
		eval "same $line"
		n=$((n + 1))
	done
	assertTrue "lines were compared" "[ $n -gt 5 ]"
}

test_plain_values() {
	all_same <tests/data/docker/values
}

test_words_and_numbers() {
	all_same <tests/data/docker/numbers
}

test_lists_and_files() {
	all_same <tests/data/docker/lists
}

test_ports() {
	all_same <tests/data/docker/ports
}

test_volumes() {
	all_same <tests/data/docker/volumes
}

test_other_commands() {
	all_same <<-'END'
		exec -d c true
		exec -d -e A=1 -e FROM_HERE -e UNSET_HERE c env
		exec -d --env-file vars c env
		exec -d -e A=0 --env-file vars c env
		exec -d -u 5 -w /x --privileged c id -u
		exec -d -t c tty
		exec -d -i c cat
		exec -d --detach-keys ctrl-a c cat
		exec -d c sh -c 'a b' -x
		exec c
		exec
		exec -d --frob c true
		exec -d --env-file nowhere c env
		start a
		start a b
		start --detach-keys ctrl-a a
		start
		stop a
		stop -t 3 a b
		stop --time 3 a
		stop -t x a
		stop -t -1 a
		stop
		restart a
		restart -t 0 a
		restart --time=5 a b
		kill a
		kill -s INT a b
		kill --signal=9 a
		kill
		pause a b
		unpause a
		wait a b
		wait
		rename a b
		rename a
		rename a ''
		rm a
		rm -f a b
		rm -v a
		rm -fv a
		rm -l a
		rm --force --volumes a
		rm
		container rm a
		container kill a
		container stop -t 1 a
		logs a
		logs -f a
		logs --tail 5 a
		logs -n 5 -t a
		logs --since 2026-01-02T13:23:37Z a
		logs --since 2026-01-02T13:23:37 a
		logs --since 2026-01-02 a
		logs --since 2026-01-02T13:23:37.5Z --until 2026-01-03 a
		logs --since 1700000000 a
		logs --since 1700000000.5 a
		logs --since nonsense a
		logs --details a
		logs a b
		logs
	END
}

# What newer CLIs have, and where they are better than the one here.
test_newer_forms() {
	local line want n=0
	export DOCKER_HOST=unix://$SCRATCH/sock
	while IFS='|' read -r line want; do
		# shellcheck disable=SC2016 # a regular expression
		eval "set -- $line"
		assertContains "docker $line: $(cat "$SCRATCH/errors" 2>/dev/null)" "$(asked "$OURS" "$@")" "$(eval "printf %s \"$want\"")"
		n=$((n + 1))
	done <<-'END'
		create --pull never --annotation a=b --annotation c img|\"HostConfig.Annotations\": {\"a\": \"b\", \"c\": null}
		create --health-start-interval 5s img|\"Healthcheck\": {\"StartInterval\": 5000000000}
		create -v ./sub:/data img|\"Binds\": [\"$SCRATCH/work/sub:/data\"]
		create -v .:/data img|\"Binds\": [\"$SCRATCH/work:/data\"]
		create -v ../x/./y/..:/data:ro img|\"Binds\": [\"$SCRATCH/x:/data:ro\"]
		create --mount type=bind,src=./sub,dst=/x img|\"Source\": \"$SCRATCH/work/sub\"
		create --mount type=bind,src=/y,dst=/x,bind-recursive=disabled img|{\"BindOptions\": {\"NonRecursive\": true}
		create --mount type=bind,src=/y,dst=/x,ro,bind-recursive=readonly img|{\"ReadOnlyForceRecursive\": true}
		create --mount type=volume,src=v,dst=/x,volume-subpath=a img|\"VolumeOptions\": {\"Subpath\": \"a\"}
		create --mount type=image,src=i,dst=/x,image-subpath=a img|\"ImageOptions\": {\"Subpath\": \"a\"}
		create --device vendor.com/class=name img|{\"DeviceIDs\": [\"vendor.com/class=name\"], \"Driver\": \"cdi\"}
		create --add-host a=1.2.3.4 --add-host b=[::1] img|\"ExtraHosts\": [\"a:1.2.3.4\", \"b:::1\"]
		create --network a --network name=b,gw-priority=5 img|{\"a\": null, \"b\": {\"GwPriority\": 5}}
		create --network name=b,mac-address=02:42:ac:11:00:02 img|{\"MacAddress\": \"02:42:ac:11:00:02\"}
		create --platform linux/arm64 img|?platform=linux/arm64
		create --security-opt seccomp=builtin img|\"seccomp=builtin\"
		stop --timeout 5 -s INT a|/containers/a/stop?signal=INT&t=5
		restart --signal INT --timeout 5 a|/containers/a/restart?signal=INT&t=5
	END
	assertEquals 18 "$n"
}

# The keys and the proxies in the client's settings.
test_settings() {
	mkdir -p "$SCRATCH/settings"
	local DOCKER_CONFIG=$SCRATCH/settings proxies='"default":{"httpProxy":"http://a:1","noProxy":"b,c","httpsProxy":"","ftpProxy":"x"}'
	printf '{"detachKeys":"ctrl-x,y","proxies":{%s}}' "$proxies" >"$DOCKER_CONFIG/config.json"
	all_same <<-'END'
		create img
		create -e A=1 -e HTTP_PROXY=own img
		create -e http_proxy -e NO_PROXY= img
		create --env-file vars -e FTP_PROXY img
		exec -e HTTP_PROXY=1 n x
		exec --detach-keys ctrl-a n x
	END
	printf '{"proxies":{%s,"unix://%s":{"httpsProxy":"http://d:2"}}}' "$proxies" "$SCRATCH/sock" >"$DOCKER_CONFIG/config.json"
	same run -d -e no_proxy=x img
	printf '{"proxies":{"tcp://other":{"httpsProxy":"http://d:2"}}, "detachKeys": ""}' >"$DOCKER_CONFIG/config.json"
	same create img
	printf '{"detachKeys":"ctrl-"}' >"$DOCKER_CONFIG/config.json"
	run_cmd "$OURS" create img
	assertEquals "125 " "$RC $OUT"
	assertContains "$ERR" "docker: detachKeys in config.json: "
}

# The message of a bad value has the flag and the value in it.
test_bad_values_are_named() {
	local flag value n=0
	while read -r flag value; do
		run_cmd "$OURS" create "$flag" "$value" img
		assertEquals "create $flag $value" "125 " "$RC $OUT"
		assertContains "$ERR" "docker: "
		assertContains "$ERR" "$flag"
		assertContains "$ERR" "$value"
		assertEquals "one line: $ERR" 1 "$(wc -l <<<"$ERR")"
		n=$((n + 1))
	done <<-'END'
		--memory 5x
		--cpus x
		--cpu-shares x
		--blkio-weight 70000
		--memory-swappiness 101
		--blkio-weight-device /dev/null:5
		--device-read-bps x:1
		--health-interval 10
		--ulimit nofile
		--ulimit frob=1
		--env =x
		--env-file /nowhere/env
		--label =x
		--label-file /nowhere/labels
		--publish x:80
		--publish 80/icmp
		--expose 7-5
		--volume a:
		--mount type=bind,frob=1
		--tmpfs relative
		--device relative
		--device-cgroup-rule x
		--gpus frob=1
		--restart on-failure:x
		--security-opt frob
		--security-opt seccomp=/nowhere/profile
		--sysctl a.b=c
		--storage-opt size
		--dns x
		--add-host x
		--link a:b:c
		--network alias=x
		--ip x
		--mac-address x
		--cgroupns x
		--pid x
		--pull sometimes
		--stop-timeout x
		--attach x
	END
	assertTrue "[ $n -gt 30 ]"
	run_cmd "$OURS" create --frob img
	assertEquals "125 docker: unknown flag --frob: not in dr's docker; install the docker CLI for it" "$RC $ERR"
	run_cmd "$OURS" create -d img
	assertEquals "125" "$RC"
	run_cmd "$OURS" create --name
	assertEquals "125 docker: the flag --name needs a value" "$RC $ERR"
}

. shunit2
