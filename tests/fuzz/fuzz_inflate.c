/*
 * A libFuzzer target for DEFLATE and gzip. The first byte chooses: expand the rest as raw DEFLATE, or as gzip, in blocks
 * of the length that the second gives; or compress the rest, at a level likewise, and see that it comes back.
 *
 *     clang -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -iquote lib tests/fuzz/fuzz_inflate.c \
 *             and the .c files of lib/base, and gzip, inflate, inflate_table, deflate, deflate_block and crc32 of lib/codec
 */
#include "base/mem.h"
#include "codec/deflate.h"
#include "codec/gzip.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

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

/* Reads to the end or to the first error, at most 16 MiB; a copy of what came goes to out. */
static void drain(struct reader *r, struct buf *out)
{
	const unsigned char *p;
	struct err e;
	ssize_t got;
	while (out->len < 16 * 1024 * 1024 && (got = reader_block(r, &p, &e)) > 0) {
		buf_add(out, p, (size_t)got);
		reader_consume(r, (size_t)got);
	}
}

static void expand(const uint8_t *data, size_t n, size_t step, bool raw, struct buf *out)
{
	static const struct reader_ops ops = {.next = split_next};
	struct split_reader in = {.base.ops = &ops, .p = data, .left = n, .step = step};
	struct inflate_reader i;
	struct gzip_reader g;
	if (raw) {
		inflate_reader_init(&i, &in.base);
		drain(&i.base, out);
		reader_free(&i.base);
	} else {
		gzip_reader_init(&g, &in.base);
		drain(&g.base, out);
		reader_free(&g.base);
	}
	reader_free(&in.base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	CLEANUP_BUF struct buf out = {0};
	if (n < 2)
		return 0;
	unsigned kind = data[0] % 3, how = data[1];
	size_t step = how ? how : 100000;
	data += 2;
	n -= 2;
	if (kind < 2) {
		CLEANUP_BUF struct buf whole = {0};
		expand(data, n, step, kind == 0, &out);
		/* however it is split, the same comes out */
		expand(data, n, 100000, kind == 0, &whole);
		if (out.len < 1 << 20 && (out.len != whole.len || memcmp(buf_cstr(&out), buf_cstr(&whole), out.len) != 0))
			__builtin_trap();
		return 0;
	}
	if (n > DEFLATE_PIECE_MAX)
		return 0;
	size_t dict = n / 3 < DEFLATE_DICT ? n / 3 : DEFLATE_DICT;
	unsigned char *packed = mem_alloc(deflate_bound(dict) + deflate_bound(n - dict));
	struct deflate *d = deflate_new(1 + (int)(how % 9));
	size_t len = deflate_piece(d, data, 0, dict, false, packed);
	len += deflate_piece(d, data, dict, n - dict, true, packed + len);
	deflate_free(d);
	expand(packed, len, step, true, &out);
	free(packed);
	if (out.len != n || memcmp(buf_cstr(&out), data, n) != 0)
		__builtin_trap();
	return 0;
}
