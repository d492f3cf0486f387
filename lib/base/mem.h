/*
 * mem: memory that is there or the program ends.
 *
 * Allocation failure is the one failure that the library does not report through struct err: it says "out of memory"
 * on stderr and exits with status 1. Sizes that come from outside are bounded by their parser before they get here.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* n bytes, all zero; free() releases them. n may be 0. */
void *mem_alloc(size_t n) __attribute__((malloc));

/* Room for n items of the given size, all zero; overflow of the product counts as out of memory. */
void *mem_array(size_t n, size_t size) __attribute__((malloc));

/* realloc that cannot fail; bytes beyond the old size are undefined. */
void *mem_realloc(void *p, size_t n);

/* A copy of the n bytes at p with a NUL behind them. */
char *mem_dup(const void *p, size_t n) __attribute__((malloc));

/* A copy of s; NULL gives NULL. */
char *mem_strdup(const char *s);

/* Zeroes n bytes in a way that the compiler cannot drop: for keys and passphrases. */
void mem_wipe(void *p, size_t n);

/* Makes room for one more item in an array: items is reallocated when n == *cap. */
void *mem_grow(void *items, size_t n, size_t *cap, size_t size);

#endif
