/*
 * owned: what on the engine belongs to a service by its name: the volumes dr-NAME-..., and the containers that mount one of
 * them. A name that begins another service's name owns nothing of that one.
 */
#ifndef SERVICE_OWNED_H
#define SERVICE_OWNED_H

#include "engine/container.h"
#include "service/journal.h"
#include "service/store.h"

/* "dr-NAME-config" (the caller's). */
char *owned_config_volume(const char *name);

/* The names of the service's volumes. */
int owned_volumes(struct service *s, struct strvec *volumes, struct err *e) MUST_CHECK;

/* Removes the service's containers, running or not, with their anonymous volumes, then its volumes. Those that the journal
   has as fact "volume" were there before, and stay; j may be NULL. Returns how many things were removed. */
int owned_remove(struct service *s, const struct journal *j, struct err *e) MUST_CHECK;

/* Records the containers of an image as facts "container"; removes those of its containers that are not recorded and
   use no other service's volumes: what a script left behind. */
int owned_record(struct service *s, struct journal *j, const char *image_id, struct err *e) MUST_CHECK;
int owned_remove_strays(struct service *s, const struct journal *j, const char *image_id, struct err *e) MUST_CHECK;

#endif
