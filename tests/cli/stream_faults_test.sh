#!/bin/bash
# Streams as no engine should send them, at dr's docker: split at every byte, cut, false lengths, an engine that goes away. What
# came before the fault is shown, one line says what was wrong, the exit code is the documented one, nothing is left behind.
. tests/lib.sh

oneTimeSetUp() {
	scratch
	SOCK=$SCRATCH/sock
	echo >"$SOCK.case"
	mkfifo "$SCRATCH/stop"
	tests/fake_streams "$SOCK" <"$SCRATCH/stop" &
	exec 8>"$SCRATCH/stop"
	local i
	for ((i = 0; i < 600; i++)); do [ -S "$SOCK" ] && break; sleep 0.1; done
	ln -s "$DR" "$SCRATCH/docker"
	OURS=$SCRATCH/docker
	# The settings of the terminal before and after, and the exit code, as a shell on it sees them.
	cat >"$SCRATCH/shell" <<-END
		#!/bin/bash
		stty rows 33 columns 101
		stty -g >"$SCRATCH/before"
		"\$@"
		echo "code \$?."
		stty -g >"$SCRATCH/after"
	END
	chmod +x "$SCRATCH/shell"
	export DOCKER_HOST=unix://$SOCK DOCKER_CONFIG=$SCRATCH OURS
}

suite_tear_down() {
	exec 8>&-
}

# case_is [NAME=VALUE...]: what the engine does from now on.
case_is() {
	printf '%s\n' "$@" x=x >"$SOCK.case.new"
	mv "$SOCK.case.new" "$SOCK.case"
	: >"$SOCK.log"
}

# gives CODE OUT ERR ARGS: our docker's exit code and its output, with '/' for line ends; ERR stands in its one message.
gives() {
	local code=$1 out=$2 err=$3
	shift 3
	run_cmd timeout 100 "$OURS" "$@"
	assertEquals "docker $*: $(cat "$SOCK.case") $ERR" "$code $out" "$RC $(printf '%s' "$OUT" | tr '\n' '/')"
	if [ -n "$err" ]; then
		assertContains "docker $*: $(cat "$SOCK.case")" "$ERR" "$err"
	else
		assertEquals "docker $*" "" "$ERR"
	fi
}

removed() {
	assertEquals "$1: $(cat "$SOCK.case")" "$2" "$(grep -c '^DELETE ' "$SOCK.log")"
}

ABC='\x01\0\0\0\0\0\0\x03abc'

# Small and large frames of both sides, one of them empty.
test_split_at_every_byte() {
	local n stream='\x01\0\0\0\0\0\0\x04one\n\x02\0\0\0\0\0\0\x04err\n\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\x01\x04'
	stream+=$(printf '%0259d' 0)'\n'
	stream+='\x02\0\0\0\0\0\0\x01E\x01\0\0\0\0\0\0\x03end'
	for n in 1 2 3 7 64; do
		case_is "stream=$stream" "step=$n" 'wait={"StatusCode":4}'
		for command in "4 run -i img" "3 exec web x" "4 attach web" "0 logs web"; do
			# shellcheck disable=SC2086 # words
			run_cmd timeout 100 "$OURS" ${command#* }
			assertEquals "$n bytes at a time: $command" "${command%% *} one/$(printf '%0259d' 0)/end err/E" \
				"$RC $(printf '%s' "$OUT" | tr '\n' '/') $(printf '%s' "$ERR" | tr '\n' '/')"
		done
	done
}

test_false_lengths() {
	local code words
	for words in "125 run --rm img" "1 exec web x" "1 attach web" "1 start -a web" "1 logs web"; do
		code=${words%% *} words=${words#* }
		case_is "stream=$ABC\\x01\\0\\0\\0\\0\\0\\0\\x09abc"
		# shellcheck disable=SC2086 # words
		{
			gives "$code" abcabc "ended in the middle" $words
			case_is "stream=$ABC\\x01\\0\\0\\0\\xff\\xff\\xff\\xffabc"
			gives "$code" abcabc "ended in the middle" $words
			case_is "stream=$ABC\\x01\\0\\0\\0\\0\\0\\0\\x02abcdefghij"
			gives "$code" abcab "bad header" $words
			case_is "stream=$ABC\\x07\\0\\0\\0\\0\\0\\0\\x02ab"
			gives "$code" abc "bad header" $words
			case_is "stream=$ABC\\x01\\0\\0\\x01\\0\\0\\0\\x02ab"
			gives "$code" abc "bad header" $words
			case_is "stream=$ABC\\x01\\0\\0"
			gives "$code" abc "ended in the middle" $words
		}
	done
}

# Nobody can have its output any more, so that it does not stay; without --rm it goes on.
test_nothing_stays() {
	case_is "stream=$ABC\\x07\\0\\0\\0\\0\\0\\0\\x02ab"
	gives 125 abc "bad header" run --rm img
	removed "run --rm" 1
	gives 125 abc "bad header" run img
	removed "run" 1
	case_is "start=boom"
	gives 125 "" boom run --rm img
	removed "run --rm that cannot start" 1
	case_is "status=500"
	gives 125 "" "no streams today" run --rm img
	removed "run --rm that cannot be attached to" 1
	case_is 'start=exec: no-such-thing: executable file not found in PATH'
	gives 127 "" "executable file not found" run --rm img
	case_is 'start=exec: /etc/passwd: permission denied'
	gives 126 "" "permission denied" run --rm img
}

test_the_engine_goes_away() {
	case_is "stream=$ABC" dies=yes
	gives 125 abc "cannot wait for the container" run --rm img
	case_is "stream=$ABC" dies=yes
	gives 1 abc "cannot wait for the container" attach web
	case_is "stream=$ABC" dies=yes
	gives 1 abc "$SOCK" exec web x
	case_is "stream=$ABC" dies=yes
	gives 1 abc "closed in the middle" logs web
	case_is 'body=d\r\n{"status":"x"\r\n' dies=yes
	gives 1 "" "closed in the middle" events
	case_is 'body=1f\r\n{"status":"Pulling","id":"a"}\r\n\r\n40\r\n{"st' dies=yes
	gives 1 "a: Pulling" "closed in the middle" pull -a img
	gives 1 "" "$SOCK" ps
}

test_wait_at_fault() {
	case_is "stream=$ABC" 'wait='
	gives 125 abc "cannot wait for the container" run img
	case_is "stream=$ABC" 'wait={"StatusCode":3,"Error":{"Message":"no cgroup"}}'
	gives 125 abc "no cgroup" run img
	gives 1 abc "no cgroup" attach web
	case_is "stream=$ABC" 'wait={"StatusCode":"x"}'
	gives 125 abc "StatusCode" run img
	case_is "stream=$ABC" 'wait=nonsense'
	gives 125 abc "JSON" run img
}

test_no_stream_where_one_was_to_begin() {
	local status
	for status in 200 204; do
		case_is "status=$status"
		gives 125 "" "$status" run img
		gives 1 "" "$status" attach web
		gives 1 "" "$status" exec web x
	done
	case_is "status=409"
	gives 125 "" "no streams today" run img
	gives 1 "" "no streams today" attach web
	gives 1 "" "no streams today" exec web x
}

test_chunks_at_fault() {
	case_is "stream=$ABC" cut=yes
	gives 1 abc "closed in the middle" logs web
	gives 1 abc "closed in the middle" logs -f web
	case_is 'body=zz\r\n'
	gives 1 "" "chunk" events
	gives 1 "Using default tag: latest" "chunk" pull img
	case_is 'body=4\r\n\n\n\n\nef\r\n'
	gives 1 "" "longer than it says" events
	case_is 'body=0\r\n'
	gives 1 "" "closed in the middle" events
}

# The process has ended and has not read its input: the connection may be reset. Its exit code counts.
test_input_that_nobody_reads() {
	case_is "stream=$ABC" 'wait={"StatusCode":9}'
	head -c 5000000 /dev/zero | timeout 100 "$OURS" run -i img >"$SCRATCH/o" 2>"$SCRATCH/e"
	assertEquals "9 abc" "${PIPESTATUS[1]} $(cat "$SCRATCH/o" "$SCRATCH/e")"
	head -c 5000000 /dev/zero >"$SCRATCH/file"
	timeout 100 "$OURS" run -i img <"$SCRATCH/file" >"$SCRATCH/o" 2>"$SCRATCH/e"
	assertEquals "9 abc" "$? $(cat "$SCRATCH/o" "$SCRATCH/e")"
}

test_output_that_nobody_takes() {
	local big
	big='\x01\0\0\0\0\x03\x0d\x40'$(printf '%0200000d' 0)
	case_is "stream=$big$big$big"
	# shellcheck disable=SC2016 # for the inner shell
	for command in "logs web" "exec web x" "attach web" "run --rm img"; do
		run_cmd timeout 100 bash -c '"$OURS" '"$command"' | head -c 3; echo " ${PIPESTATUS[0]}"'
		case $command in run*) code=125 ;; *) code=1 ;; esac
		assertEquals "$command" "000 $code" "$OUT"
		assertContains "$command" "$ERR" "Broken pipe"
	done
	removed "run --rm" 1
}

# on_terminal ARGS: our docker on a terminal, by the dialog on standard input, in expect's words.
on_terminal() {
	{
		cat <<-END
			set timeout 60
			proc want {what} { expect -re \$what {} timeout { puts "\nMISSING \$what"; exit 99 } eof { puts "\nMISSING \$what"; exit 99 } }
			spawn -noecho $SCRATCH/shell $OURS $*
		END
		cat
		echo 'catch { expect eof }'
	} >"$SCRATCH/dialog"
	timeout 120 expect "$SCRATCH/dialog" >"$SCRATCH/typescript" 2>&1
	assertEquals "docker $*: $(cat "$SOCK.case" "$SCRATCH/typescript")" 0 $?
	assertEquals "the terminal is as it was: docker $*" "$(cat "$SCRATCH/before")" "$(cat "$SCRATCH/after")"
	rm -f "$SCRATCH/before" "$SCRATCH/after"
}

test_the_terminal_after_a_signal() {
	local word
	for word in "TERM 143" "HUP 129" "INT 130" "QUIT 131"; do
		for command in "run -it img" "exec -it web x" "attach web"; do
			case_is "stream=ready" stays=yes tty=yes
			on_terminal "$command" <<-END
				want ready
				exec pkill -${word% *} -P [exp_pid]
				want {code ${word#* }\\.}
			END
		done
	done
}

test_the_terminal_after_an_engine() {
	case_is "stream=ready" dies=yes tty=yes
	on_terminal "run -it --rm img" <<-'END'
		want ready
		want {cannot wait}
		want {code 125\.}
	END
	case_is "stream=ready" dies=yes tty=yes
	on_terminal "attach web" <<-'END'
		want ready
		want {code 1\.}
	END
	case_is "stream=ready" tty=yes 'wait={"StatusCode":6}'
	on_terminal "run -it img" <<<'want ready; want {code 6\.}'
	case_is "status=200"
	on_terminal "run -it img" <<<'want {HTTP status 200}; want {code 125\.}'
	case_is "start=boom"
	on_terminal "run -it img" <<<'want boom; want {code 125\.}'
}

# The first of the keys is a NUL.
test_detaching_by_ctrl_at() {
	case_is "stream=ready" stays=yes tty=yes
	on_terminal "run -it --detach-keys ctrl-@,x img" <<-'END'
		want ready
		send -null 1
		send "x"
		want {code 0\.}
	END
}

# Engines that want it are told the size before the process starts, the others as soon as it runs.
test_size_at_the_start() {
	case_is "stream=ready" tty=yes
	on_terminal "run -it img" <<<'want ready; want {code 0\.}'
	assertContains "$(grep /create "$SOCK.log")" '"ConsoleSize":[33,101]'
	case_is "stream=ready" tty=yes
	on_terminal "exec -it web x" <<<'want ready; want {code 3\.}'
	assertEquals 2 "$(grep -c '/exec.*"ConsoleSize":\[33,101\]' "$SOCK.log")"
	assertContains "$(cat "$SOCK.log")" '/exec/e1/resize?h=33&w=101'
}

# X- headers of the client's settings go with every request.
test_headers_of_the_settings() {
	case_is "stream=$ABC"
	echo '{"HttpHeaders":{"X-Token":"a b","User-Agent":"X-no","X-Number":1}}' >"$DOCKER_CONFIG/config.json"
	gives 0 abc "" logs web
	rm "$DOCKER_CONFIG/config.json"
	assertEquals "each of them" "$(wc -l <"$SOCK.log")" "$(grep -c ' X-Token: a b ' "$SOCK.log")"
	assertNotContains "$(cat "$SOCK.log")" "X-no"
	case_is "stream=$ABC"
	printf '%s\n' '{"HttpHeaders":{"X-Token":"s3cret\r\nX-Other: 1"}}' >"$DOCKER_CONFIG/config.json"
	gives 1 "" "docker: HttpHeaders in config.json: 'X-Token' is no HTTP header: it takes the form 'Name: value', on one line" \
		logs web
	echo '{"HttpHeaders":{"host":"x","Content-Length":"7","transfer-encoding":"x","Trailer":"x"}}' >"$DOCKER_CONFIG/config.json"
	gives 0 abc "" logs web
	rm "$DOCKER_CONFIG/config.json"
}

. shunit2
