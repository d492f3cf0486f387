/*
 * endpoint: which engine is meant, and how it is reached. Environment, options and the docker CLI's contexts become a
 * struct endpoint here; nothing is opened before endpoint_dial.
 *
 *     CLEANUP_ENDPOINT struct endpoint ep = {0};
 *     if (endpoint_choose(&ep, &options, e) < 0) return -1;  DOCKER_HOST, a context, else the first socket that is there
 *     struct transport *t = endpoint_dial(&ep, e);
 *
 * Order, as the docker CLI has it: the context given (-c), the host given (-H), $DOCKER_HOST, $DOCKER_CONTEXT, the
 * currentContext of config.json. Then /var/run/docker.sock, $XDG_RUNTIME_DIR/docker.sock, and Podman's sockets:
 * /run/podman/podman.sock for root, $XDG_RUNTIME_DIR/podman/podman.sock otherwise. An engine that was named is never
 * replaced by another one.
 *
 * Hosts: unix:///PATH, tcp://HOST[:PORT] or HOST:PORT (a name, an IPv4 address, an IPv6 address in brackets; port 2375, with
 * TLS 2376), ssh://[USER@]HOST[:PORT][/SOCKET]. TLS is for tcp:// alone, when one of DOCKER_TLS_VERIFY, DOCKER_TLS and the
 * options is set, or the context has certificates, or SkipTLSVerify: ca.pem, cert.pem and key.pem in $DOCKER_CERT_PATH, else in
 * the folder of config.json. The server is always verified, without ca.pem against what the host trusts; where --tls,
 * DOCKER_TLS or SkipTLSVerify lead the docker CLI not to, an error says so.
 */
#ifndef ENGINE_ENDPOINT_H
#define ENGINE_ENDPOINT_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/vec.h"
#include "net/tls.h"
#include "net/transport.h"

#include <stdbool.h>

enum endpoint_kind {
	ENDPOINT_UNIX,
	ENDPOINT_TCP,
	ENDPOINT_SSH,
};

struct endpoint {
	enum endpoint_kind kind;
	char *text;      /* for people and for children's DOCKER_HOST: "unix:///var/run/docker.sock" */
	char *path;      /* the socket, for ENDPOINT_UNIX and, when one is named, ENDPOINT_SSH; else NULL */
	char *host;      /* the Host header's value */
	char *name;      /* tcp and ssh: the host without brackets */
	char *user;      /* ssh: NULL when it is not named */
	unsigned port;   /* ssh: 0 when it is not named */
	bool tls;
	const char *unverified;  /* what asked for TLS that does not verify, which is not done; NULL */
	char *ca, *cert, *key;   /* the files, NULL: the host's authorities, and no certificate */
	char *certs;             /* the folder that they are in, for children's DOCKER_CERT_PATH; NULL: they were named one by one */
	struct tls_config *config;   /* loaded at the first dial */
	const char *from; /* where the choice comes from: "-H", "DOCKER_HOST", ..., or NULL for a usual place */
};

#define CLEANUP_ENDPOINT CLEANUP_WITH(endpoint_free)

/* What the docker command's options say; NULL and false where they say nothing. */
struct endpoint_options {
	const char *host, *context;
	const char *config;           /* the folder of config.json; NULL: $DOCKER_CONFIG, $HOME/.docker */
	bool tls, verify;
	const char *ca, *cert, *key;
};

/* Chooses as above. What cannot be parsed is ERR_USAGE, with the variable or option named. */
int endpoint_choose(struct endpoint *ep, const struct endpoint_options *o, struct err *e) MUST_CHECK;

/* Connects. Returns the transport (the caller's), or NULL. The message says which endpoint was tried, what went wrong,
   and what to do about it; ERR_NETWORK, with errno in e->sys, or ERR_REFUSED. */
struct transport *endpoint_dial(struct endpoint *ep, struct err *e) MUST_CHECK;

/* Adds what makes a child find the same engine: NAME=value, and NAME alone for what must not be set (see sys/spawn). */
void endpoint_environment(const struct endpoint *ep, struct strvec *env);

void endpoint_free(struct endpoint *ep);

#endif
