#!/bin/bash
# Odd scripts, run on the host and in a container of their image: what comes out is the same. And what is left of the second
# way, whenever dr is killed: nothing.
. tests/lib.sh

THEIRS=/usr/bin/docker

oneTimeSetUp() {
	scratch
	host_new
	local scripts=$SCRATCH/scripts
	mkdir -p "$scripts"
	cp -a tests/images/helloworld/. "$scripts"
	# shellcheck disable=SC2016 # for the scripts
	{
		printf 'echo "no line, $1 $#"; exit 4\n' >"$scripts/noline"
		printf '#!/bin/bash -e\necho once\nfalse\necho never\n' >"$scripts/option"
		printf '#! /usr/bin/env bash\necho "${BASH_VERSION:+bash}"\n' >"$scripts/env"
		printf '#!/bin/bash\necho "${TMPDIR-none}"\n' >"$scripts/temporary"
		printf '#!/opt/far/bin/bash\necho "found by its name"\n' >"$scripts/moved"
		printf '#!/bin/sh\necho "not executable: $0"; cat "${0%%/*}/../config/imagename.txt"\n' >"$scripts/plain"
		printf '#!/bin/bash\ncat "${0%%/*}/noise"; head -c 100000 "${0%%/*}/noise" >&2; exit 9\n' >"$scripts/binary"
		printf '#!/bin/bash\nsha256sum; read -r more || echo end\n' >"$scripts/digest"
		printf '#!/bin/bash\nread -r a; read -r b; echo "<$a> <$b> $?"\n' >"$scripts/lines"
		printf '#!/bin/bash\npwd; ls; umask; id -u; ulimit -c; mkdir made; : >made/file; touch "it'\''s"\n' >"$scripts/folder"
		printf '#!/bin/bash\nwhile IFS= read -rd "" x; do case $x in ODD* | DOCKER_ODD=*) echo "<$x>" ;; esac; done </proc/$$/environ | sort\n' >"$scripts/variables"
		printf '#!/bin/bash\nfor a; do printf "%%s\\\\0" "$a" | sha256sum; done; echo "$#"\n' >"$scripts/words"
		printf '#!/bin/bash\nexec >&- 2>&-; exit 3\n' >"$scripts/mute"
		printf '#!/bin/bash\ntrap "echo bye" EXIT\n(exit 3) & wait $! || echo "child $?"\nexit 200\n' >"$scripts/trap"
		printf '#!/bin/bash\nexec sh -c "echo instead; exit 9"\n' >"$scripts/instead"
		printf '#!/bin/bash\nset -u\necho "$ODD_NOT_THERE"\n' >"$scripts/unset"
		printf '#!/bin/bash\ntty; [ -t 0 ] || [ -t 1 ] || [ -t 2 ] || echo none\n' >"$scripts/terminal"
		printf '#!/bin/bash\nif then\n' >"$scripts/syntax"
		printf '#!/bin/bash\r\necho x\r\n' >"$scripts/crlf"
		printf '#!/bin/bash\nexit "$3"\n' >"$scripts/status"
		printf '#!/bin/bash\nkill -"$3" $$; sleep 100\n' >"$scripts/die"
		printf '#!/bin/bash\nwhile echo "a line of some length, over and over"; do :; done\n' >"$scripts/endless"
		printf '#!/bin/bash\necho ready; cat; echo end\n' >"$scripts/reader"
		printf '#!/bin/bash\necho "$PWD"; ls; echo kept >"$3/file"\n' >"$scripts/backup"
	}
	cp /bin/busybox "$scripts/busybox"
	# A program whose loader and library only the image has, in its /dr.
	cp "$(readelf -l /bin/ls | sed -n 's/.*interpreter: \(.*\)]/\1/p')" "$scripts/loader"
	cp "$(gcc -print-file-name=libc.so.6)" "$scripts/libc.so.6"
	echo 'int puts(const char *); int main(void) { puts("with its own loader"); return 6; }' |
		gcc -x c -o "$scripts/program" -Wl,--dynamic-linker=/dr/loader,-rpath,/dr - || exit 1
	seq 200000 | gzip -n >"$scripts/noise"
	chmod +x "$scripts"/*
	chmod 644 "$scripts/plain"
	image_with "$scripts" some/odd || exit 1
	host dr configure "$MAIN" >/dev/null && host dr install some/odd odd >/dev/null 2>&1 || exit 1
}

tearDown() {
	unset DR_SCRIPTS
	cd "$TOP" || return
	assertEquals "no container is left" "" "$("$THEIRS" ps -aq --filter label=dr.script)"
}

# both INPUT CMD…: the command of the service, on the host and in a container; standard input comes from the file.
both() {
	local way
	for way in host container; do
		DR_SCRIPTS=$way host odd "${@:2}" <"$1" >"$SCRATCH/$way.out" 2>"$SCRATCH/$way.err"
		RC=$?
		echo "$RC" >"$SCRATCH/$way.rc"
	done
	for way in rc out err; do
		cmp -s "$SCRATCH/host.$way" "$SCRATCH/container.$way" || fail "odd ${*:2}, $way: $(head -c 2000 "$SCRATCH/host.$way") but in a container: $(head -c 2000 "$SCRATCH/container.$way")"
	done
	OUT=$(tr -d '\0' <"$SCRATCH/host.out")
}

test_odd_scripts() {
	local name
	for name in noline option env moved plain mute trap instead unset terminal syntax crlf; do both /dev/null $name; done
	both /dev/null binary
	assertEquals 9 "$RC"
	cmp "$SCRATCH/host.out" "$SCRATCH/scripts/noise" || fail "binary output"
	both /dev/null busybox
	both "$SCRATCH/scripts/noise" digest
	assertContains "$OUT" "$(sha256sum <"$SCRATCH/scripts/noise")"
	assertContains "$OUT" end
	printf 'one\ntwo' >"$SCRATCH/input"
	both "$SCRATCH/input" lines
	assertEquals "<one> <two> 1" "$OUT"
}

test_a_program_with_a_loader_of_its_image() {
	run_cmd host odd program
	assertEquals "$ERR" "6 with its own loader" "$RC $OUT"
	run_cmd host env DR_SCRIPTS=host dr odd program
	assertEquals 1 "$RC"
	assertContains "$ERR" "its loader is not on this host"
}

test_exit_codes() {
	local code
	for code in 1 2 125 126 255; do
		both /dev/null status $code
		assertEquals $code "$RC"
	done
	for code in 1 6 9 13; do
		both /dev/null die $code
		assertEquals $((128 + code)) "$RC"
	done
}

test_words_and_variables() {
	export ODD_LINES=$'a\nb' ODD_EMPTY='' ODD_EQUAL='=x=' ODD_BYTES=$'\303\244\\ "q"' DOCKER_ODD=1
	both /dev/null variables
	assertContains "$OUT" $'<ODD_BYTES=\303\244\\ "q">'
	assertContains "$OUT" '<ODD_EQUAL==x=>'
	assertEquals 5 "$(grep -c ODD <<<"$OUT")"
	unset "${!ODD_@}" DOCKER_ODD
	both /dev/null words '' ' ' $'a\nb' '-x' '--' '*' "it's" '"' "\\" "\$HOME" $'\303\244' "$(head -c 100000 /dev/zero | tr '\0' x)"
	# shellcheck disable=SC2046 # many words
	both /dev/null words $(seq 300)
	# The folder is not there.
	run_cmd host env TMPDIR=/no/where DR_SCRIPTS=container odd temporary
	assertEquals "$ERR" none "$OUT"
}

test_working_directories() {
	local name way
	umask 027
	for name in 'with  spaces' 'a:b,c' "it's \"quoted\"" $'\303\244'; do
		mkdir "$SCRATCH/$name"
		cd "$SCRATCH/$name" || return
		for way in host container; do
			rm -rf ./*
			: >there
			DR_SCRIPTS=$way host odd folder >"$SCRATCH/$way.out" 2>&1
			stat -c '%n %a %u %g' -- * made/file >>"$SCRATCH/$way.out"
		done
		assertEquals "$name" "$(cat "$SCRATCH/host.out")" "$(cat "$SCRATCH/container.out")"
		assertContains "$(cat "$SCRATCH/container.out")" "made/file 640 0 0"
		cd "$TOP" || return
	done
	umask 022
	# Folders that the engine has not got: it sees other mounts.
	mkdir "$SCRATCH/seen"
	# shellcheck disable=SC2016 # for the inner shell
	run_cmd host bash -c 'mount -t tmpfs none "$0" && mkdir "$0/inner" && cd "$0/inner" && DR_SCRIPTS=container odd folder' "$SCRATCH/seen"
	assertEquals "$ERR" "0 $SCRATCH/seen/inner" "$RC $(head -n 1 <<<"$OUT")"
	assertEquals "nothing is made on the engine's host" "" "$(ls "$SCRATCH/seen")"
}

# What begins in the background: `begin WORDS…` is a command of the service in a container, with its input from the fifo on fd 7.
until_true() {
	local i
	for ((i = 0; i < 600; i++)); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
	fail "never true: $*"
}

begin() {
	: >"$SCRATCH/o"
	rm -f "$SCRATCH/pid"
	# shellcheck disable=SC2016 # for the inner shell
	DR_SCRIPTS=container host sh -c 'echo $$ >"$0"; exec odd "$@"' "$SCRATCH/pid" "$@" >"$SCRATCH/o" 2>/dev/null <&7 7<&- &
	job=$!
	until_true test -s "$SCRATCH/pid"
	pid=$(cat "$SCRATCH/pid")
}

none_left() { [ -z "$("$THEIRS" ps -aq)" ]; }

test_input_that_never_ends_and_readers_that_go() {
	local way job pid
	mkfifo "$SCRATCH/fifo"
	exec 7<>"$SCRATCH/fifo"
	for way in host container; do
		DR_SCRIPTS=$way host odd status 4 <&7
		assertEquals "$way: an end without reading" 4 $?
		# shellcheck disable=SC2016 # for the inner shell
		run_cmd host env --default-signal=PIPE DR_SCRIPTS=$way bash -c 'odd endless | head -n 2; echo "${PIPESTATUS[0]}"' </dev/null
		assertEquals "$way: $ERR" "a line of some length, over and over a line of some length, over and over 141" "$(paste -sd ' ' <<<"$OUT")"
		assertEquals "$way" "" "$ERR"
	done
	assertTrue "the containers of readers that went" none_left
	begin reader
	until_true grep -q ready "$SCRATCH/o"
	kill -KILL "$pid"
	wait "$job" 2>/dev/null
	# No dr comes after it: its input has ended with dr, and the engine removes what has ended.
	until_true none_left
	assertTrue "left by a killed dr" none_left
	exec 7<&-
}

# Killed at each request that it makes of the engine: whatever it had made, the next command clears away.
test_killed_at_every_request() {
	local n steps kills=0 unstarted=0
	host env DR_SCRIPTS=container strace -qq -o "$SCRATCH/trace" -e trace=sendto odd status 0 </dev/null
	steps=$(awk '/"(GET|HEAD|PUT|POST|DELETE) / && NR > 1 {print NR}' "$SCRATCH/trace")
	assertTrue "$(cat "$SCRATCH/trace")" "[ $(wc -w <<<"$steps") -gt 5 ]"
	for n in $steps; do
		{ host env DR_SCRIPTS=container strace -qq -o "$SCRATCH/trace" -e trace=sendto -e inject=sendto:signal=KILL:when="$n" \
			odd status 0 </dev/null; } 2>/dev/null
		[ $? != 137 ] || kills=$((kills + 1))
		[ -z "$("$THEIRS" ps -q --filter status=created)" ] || unstarted=$((unstarted + 1))
		DR_SCRIPTS=container host odd status 5 </dev/null
		assertEquals 5 $?
		assertEquals "step $n" "" "$("$THEIRS" ps -aq)"
		assertEquals "step $n: volumes" dr-odd-config "$("$THEIRS" volume ls -q)"
	done
	assertEquals "killed" "$(wc -w <<<"$steps")" "$kills"
	assertTrue "one was made and never started" "[ $unstarted -gt 0 ]"
}

# dr and the engine have no folder in common, as behind a socket that is forwarded.
test_nothing_in_common() {
	local far=$SCRATCH/far
	mkdir "$far"
	host_new
	# shellcheck disable=SC2016 # for the inner shell
	run_cmd host bash -c 'mount -t tmpfs none "$0" && export DR_SCRIPTS=container && mkdir -m 755 "$0/dr" && dr configure "$0/dr" &&
		dr install some/odd far >/dev/null && { far status 7; echo "$?"; } && dr backup far "$0/file" &&
		tar -xzOf "$0/file" dr-backup/service/file && dr destroy far' "$far" </dev/null
	assertEquals "$ERR" 0 "$RC"
	assertContains "$OUT" $'\n7\n'
	assertContains "$OUT" $'\nkept\n'
	assertEquals "nothing is made on the engine's host" "" "$(ls "$far")"
	assertTrue none_left
}

. shunit2
