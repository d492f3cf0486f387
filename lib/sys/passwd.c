/*
 * The four files are read, the new texts are made in memory, and each file that differs is replaced. A crash in between
 * leaves files of which each is whole; the next passwd_add or passwd_remove does what is missing.
 */
#include "sys/passwd.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/signal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/xattr.h>
#include <time.h>

enum { PASSWD, GROUP, SHADOW, GSHADOW, FILES };
enum { TEXT_MAX = 16 << 20, LOCK_SECONDS = 15 };  /* 15 s: what lckpwdf of libc waits */

static const char *const file_names[FILES] = {"passwd", "group", "shadow", "gshadow"};

struct texts {
	struct buf text[FILES];
	bool present[FILES];
};

static void texts_free(struct texts *t)
{
	/* shadow and gshadow hold password hashes. */
	for (int i = 0; i < FILES; i++)
		buf_wipe(&t->text[i]);
}

/* The next line, without its newline, of the text between *p and end; false at the end. */
static bool next_line(const char **p, const char *end, const char **line, size_t *n)
{
	if (*p >= end)
		return false;
	const char *nl = memchr(*p, '\n', end - *p);
	*line = *p;
	*n = (nl ? nl : end) - *p;
	*p = nl ? nl + 1 : end;
	return true;
}

/* Field k, counted from 0, of a line. */
static bool line_field(const char *line, size_t n, unsigned k, const char **field, size_t *len)
{
	const char *end = line + n;
	for (;;) {
		const char *colon = memchr(line, ':', end - line);
		if (k-- == 0) {
			*field = line;
			*len = (colon ? colon : end) - line;
			return true;
		}
		if (!colon)
			return false;
		line = colon + 1;
	}
}

static bool line_number(const char *line, size_t n, unsigned k, uint32_t *out)
{
	const char *f;
	size_t len;
	uint64_t v = 0;
	if (!line_field(line, n, k, &f, &len) || len == 0 || len > 10)
		return false;
	for (; len; len--, f++) {
		if (*f < '0' || *f > '9')
			return false;
		v = v * 10 + (unsigned)(*f - '0');
	}
	*out = (uint32_t)v;
	return v <= UINT32_MAX;
}

static bool line_named(const char *line, size_t n, const char *name)
{
	const char *f;
	size_t len;
	return line_field(line, n, 0, &f, &len) && len == strlen(name) && memcmp(f, name, len) == 0;
}

/* The first line of a passwd or group text with that name (or that number when name is NULL). A group line has
   one number: out->uid and out->gid are both it. */
static bool find(const char *text, size_t size, bool group, const char *name, uint32_t id, struct passwd_user *out)
{
	const char *p = text, *end = text + size, *line, *f;
	size_t n, len;
	while (text && next_line(&p, end, &line, &n)) {
		struct passwd_user u = {0};
		if (!line_number(line, n, 2, &u.uid) || !line_number(line, n, group ? 2 : 3, &u.gid))
			continue;
		if (name ? !line_named(line, n, name) : u.uid != id)
			continue;
		line_field(line, n, 0, &f, &len);
		memcpy(u.name, f, len < sizeof u.name ? len : sizeof u.name - 1);
		*out = u;
		return true;
	}
	return false;
}

bool passwd_by_name(const char *text, size_t n, const char *name, struct passwd_user *out)
{
	return find(text, n, false, name, 0, out);
}

bool passwd_by_uid(const char *text, size_t n, uint32_t uid, struct passwd_user *out)
{
	return find(text, n, false, NULL, uid, out);
}

bool passwd_group(const char *text, size_t n, const char *name, uint32_t *gid)
{
	struct passwd_user u;
	if (!find(text, n, true, name, 0, &u))
		return false;
	*gid = u.gid;
	return true;
}

bool passwd_group_by_gid(const char *text, size_t n, uint32_t gid, struct passwd_user *out)
{
	return find(text, n, true, NULL, gid, out);
}

static bool has_name(const struct buf *b, const char *name)
{
	const char *p = b->data, *end = b->data + b->len, *line;
	size_t n;
	while (b->len && next_line(&p, end, &line, &n))
		if (line_named(line, n, name))
			return true;
	return false;
}

/* Whether passwd (or group) has the account: 1 yes, 0 neither its name nor its number, -1 another has one of them. */
static int has_account(const struct buf *b, bool group, const char *name, uint32_t id, struct err *e)
{
	const char *kind = group ? "group" : "user", *number = group ? "gid" : "uid";
	struct passwd_user u;
	if (find(b->data, b->len, group, name, 0, &u)) {
		if (u.uid != id)
			return err_set(e, ERR_EXISTS, "the %s %s exists with %s %" PRIu32 ", but must have %" PRIu32, kind,
				name, number, u.uid, id);
		if (u.gid != id)
			return err_set(e, ERR_EXISTS, "the user %s has gid %" PRIu32 ", but must have %" PRIu32, name,
				u.gid, id);
		return 1;
	}
	if (has_name(b, name))
		return err_set(e, ERR_EXISTS, "the line of the %s %s cannot be read", kind, name);
	if (find(b->data, b->len, group, NULL, id, &u))
		return err_set(e, ERR_EXISTS, "%s %" PRIu32 " belongs to the %s %s, but must belong to %s", number, id,
			kind, u.name, name);
	return 0;
}

/* Adds a line (with its newline) at the end, but before the lines of NIS ("+..."), behind which nothing is read. */
static void add_line(struct buf *b, const char *add)
{
	struct buf out = {0};
	const char *p = b->data, *end = b->data + b->len, *line;
	size_t n;
	bool added = false;
	while (b->len && next_line(&p, end, &line, &n)) {
		if (!added && n && *line == '+') {
			buf_str(&out, add);
			added = true;
		}
		buf_add(&out, line, n);
		buf_byte(&out, '\n');
	}
	if (!added)
		buf_str(&out, add);
	buf_wipe(b);
	*b = out;
}

/* Removes the lines of that name: all, or with a number only those that have it. Returns whether there were any. */
static bool remove_lines(struct buf *b, const char *name, const uint32_t *id)
{
	struct buf out = {0};
	const char *p = b->data, *end = b->data + b->len, *line;
	size_t n;
	uint32_t number;
	bool removed = false;
	while (b->len && next_line(&p, end, &line, &n)) {
		if (line_named(line, n, name) && (!id || (line_number(line, n, 2, &number) && number == *id)))
			removed = true;
		else
			buf_add(&out, line, p - line);
	}
	buf_wipe(b);
	*b = out;
	return removed;
}

static const char *nologin(void)
{
	static const char *const shells[] = {"/usr/sbin/nologin", "/sbin/nologin"};
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
		if (access(shells[i], X_OK) == 0)
			return shells[i];
	return "/bin/false";
}

/* Changes the texts as adding wants; bit i of *changed says that text i differs. */
static int plan_add(struct texts *t, const struct passwd_account *a, unsigned *changed, struct err *e)
{
	int user = has_account(&t->text[PASSWD], false, a->user, a->id, e);
	int group = user < 0 ? -1 : has_account(&t->text[GROUP], true, a->group, a->id, e);
	if (group < 0)
		return -1;
	struct buf lines[FILES] = {0};
	*changed = 0;
	if (!user)
		buf_printf(&lines[PASSWD], "%s:%s:%" PRIu32 ":%" PRIu32 ":%s:/nonexistent:%s\n", a->user,
			t->present[SHADOW] ? "x" : "!", a->id, a->id, a->comment, nologin());
	if (!group)
		buf_printf(&lines[GROUP], "%s:x:%" PRIu32 ":\n", a->group, a->id);
	if (t->present[SHADOW] && !has_name(&t->text[SHADOW], a->user))
		buf_printf(&lines[SHADOW], "%s:!:%" PRId64 "::::::\n", a->user, clock_now().sec / 86400);
	if (t->present[GSHADOW] && !has_name(&t->text[GSHADOW], a->group))
		buf_printf(&lines[GSHADOW], "%s:!::\n", a->group);
	for (int i = 0; i < FILES; i++) {
		if (lines[i].len) {
			add_line(&t->text[i], lines[i].data);
			*changed |= 1u << i;
		}
		buf_free(&lines[i]);
	}
	return 0;
}

static int plan_remove(struct texts *t, const struct passwd_account *a, unsigned *changed, struct err *e)
{
	(void)e;
	const char *const owner[FILES] = {a->user, a->group, a->user, a->group};
	*changed = 0;
	for (int i = 0; i < FILES; i++) {
		bool numbered = i == PASSWD || i == GROUP;
		/* A shadow line has no number: it is the account's unless passwd still knows that name. */
		if (!numbered && has_name(&t->text[i - SHADOW], owner[i]))
			continue;
		if (remove_lines(&t->text[i], owner[i], numbered ? &a->id : NULL))
			*changed |= 1u << i;
	}
	return 0;
}

/* Reads the first n files. Returns 0, or PASSWD_ABSENT. */
static int read_texts(int dir, struct texts *t, int n, struct err *e)
{
	for (int i = 0; i < n; i++) {
		struct err failed;
		t->present[i] = file_read(dir, file_names[i], TEXT_MAX, &t->text[i], &failed) == 0;
		if (!t->present[i] && failed.kind != ERR_NOT_FOUND) {
			*e = failed;
			return -1;
		}
	}
	return t->present[PASSWD] && t->present[GROUP] ? 0 : PASSWD_ABSENT;
}

/* Extended attributes (an SELinux label, an ACL) go along where the file system takes them. */
static void copy_xattrs(int from, int to)
{
	char names[4096], value[4096];
	ssize_t n = flistxattr(from, names, sizeof names);
	for (ssize_t i = 0; i < n; i += (ssize_t)strlen(names + i) + 1) {
		ssize_t len = fgetxattr(from, names + i, value, sizeof value);
		if (len < 0 || fsetxattr(to, names + i, value, (size_t)len, 0) < 0)
			continue;
	}
}

static int replace(int dir, const char *name, const struct buf *text, struct err *e)
{
	CLEANUP_FILE_ATOMIC struct file_atomic f = FILE_ATOMIC_INIT;
	struct stat st;
	CLEANUP_FD int old = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (old < 0 || fstat(old, &st) < 0)
		return err_sys(e, "cannot open %s", name);
	if (file_atomic_open(&f, dir, name, 0600, e) < 0)
		return -1;
	if (fchown(f.out.fd, st.st_uid, st.st_gid) < 0 || fchmod(f.out.fd, st.st_mode & 07777) < 0)
		return err_sys(e, "cannot keep the owner of %s", name);
	copy_xattrs(old, f.out.fd);
	if (writer_write(&f.out.base, text->data, text->len, e) < 0)
		return -1;
	return file_atomic_commit(&f, e);
}

/* lckpwdf's lock. Returns the fd that holds it, or -1. */
static int lock(int dir, struct err *e)
{
	CLEANUP_FD int fd = openat(dir, ".pwd.lock", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys(e, "cannot open .pwd.lock");
	const uint64_t end = clock_ms() + LOCK_SECONDS * 1000;
	const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	while (fcntl(fd, F_SETLK, &fl) < 0) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return err_sys(e, "cannot lock .pwd.lock");
		if (signal_check(e) < 0)
			return -1;
		if (clock_ms() > end)
			return err_set(e, ERR_REFUSED, "another program has had them locked for %d seconds",
				LOCK_SECONDS);
		nanosleep(&pause, NULL);
	}
	return fd_steal(&fd);
}

typedef int plan_fn(struct texts *t, const struct passwd_account *a, unsigned *changed, struct err *e);

/* Reads and plans. Returns an enum passwd_result: PASSWD_CHANGED means that *changed is not 0. */
static int look(int dir, const struct passwd_account *a, plan_fn *plan, struct texts *t, unsigned *changed,
	struct err *e)
{
	int r = read_texts(dir, t, FILES, e);
	if (r != 0)
		return r;
	if (plan(t, a, changed, e) < 0)
		return -1;
	return *changed ? PASSWD_CHANGED : PASSWD_UNCHANGED;
}

static int edit_locked(int dir, const struct passwd_account *a, plan_fn *plan, struct err *e)
{
	CLEANUP_WITH(texts_free) struct texts t = {0};
	unsigned changed = 0;
	CLEANUP_FD int held = lock(dir, e);
	if (held < 0)
		return -1;
	int r = look(dir, a, plan, &t, &changed, e);
	if (r != PASSWD_CHANGED)
		return r;
	for (int i = 0; i < FILES; i++)
		if ((changed & 1u << i) && replace(dir, file_names[i], &t.text[i], e) < 0)
			return -1;
	return PASSWD_CHANGED;
}

static int edit(const char *etc, const struct passwd_account *a, plan_fn *plan, struct err *e)
{
	CLEANUP_WITH(texts_free) struct texts t = {0};
	unsigned changed = 0;
	struct err failed;
	CLEANUP_FD int dir = file_open_dir(AT_FDCWD, etc, &failed);
	if (dir < 0 && failed.kind == ERR_NOT_FOUND)
		return PASSWD_ABSENT;
	if (dir < 0) {
		*e = failed;
		return -1;
	}
	/* First without the lock: where nothing is to be done, nothing needs to be writable. Under it, again. */
	int r = look(dir, a, plan, &t, &changed, &failed);
	if (r == PASSWD_CHANGED)
		r = edit_locked(dir, a, plan, &failed);
	if (r >= 0)
		return r;
	if (failed.sys == EROFS || failed.sys == ELOOP)
		return PASSWD_READ_ONLY;
	*e = failed;
	return err_wrap(e, "cannot edit the accounts in %s", etc);
}

int passwd_add(const char *etc, const struct passwd_account *a, struct err *e)
{
	return edit(etc, a, plan_add, e);
}

int passwd_check(const char *etc, const struct passwd_account *a, struct err *e)
{
	CLEANUP_WITH(texts_free) struct texts t = {0};
	unsigned changed = 0;
	CLEANUP_FD int dir = file_open_dir(AT_FDCWD, etc, e);
	if (dir < 0)
		return e->kind == ERR_NOT_FOUND ? PASSWD_ABSENT : -1;
	int r = read_texts(dir, &t, SHADOW, e);
	if (r == 0)
		r = plan_add(&t, a, &changed, e) < 0 ? -1 : changed ? PASSWD_CHANGED : PASSWD_UNCHANGED;
	return r;
}

int passwd_remove(const char *etc, const struct passwd_account *a, struct err *e)
{
	return edit(etc, a, plan_remove, e);
}
