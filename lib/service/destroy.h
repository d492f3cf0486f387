/*
 * destroy: a service and all its data disappear.
 *
 * First its destroy script runs; when that fails, the service stays, unless `force`. From then on there is no way back:
 * containers, volumes, launcher and folder go, and a dr that is killed meanwhile leaves the rest to the next one.
 */
#ifndef SERVICE_DESTROY_H
#define SERVICE_DESTROY_H

#include "service/store.h"

/* Returns 1 when it was destroyed, 0 when there was no such service, or -1. */
int service_destroy(struct host *h, const char *name, bool force, struct err *e) MUST_CHECK;

#endif
