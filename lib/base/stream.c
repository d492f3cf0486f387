/*
 * Invariant: base.cur/avail describe what ops->next handed out and the caller has not consumed. ops->next is called only
 * when avail is 0, or from reader_peek after the rest was copied to hold; so a block is never lost.
 */
#include "base/stream.h"

#include "base/mem.h"

#include <string.h>

static int stick(struct err **slot, const struct err *e)
{
	*slot = mem_alloc(sizeof **slot);
	**slot = *e;
	return -1;
}

static int stuck(const struct err *failed, struct err *e)
{
	*e = *failed;
	return -1;
}

ssize_t reader_block(struct reader *r, const unsigned char **p, struct err *e)
{
	if (r->avail == 0 && !r->eof) {
		if (r->failed)
			return stuck(r->failed, e);
		ssize_t n = r->ops->next(r, &r->cur, e);
		if (n < 0)
			return stick(&r->failed, e);
		r->avail = (size_t)n;
		r->eof = n == 0;
	}
	*p = r->cur;
	return (ssize_t)r->avail;
}

void reader_consume(struct reader *r, size_t n)
{
	if (n == 0)
		return; /* cur may be NULL still */
	r->cur += n;
	r->avail -= n;
	r->consumed += n;
}

ssize_t reader_peek(struct reader *r, size_t want, const unsigned char **p, struct err *e)
{
	ssize_t n = reader_block(r, p, e);
	if (n < 0 || (size_t)n >= want || r->eof)
		return n;
	/* cur may point into hold: copy before hold is reset. */
	struct buf gathered = {0};
	buf_reserve(&gathered, want);
	buf_add(&gathered, r->cur, r->avail);
	while (gathered.len < want && !r->eof) {
		const unsigned char *block;
		ssize_t got = r->ops->next(r, &block, e);
		if (got < 0) {
			buf_free(&gathered);
			return stick(&r->failed, e);
		}
		r->eof = got == 0;
		buf_add(&gathered, block, (size_t)got);
	}
	buf_free(&r->hold);
	r->hold = gathered;
	r->cur = (const unsigned char *)r->hold.data;
	r->avail = r->hold.len;
	*p = r->cur;
	return (ssize_t)r->avail;
}

ssize_t reader_read(struct reader *r, void *dst, size_t n, struct err *e)
{
	const unsigned char *p;
	if (n == 0)
		return 0;
	ssize_t got = reader_block(r, &p, e);
	if (got <= 0)
		return got;
	if ((size_t)got > n)
		got = (ssize_t)n;
	memcpy(dst, p, (size_t)got);
	reader_consume(r, (size_t)got);
	return got;
}

int reader_exact(struct reader *r, void *dst, size_t n, struct err *e)
{
	unsigned char *out = dst;
	while (n) {
		ssize_t got = reader_read(r, out, n, e);
		if (got < 0)
			return -1;
		if (got == 0)
			return err_set(e, ERR_FORMAT, "unexpected end of data");
		out += got;
		n -= (size_t)got;
	}
	return 0;
}

int reader_skip(struct reader *r, uint64_t n, struct err *e)
{
	while (n) {
		const unsigned char *p;
		ssize_t got = reader_block(r, &p, e);
		if (got < 0)
			return -1;
		if (got == 0)
			return err_set(e, ERR_FORMAT, "unexpected end of data");
		size_t take = (uint64_t)got < n ? (size_t)got : (size_t)n;
		reader_consume(r, take);
		n -= take;
	}
	return 0;
}

void reader_free(struct reader *r)
{
	if (!r)
		return;
	buf_free(&r->hold);
	free(r->failed);
	r->failed = NULL;
	if (r->ops && r->ops->free)
		r->ops->free(r);
}

int writer_write(struct writer *w, const void *p, size_t n, struct err *e)
{
	if (w->failed)
		return stuck(w->failed, e);
	if (n && w->ops->write(w, p, n, e) < 0)
		return stick(&w->failed, e);
	w->written += n;
	return 0;
}

int writer_str(struct writer *w, const char *s, struct err *e)
{
	return writer_write(w, s, strlen(s), e);
}

int writer_zeros(struct writer *w, uint64_t n, struct err *e)
{
	static const char zeros[512];
	while (n) {
		size_t take = n < sizeof zeros ? (size_t)n : sizeof zeros;
		if (writer_write(w, zeros, take, e) < 0)
			return -1;
		n -= take;
	}
	return 0;
}

int writer_finish(struct writer *w, struct err *e)
{
	if (w->failed)
		return stuck(w->failed, e);
	if (w->finished)
		return 0;
	if (w->ops->finish && w->ops->finish(w, e) < 0)
		return stick(&w->failed, e);
	w->finished = true;
	return 0;
}

void writer_free(struct writer *w)
{
	if (!w)
		return;
	free(w->failed);
	w->failed = NULL;
	if (w->ops && w->ops->free)
		w->ops->free(w);
}

int64_t stream_copy(struct reader *r, struct writer *w, struct err *e)
{
	int64_t total = 0;
	const unsigned char *p;
	ssize_t n;
	while ((n = reader_block(r, &p, e)) > 0) {
		if (writer_write(w, p, (size_t)n, e) < 0)
			return -1;
		reader_consume(r, (size_t)n);
		total += n;
	}
	return n < 0 ? -1 : total;
}

static ssize_t mem_next(struct reader *base, const unsigned char **block, struct err *e)
{
	struct mem_reader *r = (struct mem_reader *)base;
	(void)e;
	*block = r->data;
	size_t n = r->n;
	r->n = 0;
	return (ssize_t)n;
}

void mem_reader_init(struct mem_reader *r, const void *data, size_t n)
{
	static const struct reader_ops ops = {.next = mem_next};
	*r = (struct mem_reader){.base.ops = &ops, .data = data, .n = n};
}

static int buf_writer_write(struct writer *base, const void *p, size_t n, struct err *e)
{
	struct buf_writer *w = (struct buf_writer *)base;
	if (n > w->max || w->out->len > w->max - n)
		return err_set(e, ERR_LIMIT, "more than %zu bytes", w->max);
	buf_add(w->out, p, n);
	return 0;
}

void buf_writer_init(struct buf_writer *w, struct buf *out, size_t max)
{
	static const struct writer_ops ops = {.write = buf_writer_write};
	*w = (struct buf_writer){.base.ops = &ops, .out = out, .max = max};
}
