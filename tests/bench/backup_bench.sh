#!/bin/bash
# dr backup and verify beside what one would write by hand: tar | pigz | age, and tar in a container of the docker CLI.
. tests/lib.sh
. tests/bench/lib.sh
scratch
trap 'rm -rf "$SCRATCH"' EXIT
host_new
host dr configure "$MAIN" >/dev/null && host dr install j842/dr-helloworld bench >/dev/null || exit 1
VOLUME=$(docker volume inspect -f '{{.Mountpoint}}' dr-bench-config)
"$DR" age-keygen -o "$SCRATCH/key" 2>/dev/null
TO=$("$DR" age-keygen -y "$SCRATCH/key")
OUT=$SCRATCH/ours THEIRS=$SCRATCH/theirs
corpus "$SCRATCH/in"

# program NAME TEXT: a script that runs as on the private host.
program() {
	printf '#!/bin/bash\n[ -n "${INSIDE:-}" ] || INSIDE=1 HOME=%s PATH=%s:$PATH exec unshare -m --propagation private bash -c "mount --bind %s/etc /etc && exec bash $0"\n%s\n' \
		"$HOST_DIR/home" "$BIN" "$HOST_DIR" "$2" >"$SCRATCH/$1"
	chmod +x "$SCRATCH/$1"
}
program keyed "rm -f $OUT; exec dr backup --recipient $TO bench $OUT"
program plain "rm -f $OUT; exec dr backup bench $OUT"
program piped "tar -C $VOLUME -c . | pigz -6 | age -r $TO >$THEIRS"
program docker "docker run --rm --network none -v dr-bench-config:/config j842/dr-helloworld tar -C /config -czf - . >$THEIRS"

measure() { # CORPUS
	local wall cpu
	best_of 3 "$SCRATCH/piped"
	wall=$WALL cpu=$CPU
	best_of 3 "$SCRATCH/keyed"
	[ "$BENCH_RC" = 0 ] || { echo "dr backup failed"; exit 1; }
	claim "$1: dr backup --recipient / tar | pigz -6 | age (wall)" "$WALL" "$wall" le 1
	claim "$1: dr backup --recipient / tar | pigz -6 | age (processor)" "$CPU" "$cpu" le 1
	claim "$1: its size" "$(stat -c %s "$OUT")" "$(stat -c %s "$THEIRS")" le 1.03
	peak_of "$DR" verify -i "$SCRATCH/key" "$OUT"
	claim "$1: dr verify, MiB of memory" "$PEAK" 1024 le 40
	rm "$OUT"
	peak_of dr backup --recipient "$TO" bench "$OUT"
	claim "$1: dr backup, MiB of memory" "$PEAK" 1024 le 40
	best_of 1 "$SCRATCH/docker"
	wall=$WALL
	best_of 3 "$SCRATCH/plain"
	claim "$1: docker run tar -cz / dr backup (wall)" "$wall" "$WALL" ge 5
}

corpus_files "$SCRATCH/in" "$VOLUME" 19000
measure "19,000 files"
find "$VOLUME" -mindepth 1 -delete
split -b 60000000 "$SCRATCH/in" "$VOLUME/part"
measure "5 large files"
find "$VOLUME" -mindepth 1 -delete
truncate -s 3G "$VOLUME/sparse"
rm -f "$OUT"
peak_of dr backup bench "$OUT"
claim "3 GB, sparse: dr backup, MiB of memory" "$PEAK" 1024 le 40
peak_of "$DR" verify "$OUT"
claim "3 GB, sparse: dr verify, MiB of memory" "$PEAK" 1024 le 40
host dr destroy bench >/dev/null 2>&1
exit $bench_failed
