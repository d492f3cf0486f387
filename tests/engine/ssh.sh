# shellcheck shell=bash
# ssh.sh: a private sshd, for the suites about remote engines. Source it behind tls.sh.
#
#   ssh_setup             starts it: $SSH is its endpoint, at which `docker system dial-stdio` speaks to the engine at $SOCK;
#                         puts an ssh first on PATH that knows its keys: $SCRATCH/ssh/bin/ssh

# A private sshd: one process a connection, on a port of the kernel's choice, with its own keys. The client is the host's ssh
# with a configuration of its own, by a script of that name first on PATH.
ssh_setup() {
	local dir=$SCRATCH/ssh
	mkdir -p "$dir/bin" "$dir/far" "$dir/empty" "$dir/run/sshd" && chmod 700 "$dir" || return 1
	ssh-keygen -q -t ed25519 -N '' -f "$dir/host_key" && ssh-keygen -q -t ed25519 -N '' -f "$dir/user_key" || return 1
	cp "$dir/user_key.pub" "$dir/authorized_keys"
	chmod 600 "$dir/authorized_keys"
	ln -s "$DR" "$dir/far/dr"
	cat >"$dir/sshd_config" <<-CONF
		HostKey $dir/host_key
		AuthorizedKeysFile $dir/authorized_keys
		PermitRootLogin prohibit-password
		StrictModes no
		UsePAM no
		PasswordAuthentication no
		Include $dir/set_env
	CONF
	echo "SetEnv DOCKER_HOST=unix://$SOCK" >"$dir/set_env"
	# sshd wants /run/sshd, which a host without a running sshd has not got. With the file "alone" the far side has none of
	# the machine's own programs in /usr/local/bin.
	cat >"$dir/sshd" <<-SCRIPT
		#!/bin/bash
		exec unshare -m --propagation private bash -c 'mount --bind "$dir/run" /run &&
			{ [ ! -e "$dir/alone" ] || mount --bind "$dir/empty" /usr/local/bin; } && exec /usr/sbin/sshd -i -e -f "$dir/sshd_config" 2>>"$dir/log"'
	SCRIPT
	server python3 tests/engine/inetd.py bash "$dir/sshd" || return 1
	# shellcheck disable=SC2034 # for the suites
	SSH=ssh://$(id -un)@127.0.0.1:$PORT
	cat >"$dir/ssh_config" <<-CONF
		Host *
		IdentityFile $dir/user_key
		IdentitiesOnly yes
		UserKnownHostsFile $dir/known_hosts
		StrictHostKeyChecking accept-new
		LogLevel ERROR
	CONF
	# The first ConnectTimeout counts: a loaded machine may take longer than dr has patience.
	printf '#!/bin/sh\nexec /usr/bin/ssh -o ConnectTimeout=120 -F %s/ssh_config "$@"\n' "$dir" >"$dir/bin/ssh"
	chmod +x "$dir/bin/ssh"
	PATH=$dir/bin:$PATH
}
