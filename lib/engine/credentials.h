/*
 * credentials: the programs docker-credential-NAME, which keep logins in a keyring or get them from a cloud.
 * https://github.com/docker/docker-credential-helpers: the verb is the argument, stdin and stdout carry JSON or a server's name.
 *
 * A helper has $DR_CREDENTIAL_SECONDS, or 60 s, then it is ended. Messages name the helper and the server, and nothing that
 * the helper printed: that could be a secret.
 */
#ifndef ENGINE_CREDENTIALS_H
#define ENGINE_CREDENTIALS_H

#include "engine/registry_auth.h"

/* Returns 1 with *l filled, 0 when the helper knows no login for the server, or -1. */
int credentials_get(const char *helper, const char *server, struct registry_login *l, struct err *e) MUST_CHECK;
int credentials_store(const char *helper, const struct registry_login *l, struct err *e) MUST_CHECK;
/* Returns 1, or 0 when there was none. */
int credentials_erase(const char *helper, const char *server, struct err *e) MUST_CHECK;

#endif
