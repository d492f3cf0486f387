#include "check.h"

#include "base/mem.h"
#include "codec/deflate.h"
#include "codec/inflate.h"

enum { MAX = 400 * 1000 };

static uint32_t next_random(uint32_t *x)
{
	return (*x = *x * 1664525 + 1013904223) >> 8;
}

/* Kinds of data that take different ways through the compressor. */
static void fill(unsigned char *p, size_t n, int kind)
{
	uint32_t x = (uint32_t)kind + 1;
	for (size_t i = 0; i < n; i++)
		switch (kind) {
		case 0:  /* one byte */
			p[i] = 'z';
			break;
		case 1:  /* noise */
			p[i] = (unsigned char)next_random(&x);
			break;
		case 2:  /* four letters: short matches are worth nothing */
			p[i] = (unsigned char)"acgt"[next_random(&x) & 3];
			break;
		case 3:  /* noise that comes again at exactly the farthest distance, and one beyond */
			p[i] = i < 32768 ? (unsigned char)next_random(&x) : p[i - 32768 - i / 100000 % 2];
			break;
		case 4:  /* words */
			p[i] = (unsigned char)(next_random(&x) % 6 ? "etaoinshrdlu"[next_random(&x) % 12] : ' ');
			break;
		case 5:  /* changes in the middle of a block */
			p[i] = (unsigned char)(i / 20000 % 2 ? next_random(&x) % 10 + '0' : next_random(&x) % 100 + 100);
			break;
		case 6:  /* symbol frequencies like Fibonacci's numbers: codes that want to be too long */
			p[i] = (unsigned char)__builtin_ctz(next_random(&x) | 1U << 23);
			break;
		default:  /* counters */
			p[i] = (unsigned char)(i % 4 ? 0 : i / 4 * 2654435761U >> 20);
		}
}

static void expand(const unsigned char *packed, size_t n, struct buf *out)
{
	struct mem_reader in;
	struct inflate_reader r;
	struct buf_writer w;
	struct err e;
	mem_reader_init(&in, packed, n);
	inflate_reader_init(&r, &in.base);
	buf_writer_init(&w, out, MAX);
	CHECK_OK(stream_copy(&r.base, &w.base, &e));
	CHECK_EQ(in.base.consumed, n);
	reader_free(&r.base);
	reader_free(&in.base);
}

static void round_trip(struct deflate *d, const unsigned char *plain, size_t n)
{
	/* exactly as much room as is promised, so that a sanitizer sees one byte too many */
	CLEANUP_FREE unsigned char *packed = mem_alloc(deflate_bound(n));
	CLEANUP_BUF struct buf out = {0};
	size_t len = deflate_piece(d, plain, 0, n, true, packed);
	CHECK(len <= deflate_bound(n));
	expand(packed, len, &out);
	CHECK_MEM(buf_cstr(&out), out.len, plain, n);
}

TEST(kinds_and_levels)
{
	for (int level = 1; level <= 9; level++) {
		struct deflate *d = deflate_new(level);
		for (int kind = 0; kind < 8; kind++) {
			size_t n = level == 6 ? MAX : 100 * 1000;
			CLEANUP_FREE unsigned char *plain = mem_alloc(n);
			fill(plain, n, kind);
			round_trip(d, plain, n);
		}
		deflate_free(d);
	}
}

TEST(short_inputs)
{
	for (int level = 1; level <= 9; level += 4) {
		struct deflate *d = deflate_new(level);
		for (size_t n = 0; n < 300; n++)
			for (int kind = 0; kind < 3; kind++) {
				CLEANUP_FREE unsigned char *plain = mem_alloc(n);
				fill(plain, n, kind);
				round_trip(d, plain, n);
			}
		deflate_free(d);
	}
}

TEST(pieces)
{
	enum { N = 200 * 1000, PIECE = 33 * 1000 };
	CLEANUP_FREE unsigned char *plain = mem_alloc(N);
	for (int kind = 0; kind < 8; kind++) {
		CLEANUP_FREE unsigned char *packed = mem_alloc(2 * N);
		CLEANUP_BUF struct buf out = {0};
		size_t len = 0;
		fill(plain, N, kind);
		for (size_t at = 0; at < N; at += PIECE) {
			/* a context for each, as if each had a thread of its own */
			struct deflate *d = deflate_new(6);
			size_t dict = at < DEFLATE_DICT ? at : DEFLATE_DICT, n = N - at < PIECE ? N - at : PIECE;
			len += deflate_piece(d, plain + at - dict, dict, n, at + n == N, packed + len);
			deflate_free(d);
		}
		expand(packed, len, &out);
		CHECK_MEM(out.data, out.len, plain, N);
	}
}

static size_t packed_size(int kind, int level, size_t n)
{
	CLEANUP_FREE unsigned char *plain = mem_alloc(n);
	CLEANUP_FREE unsigned char *packed = mem_alloc(deflate_bound(n));
	struct deflate *d = deflate_new(level);
	fill(plain, n, kind);
	size_t len = deflate_piece(d, plain, 0, n, true, packed);
	deflate_free(d);
	return len;
}

TEST(sizes)
{
	CHECK(packed_size(0, 6, 100000) < 200);
	CHECK(packed_size(1, 6, 100000) < 100050);              /* noise: stored */
	CHECK(packed_size(2, 6, 100000) < 28500);               /* two bits a letter, and a little */
	CHECK(packed_size(3, 6, 98304) < 34000);                /* once as it is, then matches */
	CHECK(packed_size(6, 6, 100000) < 27000);
	CHECK(packed_size(4, 9, 100000) <= packed_size(4, 1, 100000));
}

CHECK_MAIN
