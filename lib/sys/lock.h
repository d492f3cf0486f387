/*
 * lock: flock(2) on a file made for it, so that two dr commands on one thing wait for each other.
 *
 *     CLEANUP_LOCK struct lock l = LOCK_INIT;
 *     if (lock_take(&l, dirfd, "service.lock", LOCK_EXCLUSIVE, notice, arg, e) < 0) return -1;
 *
 * The kernel drops the lock when the process ends in whatever way. The file stays behind: it is removed only by who
 * holds the lock exclusively (lock_remove), and a waiter notices that its file is gone and takes the new one. The lock
 * does not reach programs that dr runs, unless lock_inherit says so.
 */
#ifndef SYS_LOCK_H
#define SYS_LOCK_H

#include "base/cleanup.h"
#include "base/err.h"

struct lock {
	int fd;  /* -1: not held */
};

#define LOCK_INIT {.fd = -1}
#define CLEANUP_LOCK CLEANUP_WITH(lock_release)

enum {
	LOCK_SHARED = 0,
	LOCK_EXCLUSIVE = 1,
	LOCK_TRY = 2,  /* do not wait */
};

/* Called once, before waiting, when the lock is held by another: for "waiting for another dr command". */
typedef void lock_notice(void *arg);

/* Takes the lock; the file is created (mode 0600) when absent. Returns 0, or with LOCK_TRY 1 when another holds it.
   Waiting ends with ERR_INTR at a signal. notice may be NULL. */
int lock_take(struct lock *l, int dirfd, const char *path, int flags, lock_notice *notice, void *arg,
	struct err *e) MUST_CHECK;

void lock_release(struct lock *l);

/* Removes the file while the lock is held exclusively, then releases the lock. */
void lock_remove(struct lock *l, int dirfd, const char *path);

/* Lets programs that dr runs from now on hold the lock with it (an exec in place of dr keeps it). */
int lock_inherit(struct lock *l, struct err *e) MUST_CHECK;

/* Takes the lock exclusively from the programs that inherited it of a process that is gone: they are ended with SIGTERM, after
   some seconds with SIGKILL; those of other users are waited for. Who has inherited it itself gets ERR_REFUSED. `notice` is
   called before the first is ended. */
int lock_break(struct lock *l, int dirfd, const char *path, lock_notice *notice, void *arg, struct err *e) MUST_CHECK;

#endif
