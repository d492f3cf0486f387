/*
 * configure: setting the main folder, and the parts of opening it that configure shares with host_open.
 */
#ifndef SERVICE_CONFIGURE_H
#define SERVICE_CONFIGURE_H

#include "service/host.h"

/* The first line of a settings file into *value, which is replaced. Returns 1, 0 when there is no such file, or -1. */
int host_setting(int dirfd, const char *path, char **value, struct err *e) MUST_CHECK;

/* As root: takes the folder back from uid 22022 (not in a dry run); refuses one that others can write. */
int host_check_owner(struct host *h, int dir, const char *path, struct err *e) MUST_CHECK;

/* Opens .dr in the main folder, and makes it when it is not there, if `make`. Returns 0 with *own filled, -1 in it when
   there is none. */
int host_open_own(int dir, bool make, int *own, struct err *e) MUST_CHECK;

#endif
