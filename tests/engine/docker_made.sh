# shellcheck shell=bash disable=SC2153 # THEIRS and OURS are of docker_diff.sh
# docker_made.sh: the command lines of tests/data/docker through Debian's docker and dr's on one engine; what they print, their
# exit codes, and the containers that the engine then has must be the same. Source it behind lib.sh and docker_diff.sh.
#
#   made_start            an engine in $DIFF_ENGINE with the image img, the network mynet, and the containers aa, bb, cc and xx
#   made_same FILE        each line of the file that makes a container, by both clients beside each other
#   made_of ID...         what the engine knows of the containers, one line each

. tests/data/docker/files.sh

made_start() {
	local root
	DIFF_ENGINE=$(mktemp -d "$TEST_TOP/made.XXXXXX")
	# shellcheck disable=SC2317 # engine_up calls it
	dockerd() { unshare --net /usr/sbin/dockerd "$@"; }
	export DOCKER_HOST=unix://$DIFF_ENGINE/sock FROM_HERE='a value' EMPTY=
	root=$DIFF_ENGINE/rootfs
	engine_up "$DIFF_ENGINE" && rootfs "$root" && image_from "$root" img 'CMD ["/bin/sleep","100000"]' 'ENV PATH=/bin' || return 1
	diff_start
	# The folder that both are in has the files, and for each a folder of its own has what they write.
	mkdir -p "$SCRATCH/home" "$SCRATCH/theirs" "$SCRATCH/ours" || return 1
	export HOME=$SCRATCH/home
	for root in theirs ours; do
		cd "$SCRATCH/$root" && docker_files && cd "$TOP" || return 1
	done
	{
		# Not every host has IPv6.
		"$THEIRS" tag img img:tag && { "$THEIRS" network create --subnet 10.0.0.0/24 --ipv6 --subnet fd00::/64 mynet ||
			"$THEIRS" network create --subnet 10.0.0.0/24 mynet; } &&
			for root in aa bb cc xx; do "$THEIRS" run -d --name $root --ipc shareable img || return 1; done
	} >"$SCRATCH/made.log" 2>&1 || { cat "$SCRATCH/made.log" >&2; return 1; }
}

# Ids and times are each container's own, names by chance; no order is promised of mounts, binds, links and the variables' bare names;
# a volume's driver that was not named is an empty one or none.
made_of() {
	local IFS=,
	[ $# = 0 ] || api GET "/containers/{$*}/json" | jq -cS 'del(.Created, .GraphDriver.Data, .State.Pid, .State.StartedAt, .State.FinishedAt) |
		del(.HostConfig.Mounts[]?.VolumeOptions | select(. != null) | .DriverConfig | select(. == {})) |
		.Mounts |= (. // [] | sort_by(.Destination)) | .HostConfig.Binds |= (. // [] | sort) | .HostConfig.Links |= (. // [] | sort) | .Config.Env |= (. // [] | sort) |
		if .Name // "" | test("^/(theirs|ours|on-)") then . else del(.Name) end' |
		sed -E 's/\b[0-9a-f]{64}\b/ID64/g; s/\b[0-9a-f]{12}\b/ID12/g; s/\b(theirs|ours)\b/CLIENT/g; s|("/[a-z]+:/)[a-z_0-9]+|\1NAME|g'
}

# made_by CLIENT FOLDER: the lines of stdin by one client, in the folder; in FOLDER.out one line for each: the exit code and stdout.
made_by() {
	local line rc n=0 out
	cd "$SCRATCH/$2" || return
	while read -r line; do
		n=$((n + 1))
		# shellcheck disable=SC2034 # in the lines: a name for a container
		local N=$2.$n
		rm -f cid
		eval "set -- \"$1\" \"$2\" $line"
		out=$(timeout 120 "$1" "${@:3}" </dev/null 2>"errors.$n")
		rc=$?
		[ ! -e cid ] || rc="$rc ($(<cid))"
		echo "$rc $out"
	done >"$SCRATCH/$2.out"
}

made_same() {
	local i line theirs ours one two
	local -a lines left right a=() b=() which=()
	mapfile -t lines < <(grep -E '^(container )?(create|run)\b' "tests/data/docker/$1")
	(made_by "$THEIRS" theirs < <(printf '%s\n' "${lines[@]}")) &
	(made_by "$OURS" ours < <(printf '%s\n' "${lines[@]}"))
	wait $!
	mapfile -t left <"$SCRATCH/theirs.out"
	mapfile -t right <"$SCRATCH/ours.out"
	assertEquals "all lines ran" "${#lines[@]} ${#lines[@]}" "${#left[@]} ${#right[@]}"
	for i in "${!lines[@]}"; do
		line=${lines[i]} theirs=$(ids_alike <<<"${left[i]}") ours=$(ids_alike <<<"${right[i]}")
		assertEquals "docker $line ($(cat "$SCRATCH/ours/errors.$((i + 1))"))" "$theirs" "$ours"
		one=${left[i]##* } two=${right[i]##* }
		if [ "${#one}" = 64 ] && [ "${#two}" = 64 ]; then
			a+=("$one") b+=("$two") which+=("$line")
		fi
	done
	mapfile -t left < <(made_of "${a[@]}")
	mapfile -t right < <(made_of "${b[@]}")
	assertEquals "all were found" "${#which[@]} ${#which[@]}" "${#left[@]} ${#right[@]}"
	for i in "${!which[@]}"; do
		if [ "${left[i]}" = "${right[i]}" ]; then
			assertTrue 0
		else
			assertEquals "docker ${which[i]}" "" "$(diff <(jq . <<<"${left[i]}") <(jq . <<<"${right[i]}"))"
		fi
	done
	echo "$1: ${#lines[@]} command lines compared, ${#which[@]} of them made containers that were compared"
	assertTrue "many made containers" "[ ${#which[@]} -gt 30 ]"
}
