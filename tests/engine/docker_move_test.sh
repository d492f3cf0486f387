#!/bin/bash
# What the docker applet moves: files, images, containers and build contexts. The same as Debian's docker on the same engine.
. tests/lib.sh
. tests/engine/docker_diff.sh

I=j842/dr-helloworld
export DOCKER_BUILDKIT=0

oneTimeSetUp() {
	engine_images || exit 1
	diff_start
	W=$SCRATCH/w
	mkdir -p "$W"/src/sub
	cd "$W" || exit 1
	echo hi >src/f
	ln -s f src/l
	ln src/f src/h
	ln -s sub src/ld
	ln -s src srcl
	mkfifo src/p
	chmod 4755 src/f
	chmod 700 src/sub
	echo x >src/sub/x
	touch -d @1234567890 src/f src/sub/x
	"$THEIRS" create --name move-src $I >/dev/null || exit 1
	"$THEIRS" cp src move-src:/tmp/src && "$THEIRS" cp srcl move-src:/tmp/ || exit 1
}

suite_tear_down() {
	cd "$TOP" || return
	"$THEIRS" ps -aq --filter name=move- | xargs -r "$THEIRS" rm -f >/dev/null
	"$THEIRS" images --filter 'reference=move/*' --format '{{.Repository}}:{{.Tag}}' | xargs -r "$THEIRS" rmi -f >/dev/null
	return 0
}

# What is in a tree; times of files alone, since folders just made and links differ.
tree() {
	(cd "$1" && find . -mindepth 1 -printf '%p %y %m %U:%G %s %l %Ts\n' | sed -E '/ [dl] /s/ [0-9]+$//' | sort)
}

# Each line in a folder of its own, which has a folder E, one with folders in the way E2, a file F, a link to E EL, and one that
# leads nowhere DL. At the end both clients' folders hold the same.
test_cp_from_a_container() {
	local args n=0 theirs
	mkdir -p to/E/dir to/E2/src/f to/E2/f/y from/theirs from/ours
	echo f >to/F
	ln -s E to/EL
	ln -s missing to/DL
	while read -r args; do
		n=$((n + 1))
		cp -a to from/theirs/$n
		cp -a to from/ours/$n
		cd "$W/from/theirs/$n" || return
		# shellcheck disable=SC2086
		run_cmd "$THEIRS" cp $args </dev/null
		theirs=$RC
		cd "$W/from/ours/$n" || return
		# shellcheck disable=SC2086
		run_cmd "$OURS" cp $args </dev/null
		assertEquals "$n: docker cp $args (stderr: $ERR)" "$theirs" "$RC"
		cd "$W" || return
	done <<-'END'
		move-src:/tmp/src X
		move-src:/tmp/src X/
		move-src:/tmp/src/. X
		move-src:/tmp/src/f X/g
		move-src:/tmp/src/f E
		move-src:/tmp/src/f E/z/
		move-src:/tmp/src/f E/z/y
		move-src:/tmp/src E
		move-src:/tmp/src/. E
		move-src:/tmp/src/ E
		move-src:/tmp/src F
		move-src:/tmp/src/f F
		move-src:/tmp/src/f EL
		move-src:/tmp/src EL
		move-src:/tmp/src/f DL
		move-src:/tmp/src DL
		move-src:/tmp/srcl E
		move-src:/tmp/srcl/ E
		-L move-src:/tmp/srcl E
		-L move-src:/tmp/srcl X
		-L move-src:/tmp/srcl/. E
		move-src:/tmp/srcl/. E
		-L move-src:/tmp/src/ld E
		move-src:/tmp/src/l E
		move-src:/tmp/src/h E
		move-src:tmp/src/sub E
		move-src:/ X
		move-src:/dr/. X
		move-src:/config E
		move-src:/nope E
		move-src:/tmp/src/f/ E
		move-src:/tmp/src E/src
		move-src:/etc /dev/null
		move-src:/etc/passwd .
		move-src:/tmp/src E/dir/..
		move-src:/tmp/src/sub/.. E
		move-src:/tmp/src E2
		move-src:/tmp/src/f E2
		move-none:/x E
		move-src:/a move-src:/b
		a b
	END
	tree from/theirs >theirs.files
	tree from/ours >ours.files
	assertTrue "the same files: $(diff theirs.files ours.files)" "cmp -s theirs.files ours.files"
	assertEquals "all lines were read" 41 $n
}

# Each into a container of its own, one line after the other: at the end both hold the same.
test_cp_to_a_container() {
	local args name theirs
	for name in theirs ours; do
		"$THEIRS" create --name move-$name $I >/dev/null
		"$THEIRS" cp srcl move-$name:/tmp/lnk
		"$THEIRS" cp src/sub move-$name:/tmp/src
	done
	while read -r args; do
		# shellcheck disable=SC2086
		run_cmd "$THEIRS" cp ${args//move-dst/move-theirs} </dev/null
		theirs=$RC
		# shellcheck disable=SC2086
		run_cmd "$OURS" cp ${args//move-dst/move-ours} </dev/null
		assertEquals "docker cp $args (stderr: $ERR)" "$theirs" "$RC"
	done <<-'END'
		src move-dst:/tmp/src/x
		src/f move-dst:/tmp/lnk
		src/f move-dst:/tmp
		src move-dst:/tmp
		src move-dst:/new
		src move-dst:new/
		src/. move-dst:/root
		src/ move-dst:/config/
		src/f move-dst:/tmp/g
		src/f move-dst:/tmp/none/
		src/f move-dst:/etc/passwd
		src move-dst:/etc/passwd
		src move-dst:/nodir/new
		srcl move-dst:/bin
		srcl/ move-dst:/tmp/q
		srcl/. move-dst:/tmp/r
		-L srcl move-dst:/new
		-L src/ld move-dst:/root/sub
		-L src/l move-dst:/new
		-a src/f move-dst:/tmp
		src/f/ move-dst:/tmp
		src/p move-dst:/dr
		none move-dst:/tmp
		src/f move-none:/tmp
		src/f move-dst:/dev/null
		src/f move-dst:/tmp/src
		src/sub move-dst:/tmp/g
	END
	for name in theirs ours; do
		"$THEIRS" export move-$name | tar --numeric-owner -tv | sed -E 's/^(d.*|l.*) [0-9-]+ [0-9:]+ /\1 /' | sort >$name.files
	done
	assertTrue "the same files: $(diff theirs.files ours.files)" "cmp -s theirs.files ours.files"
}

# Through a tar that climbs out, and over a link that was planted before.
test_cp_stays_beneath() {
	mkdir -p evil/out evil/into
	ln -s ../out evil/into/src
	run_cmd "$OURS" cp move-src:/tmp/src evil/into
	assertNotEquals 0 "$RC"
	assertEquals "" "$(ls evil/out)"
	assertEquals "a link is not followed: $ERR" link "$([ -L evil/into/src ] && echo link)"
}

test_cp_streams() {
	assertEquals "$("$THEIRS" cp move-src:/tmp/src - | sha256sum)" "$("$OURS" cp move-src:/tmp/src - | sha256sum)"
	"$THEIRS" create --name move-stdin $I >/dev/null
	tar -c src | "$OURS" cp - move-stdin:/tmp || fail "from stdin"
	tar -cz src/sub | "$OURS" cp - move-stdin:/tmp/src || fail "compressed"
	assertEquals x "$("$THEIRS" cp move-stdin:/tmp/src/src/sub/x - | tar -xO)"
	run_cmd "$OURS" cp - move-stdin:/etc/passwd </dev/null
	assertEquals 1 "$RC"
	assertContains "$ERR" "must be a directory"
	run_cmd "$OURS" cp -q nothing move-stdin:/
	assertEquals "docker: cannot look at $W/nothing: No such file or directory" "$ERR"
}

test_cp_on_a_terminal() {
	script -qec "$OURS cp move-src:/tmp/src shown" /dev/null >typescript </dev/null
	assertContains "$(cat typescript)" "Successfully copied"
	script -qec "$OURS cp -q src move-src:/tmp/" /dev/null >typescript </dev/null
	assertEquals "" "$(cat typescript)"
	script -qec "$OURS save $I" /dev/null >typescript </dev/null
	assertContains "$(cat typescript)" "will not write an image to a terminal"
	script -qec "$OURS export move-src" /dev/null >typescript </dev/null
	assertContains "$(cat typescript)" "will not write a container to a terminal"
	script -qec "$OURS load" /dev/null >typescript </dev/null
	assertContains "$(cat typescript)" "use -i FILE"
}

test_save_and_load() {
	"$THEIRS" tag $I move/a:1
	"$THEIRS" tag $I move/b:2
	"$THEIRS" save move/a:1 move/b:2 >theirs.tar
	"$OURS" save -o ours.tar move/a:1 move/b:2 || fail save
	assertTrue "the same archive" "cmp theirs.tar ours.tar"
	assertEquals 600 "$(stat -c %a ours.tar)"
	assertEquals "$("$THEIRS" save $I | sha256sum)" "$("$OURS" image save $I | sha256sum)"
	acts "'$THEIRS' images move/a" "'$THEIRS' rmi move/a:1 move/b:2" load -i ours.tar
	gzip -c ours.tar >ours.tgz
	acts "'$THEIRS' images move/b" "'$THEIRS' rmi move/b:2" load -qi ours.tgz
	"$OURS" load <theirs.tar >/dev/null || fail "load from stdin"
	same save move/none:1
	same save -o none/x move/a:1
	same load -i none
	same save
	INPUT=junk same load
	assertFalse "nothing is half done" "[ -e none ]"
}

test_import_and_export() {
	assertEquals "$("$THEIRS" export move-src | sha256sum)" "$("$OURS" container export move-src | sha256sum)"
	"$OURS" export -o files.tar move-src || fail export
	local state="'$THEIRS' image inspect -f '{{.Comment}} {{json .Config.Cmd}} {{json .Config.Env}} {{.Os}} {{.RepoTags}}' move/i:3"
	acts "$state" "'$THEIRS' rmi move/i:3" import -c 'CMD ["/bin/sh"]' --change 'ENV A=b C=d' -m 'a message' files.tar move/i:3
	acts "$state" "'$THEIRS' rmi move/i:3" image import --platform linux/amd64 files.tar move/i:3
	"$OURS" import - move/i:stdin <files.tar | grep -q '^sha256:' || fail "from stdin"
	same import none move/x
	same import -c 'BAD x' files.tar move/x
	same import files.tar MOVE
	same export move-none
}

test_commit() {
	local state="'$THEIRS' image inspect -f '{{.Author}} {{.Comment}} {{json .Config.Cmd}} {{json .Config.Env}} {{.RepoTags}}' move/c:4"
	acts "$state" "'$THEIRS' rmi move/c:4" commit -a 'A <a@b>' -m 'it works' -c 'ENV A=b' -c 'CMD x' move-src move/c:4
	acts "$state" "'$THEIRS' rmi move/c:4" container commit --pause=false move-src move/c:4
	acts true true commit -p move-src
	same commit move-none
	same commit move-src MOVE
}

test_tag_and_rmi() {
	acts "'$THEIRS' images move/t" "'$THEIRS' rmi move/t:5" tag $I move/t:5
	acts "'$THEIRS' images move/t" "'$THEIRS' rmi move/t" image tag $I move/t
	again() { "$THEIRS" tag $I move/t:6; "$THEIRS" tag $I move/t:7; }
	again
	acts "'$THEIRS' images move/t" again rmi move/t:6 move/t:7
	acts "'$THEIRS' images move/t" again rmi move/t:6 move/none move/t:7
	acts "'$THEIRS' images move/t" again image rm -f move/none
	acts "'$THEIRS' images move/t" again rmi -f move/none move/t:7
	child() { echo "FROM $I" | "$THEIRS" build -q --label r="$RANDOM" -t move/u - >/dev/null; }
	child
	acts "'$THEIRS' images -q move/u" child rmi move/u
	acts "'$THEIRS' images -q move/u" child image remove --no-prune move/u
	same tag move/none x
	same tag $I 'not valid'
	same tag $I
	same rmi
}

context() {
	mkdir -p ctx/sub/deep ctx/keep/x ctx/mods/m own
	printf 'FROM %s\nUSER root\nCOPY . /ctx\n' $I | tee ctx/Dockerfile own/Own >/dev/null
	printf 'FROM %s\nARG A=1\nARG B\nENV A=$A B=$B\n' $I | tee ctx/args >outside
	printf 'FROM %s AS one\nLABEL s=1\nFROM %s AS two\nLABEL s=2\n' $I $I >ctx/stages
	printf 'FROM %s\nUSER root\nRUN echo out; exit 7\n' $I >ctx/fails
	printf 'FROM %s\nBAD\n' $I >ctx/bad
	printf 'FROM %s\nCOPY none /\n' $I >ctx/misses
	printf '# a comment\n*.o\nsub/**/z\n!sub/deep/z2\nmods\n!mods/m/kept\n**/tmp*\nkeep\n!keep/x/y\n' >ctx/.dockerignore
	touch ctx/{a.o,sub/a.o,sub/z,sub/deep/z,sub/deep/z2,mods/m/kept,mods/m/no,keep/x/y,keep/x/n,tmp1,sub/tmp2,own}
	ln -s sub ctx/lnk
	ln ctx/a.o ctx/hard
	chmod 4755 ctx/hard
	touch own/a own/b
	printf 'b*\n' >own/Own.dockerignore
	tar -C ctx -cf ctx.tar .
	tar -C ctx -czf ctx.tgz .
}

# The files that a build has copied.
copied() {
	"$THEIRS" create --name move-look move/built >/dev/null
	"$THEIRS" export move-look | tar --numeric-owner -tv ctx 2>/dev/null | sed -E 's/^(d.*) [0-9-]+ [0-9:]+ /\1 /'
	"$THEIRS" rm -f move-look >/dev/null
}

# build ARGS...: both, with the file $FROM as stdin. What steps leave in the cache tells nothing: clients of docker's
# own send different headers for the same files.
build() {
	local client said='' ours='' theirs=''
	for client in "$OURS" "$THEIRS"; do
		ours=$theirs
		run_cmd "$client" build "$@" <"$FROM"
		theirs="$RC $(sed -E '/Using cache|Running in|Removing inter/d; s/\r//g; s/ +[0-9.]+k?M?B$/ SIZE/; s/[0-9a-f]{64}/ID/g; s/[0-9a-f]{12}/ID/g' <<<"$OUT")"
		if [ "$RC" = 0 ]; then
			theirs="$theirs $("$THEIRS" image inspect -f '{{json .Config.Env}} {{json .Config.Labels}}' move/built)"
			[ -z "$FILES" ] || theirs="$theirs $(copied)"
			[ ! -e iid ] || assertEquals "$("$THEIRS" image inspect -f '{{.Id}}' move/built)" "$(cat iid)"
		fi
		rm -f iid
		[ "$client" = "$THEIRS" ] || said=$ERR
	done
	assertEquals "docker build $* (stderr: $said)" "$theirs" "$ours"
}

test_build() {
	local args from what
	context
	while read -r from what args; do
		[ "$what" = files ] && FILES=1 || FILES=
		# shellcheck disable=SC2086
		FROM=$from build $args
	done <<-'END'
		/dev/null files -t move/built -t move/two ctx
		/dev/null - -t move/built -f ctx/args --build-arg A=x --build-arg B=y ctx
		/dev/null - -t move/built -f ctx/args --build-arg LC_ALL --build-arg B ctx
		/dev/null - -t move/built -f ctx/stages --target one ctx
		/dev/null - -t move/built -f ctx/stages --label a=b --label c ctx
		/dev/null - -t move/built -f ctx/stages --target none ctx
		/dev/null - -t move/built --network host -f ctx/fails ctx
		/dev/null - -q --network host -f ctx/fails ctx
		/dev/null - -t move/built -f ctx/bad ctx
		/dev/null - -t move/built -f ctx/misses ctx
		/dev/null - -t move/built -f outside ctx
		/dev/null - -q --iidfile iid -t move/built -f ctx/args ctx
		/dev/null - --iidfile iid -t move/built -f ctx/args ctx
		/dev/null - --rm=false --force-rm -t move/built -f ctx/args -m 64m --memory-swap -1 --shm-size 32m --ulimit nofile=10:20 --add-host a:1.2.3.4 -c 100 --network none ctx
		/dev/null - --pull=false --cache-from move/built -t move/built -f ctx/args --platform linux/amd64 ctx
		/dev/null files --compress -t move/built ctx
		/dev/null - -t MOVE ctx
		/dev/null - none
		/dev/null - -f none ctx
		/dev/null - ctx/Dockerfile
		/dev/null - --ulimit bad ctx
		/dev/null - -m bad ctx
		/dev/null - --no-such-flag ctx
		/dev/null - -f - -
		ctx/args - -t move/built -f - ctx
		ctx/args - -t move/built -
		ctx.tar files -t move/built -
		ctx.tgz - -t move/built -f args -
	END
}

test_build_without_the_cache() {
	FROM=/dev/null
	"$OURS" build -t move/fresh --no-cache ctx >said || fail build
	assertNotContains "$(cat said)" "Using cache"
	assertContains "$(cat said)" "Successfully tagged move/fresh:latest"
}

# What the engine fetches itself.
test_urls() {
	local url='' pid i
	mkdir web
	printf 'FROM %s\nLABEL u=1\n' $I >web/Dockerfile
	tar -C web -cf web/context.tar Dockerfile
	python3 -u -m http.server 0 --bind 127.0.0.1 -d web >web.log 2>&1 &
	pid=$!
	for ((i = 0; i < 600; i++)); do
		url=$(grep -o 'http://127.0.0.1:[0-9]*' web.log)
		[ -z "$url" ] || break
		sleep 0.1
	done
	FROM=/dev/null
	run_cmd "$OURS" build -q -t move/url "$url/context.tar"
	assertEquals "$ERR" "0 $("$THEIRS" build -q "$url/context.tar" 2>/dev/null)" "$RC $OUT"
	run_cmd "$OURS" build -q "$url/none"
	assertEquals 1 "$RC"
	assertContains "$ERR" "status 404"
	acts "'$THEIRS' image inspect -f '{{.RepoTags}} {{.Size}}' move/i:url" "'$THEIRS' rmi move/i:url" import "$url/context.tar" move/i:url
	same import "$url/none"
	kill $pid
	wait $pid 2>/dev/null
	return 0
}

# Beyond the classic client: patterns of one Dockerfile's own.
test_build_with_its_own_patterns() {
	"$OURS" build -q -t move/own -f own/Own own >/dev/null || fail build
	assertEquals "/ctx/Own /ctx/Own.dockerignore /ctx/a" "$("$THEIRS" run --rm --network none move/own sh -c 'echo /ctx/*')"
}

. shunit2
