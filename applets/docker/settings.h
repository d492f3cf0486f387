/*
 * settings: the docker CLI's config.json, as far as commands take something from it: formats of lists, detachKeys, proxies,
 * HttpHeaders. Logins are in engine/registry_auth.h, contexts in engine/context.h.
 */
#ifndef DOCKER_SETTINGS_H
#define DOCKER_SETTINGS_H

#include "base/vec.h"
#include "docker/docker.h"

/* The text of that name (the caller's), or NULL. */
char *docker_setting(const char *name);

/* What --detach-keys was given, else what the file says: *keys is the caller's, or NULL. */
int docker_keys(const char *given, char **keys, struct err *e) MUST_CHECK;

/* Appends HttpHeaders, as "Name: value", but for those that requests have anyway. */
int docker_headers(struct strvec *out, struct err *e) MUST_CHECK;

/* Appends "HTTP_PROXY=value", "http_proxy=value" and so on for the engine, unless `words` names the variable already. */
void docker_proxies(const struct engine *g, struct strvec *words);

#endif
