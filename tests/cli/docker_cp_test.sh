#!/bin/bash
# docker cp from engines that send an archive which would write elsewhere: refused, and nothing outside is touched.
. tests/lib.sh

oneTimeSetUp() {
	scratch
	mkdir "$SCRATCH/outside"
}

# archive NAME CODE: FILE is an archive made by the Python code, in which add(name, type, link, data) adds a member.
archive() {
	FILE=$SCRATCH/$1.tar
	python3 - "$FILE" "$SCRATCH/outside" <<-END
		import io, sys, tarfile
		t = tarfile.open(sys.argv[1], 'w')
		outside = sys.argv[2]
		def add(name, type=tarfile.REGTYPE, link='', data=b'evil'):
		    m = tarfile.TarInfo(name)
		    m.type, m.linkname, m.mode = type, link, 0o755
		    m.size = len(data) if type == tarfile.REGTYPE else 0
		    t.addfile(m, io.BytesIO(data))
		$2
		t.close()
	END
}

# copied WORDS: the archive is refused with these words, and stays beneath the target.
copied() {
	local pid i
	mkfifo "$SCRATCH/stop"
	tests/fake_engine "$SCRATCH/sock" "archive=$FILE" <"$SCRATCH/stop" &
	pid=$!
	exec 8>"$SCRATCH/stop"
	for ((i = 0; i < 1500; i++)); do [ -S "$SCRATCH/sock" ] && break; sleep 0.02; done
	rm -rf "$SCRATCH/to"
	mkdir -p "$SCRATCH/to/in"
	run_cmd timeout 60 "$DR" docker -H "unix://$SCRATCH/sock" cp c:/x "$SCRATCH/to/in"
	exec 8>&-
	wait $pid
	rm -f "$SCRATCH/sock" "$SCRATCH/stop"
	assertEquals "$FILE: $ERR" 1 "$RC"
	assertContains "$FILE" "$ERR" "$1"
	assertEquals "one line" 1 "$(wc -l <<<"$ERR")"
	assertEquals "$FILE: outside" "" "$(ls -A "$SCRATCH/outside")"
	assertEquals "$FILE: beside" in "$(ls -A "$SCRATCH/to")"
}

DIR="add('x/', tarfile.DIRTYPE)"

test_names_that_climb() {
	archive up "$DIR; add('x/../../evil')"
	copied "'..'"
	archive first "add('../evil')"
	copied "'..'"
	archive other "$DIR; add('y/evil')"
	copied "which is outside"
	archive longer "$DIR; add('xx')"
	copied "which is outside"
	archive absolute "$DIR; add(outside + '/evil')"
	copied "which is outside"
}

test_links_that_lead_away() {
	archive symlink "$DIR; add('x/l', tarfile.SYMTYPE, outside); add('x/l/evil')"
	copied "a symbolic link is not followed"
	archive relative "$DIR; add('x/l', tarfile.SYMTYPE, '../../../outside'); add('x/l/d/evil')"
	copied "a symbolic link is not followed"
	archive hardlink "$DIR; add('x/h', tarfile.LNKTYPE, outside + '/../up.tar')"
	copied "'..'"
	archive absolute-hardlink "$DIR; add('x/h', tarfile.LNKTYPE, '/etc/passwd')"
	copied "which is outside"
	archive through "$DIR; add('x/l', tarfile.SYMTYPE, '/etc'); add('x/h', tarfile.LNKTYPE, 'x/l/passwd')"
	copied "a symbolic link is not followed"
}

test_cut_short() {
	archive whole "$DIR; add('x/f', data=b'a' * 100000)"
	head -c 50000 "$FILE" >"$SCRATCH/cut.tar"
	FILE=$SCRATCH/cut.tar
	copied ""
}

. shunit2
