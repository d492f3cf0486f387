#include "check.h"
#include "tmpdir.h"

#include "sys/path.h"

#include <sys/stat.h>

TEST(clean)
{
	static const struct {
		const char *name, *clean;
	} good[] = {{"a", "a"}, {"a//./b/", "a/b"}, {"/a", "a"}, {"", "."}, {"/", "."}, {"./", "."}, {"...", "..."}, {"a..", "a.."}};
	struct err e = {0};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		bool absolute;
		CLEANUP_FREE char *s = path_clean(good[i].name, &absolute, &e);
		CHECK_STR(s, good[i].clean);
		CHECK_EQ(absolute, good[i].name[0] == '/');
	}
	static const char *const bad[] = {"..", "../a", "a/../b", "a/..", "/.."};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CHECK(path_clean(bad[i], NULL, &e) == NULL);
		CHECK_EQ(e.kind, ERR_REFUSED);
	}
}

/* 0, or -1: opens the parent of name beneath root, and closes it. */
static int parent(int root, const char *name, int flags, struct err *e)
{
	const char *base = NULL;
	int fd = path_open_parent(root, name, flags, &base, e);
	if (fd < 0)
		return -1;
	close(fd);
	return strcmp(base, strrchr(name, '/') ? strrchr(name, '/') + 1 : name);
}

TEST(beneath)
{
	struct err e = {0};
	struct stat st;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CHECK_EQ(mkdirat(d.fd, "in", 0755) | mkdirat(d.fd, "out", 0755) | mkdirat(d.fd, "in/real", 0755), 0);
	CHECK_EQ(symlinkat("../out", d.fd, "in/leave") | symlinkat("real", d.fd, "in/stay") | symlinkat("/etc", d.fd, "in/abs"), 0);
	CLEANUP_FD int root = openat(d.fd, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	tmpdir_put(&d, "in/file", "x");
	CHECK_OK(parent(root, "x", 0, &e));
	CHECK_OK(parent(root, "real/x", 0, &e));
	CHECK(parent(root, "new/dir/x", 0, &e) < 0);
	CHECK_OK(parent(root, "new/dir/x", PATH_MKDIR, &e));
	CHECK(fstatat(root, "new/dir", &st, 0) == 0 && S_ISDIR(st.st_mode));
	static const char *const bad[] = {"leave/x", "stay/x", "abs/x", "file/x", "leave/new/x"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CHECK(parent(root, bad[i], PATH_MKDIR, &e) < 0);
		CHECK_EQ(e.kind, ERR_REFUSED);
	}
	CHECK(fstatat(d.fd, "out/new", &st, 0) < 0);
	CHECK(parent(root, "leave/x", PATH_FOLLOW, &e) < 0);
	CHECK(parent(root, "abs/x", PATH_FOLLOW, &e) < 0);
}

TEST(lexical)
{
	static const char *const x[][2] = {
		{"", "."}, {".", "."}, {"/", "/"}, {"//a//b/", "/a/b"}, {"a/./b", "a/b"}, {"/a/../b", "/b"}, {"/..", "/"}, {"/../a", "/a"},
		{"..", ".."}, {"../a/.", "../a"}, {"a/..", "."}, {"a/../..", ".."}, {"../..", "../.."}, {"a/b/../../c", "c"}, {"../a/../b", "../b"},
		{"/a/b/..", "/a"}, {"...", "..."},
	};
	for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
		CLEANUP_FREE char *got = path_lexical(x[i][0]);
		CHECK_STR(got, x[i][1]);
	}
}

CHECK_MAIN
