#!/bin/bash
# gzip, gunzip and zcat against gzip, pigz and Python's zlib, in both directions, and what becomes of files.
. tests/lib.sh

oneTimeSetUp() {
	scratch
	mkdir "$SCRATCH/bin" "$SCRATCH/data"
	for name in gzip gunzip zcat; do ln -s "$DR" "$SCRATCH/bin/$name"; done
	GZ=$SCRATCH/bin/gzip
	GUNZIP=$SCRATCH/bin/gunzip
	ZCAT=$SCRATCH/bin/zcat
	cd "$SCRATCH/data" || exit 1
	: >empty
	printf x >one
	cat "$DR" "$TOP"/lib/*/*.c "$DR" "$TOP"/lib/*/*.c | head -c 700000 >mixed
	head -c 65535 mixed >below
	head -c 65536 mixed >even
	head -c 600000 /dev/urandom >noise
	head -c 3000000 /dev/zero >zeros
	cd "$TOP" || exit 1  # shunit2 looks for this file
	ALL="empty one below even noise zeros mixed"
}

setUp() {
	rm -rf "$SCRATCH/work"
	mkdir "$SCRATCH/work"
	cd "$SCRATCH/work" || exit 1
}

tearDown() {
	cd "$TOP" || exit 1
}

# Ours, read by theirs.
test_others_read_ours() {
	local f level
	for f in $ALL; do
		for level in 1 2 3 4 5 6 7 8 9; do
			"$GZ" -$level -c "../data/$f" >x.gz || fail "$f -$level: status $?"
			gzip -dc x.gz | cmp -s - "../data/$f" || fail "gzip reads $f -$level"
		done
		zcat x.gz | cmp -s - "../data/$f" || fail "zcat reads $f"
		pigz -dc x.gz | cmp -s - "../data/$f" || fail "pigz reads $f"
		python3 -c 'import sys, gzip; sys.stdout.buffer.write(gzip.open("x.gz").read())' | cmp -s - "../data/$f" ||
			fail "python reads $f"
	done
}

# Theirs, read by ours.
# shellcheck disable=SC2094 # cmp only reads
test_we_read_others() {
	local f level
	for f in $ALL; do
		for level in 1 4 6 9; do
			gzip -$level <"../data/$f" | "$ZCAT" | cmp -s - "../data/$f" || fail "$f of gzip -$level"
			pigz -$level -b 128 -p 2 <"../data/$f" | "$GZ" -d | cmp -s - "../data/$f" || fail "$f of pigz -$level"
		done
		# strategies that gzip never uses: fixed codes, no matches, runs only
		python3 - "../data/$f" >x.gz <<'PY' || fail "python"
import sys, zlib
data = open(sys.argv[1], "rb").read()
for strategy in (zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FILTERED):
    z = zlib.compressobj(6, zlib.DEFLATED, 31, 9, strategy)
    sys.stdout.buffer.write(z.compress(data) + z.flush())
PY
		cat "../data/$f" "../data/$f" "../data/$f" "../data/$f" >four
		"$GUNZIP" -c x.gz | cmp -s - four || fail "strategies of zlib on $f"
	done
}

test_threads_do_not_show() {
	local n
	"$GZ" -p 1 -c ../data/mixed >one.gz
	for n in 2 3 8 100; do
		"$GZ" -p $n -c ../data/mixed | cmp -s - one.gz || fail "-p $n"
	done
	"$GZ" -c <../data/mixed >piped.gz
	gzip -dc piped.gz | cmp -s - ../data/mixed || fail "from stdin"
}

test_file_is_replaced() {
	cp ../data/mixed f
	chmod 640 f
	touch -d '2020-02-03 04:05:06.789' f
	local before
	before=$(stat -c '%a %u %g %Y' f)
	run_cmd "$GZ" f
	assertEquals "0||" "$RC|$OUT|$ERR"
	assertFalse "input is gone" "[ -e f ]"
	assertEquals "$before" "$(stat -c '%a %u %g %Y' f.gz)"
	run_cmd "$GUNZIP" f.gz
	assertEquals "0||" "$RC|$OUT|$ERR"
	assertEquals "$before" "$(stat -c '%a %u %g %Y' f)"
	cmp -s f ../data/mixed || fail "content"
	assertEquals f "$(ls -A)"
	run_cmd "$GZ" -k f
	assertEquals 0 "$RC"
	assertEquals "f f.gz" "$(echo *)"
	run_cmd "$GZ" -S .zip -k f
	cmp -s f.gz f.zip || fail "suffix"
	rm f
	run_cmd "$GUNZIP" -S .zip f.zip
	cmp -s f ../data/mixed || fail "content, other suffix"
}

test_name_and_time() {
	cp ../data/one f
	touch -d @1234567890 f
	"$GZ" f
	assertEquals "f 1234567890" "$(python3 -c '
import gzip
g = gzip.open("f.gz"); g.read(); d = open("f.gz", "rb").read()
print(d[10:d.index(0, 10)].decode(), g.mtime)')"
	mv f.gz g.gz
	touch g.gz
	run_cmd "$GUNZIP" -N g.gz
	assertEquals "0 f 1234567890" "$RC $(ls) $(stat -c %Y f)"
	# a name that leads elsewhere is only taken for its last part
	python3 - <<'PY'
import zlib, struct
z = zlib.compressobj(6, zlib.DEFLATED, -15)
body = z.compress(b"x") + z.flush()
open("h.gz", "wb").write(b"\x1f\x8b\x08\x08\0\0\0\0\0\x03" + b"../../evil\0" + body + struct.pack("<II", zlib.crc32(b"x"), 1))
PY
	run_cmd "$GUNZIP" -N h.gz
	assertEquals 0 "$RC"
	assertTrue "beneath the folder" "[ -f evil ]"
	assertFalse "not above it" "[ -e ../../evil ]"
	"$GZ" -n evil
	assertEquals "0000000000" "$(od -An -tx1 -j3 -N5 evil.gz | tr -d ' \n')"
}

# What gzip turns down, with its statuses: 1 for errors, 2 for warnings.
test_refusals() {
	cp ../data/one f
	gzip -k f
	run_cmd "$GZ" f
	assertEquals "2|gzip: f.gz already exists; not overwritten" "$RC|$ERR"
	run_cmd "$GZ" f.gz
	assertEquals "2|gzip: f.gz already has .gz suffix -- unchanged" "$RC|$ERR"
	run_cmd "$GZ" .
	assertEquals "2|gzip: . is a directory -- ignored" "$RC|$ERR"
	run_cmd "$GZ" -q .
	assertEquals "2|" "$RC|$ERR"
	run_cmd "$GZ" absent
	assertEquals "1|gzip: absent: No such file or directory" "$RC|$ERR"
	run_cmd "$GUNZIP" f
	assertEquals "2|gunzip: f: unknown suffix -- ignored" "$RC|$ERR"
	run_cmd "$ZCAT" f
	assertEquals "1|zcat: f: not in gzip format" "$RC|$ERR"
	ln f h
	rm f.gz
	run_cmd "$GZ" h
	assertEquals "2|gzip: h has 1 other link -- file ignored" "$RC|$ERR"
	ln -s f s
	run_cmd "$GZ" s
	assertEquals 1 "$RC"
	mkfifo p
	run_cmd "$GZ" p
	assertEquals "2|gzip: p is not a directory or a regular file - ignored" "$RC|$ERR"
	run_cmd "$GZ" -f h
	assertEquals 0 "$RC"
	assertEquals "f h.gz p s" "$(echo *)"
	run_cmd "$GZ" --no-such-option
	assertEquals 1 "$RC"
}

test_terminal() {
	local said
	said=$(script -qec "$GZ" /dev/null </dev/null)
	assertContains "$said" "compressed data not written to a terminal"
}

test_damaged_files_change_nothing() {
	gzip -c ../data/mixed >good.gz
	head -c 5000 good.gz >cut.gz
	cp good.gz sum.gz
	# the fourth byte of the checksum, replaced by another value
	python3 -c 'f = open("sum.gz", "r+b"); f.seek(-5, 2); b = f.read(1)[0]; f.seek(-5, 2); f.write(bytes([b ^ 1]))'
	run_cmd "$GUNZIP" cut.gz
	assertEquals "1|gunzip: cut.gz: unexpected end of file" "$RC|$ERR"
	run_cmd "$GUNZIP" sum.gz
	assertEquals "1|gunzip: sum.gz: invalid compressed data--crc error" "$RC|$ERR"
	run_cmd "$GZ" -t good.gz sum.gz
	assertEquals 1 "$RC"
	run_cmd "$GZ" -t good.gz
	assertEquals "0|" "$RC|$ERR"
	assertEquals "cut.gz good.gz sum.gz" "$(echo *)"
	assertEquals 3 "$(find . -type f | wc -l)"
	# what comes before the fault is still shown
	"$ZCAT" cut.gz 2>err >part
	cmp -s -n "$(stat -c %s part)" part ../data/mixed || fail "part"
	assertTrue "there is some" "[ -s part ]"
}

test_members_padding_and_garbage() {
	cat ../data/one ../data/below >plain
	{ gzip -c ../data/one; gzip -c ../data/below; } >two.gz
	"$ZCAT" two.gz | cmp -s - plain || fail "two members"
	head -c 1000 /dev/zero >>two.gz
	run_cmd "$GZ" -t two.gz
	assertEquals "0|" "$RC|$ERR"
	echo rest >>two.gz
	run_cmd "$GUNZIP" -k two.gz
	assertEquals "2|gunzip: two.gz: decompression OK, trailing garbage ignored" "$RC|$ERR"
	cmp -s two plain || fail "with garbage"
}

test_list_and_verbose() {
	cp ../data/zeros z
	"$GZ" -k z
	run_cmd "$GZ" -l z.gz
	assertEquals "0 2" "$RC $(printf '%s\n' "$OUT" | wc -l)"
	assertEquals "$(stat -c %s z.gz) 3000000 99.8% z" "$(printf '%s\n' "$OUT" | tail -n 1 | xargs)"
	run_cmd "$GZ" -lq z.gz z.gz
	assertEquals 3 "$(printf '%s\n' "$OUT" | wc -l)"
	assertContains "$OUT" "(totals)"
	run_cmd "$GZ" -tv z.gz
	assertEquals "z.gz:	 OK" "$ERR"
	run_cmd "$GZ" -fv z
	assertEquals "z:	 99.8% -- replaced with z.gz" "$ERR"
}

test_recursive() {
	mkdir -p d/e
	cp ../data/one d/a
	cp ../data/one d/e/b
	run_cmd "$GZ" -r d
	assertEquals "0 d/a.gz d/e/b.gz" "$RC $(find d -type f | sort | xargs)"
	run_cmd "$GUNZIP" -r d
	assertEquals "0 d/a d/e/b" "$RC $(find d -type f | sort | xargs)"
}

test_passes_through_what_is_not_gzip() {
	assertEquals plain "$(printf plain | "$GZ" -dcf)"
	printf plain | "$GZ" -dc >out 2>err
	assertEquals 1 $?
}

test_reader_goes_away() {
	gzip -c ../data/zeros >z.gz
	"$ZCAT" z.gz 2>err | true
	assertEquals 1 "${PIPESTATUS[0]}"
	assertEquals "" "$(cat err)"
}

test_full_disk() {
	"$GZ" -c ../data/noise >/dev/full 2>err
	assertEquals 1 $?
	assertContains "$(cat err)" "No space left"
}

. shunit2
