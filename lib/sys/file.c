#include "sys/file.h"

#include "base/mem.h"
#include "base/str.h"
#include "sys/rand.h"
#include "sys/signal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

int file_open_dir(int dirfd, const char *path, struct err *e)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "cannot open the folder %s", path) : fd;
}

/* Opens the folder that holds path, and points *name at the last component. Returns the fd or -1. */
static int open_parent(int dirfd, const char *path, const char **name, struct err *e)
{
	const char *base = str_basename(path);
	if (!*base || str_eq(base, ".") || str_eq(base, ".."))
		return err_set(e, ERR_REFUSED, "\"%s\" is no name for a file", path);
	*name = base;
	if (base == path)
		return file_open_dir(dirfd, ".", e);
	CLEANUP_FREE char *parent = mem_dup(path, base - path);
	return file_open_dir(dirfd, parent, e);
}

/* A name that nobody else has: FILE_TEMP_PREFIX and 12 * 5 random bits. */
static int temp_name(char out[24], struct err *e)
{
	memcpy(out, FILE_TEMP_PREFIX, sizeof FILE_TEMP_PREFIX);
	return rand_name(out + sizeof FILE_TEMP_PREFIX - 1, 12, e);
}

/* File systems without fsync for folders answer EINVAL or EBADF: their renames are as durable as they get. */
static int sync_fd(int fd, const char *path, struct err *e)
{
	while (fsync(fd) < 0) {
		if (errno == EINVAL || errno == EBADF || errno == EROFS || errno == ENOTSUP)
			return 0;
		if (errno != EINTR)
			return err_sys(e, "cannot write %s to disk", path);
	}
	return 0;
}

/* A file without a name if `nameless` and the file system has such, else one with a temporary name. */
static int create_temp(int dir, bool nameless, char temp[24], struct err *e)
{
	*temp = '\0';
	int fd = nameless ? openat(dir, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600) : -1;
	if (fd >= 0 || temp_name(temp, e) < 0)
		return fd;
	fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd < 0 ? err_sys(e, "cannot make a file") : fd;
}

static int open_atomic(struct file_atomic *f, int dirfd, const char *path, mode_t mode, bool nameless, struct err *e)
{
	const char *name = NULL;
	CLEANUP_FD int dir = open_parent(dirfd, path, &name, e);
	if (dir < 0)
		return err_wrap(e, "cannot create %s", path);
	struct stat st;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return err_set(e, ERR_REFUSED, "cannot replace %s: it is a %s", path, S_ISDIR(st.st_mode) ? "folder" : "device, pipe or "
			"socket, not a file");
	char temp[sizeof f->temp];
	int fd = create_temp(dir, nameless, temp, e);
	if (fd < 0)
		return err_wrap(e, "cannot create %s", path);
	if (fchmod(fd, mode) < 0) {
		err_sys(e, "cannot set the mode of %s", path);
		close(fd);
		unlinkat(dir, temp, 0);
		return -1;
	}
	memcpy(f->temp, temp, sizeof temp);
	f->name = mem_strdup(name);
	f->dir = fd_steal(&dir);
	fd_writer_init(&f->out, fd, FD_OWNED | FD_BUFFERED, path);
	return 0;
}

int file_atomic_open(struct file_atomic *f, int dirfd, const char *path, mode_t mode, struct err *e)
{
	return open_atomic(f, dirfd, path, mode, false, e);
}

int file_atomic_open_large(struct file_atomic *f, int dirfd, const char *path, mode_t mode, struct err *e)
{
	return open_atomic(f, dirfd, path, mode, true, e);
}

/* A nameless file gets its temporary name. Without CAP_DAC_READ_SEARCH that goes by /proc alone. */
static int give_name(struct file_atomic *f, struct err *e)
{
	char own[40], temp[sizeof f->temp];
	if (*f->temp)
		return 0;
	if (temp_name(temp, e) < 0)
		return -1;
	snprintf(own, sizeof own, "/proc/self/fd/%d", f->out.fd);
	if (linkat(f->out.fd, "", f->dir, temp, AT_EMPTY_PATH) < 0 &&
	    linkat(AT_FDCWD, own, f->dir, temp, AT_SYMLINK_FOLLOW) < 0)
		return err_sys(e, "cannot name %s", f->out.name);
	memcpy(f->temp, temp, sizeof temp);
	return 0;
}

static void release(struct file_atomic *f)
{
	writer_free(&f->out.base);
	if (f->dir >= 0)
		close(f->dir);
	free(f->name);
	*f = (struct file_atomic)FILE_ATOMIC_INIT;
}

void file_atomic_abort(struct file_atomic *f)
{
	int saved = errno;
	if (f->name) {
		unlinkat(f->dir, f->temp, 0);
		release(f);
	}
	errno = saved;
}

/* renameat that fails with EEXIST when the new name is taken, on any kernel and file system. */
static int rename_new(int fromfd, const char *from, int tofd, const char *to)
{
	const int noreplace = 1;  /* RENAME_NOREPLACE of renameat2(2): the C library may have no name for it */
	if (syscall(SYS_renameat2, fromfd, from, tofd, to, noreplace) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (linkat(fromfd, from, tofd, to, 0) < 0)
		return -1;
	unlinkat(fromfd, from, 0);
	return 0;
}

static int put_in_place(struct file_atomic *f, bool replace, struct err *e)
{
	if (writer_finish(&f->out.base, e) < 0 || sync_fd(f->out.fd, f->out.name, e) < 0 || give_name(f, e) < 0)
		return -1;
	int r = replace ? renameat(f->dir, f->temp, f->dir, f->name) : rename_new(f->dir, f->temp, f->dir, f->name);
	if (r < 0)
		return err_sys(e, "cannot put %s in place", f->out.name);
	/* From here on the new file stands: aborting would have to remove a temporary name that is gone. */
	free(f->name);
	f->name = NULL;
	return sync_fd(f->dir, f->out.name, e);
}

static int commit(struct file_atomic *f, bool replace, struct err *e)
{
	int r = put_in_place(f, replace, e);
	file_atomic_abort(f);
	release(f);
	return r;
}

int file_atomic_commit(struct file_atomic *f, struct err *e)
{
	return commit(f, true, e);
}

int file_atomic_create(struct file_atomic *f, struct err *e)
{
	return commit(f, false, e);
}

int file_replace(int dirfd, const char *path, const void *data, size_t n, mode_t mode, struct err *e)
{
	CLEANUP_FILE_ATOMIC struct file_atomic f = FILE_ATOMIC_INIT;
	if (file_atomic_open(&f, dirfd, path, mode, e) < 0 || writer_write(&f.out.base, data, n, e) < 0)
		return -1;
	return file_atomic_commit(&f, e);
}

int file_nameless(int dir, struct err *e)
{
	char temp[24];
	int fd = openat(dir, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	/* Not every file system has O_TMPFILE. */
	if (temp_name(temp, e) < 0)
		return -1;
	fd = openat(dir, temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || unlinkat(dir, temp, 0) < 0) {
		err_sys(e, "cannot create a temporary file");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

int file_read(int dirfd, const char *path, size_t max, struct buf *out, struct err *e)
{
	/* O_NONBLOCK: a FIFO in the place of a file must not hang dr. */
	CLEANUP_FD int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return err_sys(e, "cannot open %s", path);
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_sys(e, "cannot read %s", path);
	if (S_ISFIFO(st.st_mode) || S_ISBLK(st.st_mode))
		return err_set(e, ERR_REFUSED, "%s is not a regular file", path);
	if (S_ISREG(st.st_mode) && st.st_size > 0 && (uint64_t)st.st_size <= max) {
		/* One byte more than its size: a read that falls short of that has met the end. */
		size_t want = (size_t)st.st_size + 1;
		buf_reserve(out, want);
		ssize_t n = fd_read(fd, out->data + out->len, want, path, e);
		if (n < 0)
			return -1;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		if ((size_t)n < want)
			return 0;
		max -= want < max ? want : max;
	}
	return fd_read_all(fd, max, out, path, e);
}

bool file_exists(int dirfd, const char *path)
{
	struct stat st;
	return fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int file_sync_parent(int dirfd, const char *path, struct err *e)
{
	const char *name = NULL;
	CLEANUP_FD int dir = open_parent(dirfd, path, &name, e);
	return dir < 0 ? -1 : sync_fd(dir, path, e);
}

/* mkdir of one level: 1 created, 0 there, -1 failed; ENOENT (in e->sys) when the one above is missing. */
static int make_dir(int dirfd, const char *path, mode_t mode, struct err *e)
{
	struct stat st;
	if (mkdirat(dirfd, path, mode) == 0) {
		/* The umask does not count. */
		if (fchmodat(dirfd, path, mode, 0) < 0)
			return err_sys(e, "cannot set the mode of %s", path);
		return 1;
	}
	if (errno == EEXIST && fstatat(dirfd, path, &st, 0) == 0) {
		if (S_ISDIR(st.st_mode))
			return 0;
		errno = ENOTDIR;
	}
	return err_sys(e, "cannot create the folder %s", path);
}

int file_mkdir_p(int dirfd, const char *path, mode_t mode, struct err *e)
{
	int r = make_dir(dirfd, path, mode, e);
	if (r >= 0 || e->sys != ENOENT)
		return r;
	CLEANUP_FREE char *copy = mem_strdup(path);
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (make_dir(dirfd, copy, mode, e) < 0)
			return -1;
		*slash = '/';
	}
	/* A path that ends in a slash has just been created by the loop: that is still this call's doing. */
	return make_dir(dirfd, path, mode, e) < 0 ? -1 : 1;
}

int file_unlink(int dirfd, const char *path, struct err *e)
{
	if (unlinkat(dirfd, path, 0) == 0)
		return 1;
	return errno == ENOENT ? 0 : err_sys(e, "cannot remove %s", path);
}

int file_symlink(const char *target, int dirfd, const char *path, struct err *e)
{
	const char *name = NULL;
	char temp[24];
	CLEANUP_FD int dir = open_parent(dirfd, path, &name, e);
	if (dir < 0)
		return err_wrap(e, "cannot create %s", path);
	/* Where nothing is, no temporary name is needed, that might be left behind. */
	if (symlinkat(target, dir, name) == 0)
		return sync_fd(dir, path, e);
	if (temp_name(temp, e) < 0)
		return -1;
	if (symlinkat(target, dir, temp) < 0)
		return err_sys(e, "cannot create %s", path);
	if (renameat(dir, temp, dir, name) < 0) {
		err_sys(e, "cannot put %s in place", path);
		unlinkat(dir, temp, 0);
		return -1;
	}
	return sync_fd(dir, path, e);
}

char *file_readlink(int dirfd, const char *path, struct err *e)
{
	char target[4096];
	ssize_t n = readlinkat(dirfd, path, target, sizeof target);
	if (n < 0) {
		err_sys(e, "cannot read the link %s", path);
		return NULL;
	}
	return mem_dup(target, (size_t)n);
}

int file_rename(int fromfd, const char *from, int tofd, const char *to, struct err *e)
{
	if (renameat(fromfd, from, tofd, to) < 0)
		return err_sys(e, "cannot rename %s to %s", from, to);
	return file_sync_parent(fromfd, from, e) < 0 ? -1 : file_sync_parent(tofd, to, e);
}

int file_free_space(int dirfd, const char *path, uint64_t *bytes, struct err *e)
{
	struct statvfs v;
	CLEANUP_FD int fd = openat(dirfd, path, O_PATH | O_CLOEXEC);
	if (fd < 0 || fstatvfs(fd, &v) < 0)
		return err_sys(e, "cannot ask for the free space at %s", path);
	*bytes = (uint64_t)v.f_bavail * v.f_frsize;
	return 0;
}

/* What file_rm_tree carries down: where a folder too deep is moved to, and the file system not to leave. */
struct removal {
	int top;
	dev_t dev;
	const char *path; /* for messages */
};

/* Each level holds one fd open. */
enum { RM_DEPTH = 64 };

static int rm_entry(struct removal *rm, int dir, const char *name, bool is_dir, int depth, struct err *e);

/* openat that neither follows a symlink nor enters a mounted file system, bind mounts included where the kernel can
   tell (openat2, Linux 5.6). */
static int open_below(struct removal *rm, int dir, const char *name, struct err *e)
{
	/* struct open_how of openat2(2): the C library has no header for it. RESOLVE_NO_XDEV is 1. */
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	const struct {
		uint64_t flags, mode, resolve;
	} how = {.flags = flags, .resolve = 1};
	long fd = syscall(SYS_openat2, dir, name, &how, sizeof how);
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		fd = openat(dir, name, flags);
	if (fd < 0 && errno == EACCES && fchmodat(dir, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
		fd = openat(dir, name, flags);
	struct stat st;
	bool crossed = fd < 0 ? errno == EXDEV : fstat((int)fd, &st) == 0 && rm->dev && st.st_dev != rm->dev;
	if (crossed) {
		if (fd >= 0)
			close((int)fd);
		return err_set(e, ERR_REFUSED, "cannot remove %s: another file system is mounted on %s in it", rm->path,
			name);
	}
	return fd < 0 ? err_sys(e, "cannot remove %s: cannot open %s in it", rm->path, name) : (int)fd;
}

/* One pass over the entries. Returns how many were removed, or -1. */
static int rm_entries(struct removal *rm, int fd, int depth, struct err *e)
{
	int count = 0;
	int again = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *d = again < 0 ? NULL : fdopendir(again);
	if (!d) {
		err_sys(e, "cannot remove %s", rm->path);
		if (again >= 0)
			close(again);
		return -1;
	}
	rewinddir(d);
	struct dirent *entry;
	while (count >= 0 && (entry = readdir(d))) {
		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
			continue;
		if (signal_check(e) < 0 || rm_entry(rm, fd, entry->d_name, entry->d_type == DT_DIR, depth, e) < 0)
			count = -1;
		else
			count++;
	}
	closedir(d);
	return count;
}

/* Removes the folder `name`, whose fd is given, with what is in it. */
static int rm_dir(struct removal *rm, int dir, const char *name, int fd, int depth, struct err *e)
{
	for (;;) {
		int n = rm_entries(rm, fd, depth + 1, e);
		if (n < 0)
			return -1;
		if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 1;
		/* Entries that the pass did not see: moved here from too deep, or new. */
		if (errno != ENOTEMPTY || n == 0)
			return err_sys(e, "cannot remove %s: cannot remove %s in it", rm->path, name);
	}
}

static int move_up(struct removal *rm, int dir, const char *name, struct err *e)
{
	char temp[24];
	if (temp_name(temp, e) < 0)
		return -1;
	if (renameat(dir, name, rm->top, temp) < 0)
		return err_sys(e, "cannot remove %s: cannot move %s in it", rm->path, name);
	return 1;
}

static int rm_entry(struct removal *rm, int dir, const char *name, bool is_dir, int depth, struct err *e)
{
	if (!is_dir) {
		int r = unlinkat(dir, name, 0);
		if (r < 0 && errno == EACCES && fchmod(dir, 0700) == 0)
			r = unlinkat(dir, name, 0);
		if (r == 0 || errno == ENOENT)
			return 1;
		if (errno != EISDIR)
			return err_sys(e, "cannot remove %s: cannot remove %s in it", rm->path, name);
	}
	if (depth >= RM_DEPTH)
		return move_up(rm, dir, name, e);
	CLEANUP_FD int fd = open_below(rm, dir, name, e);
	return fd < 0 ? -1 : rm_dir(rm, dir, name, fd, depth, e);
}

int file_rm_tree(int dirfd, const char *path, struct err *e)
{
	const char *name = NULL;
	struct stat st;
	CLEANUP_FD int dir = open_parent(dirfd, path, &name, e);
	if (dir < 0)
		return e->sys == ENOENT ? 0 : err_wrap(e, "cannot remove %s", path);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_sys(e, "cannot remove %s", path);
	if (!S_ISDIR(st.st_mode))
		return file_unlink(dirfd, path, e);
	struct removal rm = {.path = path};
	CLEANUP_FD int fd = open_below(&rm, dir, name, e);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return err_sys(e, "cannot remove %s", path);
	rm.dev = st.st_dev;
	rm.top = fd;
	return rm_dir(&rm, dir, name, fd, 0, e);
}
