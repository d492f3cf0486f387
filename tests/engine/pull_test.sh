#!/bin/bash
# Images that come from a registry: Debian's docker-registry on loopback, filled through the private engine.
. tests/lib.sh

oneTimeSetUp() {
	scratch
	engine_images || exit 1
	host_new
	host dr configure "$MAIN" || exit 1
	PORT=$((20000 + $$ % 20000))
	REPO=127.0.0.1:$PORT/some/service
	cat >"$SCRATCH/registry.yml" <<-YML
		version: 0.1
		storage: {filesystem: {rootdirectory: $SCRATCH/registry}}
		http: {addr: "127.0.0.1:$PORT"}
	YML
	docker-registry serve "$SCRATCH/registry.yml" >"$SCRATCH/registry.log" 2>&1 &
	REGISTRY=$!
	for _ in $(seq 600); do curl -sf "http://127.0.0.1:$PORT/v2/" >/dev/null && break; sleep 0.1; done
	publish tests/images/helloworld || exit 1
}

suite_tear_down() {
	[ -z "${REGISTRY:-}" ] || kill "$REGISTRY" 2>/dev/null || :
}

# publish SCRIPTS: puts an image with those scripts into the registry, and only there.
publish() {
	image_with "$1" "$REPO" && docker push -q "$REPO" >/dev/null && docker rmi "$REPO" >/dev/null
}

test_install_pulls() {
	run_cmd host dr install "$REPO" pulled
	assertEquals "$ERR" 0 "$RC"
	assertContains "$ERR" "pulling it"
	assertEquals "no bars without a terminal" "" "$(printf '%s' "$ERR$OUT" | tr -dc '\033\r')"
	assertEquals "Hello, world!" "$(host pulled run)"
	host dr backup pulled "$SCRATCH/backup" >"$SCRATCH/log" 2>&1 || fail "$(cat "$SCRATCH/log")"
}

test_progress_on_a_terminal() {
	docker rmi -f "$REPO" >/dev/null
	HOST_CMD=$(declare -f host)
	export HOST_CMD HOST_DIR BIN REPO
	script -qec "bash -c 'eval \"\$HOST_CMD\"; host dr install $REPO shown'" /dev/null >"$SCRATCH/typescript" </dev/null
	assertContains "layers are shown: $(tr -d '\033' <"$SCRATCH/typescript")" "$(cat "$SCRATCH/typescript")" "ull complete"
	assertEquals "Hello, world!" "$(host shown run)"
	host dr destroy shown >/dev/null
}

test_update_pull() {
	run_cmd host dr update --pull pulled
	assertEquals "the same: $ERR" 3 "$RC"
	cp -a tests/images/helloworld "$SCRATCH/newer"
	printf '#!/bin/bash\necho newer\n' >"$SCRATCH/newer/fresh"
	docker tag "$REPO" keep/old
	publish "$SCRATCH/newer"
	docker tag keep/old "$REPO"
	run_cmd host dr update pulled
	assertEquals "not without --pull: $ERR" 3 "$RC"
	run_cmd host dr update --pull pulled
	assertEquals "$ERR" 0 "$RC"
	assertEquals newer "$(host pulled fresh)"
	docker rmi keep/old >/dev/null
}

# The registry has a newer one of that name: the restored service gets the very image of the backup, by its digest.
test_restore_pulls() {
	docker tag "$REPO" keep/newer
	docker rmi "$REPO" >/dev/null
	docker rmi -f "$(tar -xzOf "$SCRATCH/backup" dr-backup/manifest.json | jq -r .image_id)" >/dev/null
	run_cmd host dr restore back "$SCRATCH/backup"
	assertEquals "$ERR" 0 "$RC"
	assertContains "$ERR" "pulling it"
	assertEquals "Hello, world!" "$(host back run)"
	assertFalse "the scripts are the old ones" "[ -e '$MAIN/back/bin/fresh' ]"
	host dr destroy back >/dev/null
	docker tag keep/newer "$REPO"
}

test_what_is_not_there() {
	run_cmd host dr install "127.0.0.1:$PORT/no/such:1" svc
	assertEquals 1 "$RC"
	assertContains "$ERR" "127.0.0.1:$PORT/no/such"
	kill "$REGISTRY"
	wait "$REGISTRY" 2>/dev/null
	run_cmd host dr update --pull pulled
	assertEquals 1 "$RC"
	assertContains "$ERR" "$REPO"
	assertEquals "it still runs" newer "$(host pulled fresh)"
	host dr destroy pulled >/dev/null
}

. shunit2
