/*
 * status: what there is of a service: on the host from its files alone, on the engine if that answers.
 */
#ifndef SERVICE_STATUS_H
#define SERVICE_STATUS_H

#include "engine/container.h"
#include "service/store.h"

struct status {
	char *image_now;                  /* id of the image of that name on the engine; "" when it has none */
	struct strvec volumes;
	struct container_list containers; /* those that use the volumes, each once */
};

#define CLEANUP_STATUS CLEANUP_WITH(status_free)

/* Asks the engine. */
int status_ask(struct status *st, struct service *s, struct err *e) MUST_CHECK;
void status_free(struct status *st);

/* Whether the engine has another image of that name than the one that the scripts are from. */
bool status_outdated(const struct status *st, const struct service *s);

/* Whether the launcher is there, and dr's. */
bool status_launcher(struct service *s);

#endif
