#include "check.h"
#include "tmpdir.h"

#include "base/str.h"
#include "codec/tar_write.h"
#include "service/contract_files.h"

#include <sys/stat.h>

static struct buf archive;
static struct buf_writer sink;
static struct tar_writer tar;
static struct contract got;
static struct err e;

static void add(const char *path, enum tar_type type, mode_t mode, const char *data)
{
	struct tar_entry t = {.path = (char *)(uintptr_t)path, .type = type, .mode = mode, .mtime = 1};
	if (type == TAR_FILE)
		t.size = strlen(data);
	if (type == TAR_SYMLINK || type == TAR_HARDLINK)
		t.link = (char *)(uintptr_t)data;
	CHECK_OK(tar_write_file(&tar, &t, data, &e));
}

static void begin(bool scripts)
{
	const char *script;
	buf_reset(&archive);
	buf_writer_init(&sink, &archive, 256 << 20);
	tar_writer_init(&tar, &sink.base);
	contract_free(&got);
	add("dr", TAR_DIR, 0700, "");
	for (size_t i = 0; scripts && (script = contract_script(i)); i++) {
		CLEANUP_FREE char *path = str_printf("dr/%s", script);
		add(path, TAR_FILE, i ? 0711 : 0640, "#!/bin/sh\n");
	}
}

static int run(int dirfd)
{
	struct mem_reader r;
	if (tar_write_end(&tar, &e) < 0)
		return -1;
	tar_writer_free(&tar);
	writer_free(&sink.base);
	mem_reader_init(&r, archive.data, archive.len);
	int rc = contract_files(&got, &r.base, dirfd, &e);
	reader_free(&r.base);
	return rc;
}

/* Only one shortcoming, and it says so; nothing is judged compatible. */
static void short_of(const char *text)
{
	CHECK_OK(run(-1));
	CHECK_EQ(got.shortcomings.n, 1);
	CHECK_HAS(got.shortcomings.items[0], text);
	CHECK_ERR(contract_judge(&got, "the-image", &e), ERR_REFUSED);
	CHECK_HAS(e.msg, "the-image");
	CHECK_HAS(e.msg, text);
}

static void mode_is(int dirfd, const char *path, mode_t mode)
{
	struct stat st;
	CHECK_EQ(fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	CHECK_EQ(st.st_mode, mode);
	CHECK_EQ(st.st_uid, geteuid());
}

TEST(unpacks)
{
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	mode_t old = umask(077);
	begin(true);
	add("dr/lib/", TAR_DIR, 02777, "");
	add("dr/lib/deep/", TAR_DIR, 0700, "");
	add("dr/lib/deep/x", TAR_FILE, 0666, "hello");
	add("dr/run", TAR_SYMLINK, 0777, "lib/deep/x");
	add("dr/lib/up", TAR_SYMLINK, 0777, "../help");
	add("dr/same", TAR_HARDLINK, 0777, "dr/lib/deep/x");
	add("dr/.hidden", TAR_FILE, 0644, "");
	CHECK_OK(run(d.fd));
	umask(old);
	CHECK_EQ(got.shortcomings.n, 0);
	CHECK_OK(contract_judge(&got, "x", &e));
	mode_is(d.fd, "install", S_IFREG | 0644);
	mode_is(d.fd, "help", S_IFREG | 0755);
	mode_is(d.fd, "lib", S_IFDIR | 0755);
	mode_is(d.fd, "lib/deep", S_IFDIR | 0755);
	mode_is(d.fd, "lib/deep/x", S_IFREG | 0644);
	CLEANUP_BUF struct buf text = {0};
	CHECK_OK(file_read(d.fd, "same", 100, &text, &e));
	CHECK_STR(text.data, "hello");
	CLEANUP_FREE char *commands = strvec_join(&got.commands, " ");
	CHECK_STR(commands, "backup destroy enter help install restore same");
}

TEST(missing_at_once)
{
	begin(false);
	add("dr/help", TAR_FILE, 0755, "");
	add("dr/enter/", TAR_DIR, 0755, "");
	add("dr/install", TAR_SYMLINK, 0755, "help");
	add("dr/x/backup", TAR_FILE, 0755, "");
	short_of("scripts install, destroy, backup, restore, enter");
}

TEST(not_fit_for_root)
{
	static const struct {
		const char *path;
		enum tar_type type;
		mode_t mode;
		const char *data, *text;
	} bad[] = {
		{"dr/out", TAR_SYMLINK, 0777, "/etc/passwd", "/dr/out is a symlink that leads out of /dr, to /etc/passwd"},
		{"dr/out", TAR_SYMLINK, 0777, "..", "leads out"},
		{"dr/out", TAR_SYMLINK, 0777, "../x", "leads out"},
		{"dr/a/out", TAR_SYMLINK, 0777, "../../x", "leads out"},
		{"dr/a/out", TAR_SYMLINK, 0777, "b/../../x", "leads out"},
		{"dr/a/b/out", TAR_SYMLINK, 0777, "./c/../x", "leads out"},
		{"dr/tty", TAR_CHAR, 0666, "", "is a device"},
		{"dr/sda", TAR_BLOCK, 0666, "", "is a device"},
		{"dr/pipe", TAR_FIFO, 0666, "", "is a named pipe"},
		{"dr/su", TAR_FILE, 04755, "", "set-uid"},
		{"dr/sg", TAR_FILE, 02755, "", "set-gid"},
		{"dr/new\nline", TAR_CHAR, 0666, "", "/dr/new?line"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		begin(true);
		add(bad[i].path, bad[i].type, bad[i].mode, bad[i].data);
		short_of(bad[i].text);
	}
}

TEST(bounds)
{
	char path[400] = "dr/";
	memset(path + 3, 'a', sizeof path - 4);
	path[3 + 150] = '/';
	path[300] = 0;
	begin(true);
	add(path, TAR_FILE, 0644, "");
	short_of("more than 255 characters");
	path[254] = 0;
	begin(true);
	add(path, TAR_FILE, 0644, "");
	CHECK_OK(run(-1));
	CHECK_EQ(got.shortcomings.n, 0);

	begin(true);
	for (int i = 0; i < CONTRACT_FILES_MAX - 6; i++) {
		snprintf(path, sizeof path, "dr/f%d", i);
		add(path, TAR_FILE, 0644, "");
	}
	CHECK_OK(run(-1));
	CHECK_EQ(got.shortcomings.n, 0);
	begin(true);
	for (int i = 0; i < CONTRACT_FILES_MAX - 5; i++) {
		snprintf(path, sizeof path, "dr/f%d", i);
		add(path, TAR_FILE, 0644, "");
	}
	short_of("10000 files or more");

	struct tar_entry big = {.path = (char[]){"dr/big"}, .type = TAR_FILE, .mode = 0644, .size = CONTRACT_BYTES_MAX};
	static const char zeros[1 << 16];
	begin(true);
	CHECK_OK(tar_write_entry(&tar, &big, &e));
	for (size_t i = 0; i < big.size / sizeof zeros; i++)
		CHECK_OK(tar_write_data(&tar, zeros, sizeof zeros, &e));
	short_of("64 MiB");
}

TEST(many_shortcomings)
{
	char path[32];
	begin(true);
	for (int i = 0; i < 100; i++) {
		snprintf(path, sizeof path, "dr/p%d", i);
		add(path, TAR_FIFO, 0644, "");
	}
	CHECK_OK(run(-1));
	CHECK_EQ(got.shortcomings.n, CONTRACT_TOLD);
	CHECK_ERR(contract_judge(&got, "x", &e), ERR_REFUSED);
	CHECK_HAS(e.msg, "and 84 more");
}

/* The archive tries to write through what it has made before. */
TEST(no_way_out)
{
	static const struct {
		const char *first, *link, *second, *data;
		enum tar_type type;
		int rc;
	} tries[] = {
		{"dr/l", "sub", "dr/l/x", "", TAR_FILE, -1},
		{"dr/l", "sub", "dr/l", "", TAR_FILE, 0},
		{"dr/l", "sub", "dr/l", "", TAR_DIR, 0},
		{"dr/l", "sub", "dr/h", "dr/l/x", TAR_HARDLINK, -1},
		{"dr/l", "sub", "dr/h", "../etc/passwd", TAR_HARDLINK, -1},
		{"dr/l", "sub", "dr/h", "/etc/passwd", TAR_HARDLINK, -1},
		{"dr/l", "sub", "dr/h", "dr", TAR_HARDLINK, -1},
		{"dr/l", "sub", "dr/../x", "", TAR_FILE, -1},
		{"dr/l", "sub", "/etc/x", "", TAR_FILE, -1},
		{"dr/l", "sub", "dr/help", "", TAR_FILE, 0},
	};
	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
		CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
		begin(true);
		add("dr/sub", TAR_DIR, 0755, "");
		add("dr/sub/y", TAR_FILE, 0755, "");
		add(tries[i].first, TAR_SYMLINK, 0777, tries[i].link);
		add(tries[i].second, tries[i].type, 0644, tries[i].data);
		CHECK_EQ(run(d.fd), tries[i].rc);
		CHECK(!file_exists(d.fd, "sub/x") && file_exists(d.fd, "sub/y"));
	}
}

TEST(cut_short)
{
	begin(true);
	CHECK_OK(tar_write_end(&tar, &e));
	tar_writer_free(&tar);
	writer_free(&sink.base);
	for (size_t n = 1; n < 512; n += 73) {
		struct mem_reader r;
		contract_free(&got);
		mem_reader_init(&r, archive.data, 1024 + n);
		CHECK_ERR(contract_files(&got, &r.base, -1, &e), ERR_FORMAT);
		reader_free(&r.base);
	}
	buf_free(&archive);
	contract_free(&got);
}

CHECK_MAIN
