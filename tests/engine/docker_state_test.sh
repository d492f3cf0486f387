#!/bin/bash
# docker volume, network, prune, version, info, top, port, diff, system df, events and stats: the same as Debian's docker on
# the same engine.
. tests/lib.sh
. tests/engine/docker_diff.sh

I=j842/dr-helloworld

oneTimeSetUp() {
	diff_world || exit 1
}

suite_tear_down() {
	engine_down "$DIFF_ENGINE"
}

test_volume_and_network_lists() {
	same_lines <<-'END'
		volume ls
		volume list
		volume ls -q
		volume ls -f name=vol
		volume ls -f dangling=true -q
		volume ls --filter label=kind
		volume ls --filter label=kind=test -q
		volume ls --filter driver=none
		volume ls --filter nosuch=1
		volume ls --filter nosuch
		volume ls -f name=vol1 --format '{{.Name}} {{.Driver}} {{.Scope}} {{.Mountpoint}} {{.Size}} {{.Links}}'
		volume ls -f name=vol1 --format '{{.Label "kind"}} {{.Label "nosuch"}}'
		volume ls -f name=vol2 --format '{{json .}}'
		volume ls -f name=vol --format 'table {{.Name}}\t{{.Driver}}\t{{.Label "kind"}}'
		volume ls -f name=vol --format raw
		volume ls -q --format '{{.Driver}}' -f name=vol1
		volume ls --format '{{.Nope}}'
		volume ls operand
		network ls
		network list
		network ls -q
		network ls --no-trunc
		network ls -q --no-trunc
		network ls -f name=net1
		network ls -f driver=null
		network ls --filter type=custom -q
		network ls --filter type=builtin
		network ls --filter label=kind -q
		network ls --filter scope=local
		network ls --filter nosuch=1
		network ls --format '{{.ID}} {{.Name}} {{.Driver}} {{.Scope}} {{.IPv6}} {{.Internal}}'
		network ls --format '{{.CreatedAt}}|{{.Labels}}|{{.Label "kind"}}'
		network ls --format '{{json .}}'
		network ls --format 'table {{.Name}}\t{{.Internal}}'
		network ls --format raw
		network ls --format '{{.Nope}}'
		network ls operand
	END
}

test_volumes_change() {
	local state='api GET /volumes/dv | jq -S "del(.CreatedAt)"' undo='api DELETE /volumes/dv'
	acts "$state" "$undo" volume create dv
	acts "$state" "$undo" volume create --name dv
	acts "$state" "$undo" volume create --label a=b --label c dv
	acts "$state" "$undo" volume create -d local -o type=tmpfs --opt device=tmpfs -o o=size=1m dv
	acts "$state" "$undo" volume create --driver nosuch dv
	acts "$state" "$undo" volume create --label '=x' dv
	acts "$state" "$undo" volume create --label 'a b=x' dv
	acts "$state" "$undo" volume create 'bad name'
	acts "$state" "$undo" volume create --name dv other
	acts "$state" "$undo" volume create one two
	acts : : volume create
	"$THEIRS" volume create dv >/dev/null
	acts "$state" '"$THEIRS" volume create dv' volume rm dv
	acts "$state" '"$THEIRS" volume create dv' volume remove dv nosuch
	acts "$state" '"$THEIRS" volume create dv' volume rm -f nosuch dv
	acts "$state" : volume rm vol1
	acts "$state" : volume rm
	"$THEIRS" volume rm dv >/dev/null 2>&1
}

test_networks_change() {
	local state='api GET /networks/dn | jq -S "del(.Created, .Id)"' undo='api DELETE /networks/dn'
	# Each of them gets the next free subnet.
	local own='api GET /networks/dn | jq -S "del(.Created, .Id, .IPAM.Config)"'
	acts "$own" "$undo" network create dn
	acts "$state" "$undo" network create --subnet 10.12.0.0/16 --gateway 10.12.0.9 --ip-range 10.12.1.0/24 dn
	acts "$state" "$undo" network create --subnet 10.12.0.0/16 --aux-address a=10.12.0.5 --aux-address b=10.12.0.6 dn
	acts "$state" "$undo" network create --subnet 10.12.0.0/16 --subnet 10.12.1.0/24 dn
	acts "$state" "$undo" network create --subnet 10.12.0.0/16 --gateway 10.13.0.1 dn
	acts "$state" "$undo" network create --gateway 10.13.0.1 dn
	acts "$state" "$undo" network create --subnet 10.12.0.0 dn
	acts "$state" "$undo" network create --subnet nonsense dn
	acts "$own" "$undo" network create --internal --attachable --label a=b --label c -o com.docker.network.bridge.name=brdn dn
	acts "$state" "$undo" network create -d bridge --ipv6 --subnet fd00:1::/64 --subnet 10.12.0.0/16 dn
	acts "$own" "$undo" network create --ipam-driver default --ipam-opt x=y --scope local dn
	acts "$state" "$undo" network create --config-only --subnet 10.14.0.0/16 dn
	acts "$state" "$undo" network create -d nosuch dn
	acts "$state" "$undo" network create --label '=x' dn
	acts "$state" "$undo" network create
	acts "$state" "$undo" network create one two
	state='api GET /containers/c3/json | jq -S .NetworkSettings.Networks' undo='"$THEIRS" network disconnect net1 c3'
	"$THEIRS" network disconnect none c3
	acts "$state" "$undo" network connect net1 c3
	acts "$state" "$undo" network connect --ip 10.11.0.50 --alias x --alias y,z net1 c3
	acts "$state" "$undo" network connect --link c2:two --driver-opt a=b net1 c3
	acts "$state" "$undo" network connect --driver-opt a net1 c3
	acts "$state" "$undo" network connect --link-local-ip 169.254.3.3 net1 c3
	acts "$state" "$undo" network connect net1 nosuch
	acts "$state" "$undo" network connect nosuch c3
	acts "$state" "$undo" network connect net1
	"$THEIRS" network connect net1 c3
	acts "$state" '"$THEIRS" network connect net1 c3' network disconnect net1 c3
	acts "$state" '"$THEIRS" network connect net1 c3' network disconnect -f net1 c3
	"$THEIRS" network disconnect net1 c3
	"$THEIRS" network create dn >/dev/null
	acts : '"$THEIRS" network create dn' network rm dn
	acts : '"$THEIRS" network create dn' network remove nosuch dn
	acts : : network rm net1
	acts : : network rm
	"$THEIRS" network rm dn >/dev/null 2>&1
}

test_what_the_engine_says() {
	same_lines <<-'END'
		version -f '{{.Server.Version}} {{.Server.APIVersion}} {{.Server.MinAPIVersion}}'
		version --format '{{json .Server}}'
		version --format '{{.Client.Os}}/{{.Client.Arch}} {{.Client.APIVersion}} {{.Client.Context}}'
		version --format '{{range .Server.Components}}{{.Name}}={{.Version}} {{end}}'
		version --format '{{(index .Server.Components 0).Details.ApiVersion}} {{with .Server}}{{.Os}}{{end}}'
		version -f '{{.Nope}}'
		version -f '{{.Client'
		version operand
		info -f '{{.ID}} {{.Name}} {{.ServerVersion}} {{.Driver}} {{.NCPU}} {{.MemTotal}}'
		info -f '{{.Containers}} {{.ContainersRunning}} {{.Images}} {{.OSType}} {{.Architecture}}'
		info -f '{{json .Plugins}} {{json .Swarm.LocalNodeState}} {{json .SecurityOptions}}'
		info -f '{{.Swarm.LocalNodeState}} {{.LoggingDriver}} {{.CgroupDriver}} {{.CgroupVersion}} {{.DockerRootDir}}'
		info -f '{{range .DriverStatus}}{{index . 0}}: {{index . 1}};{{end}}'
		info -f '{{range $name, $x := .Runtimes}}{{$name}} {{end}}{{.DefaultRuntime}}'
		info -f '{{.SecurityOptions}} {{.Labels}} {{.Debug}} {{.ClientInfo.Context}}'
		system info -f '{{.KernelVersion}} {{.OperatingSystem}}'
		info -f '{{.Nope}}'
		info -f '{{'
		info operand
		top nosuch
		top c1
		top c2 -o nosuchcolumn
		top
		diff c3
		container diff c2
		diff nosuch
		diff c1 c2
		port c1
		port c2
		port nosuch
		port c1 80
		port c1 80/udp
		port c1 x
		port
	END
	# The order of the runtimes is not docker's own.
	assertEquals "$("$THEIRS" info 2>/dev/null | grep -v 'Runtimes:')" "$("$OURS" info 2>/dev/null | grep -v 'Runtimes:')"
	assertEquals "$("$THEIRS" version | sed 1,10d)" "$("$OURS" version | sed 1,6d)"
	assertContains "$("$OURS" version)" "Client: dr"
	assertEquals "$("$THEIRS" top c2 -o pid,comm)" "$("$OURS" container top c2 -o pid,comm)"
	run_cmd "$OURS" -H unix:///nonexistent/socket version
	assertEquals 1 "$RC"
	assertContains "$OUT" "Client: dr"
}

test_df_events_and_stats() {
	local now
	now=$(date +%s)
	# shellcheck disable=SC2034 # in the lines below
	local until="--since 3h --until $now"
	APART=yes
	same_lines <<-'END'
		system df
		system df --format '{{.Type}}: {{.TotalCount}} {{.Active}} {{.Size}} {{.Reclaimable}}'
		system df --format 'table {{.Type}}\t{{.Reclaimable}}'
		system df --format '{{json .}}'
		system df --format raw
		system df --format '{{.Nope}}'
		system df -v --format '{{len .Images}}'
		system df -v --format '{{range .Containers}}{{.Names}} {{.Status}};{{end}}{{len .Volumes}} {{len .BuildCache}}'
		system df operand
	END
	APART=
	same_lines <<-'END'
		events $until -f container=c1
		events $until -f container=c2 -f event=start
		events $until --filter type=volume --filter volume=vol1
		events $until --filter type=network -f network=net1 -f event=create
		system events $until -f container=c3
		events $until -f container=c2 --format '{{.Action}} {{.Type}} {{.Actor.ID}} {{.Actor.Attributes.name}}'
		events $until -f container=c2 -f event=create --format '{{json .}}'
		events $until -f container=c2 -f event=create --format '{{.ID}} {{.Status}} {{.From}} {{.Time}} {{.TimeNano}}'
		events $until -f volume=vol1 --format '{{.Action}} {{.ID}}|{{.Status}}|{{.Scope}}'
		events $until --filter nosuch
		events $until --format '{{.Nope}}'
		events $until --format '{{'
		events operand
		stats --no-stream nosuch
	END
	# The volumes' order is not docker's own.
	assertEquals "$("$THEIRS" system df -v | alike | sort)" "$("$OURS" system df -v | alike | sort)"
	# docker gives up on samples after two seconds, and shows "--": not to be compared on a slow machine.
	local id
	id=$("$THEIRS" ps -q -f name=c2)
	assertEquals "c2 $id c2 1" "$("$OURS" stats --no-stream --format '{{.Name}} {{.ID}} {{.Container}} {{.PIDs}}' c2)"
	assertEquals "$("$THEIRS" ps -aq --no-trunc)" "$("$OURS" stats -a --no-stream --no-trunc --format '{{.ID}}')"
	assertEquals "c3 0.00% 0B / 0B 0" "$("$OURS" stats --no-stream --format '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}' c3)"
	run_cmd "$OURS" stats --no-stream --format '{{.Nope}}' c3
	assertEquals 1 "$RC"
	run_cmd "$OURS" stats --no-stream
	assertEquals "$ERR" 0 "$RC"
	assertContains "$OUT" "CONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT"
	assertContains "$OUT" "c2        "
	# On and on, until it is told to stop.
	"$OURS" stats c2 >"$SCRATCH/live" 2>&1 &
	local i pid=$!
	for ((i = 0; i < 300; i++)); do
		[ "$(grep -c c2 "$SCRATCH/live")" -lt 2 ] || break
		sleep 0.1
	done
	kill "$pid"
	wait "$pid"
	assertTrue "$(cat "$SCRATCH/live")" "[ $(grep -c c2 "$SCRATCH/live") -ge 2 ]"
}

test_help() {
	run_cmd "$OURS" volume
	assertEquals 0 "$RC"
	assertContains "$OUT" "volume create"
	assertNotContains "$OUT" "network create"
	assertEquals "$("$OURS" ps --help)" "$("$OURS" help container ls)"
	assertContains "$("$OURS" help)" "system prune"
	run_cmd "$OURS" volume nosuch
	assertEquals "125 docker: 'volume nosuch' is not in dr's docker; install the docker CLI for it" "$RC $ERR"
	run_cmd "$OURS" search busybox
	assertEquals "125 docker: 'search' is not in dr's docker; install the docker CLI for it" "$RC $ERR"
}

# What the newer docker CLI has and Debian's has not.
test_newer_formats() {
	run_cmd "$OURS" ps -a -f name=c2 --format json
	assertEquals 'c2 "running"' "$(jq -r .Names <<<"$OUT") $(jq .State <<<"$OUT")"
	run_cmd "$OURS" inspect --format json c2 vol1
	assertEquals '["/c2","vol1"]' "$(jq -c 'map(.Name)' <<<"$OUT")"
	assertEquals "one line" 1 "$(wc -l <<<"$OUT")"
	assertEquals "$("$THEIRS" version -f '{{.Server.APIVersion}}')" "$("$OURS" version --format json | jq -r .Server.ApiVersion)"
	assertEquals vol1 "$("$OURS" volume ls --format json | jq -r 'select(.Labels == "kind=test,z=1").Name')"
	assertEquals 4 "$("$OURS" system df --format json | wc -l)"
	assertEquals c2 "$("$OURS" system df -v --format json | jq -r '.Containers[].Names | select(. == "c2")')"
	printf '{"psFormat": "{{.Names}} by setting", "volumesFormat": "table {{.Name}}"}' >"$DOCKER_CONFIG/config.json"
	same ps
	same ps -q
	same ps --format '{{.ID}}'
	same volume ls
	same volume ls -q
	rm "$DOCKER_CONFIG/config.json"
}

# What can be pruned besides what the other tests need.
prunable() {
	"$OURS" create --name dead --network none -l gone=yes $I true
	"$OURS" volume create lost
	"$OURS" network create --subnet 10.15.0.0/24 idle
	api POST /images/prune
	mkdir -p "$SCRATCH/file" && echo x >"$SCRATCH/file/x"
	tar -C "$SCRATCH/file" -c . | "$OURS" import -
}

remains() {
	api GET '/containers/json?all=1' | jq -r '.[].Names[]' | grep dead
	api GET /volumes | jq -r '.Volumes[].Name' | grep lost
	api GET /networks | jq -r '.[].Name' | grep idle
	api GET '/images/json?filters=\{"dangling":\["true"\]\}' | jq -r '.[].Id'
}

pruned() {
	acts remains prunable "$@"
}

test_prune() {
	prunable >/dev/null
	# Every id is a new one.
	# shellcheck disable=SC2317 # acts calls it
	ids_alike() { sed -E 's/\b(sha256:)?[0-9a-f]{64}\b/ID/g; s/\b[0-9a-f]{12}\b/ID/g'; }
	pruned container prune -f --filter label=gone
	pruned container prune -f --filter label=nosuch
	pruned container prune -f --filter nosuch
	pruned image prune -f
	pruned image prune -f --filter until=24h
	pruned network prune -f
	pruned network prune -f --filter label=x
	pruned volume prune -f --filter label=x
	pruned builder prune -f
	pruned system prune -f --filter label=gone
	pruned system prune -f --volumes --filter until=1h
	pruned container prune operand
	INPUT=n
	pruned container prune
	pruned image prune -a
	pruned network prune
	pruned volume prune
	pruned builder prune -a
	pruned system prune
	pruned system prune -a --volumes --filter label=gone --filter label=a
	INPUT=y
	pruned container prune --filter label=gone
	pruned image prune
	INPUT=
	pruned network prune
	"$THEIRS" rm -f dead >/dev/null
	"$THEIRS" network rm idle >/dev/null
	"$THEIRS" volume rm lost >/dev/null
	"$THEIRS" image prune -f >/dev/null
	# shellcheck source=tests/engine/docker_diff.sh
	. tests/engine/docker_diff.sh
}

. shunit2
