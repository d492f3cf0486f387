#!/bin/sh
# build-static.sh: from a fresh Debian or Ubuntu machine to build/dr, one static musl binary, and a check that it is one.
#
#     ./build-static.sh              installs what is missing (as root), gets BearSSL, builds, checks
#     ./build-static.sh cross A      builds build/A/dr for A: aarch64 (with Debian's cross compiler)
#     ./build-static.sh packages W   only installs the Debian packages that W needs: build, test, bench, lint or cross
#     ./build-static.sh bearssl      only prepares BearSSL
#     ./build-static.sh check        only checks build/dr
#
# BEARSSL=DIR   a BearSSL source tree of your own, used as it is (inc/, and built into DIR/build)
# CC=...        the compiler for musl: musl-gcc, or musl's own gcc on Alpine, or a cross compiler
set -eu
cd "$(dirname "$0")"
BUILD=${BUILD:-build}
CC=${CC:-musl-gcc}
LIMIT=409600 # 400 KiB, the bound for the stripped binary on x86-64

say() { printf 'build-static: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Every package that anything in this project installs stands here: the command that shows it is there, and its name.
packages_for() {
	case $1 in
	build) cat <<-LIST
		musl-gcc musl-tools
		make make
		gcc gcc
		/usr/include/stdio.h libc6-dev
		dpkg-source dpkg-dev
		xz xz-utils
		readelf binutils
		lz4 lz4
		LIST
		;;
	test) packages_for build; cat <<-LIST
		shunit2 shunit2
		dockerd docker.io
		/usr/bin/docker docker.io
		docker-registry docker-registry
		script bsdutils
		/bin/busybox busybox-static
		/bin/bash-static bash-static
		iptables iptables
		bsdtar libarchive-tools
		curl curl
		ansible-playbook ansible-core
		jq jq
		fish fish
		zsh zsh
		tmux tmux
		mandoc mandoc
		python3 python3
		/usr/lib/python3/dist-packages/botocore python3-botocore
		node nodejs
		npm npm
		pigz pigz
		openssl openssl
		perl perl
		stunnel stunnel4
		/etc/ssl/certs/ca-certificates.crt ca-certificates
		age age
		expect expect
		ssh openssh-client
		/usr/sbin/sshd openssh-server
		podman podman
		strace strace
		setfattr attr
		setfacl acl
		unshare util-linux
		/usr/bin/time time
		LIST
		;;
	bench) packages_for test; cat <<-LIST
		rclone rclone
		s3cmd s3cmd
		LIST
		;;
	lint) packages_for build; cat <<-LIST
		shellcheck shellcheck
		cppcheck cppcheck
		clang-tidy clang-tidy
		LIST
		;;
	cross) packages_for build; cat <<-LIST
		aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
		qemu-aarch64-static qemu-user-static
		LIST
		;;
	*) die "no list of packages is called '$1'" ;;
	esac
}

install_packages() {
	missing=$(packages_for "$1" | while read -r tool package; do
		command -v "$tool" >/dev/null 2>&1 || [ -e "$tool" ] || printf ' %s' "$package"
	done)
	[ -n "$missing" ] || return 0
	command -v apt-get >/dev/null 2>&1 || die "missing here:$missing; install them, this is no Debian"
	[ "$(id -u)" = 0 ] || die "missing here:$missing; run as root, or install them"
	say "installing$missing"
	log=$(mktemp)
	# shellcheck disable=SC2086 # a list of words
	if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; } \
		>"$log" 2>&1; then
		tail -n 20 "$log" >&2
		rm -f "$log"
		die "apt-get could not install$missing"
	fi
	rm -f "$log"
}

# private_sources TYPE: $apt, a folder with the machine's own sources as TYPE: deb or deb-src.
private_sources() {
	apt=$PWD/$BUILD/apt
	rm -rf "$apt"
	mkdir -p "$apt/parts" "$apt/lists/partial"
	for f in /etc/apt/sources.list.d/*.sources; do
		[ ! -f "$f" ] || sed "s/^Types:.*/Types: $1/" "$f" >"$apt/parts/${f##*/}"
	done
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ ! -f "$f" ] || sed -n "s/^deb /$1 /p" "$f" >"$apt/parts/$(basename "$f" .list).list"
	done
}

# private_apt ARGS...: apt-get in that folder, which changes nothing of the system's.
private_apt() {
	(cd "$apt" && apt-get -q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$apt/parts" \
		-o Dir::State::Lists="$apt/lists" -o APT::Sandbox::User=root "$@") >>"$apt/log" 2>&1 && return 0
	tail -n 20 "$apt/log" >&2
	return 1
}

fetch_bearssl() {
	private_sources deb-src
	say "getting the source package of bearssl"
	{ private_apt update && private_apt source --download-only bearssl; } || die "apt-get could not get the source package of bearssl"
	dpkg-source --no-check -x "$apt"/bearssl_*.dsc "$apt/source" >>"$apt/log" 2>&1 || die "dpkg-source failed: see $apt/log"
	rm -rf "$BUILD/bearssl"
	mv "$apt/source" "$BUILD/bearssl"
	rm -rf "$apt"
}

# Debian's musl for arm64, unpacked beneath $BUILD, and $BUILD/musl-gcc, which compiles with it.
cross_compiler() {
	[ ! -x "$BUILD/musl-gcc" ] || return 0
	private_sources deb
	say "getting musl for arm64"
	set -- -o APT::Architectures::=arm64
	{ private_apt "$@" update && private_apt "$@" download musl-dev:arm64; } || die "apt-get could not get musl-dev for arm64"
	dpkg-deb -x "$apt"/musl-dev_*.deb "$BUILD/musl"
	rm -rf "$apt"
	sed "s,/usr/[a-z]*/aarch64-linux-musl,$PWD/$BUILD/musl&,g" "$BUILD/musl/usr/lib/aarch64-linux-musl/musl-gcc.specs" \
		>"$BUILD/musl/specs"
	printf '#!/bin/sh\nexec aarch64-linux-gnu-gcc "$@" -specs "%s"\n' "$PWD/$BUILD/musl/specs" >"$BUILD/musl-gcc"
	chmod +x "$BUILD/musl-gcc"
}

# $1: the folder under the tree; $2: the compiler; $3: its flags.
make_bearssl() {
	[ ! -f "$BEARSSL/$1/libbearssl.a" ] || return 0
	say "building BearSSL with $2"
	make -s -C "$BEARSSL" -j"$(nproc)" BUILD="$1" CC="$2" AR="${AR:-ar}" CFLAGS="$3" lib >"$BUILD/bearssl.log" 2>&1 ||
		{ tail -n 20 "$BUILD/bearssl.log" >&2; die "BearSSL does not build"; }
}

prepare_bearssl() {
	mkdir -p "$BUILD"
	if [ -z "${BEARSSL:-}" ]; then
		BEARSSL=$PWD/$BUILD/bearssl
		[ -f "$BEARSSL/inc/bearssl.h" ] || fetch_bearssl
	fi
	[ -f "$BEARSSL/inc/bearssl.h" ] || die "BEARSSL=$BEARSSL holds no inc/bearssl.h"
	make_bearssl build "$CC" "-W -Wall -Os -fno-pie -fno-asynchronous-unwind-tables -fno-unwind-tables -ffunction-sections -fdata-sections"
	[ "${1:-}" != host ] || make_bearssl build-host cc "-W -Wall -O1 -g"
}

check() {
	f=$BUILD/dr
	[ -f "$f" ] || die "$f is not there"
	! readelf -lW "$f" | grep -q INTERP || die "$f wants an interpreter: it is not static"
	! readelf -dW "$f" | grep -q NEEDED || die "$f wants shared libraries: it is not static"
	! readelf -SW "$f" | grep -q '\.symtab' || die "$f is not stripped"
	size=$(wc -c <"$f")
	target=$($CC -dumpmachine)
	case $target in
	x86_64*) [ "$size" -lt "$LIMIT" ] || die "$f has $size bytes, more than $LIMIT" ;;
	esac
	case $target in # a cross build's does not run here
	"$(uname -m)"*) "$f" --version >/dev/null || die "$f does not start" ;;
	esac
	say "$f: static, stripped, $size bytes"
}

build() {
	prepare_bearssl
	make -s CC="$CC" BUILD="$BUILD" BEARSSL="$BEARSSL" "$BUILD/dr"
	check
}

case ${1:-all} in
packages) install_packages "${2:-build}" ;;
bearssl) prepare_bearssl "${2:-}" ;;
check) check ;;
all)
	install_packages build
	build
	;;
cross)
	[ "${2:-}" = aarch64 ] || die "usage: $0 cross aarch64"
	BUILD=$BUILD/$2
	mkdir -p "$BUILD"
	install_packages cross
	cross_compiler
	CC=$PWD/$BUILD/musl-gcc
	build
	;;
*) die "usage: $0 [cross aarch64 | packages build|test|bench|lint|cross | bearssl [host] | check]" ;;
esac
