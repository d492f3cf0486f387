# shellcheck shell=bash
# lib.sh: what every suite stands on. Source it first, from the top of the tree; end the suite with `. shunit2`.
#
# Nothing here touches the machine's own engine, users or files: an engine is private (its sockets and data beneath
# $TEST_TOP), and `host CMD…` runs CMD in a mount namespace whose /etc is a private copy.
#
#   DR                     the binary under test
#   scratch                makes $SCRATCH, a fresh folder, removed when the suite ends
#   engine_start           starts the suites' private engine unless it runs, and sets DOCKER_HOST. Its dockerd is the first on
#                          PATH: a script of that name, which enters another release's root with chroot, tries that engine
#   engine_images          makes the images of tests/images on it
#   host_new / host CMD…   a private host: its own /etc and launcher folder $BIN first on PATH
#   run_cmd CMD…           runs CMD; stdout in $OUT, stderr in $ERR, exit status in $RC
#   with_terminal PASSPHRASE TIMES CMD…   answers who asks on a terminal

TOP=$(pwd)
DR=$TOP/build/dr
# What tests make lies where every user may come, and paths of sockets stay short, wherever the tree is: one folder for
# the tree, in it one for each lane of tests/run.
TEST_HOME=/var/tmp/dr-test-$(printf '%s' "$TOP" | cksum | cut -d ' ' -f 1)
TEST_TOP=$TEST_HOME/${LANE:-0}
mkdir -p "$TEST_TOP"
[ -O "$TEST_HOME" ] || { echo "tests: $TEST_HOME is another user's" >&2; exit 1; }
# What is downloaded once.
TEST_CACHE=$TOP/build/test
mkdir -p "$TEST_CACHE"
export LC_ALL=C TZ=UTC TERM=xterm
unset DOCKER_HOST DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH NO_COLOR PASS XDG_CONFIG_HOME XDG_RUNTIME_DIR
unset DR_DOCKER DR_SCRIPTS SSL_CERT_FILE SSL_CERT_DIR DOCKER_CONFIG DOCKER_TLS DOCKER_API_VERSION
unset S3_TIMEOUT "${!AWS_@}"
export SHUNIT_COLOR=none

scratch() {
	[ -n "${SCRATCH:-}" ] || SCRATCH=$(mktemp -d "$TEST_TOP/scratch.XXXXXX")
}

# shellcheck disable=SC2034 # for the suites
run_cmd() {
	local out err
	scratch
	out=$SCRATCH/.out err=$SCRATCH/.err
	"$@" >"$out" 2>"$err"
	RC=$?
	OUT=$(cat "$out")
	ERR=$(cat "$err")
}

# with_terminal PASSPHRASE TIMES CMD…: CMD with a terminal of its own, on which it is told the passphrase each time it asks.
with_terminal() { # PASSPHRASE TIMES CMD…
	local pass=$1 times=$2
	shift 2
	expect -c 'set timeout 60' -c "log_user 0" -c "spawn -noecho $*" \
		-c "for {set i 0} {\$i < $times} {incr i} { expect \"assphrase\"; expect \": \"; send -- \"$pass\\r\" }" \
		-c 'expect eof' -c 'exit [lindex [wait] 3]'
}

# --- private engines

ENGINE=$TEST_TOP/engine
# tests/run starts it before the first suite in tests/engine.
[ ! -S "$ENGINE/sock" ] || export DOCKER_HOST=unix://$ENGINE/sock

# engine_up DIR [FLAG…]: starts a dockerd of its own in DIR, and waits for it.
engine_up() {
	local dir=$1 i id
	mkdir -p "$dir"
	echo '{}' >"$dir/none.json"
	id=$(printf '%s' "$dir" | cksum | cut -d ' ' -f 1)
	# --bridge=none: no network of the machine is touched. Containers run with --network none or host.
	dockerd --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/pid" -H "unix://$dir/sock" \
		--config-file "$dir/none.json" --bridge=none --iptables=false --ip6tables=false \
		--containerd-namespace "dr-$id" --containerd-plugins-namespace "dr-plugins-$id" "${@:2}" \
		>"$dir/log" 2>&1 </dev/null &
	for ((i = 0; i < 600; i++)); do
		if [ -S "$dir/sock" ] && curl -sf --max-time 5 --unix-socket "$dir/sock" http://d/_ping >/dev/null; then
			return 0
		fi
		sleep 0.1
	done
	echo "the private engine does not start:" >&2
	tail -n 20 "$dir/log" >&2
	return 1
}

# engine_down DIR: stops it by its pid, waits, and removes its data.
engine_down() {
	local dir=$1 pid i
	[ -d "$dir" ] || return 0
	pid=$(cat "$dir/pid" 2>/dev/null)
	if [ -n "$pid" ] && kill "$pid" 2>/dev/null; then
		for ((i = 0; i < 300; i++)); do
			kill -0 "$pid" 2>/dev/null || break
			sleep 0.1
		done
	fi
	grep -o "$dir/[^ ]*" /proc/self/mounts | sort -r | while read -r mount; do
		umount -l "$mount" 2>/dev/null
	done
	rm -rf "$dir"
}

engine_start() {
	export DOCKER_HOST=unix://$ENGINE/sock
	[ -S "$ENGINE/sock" ] && curl -sf --max-time 5 --unix-socket "$ENGINE/sock" http://d/_ping >/dev/null && return 0
	engine_down "$ENGINE"
	engine_up "$ENGINE"
}

# engine_empty: takes everything off the private engine, so that a suite finds it as new.
engine_empty() {
	docker ps -aq | xargs -r docker rm -fv
	docker volume ls -q | xargs -r docker volume rm -f
	docker system prune -af
	[ -z "$(docker ps -aq && docker volume ls -q && docker images -aq)" ] && return 0
	engine_down "$ENGINE"
	engine_start
}

# --- images

# rootfs DIR: a root file system of static programs: busybox's applets, and bash.
rootfs() {
	local dir=$1 name
	mkdir -p "$dir"/{bin,etc,config,dr,tmp,root}
	cp /bin/busybox "$dir/bin/busybox"
	cp /bin/bash-static "$dir/bin/bash"
	for name in $(/bin/busybox --list); do
		case $name in bash | busybox) ;; *) ln -sf busybox "$dir/bin/$name" ;; esac
	done
	printf 'root:x:0:0:root:/root:/bin/sh\ndruser:x:22022:22022::/config:/bin/sh\n' >"$dir/etc/passwd"
	printf 'root:x:0:\ndrgroup:x:22022:\n' >"$dir/etc/group"
	chmod 1777 "$dir/tmp"
	chown 22022:22022 "$dir/config"
}

# image_from DIR NAME [CHANGE…]: imports the folder as an image; changes are Dockerfile instructions.
image_from() {
	local dir=$1 name=$2 query="" change
	shift 2
	for change in "$@"; do
		query="$query&changes=$(printf '%s' "$change" | jq -sRr @uri)"
	done
	tar -C "$dir" --numeric-owner -c . | curl -sS --fail --unix-socket "${DOCKER_HOST#unix://}" -X POST \
		-H 'Content-Type: application/x-tar' -T - \
		"http://d/images/create?fromSrc=-&repo=${name%":$(tag_of "$name")"}&tag=$(tag_of "$name")$query" >"$TEST_TOP/import.log" &&
		! grep -q '"error"' "$TEST_TOP/import.log"
}

tag_of() {
	case ${1##*/} in *:*) printf '%s' "${1##*:}" ;; *) printf latest ;; esac
}

# image_with DIR-OF-SCRIPTS NAME [CHANGE…]: a compatible image with those scripts in /dr.
image_with() {
	local scripts=$1 name=$2 root tool
	shift 2
	root=$(mktemp -d "$TEST_TOP/rootfs.XXXXXX")
	chmod 755 "$root"
	rootfs "$root"
	cp -a "$scripts"/. "$root/dr/"
	rm -f "$root/dr/README.md"
	# An image's own tools, and dr as its age, s3 and so on.
	if [ -d "$root/dr/bin" ]; then
		mv "$root"/dr/bin/* "$root/bin/"
		rmdir "$root/dr/bin"
		cp "$DR" "$root/bin/dr"
		mkdir -p "$root/etc/ssl/certs"
		cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
		for tool in age s3; do ln -sf dr "$root/bin/$tool"; done
	fi
	chown -R 0:0 "$root/dr"
	image_from "$root" "$name" 'USER druser' 'VOLUME /config' 'ENV PATH=/bin' 'CMD ["/bin/bash"]' "$@"
	local rc=$?
	rm -rf "$root"
	return $rc
}

# The images of tests/images on the engine at DOCKER_HOST, unless they are there.
engine_images() {
	engine_has j842/dr-helloworld || image_with tests/images/helloworld j842/dr-helloworld || return 1
	engine_has j842/simplesecrets || image_with tests/images/simplesecrets j842/simplesecrets
}

engine_has() {
	curl -sf --unix-socket "${DOCKER_HOST#unix://}" "http://d/images/$1/json" >/dev/null
}

# --- data of a service

# fill_volume DIR: one of everything that a backup must keep.
fill_volume() {
	local dir=$1
	mkdir -p "$dir/sub/deep" "$dir/empty"
	echo "some text" >"$dir/text"
	ln "$dir/text" "$dir/sub/same"
	ln -s ../text "$dir/sub/link"
	ln -s /etc/passwd "$dir/outside"
	mkfifo "$dir/fifo"
	truncate -s 20M "$dir/sparse"
	printf x | dd of="$dir/sparse" bs=1 seek=10000000 conv=notrunc status=none
	head -c 300000 /dev/urandom >"$dir/sub/deep/noise"
	: >"$dir/nothing"
	printf 'odd' >"$dir/odd"$'\n'"name\\"
	setfattr -n user.note -v "kept" "$dir/text"
	setfacl -m u:1234:r "$dir/nothing"
	chown -R 22022:22022 "$dir"
	chown 1000:2000 "$dir/sub/link" -h
	chmod 4751 "$dir/sub/deep/noise"
	touch -d '2001-02-03 04:05:06.123456789' "$dir/empty"
	chmod 0710 "$dir"
}

# picture DIR: all that must be kept, as text.
picture() {
	[ -n "$1" ] && (cd "$1" && find . \( -type d -printf '%P %y %m %U %G %T@ %n\n' \) -o -printf '%P %y %m %U %G %T@ %n %l %s\n' | sort && find . -type f -print0 | sort -z | xargs -0 sha256sum &&
		getfattr -R -h -d -m - . && find . -type f -printf '%P %b\n' | awk '$NF > 2000' && find . -samefile text | sort)
}

# --- object storage

# s3_start: s3rver, an S3 server of others', on loopback: its URL in $S3_URL, its pid in $S3RVER, one bucket named bucket,
# the key S3RVER with the secret S3RVER.
s3_start() {
	local home=$TEST_CACHE/s3rver i port=
	scratch
	# Lanes that come at once wait for the first.
	# shellcheck disable=SC2016 # expanded by the inner shell
	if ! flock "$TEST_CACHE/npm.lock" sh -c '[ -e "$1/done" ] ||
		{ npm install --silent --no-audit --no-fund --prefix "$1" s3rver@3.7.1 && touch "$1/done"; }' npm "$home" \
		>"$SCRATCH/npm.log" 2>&1; then
		cat "$SCRATCH/npm.log" >&2
		exit 1
	fi
	node "$home/node_modules/.bin/s3rver" -d "$SCRATCH/s3data" -a 127.0.0.1 -p 0 --configure-bucket bucket \
		>"$SCRATCH/s3rver.log" 2>&1 </dev/null &
	# shellcheck disable=SC2034 # for the suites
	S3RVER=$!
	for ((i = 0; i < 600; i++)); do
		port=$(grep -aoE 'listening on 127\.0\.0\.1:[0-9]+' "$SCRATCH/s3rver.log" | grep -oE '[0-9]+$')
		[ -z "$port" ] || break
		sleep 0.1
	done
	[ -n "$port" ] || { cat "$SCRATCH/s3rver.log" >&2; exit 1; }
	# shellcheck disable=SC2034
	S3_URL=http://127.0.0.1:$port
}

# s3_tls_start: stunnel in front of s3_start's server, with a certificate of a private authority: its URL in $S3_TLS_URL,
# the authority's certificate in $S3_CA, stunnel's pid in $S3_TLS.
s3_tls_start() {
	local dir=$SCRATCH/tls i
	S3_CA=$dir/ca.pem
	mkdir -p "$dir"
	printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\n' >"$dir/ext"
	if ! { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj '/CN=tests' \
		-keyout "$dir/ca.key" -out "$S3_CA" &&
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=s3 -keyout "$dir/key.pem" -out "$dir/csr.pem" &&
		openssl x509 -req -in "$dir/csr.pem" -CA "$S3_CA" -CAkey "$dir/ca.key" -CAcreateserial -days 30 -extfile "$dir/ext" \
			-out "$dir/cert.pem"; } 2>"$dir/log"; then
		cat "$dir/log" >&2
		exit 1
	fi
	printf '%s\n' 'foreground = yes' 'pid =' 'syslog = no' '[s3]' 'accept = 127.0.0.1:0' "connect = ${S3_URL#http://}" \
		"cert = $dir/cert.pem" "key = $dir/key.pem" >"$dir/stunnel.conf"
	# The socket is bound before stunnel starts, and handed on as systemd does it: the kernel chooses the port.
	python3 - "$dir" >"$dir/log" 2>&1 <<-'END' &
		import os, socket, sys
		s = socket.socket()
		s.bind(("127.0.0.1", 0))
		s.listen(64)
		port = s.getsockname()[1]
		fd = s.detach()
		if fd != 3:
		    os.dup2(fd, 3)
		os.set_inheritable(3, True)
		with open(sys.argv[1] + "/port.new", "w") as f:
		    f.write(str(port))
		os.rename(sys.argv[1] + "/port.new", sys.argv[1] + "/port")
		os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
		os.execvp("stunnel", ["stunnel", sys.argv[1] + "/stunnel.conf"])
	END
	# shellcheck disable=SC2034 # for the suites
	S3_TLS=$!
	for ((i = 0; i < 300; i++)); do
		[ -e "$dir/port" ] && break
		sleep 0.1
	done
	[ -e "$dir/port" ] || { cat "$dir/log" >&2; exit 1; }
	# shellcheck disable=SC2034
	S3_TLS_URL=https://127.0.0.1:$(cat "$dir/port")
}

# --- private hosts

# host_new: a fresh host: $HOST_DIR/etc is its /etc, $BIN its launcher folder (first on PATH), $MAIN its main folder's
# place. Every `host` command sees them; nothing outside changes.
host_new() {
	scratch
	HOST_DIR=$(mktemp -d "$SCRATCH/host.XXXXXX")
	BIN=$HOST_DIR/bin
	# shellcheck disable=SC2034 # for the suites
	MAIN=$HOST_DIR/opt/dr
	mkdir -p "$HOST_DIR/etc" "$BIN" "$HOST_DIR/opt" "$HOST_DIR/home"
	local f
	for f in passwd group shadow gshadow; do
		sed '/^dr\(user\|group\):/d; /:22022:/d' "/etc/$f" >"$HOST_DIR/etc/$f"
		chmod --reference="/etc/$f" "$HOST_DIR/etc/$f"
	done
	for f in hosts nsswitch.conf resolv.conf hostname localtime; do
		[ ! -e "/etc/$f" ] || cp -L "/etc/$f" "$HOST_DIR/etc/$f"
	done
	ln "$DR" "$BIN/dr" 2>/dev/null || cp "$DR" "$BIN/dr"
}

host() {
	HOME=$HOST_DIR/home PATH=$BIN:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		unshare -m --propagation private bash -c 'mount --bind "$0/etc" /etc && exec "$@"' "$HOST_DIR" "$@"
}

# shunit2 calls this at the end of every suite, and may call it twice.
oneTimeTearDown() {
	[ "$(type -t suite_tear_down)" != function ] || suite_tear_down
	[ -z "${SCRATCH:-}" ] || rm -rf "$SCRATCH"
}
