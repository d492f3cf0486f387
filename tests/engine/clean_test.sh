#!/bin/bash
# dr clean, on an engine of its own: what is old and of no service goes, everything else stays.
. tests/lib.sh

OWN=$TEST_TOP/engine-clean

oneTimeSetUp() {
	scratch
	export DOCKER_HOST=unix://$OWN/sock
	engine_down "$OWN"
	engine_up "$OWN" || exit 1
	engine_images || exit 1
	mkdir "$SCRATCH/rootfs"
	rootfs "$SCRATCH/rootfs"
	image_from "$SCRATCH/rootfs" some/tool 'ENV PATH=/bin' || exit 1
	host_new
	host dr configure "$MAIN" || exit 1
	host dr install j842/dr-helloworld hello || exit 1
}

suite_tear_down() {
	engine_down "$OWN"
}

# Restarts the engine; meanwhile every container that has ended did so two hours ago.
age_containers() {
	local pid old
	pid=$(cat "$OWN/pid")
	old=$(date -u -d '2 hours ago' +%Y-%m-%dT%H:%M:%S.5Z)
	kill "$pid"
	while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
	sed -i -E 's/"FinishedAt":"2[^"]*"/"FinishedAt":"'"$old"'"/' "$OWN"/data/containers/*/config.v2.json
	engine_up "$OWN"
}

test_clean() {
	run_cmd host dr clean
	assertEquals "nothing to do: $OUT" 3 "$RC"
	docker run --name old --network none some/tool true
	docker run --name of-hello --network none -v dr-hello-config:/config some/tool true
	docker run --name from-hello --network none j842/dr-helloworld true
	docker create --name never-run some/tool true >/dev/null
	age_containers || return
	docker run --name young --network none some/tool true
	# An image that has lost its name, and one that a container still uses.
	image_from "$SCRATCH/rootfs" some/lost 'ENV A=1'
	image_from "$SCRATCH/rootfs" some/used 'ENV A=2'
	docker create --name user some/used true >/dev/null
	lost=$(docker image inspect -f '{{.Id}}' some/lost)
	image_from "$SCRATCH/rootfs" some/lost 'ENV A=3'
	image_from "$SCRATCH/rootfs" some/used 'ENV A=4'
	# A service whose image has got a new name-bearer keeps the one that its scripts are from.
	mine=$(docker image inspect -f '{{.Id}}' j842/dr-helloworld)
	docker rm from-hello >/dev/null
	docker tag some/tool j842/dr-helloworld
	before=$({ docker ps -aq; docker images -q; } | sort)
	run_cmd host dr clean --dry-run
	assertEquals "$ERR" 0 "$RC"
	assertContains "$OUT" "would remove container old"
	assertContains "$OUT" "would remove image $lost"
	assertNotContains "$OUT" "$mine"
	assertNotContains "$OUT" young
	assertEquals "$before" "$({ docker ps -aq; docker images -q; } | sort)"
	run_cmd host dr clean --json
	assertEquals "$ERR" 0 "$RC"
	assertEquals "true old $lost" "$(jq -r '"\(.changed) \(.containers | join(" ")) \(.images | join(" "))"' <<<"$OUT")"
	assertEquals "never-run of-hello user young " "$(docker ps -a --format '{{.Names}}' | sort | tr '\n' ' ')"
	assertTrue "the service's image stays" "docker image inspect $mine >/dev/null"
	run_cmd host dr clean --json
	assertEquals "false" "$(jq -r .changed <<<"$OUT")"
	assertEquals 3 "$RC"
}

. shunit2
