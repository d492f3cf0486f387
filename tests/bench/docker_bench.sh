#!/bin/bash
# dr's docker against Debian's on one engine: what lists and shows, and what streams through run and logs.
. tests/lib.sh
. tests/bench/lib.sh
scratch
I=j842/dr-helloworld
trap 'docker rm -f bench-c1 bench-logs >/dev/null 2>&1; docker volume rm bench-v1 >/dev/null 2>&1; rm -rf "$SCRATCH"' EXIT
ln -s "$DR" "$SCRATCH/docker"
theirs=/usr/bin/docker ours=$SCRATCH/docker
export DOCKER_CONFIG=$SCRATCH

docker create --name bench-c1 --network none -v bench-v1:/data $I true >/dev/null || exit 1
for line in 'ps -a' version 'inspect bench-c1' 'volume ls'; do
	# shellcheck disable=SC2086 # words
	{
		best_of 7 "$theirs" $line; t_wall=$WALL t_cpu=$CPU
		best_of 7 "$ours" $line; o_wall=$WALL o_cpu=$CPU
		peak_of "$theirs" $line; t_peak=$PEAK
		peak_of "$ours" $line; o_peak=$PEAK
	}
	printf '%s: docker %s ms wall, %s ms CPU, %s KiB; dr %s ms, %s ms, %s KiB\n' "$line" $((t_wall / 1000)) \
		$((t_cpu / 1000)) "$t_peak" $((o_wall / 1000)) $((o_cpu / 1000)) "$o_peak"
	claim "docker $line (CPU)" "$o_cpu" "$t_cpu" le 0.2
	claim "docker $line (memory)" "$o_peak" "$t_peak" le 0.2
	claim "docker $line (wall)" "$o_wall" "$t_wall" le 1
done

best_of 5 "$theirs" run --rm --network none $I true; t_wall=$WALL
best_of 5 "$ours" run --rm --network none $I true
claim "docker run --rm IMAGE true (wall)" "$WALL" "$t_wall" le 1

# Through run -i and back.
# shellcheck disable=SC2317 # timed calls it
through() {
	head -c 1000000000 /dev/zero | "$1" run -i --rm --network none "$I" cat >/dev/null
}
timed through "$theirs"; t_wall=$WALL
timed through "$ours"
printf '1 GB through run -i cat: docker %s ms, dr %s ms\n' $((t_wall / 1000)) $((WALL / 1000))
claim "1 GB through docker run -i IMAGE cat (wall)" "$WALL" "$t_wall" le 1

# 200 MB of lines.
docker run --name bench-logs --network none $I bash -c 'yes "a line of a log that is about as long as they are, mostly" | head -c 200000000' >/dev/null
best_of 3 "$theirs" logs bench-logs; t_wall=$WALL
best_of 3 "$ours" logs bench-logs
printf '200 MB of logs: docker %s ms, dr %s ms\n' $((t_wall / 1000)) $((WALL / 1000))
claim "docker logs of 200 MB (wall)" "$WALL" "$t_wall" le 1
exit $bench_failed
