/*
 * update: the scripts of a service, and what dr knows of its image, from the image as the engine has it now.
 *
 * The new scripts are unpacked beside the old and take their place in one step; no script is run, and the data stays.
 * A launcher that has disappeared is made again, one of the original's becomes a link.
 */
#ifndef SERVICE_UPDATE_H
#define SERVICE_UPDATE_H

#include "service/store.h"

/* With `pull` the image is pulled first, otherwise only when it is absent. s is the caller's to close, and on success is
   the service, locked. Returns 1 when something changed, 0 when all was so already; no such service is
   ERR_NOT_FOUND. */
int service_update(struct service *s, struct host *h, const char *name, bool pull, struct err *e) MUST_CHECK;

#endif
