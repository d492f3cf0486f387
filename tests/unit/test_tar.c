#include "check.h"

#include "base/mem.h"
#include "codec/tar_header.h"
#include "codec/tar_read.h"
#include "codec/tar_write.h"

static char path_d[] = "d", path_f[] = "d/f", path_s[] = "s", path_h[] = "h", path_sparse[] = "sparse";

/* A reader that hands out its bytes `step` at a time. */
struct drip {
	struct reader base;
	const char *p;
	size_t n, step;
};

static ssize_t drip_next(struct reader *r, const unsigned char **block, struct err *e)
{
	struct drip *d = (struct drip *)r;
	(void)e;
	size_t k = d->n < d->step ? d->n : d->step;
	*block = (const unsigned char *)d->p;
	d->p += k;
	d->n -= k;
	return (ssize_t)k;
}

static void drip_init(struct drip *d, const struct buf *b, size_t step)
{
	static const struct reader_ops ops = {.next = drip_next};
	*d = (struct drip){.base.ops = &ops, .p = b->data, .n = b->len, .step = step};
}

/* Describes every member of the archive in one string. */
static int list(const struct buf *archive, size_t step, struct buf *out, struct err *e)
{
	struct drip d;
	struct tar_reader t;
	const unsigned char *p;
	uint64_t offset;
	ssize_t n = 0;
	int rc;
	drip_init(&d, archive, step);
	tar_reader_init(&t, &d.base);
	buf_reset(out);
	while ((rc = tar_read_next(&t, e)) > 0) {
		const struct tar_entry *x = &t.entry;
		buf_printf(out, "%c %s %s %o %llu:%llu %llu %lld.%09u", x->type, x->path, x->link ? x->link : "-", x->mode,
			   (unsigned long long)x->uid, (unsigned long long)x->gid, (unsigned long long)x->size,
			   (long long)x->mtime, x->mtime_ns);
		for (size_t i = 0; i < x->n_xattrs; i++)
			buf_printf(out, " %s=%s", x->xattrs[i].name, x->xattrs[i].value);
		uint64_t next = UINT64_MAX;
		while ((n = tar_read_data(&t, &p, &offset, e)) > 0) {
			if (offset != next)
				buf_printf(out, " @%llu:", (unsigned long long)offset);
			buf_add(out, p, (size_t)n);
			next = offset + (uint64_t)n;
		}
		if (n < 0)
			break;
		buf_byte(out, '\n');
	}
	tar_reader_free(&t);
	reader_free(&d.base);
	return rc < 0 || n < 0 ? -1 : 0;
}

static void put(struct tar_writer *t, const struct tar_entry *x, const char *data)
{
	struct err e;
	CHECK_OK(tar_write_entry(t, x, &e));
	CHECK_OK(tar_write_data(t, data, strlen(data), &e));
}

static void sample(struct buf *out)
{
	struct buf_writer w;
	struct tar_writer t;
	struct err e;
	char name[301];
	memset(name, 'n', 300);
	name[300] = '\0';
	memcpy(name + 90, "/", 1);
	struct tar_xattr attr = {mem_strdup("user.a"), mem_strdup("b=c\n"), 4};
	struct tar_extent runs[] = {{4096, 3}, {1 << 20, 2}};
	buf_writer_init(&w, out, 1 << 20);
	tar_writer_init(&t, &w.base);
	t.records = true;
	put(&t, &(struct tar_entry){.path = path_d, .type = TAR_DIR, .mode = 0755, .mtime = 1}, "");
	put(&t, &(struct tar_entry){.path = path_f, .type = TAR_FILE, .mode = 04755, .uid = 22022, .gid = 22022, .size = 5,
		.mtime = 1700000000, .mtime_ns = 123456789}, "hello");
	put(&t, &(struct tar_entry){.path = name, .type = TAR_FILE, .size = 1, .uid = 4000000000, .mtime = -2, .mtime_ns = 250000000,
		.xattrs = &attr, .n_xattrs = 1}, "x");
	put(&t, &(struct tar_entry){.path = path_s, .type = TAR_SYMLINK, .link = name}, "");
	put(&t, &(struct tar_entry){.path = path_h, .type = TAR_HARDLINK, .link = path_f}, "");
	put(&t, &(struct tar_entry){.path = path_sparse, .type = TAR_FILE, .size = (1 << 20) + 100, .extents = runs, .n_extents = 2},
	    "abcde");
	CHECK_OK(tar_write_end(&t, &e));
	CHECK_EQ(out->len % TAR_RECORD_SIZE, 0);
	tar_writer_free(&t);
	free(attr.name);
	free(attr.value);
}

TEST(round_trip_at_every_split)
{
	struct buf archive = {0}, got = {0}, want = {0};
	struct err e;
	sample(&archive);
	char name[301];
	memset(name, 'n', 300);
	name[300] = '\0';
	memcpy(name + 90, "/", 1);
	buf_printf(&want, "5 d/ - 755 0:0 0 1.000000000\n"
		"0 d/f - 4755 22022:22022 5 1700000000.123456789 @0:hello\n"
		"0 %s - 0 4000000000:0 1 -2.250000000 user.a=b=c\n @0:x\n"
		"2 s %s 0 0:0 0 0.000000000\n"
		"1 h d/f 0 0:0 0 0.000000000\n"
		"0 sparse - 0 0:0 1048676 0.000000000 @4096:abc @1048576:de\n", name, name);
	for (size_t step = 1; step < 1100; step += step < 20 ? 1 : 97) {
		CHECK_OK(list(&archive, step, &got, &e));
		CHECK_STR(got.data, want.data);
	}
	buf_free(&archive);
	buf_free(&got);
	buf_free(&want);
}

TEST(cut_anywhere_is_noticed)
{
	struct buf archive = {0}, got = {0};
	struct err e;
	sample(&archive);
	size_t end = archive.len;
	while (end && archive.data[end - 1] == '\0')
		end--;
	for (size_t n = 1; n < end; n++) {
		if (n % TAR_BLOCK_SIZE == 0)
			continue;
		struct buf cut = {archive.data, n, n};
		CHECK_EQ(list(&cut, 4096, &got, &e), -1);
		CHECK_EQ(e.kind, ERR_FORMAT);
	}
	buf_free(&archive);
	buf_free(&got);
}

TEST(header_bytes_are_all_checked)
{
	struct buf archive = {0}, got = {0};
	struct err e;
	sample(&archive);
	for (size_t i = 0; i < TAR_BLOCK_SIZE; i++) {
		if (i == offsetof(struct tar_header, checksum) + 7)
			continue; /* behind the checksum's own end */
		archive.data[i] ^= 1;
		CHECK_EQ(list(&archive, 4096, &got, &e), -1);
		archive.data[i] ^= 1;
	}
	buf_free(&archive);
	buf_free(&got);
}

TEST(numbers)
{
	int64_t v;
	char field[12];
	static const int64_t values[] = {0, 1, 7, 8, 077777777777, 0100000000000, INT64_MAX, -1, -256, INT64_MIN};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		tar_header_put(field, sizeof field, values[i]);
		CHECK(tar_header_number(field, sizeof field, &v));
		CHECK_EQ(v, values[i]);
	}
	CHECK(tar_header_number("  644 \0x", 8, &v));
	CHECK_EQ(v, 0644);
	CHECK(!tar_header_number("64x     ", 8, &v));
	CHECK(!tar_header_number("00000009", 8, &v));
	CHECK(!tar_header_number("\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, &v));
}

TEST(sizes_are_held_to)
{
	struct buf out = {0};
	struct buf_writer w;
	struct tar_writer t;
	struct err e;
	buf_writer_init(&w, &out, 1 << 20);
	tar_writer_init(&t, &w.base);
	struct tar_entry x = {.path = path_f, .type = TAR_FILE, .size = 2};
	CHECK_OK(tar_write_entry(&t, &x, &e));
	CHECK_EQ(tar_write_data(&t, "abc", 3, &e), -1);
	CHECK_OK(tar_write_data(&t, "a", 1, &e));
	CHECK_EQ(tar_write_end(&t, &e), -1);
	CHECK_EQ(tar_write_entry(&t, &x, &e), -1);
	CHECK_OK(tar_write_data(&t, "b", 1, &e));
	CHECK_OK(tar_write_end(&t, &e));
	CHECK_EQ(out.len, 4 * TAR_BLOCK_SIZE);
	tar_writer_free(&t);
	buf_free(&out);
}

/* Appends a member made by hand: its header, data and padding. */
static void raw(struct buf *out, char type, const char *name, const char *data, size_t n)
{
	static const char zeros[TAR_BLOCK_SIZE];
	struct tar_header h = {.type = type};
	memcpy(h.name, name, strlen(name));
	memcpy(h.magic, "ustar ", 6);
	memcpy(h.version, " ", 2);
	tar_header_put(h.mode, sizeof h.mode, 0644);
	tar_header_put(h.size, sizeof h.size, (int64_t)n);
	tar_header_seal(&h);
	buf_add(out, &h, sizeof h);
	buf_add(out, data, n);
	buf_add(out, zeros, -n & (TAR_BLOCK_SIZE - 1));
}

static void lists(const struct buf *archive, const char *want)
{
	struct buf got = {0};
	struct err e;
	CHECK_OK(list(archive, 100, &got, &e));
	CHECK_STR(buf_cstr(&got), want);
	buf_free(&got);
}

TEST(rare_types)
{
	struct buf a = {0};
	raw(&a, 'V', "label", "", 0);
	raw(&a, 'D', "dump", "Yx", 2);
	raw(&a, '7', "contiguous", "c", 1);
	raw(&a, '\0', "old-dir/", "", 0);
	raw(&a, '?', "unknown", "u", 1);
	lists(&a, "5 dump - 644 0:0 0 0.000000000 @0:Yx\n"
		"0 contiguous - 644 0:0 1 0.000000000 @0:c\n"
		"5 old-dir/ - 644 0:0 0 0.000000000\n"
		"0 unknown - 644 0:0 1 0.000000000 @0:u\n");
	buf_free(&a);
}

TEST(nothing_behind_the_end)
{
	static const char zeros[TAR_BLOCK_SIZE];
	struct buf a = {0};
	raw(&a, '0', "a", "", 0);
	buf_add(&a, zeros, sizeof zeros);
	raw(&a, '0', "b", "", 0);
	lists(&a, "0 a - 644 0:0 0 0.000000000\n");
	buf_free(&a);
}

TEST(global_headers)
{
	static const char all[] = "13 uname=all\n9 gid=77\n25 SCHILY.xattr.user.a=b\n", one[] = "8 gid=8\n8 uid=1\n8 size=\n";
	struct buf a = {0};
	raw(&a, 'g', "g", all, sizeof all - 1);
	raw(&a, '0', "a", "", 0);
	raw(&a, 'x', "x", one, sizeof one - 2);
	raw(&a, '0', "b", "z", 1);
	struct buf got = {0};
	struct err e;
	CHECK_ERR(list(&a, 100, &got, &e), ERR_FORMAT);
	buf_reset(&a);
	raw(&a, 'g', "g", all, sizeof all - 1);
	raw(&a, '0', "a", "", 0);
	raw(&a, 'x', "x", one, sizeof one - 1);
	raw(&a, '0', "b", "z", 1);
	raw(&a, '0', "c", "", 0);
	lists(&a, "0 a - 644 0:77 0 0.000000000\n0 b - 644 1:8 1 0.000000000 @0:z\n0 c - 644 0:77 0 0.000000000\n");
	buf_free(&a);
	buf_free(&got);
}

TEST(headers_are_bounded_together)
{
	struct buf a = {0}, got = {0}, record = {0};
	struct err e;
	buf_str(&record, "1000000 comment=");
	while (record.len < 999999)
		buf_byte(&record, 'c');
	buf_byte(&record, '\n');
	for (int i = 0; i < 5; i++)
		raw(&a, 'x', "x", record.data, record.len);
	raw(&a, '0', "a", "", 0);
	CHECK_ERR(list(&a, 1 << 20, &got, &e), ERR_FORMAT);
	buf_free(&a);
	buf_free(&got);
	buf_free(&record);
}

CHECK_MAIN
