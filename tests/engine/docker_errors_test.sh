#!/bin/bash
# What goes wrong: the exit codes and stdout of dr's docker are those of Debian's on the same engine, and the message names what
# was wrong: an unknown flag, or a flag and its value.
. tests/lib.sh
. tests/engine/docker_diff.sh

export DOCKER_BUILDKIT=0

oneTimeSetUp() {
	diff_world || exit 1
}

suite_tear_down() {
	engine_down "$DIFF_ENGINE"
}

# same_lines, and what is wrong stands in the message (which exec has on stdout, as it comes from there).
refused() {
	local line word
	while read -r line; do
		eval "same $line" <&-
		for word in $line; do
			case $word in
			--frob | -Z | nosuch) assertContains "docker $line" "$(<"$SCRATCH/.theirs") $(<"$SCRATCH/.err")" "$word" ;;
			esac
		done
	done
}

test_containers() {
	refused <<-'END'
		ps --frob
		ps -Z
		inspect --frob c1
		inspect --format
		logs --frob c1
		logs
		logs nosuch
		logs --tail x c1
		logs --since x c1
		start --frob c1
		start nosuch
		stop --frob c1
		stop -t x c1
		stop nosuch
		restart -t x c1
		restart nosuch
		kill nosuch
		kill -s
		rm nosuch
		rm --frob c1
		rm c2
		wait nosuch
		wait --frob
		attach nosuch
		attach
		attach --frob c2
		exec nosuch true
		exec c1 true
		exec c2
		exec --frob c2 true
		exec -e =x c2 true
		exec -w relative c2 true
		exec -u nosuch c2 true
		exec c2 nosuch
		exec c2 /etc/passwd
		exec --env-file /nowhere c2 true
		cp nosuch:/x /tmp/none
		cp c1:/nosuch /tmp/none/
		cp /nosuch c1:/tmp
		cp x y
		cp c1:/a c2:/b
		cp --frob a b
		cp
		top nosuch
		top c1
		stats --frob
		stats --no-stream nosuch
		port nosuch
		port c1 x
		port c1 99999
		rename c1
		rename c1 c2
		rename nosuch x1
		rename c1 c1
		rename c1 'bad name'
		pause c1
		pause nosuch
		pause --frob c1
		unpause c2
		unpause nosuch
		diff nosuch
		diff
		export nosuch
		export c1 -o
		export -o /nosuch/dir/x c1
		update -m x c1
		update nosuch
		update nosuch -m 64m
		update --frob c1
		update
	END
}

test_images() {
	refused <<-'END'
		images --frob
		rmi nosuch
		rmi
		rmi --frob second
		commit nosuch
		commit c1 'BAD NAME'
		commit --frob c1
		commit -c 'FROB x' c3
		pull
		pull --frob x
		pull 'BAD NAME'
		pull nosuch.invalid/x
		push
		push nosuch
		push --frob x
		tag nosuch x
		tag second:v2
		tag second:v2 'BAD NAME'
		tag --frob second:v2 x
		save nosuch
		save
		save -o /nosuch/dir/x second:v2
		load --frob
		load -i /nosuch
		load operand
		import /nosuch
		import --frob /x
		import -c 'FROB x' /etc/passwd
		history nosuch
		history
		history --frob second:v2
		build /nosuch
		build
		build --frob .
		build -f /nosuch/Dockerfile /var/empty
		build --build-arg
	END
}

test_engine() {
	refused <<-'END'
		volume create --frob
		volume create -d nosuch vx
		volume create --opt x vx
		volume inspect nosuch
		volume inspect
		volume inspect --frob vol1
		volume ls --frob
		volume rm nosuch
		volume rm vol1
		volume rm --frob vol1
		volume prune --frob
		network create net1
		network create --frob nx
		network create --subnet x nx
		network create -d nosuch nx
		network create
		network inspect nosuch
		network inspect --frob net1
		network ls --frob
		network rm nosuch
		network rm net1
		network rm --frob net1
		network prune --frob
		network connect net1 nosuch
		network connect net1
		network connect --ip x net1 c1
		network connect --frob net1 c1
		network connect net1 c2
		network disconnect net1 c1
		network disconnect --frob net1 c1
		version --frob
		info --frob
		events --frob
		events --since x --until 1
		events --filter x --until 1
		system df --frob
		system prune --frob
		login --frob
		login -u x
		login a b
		logout --frob
		logout a b
		logout nosuch.invalid
		-H tcp://127.0.0.1:1 ps
		-H unix:///nosuch ps
		--frob ps
		--context nosuch ps
		--log-level frob ps
		--tlscacert /nosuch --tls -H tcp://127.0.0.1:1 ps
	END
}

test_run_and_create() {
	refused <<-'END'
		run
		run --frob img
		run -m x img
		run -d -a stdout second:v2
		run --name c1 second:v2 true
		run --name 'bad name' second:v2 true
		run -v x:y:z:w second:v2
		run -p 80:x second:v2
		run nosuch.invalid/x
		run --pull never nosuch:x
		run --network nosuch second:v2 true
		run --rm --network none second:v2 nosuch
		run --rm --network none second:v2 /etc/passwd
		run --rm --network none -w relative second:v2 true
		run --rm --network none -u nosuch second:v2 true
		run --rm --network container:nosuch second:v2 true
		run --rm --device /nosuch second:v2 true
		run --rm --runtime nosuch second:v2 true
		run --rm --network none --entrypoint nosuch second:v2 true
		run --rm --network none second:v2 sh -c 'exit 5'
		run --rm --network none second:v2 sh -c 'kill -TERM $$'
		run --rm --restart always second:v2 true
		run --rm --volumes-from nosuch second:v2 true
		run --rm --link nosuch:x second:v2 true
		run --rm --cidfile /etc/passwd second:v2 true
		run --rm --env-file /nosuch second:v2 true
		run --rm --mount type=bind,src=/nosuch,dst=/x second:v2 true
		run --rm -v relative:relative second:v2 true
		run --rm --ipc container:nosuch second:v2 true
		run --rm --pid container:nosuch second:v2 true
		run --rm --log-driver nosuch second:v2 true
		run --rm --security-opt nosuch=x second:v2 true
		run --rm --gpus all --network none second:v2 true
		run --rm --platform nosuch/x second:v2 true
		run --rm -m 1k second:v2 true
		run --rm --cpus 999 second:v2 true
		run --rm --cpuset-cpus 999 second:v2 true
		run --rm --ulimit nofile=x second:v2 true
		run --rm --sysctl nosuch.x=1 --network none second:v2 true
		run --rm --isolation nosuch second:v2 true
		create --name c1 second:v2
		create nosuch.invalid/x
	END
}

# Each flag with the value in the message.
test_bad_values_are_named() {
	local want line flag value
	while read -r want flag value line; do
		# shellcheck disable=SC2086
		run_cmd timeout 60 "$OURS" ${line/FLAG/"$flag $value"}
		assertEquals "docker $line: $ERR" "$want " "$RC $OUT"
		assertContains "$ERR" "$flag"
		assertContains "$ERR" "$value"
		assertContains "$ERR" "docker: "
	done <<-'END'
		125 --time x stop FLAG c2
		125 --time x restart FLAG c2
		1 --since x logs FLAG c2
		1 --until x logs FLAG c2
		1 --since x events FLAG
		125 --filter x events FLAG
		125 --filter x ps FLAG
		125 --filter x images FLAG
		125 --filter x volume ls FLAG
		125 --filter x network ls FLAG
		125 --filter x system prune -f FLAG
		125 --memory x update FLAG c2
		125 --env =x exec FLAG c2 true
		1 --env-file /nosuch exec FLAG c2 true
		1 --type x inspect FLAG c2
		1 --subnet x network create FLAG nx
		1 --log-level x FLAG ps
		125 --last x ps FLAG
	END
}

# Nothing is left of what failed.
test_cidfile() {
	run_cmd "$OURS" run --cidfile "$SCRATCH/none/cid" --name kept --network none second:v2 true
	assertEquals 125 "$RC"
	assertContains "$ERR" "$SCRATCH/none/cid"
	run_cmd "$OURS" create --cidfile "$SCRATCH/cid" --name c1 second:v2
	assertEquals "1 " "$RC $OUT"
	assertFalse "[ -e '$SCRATCH/cid' ]"
	assertEquals '' "$("$THEIRS" ps -aqf name=kept)"
	run_cmd "$OURS" create --cidfile "$SCRATCH/cid" --name kept second:v2
	assertEquals "0 $(cat "$SCRATCH/cid")" "$RC $OUT"
	run_cmd "$OURS" create --cidfile "$SCRATCH/cid" second:v2
	assertEquals "1 $("$THEIRS" inspect -f '{{.Id}}' kept)" "$RC $(cat "$SCRATCH/cid")"
	"$THEIRS" rm kept >/dev/null
}

test_no_engine() {
	local client
	for client in "$THEIRS" "$OURS"; do
		run_cmd "$client" -H unix:///nosuch info
		assertEquals 1 "$RC"
		assertEquals $'Client:\n Context:    default\n Debug Mode: false\n\nServer:' "$(grep -v ^ERROR <<<"$OUT")"
		assertContains "$OUT$ERR" unix:///nosuch
	done
	run_cmd "$OURS" -H unix:///nosuch info -f '{{.ClientInfo.Context}} {{len .ServerErrors}}'
	assertEquals "1 default 1" "$RC $OUT"
	assertContains "$ERR" unix:///nosuch
}

# Every flag that the CLI lists in its help is known, and takes a value where the CLI's does.
test_flags() {
	local command flag value n=0 out missing=
	while read -r command; do
		while read -r flag value; do
			n=$((n + 1))
			# shellcheck disable=SC2086
			out=$("$OURS" -H unix:///nosuch $command "$flag" 2>&1 </dev/null)
			case $out in *"unknown"*) missing+=" $command $flag," && continue ;; esac
			case $value in '') continue ;; esac
			assertContains "docker $command $flag" "$out" "needs a value"
		# The kind of a value stands behind the flag and one blank, what it is for behind more.
		done < <(xargs "$THEIRS" <<<"$command --help" | sed -nE 's/^ +(-[a-zA-Z], )?(--[a-z0-9-]+)( [a-zA-Z-]+)?(  .*|)$/\2 \3/p')
	done <<-'END'
		run
		create
		start
		stop
		restart
		kill
		rm
		wait
		logs
		attach
		exec
		ps
		inspect
		cp
		top
		stats
		port
		rename
		pause
		unpause
		diff
		commit
		export
		update
		images
		pull
		push
		rmi
		tag
		save
		load
		import
		history
		build
		volume create
		volume ls
		volume inspect
		volume rm
		volume prune
		network create
		network ls
		network inspect
		network rm
		network prune
		network connect
		network disconnect
		version
		info
		events
		system df
		system prune
		login
		logout
		container prune
		image prune
		image inspect
		container inspect
		builder prune
	END
	assertEquals "one of Kubernetes alone is not had" " version --kubeconfig," "$missing"
	assertTrue "$n flags" "[ $n -gt 350 ]"
}

. shunit2
