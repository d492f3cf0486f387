#include "sys/lock.h"

#include "sys/signal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>

/* One flock call: 0 taken, 1 held by another (only without waiting), -1 failed. */
static int grab(int fd, int op, const char *path, struct err *e)
{
	while (flock(fd, op) < 0) {
		if (errno == EWOULDBLOCK && (op & LOCK_NB))
			return 1;
		if (errno != EINTR)
			return err_sys(e, "cannot lock %s", path);
		if (signal_check(e) < 0)
			return -1;
	}
	return 0;
}

/* Whether fd is still the file of that name: who held the lock before may have removed it. */
static bool current(int fd, int dirfd, const char *path)
{
	struct stat a, b;
	return fstat(fd, &a) == 0 && fstatat(dirfd, path, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

int lock_take(struct lock *l, int dirfd, const char *path, int flags, lock_notice *notice, void *arg, struct err *e)
{
	int op = (flags & LOCK_EXCLUSIVE) ? LOCK_EX : LOCK_SH;
	for (;;) {
		CLEANUP_FD int fd = openat(dirfd, path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
		if (fd < 0)
			return err_sys(e, "cannot open the lock file %s", path);
		int r = grab(fd, op | LOCK_NB, path, e);
		if (r == 1 && (flags & LOCK_TRY))
			return 1;
		if (r == 1) {
			if (signal_check(e) < 0)
				return -1;
			if (notice)
				notice(arg);
			notice = NULL;
			r = grab(fd, op, path, e);
		}
		if (r < 0)
			return -1;
		if (current(fd, dirfd, path)) {
			l->fd = fd_steal(&fd);
			return 0;
		}
	}
}

void lock_release(struct lock *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

void lock_remove(struct lock *l, int dirfd, const char *path)
{
	if (l->fd >= 0)
		unlinkat(dirfd, path, 0);
	lock_release(l);
}

int lock_inherit(struct lock *l, struct err *e)
{
	return fcntl(l->fd, F_SETFD, 0) < 0 ? err_sys(e, "cannot pass the lock on") : 0;
}
