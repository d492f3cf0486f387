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

# must WANTED CMD…: on the bare host, with that exit code.
must() {
	run_cmd bare "${@:2}"
	assertEquals "${*:2}: $ERR" "$1" "$RC"
}

greeting() { bare /bin/helloworld run; }

test_a_whole_life() {
	local before way keys
	assertEquals "$ROOT/bin/dr" "$(find "$ROOT" -xdev -type f -perm /111)"
	before=$(cd "$ROOT" && find . -xdev | sort)
	must 1 /bin/dr doctor
	must 0 /bin/dr configure "$MAIN" --bin /bin
	must 0 /bin/dr install j842/dr-helloworld helloworld
	must 3 /bin/dr install j842/dr-helloworld helloworld
	must 0 /bin/dr list
	assertContains "$OUT" "j842/dr-helloworld"
	must 0 /bin/dr status helloworld
	assertContains "$OUT" "/bin/helloworld"
	must 0 /bin/dr doctor
	assertContains "$OUT" "the host has none: scripts get dr's"
	assertContains "$OUT" "the host has no bash"

	must 0 /bin/helloworld help
	assertContains "$OUT" "helloworld configure GREETING"
	must 0 /bin/helloworld run
	assertEquals "Hello, world!" "$OUT"
	must 7 /bin/helloworld run bash -c 'exit 7'
	must 0 /bin/helloworld configure Moin
	must 3 /bin/dr helloworld configure Moin
	assertEquals Moin "$(greeting)"
	must 4 /bin/helloworld enter <<<'echo in; exit 4'
	assertEquals in "$OUT"

	must 0 /bin/dr age-keygen -o /keys
	keys=$(sed -n 's/^# public key: //p' "$ROOT/keys")
	must 0 /bin/dr backup helloworld /plain
	must 0 /bin/dr backup --recipient "$keys" helloworld /recipient
	BARE_ENV=(PASS=geheim)
	must 0 /bin/dr backup helloworld /passphrase
	assertContains "the standard form" "$(head -n 1 "$ROOT/passphrase")" "age-encryption.org/v1"
	must 0 /bin/dr verify /passphrase
	BARE_ENV=()
	must 1 /bin/dr verify /recipient
	must 0 /bin/dr verify -i /keys /recipient
	must 0 /bin/dr verify /plain
	assertEquals Moin "$(tar -xzOf "$ROOT/plain" dr-backup/volumes/config/greeting)"
	assertNotEquals "" "$(tar -xzOf "$ROOT/plain" dr-backup/service/backed-up-at)"

	# Over the service that is there, and onto a host without it.
	must 0 /bin/helloworld configure changed
	for way in plain "recipient -i /keys" passphrase; do
		[ "$way" != passphrase ] || BARE_ENV=(PASS=geheim)
		# shellcheck disable=SC2086 # the options
		set -- $way
		must 0 /bin/dr restore "${@:2}" helloworld "/$1"
		assertContains "$way: the script's words" "$OUT$ERR" "helloworld is restored from the backup of"
		assertEquals "$way" Moin "$(greeting)"
		[ "$way" = passphrase ] || must 0 /bin/dr destroy helloworld
		[ "$way" = passphrase ] || assertEquals "$way" "" "$(docker volume ls -q)"
	done
	BARE_ENV=()

	must 3 /bin/dr update helloworld
	mkdir "$SCRATCH/newer"
	cp -a tests/images/helloworld/. "$SCRATCH/newer"
	printf '#!/bin/bash\necho newer\n' >"$SCRATCH/newer/added"
	chmod +x "$SCRATCH/newer/added"
	image_with "$SCRATCH/newer" j842/dr-helloworld || fail "no newer image"
	must 0 /bin/dr update helloworld
	must 0 /bin/helloworld added
	assertEquals newer "$OUT"
	must 0 /bin/dr clean
	assertContains "the image that the newer one replaced" "$OUT$ERR" "image"

	must 1 /bin/dr unconfigure
	must 0 /bin/dr destroy helloworld
	must 3 /bin/dr destroy helloworld
	must 0 /bin/dr list
	assertNotContains "$OUT" helloworld
	assertEquals "containers" "" "$(docker ps -aq)"
	assertEquals "volumes" "" "$(docker volume ls -q)"
	must 0 /bin/dr unconfigure
	must 3 /bin/dr unconfigure
	rm -f "$ROOT/keys" "$ROOT/plain" "$ROOT/recipient" "$ROOT/passphrase"
	assertEquals "files" "$before" "$(cd "$ROOT" && find . -xdev | sort)"
	assertEquals "" "$(ls -A "$MAIN")"
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
