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

# steps CMD…: runs CMD on the host, and prints up to MOMENTS of the steps that it takes outside its own memory, spread over all
# of it: CALL:N for its N-th system call of that name.
MOMENTS=14
steps() {
	host strace -qq -o "$SCRATCH/trace" -e trace=renameat,renameat2,sendto,unlinkat,mkdirat,symlinkat,fchmod "$@" \
		>"$SCRATCH/out" 2>&1
	awk -F'(' -v most=$MOMENTS '/^[a-z0-9]+\(/ {step[++n] = $1 ":" ++seen[$1]}
		END {for (i = 1; i <= most; i++) {at = int((i - 1) * n / most) + 1; if (at != last) print step[at]; last = at}}' \
		"$SCRATCH/trace"
}

# killed_at STEP CMD…: CMD on the host, killed when it comes to the step. Returns 0 when it was killed.
killed_at() {
	host strace -qq -o "$SCRATCH/trace" -e trace="${1%:*}" -e inject="${1%:*}:signal=KILL:when=${1#*:}" "${@:2}" \
		>"$SCRATCH/out" 2>&1
	[ $? = 137 ]
}

test_install() {
	local empty kills=0 i=0 step moments
	empty=$(things)
	moments=$(steps dr install $IMAGE svc)
	host dr destroy svc >/dev/null
	for step in $moments; do
		i=$((i + 1))
		! killed_at "$step" dr install $IMAGE svc || kills=$((kills + 1))
		if ((i % 2)); then
			run_cmd host dr install $IMAGE svc
			assertTrue "$step: $ERR" "[ $RC = 0 ] || [ $RC = 3 ]"
			assertEquals "$step: $ERR" "Hello, world!" "$(host svc run)"
		fi
		run_cmd host dr destroy svc
		assertTrue "$step: $ERR" "[ $RC = 0 ] || [ $RC = 3 ]"
		assertEquals "$step left something" "$empty" "$(things)"
	done
	assertTrue "$kills of $MOMENTS were killed" "[ $kills -gt $((MOMENTS / 2)) ]"
}

test_destroy() {
	local empty kills=0 i=0 step moments
	empty=$(things)
	host dr install $IMAGE svc >/dev/null
	moments=$(steps dr destroy svc)
	for step in $moments; do
		i=$((i + 1))
		host dr install $IMAGE svc >/dev/null
		! killed_at "$step" dr destroy svc || kills=$((kills + 1))
		if ((i % 2)) && [ "$(host svc run 2>/dev/null)" = "Hello, world!" ]; then
			assertContains "it is whole" "$(host dr list)" svc
		fi
		run_cmd host dr destroy svc
		assertTrue "$step: $ERR" "[ $RC = 0 ] || [ $RC = 3 ]"
		assertEquals "$step left something" "$empty" "$(things)"
	done
	assertTrue "$kills of $MOMENTS were killed" "[ $kills -gt $((MOMENTS / 2)) ]"
}

test_update() {
	local kills=0 step moments old new got
	host dr install two/versions svc >/dev/null
	old=$(cd "$MAIN/svc/bin" && sha256sum -- *)
	docker tag newer/image two/versions
	moments=$(steps dr update svc)
	new=$(cd "$MAIN/svc/bin" && sha256sum -- *)
	assertNotEquals "$old" "$new"
	for step in $moments; do
		docker tag $IMAGE two/versions
		host dr update svc >/dev/null
		assertEquals "$old" "$(cd "$MAIN/svc/bin" && sha256sum -- *)"
		docker tag newer/image two/versions
		! killed_at "$step" dr update svc || kills=$((kills + 1))
		assertEquals "it still runs" "Hello, world!" "$(host svc run 2>"$SCRATCH/err")"
		got=$(cd "$MAIN/svc/bin" && sha256sum -- *)
		assertTrue "$step: old or new" "[ '$got' = '$old' ] || [ '$got' = '$new' ]"
		run_cmd host dr update svc
		assertTrue "$step: $ERR" "[ $RC = 0 ] || [ $RC = 3 ]"
		assertEquals "$step" "$new" "$(cd "$MAIN/svc/bin" && sha256sum -- *)"
	done
	assertTrue "$kills of $MOMENTS were killed" "[ $kills -gt $((MOMENTS / 2)) ]"
	host dr destroy svc >/dev/null
	assertEquals "nothing of the work is left" "" "$(find "$MAIN/.dr/work" -mindepth 1)"
}

# The containers run again, the service works, and what has the file's name is whole.
test_backup() {
	local kills=0 step moments before i
	host dr install $IMAGE svc >/dev/null
	docker run -d --name writer --network none --stop-signal KILL -v dr-svc-config:/config $IMAGE sleep 1d >"$SCRATCH/out"
	mkdir "$SCRATCH/files"
	moments=$(steps dr backup svc "$SCRATCH/files/first")
	before=$(things)
	for step in $moments; do
		rm -f "$SCRATCH/files"/*
		! killed_at "$step" dr backup svc "$SCRATCH/files/file" || kills=$((kills + 1))
		if [ -e "$SCRATCH/files/file" ]; then
			run_cmd host dr verify "$SCRATCH/files/file"
			assertEquals "$step: $ERR" 0 "$RC"
		fi
		for ((i = 0; i < 600; i++)); do
			[ "$(docker inspect -f '{{.State.Status}}' writer)" != running ] || break
			sleep 0.1
		done
		assertEquals "$step" running "$(docker inspect -f '{{.State.Status}}' writer)"
		assertEquals "$step" "Hello, world!" "$(host svc run 2>"$SCRATCH/err")"
		assertEquals "$step left something" "$before" "$(things)"
	done
	assertTrue "$kills of $MOMENTS were killed" "[ $kills -gt $((MOMENTS / 2)) ]"
	docker rm -f writer >"$SCRATCH/out"
	host dr destroy svc >/dev/null
}

# What a killed install leaves is said by the command that clears it away.
test_it_says_so() {
	rm -rf "$SCRATCH/slow"
	cp -a tests/images/helloworld "$SCRATCH/slow"
	printf '#!/bin/bash\necho $PPID >%s/running; exec sleep 100\n' "$SCRATCH" >"$SCRATCH/slow/install"
	image_with "$SCRATCH/slow" slow/image
	host dr install slow/image svc >/dev/null 2>&1 &
	for _ in $(seq 1200); do [ -s "$SCRATCH/running" ] && break; sleep 0.05; done
	assertContains "$(host dr list)" "install going on or interrupted"
	kill -KILL "$(cat "$SCRATCH/running")"
	wait
	run_cmd host dr status svc
	run_cmd host dr install $IMAGE svc
	assertEquals "$ERR" 0 "$RC"
	assertContains "$ERR" "interrupted"
	host dr destroy svc >/dev/null
}

. shunit2
