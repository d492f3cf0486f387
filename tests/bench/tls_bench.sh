#!/bin/bash
# dr's docker against the docker CLI through TLS on loopback: a handshake and ps, docker save and cp of 300 MB.
. tests/lib.sh
. tests/bench/lib.sh
. tests/engine/tls.sh
scratch
trap 'engine_down "$SCRATCH/engine"; engine_down "$SCRATCH/engine-rsa"; rm -rf "$SCRATCH"' EXIT
pki "$SCRATCH/pki" ec && tls_engine "$SCRATCH/engine" "$SCRATCH/pki" || exit 1
pki "$SCRATCH/pki-rsa" rsa && tls_engine "$SCRATCH/engine-rsa" "$SCRATCH/pki-rsa" || exit 1
mkdir -p "$SCRATCH/root"
corpus "$SCRATCH/root/big" 300
DOCKER_HOST=unix://$SCRATCH/engine/sock image_from "$SCRATCH/root" bench/big 'CMD ["/none"]' || exit 1
# use [-rsa]: the engine with EC certificates, or that with RSA's.
use() {
	export DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$SCRATCH/pki${1:-}/client
	DOCKER_HOST=tcp://127.0.0.1:$(cat "$SCRATCH/engine${1:-}/port")
	export DOCKER_HOST
}
use
docker create --name big --network none bench/big >/dev/null || exit 1

# each N ARG…: the CLI and dr by turns, N times; of each the best wall time, and the CPU time in the middle.
each() {
	local n=$1 i cli=() our=()
	shift
	CLI_WALL='' OUR_WALL=''
	for ((i = 0; i < n; i++)); do
		best_of 1 docker "$@"
		[ "$BENCH_RC" = 0 ] || { echo "docker $* failed"; exit 1; }
		if [ -z "$CLI_WALL" ] || [ "$WALL" -lt "$CLI_WALL" ]; then CLI_WALL=$WALL; fi
		cli+=("$CPU")
		best_of 1 "$DR" docker "$@"
		[ "$BENCH_RC" = 0 ] || { echo "dr docker $* failed"; exit 1; }
		if [ -z "$OUR_WALL" ] || [ "$WALL" -lt "$OUR_WALL" ]; then OUR_WALL=$WALL; fi
		our+=("$CPU")
	done
	CLI_CPU=$(middle "${cli[@]}") OUR_CPU=$(middle "${our[@]}")
}

middle() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }

# ps_claims KIND: a handshake with those certificates, and ps.
ps_claims() {
	local theirs
	each 20 ps
	claim "ps through TLS with $1 certificates, wall time" "$OUR_WALL" "$CLI_WALL" le 1.0
	claim "ps through TLS with $1 certificates, CPU time" "$OUR_CPU" "$CLI_CPU" le 0.2
	peak_of docker ps
	theirs=$PEAK
	peak_of "$DR" docker ps
	claim "ps through TLS with $1 certificates, memory" "$PEAK" "$theirs" le 0.2
}

use -rsa
ps_claims RSA
use
ps_claims EC
each 3 save -o "$SCRATCH/saved" bench/big
claim "docker save of 300 MB, rate" "$CLI_WALL" "$OUR_WALL" ge 0.8
each 3 cp big:/big "$SCRATCH/copied"
claim "docker cp of 300 MB out, rate" "$CLI_WALL" "$OUR_WALL" ge 0.8
each 3 cp "$SCRATCH/root/big" big:/in
claim "docker cp of 300 MB in, rate" "$CLI_WALL" "$OUR_WALL" ge 0.8
exit "$bench_failed"
