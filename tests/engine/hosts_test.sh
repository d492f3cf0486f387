#!/bin/bash
# Hosts as they are: on each, a service's whole life, or a message that says what is missing. A case is a name and what is
# done to the host before dr starts, as shell commands in a mount namespace of its own.
. tests/lib.sh

oneTimeSetUp() {
	scratch
	local scripts=$SCRATCH/scripts
	mkdir -p "$scripts"
	# shellcheck disable=SC2016 # for the scripts
	{
		printf '#!/bin/bash\ndocker volume inspect "dr-$1-config" >/dev/null && echo "installed $1"\n' >"$scripts/install"
		printf '#!/bin/bash\necho "gone $1"\n' >"$scripts/destroy"
		printf '#!/bin/sh\necho help\n' >"$scripts/help"
		printf '#!/bin/bash\necho kept >"$3/file"\n' >"$scripts/backup"
		printf '#!/bin/bash\ncat "$3/file"\n' >"$scripts/restore"
		printf '#!/bin/bash\n' >"$scripts/enter"
		printf '#!/bin/bash\nshift 2\necho "said $*" || exit 9\necho noise >&2 || exit 9\nread -r x\nexit 5\n' >"$scripts/say"
		printf '#!/bin/sh\ncommand -v docker | tr "\\n" " "; docker ps -q >/dev/null && echo on the host\n' >"$scripts/where"
	}
	chmod +x "$scripts"/*
	image_with "$scripts" some/life || exit 1
}

# on PREPARE ARGS…: dr on the host, with the shell commands run before.
on() {
	# shellcheck disable=SC2016 # for the inner shell
	HOST_DIR=$HOST_DIR MAIN=$MAIN BIN=$BIN host bash -c 'set -- "$BIN/dr" "$@"; eval "$0" && exec "$@"' "$@"
}

must() { # NAME WANTED PREPARE ARGS…
	run_cmd on "${@:3}"
	assertEquals "$1: dr ${*:4}: $OUT $ERR" "$2" "$RC"
}

# life NAME PREPARE: on a new host.
life() {
	host_new
	must "$1" 0 "$2" configure "$MAIN"
	life_of "$@"
}

life_of() {
	must "$1" 0 "$2" install some/life hello
	must "$1" 5 "$2" hello say a 'b c'
	[ -n "${MUTE:-}" ] || assertEquals "$1" "said a b c" "$OUT"
	must "$1" 0 "$2" backup hello "$HOST_DIR/file"
	assertEquals "$1" kept "$(tar -xzOf "$HOST_DIR/file" dr-backup/service/file)"
	must "$1" 0 "$2" destroy hello
	assertEquals "$1: volumes" "" "$(docker volume ls -q)"
	assertEquals "$1: containers" "" "$(docker ps -aq)"
	assertEquals "$1: files" ".dr dr" "$(ls -A "$MAIN") $(ls -A "$BIN")"
}

test_environment() {
	life "no PATH" 'unset PATH'
	life "an empty environment" 'set -- /usr/bin/env -i DOCKER_HOST="$DOCKER_HOST" "$@"'
	life "no HOME, and an odd language" 'unset HOME; export LC_ALL=tr_TR.ISO-8859-9 LANG=$(printf "\377")'
}

test_streams() {
	local way
	for way in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
		MUTE=
		[[ $way != *'>&-'* || $way = 2* ]] || MUTE=1
		life "streams $way" "exec $way"
		MUTE=
		host_new
		must "$way" 0 "exec $way" configure "$MAIN"
		must "$way" 1 "exec $way" hello say
		must "$way" 1 "exec $way" install some/life ../wrong
		assertEquals "$way: messages in files" "" "$(grep -rlE 'dr: |main folder now' "$MAIN" "$HOST_DIR/etc")"
	done
}

test_files_that_are_not_there() {
	life "no passwd" 'rm -f /etc/passwd /etc/group /etc/shadow /etc/gshadow'
	assertFalse "none is made" "[ -e '$HOST_DIR/etc/passwd' ]"
	life "no CA bundle, no /sys" 'mount -t tmpfs none /sys && mkdir -p /etc/ssl && mount -t tmpfs none /etc/ssl && mount -t tmpfs none /usr/share/ca-certificates'
	life "no /dev/shm" 'mount -t tmpfs none /dev && for f in null zero urandom tty; do touch /dev/$f; done'
	life "no /dev" 'mount -t tmpfs none /dev'
	# What dr says has nowhere to go: least of all into a file.
	must "no /dev, no streams" 1 'mount -t tmpfs none /dev && exec <&- >&- 2>&-' configure "$HOST_DIR/other"
	must "no /dev, no streams" 1 'mount -t tmpfs none /dev && exec <&- >&- 2>&-' install some/life ../wrong
	assertEquals "messages in files" "" "$(grep -rlE 'dr: |main folder now' "$HOST_DIR/other" "$HOST_DIR/etc")"
	life "no /tmp" 'cd / && mount -t tmpfs -o ro none /tmp'
}

test_no_proc() {
	local hide='mount -t tmpfs none /proc' volume
	life "no /proc" "$hide"
	must "no /proc" 0 "$hide" install some/life hello
	volume=$(docker volume inspect -f '{{.Mountpoint}}' dr-hello-config)
	echo text >"$volume/file"
	setfattr -n user.note -v kept "$volume/file"
	must "no /proc" 0 "$hide" backup hello "$HOST_DIR/with"
	must "no /proc" 0 "$hide" destroy hello
	must "no /proc" 0 "$hide" restore hello "$HOST_DIR/with"
	volume=$(docker volume inspect -f '{{.Mountpoint}}' dr-hello-config)
	assertEquals kept "$(getfattr --only-values --absolute-names -n user.note "$volume/file")"
	must "no /proc" 0 "$hide" doctor
	must "no /proc" 0 "$hide" destroy hello
	# By a name that PATH does not know, dr cannot find itself.
	must "no /proc" 1 "$hide; exec -a elsewhere \"\$@\"" list
	assertContains "$ERR" "/proc is not there"
}

test_read_only_etc() {
	local etc='mount -o remount,bind,ro /etc'
	host_new
	must "read-only /etc" 1 "$etc" configure "$MAIN"
	assertContains "$ERR" "Read-only file system"
	must "before" 0 : configure "$MAIN"
	life_of "read-only /etc" "$etc"
	must "read-only /etc" 0 "$etc" install some/life hello
	assertContains "$ERR" "going on without the names druser and drgroup"
	must "read-only /etc" 0 "$etc" doctor
	must "read-only /etc" 0 "$etc" destroy hello
}

test_doctor_of_an_engine() {
	local version api sock=${DOCKER_HOST#unix://}
	host_new
	version=$(docker version -f '{{.Server.Version}}') api=$(docker version -f '{{.Server.APIVersion}}')
	must doctor 0 : configure "$MAIN"
	must doctor 0 : doctor
	assertContains "$(tr -s ' \n' ' ' <<<"$OUT")" "(it offers $api), at $DOCKER_HOST, from DOCKER_HOST"
	assertContains "$(tr -s ' \n' ' ' <<<"$OUT")" "ok engine Docker $version, API 1."
	assertNotContains "$OUT" leftovers
	must "the usual place" 0 'mkdir -p /etc/run; mount --bind /etc/run /var/run; ln -s "${DOCKER_HOST#unix://}" /var/run/docker.sock; unset DOCKER_HOST' doctor
	assertContains "$(tr -s ' \n' ' ' <<<"$OUT")" "at unix:///var/run/docker.sock"
	docker create --network none --label dr.scratch=hello some/life true >/dev/null
	must leftovers 0 : doctor
	assertContains "$(tr -s ' \n' ' ' <<<"$OUT")" "note leftovers 1 scratch container, of a dr that runs or was killed; dr clean removes old ones"
	docker rm -fv "$(docker ps -aq)" >/dev/null
	chmod 755 "$SCRATCH" "$HOST_DIR"
	must "not root" 1 'set -- setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/ "$@"' doctor
	assertContains "$(tr -s ' \n' ' ' <<<"$OUT")" "problem engine no permission to use the engine at unix://$sock (DOCKER_HOST): run dr as root, or as a member of the socket's group"
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$HOST_DIR/dead"
	must "not running" 1 "export DOCKER_HOST=unix://$HOST_DIR/dead" doctor
	assertContains "$(tr -s ' \n' ' ' <<<"$OUT")" "nothing listens on that socket; start the engine"
}

# Flatcar: dr stands in /opt/bin, or somewhere else.
test_read_only_usr() {
	local usr='mount --bind "$HOST_DIR/opt" /opt && mount --bind /usr /usr && mount -o remount,bind,ro /usr &&
		PATH=/opt/bin:/usr/bin:/bin'
	host_new
	mkdir -p "$HOST_DIR/opt/bin"
	cp "$BIN/dr" "$HOST_DIR/opt/bin/dr"
	must "read-only /usr" 0 "$usr; set -- /opt/bin/dr \"\${@:2}\"" configure /opt/dr
	must "read-only /usr" 0 "$usr; set -- dr \"\${@:2}\"" install some/life hello
	must "read-only /usr" 5 "$usr; set -- hello \"\${@:2}\"" say
	must "read-only /usr" 0 "$usr; set -- dr \"\${@:2}\"" doctor
	assertContains "$OUT" "/opt/bin, on PATH"
	assertEquals /opt/bin/dr "$(readlink "$HOST_DIR/opt/bin/hello")"
	must "read-only /usr" 0 "$usr; set -- dr \"\${@:2}\"" backup hello "$HOST_DIR/file"
	must "read-only /usr" 0 "$usr; set -- dr \"\${@:2}\"" destroy hello
	assertEquals "dr" "$(ls "$HOST_DIR/opt/bin")"
	# Not on PATH itself, dr takes the folder that it can write.
	rm "$HOST_DIR/opt/bin/dr"
	must "elsewhere" 0 "$usr" install some/life hello
	assertEquals "$BIN/dr" "$(readlink "$HOST_DIR/opt/bin/hello")"
	must "elsewhere" 0 "$usr; PATH=/usr/bin:/bin" doctor
	assertContains "$OUT" "/opt/bin is not on PATH"
	must "elsewhere" 0 "$usr" destroy hello
}

# Alpine, and smaller: busybox is all that there is.
test_busybox_only() {
	local root=$SCRATCH/alpine sock=${DOCKER_HOST#unix://} in
	rootfs "$root"
	rm -r "$root/bin/bash" "$root/tmp"
	sed -i /22022/d "$root/etc/passwd" "$root/etc/group"
	in='root='$root' sock='${sock%/*}' && mkdir -p "$root"{/proc,/dev,$HOST_DIR,$sock} &&
		mount --bind "$HOST_DIR" "$root$HOST_DIR" && mount --bind "$sock" "$root$sock" && mount --bind /etc "$root/etc" &&
		mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && PATH=$BIN:/bin &&
		set -- /usr/sbin/chroot "$root" "$@"'
	life "busybox only" "$in"
	must "busybox only" 0 "$in" install some/life hello
	must "busybox only" 0 "$in" hello where
	assertEquals "a script for sh runs on the host" "$MAIN/.dr/path/docker on the host" "$OUT"
	must "busybox only" 0 "$in" doctor
	assertContains "$OUT" "the host has no bash"
	must "busybox only" 0 "$in" destroy hello
}

test_limits() {
	life "few files, in containers" 'ulimit -n 20; export DR_SCRIPTS=container'
	life "little memory" 'ulimit -v 65536; set -- env DR_DOCKER=internal "$@"'
	life "few files, SIGPIPE ignored" 'ulimit -n 20; trap "" PIPE'
	life "SIGCHLD ignored" 'set -- env --ignore-signal=CHLD "$@"'
	life "all signals blocked" 'set -- env --block-signal "$@"'
}

# The main folder on a disk of its own, which fills up: "full" leaves no byte, "room" takes that back.
test_nearly_full_disk() {
	host_new
	cat >"$SCRATCH/disk" <<-'END'
		full() { cat /dev/zero >"$MAIN/filler" 2>/dev/null; }
		room() { rm "$MAIN/filler"; }
		say() { "$BIN/dr" "${@:2}" >"$HOST_DIR/out" 2>&1; rc=$?; [ $rc = "$1" ] || echo "dr ${*:2}: $rc: $(cat "$HOST_DIR/out")"; }
		see() { grep -q "$1" "$HOST_DIR/out" || echo "no '$1' in: $(cat "$HOST_DIR/out")"; }
		mkdir -p "$MAIN" && mount -t tmpfs -o size=160k,mode=755 none "$MAIN" || echo no tmpfs
		full
		say 1 configure "$MAIN"
		see "No space left on device"
		room
		say 0 configure "$MAIN"
		full
		say 1 doctor
		see "problem.*0 MiB free; make room"
		say 1 install some/life hello
		see "No space left on device"
		[ -z "$(docker volume ls -q)$(docker ps -aq)" ] && [ "$(ls "$BIN" "$MAIN" | tr '\n' ' ')" = "$BIN: dr  $MAIN: filler " ] || { ls "$BIN" "$MAIN"; docker volume ls; }
		room
		say 0 install some/life hello
		full
		say 0 list
		say 5 hello say
		say 1 backup hello "$HOST_DIR/full"
		see "No space left on device"
		say 1 destroy hello
		see "No space left on device"
		[ -e "$BIN/hello" ] && [ -n "$(docker volume ls -q)" ] || echo half done
		room
		say 0 destroy hello
		[ -z "$(docker volume ls -q)$(docker ps -aq)" ] && [ ! -e "$BIN/hello" ] && [ ! -e "$MAIN/hello" ] || echo left
	END
	run_cmd on 'set -- bash "$2"' "$SCRATCH/disk"
	assertEquals "" "$OUT$ERR"
}

test_umask() {
	life "umask 077" 'umask 077'
	must "umask 077" 0 'umask 077' install some/life hello
	assertEquals "others may read" "" "$(find "$MAIN" "$HOST_DIR/etc/dr" -path '*/lock' -prune -o -path '*/work' -prune -o ! -perm -004 -print)"
	must "umask 077" 0 : destroy hello
	life "umask 0" 'umask 0'
	must "umask 0" 0 'umask 0' install some/life hello
	must "umask 0" 0 'umask 0' backup hello "$HOST_DIR/mine"
	assertEquals "others may not write" "" "$(find "$MAIN" "$HOST_DIR/etc/dr" "$HOST_DIR/mine" ! -type l -perm /022)"
	must "umask 0" 0 : destroy hello
}

test_working_directory() {
	local gone='mkdir "$HOST_DIR/gone" && cd "$HOST_DIR/gone" && rmdir "$HOST_DIR/gone"' way
	life "a deleted folder" "$gone"
	life "a deleted folder, in containers" "$gone; export DR_SCRIPTS=container"
	must "a deleted folder" 0 "$gone" install some/life hello
	must "a deleted folder" 1 "$gone" backup hello file
	must "a deleted folder" 0 "$gone" destroy hello
	must "a folder that cannot be read" 0 : install some/life hello
	mkdir -m 700 "$SCRATCH/theirs"
	chown 1000 "$SCRATCH/theirs"
	for way in host container; do
		must "a folder that cannot be read, $way" 5 "export DR_SCRIPTS=$way; cd '$SCRATCH/theirs' &&
			set -- setpriv --bounding-set -dac_override,-dac_read_search \"\$@\"" hello say
	done
	must "a folder that cannot be read" 0 : destroy hello
	host_new
	must "a relative folder" 1 'cd "$HOST_DIR"' configure opt/dr
	assertContains "$ERR" "must be an absolute path, not 'opt/dr'"
}

. shunit2
