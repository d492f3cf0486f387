/*
 * rand: bytes from the kernel's generator (getrandom, /dev/urandom before Linux 3.17).
 */
#ifndef SYS_RAND_H
#define SYS_RAND_H

#include "base/err.h"

#include <stddef.h>

int rand_bytes(void *p, size_t n, struct err *e) MUST_CHECK;

/* n characters of a-z2-7 (five bits each) and a NUL: names that nobody else has. */
int rand_name(char *out, size_t n, struct err *e) MUST_CHECK;

#endif
