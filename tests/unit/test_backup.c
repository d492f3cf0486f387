/* backup: the order of members, checksums, and files that were changed anywhere. */
#include "check.h"
#include "tmpdir.h"

#include "backup/read.h"
#include "backup/write.h"
#include "base/str.h"
#include "sys/file.h"

#include <fcntl.h>
#include <sys/stat.h>

static int judge(struct members *m, const char *path, enum tar_type type, const char *link)
{
	struct err e;
	const char *rest;
	struct tar_entry x = {.path = (char *)(uintptr_t)path, .type = type, .link = (char *)(uintptr_t)link};
	return members_next(m, &x, &rest, &e);
}

/* Whether the members, in words "TYPE PATH", NULL-terminated, are all taken. The manifest and config stand before them. */
static bool taken(const char *const *words)
{
	struct members m = {0};
	int rc = judge(&m, "dr-backup/manifest.json", TAR_FILE, NULL);
	if (rc == 0)
		rc = judge(&m, "dr-backup/config/", TAR_DIR, NULL);
	for (; rc == 0 && *words; words++) {
		char path[256];
		snprintf(path, sizeof path, "dr-backup/config/%s", *words + 2);
		rc = judge(&m, path, (enum tar_type)**words, NULL);
	}
	members_free(&m);
	return rc == 0;
}
#define TAKEN(...) taken((const char *const[]){__VA_ARGS__, NULL})

TEST(order_of_members)
{
	CHECK(TAKEN("0 a", "0 b"));
	CHECK(TAKEN("5 a", "0 a/b", "0 a b", "5 a.b/", "0 a.b/c", "0 b"));
	CHECK(TAKEN("5 a", "5 a/b", "5 a/b/c", "0 a/b/c/d", "0 a/z", "0 b"));
	CHECK(!TAKEN("0 a", "0 a"));
	CHECK(!TAKEN("5 a", "5 a/"));
	CHECK(!TAKEN("0 b", "0 a"));
	CHECK(!TAKEN("0 a", "0 a/b"));
	CHECK(!TAKEN("2 a", "0 a/b"));
	CHECK(!TAKEN("0 a/b"));
	CHECK(!TAKEN("5 a", "0 b/c"));
	CHECK(!TAKEN("5 aa", "0 a/c"));
	CHECK(!TAKEN("0 ../x"));
	CHECK(!TAKEN("0 a//b"));
	CHECK(!TAKEN("0 ./a"));
	CHECK(!TAKEN("0 ."));
	CHECK(!TAKEN("0 "));
}

TEST(order_of_sections)
{
	struct members m = {0};
	CHECK_EQ(judge(&m, "dr-backup/config", TAR_DIR, NULL), -1);
	CHECK_EQ(judge(&m, "dr-backup/manifest.json", TAR_DIR, NULL), -1);
	CHECK_EQ(judge(&m, "dr-backup/manifest.json", TAR_FILE, NULL), 0);
	CHECK_EQ(judge(&m, "dr-backup/manifest.json", TAR_FILE, NULL), -1);
	CHECK_EQ(judge(&m, "dr-backup/volumes/config", TAR_DIR, NULL), -1);
	CHECK_EQ(judge(&m, "dr-backup/config/a", TAR_FILE, NULL), -1);
	CHECK_EQ(judge(&m, "dr-backup/config", TAR_SYMLINK, "/"), -1);
	CHECK_EQ(judge(&m, "dr-backup/config", TAR_DIR, NULL), 0);
	CHECK_EQ(judge(&m, "dr-backup/checksums", TAR_FILE, NULL), -1);
	CHECK_EQ(judge(&m, "dr-backup/volumes/config", TAR_DIR, NULL), 0);
	CHECK_EQ(judge(&m, "dr-backup/volumes/config/f", TAR_FILE, NULL), 0);
	CHECK_EQ(judge(&m, "dr-backup/volumes/config/g", TAR_HARDLINK, "dr-backup/config/f"), -1);
	CHECK_EQ(judge(&m, "dr-backup/volumes/config/g", TAR_HARDLINK, "dr-backup/volumes/config/../f"), -1);
	CHECK_EQ(judge(&m, "dr-backup/volumes/config/g", TAR_HARDLINK, "/etc/passwd"), -1);
	CHECK_EQ(judge(&m, "dr-backup/volumes/config/g", TAR_HARDLINK, "dr-backup/volumes/config/h"), -1);
	CHECK_EQ(judge(&m, "dr-backup/volumes/config/g", TAR_HARDLINK, "dr-backup/volumes/config/f"), 0);
	CHECK_EQ(judge(&m, "dr-backup/config/z", TAR_FILE, NULL), -1);
	CHECK_EQ(judge(&m, "dr-backup/service", TAR_DIR, NULL), 0);
	CHECK_EQ(judge(&m, "dr-backup/image.tar/x", TAR_FILE, NULL), -1);
	CHECK_EQ(judge(&m, "dr-backup/checksums", TAR_FILE, NULL), 0);
	CHECK_EQ(judge(&m, "dr-backup/image.tar", TAR_FILE, NULL), -1);
	members_free(&m);
}

/* A small backup of a folder with a hole, a hard link and a name that needs an escape. */
static void make(struct buf *out, struct backup_keys *keys)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	int top = d.fd;
	CHECK_EQ(mkdirat(top, "tree", 0755), 0);
	CHECK_OK(file_replace(top, "tree/a\\b\nc", "text\n", 5, 0640, &e));
	CHECK_OK(file_replace(top, "tree/sparse", "x", 1, 0600, &e));
	CHECK_EQ(linkat(top, "tree/sparse", top, "tree/zlink", 0), 0);
	int fd = openat(top, "tree/sparse", O_WRONLY);
	CHECK_EQ(ftruncate(fd, 100000), 0);
	close(fd);
	struct buf_writer mem;
	struct backup_writer w = {0};
	struct manifest m = {.service = (char *)(uintptr_t)"s", .image = (char *)(uintptr_t)"i", .image_id = (char *)(uintptr_t)"sha256:0",
		.os = (char *)(uintptr_t)"linux", .architecture = (char *)(uintptr_t)"amd64", .time = (char *)(uintptr_t)"t",
		.dr = (char *)(uintptr_t)"1", .trailer = true};
	buf_writer_init(&mem, out, 1 << 20);
	CHECK_OK(backup_writer_open(&w, &mem.base, keys, 6, top, &e));
	CHECK_OK(backup_write_manifest(&w, &m, &e));
	for (enum section k = SECTION_CONFIG; k <= SECTION_SERVICE; k++) {
		CLEANUP_PACK struct pack p = {.flags = PACK_SPARSE | PACK_XATTRS};
		backup_hook(&w, &p);
		CHECK_OK(pack_tree(&p, top, "tree", section_path(k), &e));
		CHECK_OK(backup_hooked(&w, &e));
	}
	CHECK_OK(backup_writer_finish(&w, &e));
	CHECK_EQ(w.files, 1 + 3 * 2);
	backup_writer_free(&w);
}

static int check(const void *p, size_t n, struct backup_keys *keys, struct err *e)
{
	struct mem_reader in;
	struct backup_reader r = {0};
	mem_reader_init(&in, p, n);
	int rc = backup_reader_open(&r, &in.base, keys, e);
	if (rc == 0)
		do
			rc = backup_read_next(&r, e);
		while (rc > 0);
	backup_reader_free(&r);
	reader_free(&in.base);
	return rc;
}

static void every_change_is_seen(struct backup_keys *keys)
{
	struct err e;
	struct buf b = {0};
	make(&b, keys);
	CHECK_OK(check(b.data, b.len, keys, &e));
	for (size_t n = 0; n < b.len; n++)
		CHECK_EQ(check(b.data, n, keys, &e), -1);
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= (char)(1 << i % 8);
		if (check(b.data, b.len, keys, &e) == 0)
			CHECK_FAIL("a changed bit in byte %zu of %zu was not seen", i, b.len);
		b.data[i] ^= (char)(1 << i % 8);
	}
	buf_byte(&b, 'x');
	CHECK_EQ(check(b.data, b.len, keys, &e), -1);
	buf_free(&b);
}

TEST(plain_cut_or_changed_anywhere)
{
	struct backup_keys none = {0};
	every_change_is_seen(&none);
}

TEST(sealed_cut_or_changed_anywhere)
{
	struct err e;
	struct backup_keys keys = {0};
	unsigned char scalar[KEY_SIZE] = {1, 2, 3};
	struct buf secret = {0}, public = {0};
	age_identity_text(&secret, scalar);
	age_recipient_text(&public, scalar);
	CHECK_OK(age_identity_add(&keys.identities, secret.data, &e));
	CHECK_OK(age_recipient_add(&keys.recipients, public.data, &e));
	every_change_is_seen(&keys);
	keys_free(&keys);
	buf_free(&secret);
	buf_free(&public);
}

CHECK_MAIN
