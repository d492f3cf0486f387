#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *checked(void *p)
{
	static const char msg[] = "dr: out of memory\n";
	if (p)
		return p;
	if (write(2, msg, sizeof msg - 1) < 0)
		_exit(1);
	_exit(1);
}

void *mem_alloc(size_t n)
{
	return checked(calloc(1, n ? n : 1));
}

void *mem_array(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size ? size : 1));
}

void *mem_realloc(void *p, size_t n)
{
	return checked(realloc(p, n ? n : 1));
}

char *mem_dup(const void *p, size_t n)
{
	if (n == SIZE_MAX)
		checked(NULL);
	char *s = checked(malloc(n + 1));
	if (n)
		memcpy(s, p, n);
	s[n] = '\0';
	return s;
}

char *mem_strdup(const char *s)
{
	return s ? mem_dup(s, strlen(s)) : NULL;
}

void mem_wipe(void *p, size_t n)
{
	memset(p, 0, n);
	__asm__ __volatile__("" : : "r"(p) : "memory");
}

void *mem_grow(void *items, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return items;
	size_t want = *cap ? *cap * 2 : 8;
	if (want > SIZE_MAX / size)
		checked(NULL);
	*cap = want;
	return mem_realloc(items, want * size);
}
