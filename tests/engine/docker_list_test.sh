#!/bin/bash
# What the docker applet lists, shows and formats: the same as Debian's docker on the same engine. This one has a network of
# its own, and so may have networks.
. tests/lib.sh
. tests/engine/docker_diff.sh

I=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	LIST_ENGINE=$(mktemp -d "$TEST_TOP/list.XXXXXX")
	dockerd() { unshare --net /usr/sbin/dockerd "$@"; }
	export DOCKER_HOST=unix://$LIST_ENGINE/sock
	{ engine_up "$LIST_ENGINE" && engine_images; } || exit 1
	diff_start
	{
		"$THEIRS" volume create --label kind=test --label z=1 vol1
		"$THEIRS" volume create -o type=tmpfs -o device=tmpfs -o o=size=1m vol2
		"$THEIRS" network create --internal --subnet 10.11.0.0/24 --label kind=test net1
		"$THEIRS" create --name c1 -l a=b -v /tmp:/t -v vol1:/v --expose 80-82 -p 8080:80 -p 90:90 -p 91:91/udp \
			--network none --health-cmd 'exit 0' --health-interval 90s -e 'X=a<b>&c' $I sh -c 'sleep 1000 and more and more'
		"$THEIRS" run -d --name c2 --network net1 --network-alias other --ip 10.11.0.77 $I sleep 100000
		"$THEIRS" run --name c3 -l x.y-z=1 --network none --no-healthcheck $I sh -c 'exit 3'
		"$THEIRS" tag $I second.example/name:v1
		"$THEIRS" tag $I second:v2
	} >"$SCRATCH/setup.log" 2>&1 || cat "$SCRATCH/setup.log"
}

suite_tear_down() {
	"$THEIRS" rm -f c2 >/dev/null 2>&1
	engine_down "$LIST_ENGINE"
}

test_ps() {
	same_lines <<-'END'
		ps
		ps -a
		ps -aq
		ps -a --no-trunc
		ps -aq --no-trunc
		ps -as
		ps -l
		ps -n 2
		ps -n 1 -q
		ps --last 5 --all
		container ls
		container list -a
		container ps -aq
		ps -f name=c2
		ps -a -f name=c1 -f name=c3
		ps -a --filter status=exited
		ps -a --filter label=a
		ps -a --filter label=a=b
		ps -a --filter label=a=c
		ps -a --filter exited=3 -q
		ps -a --filter volume=vol1 -q
		ps -a --filter network=net1 -q
		ps -a --filter ancestor=j842/dr-helloworld -q
		ps -a -f STATUS=created
		ps -a --filter nosuch=1
		ps -a --filter nosuch
		ps -a --filter ''
		ps -a --format '{{.ID}}'
		ps -a --format '{{.Names}}: {{.Status}}'
		ps -a --format '{{.ID}}\t{{.Image}}\t{{.Command}}'
		ps -a --format 'table {{.ID}}\t{{.Names}}\t{{.Labels}}'
		ps -a --format 'table {{.Names}} {{.Image}}\t{{.Label "x.y-z"}}'
		ps -a --format 'table {{lower .Names}}\t{{.Nope}}'
		ps -af name=c3 --format 'table {{.Names}}\t{{.Ports}}\t{{.Mounts}}\t{{.LocalVolumes}}\t{{.Networks}}'
		ps -a --format '{{.Names}} {{.Ports}}'
		ps -a --format '{{.CreatedAt}} {{.RunningFor}} {{.State}}'
		ps -a --format '{{.Size}}'
		ps -a --format '{{.Label "a"}}|{{.Label "none"}}'
		ps -a -f name=c2 -f name=c3 --format '{{json .}}'
		ps -a --format table
		ps -a --format raw
		ps -as --format raw
		ps -a --format pretty
		ps -a --format '{{upper .Names}} {{pad .Names 2 1}}|{{truncate .ID 4}}'
		ps -a --format '{{if eq .State "running"}}{{.Names}} runs{{else}}{{.Names}}: {{.Status}}{{end}}'
		ps -f name=c2 --format '{{range split .Mounts ","}}<{{.}}>{{end}}'
		ps -a --format '{{printf "%-10s|%5s" .Names .State}}'
		ps -a --format '{{.Nope}}'
		ps -f name=none --format '{{.Nope}}'
		ps -a --format '{{.ID'
		ps -a --format '{{nofunction .ID}}'
		ps -a --format '{{json .Names}} {{json .Labels}}'
		ps -n x
		ps operand
	END
}

. shunit2
