/*
 * clean: removing what docker accumulates, and dr itself from a host.
 */
#ifndef SERVICE_CLEAN_H
#define SERVICE_CLEAN_H

#include "service/host.h"

struct clean {
	struct strvec containers;    /* names: exited over CLEAN_AGE seconds ago, of no service */
	struct strvec images;        /* ids: dangling, and no service's scripts are from them */
	size_t caches;               /* records of the build cache */
};

enum { CLEAN_AGE = 3600 };

#define CLEANUP_CLEAN CLEANUP_WITH(clean_free)

/* Finds them and, unless dry, removes them. What meanwhile is in use is left alone and not counted. Returns 1, or 0
   when there was nothing. */
int clean_engine(struct clean *c, struct host *h, bool dry, struct err *e) MUST_CHECK;
void clean_free(struct clean *c);

/* Takes the main folder's .dr, the main folder if it is empty then, druser, drgroup and the settings off a host that has
   no services. Returns 1, 0 when dr is not configured, or -1; ERR_REFUSED names the services. */
int host_unconfigure(struct host *h, struct err *e) MUST_CHECK;

#endif
