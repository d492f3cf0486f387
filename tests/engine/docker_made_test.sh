#!/bin/bash
# What docker create, run, exec and their relatives leave on the engine: the same by dr's docker as by Debian's.
. tests/lib.sh
. tests/engine/docker_diff.sh
. tests/engine/docker_made.sh

oneTimeSetUp() {
	made_start || exit 1
}

suite_tear_down() {
	engine_down "$DIFF_ENGINE"
}

test_plain_values() {
	made_same values
}

test_words_and_numbers() {
	made_same numbers
}

# Each line by both, on $C: a container of their own, which runs; then both are in the same state.
test_states() {
	local line theirs one two n=0 C
	one=$("$THEIRS" run -d --name on-theirs img) two=$("$THEIRS" run -d --name on-ours img)
	while read -r line; do
		n=$((n + 1))
		C=on-theirs
		eval "run_cmd timeout 60 \"$THEIRS\" $line" <&-
		theirs="$RC $OUT"
		C=on-ours
		eval "run_cmd timeout 60 \"$OURS\" $line" <&-
		assertEquals "docker $line ($ERR)" "${theirs//on-theirs/NAME}" "${RC} ${OUT//$C/NAME}"
		assertEquals "docker $line" "$(made_of "$one" | sed 's/on-theirs/NAME/g')" "$(made_of "$two" | sed 's/on-ours/NAME/g')"
	done <<-'END'
		pause $C
		pause $C
		unpause $C
		unpause $C
		update -m 64m --memory-swap 128m $C
		update --cpus 0.5 --pids-limit 50 $C
		update --cpu-shares 512 --cpuset-cpus 0 $C
		update --cpu-period 50000 --cpu-quota 20000 $C
		update --restart on-failure:3 $C
		update --restart nonsense $C
		update --blkio-weight 300 $C
		update -m 1x $C
		update --cpuset-cpus 99 $C
		kill -s NOSUCH $C
		kill -s KILL $C
		kill $C
		wait $C
		start $C
		start $C
		restart -t 0 $C
		stop -t 0 $C
		stop -t 0 $C
		pause $C
		exec $C true
		rename $C $C
		rename $C aa
		rename $C $C.new
		rename $C.new $C
		network connect mynet $C
		network connect mynet $C
		network disconnect mynet $C
		network disconnect mynet $C
		start nosuch $C
		rm $C
		stop -t 0 nosuch $C
		start -a nosuch
		rm -f nosuch $C
		rm $C
		rm -f $C
	END
	assertEquals 39 "$n"
}

test_exec() {
	local line theirs ours n=0 C
	"$THEIRS" run -d --name in-theirs img >/dev/null && "$THEIRS" run -d --name in-ours img >/dev/null
	while read -r line; do
		n=$((n + 1))
		C=in-theirs
		(cd "$SCRATCH/theirs" && eval "timeout 60 \"$THEIRS\" $line" <&- >/dev/null 2>&1)
		theirs=$?
		C=in-ours
		(cd "$SCRATCH/ours" && eval "timeout 60 \"$OURS\" $line" <&- >/dev/null 2>"$SCRATCH/.err")
		ours=$?
		assertEquals "docker $line ($(<"$SCRATCH/.err"))" "$theirs" "$ours"
	done <<-'END'
		exec -d $C sleep 1001
		exec -d -e A=1 -e FROM_HERE -e UNSET_HERE $C sleep 1002
		exec -d --env-file vars $C sleep 1003
		exec -d -e A=0 --env-file vars $C sleep 1004
		exec -d -u 5 -w /tmp --privileged $C sleep 1005
		exec -d -t $C sleep 1006
		exec -d -i $C sleep 1007
		exec -d --detach-keys ctrl-a $C sleep 1008
		exec -du 5:6 $C sh -c 'sleep 1009; exit 3' -x
		exec -d --user=nosuch $C sleep 1010
		exec -d -w relative $C sleep 1011
		exec -d --env-file nowhere $C sleep 1012
		exec -d $C nosuch
		exec -d nosuch sleep 1013
	END
	assertEquals 14 "$n"
	theirs=$(executed in-theirs)
	assertEquals "$theirs" "$(executed in-ours)"
	assertTrue "$theirs" "[ $(wc -l <<<"$theirs") -gt 7 ]"
}

# What runs in a container by exec, one line each.
executed() {
	api GET "/containers/$1/json" | jq -r '.ExecIDs[]' | while read -r id; do
		api GET "/exec/$id/json" | jq -cS 'select(.Running) | del(.ID, .Pid, .ContainerID)'
	done | sort
}

. shunit2
