#!/bin/bash
# docker ps, images, history and inspect: the same as Debian's docker on the same engine.
. tests/lib.sh
. tests/engine/docker_diff.sh

oneTimeSetUp() {
	diff_world || exit 1
}

suite_tear_down() {
	engine_down "$DIFF_ENGINE"
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
		inspect -f '{{$none}}' c1
		inspect -f '{{if false}}{{$none}}{{end}}' c1
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

. shunit2
