#include "check.h"

#include "base/mem.h"
#include "codec/gzip.h"

enum { MAX = 8 * 1024 * 1024 };

static unsigned char *sample(size_t n)
{
	unsigned char *p = mem_alloc(n + 1);
	uint32_t x = 5;
	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = (unsigned char)(i >> 13 & 1 ? x >> 24 : (unsigned char)"some words and others "[(i + (x >> 30)) % 22]);
	}
	return p;
}

static void pack(const void *p, size_t n, int level, unsigned threads, size_t step, struct buf *out)
{
	struct buf_writer to;
	struct gzip_writer w;
	struct err e;
	buf_writer_init(&to, out, MAX);
	gzip_writer_init(&w, &to.base, level, threads);
	for (size_t at = 0; at < n; at += step)
		CHECK_OK(writer_write(&w.base, (const char *)p + at, n - at < step ? n - at : step, &e));
	CHECK_OK(writer_finish(&w.base, &e));
	writer_free(&w.base);
}

/* Returns 0 or -1; *left: bytes of the input not taken. */
static int unpack(const void *p, size_t n, struct buf *out, size_t *left, bool *garbage, struct err *e)
{
	struct mem_reader in;
	struct gzip_reader r;
	struct buf_writer to;
	mem_reader_init(&in, p, n);
	gzip_reader_init(&r, &in.base);
	buf_writer_init(&to, out, MAX);
	int rc = stream_copy(&r.base, &to.base, e) < 0 ? -1 : 0;
	*left = n - in.base.consumed;
	*garbage = r.garbage;
	reader_free(&r.base);
	reader_free(&in.base);
	return rc;
}

static void check_plain(const void *p, size_t n, const void *plain, size_t plain_len)
{
	CLEANUP_BUF struct buf out = {0};
	struct err e;
	size_t left;
	bool garbage;
	CHECK_OK(unpack(p, n, &out, &left, &garbage, &e));
	CHECK_MEM(buf_cstr(&out), out.len, plain, plain_len);
	CHECK_EQ(left, 0);
	CHECK(!garbage);
}

static void check_bad(const void *p, size_t n, const char *why)
{
	CLEANUP_BUF struct buf out = {0};
	struct err e;
	size_t left;
	bool garbage;
	CHECK_ERR(unpack(p, n, &out, &left, &garbage, &e), ERR_FORMAT);
	CHECK_HAS(e.msg, why);
}

/* Around the length of a piece, on any number of threads, the same bytes come out. */
TEST(round_trip)
{
	static const size_t sizes[] = {0, 1, 65535, 65536, 262143, 262144, 262145, 524288, 1500000};
	CLEANUP_FREE unsigned char *plain = sample(1500000);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		CLEANUP_BUF struct buf one = {0};
		CLEANUP_BUF struct buf two = {0};
		CLEANUP_BUF struct buf many = {0};
		pack(plain, sizes[i], 3, 1, 1 << 20, &one);
		pack(plain, sizes[i], 3, 2, 10007, &two);
		pack(plain, sizes[i], 3, 7, 262144, &many);
		CHECK_MEM(two.data, two.len, one.data, one.len);
		CHECK_MEM(many.data, many.len, one.data, one.len);
		check_plain(one.data, one.len, plain, sizes[i]);
	}
}

TEST(abandoned)
{
	/* a writer that is released while its threads work leaves nothing behind */
	CLEANUP_FREE unsigned char *plain = sample(1500000);
	for (size_t n = 0; n <= 1500000; n += 500000) {
		CLEANUP_BUF struct buf out = {0};
		struct buf_writer to;
		struct gzip_writer w;
		struct err e;
		buf_writer_init(&to, &out, MAX);
		gzip_writer_init(&w, &to.base, 9, 4);
		CHECK_OK(writer_write(&w.base, plain, n, &e));
		writer_free(&w.base);
	}
}

TEST(output_fails)
{
	CLEANUP_FREE unsigned char *plain = sample(4000000);
	CLEANUP_BUF struct buf out = {0};
	struct buf_writer to;
	struct gzip_writer w;
	struct err e;
	buf_writer_init(&to, &out, 100000);
	gzip_writer_init(&w, &to.base, 1, 2);
	CHECK_ERR(writer_write(&w.base, plain, 4000000, &e), ERR_LIMIT);
	CHECK_ERR(writer_write(&w.base, plain, 1, &e), ERR_LIMIT);
	CHECK_ERR(writer_finish(&w.base, &e), ERR_LIMIT);
	writer_free(&w.base);
	writer_free(&to.base);
}

TEST(name_and_time)
{
	CLEANUP_BUF struct buf out = {0};
	struct buf_writer to;
	struct gzip_writer w;
	struct mem_reader in;
	struct gzip_reader r;
	struct err e;
	buf_writer_init(&to, &out, MAX);
	gzip_writer_init(&w, &to.base, 6, 1);
	w.name = "name.txt";
	w.mtime = 0x12345678;
	CHECK_OK(writer_str(&w.base, "content", &e));
	CHECK_OK(writer_finish(&w.base, &e));
	writer_free(&w.base);
	mem_reader_init(&in, out.data, out.len);
	gzip_reader_init(&r, &in.base);
	CHECK_OK(gzip_reader_start(&r, &e));
	CHECK_STR(r.name, "name.txt");
	CHECK_EQ(r.mtime, 0x12345678);
	reader_free(&r.base);
	reader_free(&in.base);
	check_plain(out.data, out.len, "content", 7);
}

/* A member with an empty stored block, and these flags and header fields. */
static void member(struct buf *b, int flags, const void *fields, size_t n)
{
	static const unsigned char tail[] = {1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0};
	unsigned char h[10] = {0x1f, 0x8b, 8, (unsigned char)flags, 0, 0, 0, 0, 0, 3};
	buf_add(b, h, sizeof h);
	buf_add(b, fields, n);
	buf_add(b, tail, sizeof tail);
}

TEST(header_fields)
{
	CLEANUP_BUF struct buf b = {0};
	member(&b, 4, "\3\0abc", 5);
	member(&b, 8, "name", 5);
	member(&b, 16, "comment", 8);
	member(&b, 4 | 8 | 16, "\1\0an\0c\0", 7);
	member(&b, 1, "", 0);
	check_plain(b.data, b.len, "", 0);
	struct crc32 c;
	crc32_init(&c);
	uint32_t sum = crc32_update(&c, 0, "\x1f\x8b\x08\x02\0\0\0\0\0\x03", 10);
	unsigned char good[2] = {(unsigned char)sum, (unsigned char)(sum >> 8)};
	buf_reset(&b);
	member(&b, 2, good, 2);
	check_plain(b.data, b.len, "", 0);
	b.data[10] = (char)(b.data[10] ^ 1);
	check_bad(b.data, b.len, "header checksum");
	buf_reset(&b);
	member(&b, 0x20, "", 0);
	check_bad(b.data, b.len, "flags");
	buf_reset(&b);
	member(&b, 0, "", 0);
	b.data[2] = 7;
	check_bad(b.data, b.len, "method");
}

TEST(not_gzip)
{
	check_bad("", 0, "unexpected end of file");
	check_bad("\x1f", 1, "not in gzip format");
	check_bad("plain text", 10, "not in gzip format");
}

TEST(cut_anywhere)
{
	CLEANUP_FREE unsigned char *plain = sample(2000);
	CLEANUP_BUF struct buf b = {0};
	pack(plain, 2000, 6, 1, 2000, &b);
	for (size_t n = 2; n < b.len; n++)
		check_bad(b.data, n, "unexpected end of file");
}

/* No change of one byte goes unseen, but in the fields of the header that say nothing about the data. */
TEST(flipped_anywhere)
{
	CLEANUP_FREE unsigned char *plain = sample(1000);
	CLEANUP_BUF struct buf b = {0};
	pack(plain, 1000, 6, 1, 1000, &b);
	for (size_t i = 10; i < b.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			CLEANUP_BUF struct buf out = {0};
			struct err e;
			size_t left;
			bool garbage;
			b.data[i] = (char)(b.data[i] ^ 1 << bit);
			int rc = unpack(b.data, b.len, &out, &left, &garbage, &e);
			b.data[i] = (char)(b.data[i] ^ 1 << bit);
			/* unused bits before the trailer may differ */
			CHECK(rc < 0 || (i == b.len - 9 && out.len == 1000 && memcmp(out.data, plain, 1000) == 0));
		}
}

TEST(members_and_padding)
{
	CLEANUP_BUF struct buf b = {0};
	CLEANUP_BUF struct buf out = {0};
	struct err e;
	size_t left;
	bool garbage;
	pack("one", 3, 6, 1, 3, &b);
	pack("two", 3, 6, 1, 3, &b);
	check_plain(b.data, b.len, "onetwo", 6);
	buf_add(&b, "\0\0\0\0", 4);
	check_plain(b.data, b.len, "onetwo", 6);
	pack("three", 5, 6, 1, 5, &b);
	check_plain(b.data, b.len, "onetwothree", 11);
	buf_add(&b, "\0\0rest", 6);
	CHECK_OK(unpack(b.data, b.len, &out, &left, &garbage, &e));
	CHECK_STR(out.data, "onetwothree");
	CHECK(garbage);
	CHECK_EQ(left, 4);
}

CHECK_MAIN
