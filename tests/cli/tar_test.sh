#!/bin/bash
# The tar applet against GNU tar, bsdtar and busybox tar, in both directions.
. tests/lib.sh
# GNU tar shows names in the locale's characters, bsdtar translates them; ours takes them for UTF-8 always.
export LC_ALL=C.UTF-8

oneTimeSetUp() {
	scratch
	ln -sf "$DR" "$SCRATCH/tar"
	ours=$SCRATCH/tar
	cd "$SCRATCH" || return 1
	make_tree tree
}

# A tree with all that an archive can hold.
make_tree() {
	mkdir -p "$1"/{sub/deep,empty,"with space"}
	echo hello >"$1/file"
	printf 'no newline' >"$1/sub/deep/x"
	: >"$1/empty-file"
	ln -s file "$1/link"
	ln -s /nowhere/at/all "$1/dangling"
	ln "$1/file" "$1/sub/hard"
	mkfifo "$1/fifo"
	mknod "$1/null" c 1 3
	truncate -s 3M "$1/sparse"
	printf 'middle' | dd of="$1/sparse" bs=1 seek=1000000 conv=notrunc status=none
	head -c 100000 /dev/urandom >"$1/random"
	local long
	long=$(printf 'n%.0s' {1..90})
	mkdir -p "$1/$long/$long/$long"
	echo deep >"$1/$long/$long/$long/$long"
	ln -s "$long/$long/$long/$long" "$1/longlink"
	echo x >"$1/with space/ünï\\code"
	chmod 4755 "$1/random"
	chmod 1777 "$1/empty"
	chmod 600 "$1/sub/deep/x"
	chown 1234:5678 "$1/empty-file"
	chown -h 22022:22022 "$1/link"
	touch -h -d '2001-02-03 04:05:06' "$1/link" "$1/file" "$1/sub/deep/x"
	touch -d '2011-02-03 04:05:06.123456789' "$1/random"
	touch -d '1999-01-01' "$1/empty"
}

# All that can be seen of a tree: types, modes, owners, seconds, targets, contents.
picture() {
	(cd "$1" && find . -printf '%P %y %m %U:%G %n %l ' \( -type d -printf 'dir\n' -o -printf '%s %Ts\n' \) | sort &&
		find . -type f -print0 | sort -z | xargs -0 sha256sum)
}

same_tree() {
	assertEquals "$3" "$(picture "$1")" "$(picture "$2")"
}

test_read_by_the_others() {
	"$ours" -cf o.tar tree
	assertEquals 0 $?
	local tool
	for tool in tar bsdtar; do
		rm -rf out && mkdir out
		$tool -xpf o.tar -C out
		assertEquals "$tool reads ours" 0 $?
		same_tree tree out/tree "$tool"
	done
	# busybox leaves owner and time of symlinks as they come.
	rm -rf out && mkdir out
	busybox tar -xpf o.tar -C out
	assertEquals "busybox reads ours" 0 $?
	assertEquals busybox "$(picture tree | grep -v ' l 777')" "$(picture out/tree | grep -v ' l 777')"
}

test_read_from_the_others() {
	local how n=0
	for how in "tar --format=gnu" "tar --format=pax" "tar --format=ustar --exclude=nnn* --exclude=longlink" "bsdtar" "bsdtar --format pax" \
		"bsdtar --format ustar --exclude nnn* --exclude longlink" "tar --format=v7 --exclude=nnn* --exclude=longlink --exclude=fifo --exclude=null" \
		"tar -S --format=gnu" "tar -S --format=pax --sparse-version=0.0" "tar -S --format=pax --sparse-version=0.1" \
		"tar -S --format=pax --sparse-version=1.0"; do
		$how -cf t.tar tree || fail "$how"
		rm -rf out want && mkdir out want
		tar -xpf t.tar -C want
		"$ours" -xpf t.tar -C out
		assertEquals "ours reads $how" 0 $?
		same_tree want/tree out/tree "$how"
		n=$((n + 1))
	done
	assertEquals 11 $n
}

test_listings_are_gnu_tars() {
	"$ours" -cf o.tar tree
	assertEquals "$(tar -tf o.tar)" "$("$ours" -tf o.tar)"
	assertEquals "$(tar -tvf o.tar)" "$("$ours" -tvf o.tar)"
	assertEquals "$(tar --numeric-owner -tvf o.tar)" "$("$ours" --numeric-owner -tvf o.tar)"
	tar -cf t.tar tree
	assertEquals "$(tar -tvf t.tar)" "$("$ours" tvf t.tar)"
	assertEquals "$(tar -tf t.tar tree/sub)" "$("$ours" -tf t.tar tree/sub/)"
	assertEquals "$(tar -cvf t.tar -C tree file sub | sort)" "$("$ours" -cvf o.tar -C tree file sub | sort)"
}

test_holes_stay_holes() {
	"$ours" -cSf o.tar tree/sparse
	assertTrue "the archive is small" "[ $(stat -c %s o.tar) -lt 40000 ]"
	rm -rf out && mkdir out && tar -xf o.tar -C out
	cmp tree/sparse out/tree/sparse
	assertEquals 0 $?
	rm -rf out && mkdir out && "$ours" -xf o.tar -C out
	cmp tree/sparse out/tree/sparse
	assertEquals 0 $?
	assertTrue "so is the file" "[ $(stat -c %b out/tree/sparse) -lt 100 ]"
	truncate -s 1M end
	"$ours" -cSf o.tar end
	rm -rf out && mkdir out && tar -xf o.tar -C out && cmp end out/end
	assertEquals "a file that is one hole" 0 $?
}

test_pax_keeps_nanoseconds_and_attributes() {
	echo a >attr
	setfattr -n user.colour -v "blue=green" attr || fail "this file system has no attributes"
	touch -d '2020-01-01 00:00:00.123456789' attr
	"$ours" --format=pax --xattrs -cf o.tar attr
	rm -rf out && mkdir out && "$ours" --xattrs -xf o.tar -C out
	assertEquals "$(stat -c %y attr)" "$(stat -c %y out/attr)"
	assertEquals "blue=green" "$(getfattr --only-values -n user.colour out/attr)"
	rm -rf out && mkdir out && tar --xattrs -xf o.tar -C out
	assertEquals "$(stat -c %y attr)" "$(stat -c %y out/attr)"
	assertEquals "blue=green" "$(getfattr --only-values -n user.colour out/attr)"
	tar --format=pax --xattrs -cf t.tar attr
	rm -rf out && mkdir out && "$ours" --xattrs -xf t.tar -C out
	assertEquals "blue=green" "$(getfattr --only-values -n user.colour out/attr)"
}

test_names_exclusion_and_stripping() {
	assertEquals "$(tar -c --exclude='*.o' --exclude=sub -C tree . | tar -t | sort)" \
		"$("$ours" -c --exclude='*.o' --exclude=sub -C tree . | tar -t | sort)"
	rm -rf out want && mkdir out want
	tar -cf t.tar tree
	tar -xf t.tar -C want --strip-components=1
	"$ours" -xf t.tar -C out --strip-components 1
	assertEquals "$(picture want)" "$(picture out)"
	printf 'tree/file\ntree/link\n' | "$ours" -cf o.tar -T -
	assertEquals "$(printf 'tree/file\ntree/link')" "$(tar -tf o.tar)"
	printf 'tree/file\0tree/with space\0' | "$ours" -cf o.tar --null -T -
	assertEquals "$(printf 'tree/file\ntree/with space/\ntree/with space/ünï\\\\code')" "$(tar -tf o.tar)"
	mkdir -p c1 c2 && echo 1 >c1/a && echo 2 >c2/b
	"$ours" -cf o.tar -C c1 a -C ../c2 b
	assertEquals "$(printf 'a\nb')" "$(tar -tf o.tar)"
	assertEquals 1 "$("$ours" -xOf o.tar a)"
}

test_pipes_and_gzip() {
	"$ours" -c tree | tar -x -C / --to-stdout tree/file | grep -q hello
	assertEquals 0 $?
	"$ours" -czf o.tgz tree && gzip -t o.tgz
	assertEquals 0 $?
	assertEquals "$(tar -tzf o.tgz)" "$("$ours" -tf o.tgz)"
	tar -czf t.tgz tree
	rm -rf out && mkdir out && "$ours" -xzf t.tgz -C out && same_tree tree out/tree gzip
	run_cmd "$ours" -tzf o.tar
	assertEquals 2 "$RC"
	assertContains "$ERR" "not in gzip format"
}

test_absolute_and_parent_names() {
	run_cmd "$ours" -cf o.tar "$SCRATCH/tree/file"
	assertEquals "tar: Removing leading \`/' from member names" "$ERR"
	assertEquals "${SCRATCH#/}/tree/file" "$(tar -tf o.tar)"
	(cd tree/sub && run_cmd "$ours" -cf ../../o.tar ../file)
	assertEquals file "$(tar -tf o.tar)"
	tar -cPf t.tar "$SCRATCH/tree/file"
	rm -rf out && mkdir out && run_cmd "$ours" -xf t.tar -C out
	assertEquals 0 "$RC"
	assertTrue "[ -f out/$SCRATCH/tree/file ]"
}

test_nothing_climbs_out() {
	python3 - <<'PY'
import tarfile, io
def make(name, *members):
    with tarfile.open(name, "w") as t:
        for path, kind, target in members:
            i = tarfile.TarInfo(path)
            i.type = kind
            i.linkname = target
            t.addfile(i, io.BytesIO(b""))
F, S, L = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
make("evil1.tar", ("../escaped", F, ""))
make("evil2.tar", ("up", S, ".."), ("up/escaped", F, ""))
make("evil3.tar", ("root", S, "/"), ("root/escaped-root", F, ""))
make("evil4.tar", ("h", L, "../outside"))
make("evil5.tar", ("a/../../escaped", F, ""))
PY
	echo outside >outside
	local i
	for i in 1 2 3 4 5; do
		rm -rf out && mkdir out
		run_cmd "$ours" -xf evil$i.tar -C out
		assertEquals "evil$i" 2 "$RC"
		assertContains "$ERR" "Exiting with failure status"
	done
	assertFalse "[ -e escaped ]"
	assertFalse "[ -e /escaped-root ]"
	assertEquals 1 "$(stat -c %h outside)"
}

test_errors() {
	run_cmd "$ours" -cf o.tar no-such-file tree/file
	assertEquals 2 "$RC"
	assertContains "$ERR" "no-such-file: Cannot stat"
	assertEquals tree/file "$(tar -tf o.tar)"
	run_cmd "$ours" -xf o.tar nothing
	assertEquals 2 "$RC"
	assertContains "$ERR" "nothing: Not found in archive"
	run_cmd "$ours" -xf /nonexistent.tar
	assertEquals 2 "$RC"
	run_cmd "$ours" -tf tree/random
	assertEquals 2 "$RC"
	head -c 700 o.tar >cut.tar
	run_cmd "$ours" -tf cut.tar
	assertEquals 2 "$RC"
	run_cmd "$ours" -cxf o.tar a
	assertEquals 2 "$RC"
	run_cmd "$ours" -cf o.tar
	assertContains "$ERR" "empty archive"
	run_cmd "$ours" --frobnicate
	assertContains "$ERR" "--frobnicate"
	run_cmd "$ours" -cf /dev/full tree
	assertEquals 2 "$RC"
}

test_replaces_what_is_there() {
	rm -rf out && mkdir -p out/tree/file out/tree/empty-file
	echo old >out/tree/random
	ln -s "$SCRATCH/victim" out/tree/fifo
	echo victim >victim
	"$ours" -cf o.tar tree && "$ours" -xpf o.tar -C out
	assertEquals 0 $?
	same_tree tree out/tree "over old files"
	assertEquals victim "$(cat victim)"
	run_cmd "$ours" -xkf o.tar -C out
	assertEquals "keep old files" 2 "$RC"
}

. shunit2
