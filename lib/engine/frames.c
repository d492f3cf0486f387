#include "engine/frames.h"

static int next_frame(struct frames_reader *f, struct err *e)
{
	unsigned char h[8];
	size_t n = 0;
	ssize_t got;
	while (n < sizeof h && (got = reader_read(f->in, h + n, sizeof h - n, e)) != 0) {
		if (got < 0)
			return -1;
		n += (size_t)got;
	}
	if (n == 0)
		return 0;
	if (n < sizeof h || h[0] > 2 || h[1] || h[2] || h[3])
		return err_set(e, ERR_PROTOCOL, "the engine's stream of output is broken");
	f->to_error = h[0] == 2;
	f->left = (uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 | (uint32_t)h[6] << 8 | h[7];
	return 1;
}

static ssize_t frames_next(struct reader *base, const unsigned char **block, struct err *e)
{
	struct frames_reader *f = (struct frames_reader *)base;
	reader_consume(f->in, f->handed);
	f->handed = 0;
	for (;;) {
		int rc = f->left ? 1 : next_frame(f, e);
		if (rc <= 0)
			return rc;
		if (!f->left)
			continue;
		ssize_t n = reader_block(f->in, block, e);
		if (n <= 0)
			return n < 0 ? -1 : err_set(e, ERR_PROTOCOL, "the engine's stream of output ended in the middle");
		n = n < f->left ? n : (ssize_t)f->left;
		f->left -= (uint32_t)n;
		if (!f->to_error) {
			f->handed = (size_t)n;
			return n;
		}
		if (f->error.len < FRAMES_ERROR_MAX)
			buf_add(&f->error, *block, (size_t)n);
		reader_consume(f->in, (size_t)n);
	}
}

static void frames_free(struct reader *base)
{
	buf_free(&((struct frames_reader *)base)->error);
}

void frames_reader_init(struct frames_reader *f, struct reader *in)
{
	static const struct reader_ops ops = {.next = frames_next, .free = frames_free};
	*f = (struct frames_reader){.base.ops = &ops, .in = in};
}
