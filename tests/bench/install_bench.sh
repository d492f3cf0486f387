#!/bin/bash
# dr install against the same steps done with the docker CLI, as the original script did them.
. tests/lib.sh
. tests/bench/lib.sh
scratch
trap 'rm -rf "$SCRATCH"' EXIT
host_new
host dr configure "$MAIN" >/dev/null || exit 1

# An image whose install script does nothing, so that dr's own work is measured and not the script's.
mkdir -p "$SCRATCH/scripts"
for s in install destroy help backup restore enter; do printf '#!/bin/sh\nexit 0\n' >"$SCRATCH/scripts/$s"; done
printf '#!/bin/sh\necho "$1"\n' >"$SCRATCH/scripts/help"
chmod +x "$SCRATCH/scripts"/*
image_with "$SCRATCH/scripts" bench/empty || exit 1
image=bench/empty

cat >"$SCRATCH/original" <<ORIGINAL
#!/bin/bash
# Six checks for files, one for the user, one run that copies /dr to the host, one that sets up the volume.
for f in install destroy help backup restore enter; do docker run --rm --network none $image test -f /dr/\$f || exit 1; done
[ "\$(docker run --rm --network none $image id -u)" = 22022 ] || exit 1
mkdir -p "$SCRATCH/copy"
docker run --rm --network none $image tar -C /dr -cf - . | tar -C "$SCRATCH/copy" -xf - || exit 1
docker volume create bench-config >/dev/null
docker run --name bench-setup --network none -u 0 -v bench-config:/config $image chown 22022:22022 /config || exit 1
docker rm bench-setup >/dev/null
ORIGINAL
chmod +x "$SCRATCH/original"
cat >"$SCRATCH/ours" <<OURS
#!/bin/bash
exec dr install $image bench
OURS
chmod +x "$SCRATCH/ours"

ours='' theirs=''
for _ in 1 2 3; do
	best_of 1 "$SCRATCH/original"
	[ "$BENCH_RC" = 0 ] || { echo "the docker CLI's steps failed"; exit 1; }
	if [ -z "$theirs" ] || [ "$WALL" -lt "$theirs" ]; then theirs=$WALL; fi
	docker volume rm bench-config >/dev/null
	timed host dr install $image bench >/dev/null
	if [ -z "$ours" ] || [ "$WALL" -lt "$ours" ]; then ours=$WALL; fi
	host dr destroy bench >/dev/null
done
printf 'docker CLI, the original steps: %s ms; dr install: %s ms\n' $((theirs / 1000)) $((ours / 1000))
claim "dr install / the same steps with the docker CLI (wall)" "$ours" "$theirs" le 0.0834

# What dr adds to a command: bare script against `bench help`, in one shell each, a hundred times.
host dr install $image bench >/dev/null || exit 1
cat >"$SCRATCH/bare" <<BARE
#!/bin/bash
for i in {1..200}; do "$MAIN/bench/bin/help" bench $image >/dev/null; done
BARE
cat >"$SCRATCH/through" <<THROUGH
#!/bin/bash
for i in {1..200}; do bench help >/dev/null; done
THROUGH
chmod +x "$SCRATCH/bare" "$SCRATCH/through"
bare='' through=''
for _ in 1 2 3; do
	timed host "$SCRATCH/bare"
	if [ -z "$bare" ] || [ "$WALL" -lt "$bare" ]; then bare=$WALL; fi
	timed host "$SCRATCH/through"
	if [ -z "$through" ] || [ "$WALL" -lt "$through" ]; then through=$WALL; fi
done
printf 'the script itself: %s us; through dr: %s us\n' $((bare / 200)) $((through / 200))
claim "SERVICE help: added by dr, in units of 2 ms" $(((through - bare) / 200)) 2000 le 1

# A thousand services, and two thousand.
fill() {
	local i
	for ((i = $1; i < $2; i++)); do cp -a "$MAIN/bench" "$MAIN/copy$i"; printf 'copy%s\n' "$i" >"$MAIN/copy$i/config/servicename.txt"; done
}
list_time() {
	local best='' _
	for _ in 1 2 3 4 5; do
		timed host bash -c 'for i in {1..10}; do dr list >/dev/null; done'
		if [ -z "$best" ] || [ "$WALL" -lt "$best" ]; then best=$WALL; fi
	done
	echo $((best / 10))
}
fill 1 1000
t1=$(list_time)
fill 1000 2000
t2=$(list_time)
printf 'dr list with 1000 services: %s us; with 2000: %s us\n' "$t1" "$t2"
claim "dr list with 1000 services, in units of 10 ms" "$t1" 10000 le 1
claim "dr list with 2000 services / with 1000" "$t2" "$t1" le 2.5

for ((i = 1; i < 2000; i++)); do rm -rf "$MAIN/copy$i"; done
most=0
for cmd in "dr destroy bench" "dr install $image bench" "dr list"; do
	read -ra words <<<"$cmd"
	peak_of "${words[@]}"
	printf 'peak memory of %s: %s KiB\n' "$cmd" "$PEAK"
	[ "$PEAK" -le "$most" ] || most=$PEAK
done
claim "peak memory, in units of 4 MiB" "$most" 4096 le 1
host dr destroy bench >/dev/null
exit $bench_failed
