#!/bin/bash
# What dr's docker and Debian's ask of the engine for the same command line: an engine that only writes down its requests hears
# both; the requests, stdout and the exit code must be the same.
. tests/lib.sh

THEIRS=/usr/bin/docker

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
	printf 'A=1\n# no\n\n  B=two words  \nFROM_HERE\nUNSET_HERE\nEMPTY\nC=x=y\n\tD=tab\nQ="quoted"\nR=1\r\nE=\n' >vars
	printf '\xef\xbb\xbfBOM=1\n' >bom
	printf 'l1=v1\nl2\n# c\n l3=x y \n' >labels
	printf '=nothing\n' >bad
	printf 'with space=1\n' >spacy
	printf '{"defaultAction":"SCMP_ACT_ALLOW",\n\t"syscalls": [ ]}\n' >seccomp.json
	printf 'not json' >broken.json
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
	all_same <<-'END'
		create img
		create img:tag sh -c 'echo "a b"' -x --rm
		create --name n img
		create --name=n img -- x
		create -- img x
		create -h host img
		create --hostname=host --domainname example.org img
		create -u 1:2 -w /tmp img
		create -w relative img
		create --entrypoint /bin/x img a
		create --entrypoint '' img a
		create --entrypoint '/bin/x y' img
		create --stop-signal SIGINT --stop-timeout 7 img
		create --stop-timeout -1 img
		create --stop-timeout 0 img
		create --mac-address 02:42:ac:11:00:02 img
		create --mac-address nonsense img
		create --runtime runc --isolation default img
		create --cgroup-parent /x img
		create --cgroupns host img
		create --cgroupns private img
		create --cgroupns other img
		create --pid host --ipc host --uts host --userns host img
		create --ipc shareable img
		create --ipc container:x --pid container:y img
		create --ipc nonsense img
		create --pid nonsense img
		create --uts nonsense img
		create --userns nonsense img
		create --privileged img
		create --privileged=false img
		create --privileged=1 img
		create --privileged=T img
		create --privileged=maybe img
		create --read-only --init img
		create --init=false img
		create --init=true img
		create --oom-kill-disable img
		create --oom-kill-disable=false img
		create --oom-score-adj 100 img
		create --oom-score-adj -500 img
		create --oom-score-adj 2000 img
		create --pids-limit 20 img
		create --pids-limit -1 img
		create --pids-limit 0 img
		create --volume-driver local img
		create --rm img
		create --platform linux/amd64 img
		create --restart always img
		create --restart no img
		create --restart '' img
		create --restart on-failure img
		create --restart on-failure:3 img
		create --restart unless-stopped img
		create --restart on-failure:x img
		create --restart on-failure:1:2 img
		create --restart always:3 img
		create --restart nonsense img
		create --restart always --rm img
		create --cidfile cid img
		create -it img
		create -i img
		create -t img
		create -ti --rm --name=x img sh
		create -a stdin img
		create -a stdout -a stderr img
		create -a STDOUT img
		create -a nonsense img
		create -i -a stdout img
		create img ''
		create
		create --frob img
		create -Z img
		create --name
		create --disable-content-trust img
		create --pull missing img
		create --pull never img
		create a/b@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa x
		run -d img
		run -d --rm --name x img true
		run -d -i -t img
		run -d -a stdout img
		run --detach=true img
		run -di img
		run -d --cidfile cid img
		container run -d img
		container create img
	END
}

test_words_and_numbers() {
	all_same <<-'END'
		create -m 64m img
		create -m 64M img
		create -m 64mb img
		create -m 64MiB img
		create -m 64Mib img
		create -m 64mib img
		create -m 1.5g img
		create -m 1.5 img
		create -m 1t img
		create -m 1p img
		create -m 100 img
		create -m 100b img
		create -m 100B img
		create -m '64 m' img
		create -m 0 img
		create -m 64x img
		create -m '' img
		create -m -5 img
		create -m 1e3 img
		create -m 0x10 img
		create -m 64mm img
		create -m ' 64m' img
		create -m 64ki img
		create --memory-reservation 32M img
		create --memory-swap -1 -m 64m img
		create --memory-swap 128m -m 64m img
		create --memory-swap x img
		create --memory-swappiness 0 img
		create --memory-swappiness 60 img
		create --memory-swappiness 101 img
		create --memory-swappiness -1 img
		create --kernel-memory 50m img
		create --shm-size 1.5m img
		create --shm-size 0 img
		create --cpus 0.5 img
		create --cpus 1.25 img
		create --cpus 2 img
		create --cpus .5 img
		create --cpus 0.0000000001 img
		create --cpus x img
		create -c 512 img
		create --cpu-shares 512 --cpuset-cpus 0-1 --cpuset-mems 0 img
		create --cpu-shares x img
		create --cpu-period 1000 --cpu-quota 500 img
		create --cpu-quota -1 img
		create --cpu-period 0x10 img
		create --cpu-rt-period 1000 --cpu-rt-runtime 10 img
		create --blkio-weight 300 img
		create --blkio-weight 9 img
		create --blkio-weight 70000 img
		create --blkio-weight -1 img
		create --blkio-weight-device /dev/null:100 img
		create --blkio-weight-device /dev/null:1001 img
		create --blkio-weight-device /dev/null:5 img
		create --blkio-weight-device /dev/null:0 img
		create --blkio-weight-device null:100 img
		create --blkio-weight-device /dev/null img
		create --device-read-bps /dev/null:1mb --device-write-bps /dev/zero:1.5k img
		create --device-read-bps /dev/null:x img
		create --device-read-bps /dev/null:-1 img
		create --device-read-bps null:1 img
		create --device-read-iops /dev/null:1000 --device-write-iops /dev/null:5 img
		create --device-read-iops /dev/null:1k img
		create --health-cmd 'exit 0' img
		create --health-cmd 'a "b" c' --health-interval 1m30s --health-retries 2 --health-timeout 500ms img
		create --health-start-period 1h img
		create --health-interval 10 img
		create --health-interval 0 img
		create --health-interval 1.5s img
		create --health-interval 100us img
		create --health-interval 100µs img
		create --health-interval 1d img
		create --health-interval -5s img
		create --health-interval '' img
		create --health-interval 1h1m1s1ms img
		create --health-interval .5s img
		create --health-interval 500us img
		create --health-retries -1 img
		create --health-retries x img
		create --health-timeout -1s img
		create --no-healthcheck img
		create --no-healthcheck --health-cmd x img
		create --no-healthcheck=false img
		create --no-healthcheck --health-interval 5s img
		create --ulimit nofile=100:200 --ulimit nproc=50 img
		create --ulimit nofile=200:100 img
		create --ulimit nofile img
		create --ulimit nofile= img
		create --ulimit nonsense=5 img
		create --ulimit core=-1 img
		create --ulimit core=5:-1 img
		create --ulimit core=-1:5 img
		create --ulimit nofile=1:2:3 img
		create --ulimit nofile=x img
		create --ulimit nofile=5 --ulimit nofile=7 img
		update -m 64m a b
		update --cpus 0.5 a
		update --cpu-shares 512 -c 5 a
		update --restart on-failure:2 a
		update --restart always a
		update --restart nonsense a
		update --pids-limit 5 a
		update --pids-limit -1 a
		update --memory-reservation 5m --memory-swap -1 --kernel-memory 5m a
		update --cpu-period 1000 --cpu-quota 2000 --cpuset-cpus 0 --cpuset-mems 0 a
		update --cpu-rt-period 1000 --cpu-rt-runtime 2000 a
		update --blkio-weight 300 a
		update -m x a
		update --name x a
		update -m 64m
	END
}

test_lists_and_files() {
	all_same <<-'END'
		create -e X=1 -e Y=2 img
		create -e X=1 -e X=2 img
		create -e FROM_HERE -e EMPTY img
		create -e UNSET_HERE img
		create -e X= img
		create -e =x img
		create -e '' img
		create -e 'X=a b=c' img
		create --env-file vars img
		create --env-file vars -e A=2 img
		create --env-file vars --env-file vars img
		create -e A=0 --env-file vars img
		create --env-file bom img
		create --env-file bad img
		create --env-file spacy img
		create --env-file nowhere img
		create --env-file /dev/null img
		create -l a=b -l c img
		create --label a=b=c --label a=d img
		create --label 'a b=c d' img
		create --label =x img
		create --label '' img
		create --label-file labels img
		create --label-file labels -l l1=mine img
		create --label-file bad img
		create --label-file nowhere img
		create --label-file spacy img
		create --cap-add NET_ADMIN --cap-add SYS_TIME --cap-drop ALL img
		create --cap-add net_admin img
		create --cap-add CAP_NET_ADMIN img
		create --security-opt no-new-privileges img
		create --security-opt no-new-privileges:true img
		create --security-opt seccomp=unconfined img
		create --security-opt seccomp=seccomp.json img
		create --security-opt seccomp:seccomp.json img
		create --security-opt seccomp=broken.json img
		create --security-opt seccomp=nowhere img
		create --security-opt label=disable --security-opt apparmor=x img
		create --security-opt label:disable img
		create --security-opt systempaths=unconfined img
		create --security-opt systempaths=nonsense img
		create --security-opt nonsense img
		create --security-opt x:y img
		create --log-driver json-file --log-opt max-size=1m --log-opt max-file=2 img
		create --log-driver none img
		create --log-driver none --log-opt a=b img
		create --log-opt a=b img
		create --log-opt a img
		create --storage-opt size=1G img
		create --storage-opt size img
		create --sysctl net.ipv4.ip_forward=1 --sysctl a.b=c img
		create --sysctl net.x img
		create --group-add 5 --group-add x img
		create --dns 9.9.9.9 --dns 1.1.1.1 --dns-search example.org --dns-option ndots:1 --dns-opt use-vc img
		create --dns nonsense img
		create --dns ::1 img
		create --dns-search . img
		create --add-host a:1.2.3.4 --add-host b:::1 img
		create --add-host a:host-gateway img
		create --add-host a img
		create --add-host a:nonsense img
		create --add-host a: img
		create --volumes-from a --volumes-from b:ro img
		create --device /dev/null img
		create --device /dev/null:/dev/x img
		create --device /dev/null:/dev/x:r img
		create --device /dev/null:rw img
		create --device /dev/null:/dev/x:q img
		create --device /dev/null:q img
		create --device /dev/null:/dev/x:r:w img
		create --device nonsense img
		create --device '' img
		create --device-cgroup-rule 'c 1:3 rwm' img
		create --device-cgroup-rule nonsense img
		create --gpus all img
		create --gpus 2 img
		create --gpus '"device=0,1"' img
		create --gpus device=0 img
		create --gpus all,capabilities=utility img
		create --gpus '"capabilities=compute,utility",count=1' img
		create --gpus driver=nvidia,count=2 img
		create --gpus '"options=a=b,c=d",count=all' img
		create --gpus nonsense img
		create --gpus frob=1 img
		create --gpus count=x img
		create --link a:b --link c img
		create --link a:b:c img
		create --link '' img
		create --link a:b --network mynet img
		create --link a:b --network bridge img
		create --link-local-ip 169.254.1.1 --network mynet img
		create --network mynet img
		create --net host img
		create --network none img
		create --network container:x img
		create --network mynet --network-alias a --network-alias b img
		create --network-alias a img
		create --network mynet --net-alias a img
		create --network mynet --ip 10.0.0.5 img
		create --network mynet --ip6 ::5 img
		create --ip 10.0.0.5 img
		create --network name=mynet img
		create --network name=mynet,alias=a,alias=b,ip=10.0.0.7 img
		create --network name=mynet,driver-opt=a=b,ip6=::7 img
		create --network name=mynet,frob=1 img
		create --network alias=x img
		create --network name=mynet --network-alias a img
	END
}

test_ports() {
	all_same <<-'END'
		create -p 80 img
		create -p 8080:80 img
		create -p 8080:80/udp img
		create -p 8080:80/TCP img
		create -p 8080:80/sctp img
		create -p 8080:80/icmp img
		create -p 127.0.0.1:8080:80 img
		create -p 127.0.0.1::80 img
		create -p [::1]:8080:80 img
		create -p [::1]::80 img
		create -p [::]:8080:80/udp img
		create -p ::1:8080:80 img
		create -p 9000-9002:90-92 img
		create -p 9000-9002:90 img
		create -p 90-92 img
		create -p 127.0.0.1:9000-9002:90-92/udp img
		create -p 127.0.0.1::90-92 img
		create -p 9000-9003:90-92 img
		create -p 9002-9000:90-92 img
		create -p 92-90 img
		create -p 0:80 img
		create -p 80:0 img
		create -p :80 img
		create -p 80: img
		create -p '' img
		create -p x img
		create -p 80:x img
		create -p x:80 img
		create -p 70000 img
		create -p 70000:80 img
		create -p 80:70000 img
		create -p 1.2.3:80:80 img
		create -p host:80:80 img
		create -p 1.2.3.4:80:80:80 img
		create -p -80:80 img
		create -p 080:80 img
		create -p 8080:80 -p 8081:80 img
		create -p 8080:80 -p 8080:80 img
		create -p 8080:80/tcp -p 8080:80/udp img
		create -p published=8080,target=80 img
		create -p target=80 img
		create -p published=8080,target=80,protocol=udp,mode=host img
		create -p published=8080,target=80,mode=other img
		create -p published=8080 img
		create -p published=8080-8082,target=80 img
		create -p target=x img
		create -p 8080:80 --expose 80 img
		create --expose 80 img
		create --expose 80/udp --expose 5-7 img
		create --expose 5-7/sctp img
		create --expose 7-5 img
		create --expose 80:80 img
		create --expose x img
		create --expose '' img
		create --expose 70000 img
		create -P img
		create -P --expose 80 img
	END
}

test_volumes() {
	all_same <<-'END'
		create -v /anon img
		create -v /anon/ img
		create -v vol:/data img
		create -v vol:/data:ro img
		create -v vol:/data:ro,nocopy img
		create -v /host:/data img
		create -v /host:/data:rw,z img
		create -v /host:/data:rshared img
		create -v /host:/data:frob img
		create -v ~/x:/data img
		create -v vol:relative img
		create -v relative img
		create -v / img
		create -v /x:/ img
		create -v vol:/ img
		create -v a:/b:ro:c img
		create -v /a:/b -v /c:/d -v vol:/e -v /f img
		create -v /a:/b -v /a:/b img
		create -v '/with space:/data' img
		create -v a_name.with-all:/data img
		create -v a:/b:cached img
		create --volume /a:/b img
		create --tmpfs /run img
		create --tmpfs /run:size=1m,exec --tmpfs /x img
		create --tmpfs /run: img
		create --mount type=bind,src=/tmp,dst=/t,readonly img
		create --mount type=bind,source=/tmp,target=/t,ro=false img
		create --mount type=bind,source=/tmp,destination=/t,bind-propagation=rshared img
		create --mount type=bind,source=/tmp,destination=/t,bind-nonrecursive=true img
		create --mount type=bind,source=/tmp,destination=/t,bind-nonrecursive img
		create --mount type=bind,source=/tmp,destination=/t,consistency=cached img
		create --mount type=volume,source=vol,target=/d,volume-nocopy img
		create --mount type=volume,source=vol,target=/d,volume-nocopy=false img
		create --mount source=vol,target=/d img
		create --mount target=/d img
		create --mount type=volume,src=vol,dst=/d,volume-driver=local,volume-opt=type=nfs,volume-opt=o=addr=1 img
		create --mount type=volume,src=vol,dst=/d,volume-label=a=b,volume-label=c img
		create --mount 'type=volume,src=vol,dst=/d,"volume-opt=o=a,b"' img
		create --mount type=tmpfs,target=/x,tmpfs-size=1m,tmpfs-mode=1770 img
		create --mount type=tmpfs,dst=/x img
		create --mount type=tmpfs,dst=/x,tmpfs-mode=9 img
		create --mount type=tmpfs,dst=/x,tmpfs-size=x img
		create --mount type=tmpfs,dst=/x,source=y img
		create --mount type=bind,dst=/x,tmpfs-size=1m,src=/y img
		create --mount type=bind,dst=/x,src=/y,volume-nocopy img
		create --mount type=volume,dst=/x,src=y,bind-propagation=shared img
		create --mount type=bind,src=/y img
		create --mount type=bind,dst=/x img
		create --mount type=nonsense,src=/y,dst=/x img
		create --mount type=npipe,src=/y,dst=/x img
		create --mount type=bind,src=/y,dst=/x,frob img
		create --mount type=bind,src=/y,dst=/x,frob=1 img
		create --mount type=bind,src=/y,dst=/x,ro=maybe img
		create --mount type=bind,src=y,dst=/x img
		create --mount type=bind,src=/y,dst=x img
		create --mount TYPE=bind,SRC=/y,DST=/x img
		create --mount type=BIND,src=/y,dst=/x img
		create --mount src=a,dst=/x --mount src=b,dst=/y img
		create --mount '' img
		create --mount target img
		create --mount 'type=bind, src=/y,dst=/x' img
		create --mount type=bind,src=/y,dst=/x,readonly=1 img
		create --mount type=bind,src=/y,dst=/x,readonly=0 img
	END
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

# The message of a bad value has the flag and the value in it.
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
}

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
