#!/bin/bash
# s3_bench: 300 MB to and from an S3 server on loopback, beside rclone and s3cmd, in one run: five rounds, in each all of them,
# and the shortest time of each counts.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
. tests/bench/lib.sh
scratch
trap 'kill "$S3RVER" 2>/dev/null; rm -rf "$SCRATCH"' EXIT
s3_start
cd "$SCRATCH" || exit 1
head -c 300000000 /dev/urandom >in
export HOME=$SCRATCH AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER AWS_ENDPOINT_URL=$S3_URL
export RCLONE_CONFIG_B_TYPE=s3 RCLONE_CONFIG_B_PROVIDER=Other RCLONE_CONFIG_B_ENV_AUTH=true RCLONE_CONFIG_B_ENDPOINT=$S3_URL \
	RCLONE_CONFIG=$SCRATCH/none RCLONE_CONFIG_B_FORCE_PATH_STYLE=true
cat >.s3cfg <<END
[default]
access_key = S3RVER
secret_key = S3RVER
host_base = ${S3_URL#http://}
host_bucket = ${S3_URL#http://}
use_https = False
END

measure() {
	case $1_$2 in
	dr_put) best_of 1 "$DR" s3 put in s3://bucket/dr ;;
	dr_get) best_of 1 "$DR" s3 get s3://bucket/dr out ;;
	rclone_put) best_of 1 rclone copyto --s3-no-check-bucket --ignore-times in B:bucket/rclone ;;
	rclone_get) best_of 1 rclone copyto --ignore-times B:bucket/rclone out ;;
	s3cmd_put) best_of 1 s3cmd -q put in s3://bucket/s3cmd ;;
	s3cmd_get) best_of 1 s3cmd -q get --force s3://bucket/s3cmd out ;;
	esac
}

for way in put get; do
	declare -A wall=() cpu=()
	for round in 1 2 3 4 5; do
		for tool in dr rclone s3cmd; do
			measure $tool $way
			[ "$BENCH_RC" = 0 ] || { echo "bench: $tool $way fails in round $round"; exit 1; }
			[ $way = put ] || cmp in out || exit 1
			[ "$WALL" -gt "${wall[$tool]:-$WALL}" ] || wall[$tool]=$WALL cpu[$tool]=$CPU
		done
	done
	for tool in dr rclone s3cmd; do
		printf '%-8s %s %6d ms, %6d ms CPU\n' $tool $way $((wall[$tool] / 1000)) $((cpu[$tool] / 1000))
	done
	claim "$way: dr's time to rclone's" "${wall[dr]}" "${wall[rclone]}" le 1
	claim "$way: dr's time to s3cmd's" "${wall[dr]}" "${wall[s3cmd]}" le 1
done
peak_of "$DR" s3 put in s3://bucket/dr
claim "put: memory to 24 MiB" "$PEAK" 24576 le 1
peak_of "$DR" s3 get s3://bucket/dr out
claim "get: memory to 24 MiB" "$PEAK" 24576 le 1
exit $bench_failed
