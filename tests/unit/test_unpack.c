#include "check.h"
#include "tmpdir.h"

#include "archive/unpack.h"
#include "codec/tar_write.h"
#include "sys/path.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct member {
	const char *path;
	enum tar_type type;
	const char *link;   /* or a file's contents */
	mode_t mode;
};

/* Unpacks the members into the directory `root`. Returns 0 or -1. */
static int unpack(int root, unsigned flags, const struct member *m, size_t n, struct err *e)
{
	struct buf archive = {0};
	struct buf_writer w;
	struct tar_writer tw;
	buf_writer_init(&w, &archive, 1 << 20);
	tar_writer_init(&tw, &w.base);
	for (size_t i = 0; i < n; i++) {
		char path[512], link[512] = "";
		bool file = m[i].type == TAR_FILE;
		snprintf(path, sizeof path, "%s", m[i].path);
		snprintf(link, sizeof link, "%s", m[i].link ? m[i].link : "");
		struct tar_entry x = {.path = path, .link = file ? NULL : link, .type = m[i].type,
			.mode = m[i].mode ? m[i].mode : 0644, .size = file ? strlen(link) : 0, .mtime = 1000, .dev_major = 1, .dev_minor = 3};
		if (tar_write_file(&tw, &x, link, e) < 0)
			return -1;
	}
	int rc = tar_write_end(&tw, e);
	tar_writer_free(&tw);
	struct mem_reader in;
	struct tar_reader t;
	struct unpack u = {.root = root, .flags = flags, .max_entries = 20, .max_path = 300};
	mem_reader_init(&in, archive.data, archive.len);
	tar_reader_init(&t, &in.base);
	while (rc == 0 && (rc = tar_read_next(&t, e)) > 0)
		rc = unpack_entry(&u, &t, t.entry.path, e);
	if (rc == 0)
		rc = unpack_finish(&u, e);
	unpack_free(&u);
	tar_reader_free(&t);
	reader_free(&in.base);
	buf_free(&archive);
	return rc;
}

#define UNPACK(root, flags, e, ...) \
	unpack(root, flags, (struct member[]){__VA_ARGS__}, sizeof((struct member[]){__VA_ARGS__}) / sizeof(struct member), e)

/* A fresh directory with an empty directory "in" (the root, returned) and a file "out" beside it. */
static int fresh(const struct tmpdir *dir)
{
	tmpdir_put(dir, "out", "untouched");
	if (mkdirat(dir->fd, "in", 0755) < 0)
		tmpdir_die("in");
	return openat(dir->fd, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void content_is(int root, const char *path, const char *want)
{
	struct err e;
	struct buf b = {0};
	if (file_read(root, path, 100, &b, &e) < 0)
		CHECK_FAIL("%s", e.msg);
	CHECK_STR(buf_cstr(&b), want);
	buf_free(&b);
}

TEST(files_and_directories)
{
	CLEANUP_TMPDIR struct tmpdir dir = tmpdir_new();
	struct err e;
	struct stat st, st2;
	int root = fresh(&dir);
	CHECK_OK(UNPACK(root, 0, &e, {"d/", TAR_DIR, NULL, 0555}, {"d/f", TAR_FILE, "hello", 0640}, {"d/h", TAR_HARDLINK, "d/f", 0},
		{"d/s", TAR_SYMLINK, "../x", 0}, {"deep/er/f", TAR_FILE, "x", 0}, {"/abs", TAR_FILE, "y", 0}, {"p", TAR_FIFO, NULL, 0600}));
	content_is(root, "d/f", "hello");
	content_is(root, "deep/er/f", "x");
	content_is(root, "abs", "y");
	CHECK_EQ(fstatat(root, "d", &st, 0), 0);
	CHECK_EQ(st.st_mode & 07777, 0555);
	CHECK_EQ(st.st_mtime, 1000);
	fstatat(root, "d/f", &st, 0);
	fstatat(root, "d/h", &st2, 0);
	CHECK_EQ(st.st_ino, st2.st_ino);
	CHECK_EQ(st.st_mode & 07777, 0640);
	fstatat(root, "p", &st, 0);
	CHECK(S_ISFIFO(st.st_mode));
	close(root);
}

TEST(replaces_what_is_there)
{
	CLEANUP_TMPDIR struct tmpdir dir = tmpdir_new();
	struct err e;
	int root = fresh(&dir);
	CHECK_OK(UNPACK(root, 0, &e, {"a", TAR_FILE, "1", 0}, {"b", TAR_SYMLINK, "../out", 0}, {"c", TAR_DIR, NULL, 0755}));
	CHECK_OK(UNPACK(root, 0, &e, {"a", TAR_FILE, "2", 0}, {"b", TAR_FILE, "3", 0}, {"c", TAR_FILE, "4", 0}, {"a", TAR_DIR, NULL, 0755}));
	content_is(root, "b", "3");
	content_is(root, "c", "4");
	content_is(root, "../out", "untouched");
	CHECK_EQ(UNPACK(root, UNPACK_KEEP, &e, {"b", TAR_FILE, "5", 0}), -1);
	CHECK_EQ(e.kind, ERR_EXISTS);
	close(root);
}

static void refused(unsigned flags, const struct member *m, size_t n)
{
	CLEANUP_TMPDIR struct tmpdir dir = tmpdir_new();
	struct err e;
	int root = fresh(&dir);
	int rc = unpack(root, flags, m, n, &e);
	if (rc != -1 || e.kind != ERR_REFUSED)
		CHECK_FAIL("%s was not refused: %d %s", m[n - 1].path, rc, rc < 0 ? e.msg : "");
	content_is(root, "../out", "untouched");
	close(root);
}

#define REFUSED(flags, ...) \
	refused(flags, (struct member[]){__VA_ARGS__}, sizeof((struct member[]){__VA_ARGS__}) / sizeof(struct member))

TEST(nothing_leads_outside)
{
	for (unsigned flags = 0; flags <= UNPACK_FOLLOW; flags += UNPACK_FOLLOW) {
		REFUSED(flags, {"../out", TAR_FILE, "x", 0});
		REFUSED(flags, {"a/../../out", TAR_FILE, "x", 0});
		REFUSED(flags, {"up", TAR_SYMLINK, "..", 0}, {"up/out", TAR_FILE, "x", 0});
		REFUSED(flags, {"up", TAR_SYMLINK, "..", 0}, {"up/new/", TAR_DIR, NULL, 0});
		REFUSED(flags, {"etc", TAR_SYMLINK, "/etc", 0}, {"etc/x", TAR_FILE, "x", 0});
		REFUSED(flags, {"h", TAR_HARDLINK, "../out", 0});
		REFUSED(flags, {"up", TAR_SYMLINK, "..", 0}, {"h", TAR_HARDLINK, "up/out", 0});
	}
	REFUSED(0, {"d/", TAR_DIR, NULL, 0}, {"l", TAR_SYMLINK, "d", 0}, {"l/f", TAR_FILE, "x", 0});
}

TEST(follow_stays_beneath)
{
	CLEANUP_TMPDIR struct tmpdir dir = tmpdir_new();
	struct err e;
	int root = fresh(&dir);
	int rc = UNPACK(root, UNPACK_FOLLOW, &e, {"d/", TAR_DIR, NULL, 0755}, {"l", TAR_SYMLINK, "d", 0}, {"l/f", TAR_FILE, "x", 0});
	if (syscall(SYS_openat2, -1, NULL, NULL, 0) < 0 && errno == ENOSYS) {
		CHECK_EQ(rc, -1);
		CHECK_HAS(e.msg, "a symbolic link is not followed");
	} else {
		CHECK_OK(rc);
		content_is(root, "d/f", "x");
	}
	close(root);
}

TEST(plain_only)
{
	REFUSED(UNPACK_PLAIN_ONLY, {"dev", TAR_CHAR, NULL, 0});
	REFUSED(UNPACK_PLAIN_ONLY, {"pipe", TAR_FIFO, NULL, 0});
	REFUSED(UNPACK_PLAIN_ONLY, {"su", TAR_FILE, "x", 04755});
	REFUSED(UNPACK_PLAIN_ONLY, {"sg", TAR_FILE, "x", 02755});
	REFUSED(UNPACK_PLAIN_ONLY, {"l", TAR_SYMLINK, "../out", 0});
	REFUSED(UNPACK_PLAIN_ONLY, {"l", TAR_SYMLINK, "/etc/passwd", 0});
	CHECK(unpack_link_stays("a/b/c", "../../x"));
	CHECK(!unpack_link_stays("a/b/c", "../../../x"));
	CHECK(!unpack_link_stays("a", "x/../../y"));
	CHECK(unpack_link_stays("a", "./x//y"));
}

TEST(bounds)
{
	CLEANUP_TMPDIR struct tmpdir dir = tmpdir_new();
	struct err e;
	char name[302];
	struct member many[21];
	int root = fresh(&dir);
	memset(name, 'a', 301);
	name[301] = '\0';
	name[150] = '/';
	CHECK_EQ(UNPACK(root, 0, &e, {name, TAR_FILE, "x", 0}), -1);
	CHECK_EQ(e.kind, ERR_LIMIT);
	for (size_t i = 0; i < 21; i++)
		many[i] = (struct member){"f", TAR_FILE, "x", 0};
	CHECK_OK(unpack(root, 0, many, 20, &e));
	CHECK_EQ(unpack(root, 0, many, 21, &e), -1);
	CHECK_EQ(e.kind, ERR_LIMIT);
	close(root);
}

TEST(clean_names)
{
	static const char *const pairs[][2] = {{"a", "a"}, {"/a//b/./c/", "a/b/c"}, {"./", "."}, {"", "."}, {"/", "."},
		{"..a/b..", "..a/b.."}, {"...", "..."}};
	struct err e;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		char *s = path_clean(pairs[i][0], NULL, &e);
		CHECK_STR(s, pairs[i][1]);
		free(s);
	}
	CHECK(!path_clean("..", NULL, &e));
	CHECK(!path_clean("a/..", NULL, &e));
}

CHECK_MAIN
