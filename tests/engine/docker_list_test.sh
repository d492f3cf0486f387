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

test_images() {
	same_lines <<-'END'
		images -q second
		images second
		images second:v2
		images none:none
		images --digests second
		images --no-trunc second
		images -q --no-trunc second
		images second.example/name
		image ls second
		image list -a second
		images -f dangling=true
		images --filter dangling=false -q second
		images -f reference='second*' --format '{{.Repository}}'
		images --filter since=second second
		images --filter nosuch=1
		images --filter nosuch
		images --format '{{.ID}} {{.Repository}} {{.Tag}}' second
		images --format 'table {{.Repository}}\t{{.ID}}' second
		images --format 'table {{.Repository}}:{{.Tag}}' --digests second
		images --format '{{.Digest}} {{.Size}} {{.VirtualSize}} {{.CreatedAt}} {{.CreatedSince}}' second
		images --format '{{.SharedSize}} {{.UniqueSize}} {{.Containers}}' second
		images --format '{{json .}}' second
		images --format raw second
		images --format raw --digests second
		images -q --format '{{.Tag}}' second
		images --format '{{.Nope}}' second
		images --format '{{.ID' second
		images one two
		history second:v2
		history -q second:v2
		history --no-trunc second:v2
		history --human=false --no-trunc second:v2
		history --format '{{.ID}} {{.CreatedBy}} {{.Comment}}|{{.Size}}' second:v2
		history --format '{{json .}}' second:v2
		history --format 'table {{.CreatedSince}}\t{{.CreatedAt}}' second:v2
		history -H second:v2
		image history nosuch
	END
	# An image may have several repositories: their order is not docker's own.
	assertEquals "$("$THEIRS" images | sort | alike)" "$("$OURS" images | sort | alike)"
	assertEquals "$("$THEIRS" images --digests --no-trunc | sort | alike)" "$("$OURS" images --digests --no-trunc | sort | alike)"
}

test_inspect() {
	same_lines <<-'END'
		inspect c3
		inspect c3 c2
		inspect c2 nosuch
		inspect nosuch
		inspect ''
		inspect net1
		inspect vol1 vol2
		inspect second:v2
		inspect c3 net1 vol2
		inspect --type container c3
		inspect --type image c1
		inspect --type image second:v2
		inspect --type volume vol1
		inspect --type network net1
		inspect --type nosuch c1
		inspect -s c3
		inspect --size vol1
		container inspect c3
		container inspect vol1
		container inspect -s c2
		image inspect second:v2 second.example/name:v1
		image inspect nosuch
		network inspect net1 none
		network inspect -v net1
		volume inspect vol1 vol2
		volume inspect nosuch
		inspect
	END
}

test_inspect_format() {
	same_lines <<-'END'
		inspect -f '{{.Name}}' c1
		inspect --format '{{.Id}} {{.Name}}' c1 c2
		inspect -f '{{.ID}}' c1
		inspect -f '{{.Nope}}' c1
		inspect -f '{{.Nope}}' c1 c2
		inspect -f '{{.Name}}' c1 nosuch
		inspect -f '{{' c1
		inspect -f '{{.Name' c1
		inspect -f '{{end}}' c1
		inspect -f '{{nofunc .}}' c1
		inspect -f '' vol1
		inspect -f '{{.State.Status}} {{.State.Running}} {{.State.Pid}} {{.State.ExitCode}}' c1 c2 c3
		inspect -f '{{.State.Health}}' c2
		inspect -f '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' c2
		inspect -f '{{.State.Health.Status}}' c2
		inspect -f '{{.Config.Image}} {{.Config.Cmd}} {{.Config.Entrypoint}}' c1
		inspect -f '{{.Config.Env}}' c1
		inspect -f '{{json .Config.Env}}' c1
		inspect -f '{{json .Config}}' c1
		inspect -f '{{json .HostConfig.RestartPolicy}}' c1
		inspect -f '{{json .State}}' c1
		inspect -f '{{json .Mounts}}' c2
		inspect -f '{{json .NetworkSettings.Networks}}' c2
		inspect -f '{{json .Nope}}' c2
		inspect -f '{{json .State.Health}}' c2
		inspect -f '{{range .Config.Env}}{{println .}}{{end}}' c1
		inspect -f '{{range .Mounts}}{{.Source}}:{{.Destination}}:{{.RW}}{{"\n"}}{{end}}' c2
		inspect -f '{{range $i, $m := .Mounts}}{{$i}}={{$m.Type}} {{end}}' c2
		inspect -f '{{(index .Mounts 0).Type}}' c2
		inspect -f '{{(index .Mounts 9).Type}}' c2
		inspect -f '{{index .Config.Labels "a"}}' c1
		inspect -f '{{index .Config.Labels "nosuch"}}' c1
		inspect -f '{{.Config.Labels.a}} {{.Config.Labels.nosuch}}' c1
		inspect -f '{{.Config.Labels}}' c1
		inspect -f '{{with .Config.Labels}}{{.a}}{{end}}' c1
		inspect -f '{{range $k, $v := .Config.Labels}}{{$k}}={{$v}}{{end}}' c1 c3
		inspect -f '{{range $p, $conf := .NetworkSettings.Networks}}{{$p}} {{$conf.IPAddress}}{{end}}' c2
		inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}/{{.IPPrefixLen}} {{.Gateway}}{{end}}' c2
		inspect -f '{{.NetworkSettings.Networks.net1.IPAddress}}' c2
		inspect -f '{{.NetworkSettings.Networks.nosuch.IPAddress}}' c2
		inspect -f '{{(index .NetworkSettings.Networks "net1").IPAMConfig.IPv4Address}}' c2
		inspect -f '{{index .NetworkSettings.Networks "nosuch"}}' c2
		inspect -f '{{.HostConfig.PortBindings}}' c1
		inspect -f '{{(index (index .HostConfig.PortBindings "80/tcp") 0).HostPort}}' c1
		inspect -f '{{index .HostConfig.PortBindings "81/tcp"}}' c1
		inspect -f '{{index .HostConfig.PortBindings "80/tcp" 0}}' c1
		inspect -f '{{.NetworkSettings.Ports}}' c2
		inspect -f '{{.Config.ExposedPorts}}' c1
		inspect -f '{{range $p, $x := .Config.ExposedPorts}}{{$p}} {{end}}' c1
		inspect -f '{{.Config.Healthcheck.Interval}} {{.Config.Healthcheck.Timeout}} {{.Config.Healthcheck.Test}}' c1
		inspect -f '{{.HostConfig.Memory}} {{.HostConfig.NanoCPUs}} {{.HostConfig.NanoCpus}}' c1
		inspect -f '{{.HostConfig.DNS}} {{.HostConfig.CPUShares}} {{.HostConfig.OomKillDisable}}' c1
		inspect -f '{{.HostConfig.Dns}} {{.HostConfig.CpuShares}}' c1
		inspect -f '{{.HostConfig.LogConfig.Type}} {{.HostConfig.LogConfig.Config}} {{.HostConfig.LogConfig}}' c1
		inspect -f '{{.HostConfig.Binds}} {{.HostConfig.Links}} {{.HostConfig.CapAdd}} {{.HostConfig.Sysctls}}' c1 c2
		inspect -f '{{.HostConfig.Init}} {{.HostConfig.PidsLimit}} {{.HostConfig.Tmpfs}} {{.HostConfig.Runtime}}' c1
		inspect -f '{{.HostConfig.RestartPolicy}} {{.HostConfig.RestartPolicy.Name}}' c1
		inspect -f '{{.ExecIDs}} {{.Args}} {{.Path}} {{.Driver}} {{.Platform}}' c1
		inspect -f '{{len .Args}} {{len .Config.Env}} {{len .ExecIDs}} {{len .Config.Labels}}' c1
		inspect -f '{{len .State}}' c1
		inspect -f '{{slice .Id 0 12}} {{slice .Name 1}}' c1
		inspect -f '{{slice .Name 99}}' c1
		inspect -f '{{join .Args "|"}} {{upper .Name}} {{lower "ABC"}} {{title "ab cd"}}' c1
		inspect -f '{{join .Config.Entrypoint ","}}|' c1
		inspect -f '{{split .Name "1"}} {{index (split .Config.Image "/") 1}}' c1
		inspect -f '{{truncate .Id 5}} {{pad "x" 2 3}}|' c1
		inspect -f '{{print .Name 1 2 "x"}} {{print 1 2}} {{println .Name}}' c1
		inspect -f '{{printf "%s %d %v %q %t %x" .Name .RestartCount .Args .Path .State.Running 255}}' c1
		inspect -f '{{printf "%-8s|%8s|%05d|%.3s" .Name .Name 42 .Name}}' c1
		inspect -f '{{printf "%d" .Name}} {{printf "%s" .RestartCount}} {{printf "%s"}} {{printf "x" 1}}' c1
		inspect -f '{{eq .State.Status "running"}} {{ne .RestartCount 0}} {{lt 1 2}} {{ge 2 2}}' c2
		inspect -f '{{eq .Name "x" "/c1"}} {{and .Name .State.Running}} {{or .State.Running "no"}} {{not .State.Running}}' c1
		inspect -f '{{eq .Name 1}}' c1
		inspect -f '{{if and (eq .State.Status "running") (gt .State.Pid 0)}}up{{end}}' c1 c2
		inspect -f '{{if .Config.Tty}}tty{{else if .Config.OpenStdin}}stdin{{else}}none{{end}}' c1
		inspect -f '{{$x := .Name}}{{range .Args}}{{$x}} {{.}};{{end}}' c1
		inspect -f '{{range .Args}}{{$.Name}}{{end}}' c1
		inspect -f 'a {{- .Name -}} b {{/* no */}}c' c1
		inspect -f '{{.Name | printf "%s!" | upper}}' c1
		inspect -f '{{"a\tb"}} {{`raw`}} {{1}} {{-3}} {{true}}' c1
		inspect -f '{{.Name.More}}' c1
		inspect -f '{{.name}}' c1
		inspect -f '{{.Created.Year}}' c1
		inspect -f '{{.Mounts}}' c2
		inspect -f '{{.State.StartedAt}} {{.State.FinishedAt}} {{.Created}}' c1 c3
		inspect -f '{{.GraphDriver.Name}} {{.GraphDriver.Data.MergedDir}}' c1
		inspect -f '{{.SizeRw}}' c1
		inspect -s -f '{{.SizeRw}} {{.SizeRootFs}}' c1
		image inspect -f '{{.Id}} {{.RepoTags}}' second:v2
		image inspect -f '{{.ID}} {{.Os}}/{{.Architecture}} {{.Size}} {{.RepoDigests}}' second:v2
		image inspect -f '{{.Config.User}} {{.Config.Volumes}} {{.Config.Cmd}} {{.Config.Labels}}' second:v2
		image inspect -f '{{json .Config.Volumes}} {{json .RootFS}}' second:v2
		image inspect -f '{{.RootFS.Type}} {{len .RootFS.Layers}} {{.Comment}} {{.Author}}|' second:v2
		image inspect -f '{{.ContainerConfig}}' nosuch
		volume inspect -f '{{.Mountpoint}} {{.Driver}} {{.Scope}} {{.Labels}} {{.Options}}' vol1 vol2
		volume inspect -f '{{.Status}} {{.UsageData}} {{.Name}}' vol1
		volume inspect -f '{{index .Labels "kind"}}' vol1 vol2
		volume inspect -f '{{json .}}' vol2
		network inspect -f '{{.Name}} {{.ID}} {{.Driver}} {{.Internal}} {{.Labels}}' net1 none
		network inspect -f '{{range .IPAM.Config}}{{.Subnet}} {{.Gateway}}{{end}}' net1 none
		network inspect -f '{{(index .IPAM.Config 0).Subnet}}' net1
		network inspect -f '{{range .Containers}}{{.Name}} {{.IPv4Address}}{{end}}' net1
		network inspect -f '{{range $id, $c := .Containers}}{{$id}}{{$c.MacAddress}}{{end}}' net1
		network inspect -f '{{json .IPAM}} {{.Options}} {{.ConfigFrom}}' net1
		network inspect -f '{{len .Containers}}' net1 none
	END
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
	local state='"$THEIRS" volume inspect dv 2>&1 | jq -S "map(del(.CreatedAt))"' undo='"$THEIRS" volume rm dv'
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
	local state='"$THEIRS" network inspect dn 2>&1 | jq -S "map(del(.Created, .Id))"' undo='"$THEIRS" network rm dn'
	# Each of them gets the next free subnet.
	local own='"$THEIRS" network inspect dn 2>&1 | jq -S "map(del(.Created, .Id, .IPAM.Config))"'
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
	state='"$THEIRS" inspect c3 | jq -S ".[0].NetworkSettings.Networks"' undo='"$THEIRS" network disconnect net1 c3'
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
		stats --no-stream --format '{{.ID}} {{.Name}} {{.Container}} {{.PIDs}} {{.NetIO}} {{.BlockIO}}' c2
		stats -a --no-stream --no-trunc --format 'table {{.ID}}\t{{.PIDs}}'
		stats --no-stream c3
		stats --no-stream nosuch
		stats --no-stream --format '{{.Nope}}' c2
	END
	# The volumes' order is not docker's own.
	assertEquals "$("$THEIRS" system df -v | alike | sort)" "$("$OURS" system df -v | alike | sort)"
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
	"$THEIRS" create --name dead --network none -l gone=yes $I true
	"$THEIRS" volume create lost
	"$THEIRS" network create --subnet 10.15.0.0/24 idle
	"$THEIRS" image prune -f
	mkdir -p "$SCRATCH/file" && echo x >"$SCRATCH/file/x"
	tar -C "$SCRATCH/file" -c . | "$THEIRS" import -
}

remains() {
	"$THEIRS" ps -aq --filter name=dead
	"$THEIRS" volume ls -q --filter name=lost
	"$THEIRS" network ls -q --filter name=idle
	"$THEIRS" images -q -f dangling=true
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
