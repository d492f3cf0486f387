/*
 * script_remote: what a script in a container needs of this host when the engine is on another one, where nothing of ours can
 * be mounted: it is copied into the container before the script runs, and what the script made is fetched back.
 */
#ifndef SERVICE_SCRIPT_REMOTE_H
#define SERVICE_SCRIPT_REMOTE_H

#include "service/store.h"

/* The environment by which the script's docker finds the engine from inside, and the socket to mount for it, if any. */
void script_remote_engine(const struct engine *g, struct strvec *env, struct strvec *paths);

/* Copies the service's folder to the same path, the certificates of the endpoint, and `path` (NULL: none). */
int script_remote_send(struct service *s, struct engine *g, const char *id, const char *path, struct err *e) MUST_CHECK;

/* Brings what lies beneath `path` in the container to the same folder here. */
int script_remote_fetch(struct engine *g, const char *id, const char *path, struct err *e) MUST_CHECK;

#endif
