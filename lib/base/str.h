/*
 * str: small questions about NUL-terminated strings. Nothing here allocates but str_printf.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool str_eq(const char *a, const char *b);             /* NULL equals only NULL */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

/* What follows the prefix in s (borrowed), or NULL when s does not start with it. */
const char *str_after(const char *s, const char *prefix);

/* The part of a path behind its last slash (borrowed). */
const char *str_basename(const char *path);

/* A formatted string, the caller's. */
__attribute__((format(printf, 1, 2))) char *str_printf(const char *fmt, ...);

/* The whole of s as an unsigned decimal number of at most max: no sign, no blanks, no overflow. `what` names the thing
   in the error ("--level"), which is ERR_USAGE. */
int str_to_u64(const char *s, uint64_t max, uint64_t *out, const char *what, struct err *e) MUST_CHECK;

/* Edit distance between two short strings, for "did you mean"; more than 63 characters count as far apart. */
unsigned str_distance(const char *a, const char *b);

#endif
