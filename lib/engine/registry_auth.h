/*
 * registry_auth: logins of registries, where the docker CLI keeps them: in config.json of its folder (auths), or in the
 * programs that the file names (credHelpers, credsStore; see credentials.h).
 *
 *     CLEANUP_FREE char *header = NULL;
 *     if (registry_auth_header(NULL, "registry:5000/x/y", &header, e) < 0) return -1;      X-Registry-Auth
 *
 * `folder` is that of config.json; NULL is the usual one (context_folder). A file that is not there has no logins; one that is
 * broken or cannot be read is an error. No message ever shows a secret, or what a helper has printed.
 */
#ifndef ENGINE_REGISTRY_AUTH_H
#define ENGINE_REGISTRY_AUTH_H

#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>

/* The name that logins of Docker Hub go by. */
#define REGISTRY_HUB "https://index.docker.io/v1/"

struct registry_login {
	char *server;                /* "registry:5000", or REGISTRY_HUB */
	char *user, *password;
	char *token;                 /* an identity token in the password's place, or NULL */
};

#define CLEANUP_LOGIN CLEANUP_WITH(registry_login_free)

/* Wipes. */
void registry_login_free(struct registry_login *l);

/* The name that a registry is known by: "docker.io" and "" are REGISTRY_HUB, "https://r:5000/v2" is "r:5000". The
   caller's. */
char *registry_server(const char *name);

/* Returns 1 with *l filled, or 0 when there is none for that server. */
int registry_login_find(const char *folder, const char *server, struct registry_login *l, struct err *e) MUST_CHECK;

/* Keeps the login, with the helper that the file names for the server, else in the file itself; what else the file holds
   and its mode stay, a new one is for its owner only. *plain (may be NULL) is set to the file's path, the caller's,
   when the secret stands in it. */
int registry_login_store(const char *folder, const struct registry_login *l, char **plain, struct err *e) MUST_CHECK;

/* Forgets it. Returns 1 when there was one, else 0. */
int registry_login_erase(const char *folder, const char *server, struct err *e) MUST_CHECK;

/* The value of X-Registry-Auth for an image's registry, of a login or of nobody; the caller's. */
int registry_auth_header(const char *folder, const char *image, char **header, struct err *e) MUST_CHECK;

/* The value of X-Registry-Config: all logins, for builds. Helpers that fail are passed over. */
int registry_auth_all(const char *folder, char **header, struct err *e) MUST_CHECK;

#endif
