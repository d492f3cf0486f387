/*
 * vec: a growing list of strings that is always a valid argv: items[n] is NULL. All-zero is an empty one.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

struct strvec {
	char **items;  /* n strings owned by the list, then NULL; NULL itself when nothing was ever added */
	size_t n, cap;
};

#define CLEANUP_STRVEC CLEANUP_WITH(strvec_free)

void strvec_free(struct strvec *v);
void strvec_push(struct strvec *v, const char *s);        /* copies s */
void strvec_take(struct strvec *v, char *s);              /* s becomes the list's */
__attribute__((format(printf, 2, 3))) void strvec_pushf(struct strvec *v, const char *fmt, ...);
bool strvec_has(const struct strvec *v, const char *s);
void strvec_sort(struct strvec *v);                       /* by bytes */
char *strvec_join(const struct strvec *v, const char *sep);

#endif
