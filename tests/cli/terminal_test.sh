#!/bin/bash
# What people see: dr in terminals of 80 and 40 columns, and Tab pressed in the real shells. tmux is the terminal.
. tests/lib.sh

oneTimeSetUp() {
	scratch
	host_new
	host dr configure "$MAIN" >/dev/null || exit 1
	for name in web website db; do
		mkdir -p "$MAIN/$name/config" "$MAIN/$name/bin"
		echo "registry.example.org/team/image-of-$name" >"$MAIN/$name/config/imagename.txt"
		echo '{"version":1,"image_id":"sha256:'"$(printf '0123456789abcdef%.0s' 1 2 3 4)"'"}' >"$MAIN/$name/config/state.json"
		printf '#!/bin/sh\necho %s of "$1"\n' run >"$MAIN/$name/bin/only-$name"
		chmod +x "$MAIN/$name/bin/only-$name"
		ln -s "$BIN/dr" "$BIN/$name"
	done
	mkdir "$SCRATCH/files"
	touch "$SCRATCH/files/some-file"
	export DOCKER_HOST=unix://$SCRATCH/none TERM=xterm LC_ALL=C.UTF-8
	export -f host
	export HOST_DIR BIN SCRATCH
}

suite_tear_down() {
	mux kill-server 2>/dev/null
	rm -f "$SCRATCH".tmux*
	return 0
}

SCREENS=0
mux() { tmux -S "$SCRATCH.tmux$SCREENS" -f /dev/null "$@"; }

# screen COLUMNS COMMAND: a terminal of that width that runs the shell command, in $HOST_DIR's host.
screen() {
	[ $SCREENS = 0 ] || mux kill-server 2>/dev/null
	SCREENS=$((SCREENS + 1))
	# shellcheck disable=SC2016 # for the inner shell
	mux new-session -d -x "$1" -y 200 "exec bash -c 'cd \"\$SCRATCH/files\"; $2; echo; echo END; sleep 600'"
}

shown() { mux capture-pane -p 2>/dev/null; }

# Waits until the terminal shows the text, for a minute at most.
wait_for() {
	local i
	for ((i = 0; i < 300; i++)); do
		case $(shown) in *"$1"*) return 0 ;; esac
		sleep 0.2
	done
	fail "the terminal never showed '$1', but:
$(shown)"
	return 1
}

# No word is torn: every word of the answer that fits stands on the screen, whole, and no line is wider.
looked_at() { # COLUMNS WORDS...
	local columns=$1 word words seen
	shift
	screen "$columns" "host $*"
	wait_for END || return
	seen=$(shown | tr -s ' ' '\n' | sort -u)
	words=$(host "$@" 2>&1 | tr -s ' ' '\n' | sort -u)
	for word in $words; do
		[ ${#word} -gt "$columns" ] || [[ $word =~ ^[0-9]+$ ]] || grep -qxF -- "$word" <<<"$seen" || fail "$*, $columns columns: '$word' is torn in
$(shown)"
	done
}

test_answers_at_80_and_40_columns() {
	local columns
	set -f
	for columns in 80 40; do
		looked_at $columns dr help
		looked_at $columns dr help status
		looked_at $columns dr help docker
		looked_at $columns dr list
		looked_at $columns dr status web
		looked_at $columns dr doctor
		looked_at $columns dr install some/image ../wrong
		looked_at $columns dr lsit
	done
	set +f
}

test_list_and_status_in_40_columns() {
	screen 40 "host dr list"
	wait_for END || return
	assertContains "$(shown)" "website
  registry.example.org/team/image-of-web"
	screen 40 "host dr status web"
	wait_for END || return
	assertContains "$(shown)" "image id    0123456789ab
"
	assertContains "$(shown)" "backup      none yet: run dr backup web
            BACKUPFILE"
}

test_help_in_40_columns() {
	screen 40 "host dr help status"
	wait_for END || return
	assertContains "$(shown)" "      --max-backup-age AGE
        exit with 1 when the last good"
	assertEquals "no line but what fills it has no blank before the edge" "" "$(shown | grep -E '.{41}')"
}

# tab SHELL TYPED EXPECTED: types into an interactive shell and presses Tab until the line is complete.
tab() {
	local i
	mux send-keys -l "$1"
	wait_for "$1" || return
	for ((i = 0; i < 60; i++)); do
		case $(shown) in *"$2"*) break ;; esac
		[ $((i % 10)) != 0 ] || mux send-keys Tab
		sleep 0.5
	done
	assertContains "$shell: $1" "$(shown)" "$2"
	mux send-keys C-u
}

in_shell() { # the name of the shell, how it is started, its first line
	shell=$1
	screen 80 "host $2"
	sleep 0.2
	mux send-keys -l "$3; echo REA''DY"
	mux send-keys Enter
	wait_for READY || return
	tab "dr destroy webs" "dr destroy website"
	tab "dr uncon" "dr unconfigure"
	tab "web only" "web only-web"
	tab "web only-web som" "web only-web some-file"
	tab "dr status --max" "dr status --max-backup-age"
}

test_tab_in_bash() { in_shell bash "bash --norc --noprofile" "PS1=; source <(dr completion bash)"; }
test_tab_in_zsh() { in_shell zsh "zsh -f" "PS1=; autoload -Uz compinit; compinit -u -D; source <(dr completion zsh)"; }
test_tab_in_fish() { in_shell fish "fish --no-config" "dr completion fish | source"; }

. shunit2
