#!/bin/bash
# A host with nothing but the kernel, an engine and dr: a root of dr, /proc, /dev and the engine's socket. The main folder
# and the socket have the same paths inside and outside, as the engine, which is outside, must find what it mounts.
. tests/lib.sh

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	ROOT=$SCRATCH/root MAIN=$SCRATCH/main SOCK=${DOCKER_HOST#unix://}
	mkdir -p "$ROOT"/{bin,proc,dev,etc} "$ROOT$MAIN" "$ROOT${SOCK%/*}" "$MAIN"
	cp "$DR" "$ROOT/bin/dr"
	touch "$ROOT$SOCK"
}

suite_tear_down() {
	[ -z "${S3RVER:-}" ] || kill "$S3RVER" 2>/dev/null
	S3RVER=
}

# bare CMD…: dr and its launchers are all that there is to run; BARE_ENV are further settings of its environment.
BARE_ENV=()
bare() {
	# shellcheck disable=SC2016 # for the shell in there
	unshare -m --propagation private bash -c 'chroot=$(command -v chroot) root=$1 main=$2 sock=$3 n=$4; shift 4
		mount --bind "$main" "$root$main" && mount --bind "$sock" "$root$sock" && mount -t proc proc "$root/proc" &&
		mount --rbind /dev "$root/dev" && exec env -i DOCKER_HOST="unix://$sock" PATH=/bin "${@:1:n}" "$chroot" "$root" "${@:n+1}"' \
		bare "$ROOT" "$MAIN" "$SOCK" "${#BARE_ENV[@]}" "${BARE_ENV[@]}" "$@"
}

test_a_whole_life() {
	assertEquals "$ROOT/bin/dr" "$(find "$ROOT" -xdev -type f -perm /111)"
	run_cmd bare /bin/dr configure "$MAIN" --bin /bin
	assertEquals "$ERR" 0 "$RC"
	run_cmd bare /bin/dr install j842/dr-helloworld helloworld
	assertEquals "$ERR" 0 "$RC"
	assertEquals "helloworld" "$(bare /bin/dr list | grep -o helloworld | head -n 1)"
	run_cmd bare /bin/helloworld help
	assertEquals "$ERR" 0 "$RC"
	assertNotEquals "" "$OUT"
	run_cmd bare /bin/helloworld run
	assertEquals "$ERR" "0 Hello, world!" "$RC $OUT"
	run_cmd bare /bin/helloworld run bash -c 'cat; exit 7' <<<input
	assertEquals "$ERR" 7 "$RC"
	run_cmd bare /bin/helloworld configure Moin
	assertEquals "$ERR" 0 "$RC"
	run_cmd bare /bin/helloworld enter <<<'echo in; exit 4'
	assertEquals "$ERR" "4 in" "$RC $OUT"
	run_cmd bare /bin/dr destroy helloworld
	assertEquals "$ERR" 0 "$RC"
	assertEquals "" "$(bare /bin/dr list | grep helloworld)"
	assertEquals "no container is left" "" "$(/usr/bin/docker ps -aq --filter label=dr.script)"
}

# The service that needs tools: they are dr's, in its image.
test_simplesecrets() {
	local name pass
	s3_start
	mkdir -p "$MAIN/in"
	head -c 30000 /dev/urandom >"$MAIN/in/file"
	run_cmd bare /bin/dr configure "$MAIN" --bin /bin
	run_cmd bare /bin/dr install j842/simplesecrets simplesecrets
	assertEquals "$ERR" 0 "$RC"
	BARE_ENV=(S3KEY=S3RVER S3SECRET=S3RVER BUCKET=bucket S3ENDPOINT="$S3_URL")
	run_cmd bare /bin/simplesecrets configure
	assertEquals "$ERR" 0 "$RC"
	run_cmd bare /bin/simplesecrets configure
	assertEquals "$ERR" 3 "$RC"
	BARE_ENV=()
	run_cmd bare /bin/simplesecrets store <"$MAIN/in/file"
	assertEquals "$ERR" 0 "$RC"
	pass=$(sed -n 's/^PASS=\([^ ]*\) simplesecrets retrieve .*/\1/p' <<<"$OUT")
	name=$(sed -n 's/^PASS=.* simplesecrets retrieve //p' <<<"$OUT")
	BARE_ENV=(PASS="$pass")
	bare /bin/simplesecrets retrieve "$name" | cmp - "$MAIN/in/file"
	assertEquals "what came back" 0 $?
	BARE_ENV=()
	run_cmd bare /bin/dr destroy simplesecrets
	assertEquals "$ERR" 0 "$RC"
}

. shunit2
