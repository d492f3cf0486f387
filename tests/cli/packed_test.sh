#!/bin/bash
# build/dr as it is stored on x86-64: compressed, and started by lib/packed. Elsewhere it is the program itself.
. tests/lib.sh

# The process $1 runs dr: $2 is a pattern of /proc/PID/maps that says so.
wait_for_map() {
	local i
	for ((i = 0; i < 600; i++)); do
		grep -q "$2" "/proc/$1/maps" 2>/dev/null && return 0
		sleep 0.05
	done
	fail "process $1 does not come to run"
	return 1
}

# A dr that waits for its input; its pid in $WAITING.
waiting_dr() {
	scratch
	mkfifo "$SCRATCH/pipe"
	"$@" gzip -c <"$SCRATCH/pipe" >/dev/null &
	WAITING=$!
	exec 9>"$SCRATCH/pipe"
	rm "$SCRATCH/pipe"
}

done_waiting() {
	exec 9>&-
	wait "$WAITING"
	assertEquals "what waited ends well" 0 $?
}

test_no_page_is_writable_and_executable() {
	waiting_dr "$DR"
	wait_for_map "$WAITING" '^0*400000-[0-9a-f]* r-xp' || return 0
	maps=$(cat "/proc/$WAITING/maps")
	assertEquals "" "$(grep -E '^[^ ]+ .?wx' <<<"$maps")"
	done_waiting
}

test_the_file_is_still_its_own() {
	waiting_dr "$DR"
	wait_for_map "$WAITING" '^0*400000-[0-9a-f]* r-xp' || return 0
	assertEquals "$DR" "$(readlink "/proc/$WAITING/exe")"
	# The heap begins behind everything, whatever the kernel's luck: it cannot grow into the program.
	heap=$(grep -F '[heap]' "/proc/$WAITING/maps" | head -n 1 | cut -d- -f1)
	[ -z "$heap" ] || assertTrue "heap at $heap" "[ $((16#$heap)) -gt $((16#4000000)) ]"
	done_waiting
}

test_what_links_and_names_say() {
	scratch
	ln -sf "$DR" "$SCRATCH/tar"
	run_cmd "$SCRATCH/tar" --help
	assertContains "$OUT" "Usage: tar"
	run_cmd env -i "$DR" --version
	assertEquals "0 dr 1.0.0" "$RC $OUT"
	run_cmd bash -c 'exec -a gzip "$0" --help' "$DR"
	assertContains "$OUT" "Usage: gzip"
}

# forbid KIND CMD...: CMD where memory cannot become executable: by prctl (mdwe), by seccomp as systemd does it (mprotect),
# or with memfd_create forbidden too (all).
forbid() {
	python3 - "$@" <<-'END'
		import ctypes, os, struct, sys
		libc = ctypes.CDLL(None, use_errno=True)
		kind, cmd = sys.argv[1], sys.argv[2:]
		if kind == "mdwe":
		    if libc.prctl(65, 1, 0, 0, 0) != 0:   # PR_SET_MDWE: Linux 6.3
		        sys.exit(77)
		else:
		    op = lambda code, k, t=0, f=0: struct.pack("HBBI", code, t, f, k)
		    refuse = op(0x06, 0x00050000 | 1)     # SECCOMP_RET_ERRNO, EPERM
		    prog = [op(0x20, 0),                  # the system call's number
		            op(0x15, 10, 0, 3),           # mprotect:
		            op(0x20, 32),                 #   its third argument
		            op(0x45, 4, 0, 4),            #   has PROT_EXEC
		            refuse,
		            op(0x15, 319 if kind == "all" else 0xffffffff, 0, 1), refuse, # memfd_create
		            op(0x06, 0x7fff0000), op(0x06, 0x7fff0000)]
		    code = b"".join(prog)
		    buf = ctypes.create_string_buffer(code)
		    fprog = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(prog), ctypes.addressof(buf)))
		    assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, fprog, 0, 0) == 0, os.strerror(ctypes.get_errno())
		os.execv(cmd[0], cmd)
	END
}

test_where_memory_cannot_become_executable() {
	run_cmd forbid mprotect "$DR" --version
	assertEquals "0 dr 1.0.0 " "$RC $OUT $ERR"
	run_cmd forbid mdwe "$DR" --version
	[ $RC = 77 ] || assertEquals "0 dr 1.0.0 " "$RC $OUT $ERR" # 77: the kernel does not know it
	run_cmd forbid all "$DR" --version
	if [ "$(uname -m)" = x86_64 ]; then
		assertEquals 1 "$RC"
		assertEquals "dr: this host forbids making memory executable: use the unpacked program, build/dr.elf, here" "$ERR"
	fi
	run_cmd forbid all "$TOP/build/dr.elf" --version
	assertEquals "0 dr 1.0.0 " "$RC $OUT $ERR"
}

test_a_file_cut_short_ends() {
	scratch
	size=$(wc -c <"$DR")
	# 4095 bytes short may leave the last page whole but for its end.
	for keep in 3000 $((size / 2)) $((size - 4095)); do
		head -c "$keep" "$DR" >"$SCRATCH/cut"
		chmod +x "$SCRATCH/cut"
		{ timeout 60 "$SCRATCH/cut" --version >"$SCRATCH/cut.out"; } 2>/dev/null
		rc=$?
		assertTrue "$keep bytes: exit $rc" "[ $rc != 0 ] && [ $rc != 124 ]"
		assertEquals "" "$(cat "$SCRATCH/cut.out")"
	done
}

. shunit2
