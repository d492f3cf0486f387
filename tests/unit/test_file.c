#include "check.h"
#include "tmpdir.h"

#include <errno.h>

#include "base/str.h"
#include "sys/signal.h"

TEST(replace_and_read)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CLEANUP_BUF struct buf b = {0};
	struct stat st;
	mode_t old = umask(077);
	CHECK_OK(file_replace(d.fd, "a", "one", 3, 0644, &e));
	CHECK_OK(file_replace(d.fd, "a", "two2", 4, 0644, &e));
	umask(old);
	CHECK_STR(tmpdir_get(&d, "a"), "two2");
	CHECK_EQ(fstatat(d.fd, "a", &st, 0), 0);
	CHECK_EQ(st.st_mode & 07777, 0644);
	CHECK_EQ(tmpdir_count(&d), 1);
	CHECK_OK(file_read(d.fd, "a", 4, &b, &e));
	CHECK_STR(buf_cstr(&b), "two2");
	CHECK_ERR(file_read(d.fd, "a", 3, &b, &e), ERR_LIMIT);
	CHECK_ERR(file_read(d.fd, "none", 3, &b, &e), ERR_NOT_FOUND);
}

TEST(replace_empty_and_large)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CLEANUP_BUF struct buf b = {0}, back = {0};
	CHECK_OK(file_replace(d.fd, "empty", "", 0, 0600, &e));
	CHECK_OK(file_read(d.fd, "empty", 0, &back, &e));
	CHECK_EQ(back.len, 0);
	for (int i = 0; i < 3 * FD_BLOCK + 17; i++)
		buf_byte(&b, i * 31 >> 3);
	CHECK_OK(file_replace(d.fd, "large", b.data, b.len, 0600, &e));
	CHECK_OK(file_read(d.fd, "large", b.len, &back, &e));
	CHECK_MEM(back.data, back.len, b.data, b.len);
}

TEST(abort_leaves_nothing)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	tmpdir_put(&d, "a", "old");
	{
		CLEANUP_FILE_ATOMIC struct file_atomic f = FILE_ATOMIC_INIT;
		CHECK_OK(file_atomic_open(&f, d.fd, "a", 0600, &e));
		CHECK_OK(writer_str(&f.out.base, "new", &e));
		CHECK_EQ(tmpdir_count(&d), 2);
		CHECK(str_starts(f.temp, FILE_TEMP_PREFIX));
	}
	CHECK_STR(tmpdir_get(&d, "a"), "old");
	CHECK_EQ(tmpdir_count(&d), 1);
}

/* Without a name where the file system has such files, with a temporary one elsewhere: the same in the end. */
TEST(large_files_appear_whole)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	tmpdir_put(&d, "a", "old");
	for (int i = 0; i < 3; i++) {
		CLEANUP_FILE_ATOMIC struct file_atomic f = FILE_ATOMIC_INIT;
		CHECK_OK(file_atomic_open_large(&f, d.fd, i == 2 ? "b" : "a", 0640, &e));
		CHECK_OK(writer_str(&f.out.base, "new", &e));
		CHECK_EQ(tmpdir_count(&d), *f.temp ? 2 : 1);
		if (i == 1)
			CHECK_OK(file_atomic_commit(&f, &e));
		else if (i == 2)
			CHECK_OK(file_atomic_create(&f, &e));
	}
	CHECK_STR(tmpdir_get(&d, "a"), "new");
	CHECK_STR(tmpdir_get(&d, "b"), "new");
	CHECK_EQ(tmpdir_count(&d), 2);
}

TEST(never_replaces_a_device)
{
	struct err e;
	struct stat st;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CHECK_EQ(mkfifoat(d.fd, "fifo", 0600), 0);
	CHECK_ERR(file_replace(d.fd, "fifo", "x", 1, 0600, &e), ERR_REFUSED);
	CHECK_EQ(fstatat(d.fd, "fifo", &st, 0), 0);
	CHECK(S_ISFIFO(st.st_mode));
	CHECK_EQ(mkdirat(d.fd, "folder", 0700), 0);
	CHECK_ERR(file_replace(d.fd, "folder", "x", 1, 0600, &e), ERR_REFUSED);
}

TEST(signal_aborts_commit)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	tmpdir_put(&d, "a", "old");
	signal_note(SIGINT);
	CLEANUP_FILE_ATOMIC struct file_atomic f = FILE_ATOMIC_INIT;
	int r = file_atomic_open(&f, d.fd, "a", 0600, &e);
	if (r == 0)
		r = writer_str(&f.out.base, "new", &e);
	int c = r < 0 ? r : file_atomic_commit(&f, &e);
	signal_note(0);
	CHECK_EQ(r, 0);
	CHECK_ERR(c, ERR_INTR);
	CHECK_STR(tmpdir_get(&d, "a"), "old");
	CHECK_EQ(tmpdir_count(&d), 1);
}

TEST(create_refuses_taken)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	for (int i = 0; i < 2; i++) {
		CLEANUP_FILE_ATOMIC struct file_atomic f = FILE_ATOMIC_INIT;
		CHECK_OK(file_atomic_open(&f, d.fd, "a", 0600, &e));
		CHECK_OK(writer_str(&f.out.base, i ? "second" : "first", &e));
		if (i)
			CHECK_ERR(file_atomic_create(&f, &e), ERR_EXISTS);
		else
			CHECK_OK(file_atomic_create(&f, &e));
	}
	CHECK_STR(tmpdir_get(&d, "a"), "first");
	CHECK_EQ(tmpdir_count(&d), 1);
}

TEST(folder_in_the_way)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CHECK_EQ(mkdirat(d.fd, "a", 0700), 0);
	CHECK_ERR(file_replace(d.fd, "a", "x", 1, 0600, &e), ERR_REFUSED);
	CHECK_EQ(tmpdir_count(&d), 1);
	CHECK_ERR(file_replace(d.fd, "none/a", "x", 1, 0600, &e), ERR_NOT_FOUND);
	CHECK_ERR(file_replace(d.fd, "a/", "x", 1, 0600, &e), ERR_REFUSED);
	CHECK_ERR(file_replace(d.fd, "a/..", "x", 1, 0600, &e), ERR_REFUSED);
	CHECK_ERR(file_replace(d.fd, "", "x", 1, 0600, &e), ERR_REFUSED);
}

TEST(replace_does_not_follow)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	tmpdir_put(&d, "target", "old");
	CHECK_OK(file_symlink("target", d.fd, "link", &e));
	CHECK_OK(file_replace(d.fd, "link", "new", 3, 0600, &e));
	CHECK_STR(tmpdir_get(&d, "target"), "old");
	CHECK_STR(tmpdir_get(&d, "link"), "new");
}

TEST(symlinks)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CHECK_OK(file_symlink("/one", d.fd, "l", &e));
	CHECK_OK(file_symlink("/two", d.fd, "l", &e));
	CLEANUP_FREE char *t = file_readlink(d.fd, "l", &e);
	CHECK_STR(t, "/two");
	CHECK_EQ(tmpdir_count(&d), 1);
	CHECK(file_exists(d.fd, "l"));
	CHECK(!file_exists(d.fd, "m"));
	tmpdir_put(&d, "f", "");
	CHECK(!file_readlink(d.fd, "f", &e));
	CHECK_EQ(e.sys, EINVAL);
	CHECK_EQ_OK(file_unlink(d.fd, "l", &e), 1);
	CHECK_EQ_OK(file_unlink(d.fd, "l", &e), 0);
}

TEST(fifo_is_no_file)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CLEANUP_BUF struct buf b = {0};
	CHECK_EQ(mkfifoat(d.fd, "p", 0600), 0);
	CHECK_ERR(file_read(d.fd, "p", 10, &b, &e), ERR_REFUSED);
	CHECK_ERR(file_read(d.fd, ".", 10, &b, &e), ERR_SYS);
}

TEST(mkdir_p)
{
	struct err e;
	struct stat st;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	mode_t old = umask(077);
	CHECK_EQ_OK(file_mkdir_p(d.fd, "a/b/c", 0755, &e), 1);
	umask(old);
	CHECK_EQ_OK(file_mkdir_p(d.fd, "a/b/c", 0700, &e), 0);
	CHECK_EQ_OK(file_mkdir_p(d.fd, "a/b/d/", 0755, &e), 1);
	CHECK_EQ_OK(file_mkdir_p(d.fd, "a/e/f/", 0755, &e), 1);
	CHECK_EQ(fstatat(d.fd, "a/b", &st, 0), 0);
	CHECK_EQ(st.st_mode & 07777, 0755);
	tmpdir_put(&d, "file", "");
	CHECK_ERR(file_mkdir_p(d.fd, "file/x", 0755, &e), ERR_SYS);
	CHECK_EQ(e.sys, ENOTDIR);
	CHECK_ERR(file_mkdir_p(d.fd, "file", 0755, &e), ERR_SYS);
	char path[256];
	snprintf(path, sizeof path, "%s/x/y", d.path);
	CHECK_EQ_OK(file_mkdir_p(AT_FDCWD, path, 0755, &e), 1);
}

TEST(rm_tree)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CHECK_OK(file_mkdir_p(d.fd, "keep", 0755, &e));
	tmpdir_put(&d, "keep/file", "x");
	CHECK_OK(file_mkdir_p(d.fd, "t/a/b", 0755, &e));
	tmpdir_put(&d, "t/a/b/file", "x");
	CHECK_OK(file_symlink("../../keep", d.fd, "t/a/link", &e));
	CHECK_OK(file_symlink("nothing", d.fd, "t/dangling", &e));
	CHECK_EQ(mkfifoat(d.fd, "t/fifo", 0600), 0);
	CHECK_OK(file_mkdir_p(d.fd, "t/closed/in", 0755, &e));
	CHECK_EQ(fchmodat(d.fd, "t/closed", 0, 0), 0);
	CHECK_EQ_OK(file_rm_tree(d.fd, "t", &e), 1);
	CHECK(!file_exists(d.fd, "t"));
	CHECK_STR(tmpdir_get(&d, "keep/file"), "x");
	CHECK_EQ_OK(file_rm_tree(d.fd, "t", &e), 0);
	CHECK_EQ_OK(file_rm_tree(d.fd, "no/such", &e), 0);
	CHECK_OK(file_symlink("keep", d.fd, "l", &e));
	CHECK_EQ_OK(file_rm_tree(d.fd, "l", &e), 1);
	CHECK_EQ_OK(file_rm_tree(d.fd, "keep/file", &e), 1);
	CHECK_ERR(file_rm_tree(d.fd, "keep/..", &e), ERR_REFUSED);
	CHECK_EQ(tmpdir_count(&d), 1);
}

/* Deeper than the number of descriptors that are held, and than a path may be long. */
TEST(rm_tree_deep)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CHECK_EQ(mkdirat(d.fd, "deep", 0700), 0);
	int fd = openat(d.fd, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 600; i++) {
		CHECK_EQ(mkdirat(fd, "a-folder", 0700), 0);
		CHECK_EQ(mkdirat(fd, "other", 0700), 0);
		int next = openat(fd, "a-folder", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		CHECK(next >= 0);
		close(fd);
		fd = next;
	}
	close(fd);
	CHECK_EQ_OK(file_rm_tree(d.fd, "deep", &e), 1);
	CHECK_EQ(tmpdir_count(&d), 0);
}

TEST(rm_tree_wide)
{
	struct err e;
	char name[32];
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CHECK_EQ(mkdirat(d.fd, "wide", 0700), 0);
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof name, "wide/%d", i);
		tmpdir_put(&d, name, "");
	}
	CHECK_EQ_OK(file_rm_tree(d.fd, "wide", &e), 1);
	CHECK_EQ(tmpdir_count(&d), 0);
}

TEST(rm_tree_interrupted)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CHECK_OK(file_mkdir_p(d.fd, "t/a", 0755, &e));
	signal_note(SIGTERM);
	int r = file_rm_tree(d.fd, "t", &e);
	signal_defer();
	struct err e2;
	int again = file_rm_tree(d.fd, "t", &e2);
	signal_undefer();
	signal_note(0);
	CHECK_ERR(r, ERR_INTR);
	CHECK_EQ(again, 1);
}

TEST(free_space_and_rename)
{
	struct err e;
	uint64_t bytes = 0;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CHECK_OK(file_free_space(d.fd, ".", &bytes, &e));
	CHECK(bytes > 0);
	CHECK_ERR(file_free_space(d.fd, "none", &bytes, &e), ERR_NOT_FOUND);
	tmpdir_put(&d, "a", "x");
	CHECK_EQ(mkdirat(d.fd, "sub", 0700), 0);
	CHECK_OK(file_rename(d.fd, "a", d.fd, "sub/b", &e));
	CHECK_STR(tmpdir_get(&d, "sub/b"), "x");
	CHECK_ERR(file_rename(d.fd, "a", d.fd, "b", &e), ERR_NOT_FOUND);
}

CHECK_MAIN
