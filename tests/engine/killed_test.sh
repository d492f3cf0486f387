#!/bin/bash
# dr killed with SIGKILL at many moments: the next command on the service finishes the work or undoes it, and says so.
. tests/lib.sh

IMAGE=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	host_new
	host dr configure "$MAIN" || exit 1
	host dr install $IMAGE first >/dev/null && host dr destroy first || exit 1
	cp -a tests/images/helloworld "$SCRATCH/newer"
	printf '#!/bin/bash\necho new\n' >"$SCRATCH/newer/fresh"
	image_with "$SCRATCH/newer" newer/image || exit 1
	docker tag $IMAGE two/versions
}

things() {
	docker ps -aq --no-trunc
	docker volume ls -q
	find "$MAIN" "$BIN" ! -path "$MAIN/.dr/lock*" ! -path "$MAIN/.dr/version" | sort
}

# killed_after MS CMD…: runs CMD on the host and kills dr itself after MS milliseconds. Returns 0 when it was killed.
killed_after() {
	local ms=$1
	host timeout -s KILL "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))" "${@:2}" >"$SCRATCH/out" 2>&1
	[ $? = 137 ]
}

# The moments are spread over the command's own duration, measured once.
duration_ms() {
	local start
	start=$(date +%s%N)
	"$@" >/dev/null 2>&1
	echo $((($(date +%s%N) - start) / 1000000))
}

MOMENTS=14

test_install() {
	local empty took kills=0 i
	empty=$(things)
	took=$(duration_ms host dr install $IMAGE svc)
	host dr destroy svc >/dev/null
	for ((i = 1; i <= MOMENTS; i++)); do
		! killed_after $((took * i / MOMENTS)) dr install $IMAGE svc || kills=$((kills + 1))
		sleep 0.1
		if ((i % 2)); then
			run_cmd host dr install $IMAGE svc
			assertTrue "moment $i: $ERR" "[ $RC = 0 ] || [ $RC = 3 ]"
			assertEquals "moment $i: $ERR" "Hello, world!" "$(host svc run)"
		fi
		run_cmd host dr destroy svc
		assertTrue "moment $i: $ERR" "[ $RC = 0 ] || [ $RC = 3 ]"
		assertEquals "moment $i left something" "$empty" "$(things)"
	done
	assertTrue "$kills of $MOMENTS were killed" "[ $kills -gt 5 ]"
}

test_destroy() {
	local empty took kills=0 i
	empty=$(things)
	host dr install $IMAGE svc >/dev/null
	took=$(duration_ms host dr destroy svc)
	for ((i = 1; i <= MOMENTS; i++)); do
		host dr install $IMAGE svc >/dev/null
		! killed_after $((took * i / MOMENTS)) dr destroy svc || kills=$((kills + 1))
		sleep 0.1
		if ((i % 2)) && [ "$(host svc run 2>/dev/null)" = "Hello, world!" ]; then
			assertContains "it is whole" "$(host dr list)" svc
		fi
		run_cmd host dr destroy svc
		assertTrue "moment $i: $ERR" "[ $RC = 0 ] || [ $RC = 3 ]"
		assertEquals "moment $i left something" "$empty" "$(things)"
	done
	assertTrue "$kills of $MOMENTS were killed" "[ $kills -gt 3 ]"
}

test_update() {
	local took kills=0 i old new got
	host dr install two/versions svc >/dev/null
	old=$(cd "$MAIN/svc/bin" && sha256sum -- *)
	docker tag newer/image two/versions
	took=$(duration_ms host dr update svc)
	new=$(cd "$MAIN/svc/bin" && sha256sum -- *)
	assertNotEquals "$old" "$new"
	for ((i = 1; i <= MOMENTS; i++)); do
		docker tag $IMAGE two/versions
		host dr update svc >/dev/null
		assertEquals "$old" "$(cd "$MAIN/svc/bin" && sha256sum -- *)"
		docker tag newer/image two/versions
		! killed_after $((took * i / MOMENTS)) dr update svc || kills=$((kills + 1))
		assertEquals "it still runs" "Hello, world!" "$(host svc run 2>"$SCRATCH/err")"
		got=$(cd "$MAIN/svc/bin" && sha256sum -- *)
		assertTrue "moment $i: old or new" "[ '$got' = '$old' ] || [ '$got' = '$new' ]"
		run_cmd host dr update svc
		assertTrue "moment $i: $ERR" "[ $RC = 0 ] || [ $RC = 3 ]"
		assertEquals "moment $i" "$new" "$(cd "$MAIN/svc/bin" && sha256sum -- *)"
	done
	assertTrue "$kills of $MOMENTS were killed" "[ $kills -gt 3 ]"
	host dr destroy svc >/dev/null
	assertEquals "nothing of the work is left" "" "$(find "$MAIN/.dr/work" -mindepth 1)"
}

# What a killed install leaves is said by the command that clears it away.
test_it_says_so() {
	rm -rf "$SCRATCH/slow"
	cp -a tests/images/helloworld "$SCRATCH/slow"
	printf '#!/bin/bash\ntouch %s/running; exec sleep 20\n' "$SCRATCH" >"$SCRATCH/slow/install"
	image_with "$SCRATCH/slow" slow/image
	host dr install slow/image svc >/dev/null 2>&1 &
	for _ in $(seq 100); do [ -e "$SCRATCH/running" ] && break; sleep 0.05; done
	assertContains "$(host dr list)" "install going on or interrupted"
	kill -KILL "$(pgrep -f "^dr install slow/image svc")"
	wait
	run_cmd host dr status svc
	run_cmd host dr install $IMAGE svc
	assertEquals "$ERR" 0 "$RC"
	assertContains "$ERR" "interrupted"
	host dr destroy svc >/dev/null
}

. shunit2
