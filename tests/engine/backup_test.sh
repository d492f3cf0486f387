#!/bin/bash
# dr backup: what is in the file, how it can be opened without dr, and what becomes of containers meanwhile.
. tests/lib.sh

IMAGE=j842/dr-helloworld

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	host_new
	host dr configure "$MAIN" >"$SCRATCH/log" 2>&1 && host dr install $IMAGE saved >"$SCRATCH/log" 2>&1 || exit 1
	VOLUME=$(docker volume inspect -f '{{.Mountpoint}}' dr-saved-config)
	fill "$VOLUME"
}

# fill DIR: one of everything that a backup must keep.
fill() {
	local dir=$1
	mkdir -p "$dir/sub/deep" "$dir/empty"
	echo "some text" >"$dir/text"
	ln "$dir/text" "$dir/sub/same"
	ln -s ../text "$dir/sub/link"
	ln -s /etc/passwd "$dir/outside"
	mkfifo "$dir/fifo"
	truncate -s 20M "$dir/sparse"
	printf x | dd of="$dir/sparse" bs=1 seek=10000000 conv=notrunc status=none
	head -c 300000 /dev/urandom >"$dir/sub/deep/noise"
	: >"$dir/nothing"
	printf 'odd' >"$dir/odd"$'\n'"name\\"
	setfattr -n user.note -v "kept" "$dir/text"
	setfacl -m u:1234:r "$dir/nothing"
	chown -R 22022:22022 "$dir"
	chown 1000:2000 "$dir/sub/link" -h
	chmod 4751 "$dir/sub/deep/noise"
	touch -d '2001-02-03 04:05:06.123456789' "$dir/empty"
	chmod 0710 "$dir"
}

# picture DIR: all that must be kept, as text.
picture() {
	(cd "$1" && find . -printf '%P %y %m %U %G %T@ %n %l %s\n' | sort && find . -type f -print0 | sort -z | xargs -0 sha256sum &&
		getfattr -R -h -d -m - . && find . -type f -printf '%P %b\n' | awk '$NF > 2000' && find . -samefile text | sort)
}

test_opened_without_dr() {
	host dr backup saved "$SCRATCH/plain.tgz" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
	assertContains "$(cat "$SCRATCH/log")" "saved is backed up"
	assertEquals "private" 600 "$(stat -c %a "$SCRATCH/plain.tgz")"
	gzip -t "$SCRATCH/plain.tgz" || fail "gzip -t"
	mkdir "$SCRATCH/open"
	tar -C "$SCRATCH/open" --xattrs --xattrs-include='*' -xzpf "$SCRATCH/plain.tgz" 2>"$SCRATCH/log" || fail "$(cat "$SCRATCH/log")"
	assertEquals "the volume" "" "$(diff <(picture "$VOLUME") <(picture "$SCRATCH/open/dr-backup/volumes/config") 2>&1)"
	(cd "$SCRATCH/open" && sha256sum --quiet --strict -c dr-backup/checksums) || fail "sha256sum -c"
	assertEquals "every file has its checksum" "$(find "$SCRATCH/open" -type f ! -name checksums -printf '%i\n' | sort -u | wc -l)" \
		"$(wc -l <"$SCRATCH/open/dr-backup/checksums")"
	assertEquals "$IMAGE" "$(cat "$SCRATCH/open/dr-backup/config/imagename.txt")"
	assertNotNull "what the script saved" "$(cat "$SCRATCH/open/dr-backup/service/backed-up-at")"
	assertEquals "saved $IMAGE amd64 true false" "$(jq -r '"\(.service) \(.image) \(.architecture) \(.trailer) \(.live)"' \
		"$SCRATCH/open/dr-backup/manifest.json")"
	assertEquals "its folder is gone" "" "$(ls "$MAIN/.dr/work")"
	assertEquals "so is its container" "" "$(docker ps -aq --filter label=dr.scratch)"
	assertEquals "the order" "dr-backup/manifest.json dr-backup/checksums" \
		"$(tar -tzf "$SCRATCH/plain.tgz" | sed -n '1p;$p' | xargs)"
}

. shunit2
