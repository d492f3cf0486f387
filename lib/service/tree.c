#include "service/tree.h"

#include "base/str.h"
#include "base/vec.h"
#include "sys/file.h"

#include <dirent.h>
#include <string.h>

static int names_of(int dir, struct strvec *names, struct err *e)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		err_sys(e, "cannot read a folder");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	for (struct dirent *entry; (entry = readdir(d));)
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			strvec_push(names, entry->d_name);
	closedir(d);
	strvec_sort(names);
	return 0;
}

static int same_files(int a, int b, const char *name, struct err *e)
{
	unsigned char p[16384], q[16384];
	CLEANUP_FD int x = openat(a, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	CLEANUP_FD int y = openat(b, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (x < 0 || y < 0)
		return err_sys(e, "cannot open %s", name);
	for (;;) {
		ssize_t n = fd_read(x, p, sizeof p, name, e), m = n < 0 ? -1 : 0;
		/* Sizes are the same already: a short read of one is made up by the other's. */
		while (m >= 0 && m < n) {
			ssize_t k = fd_read(y, q + m, (size_t)(n - m), name, e);
			if (k <= 0)
				return k < 0 ? -1 : 0;
			m += k;
		}
		if (m < 0)
			return -1;
		if (n == 0)
			return 1;
		if (memcmp(p, q, (size_t)n) != 0)
			return 0;
	}
}

static int same_entry(int a, int b, const char *name, struct err *e)
{
	struct stat x, y;
	struct err ignored;
	if (fstatat(a, name, &x, AT_SYMLINK_NOFOLLOW) < 0 || fstatat(b, name, &y, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "cannot examine %s", name);
	if (x.st_uid != y.st_uid || x.st_gid != y.st_gid || x.st_mode != y.st_mode)
		return 0;
	if (S_ISDIR(x.st_mode)) {
		CLEANUP_FD int sub = openat(a, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		CLEANUP_FD int sub2 = openat(b, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		return sub < 0 || sub2 < 0 ? err_sys(e, "cannot open the folder %s", name) : tree_same(sub, sub2, e);
	}
	if (S_ISLNK(x.st_mode)) {
		CLEANUP_FREE char *t = file_readlink(a, name, &ignored);
		CLEANUP_FREE char *u = file_readlink(b, name, &ignored);
		return t && u && str_eq(t, u);
	}
	return !S_ISREG(x.st_mode) || x.st_size != y.st_size ? 0 : same_files(a, b, name, e);
}

int tree_same(int a, int b, struct err *e)
{
	CLEANUP_STRVEC struct strvec p = {0};
	CLEANUP_STRVEC struct strvec q = {0};
	if (names_of(a, &p, e) < 0 || names_of(b, &q, e) < 0)
		return -1;
	if (p.n != q.n)
		return 0;
	for (size_t i = 0; i < p.n; i++) {
		int rc = str_eq(p.items[i], q.items[i]) ? same_entry(a, b, p.items[i], e) : 0;
		if (rc <= 0)
			return rc;
	}
	return 1;
}
