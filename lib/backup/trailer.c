#include "backup/trailer.h"

#include "base/mem.h"

#include <string.h>

enum { BLOCK = 64 << 10, CRC_AT = 16 };

/* Header with FEXTRA and of Unix, the field, DEFLATE's empty last block, and CRC-32 and length of nothing. */
static void make_trailer(unsigned char t[TRAILER_SIZE], uint32_t sum)
{
	static const unsigned char form[TRAILER_SIZE] = {0x1f, 0x8b, 8, 4, [9] = 3, [10] = 8, [12] = 'D', 'R', 4, [20] = 3};
	memcpy(t, form, TRAILER_SIZE);
	for (int i = 0; i < 4; i++)
		t[CRC_AT + i] = (unsigned char)(sum >> 8 * i);
}

static int trailer_write(struct writer *base, const void *p, size_t n, struct err *e)
{
	struct trailer_writer *w = (struct trailer_writer *)base;
	w->sum = crc32_update(&w->crc, w->sum, p, n);
	return writer_write(w->out, p, n, e);
}

static int trailer_finish(struct writer *base, struct err *e)
{
	struct trailer_writer *w = (struct trailer_writer *)base;
	unsigned char t[TRAILER_SIZE];
	make_trailer(t, w->sum);
	return writer_write(w->out, t, sizeof t, e);
}

void trailer_writer_init(struct trailer_writer *w, struct writer *out)
{
	static const struct writer_ops ops = {.write = trailer_write, .finish = trailer_finish};
	*w = (struct trailer_writer){.base.ops = &ops, .out = out};
	crc32_init(&w->crc);
}

/* The held bytes are the last of all: the trailer, or more of the data. */
static ssize_t at_end(struct trailer_reader *r, struct err *e)
{
	unsigned char t[TRAILER_SIZE];
	make_trailer(t, r->sum);
	r->ended = true;
	if (r->held < TRAILER_SIZE || memcmp(t, r->block, CRC_AT) != 0)
		return (ssize_t)r->held;
	if (memcmp(t, r->block, TRAILER_SIZE) != 0)
		return err_set(e, ERR_FORMAT, "the checksum at its end is wrong");
	r->found = true;
	return 0;
}

static ssize_t trailer_next(struct reader *base, const unsigned char **block, struct err *e)
{
	struct trailer_reader *r = (struct trailer_reader *)base;
	if (r->ended)
		return 0;
	if (!r->block)
		r->block = mem_alloc(BLOCK);
	memmove(r->block, r->block + r->given, r->held);
	*block = r->block;
	size_t have = r->held;
	while (have <= TRAILER_SIZE) {
		ssize_t n = reader_read(r->in, r->block + have, BLOCK - have, e);
		if (n < 0)
			return -1;
		if (n == 0) {
			r->held = have;
			return at_end(r, e);
		}
		have += (size_t)n;
	}
	r->held = TRAILER_SIZE;
	r->given = have - TRAILER_SIZE;
	r->sum = crc32_update(&r->crc, r->sum, r->block, r->given);
	return (ssize_t)r->given;
}

static void trailer_free(struct reader *base)
{
	struct trailer_reader *r = (struct trailer_reader *)base;
	free(r->block);
	r->block = NULL;
}

void trailer_reader_init(struct trailer_reader *r, struct reader *in)
{
	static const struct reader_ops ops = {.next = trailer_next, .free = trailer_free};
	*r = (struct trailer_reader){.base.ops = &ops, .in = in};
	crc32_init(&r->crc);
}
