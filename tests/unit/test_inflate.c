#include "check.h"

#include "base/mem.h"
#include "codec/deflate.h"
#include "codec/inflate.h"

/* A reader that hands out its bytes in blocks of a given length. */
struct split_reader {
	struct reader base;
	const unsigned char *p;
	size_t left, step;
};

static ssize_t split_next(struct reader *base, const unsigned char **block, struct err *e)
{
	struct split_reader *r = (struct split_reader *)base;
	size_t n = r->left < r->step ? r->left : r->step;
	(void)e;
	*block = r->p;
	r->p += n;
	r->left -= n;
	return (ssize_t)n;
}

static void split_init(struct split_reader *r, const void *p, size_t n, size_t step)
{
	static const struct reader_ops ops = {.next = split_next};
	*r = (struct split_reader){.base.ops = &ops, .p = p, .left = n, .step = step};
}

/* Decodes n bytes given in blocks of `step`; returns 0 or -1, and how many bytes of the input were taken. */
static int decode(const void *p, size_t n, size_t step, struct buf *out, uint64_t *taken, struct err *e)
{
	struct split_reader in;
	struct inflate_reader r;
	struct buf_writer w;
	split_init(&in, p, n, step);
	inflate_reader_init(&r, &in.base);
	buf_writer_init(&w, out, 64 * 1024 * 1024);
	int rc = stream_copy(&r.base, &w.base, e) < 0 ? -1 : 0;
	*taken = in.base.consumed;
	reader_free(&r.base);
	reader_free(&in.base);
	return rc;
}

/* Bits from a string of 0 and 1, the first one lowest, blanks ignored. */
static size_t bits(unsigned char *out, const char *s)
{
	size_t n = 0;
	memset(out, 0, 512);
	for (; *s; s++)
		if (*s != ' ') {
			out[n / 8] = (unsigned char)(out[n / 8] | (*s == '1') << n % 8);
			n++;
		}
	return (n + 7) / 8;
}

static void refuse(const char *s, const char *why)
{
	unsigned char in[512];
	CLEANUP_BUF struct buf out = {0};
	struct err e = {0};
	uint64_t taken;
	size_t n = bits(in, s);
	CHECK_ERR(decode(in, n + 40, 512, &out, &taken, &e), ERR_FORMAT);
	CHECK_HAS(e.msg, why);
	/* without a byte to spare, and byte by byte, where only the careful decoder runs */
	CHECK_ERR(decode(in, n, 1, &out, &taken, &e), ERR_FORMAT);
}

TEST(fixed_block)
{
	/* 'a', a match of 4 from 1, end of block */
	unsigned char in[512];
	size_t n = bits(in, "1 10  10010001 0000010 00000 0000000");
	for (size_t step = 1; step < 8; step++) {
		CLEANUP_BUF struct buf out = {0};
		struct err e;
		uint64_t taken;
		CHECK_OK(decode(in, n + 50, step, &out, &taken, &e));
		CHECK_STR(buf_cstr(&out), "aaaaa");
		CHECK_EQ(taken, n);
	}
}

TEST(stored_block)
{
	unsigned char in[] = {1, 3, 0, 0xfc, 0xff, 'a', 'b', 'c', 'X'};
	CLEANUP_BUF struct buf out = {0};
	struct err e;
	uint64_t taken;
	CHECK_OK(decode(in, sizeof in, 2, &out, &taken, &e));
	CHECK_STR(buf_cstr(&out), "abc");
	CHECK_EQ(taken, sizeof in - 1);
	in[3] ^= 1;
	CHECK_ERR(decode(in, sizeof in, 2, &out, &taken, &e), ERR_FORMAT);
}

TEST(hostile_blocks)
{
	refuse("1 11", "block type");
	refuse("1 10 0000001 00000 0000000", "distance too far back");
	refuse("1 10 10010001 0000001 00001 0000000", "distance too far back");
	refuse("1 10 11000110", "not in use");                /* symbol 286 */
	refuse("1 10 10010001 0000001 01111", "distance");    /* distance 30 */
	refuse("1 01 01111 00000 0000", "too many symbols");  /* 287 lengths */
	refuse("1 01 00000 01111 0000", "too many symbols");  /* 31 distances */
}

/* Dynamic headers. The code of code lengths is given in the order 16 17 18 0 8 7 9 6 10 5 ..., three bits each. */
TEST(hostile_codes)
{
	/* over-subscribed: three codes of one bit; incomplete: one of two bits; none at all */
	refuse("1 01 00000 00000 0000 100 100 100 000", "code length codes");
	refuse("1 01 00000 00000 0000 010 000 000 000", "code length codes");
	refuse("1 01 00000 00000 0000 000 000 000 000", "code length codes");
	/* 16 (code 0) and 18 (code 1): a repeat with nothing before it, and more zeros than there are symbols */
	refuse("1 01 00000 00000 0000 100 000 100 000 0", "without a first");
	refuse("1 01 00000 00000 0000 100 000 100 000 1 1111111 1 1111111", "too many code lengths");
	/* 18 and 0: 258 zeros, so that no end of block has a code */
	refuse("1 01 00000 00000 0000 000 000 100 100 1 1111111 1 1011011 0 0", "end-of-block");
}

/* Something with literals, near and far matches, runs, and a stretch that does not compress. */
static unsigned char *sample(size_t n)
{
	unsigned char *p = mem_alloc(n + 1);
	uint32_t x = 1;
	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		unsigned kind = (unsigned)(i >> 10) % 5;
		if (kind == 0)
			p[i] = (unsigned char)(x >> 24);
		else if (kind == 1)
			p[i] = (unsigned char)("etaoin shrdlu"[(x >> 24) % 13]);
		else if (kind == 2)
			p[i] = (unsigned char)(i >> 9);
		else
			p[i] = p[i - 1024 * (kind - 2) - (i >> 12) % 1000];
	}
	return p;
}

TEST(split_anywhere)
{
	enum { N = 12000 };
	CLEANUP_FREE unsigned char *plain = sample(N);
	CLEANUP_FREE unsigned char *packed = mem_alloc(deflate_bound(N) + 64);
	struct deflate *d = deflate_new(6);
	size_t n = deflate_piece(d, plain, 0, N, true, packed);
	deflate_free(d);
	for (size_t step = 1; step <= n; step += step < 80 ? 1 : step / 7) {
		CLEANUP_BUF struct buf out = {0};
		struct err e;
		uint64_t taken;
		CHECK_OK(decode(packed, n + 64, step, &out, &taken, &e));
		CHECK_MEM(out.data, out.len, plain, N);
		CHECK_EQ(taken, n);
	}
}

TEST(cut_anywhere)
{
	enum { N = 6000 };
	CLEANUP_FREE unsigned char *plain = sample(N);
	CLEANUP_FREE unsigned char *packed = mem_alloc(deflate_bound(N));
	struct deflate *d = deflate_new(9);
	size_t n = deflate_piece(d, plain, 0, N, true, packed);
	deflate_free(d);
	for (size_t cut = 0; cut < n; cut++) {
		CLEANUP_BUF struct buf out = {0};
		struct err e;
		uint64_t taken;
		CHECK_ERR(decode(packed, cut, 1000, &out, &taken, &e), ERR_FORMAT);
		CHECK_HAS(e.msg, "unexpected end of file");
		/* what was there is handed out, and it is right */
		CHECK_EQ(taken, cut);
		CHECK(out.len <= N);
		CHECK_MEM(buf_cstr(&out), out.len, plain, out.len);
	}
}

TEST(flipped_anywhere)
{
	enum { N = 3000 };
	CLEANUP_FREE unsigned char *plain = sample(N);
	CLEANUP_FREE unsigned char *packed = mem_alloc(deflate_bound(N));
	struct deflate *d = deflate_new(6);
	size_t n = deflate_piece(d, plain, 0, N, true, packed), differ = 0;
	deflate_free(d);
	for (size_t bit = 0; bit < 8 * n; bit++) {
		CLEANUP_BUF struct buf out = {0};
		struct err e;
		uint64_t taken;
		packed[bit / 8] ^= (unsigned char)(1 << bit % 8);
		int rc = decode(packed, n, 500, &out, &taken, &e);
		differ += rc < 0 || out.len != N || memcmp(out.data, plain, N) != 0;
		packed[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	CHECK(differ > 7 * n);
}

TEST(restart)
{
	unsigned char in[] = {1, 1, 0, 0xfe, 0xff, 'a', 1, 1, 0, 0xfe, 0xff, 'b', 'X'};
	struct split_reader split;
	struct inflate_reader r;
	struct err e;
	unsigned char c;
	split_init(&split, in, sizeof in, 100);
	inflate_reader_init(&r, &split.base);
	CHECK_EQ_OK(reader_read(&r.base, &c, 1, &e), 1);
	CHECK_EQ(c, 'a');
	CHECK_EQ_OK(reader_read(&r.base, &c, 1, &e), 0);
	inflate_reader_restart(&r);
	CHECK_EQ_OK(reader_read(&r.base, &c, 1, &e), 1);
	CHECK_EQ(c, 'b');
	CHECK_EQ_OK(reader_read(&r.base, &c, 1, &e), 0);
	CHECK_EQ(split.base.consumed, 12);
	reader_free(&r.base);
	reader_free(&split.base);
}

CHECK_MAIN
