#!/bin/bash
# dr's docker on a terminal (through expect), its streams and signals: run, exec, attach, start.
. tests/lib.sh

THEIRS=/usr/bin/docker
I=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	ln -s "$DR" "$SCRATCH/docker"
	OURS=$SCRATCH/docker
	# The settings before and after, and the exit code, as a shell on that terminal sees them.
	cat >"$SCRATCH/shell" <<-END
		#!/bin/bash
		stty rows 33 columns 101
		stty -g >"$SCRATCH/before"
		"\$@"
		echo "code \$?."
		stty -g >"$SCRATCH/after"
	END
	chmod +x "$SCRATCH/shell"
	export OURS I SCRATCH
}

tearDown() {
	"$THEIRS" ps -aq | xargs -r "$THEIRS" rm -f >/dev/null 2>&1
}

# dialog ARGS…: dr's docker with these arguments on a terminal, and the dialog on standard input, in expect's words.
dialog() {
	local word words=""
	for word in "$@"; do words="$words {$word}"; done
	{
		cat <<-END
			set timeout ${DIALOG_LIMIT:-60}
			match_max 100000
			log_user 1
			proc missing {what} { puts "\nMISSING \$what"; exit 99 }
			proc want {what} { expect -re \$what {} timeout { missing \$what } eof { missing "\$what (end)" } }
			spawn -noecho $SCRATCH/shell $OURS$words
		END
		cat
		echo 'catch { expect eof }'
	} >"$SCRATCH/dialog"
	timeout 120 expect "$SCRATCH/dialog" >"$SCRATCH/typescript" 2>&1
	RC=$?
	assertEquals "dialog of docker $*: $(cat "$SCRATCH/typescript")" 0 "$RC"
	assertEquals "the terminal is as it was: docker $*" "$(cat "$SCRATCH/before")" "$(cat "$SCRATCH/after")"
	rm -f "$SCRATCH/before" "$SCRATCH/after"
}

# one_line [FILE]: its lines, or those of standard input, with blanks between them.
one_line() {
	cat "$@" | tr '\n' ' ' | sed 's/ $//'
}

# until_true CMD…: polls.
until_true() {
	local i
	for ((i = 0; i < ${UNTIL:-600}; i++)); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
	fail "never true: $*"
}

state_is() {
	[ "$("$THEIRS" inspect -f '{{.State.Status}}' "$1" 2>/dev/null)" = "$2" ]
}

is_gone() {
	! "$THEIRS" inspect "$1" >/dev/null 2>&1
}

# The size is told when the process runs: it may see an earlier one at first.
SIZED='sized() { local i; for i in {1..300}; do [ "$(stty size 2>/dev/null)" = "$1" ] && { stty size; return; }; sleep 0.1; done; }'

test_run_with_a_terminal() {
	# shellcheck disable=SC2016 # for the shell in the container
	dialog run -it --rm --network none $I bash -c "$SIZED"'; sized "33 101"; echo ready; sized "40 120"; read -r x; echo "<$x>"; exit 9' <<-'END'
		want {33 101}
		want ready
		exec stty rows 40 columns 120 <$spawn_out(slave,name)
		want {40 120}
		send "abc\r"
		want {<abc>}
		want {code 9\.}
	END
}

test_keys_that_would_be_signals() {
	dialog run -it --rm --network none $I bash -c 'trap "echo interrupted; exit 42" INT; echo ready; while :; do sleep 0.1; done' <<-'END'
		want ready
		send "\003"
		want interrupted
		want {code 42\.}
	END
	# Raw: neither the terminal nor dr takes any of these.
	dialog run -it --rm --network none $I sh -c 'stty raw -echo; echo ready; head -c 6 | od -An -tx1' <<-'END'
		want ready
		send "\032\004\034\177\r\021"
		want {1a 04 1c 7f 0d 11}
		want {code 0\.}
	END
}

test_detach_and_attach() {
	dialog run -it --name t1 --network none $I sh -c 'echo ready; read x; echo "got $x"; read y; exit 5' <<-'END'
		want ready
		send "\020\021"
		want {code 0\.}
	END
	assertEquals "it goes on" running "$("$THEIRS" inspect -f '{{.State.Status}}' t1 2>&1)"
	dialog attach t1 <<-'END'
		send "one\r"
		want {got one}
		send "\020\021"
		want {read escape sequence}
		want {code 1\.}
	END
	dialog attach --detach-keys ctrl-x,y t1 <<-'END'
		send "\030y"
		want {read escape sequence}
		want {code 1\.}
	END
	assertTrue "it still goes on" "state_is t1 running"
	dialog attach t1 <<-'END'
		send "two\r"
		want {code 5\.}
	END
	dialog start -ai t1 <<-'END'
		want ready
		send "again\r"
		want {got again}
		send "\r"
		want {code 5\.}
	END
	dialog run -it --detach-keys a,ctrl-b --name t2 --network none $I sh -c 'echo ready; sleep 100' <<-'END'
		want ready
		send "aa\002"
		want {code 0\.}
	END
	assertTrue "state_is t2 running"
	# Those that the client's settings name; others go to the process.
	mkdir -p "$SCRATCH/settings"
	echo '{"detachKeys":"ctrl-e,e"}' >"$SCRATCH/settings/config.json"
	export DOCKER_CONFIG=$SCRATCH/settings
	dialog exec -it t2 sh -c 'stty raw -echo; echo ready; head -c 2 | od -An -tx1; read x' <<-'END'
		want ready
		send "\020\021"
		want {10 11}
		send "\005e"
		want {read escape sequence}
		want {code 1\.}
	END
	dialog attach t2 <<-'END'
		send "\005e"
		want {code 1\.}
	END
	dialog attach --detach-keys nonsense t2 <<-'END'
		want {nonsense}
		want {code 1\.}
	END
	dialog start -ai --detach-keys ctrl-? t2 <<-'END'
		want {ctrl-\?}
		want {code 1\.}
	END
	unset DOCKER_CONFIG
}

test_exec_with_a_terminal() {
	"$OURS" run -d --name t1 --network none $I sleep 1000 >/dev/null
	dialog exec -it t1 bash -c "$SIZED"'; sized "33 101"; read -r x; exit $x' <<-'END'
		want {33 101}
		send "17\r"
		want {code 17\.}
	END
	dialog exec -it t1 no-such-program <<<'want {code 12[67]\.}'
	# A shell, and in it an editor.
	dialog exec -it -e PS1=prompt: t1 sh <<-'END'
		want prompt:
		send "vi /tmp/text\r"
		want {~}
		send "ihello, editor\033"
		want {hello, editor}
		send ":wq\r"
		want prompt:
		send "exit 3\r"
		want {code 3\.}
	END
	assertEquals "hello, editor" "$("$OURS" exec t1 cat /tmp/text)"
}

test_the_terminal_after_a_failure() {
	dialog run -it --rm --network none $I /no/such/program <<<'want {code 127\.}'
	dialog run -it --pull never no/such:image <<<'want {code 125\.}'
	dialog attach nobody <<<'want {code 1\.}'
}

test_sigterm_on_a_terminal() {
	dialog run -it --name t1 --network none $I sh -c 'echo ready; sleep 1000' <<-'END'
		want ready
		exec pkill -TERM -P [exp_pid]
		want {code 143\.}
	END
	assertTrue "the container goes on, as with docker" "state_is t1 running"
}

test_half_closed_input() {
	assertEquals "xx end" "$(echo xx | timeout 60 "$OURS" run -i --rm --network none $I sh -c 'cat; echo end' | one_line)"
	"$OURS" run -d --name t1 --network none $I sleep 1000 >/dev/null
	assertEquals "yy" "$(echo yy | timeout 60 "$OURS" exec -i t1 cat)"
	mkfifo "$SCRATCH/input"
	exec 7<>"$SCRATCH/input"
	timeout 60 "$OURS" run -i --rm --network none $I sh -c 'exit 4' <"$SCRATCH/input" 7<&-
	assertEquals "the process ends before its input" 4 $?
	exec 7<&-
}

test_output_is_complete() {
	# shellcheck disable=SC2016 # for the inner shells
	run_cmd timeout 100 bash -c '"$OURS" run --rm --network none $I sh -c "head -c 3000000 /dev/zero; echo err >&2; exit 3" | wc -c; echo "${PIPESTATUS[0]}"'
	assertEquals "3000000 3 err" "$(one_line <<<"$OUT $ERR")"
	# shellcheck disable=SC2016
	run_cmd timeout 100 bash -c 'head -c 3000000 /dev/zero | "$OURS" run -i --rm --network none $I cat | wc -c'
	assertEquals 3000000 "$OUT"
	"$OURS" run --name t1 --network none $I sh -c 'for i in 1 2 3; do echo out $i; echo err $i >&2; done' >"$SCRATCH/o" 2>"$SCRATCH/e"
	assertEquals "out 1 out 2 out 3/err 1 err 2 err 3" "$(one_line "$SCRATCH/o")/$(one_line "$SCRATCH/e")"
	"$OURS" logs t1 >"$SCRATCH/o" 2>"$SCRATCH/e"
	assertEquals "out 1 out 2 out 3/err 1 err 2 err 3" "$(one_line "$SCRATCH/o")/$(one_line "$SCRATCH/e")"
}

test_signals_are_passed_on() {
	local pid
	"$OURS" run --name t1 --network none $I bash -c 'trap "echo term; exit 5" TERM; echo ready; while :; do sleep 0.1; done' >"$SCRATCH/o" &
	pid=$!
	until_true grep -q ready "$SCRATCH/o"
	kill -TERM $pid
	wait $pid
	assertEquals "5 ready term" "$? $(one_line "$SCRATCH/o")"
	"$OURS" run --sig-proxy=false --name t2 --network none $I bash -c 'echo ready; sleep 1000' >"$SCRATCH/o" &
	pid=$!
	until_true grep -q ready "$SCRATCH/o"
	kill -TERM $pid
	wait $pid
	assertEquals 143 $?
	assertTrue "it goes on" "state_is t2 running"
	"$OURS" attach t2 &
	pid=$!
	until_true [ -e "/proc/$pid/fd/3" ]
	"$THEIRS" kill t2 >/dev/null
	wait $pid
	assertEquals "attach has its code" 137 $?
}

# While nobody takes the output, signals still arrive.
test_signals_with_a_full_output() {
	local pid inner drain
	mkfifo "$SCRATCH/full"
	exec 7<>"$SCRATCH/full"
	"$OURS" run --name t1 --network none $I bash -c 'trap "exit 7" TERM; yes & while :; do sleep 0.1; done' >"$SCRATCH/full" 7<&- &
	pid=$!
	until_true state_is t1 running
	# The pipe holds 64 KiB: full.
	until_true python3 -c 'import fcntl, sys, termios; sys.exit(int.from_bytes(fcntl.ioctl(7, termios.FIONREAD, bytes(4)), "little") < 60000)'
	# The engine says that it has ended when its output has been taken.
	inner=$("$THEIRS" inspect -f '{{.State.Pid}}' t1)
	kill -TERM $pid
	until_true [ ! -d "/proc/$inner" ]
	cat "$SCRATCH/full" >/dev/null 7<&- &
	drain=$!
	wait $pid
	assertEquals 7 $?
	exec 7<&-
	wait $drain
	rm -f "$SCRATCH/full"
}

test_rm_is_done_when_the_client_is_dead() {
	local pid
	"$OURS" run --rm --name t1 --network none $I bash -c 'echo ready; trap "exit 0" TERM; while :; do sleep 0.1; done' >"$SCRATCH/o" &
	pid=$!
	until_true grep -q ready "$SCRATCH/o"
	kill -KILL $pid
	wait $pid 2>/dev/null
	assertTrue "state_is t1 running"
	"$THEIRS" kill -s TERM t1 >/dev/null
	until_true is_gone t1
}

# Nobody reads what it writes any more: with --rm nothing stays.
test_output_that_nobody_takes() {
	# shellcheck disable=SC2016
	run_cmd timeout 100 bash -c '"$OURS" run --rm --name t1 --network none $I yes | head -n 1; echo "${PIPESTATUS[0]}"'
	assertEquals "y 125" "$(one_line <<<"$OUT")"
	assertContains "$ERR" "Broken pipe"
	until_true is_gone t1
	run_cmd timeout 60 bash -c '"$OURS" run --rm --network none $I echo x >/dev/full'
	assertEquals 125 "$RC"
	assertContains "$ERR" "No space left"
	"$OURS" run --name t2 --network none $I sh -c 'echo x' >/dev/null
	run_cmd bash -c '"$OURS" logs t2 >/dev/full'
	assertEquals 1 "$RC"
	assertContains "$ERR" "No space left"
}

test_a_terminal_that_is_not_there() {
	run_cmd "$OURS" run -it --rm --network none $I echo hello <<<x
	assertEquals "0 hello" "$RC $OUT"
	"$OURS" run -d --name t1 --network none $I sleep 1000 >/dev/null
	run_cmd "$OURS" exec -it t1 echo hello <<<x
	assertEquals "0 hello" "$RC $OUT"
	assertEquals "t asks for it all the same" "$(printf 'hello\r')" "$("$OURS" run -t --rm --network none $I echo hello </dev/null)"
}

test_streams_that_are_closed() {
	"$OURS" run --rm --network none $I sh -c 'cat; echo x; exit 6' <&- >&- 2>&-
	assertEquals 6 $?
	assertEquals "x" "$("$OURS" run -i --rm --network none $I sh -c 'cat; echo x' <&-)"
}

. shunit2
