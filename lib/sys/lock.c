#include "sys/lock.h"

#include "base/str.h"
#include "sys/signal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* How often lock_break looks, and when patience ends. */
enum {
	LOOK_NS = 20 * 1000 * 1000,
	PATIENCE = 200,
};

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

/* Whether the process has the file open. Only what has its name is looked at: a stat may hang on file systems that are gone. */
static bool holds(const char *pid, const struct stat *file, const char *base)
{
	char path[64], target[4096];
	struct stat st;
	bool found = false;
	snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
	DIR *d = opendir(path);
	for (struct dirent *entry; d && !found && (entry = readdir(d));) {
		ssize_t n = readlinkat(dirfd(d), entry->d_name, target, sizeof target - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		found = str_eq(str_basename(target), base) && fstatat(dirfd(d), entry->d_name, &st, 0) == 0 &&
			st.st_dev == file->st_dev && st.st_ino == file->st_ino;
	}
	if (d)
		closedir(d);
	return found;
}

static void signal_holders(const struct stat *file, const char *base, int sig)
{
	DIR *d = opendir("/proc");
	for (struct dirent *entry; d && (entry = readdir(d));) {
		struct err ignored;
		uint64_t pid;
		if (str_to_u64(entry->d_name, INT32_MAX, &pid, "", &ignored) < 0 || pid <= 1)
			continue;
		/* Before looking: by then the number may be another's. Kernels before 5.3 have no such thing. */
		CLEANUP_FD int fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
		if (!holds(entry->d_name, file, base))
			continue;
		if (fd >= 0)
			syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
		else
			kill((pid_t)pid, sig);
	}
	if (d)
		closedir(d);
}

int lock_break(struct lock *l, int dirfd, const char *path, lock_notice *notice, void *arg, struct err *e)
{
	const char *base = str_basename(path);
	struct stat file;
	if (fstatat(dirfd, path, &file, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "cannot look at the lock file %s", path);
	if (holds("self", &file, base))
		return err_set(e, ERR_REFUSED, "this is a program that a process left behind which is gone");
	for (int i = 0;; i++) {
		int rc = lock_take(l, dirfd, path, LOCK_EXCLUSIVE | LOCK_TRY, NULL, NULL, e);
		if (rc <= 0)
			return rc;
		if (signal_check(e) < 0)
			return -1;
		if (i == 0 && notice)
			notice(arg);
		if (i == 0 || i > PATIENCE)
			signal_holders(&file, base, i ? SIGKILL : SIGTERM);
		nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
	}
}
