/*
 * cleanup: release at the end of the scope, instead of goto ladders.
 *
 *     CLEANUP_FREE char *s = NULL;        freed when the scope ends
 *     CLEANUP_FD int fd = -1;             closed when the scope ends, if not negative
 *     return ptr_steal(&s);               handed on: the variable is NULL afterwards
 *     *out = fd_steal(&fd);               likewise, -1 afterwards
 *
 * Types with a release function of their own define CLEANUP_X beside it with CLEANUP_WITH.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define CLEANUP_WITH(f) __attribute__((cleanup(f)))
#define CLEANUP_FREE CLEANUP_WITH(cleanup_free)
#define CLEANUP_FD CLEANUP_WITH(cleanup_fd)

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void *ptr_steal_(void *p)
{
	void *v = *(void **)p;
	*(void **)p = NULL;
	return v;
}
#define ptr_steal(p) ((__typeof__(*(p)))ptr_steal_(p))

static inline int fd_steal(int *fd)
{
	int v = *fd;
	*fd = -1;
	return v;
}

#endif
