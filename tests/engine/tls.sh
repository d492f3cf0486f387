# shellcheck shell=bash
# tls.sh: certificates, engines with TLS and servers of it, for the suites about remote engines. Source it beside lib.sh.

# authority DIR KIND: DIR/ca.pem and DIR/ca.key; KIND is rsa or ec.
authority() {
	mkdir -p "$1"
	new_key "$2" "$1/ca.key" && openssl req -x509 -new -key "$1/ca.key" -out "$1/ca.pem" -days 30 -subj "/CN=test $2 authority"
}

new_key() {
	case $1 in
	rsa) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$2" ;;
	ec) openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$2" ;;
	esac
}

# certificate DIR NAME KIND EXTENSIONS [FROM TO]: DIR/NAME.pem and DIR/NAME.key, signed by DIR's authority. FROM and TO as
# 20200101000000Z; else from now on for 10 days.
certificate() {
	local dir=$1 name=$2
	new_key "$3" "$dir/$name.key" &&
		openssl req -new -key "$dir/$name.key" -subj "/CN=$name" -out "$dir/$name.csr" || return 1
	printf '%b\n' "$4" >"$dir/$name.ext"
	if [ -z "${5:-}" ]; then
		openssl x509 -req -in "$dir/$name.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 10 \
			-extfile "$dir/$name.ext" -out "$dir/$name.pem"
		return
	fi
	: >"$dir/$name.index"
	cat >"$dir/$name.cnf" <<-CONF
		[ca]
		default_ca = d
		[d]
		database = $dir/$name.index
		new_certs_dir = $dir
		rand_serial = yes
		default_md = sha256
		policy = p
		[p]
		commonName = supplied
	CONF
	openssl ca -batch -config "$dir/$name.cnf" -cert "$dir/ca.pem" -keyfile "$dir/ca.key" -in "$dir/$name.csr" \
		-extfile "$dir/$name.ext" -startdate "$5" -enddate "$6" -notext -out "$dir/$name.pem"
}

# pki DIR KIND: an authority, a certificate `server` for localhost and 127.0.0.1, and DIR/client with what DOCKER_CERT_PATH
# has in it.
pki() {
	authority "$1" "$2" &&
		certificate "$1" server "$2" 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\nextendedKeyUsage=serverAuth' &&
		client_folder "$1" client "$2"
} >>"$TEST_TOP/openssl.log" 2>&1

client_folder() {
	mkdir -p "$1/$2" && certificate "$1" "$2" "$3" extendedKeyUsage=clientAuth &&
		cp "$1/ca.pem" "$1/$2/ca.pem" && mv "$1/$2.pem" "$1/$2/cert.pem" && mv "$1/$2.key" "$1/$2/key.pem"
}

# tls_engine DIR PKI [PORT]: a private engine that also listens with TLS; its port in DIR/port. Engines newer than Debian 12's
# do not let the kernel choose it: a suite in a network of its own (own_network) names one.
tls_engine() {
	local i
	engine_up "$1" -H "tcp://127.0.0.1:${3:-0}" --tlsverify --tlscacert "$2/ca.pem" --tlscert "$2/server.pem" \
		--tlskey "$2/server.key" || return 1
	for ((i = 0; i < 300; i++)); do
		sed -n 's/.*API listen on 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$1/log" | head -n 1 >"$1/port"
		[ ! -s "$1/port" ] || return 0
		sleep 0.1
	done
	cat "$1/log" >&2
	return 1
}

# own_network ARG…: has a suite run in a network of its own, "$@" its arguments, before it sources anything else: one
# where loopback has addresses of both kinds, whatever the machine has, and every port is free.
own_network() {
	[ -n "${OWN_NETWORK:-}" ] || OWN_NETWORK=1 exec unshare --net bash "$0" "$@"
	/bin/busybox ip link set lo up
}

# server CMD…: starts a server in the background that prints its port, alone or behind the last colon of a line; $PORT.
SERVERS=
server() {
	local out i
	scratch
	out=$(mktemp "$SCRATCH/server.XXXXXX")
	"$@" >"$out" 2>&1 </dev/null &
	SERVERS="$SERVERS $!"
	for ((i = 0; i < 600; i++)); do
		PORT=$(sed -nE 's/^(ACCEPT .*:)?([0-9]+)( .*)?$/\2/p' "$out" | head -n 1)
		[ -z "$PORT" ] || return 0
		sleep 0.05
	done
	cat "$out" >&2
	return 1
}

servers_down() {
	local pid
	for pid in $SERVERS; do kill "$pid" && wait "$pid"; done 2>/dev/null
	SERVERS=
}
