/*
 * context: the docker CLI's stored contexts, read only. In the folder of config.json, for the context NAME:
 *     contexts/meta/SHA256(NAME)/meta.json               Endpoints.docker.Host and .SkipTLSVerify
 *     contexts/tls/SHA256(NAME)/docker/{ca,cert,key}.pem
 */
#ifndef ENGINE_CONTEXT_H
#define ENGINE_CONTEXT_H

#include "base/err.h"

#include <stdbool.h>

/* The folder of config.json: `given`, $DOCKER_CONFIG, $HOME/.docker; NULL when there is no HOME either. The caller's. */
char *context_folder(const char *given);

/* The currentContext of config.json in the folder: the caller's, NULL when there is none. A file that is broken or cannot be
   read is an error: -1. */
int context_current(const char *folder, char **name, struct err *e) MUST_CHECK;

/* The host of a context, and the folder of its certificates, NULL when it has none; both the caller's. *unverified: it wants
   TLS that does not verify. ERR_NOT_FOUND. */
int context_load(const char *folder, const char *name, char **host, char **certs, bool *unverified, struct err *e) MUST_CHECK;

#endif
