#include "sys/path.h"

#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

char *path_clean(const char *name, bool *was_absolute, struct err *e)
{
	CLEANUP_BUF struct buf out = {0};
	if (was_absolute)
		*was_absolute = name[0] == '/';
	for (const char *p = name; *p;) {
		size_t n = strcspn(p, "/");
		if (n == 2 && p[0] == '.' && p[1] == '.') {
			err_set(e, ERR_REFUSED, "%s: a name with '..' in it could lead outside", name);
			return NULL;
		}
		if (n && !(n == 1 && p[0] == '.')) {
			if (out.len)
				buf_byte(&out, '/');
			buf_add(&out, p, n);
		}
		p += n;
		p += *p == '/';
	}
	if (out.len == 0)
		buf_byte(&out, '.');
	return buf_steal(&out);
}

char *path_lexical(const char *name)
{
	struct buf out = {0};
	size_t root = name[0] == '/', fixed = root; /* what ".." cannot take back */
	buf_add(&out, "/", root);
	for (const char *p = name; *p;) {
		size_t n = strcspn(p, "/");
		bool up = n == 2 && p[0] == '.' && p[1] == '.';
		if (up && out.len > fixed) {
			while (out.len > fixed && out.data[out.len - 1] != '/')
				out.len--;
			out.len -= out.len > fixed;
		} else if (n && !(n == 1 && p[0] == '.') && !(up && root)) {
			if (out.len > root)
				buf_byte(&out, '/');
			buf_add(&out, p, n);
			if (up)
				fixed = out.len;
		}
		p += n;
		p += *p == '/';
	}
	if (out.len == 0)
		buf_byte(&out, '.');
	out.data[out.len] = '\0';
	return buf_steal(&out);
}

/* openat2(2), as <linux/openat2.h> declares it; the kernel's headers are not at hand with musl. */
struct open_how {
	uint64_t flags, mode, resolve;
};
enum { RESOLVE_NO_MAGICLINKS = 0x02, RESOLVE_BENEATH = 0x08, OPENAT2 = 437 };

static int open_beneath(int root, const char *path)
{
	struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
	return (int)syscall(OPENAT2, root, path, &how, sizeof how);
}

/* One component: a directory that is no symlink, or with PATH_FOLLOW one that leads to a directory beneath root. */
static int step(int root, int dir, const char *path_so_far, const char *component, int flags, struct err *e)
{
	int fd = openat(dir, component, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && flags & PATH_MKDIR) {
		if (mkdirat(dir, component, 0755) < 0 && errno != EEXIST)
			return err_sys(e, "cannot make directory %s", path_so_far);
		fd = openat(dir, component, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP) && flags & PATH_FOLLOW) {
		fd = open_beneath(root, path_so_far);
		if (fd < 0 && errno == EXDEV)
			return err_set(e, ERR_REFUSED, "%s is a symbolic link that leads outside", path_so_far);
		if (fd < 0 && errno == ENOSYS)
			errno = ELOOP;
	}
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return err_set(e, ERR_REFUSED, "%s is not a directory (a symbolic link is not followed)", path_so_far);
	if (fd < 0)
		return err_sys(e, "cannot open directory %s", path_so_far);
	return fd;
}

int path_open_parent(int root, const char *name, int flags, const char **base, struct err *e)
{
	const char *slash = strrchr(name, '/');
	*base = slash ? slash + 1 : name;
	CLEANUP_FD int dir = openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, "cannot open the directory");
	CLEANUP_FREE char *path = mem_strdup(name);
	for (char *p = path; slash && p < path + (slash - name);) {
		char *end = strchr(p, '/');
		*end = '\0';
		int next = step(root, dir, path, p, flags, e);
		if (next < 0)
			return -1;
		close(dir);
		dir = next;
		*end = '/';
		p = end + 1;
	}
	return fd_steal(&dir);
}
