/*
 * self: where dr's own file is.
 */
#ifndef SERVICE_SELF_H
#define SERVICE_SELF_H

#include "base/err.h"

#include <stdbool.h>

/* dr's own file (the caller's), named so that links to it last: as a command `dr` on PATH when that is the running file,
   else as the kernel names it, else, without /proc, by argv0. NULL with *e filled when it cannot be found. */
char *self_path(const char *argv0, struct err *e);

/* Whether dr was called by the name of its file, and not through a link to it of another name. */
bool self_is_called(const char *name);

#endif
