#include "archive/pack.h"

#include "base/mem.h"
#include "base/vec.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/passwd.h"
#include "sys/signal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum {
	BLOCK = 128 << 10,
	XATTR_LIST = 64 << 10,   /* XATTR_LIST_MAX and XATTR_SIZE_MAX of Linux */
	XATTR_VALUE = 64 << 10,
	DEPTH = 4096,            /* directories within directories; each holds an fd open while it is packed */
};

/* A file with several names, under the first of them: an open-addressed table by device and inode. */
struct pack_link {
	dev_t dev;
	ino_t ino;
	char *name;
};

static size_t slot_of(const struct pack_link *links, size_t cap, dev_t dev, ino_t ino)
{
	size_t i = (size_t)((ino ^ dev << 20) * 0x9e3779b97f4a7c15ULL >> 20) & (cap - 1);
	while (links[i].name && (links[i].ino != ino || links[i].dev != dev))
		i = (i + 1) & (cap - 1);
	return i;
}

/* The name under which the file was packed before, or NULL, and then `name` is remembered. */
static const char *known_link(struct pack *p, const struct stat *st, const char *name)
{
	if (2 * (p->n_links + 1) > p->cap_links) {
		size_t cap = p->cap_links ? 2 * p->cap_links : 64;
		struct pack_link *bigger = mem_array(cap, sizeof *bigger);
		for (size_t i = 0; i < p->cap_links; i++)
			if (p->links[i].name)
				bigger[slot_of(bigger, cap, p->links[i].dev, p->links[i].ino)] = p->links[i];
		free(p->links);
		p->links = bigger;
		p->cap_links = cap;
	}
	struct pack_link *l = &p->links[slot_of(p->links, p->cap_links, st->st_dev, st->st_ino)];
	if (l->name)
		return l->name;
	*l = (struct pack_link){st->st_dev, st->st_ino, mem_strdup(name)};
	p->n_links++;
	return NULL;
}

static void note(struct pack *p, const char *name, const char *what)
{
	struct buf b = {0};
	buf_printf(&b, "%s: %s", name, what);
	if (p->note)
		p->note(p->arg, b.data);
	buf_free(&b);
}

static void changed(struct pack *p, const char *name, const char *what)
{
	p->changed++;
	note(p, name, what);
}

/* A member that cannot be opened: the caller may let it be left out. */
static int give_up(struct pack *p, const struct err *e)
{
	return e->kind != ERR_INTR && p->skip && p->skip(p->arg, e) ? 0 : -1;
}

static void add_names(struct pack *p, struct tar_entry *x)
{
	struct err none;
	struct passwd_user user;
	if (!p->names_loaded) {
		if (file_read(AT_FDCWD, "/etc/passwd", 1 << 20, &p->passwd, &none) < 0)
			buf_reset(&p->passwd);
		if (file_read(AT_FDCWD, "/etc/group", 1 << 20, &p->group, &none) < 0)
			buf_reset(&p->group);
		p->names_loaded = true;
	}
	if (passwd_by_uid(buf_cstr(&p->passwd), p->passwd.len, (uint32_t)x->uid, &user))
		x->uname = mem_strdup(user.name);
	if (passwd_group_by_gid(buf_cstr(&p->group), p->group.len, (uint32_t)x->gid, &user))
		x->gname = mem_strdup(user.name);
}

static ssize_t attribute_names(int fd, const char *at, char *list, size_t n)
{
	return fd >= 0 ? flistxattr(fd, list, n) : llistxattr(at, list, n);
}

static ssize_t attribute(int fd, const char *at, const char *key, char *value, size_t n)
{
	return fd >= 0 ? fgetxattr(fd, key, value, n) : lgetxattr(at, key, value, n);
}

/* Attributes of an open file, or by path, `at`, where fd is negative: a symlink or a fifo is never opened. */
static int add_xattrs(struct pack *p, struct tar_entry *x, int fd, const char *at, const char *name, struct err *e)
{
	char fixed[1024];
	if (p->flags & PACK_CAPABILITIES && x->type == TAR_FILE) {
		size_t room = 0;
		ssize_t len = attribute(fd, at, "security.capability", fixed, sizeof fixed);
		if (len > 0)
			tar_entry_add_xattr(x, &room, "security.capability", fixed, (size_t)len);
	}
	if (!(p->flags & PACK_XATTRS))
		return 0;
	CLEANUP_FREE char *large = NULL;
	char *list = fixed;
	ssize_t n = attribute_names(fd, at, fixed, sizeof fixed);
	if (n < 0 && errno == ERANGE) {
		list = large = mem_alloc(XATTR_LIST);
		n = attribute_names(fd, at, large, XATTR_LIST);
	}
	if (n < 0)
		return errno == ENOTSUP || errno == ENOENT ? 0 : err_sys(e, "cannot list the attributes of %s", name);
	if (n == 0)
		return 0;
	size_t cap = 0;
	CLEANUP_FREE char *value = mem_alloc(XATTR_VALUE);
	for (const char *key = list; key < list + n; key += strlen(key) + 1) {
		ssize_t len = attribute(fd, at, key, value, XATTR_VALUE);
		if (len < 0 && (errno == ENODATA || errno == EPERM || errno == EACCES || errno == ENOTSUP))
			continue;
		if (len < 0)
			return err_sys(e, "cannot read attribute %s of %s", key, name);
		tar_entry_add_xattr(x, &cap, key, value, (size_t)len);
	}
	return 0;
}

/* The runs of data of a file that occupies less room than its size, by SEEK_DATA and SEEK_HOLE. */
static void find_extents(int fd, const struct stat *st, struct tar_entry *x)
{
	size_t cap = 0;
	off_t at = 0;
	while (at < st->st_size) {
		off_t data = lseek(fd, at, SEEK_DATA);
		if (data < 0 && errno != ENXIO)
			return; /* not known here: all data */
		if (data < 0 || data >= st->st_size)
			break;
		off_t hole = lseek(fd, data, SEEK_HOLE);
		if (hole < 0)
			return;
		if (hole > st->st_size)
			hole = st->st_size;
		if (data == 0 && hole == st->st_size)
			return;
		x->extents = mem_grow(x->extents, x->n_extents, &cap, sizeof *x->extents);
		x->extents[x->n_extents++] = (struct tar_extent){(uint64_t)data, (uint64_t)(hole - data)};
		at = hole;
	}
	/* GNU tar wants a run at the end of a file that ends in a hole, be it empty. */
	if (x->n_extents == 0 || x->extents[x->n_extents - 1].offset + x->extents[x->n_extents - 1].length < x->size) {
		x->extents = mem_grow(x->extents, x->n_extents, &cap, sizeof *x->extents);
		x->extents[x->n_extents++] = (struct tar_extent){x->size, 0};
	}
}

/* The bytes from offset on, `length` of them; a file that ends before is filled up. */
static int copy_run(struct pack *p, int fd, uint64_t offset, uint64_t length, const char *name, struct err *e)
{
	bool ended = false;
	buf_reserve(&p->block, BLOCK);
	while (length) {
		size_t want = length < BLOCK ? (size_t)length : BLOCK;
		ssize_t n = ended ? 0 : pread(fd, p->block.data, want, (off_t)offset);
		if (n < 0 && errno == EINTR) {
			if (signal_check(e) < 0)
				return -1;
			continue;
		}
		if (n < 0)
			return err_sys(e, "cannot read %s", name);
		if (n == 0) {
			if (!ended)
				changed(p, name, "file shrank while it was read; padding with zeros");
			ended = true;
			memset(p->block.data, 0, want);
			n = (ssize_t)want;
		}
		if (p->data)
			p->data(p->arg, p->block.data, (size_t)n);
		if (tar_write_data(p->out, p->block.data, (size_t)n, e) < 0)
			return -1;
		offset += (uint64_t)n;
		length -= (uint64_t)n;
	}
	return signal_check(e);
}

static int emit(struct pack *p, const struct tar_entry *x, struct err *e)
{
	if (p->member)
		p->member(p->arg, x);
	return tar_write_entry(p->out, x, e);
}

static int pack_file(struct pack *p, int dirfd, const char *base, const struct stat *listed, struct tar_entry *x, struct err *e)
{
	struct stat st, after;
	CLEANUP_FD int fd = openat(dirfd, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOATIME);
	if (fd < 0 && errno == EPERM)
		fd = openat(dirfd, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ELOOP)) {
		changed(p, x->path, "vanished before it was read");
		return 0;
	}
	if (fd < 0 || fstat(fd, &st) < 0) {
		err_sys(e, "cannot open %s", x->path);
		return give_up(p, e);
	}
	if (st.st_ino != listed->st_ino || st.st_dev != listed->st_dev) {
		changed(p, x->path, "was replaced while it was read; left out");
		return 0;
	}
	x->size = (uint64_t)st.st_size;
	if (p->flags & PACK_SPARSE && st.st_size > 0 && (uint64_t)st.st_blocks * 512 < x->size)
		find_extents(fd, &st, x);
	if (add_xattrs(p, x, fd, NULL, x->path, e) < 0 || emit(p, x, e) < 0)
		return -1;
	if (!x->extents && copy_run(p, fd, 0, x->size, x->path, e) < 0)
		return -1;
	for (size_t i = 0; x->extents && i < x->n_extents; i++)
		if (copy_run(p, fd, x->extents[i].offset, x->extents[i].length, x->path, e) < 0)
			return -1;
	if (fstat(fd, &after) == 0 && (after.st_size != st.st_size || after.st_mtim.tv_sec != st.st_mtim.tv_sec ||
	    after.st_mtim.tv_nsec != st.st_mtim.tv_nsec))
		changed(p, x->path, "file changed as we read it");
	return 0;
}

static int pack_one(struct pack *p, int dirfd, const char *path, const char *name, unsigned depth, struct err *e);

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec > b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec > b->tv_nsec);
}

static int list_names(int fd, struct strvec *names, const char *name, struct err *e)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	if (!d) {
		if (copy >= 0)
			close(copy);
		return err_sys(e, "cannot list %s", name);
	}
	struct dirent *entry;
	errno = 0;
	while ((entry = readdir(d)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			strvec_push(names, entry->d_name);
	int code = errno;
	closedir(d);
	errno = code;
	if (code)
		return err_sys(e, "cannot list %s", name);
	strvec_sort(names);
	return 0;
}

/* `listed` is what the folder was before its names were read. */
static int pack_dir(struct pack *p, int dirfd, const char *base, const struct stat *listed, const struct tar_entry *x,
	const char *name, unsigned depth, bool descend, struct err *e)
{
	struct stat after;
	CLEANUP_STRVEC struct strvec names = {0};
	if (depth == DEPTH)
		return err_set(e, ERR_LIMIT, "%s: directories nested more than %d deep", name, DEPTH);
	CLEANUP_FD int fd = -1;
	if (descend) {
		fd = openat(dirfd, base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT) {
			changed(p, name, "vanished before it was read");
			return 0;
		}
		if (fd < 0) {
			err_sys(e, "cannot open directory %s", name);
			return give_up(p, e);
		}
	}
	if (x && emit(p, x, e) < 0)
		return -1;
	if (fd < 0)
		return 0;
	if (list_names(fd, &names, name, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct buf inner = {0};
		bool slash = !*name || name[strlen(name) - 1] == '/';
		buf_printf(&inner, "%s%s%s", name, slash ? "" : "/", names.items[i]);
		int rc = pack_one(p, fd, names.items[i], inner.data, depth + 1, e);
		buf_free(&inner);
		if (rc < 0)
			return -1;
	}
	if (fstat(fd, &after) == 0 && (after.st_ino != listed->st_ino || is_later(&after.st_ctim, &listed->st_ctim)))
		changed(p, name, "file changed as we read it");
	return 0;
}

static int read_link(int dirfd, const char *base, struct tar_entry *x, struct err *e)
{
	x->link = file_readlink(dirfd, base, e);
	return x->link ? 0 : -1;
}

/* The member's header fields from what stat said. False for what no archive can hold. */
static bool entry_of(const struct stat *st, unsigned flags, struct tar_entry *x)
{
	mode_t kind = st->st_mode & S_IFMT;
	x->mode = st->st_mode & 07777;
	x->uid = flags & PACK_OWNERLESS ? 0 : st->st_uid;
	x->gid = flags & PACK_OWNERLESS ? 0 : st->st_gid;
	x->mtime = st->st_mtim.tv_sec;
	x->mtime_ns = flags & PACK_SECONDS ? 0 : (uint32_t)st->st_mtim.tv_nsec;
	x->type = kind == S_IFDIR ? TAR_DIR : kind == S_IFLNK ? TAR_SYMLINK : kind == S_IFCHR ? TAR_CHAR
		: kind == S_IFBLK ? TAR_BLOCK : kind == S_IFIFO ? TAR_FIFO : TAR_FILE;
	if (kind == S_IFCHR || kind == S_IFBLK) {
		x->dev_major = major(st->st_rdev);
		x->dev_minor = minor(st->st_rdev);
	}
	return kind != S_IFSOCK;
}

static int pack_one(struct pack *p, int dirfd, const char *base, const char *name, unsigned depth, struct err *e)
{
	struct stat st;
	CLEANUP_TAR_ENTRY struct tar_entry x = {0};
	if (fstatat(dirfd, base, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT || depth == 0)
			return err_sys(e, "cannot look at %s", name);
		changed(p, name, "vanished before it was read");
		return 0;
	}
	if (p->since.tv_sec) {
		if (is_later(&st.st_ctim, &p->since))
			changed(p, name, "changed meanwhile");
		return S_ISDIR(st.st_mode) ? pack_dir(p, dirfd, base, &st, NULL, name, depth, true, e) : 0;
	}
	enum pack_choice choice = p->filter ? p->filter(p->arg, name, &st) : PACK_TAKE;
	if (choice == PACK_SKIP || (choice == PACK_ENTER && !S_ISDIR(st.st_mode)))
		return 0;
	if (!entry_of(&st, p->flags, &x)) {
		note(p, name, "socket ignored");
		return 0;
	}
	if (st.st_dev == p->self_dev && st.st_ino == p->self_ino && p->self_ino) {
		note(p, name, "file is the archive; not dumped");
		return 0;
	}
	x.path = mem_strdup(name);
	const char *earlier = st.st_nlink > 1 && !S_ISDIR(st.st_mode) ? known_link(p, &st, name) : NULL;
	if (earlier) {
		x.type = TAR_HARDLINK;
		x.link = mem_strdup(earlier);
	} else if (p->flags & PACK_XATTRS && x.type != TAR_FILE) {
		struct buf at = {0};
		if (dirfd == AT_FDCWD || *base == '/')
			buf_str(&at, base);
		else
			buf_printf(&at, "/proc/self/fd/%d/%s", dirfd, base);
		int rc = add_xattrs(p, &x, -1, at.data, name, e);
		buf_free(&at);
		if (rc < 0)
			return -1;
	}
	if (p->flags & PACK_NAMES)
		add_names(p, &x);
	if (depth == 0)
		p->top_dev = st.st_dev;
	bool descend = !(p->flags & PACK_FLAT) && !(p->flags & PACK_ONE_FS && st.st_dev != p->top_dev);
	if (x.type == TAR_DIR)
		return pack_dir(p, dirfd, base, &st, choice == PACK_TAKE ? &x : NULL, name, depth, descend, e);
	if (x.type == TAR_FILE)
		return pack_file(p, dirfd, base, &st, &x, e);
	if (x.type == TAR_SYMLINK && read_link(dirfd, base, &x, e) < 0)
		return -1;
	return emit(p, &x, e);
}

int pack_tree(struct pack *p, int dirfd, const char *path, const char *name, struct err *e)
{
	struct timespec start, now;
	if (!(p->flags & PACK_STILL))
		return pack_one(p, dirfd, path, name, 0, e);
	/* The clock of files ticks every few milliseconds, but newer kernels give files that were looked at the exact time. So this
	   is exact, and what changes from the tick after it on is later by either. */
	clock_gettime(CLOCK_REALTIME, &start);
	do {
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	} while (!is_later(&now, &start));
	int rc = pack_one(p, dirfd, path, name, 0, e);
	p->since = start;
	rc = rc < 0 ? -1 : pack_one(p, dirfd, path, name, 0, e);
	p->since = (struct timespec){0};
	return rc;
}

void pack_free(struct pack *p)
{
	for (size_t i = 0; i < p->cap_links; i++)
		free(p->links[i].name);
	free(p->links);
	p->links = NULL;
	p->n_links = p->cap_links = 0;
	buf_free(&p->passwd);
	buf_free(&p->group);
	buf_free(&p->block);
}
