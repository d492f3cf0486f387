/*
 * name: which names services may have, and what somebody may have meant who named none that exists.
 */
#ifndef SERVICE_NAME_H
#define SERVICE_NAME_H

#include "base/err.h"
#include "base/vec.h"

#include <stdbool.h>

enum { NAME_MAX_LEN = 64 };

/* A letter or digit, then letters, digits, '_', '.', '-'; at most 64. ERR_USAGE says which rule is broken. */
int name_check(const char *name, struct err *e) MUST_CHECK;
bool name_valid(const char *name);

/* Whether a volume of that name belongs to the service: dr-NAME-..., but not to one of `others` whose name is longer and
   matches as well ("a-b" owns dr-a-b-config, "a" does not). */
bool name_owns_volume(const char *name, const char *volume, const struct strvec *others);

/* The one of the words that is nearest to what was typed (borrowed), or NULL when none is near. */
const char *name_nearest(const char *typed, const struct strvec *words);

#endif
