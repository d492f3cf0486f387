#include "archive/unpack.h"

#include "base/mem.h"
#include "base/str.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/passwd.h"
#include "sys/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* A directory whose mode and times are set when everything is in it. */
struct unpack_dir {
	char *name;
	mode_t mode;
	struct timespec mtime;
};

static void note(struct unpack *u, const char *message)
{
	if (u->note)
		u->note(u->arg, message);
}

bool unpack_link_stays(const char *name, const char *target)
{
	int depth = 0;
	if (target[0] == '/')
		return false;
	for (const char *p = name; (p = strchr(p, '/')); p++)
		depth++;
	for (const char *p = target; *p;) {
		size_t n = strcspn(p, "/");
		if (n == 2 && p[0] == '.' && p[1] == '.')
			depth--;
		else if (n && !(n == 1 && p[0] == '.'))
			depth++;
		if (depth < 0)
			return false;
		p += n;
		p += *p == '/';
	}
	return true;
}

static int check_plain(const struct tar_entry *x, const char *name, struct err *e)
{
	if (x->type == TAR_CHAR || x->type == TAR_BLOCK)
		return err_set(e, ERR_REFUSED, "%s is a device", name);
	if (x->type == TAR_FIFO)
		return err_set(e, ERR_REFUSED, "%s is a named pipe", name);
	if (x->type == TAR_FILE && x->mode & (S_ISUID | S_ISGID))
		return err_set(e, ERR_REFUSED, "%s has the setuid or setgid bit", name);
	if (x->type == TAR_SYMLINK && !unpack_link_stays(name, x->link))
		return err_set(e, ERR_REFUSED, "%s is a symbolic link that leads outside: %s", name, x->link);
	return 0;
}

static int check_bounds(struct unpack *u, const struct tar_entry *x, const char *name, struct err *e)
{
	u->entries++;
	u->bytes += x->size;
	if (u->max_entries && u->entries > u->max_entries)
		return err_set(e, ERR_LIMIT, "more than %llu files", (unsigned long long)u->max_entries);
	if (u->max_bytes && u->bytes > u->max_bytes)
		return err_set(e, ERR_LIMIT, "more than %llu bytes", (unsigned long long)u->max_bytes);
	if (u->max_path && strlen(name) > u->max_path)
		return err_set(e, ERR_LIMIT, "a path of more than %zu characters: %.60s...", u->max_path, name);
	return u->flags & UNPACK_PLAIN_ONLY ? check_plain(x, name, e) : 0;
}

/* The directory that `name` goes into. Members mostly come directory by directory, so the last one is kept open. */
static int parent_of(struct unpack *u, const char *name, const char **base, struct err *e)
{
	const char *slash = strrchr(name, '/');
	size_t n = slash ? (size_t)(slash - name) : 0;
	if (u->parent_name && strlen(u->parent_name) == n && memcmp(u->parent_name, name, n) == 0) {
		*base = slash ? slash + 1 : name;
		return u->parent_fd;
	}
	int fd = path_open_parent(u->root, name, PATH_MKDIR | (u->flags & UNPACK_FOLLOW ? PATH_FOLLOW : 0), base, e);
	if (fd < 0)
		return -1;
	if (u->parent_name)
		close(u->parent_fd);
	free(u->parent_name);
	u->parent_name = mem_dup(name, n);
	u->parent_fd = fd;
	return fd;
}

static void forget_parent(struct unpack *u)
{
	if (u->parent_name)
		close(u->parent_fd);
	free(u->parent_name);
	u->parent_name = NULL;
}

/* Takes away what stands where a member goes. */
static int make_room(struct unpack *u, int dir, const char *base, const char *name, struct err *e)
{
	if (u->flags & UNPACK_KEEP)
		return err_set(e, ERR_EXISTS, "%s exists already", name);
	if (unlinkat(dir, base, 0) == 0 || errno == ENOENT)
		return 0;
	if ((errno == EISDIR || errno == EPERM) && u->flags & UNPACK_SAME_KIND)
		return err_set(e, ERR_EXISTS, "%s is a directory: something else cannot take its place", name);
	if ((errno == EISDIR || errno == EPERM) && unlinkat(dir, base, AT_REMOVEDIR) == 0)
		return 0;
	return err_sys(e, "cannot replace %s", name);
}

static void load_names(struct unpack *u)
{
	struct err none;
	if (!u->names_loaded) {
		if (file_read(AT_FDCWD, "/etc/passwd", 1 << 20, &u->passwd, &none) < 0)
			buf_reset(&u->passwd);
		if (file_read(AT_FDCWD, "/etc/group", 1 << 20, &u->group, &none) < 0)
			buf_reset(&u->group);
	}
	u->names_loaded = true;
}

static void owner_of(struct unpack *u, const struct tar_entry *x, uid_t *uid, gid_t *gid)
{
	*uid = (uid_t)x->uid;
	*gid = (gid_t)x->gid;
	if (!(u->flags & UNPACK_NAMES))
		return;
	struct passwd_user user;
	uint32_t id;
	load_names(u);
	if (x->uname && *x->uname && passwd_by_name(buf_cstr(&u->passwd), u->passwd.len, x->uname, &user))
		*uid = user.uid;
	if (x->gname && *x->gname && passwd_group(buf_cstr(&u->group), u->group.len, x->gname, &id))
		*gid = id;
}

static int set_xattrs(struct unpack *u, int fd, const struct tar_entry *x, const char *name, struct err *e)
{
	for (size_t i = 0; u->flags & UNPACK_XATTRS && i < x->n_xattrs; i++) {
		const struct tar_xattr *a = &x->xattrs[i];
		if (fsetxattr(fd, a->name, a->value, a->len, 0) == 0)
			continue;
		if (errno != ENOTSUP && errno != EPERM)
			return err_sys(e, "cannot set attribute %s of %s", a->name, name);
		if (!u->xattr_noted)
			note(u, "this file system takes not all extended attributes: some are left out");
		u->xattr_noted = true;
	}
	return 0;
}

/* Owner, mode, attributes and times of an open file; chown goes first, for it clears setuid and capabilities. */
static int set_all(struct unpack *u, int fd, const struct tar_entry *x, const char *name, bool times, struct err *e)
{
	uid_t uid;
	gid_t gid;
	struct timespec ts[2] = {{.tv_nsec = UTIME_NOW}, {.tv_sec = (time_t)x->mtime, .tv_nsec = x->mtime_ns}};
	if (u->flags & UNPACK_OWNER) {
		owner_of(u, x, &uid, &gid);
		if (fchown(fd, uid, gid) < 0)
			return err_sys(e, "cannot give %s to %u:%u", name, uid, gid);
	}
	if (set_xattrs(u, fd, x, name, e) < 0)
		return -1;
	if (fchmod(fd, x->mode & ~u->umask) < 0)
		return err_sys(e, "cannot set the mode of %s", name);
	if (times && futimens(fd, ts) < 0)
		return err_sys(e, "cannot set the time of %s", name);
	return 0;
}

static int set_link(struct unpack *u, int dir, const char *base, const struct tar_entry *x, const char *name, struct err *e)
{
	uid_t uid;
	gid_t gid;
	struct timespec ts[2] = {{.tv_nsec = UTIME_NOW}, {.tv_sec = (time_t)x->mtime, .tv_nsec = x->mtime_ns}};
	if (u->flags & UNPACK_OWNER) {
		owner_of(u, x, &uid, &gid);
		if (fchownat(dir, base, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
			return err_sys(e, "cannot give %s to %u:%u", name, uid, gid);
	}
	if (x->type != TAR_SYMLINK && fchmodat(dir, base, x->mode & ~u->umask, 0) < 0)
		return err_sys(e, "cannot set the mode of %s", name);
	if (utimensat(dir, base, ts, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "cannot set the time of %s", name);
	return 0;
}

static int write_at(int fd, const void *p, size_t n, uint64_t offset, const char *name, struct err *e)
{
	const char *s = p;
	while (n) {
		ssize_t k = pwrite(fd, s, n, (off_t)offset);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return err_sys(e, "cannot write %s", name);
		s += k;
		offset += (uint64_t)k;
		n -= (size_t)k;
	}
	return 0;
}

/* Blocks of zeros are skipped, if that is wanted: the file is new, so there is a hole. */
static int write_data(struct unpack *u, int fd, const unsigned char *p, size_t n, uint64_t offset, const char *name, struct err *e)
{
	enum { HOLE = 4096 };
	static const unsigned char zeros[HOLE];
	size_t start = 0, at = 0;
	while (u->flags & UNPACK_HOLES && at < n) {
		size_t k = HOLE - (size_t)((offset + at) % HOLE);
		k = k < n - at ? k : n - at;
		if (p[at] == 0 && memcmp(p + at, zeros, k) == 0) {
			if (write_at(fd, p + start, at - start, offset + start, name, e) < 0)
				return -1;
			start = at + k;
		}
		at += k;
	}
	return write_at(fd, p + start, n - start, offset + start, name, e);
}

static int make_file(struct unpack *u, struct tar_reader *t, int dir, const char *base, const char *name, struct err *e)
{
	enum { HOW = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC };
	CLEANUP_FD int fd = openat(dir, base, HOW, 0600);
	if (fd < 0 && errno == EEXIST) {
		if (make_room(u, dir, base, name, e) < 0)
			return -1;
		fd = openat(dir, base, HOW, 0600);
	}
	if (fd < 0)
		return err_sys(e, "cannot create %s", name);
	const unsigned char *p;
	uint64_t offset, end = 0;
	ssize_t n;
	while ((n = tar_read_data(t, &p, &offset, e)) > 0) {
		if (u->data)
			u->data(u->data_arg, p, (size_t)n, offset);
		if (write_data(u, fd, p, (size_t)n, offset, name, e) < 0)
			return -1;
		end = offset + (uint64_t)n;
	}
	if (n < 0)
		return -1;
	if ((end < t->entry.size || u->flags & UNPACK_HOLES) && ftruncate(fd, (off_t)t->entry.size) < 0)
		return err_sys(e, "cannot give %s its size", name);
	return set_all(u, fd, &t->entry, name, true, e);
}

static int make_dir(struct unpack *u, const struct tar_entry *x, int dir, const char *base, const char *name, struct err *e)
{
	if (mkdirat(dir, base, 0700) < 0) {
		struct stat st;
		if (errno != EEXIST)
			return err_sys(e, "cannot make directory %s", name);
		if (fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return err_sys(e, "cannot look at %s", name);
		bool followed = u->flags & UNPACK_FOLLOW && S_ISLNK(st.st_mode) && fstatat(dir, base, &st, 0) == 0 &&
			S_ISDIR(st.st_mode);
		if (followed)
			return 0;
		if (!S_ISDIR(st.st_mode)) {
			if (u->flags & UNPACK_SAME_KIND)
				return err_set(e, ERR_EXISTS, "%s is there and no directory: a directory cannot take its place", name);
			if (make_room(u, dir, base, name, e) < 0)
				return -1;
			if (mkdirat(dir, base, 0700) < 0)
				return err_sys(e, "cannot make directory %s", name);
		}
	}
	CLEANUP_FD int fd = openat(dir, base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot open directory %s", name);
	/* Writable for us until everything is in it. */
	struct tar_entry open = *x;
	open.mode |= 0700;
	if (set_all(u, fd, &open, name, false, e) < 0)
		return -1;
	u->dirs = mem_grow(u->dirs, u->n_dirs, &u->cap_dirs, sizeof *u->dirs);
	u->dirs[u->n_dirs++] = (struct unpack_dir){mem_strdup(name), x->mode & ~u->umask, {(time_t)x->mtime, x->mtime_ns}};
	return 0;
}

static int make_hardlink(struct unpack *u, struct tar_reader *t, int dir, const char *base, const char *name, struct err *e)
{
	CLEANUP_FREE char *target = path_clean(t->entry.link, NULL, e);
	const char *target_base;
	if (!target)
		return err_wrap(e, "%s is a hard link", name);
	CLEANUP_FD int from = path_open_parent(u->root, target, u->flags & UNPACK_FOLLOW ? PATH_FOLLOW : 0, &target_base, e);
	if (from < 0)
		return err_wrap(e, "%s is a hard link", name);
	int rc = linkat(from, target_base, dir, base, 0);
	if (rc < 0 && errno == EEXIST) {
		struct stat a, b;
		if (fstatat(from, target_base, &a, AT_SYMLINK_NOFOLLOW) == 0 && fstatat(dir, base, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
		    a.st_dev == b.st_dev && a.st_ino == b.st_ino)
			return 0;
		if (make_room(u, dir, base, name, e) < 0)
			return -1;
		rc = linkat(from, target_base, dir, base, 0);
	}
	return rc < 0 ? err_sys(e, "cannot link %s to %s", name, target) : 0;
}

/* A symlink, device or fifo. */
static int make_node(const struct tar_entry *x, int dir, const char *base)
{
	dev_t dev = makedev(x->dev_major, x->dev_minor);
	switch (x->type) {
	case TAR_SYMLINK:
		return symlinkat(x->link, dir, base);
	case TAR_CHAR:
		return mknodat(dir, base, S_IFCHR | 0600, dev);
	case TAR_BLOCK:
		return mknodat(dir, base, S_IFBLK | 0600, dev);
	case TAR_FIFO:
		return mknodat(dir, base, S_IFIFO | 0600, 0);
	case TAR_FILE:
	case TAR_HARDLINK:
	case TAR_DIR:
		break;
	}
	errno = EINVAL;
	return -1;
}

static int make_special(struct unpack *u, const struct tar_entry *x, int dir, const char *base, const char *name,
	struct err *e)
{
	int rc = make_node(x, dir, base);
	if (rc < 0 && errno == EEXIST) {
		if (make_room(u, dir, base, name, e) < 0)
			return -1;
		rc = make_node(x, dir, base);
	}
	return rc < 0 ? err_sys(e, "cannot create %s", name) : set_link(u, dir, base, x, name, e);
}

/* The member "." is the root itself. */
static int set_root(struct unpack *u, const struct tar_entry *x, struct err *e)
{
	if (x->type != TAR_DIR)
		return err_set(e, ERR_REFUSED, "the archive's root is no directory");
	return make_dir(u, x, u->root, ".", ".", e);
}

int unpack_entry(struct unpack *u, struct tar_reader *t, const char *member, struct err *e)
{
	bool absolute;
	const char *base;
	CLEANUP_FREE char *name = path_clean(member, &absolute, e);
	if (!name)
		return -1;
	if (absolute && !u->absolute_noted) {
		note(u, "Removing leading `/' from member names");
		u->absolute_noted = true;
	}
	if (check_bounds(u, &t->entry, name, e) < 0)
		return -1;
	if (str_eq(name, "."))
		return set_root(u, &t->entry, e);
	int dir = parent_of(u, name, &base, e);
	if (dir < 0)
		return -1;
	if (t->entry.type == TAR_FILE)
		return make_file(u, t, dir, base, name, e);
	if (t->entry.type == TAR_DIR)
		return make_dir(u, &t->entry, dir, base, name, e);
	if (t->entry.type == TAR_HARDLINK)
		return make_hardlink(u, t, dir, base, name, e);
	return make_special(u, &t->entry, dir, base, name, e);
}

int unpack_finish(struct unpack *u, struct err *e)
{
	forget_parent(u);
	while (u->n_dirs) {
		struct unpack_dir *d = &u->dirs[--u->n_dirs];
		struct timespec ts[2] = {{.tv_nsec = UTIME_NOW}, d->mtime};
		CLEANUP_FREE char *name = d->name;
		const char *base;
		CLEANUP_FD int dir = path_open_parent(u->root, name, u->flags & UNPACK_FOLLOW ? PATH_FOLLOW : 0, &base, e);
		if (dir < 0)
			return -1;
		CLEANUP_FD int fd = openat(dir, base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
			continue; /* a later member took its place */
		if (fd < 0 || fchmod(fd, d->mode) < 0 || futimens(fd, ts) < 0)
			return err_sys(e, "cannot set the mode and time of %s", name);
	}
	return 0;
}

void unpack_free(struct unpack *u)
{
	forget_parent(u);
	for (size_t i = 0; i < u->n_dirs; i++)
		free(u->dirs[i].name);
	free(u->dirs);
	u->dirs = NULL;
	u->n_dirs = 0;
	buf_free(&u->passwd);
	buf_free(&u->group);
}
