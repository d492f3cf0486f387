#!/bin/bash
# What docker create leaves on the engine of lists, files, ports and volumes: the same by dr's docker as by Debian's.
. tests/lib.sh
. tests/engine/docker_diff.sh
. tests/engine/docker_made.sh

oneTimeSetUp() {
	made_start || exit 1
}

suite_tear_down() {
	engine_down "$DIFF_ENGINE"
}

test_lists_and_files() {
	made_same lists
}

test_ports() {
	made_same ports
}

test_volumes() {
	made_same volumes
}

. shunit2
