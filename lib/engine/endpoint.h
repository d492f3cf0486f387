/*
 * endpoint: which engine is meant, and how it is reached. Environment and options become a struct endpoint here;
 * nothing is opened before endpoint_dial.
 *
 *     CLEANUP_ENDPOINT struct endpoint ep = {0};
 *     if (endpoint_choose(&ep, NULL, e) < 0) return -1;      DOCKER_HOST, else the first socket that is there
 *     struct transport *t = endpoint_dial(&ep, e);
 *
 * Order: the host given (-H), $DOCKER_HOST, /var/run/docker.sock, $XDG_RUNTIME_DIR/docker.sock, then Podman's sockets:
 * /run/podman/podman.sock for root, $XDG_RUNTIME_DIR/podman/podman.sock otherwise. A host that was named is never
 * replaced by another one.
 */
#ifndef ENGINE_ENDPOINT_H
#define ENGINE_ENDPOINT_H

#include "base/cleanup.h"
#include "base/err.h"
#include "net/transport.h"

enum endpoint_kind {
	ENDPOINT_UNIX,
};

struct endpoint {
	enum endpoint_kind kind;
	char *text;      /* for people and for children's DOCKER_HOST: "unix:///var/run/docker.sock" */
	char *path;      /* the socket, for ENDPOINT_UNIX */
	char *host;      /* the Host header's value */
	const char *from; /* where the choice comes from: "-H", "DOCKER_HOST", or NULL for a usual place */
};

#define CLEANUP_ENDPOINT CLEANUP_WITH(endpoint_free)

/* Chooses as above; `host` may be NULL. What cannot be parsed is ERR_USAGE, with the variable or option named. */
int endpoint_choose(struct endpoint *ep, const char *host, struct err *e) MUST_CHECK;

/* Connects. Returns the transport (the caller's), or NULL. The message says which endpoint was tried, what went wrong,
   and what to do about it; ERR_NETWORK, with errno in e->sys. */
struct transport *endpoint_dial(const struct endpoint *ep, struct err *e) MUST_CHECK;

void endpoint_free(struct endpoint *ep);

#endif
