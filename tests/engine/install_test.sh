#!/bin/bash
# dr install on the private engine: what it makes, what it refuses, and that a refusal leaves the host as it was.
. tests/lib.sh

IMAGE=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	host_new
	host dr configure "$MAIN" || exit 1
	# The first install adds druser and drgroup, which stay.
	host dr install $IMAGE first >/dev/null && host dr destroy first || exit 1
	SCRIPTS=$SCRATCH/scripts
}

# Everything that dr could leave behind, as text.
state() {
	(cd "$HOST_DIR" && find . -path ./home -prune -o ! -name version ! -path '*/.dr/lock*' -printf '%p %M %U:%G %l\n' | sort)
	docker ps -aq --no-trunc
	docker volume ls -q
}

# new_image NAME EDIT…: an image with helloworld's scripts after the shell command EDIT, run in their folder.
new_image() {
	local name=$1
	rm -rf "$SCRIPTS"
	cp -a tests/images/helloworld "$SCRIPTS"
	(cd "$SCRIPTS" && eval "$2")
	image_with "$SCRIPTS" "$name" "${@:3}"
}

# refused WORDS IMAGE: installing IMAGE fails with a message that has these words, and changes nothing.
refused() {
	local before
	before=$(state)
	run_cmd host dr install "$2" svc
	assertEquals "$2: $OUT $ERR" 1 "$RC"
	assertContains "$2: $ERR" "$1"
	assertEquals "$2 left something" "$before" "$(state)"
}

test_install_and_again() {
	before=$(state)
	run_cmd host dr install $IMAGE hello
	assertEquals "$ERR" 0 "$RC"
	assertEquals "$IMAGE" "$(cat "$MAIN/hello/config/imagename.txt")"
	assertEquals hello "$(cat "$MAIN/hello/config/servicename.txt")"
	assertEquals "$(readlink "$BIN/hello")" "$BIN/dr"
	assertTrue "the scripts belong to root, and only root writes them" \
		"[ -z \"\$(find '$MAIN/hello/bin' ! -uid 0 -o -perm /022 ! -type l)\" ]"
	assertEquals dr-hello-config "$(docker volume ls -q --filter name=dr-hello-config)"
	assertContains "$(host getent passwd druser)" "druser:x:22022:22022:"
	assertContains "$(host getent group drgroup)" "drgroup:x:22022:"
	run_cmd host hello run
	assertEquals "0 Hello, world!" "$RC $OUT"
	run_cmd host dr install $IMAGE hello
	assertEquals "the same again: $ERR" 3 "$RC"
	run_cmd host dr install $IMAGE:latest hello
	assertEquals "the same by its whole name: $ERR" 3 "$RC"
	docker tag $IMAGE other/image
	run_cmd host dr install other/image hello
	assertEquals "$ERR" 1 "$RC"
	assertContains "$ERR" "$IMAGE"
	run_cmd host dr destroy hello
	assertEquals "$ERR" 0 "$RC"
	docker rmi other/image >/dev/null
	assertEquals "all gone" "$before" "$(state)"
}

test_missing_scripts_are_named_at_once() {
	new_image bad/scripts 'rm backup enter destroy'
	refused backup bad/scripts
	for name in backup enter destroy; do
		assertContains "$ERR" "$name"
	done
	new_image bad/all 'rm backup' 'USER root'
	run_cmd host dr install bad/all svc
	assertContains "scripts and user in one answer" "$ERR" backup
	assertContains "$ERR" 22022
}

test_users() {
	for user in root 0 nobody 1000 22023 22022x ''; do
		new_image "bad/user-${user:-none}" true "USER ${user:-0:22022}"
		refused "its user" "bad/user-${user:-none}"
	done
	for user in 22022 22022:22022 druser:drgroup; do
		new_image good/user true "USER $user"
		run_cmd host dr install good/user svc
		assertEquals "$user: $ERR" 0 "$RC"
		run_cmd host dr destroy svc
		assertEquals "$user: $ERR" 0 "$RC"
	done
}

test_no_config_volume() {
	root=$SCRATCH/novolume
	rootfs "$root"
	cp tests/images/helloworld/* "$root/dr/"
	image_from "$root" bad/volume 'USER druser'
	refused /config bad/volume
}

# In /dr of the image.
test_hostile_folders() {
	new_image bad/symlink 'ln -s ../../etc/passwd leak; rm help; ln -s /etc/passwd help'
	refused help bad/symlink
	new_image bad/device 'rm help; mknod help c 1 3'
	refused help bad/device
	rootfs "$SCRATCH/setuid"
	cp tests/images/helloworld/* "$SCRATCH/setuid/dr/"
	chmod 4755 "$SCRATCH/setuid/dr/help"
	image_from "$SCRATCH/setuid" bad/setuid 'USER druser' 'VOLUME /config'
	refused set-uid bad/setuid
	new_image bad/long 'd=$(printf "d%.0s" {1..200}); mkdir "$d"; touch "$d/$d"'
	refused "255" bad/long
	new_image bad/many 'mkdir many; cd many; seq 10000 | xargs touch'
	refused "10000" bad/many
}

test_dr_is_a_symlink() {
	root=$SCRATCH/linked
	rootfs "$root"
	mkdir -p "$root/opt/scripts"
	cp tests/images/helloworld/* "$root/opt/scripts"
	rmdir "$root/dr"
	ln -s opt/scripts "$root/dr"
	image_from "$root" good/linked 'USER druser' 'VOLUME /config' 'ENV PATH=/bin'
	run_cmd host dr install good/linked svc
	assertEquals "$ERR" 0 "$RC"
	run_cmd host svc run
	assertEquals "Hello, world!" "$OUT"
	run_cmd host dr destroy svc
	rm "$root/dr"
	ln -s nowhere "$root/dr"
	image_from "$root" bad/dangling 'USER druser' 'VOLUME /config'
	refused /dr bad/dangling
}

test_no_such_image() {
	refused "nobody/nothing" nobody/nothing:1.0
	refused "image" 'UPPER/case'
	refused "image" 'a b'
	refused "image" ''
}

test_install_scripts_that_fail() {
	new_image bad/fails 'printf "#!/bin/bash\necho no way >&2; exit 7\n" >install'
	refused "install" bad/fails
	assertContains "its own words" "$ERR" "no way"
	assertContains "$ERR" 7
	new_image bad/killed 'printf "#!/bin/bash\nkill -9 \$\$\n" >install'
	refused "killed" bad/killed
	new_image bad/leaves 'printf "#!/bin/bash\ndocker run -d --name left-\$1 --network none -v dr-\$1-config:/config \$2 sleep 1000 >/dev/null; exit 1\n" >install'
	refused "install" bad/leaves
	new_image bad/crlf 'sed -i "s/\$/\r/" install'
	refused 'CR LF' bad/crlf
	new_image good/noexec 'chmod 644 *'
	run_cmd host dr install good/noexec svc
	assertEquals "$ERR" 0 "$RC"
	run_cmd host svc run
	assertEquals "Hello, world!" "$OUT"
	run_cmd host dr destroy svc
	assertEquals "$ERR" 0 "$RC"
}

test_names_that_are_taken() {
	touch "$BIN/svc"
	refused "$BIN/svc" $IMAGE
	assertTrue "not dr's to remove" "[ -f '$BIN/svc' ]"
	rm "$BIN/svc"
	before=$(state)
	for name in ls sh tar dr docker-http install list; do
		run_cmd host dr install $IMAGE $name
		assertEquals "$name: $ERR" 1 "$RC"
		assertContains "$ERR" "$name"
	done
	assertEquals "$before" "$(state)"
}

test_interrupted() {
	new_image bad/slow 'printf "#!/bin/bash\necho \$PPID >%s/running; exec sleep 300\n" '"$SCRATCH"' >install'
	for signal in INT TERM; do
		rm -f "$SCRATCH/running"
		before=$(state)
		host setsid dr install bad/slow svc 2>"$SCRATCH/err" &
		pid=$!
		for _ in $(seq 1200); do [ -s "$SCRATCH/running" ] && break; sleep 0.05; done
		assertTrue "the script runs" "[ -s '$SCRATCH/running' ]"
		kill -$signal "$(cat "$SCRATCH/running")"
		wait $pid
		rc=$?
		assertEquals "$signal: $(cat "$SCRATCH/err")" "$([ $signal = INT ] && echo 130 || echo 143)" $rc
		assertEquals "$signal left something" "$before" "$(state)"
	done
}

test_the_host_is_not_ready() {
	old_main=$MAIN old_bin=$BIN old_host=$HOST_DIR
	host_new
	run_cmd host dr install $IMAGE svc
	assertEquals 1 "$RC"
	assertContains "$ERR" "dr configure"
	host dr configure "$MAIN"
	echo 'intruder:x:22022:22022::/:/bin/sh' >>"$HOST_DIR/etc/passwd"
	refused "intruder" $IMAGE
	sed -i /intruder/d "$HOST_DIR/etc/passwd"
	echo 'druser:x:4711:4711::/:/bin/sh' >>"$HOST_DIR/etc/passwd"
	refused "4711" $IMAGE
	sed -i /druser/d "$HOST_DIR/etc/passwd"
	mv "$MAIN" "$MAIN.away"
	run_cmd host dr install $IMAGE svc
	assertEquals "the main folder is gone: $ERR" 1 "$RC"
	assertContains "$ERR" "$MAIN"
	mv "$MAIN.away" "$MAIN"
	run_cmd host bash -c "mount --bind '$MAIN' '$MAIN' && mount -o remount,bind,ro '$MAIN' && exec dr install $IMAGE svc"
	assertEquals "read-only: $ERR" 1 "$RC"
	assertContains "$ERR" "Read-only file system"
	before=$(state)
	run_cmd host bash -c "mkdir '$HOST_DIR/small' && mount -t tmpfs -o size=16k,mode=755 none '$HOST_DIR/small' && cp -a '$MAIN/.dr' '$HOST_DIR/small/' &&
		mount --bind '$HOST_DIR/small' '$MAIN' && dr install $IMAGE svc; rc=\$?; ls '$MAIN'; exit \$rc"
	assertEquals "full: $ERR" 1 "$RC"
	assertContains "$ERR" "No space left on device"
	assertEquals "nothing in it" "" "$OUT"
	rmdir "$HOST_DIR/small"
	assertEquals "$before" "$(state)"
	rm -rf "$HOST_DIR"
	MAIN=$old_main BIN=$old_bin HOST_DIR=$old_host
}

. shunit2
