#include "net/http_body.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A chunk-size line with its extensions, and the trailers together, are no longer than this. */
enum { LINE_MAX_BYTES = 8192 };

static int early_end(struct err *e)
{
	return err_set(e, ERR_PROTOCOL, "the connection was closed in the middle of the answer");
}

/* One line of at most size - 1 bytes, without its line end. */
static int line(struct reader *in, char *out, size_t size, struct err *e)
{
	size_t n = 0;
	for (;;) {
		const unsigned char *p;
		ssize_t got = reader_block(in, &p, e);
		if (got <= 0)
			return got < 0 ? -1 : early_end(e);
		unsigned char c = p[0];
		reader_consume(in, 1);
		if (c == '\n')
			break;
		if (n + 1 == size)
			return err_set(e, ERR_PROTOCOL, "the answer has a line of more than %zu bytes in its body's framing", size);
		out[n++] = (char)c;
	}
	if (n && out[n - 1] == '\r')
		n--;
	out[n] = '\0';
	return (int)n;
}

static int chunk_size(struct http_body_reader *r, struct err *e)
{
	char text[LINE_MAX_BYTES];
	uint64_t size = 0;
	if (!r->first) {
		int n = line(r->in, text, sizeof text, e);
		if (n < 0)
			return -1;
		if (n > 0)
			return err_set(e, ERR_PROTOCOL, "the answer has a chunk that is longer than it says");
	}
	r->first = false;
	if (line(r->in, text, sizeof text, e) < 0)
		return -1;
	size_t i = 0;
	for (; i < 16; i++) {
		int c = text[i] | 32;
		int digit = text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
		if (digit < 0)
			break;
		size = size << 4 | (uint64_t)digit;
	}
	if (i == 0 || i == 16 || (text[i] && text[i] != ';' && text[i] != ' ' && text[i] != '\t'))
		return err_set(e, ERR_PROTOCOL, "the answer has a bad chunk size");
	r->left = size;
	r->last = size == 0;
	return 0;
}

static int trailers(struct http_body_reader *r, struct err *e)
{
	char text[LINE_MAX_BYTES];
	size_t total = 0;
	for (;;) {
		int n = line(r->in, text, sizeof text, e);
		if (n <= 0)
			return n;
		total += (size_t)n;
		if (total > LINE_MAX_BYTES)
			return err_set(e, ERR_PROTOCOL, "the answer has more than %d bytes of trailers", LINE_MAX_BYTES);
	}
}

/* Whether the rest of this chunk, the lines around the next one's size and a byte of that are at hand. */
static bool next_at_hand(const struct http_body_reader *r)
{
	const unsigned char *p = r->in->cur, *nl;
	size_t n = r->in->avail;
	if (r->left >= n)
		return false;
	n -= (size_t)r->left;
	p += r->left;
	for (int i = 0; i < 2; i++, p = nl + 1) {
		nl = memchr(p, '\n', n);
		if (!nl)
			return false;
		n -= (size_t)(nl + 1 - p);
	}
	return n > 0;
}

/* Puts small chunks that are at hand together: each would be a block, and a write, of its own. A fault behind them is
   reported when they have been read. */
static ssize_t gather(struct http_body_reader *r, const unsigned char **block)
{
	struct err fault;
	size_t n = 0;
	if (!r->gathered)
		r->gathered = mem_alloc(HTTP_PIECE);
	*block = r->gathered;
	do {
		size_t k = (size_t)r->left;
		memcpy(r->gathered + n, r->in->cur, k);
		reader_consume(r->in, k);
		n += k;
		if (chunk_size(r, &fault) < 0) {
			r->base.failed = mem_alloc(sizeof fault);
			*r->base.failed = fault;
			break;
		}
	} while (!r->last && r->left <= HTTP_PIECE - n && next_at_hand(r));
	return (ssize_t)n;
}

static ssize_t body_next(struct reader *base, const unsigned char **block, struct err *e)
{
	struct http_body_reader *r = (struct http_body_reader *)base;
	reader_consume(r->in, r->handed);
	r->handed = 0;
	if (r->complete)
		return 0;
	if (r->framing == HTTP_CHUNKED && r->left == 0) {
		if (!r->last && chunk_size(r, e) < 0)
			return -1;
		if (r->last) {
			if (trailers(r, e) < 0)
				return -1;
			r->complete = true;
			return 0;
		}
	}
	if (r->framing == HTTP_LENGTH && r->left == 0) {
		r->complete = true;
		return 0;
	}
	ssize_t n = reader_block(r->in, block, e);
	if (n < 0)
		return -1;
	if (n == 0 && r->framing != HTTP_UNTIL_CLOSE)
		return early_end(e);
	if (n == 0) {
		r->complete = true;
		return 0;
	}
	if (r->framing == HTTP_CHUNKED && r->left < HTTP_PIECE / 2 && next_at_hand(r))
		return gather(r, block);
	if (r->framing != HTTP_UNTIL_CLOSE) {
		if ((uint64_t)n > r->left)
			n = (ssize_t)r->left;
		r->left -= (uint64_t)n;
	}
	r->handed = (size_t)n;
	return n;
}

static void body_free(struct reader *base)
{
	struct http_body_reader *r = (struct http_body_reader *)base;
	free(r->gathered);
	r->gathered = NULL;
}

void http_body_reader_init(struct http_body_reader *r, struct reader *in, enum http_framing framing, uint64_t length)
{
	static const struct reader_ops ops = {.next = body_next, .free = body_free};
	*r = (struct http_body_reader){.base.ops = &ops, .in = in, .framing = framing, .first = true};
	if (framing == HTTP_LENGTH)
		r->left = length;
	r->complete = framing == HTTP_NO_BODY || (framing == HTTP_LENGTH && length == 0);
}

/* Sends what is gathered as one piece. A peer that answers before it has everything does not want the rest; a peer
   that hangs up may have answered first. Either way the answer is to be read, and says more than EPIPE would. */
static int flush_piece(struct http_body_writer *w, struct err *e)
{
	char size[24];
	struct err lost = {0};
	if (w->n == 0)
		return 0;
	if (!w->answered && transport_readable(w->out))
		w->answered = true;
	if (!w->answered) {
		int k = w->framing == HTTP_CHUNKED ? snprintf(size, sizeof size, "%zx\r\n", w->n) : 0;
		if ((k && transport_write(w->out, size, (size_t)k, &lost) < 0) ||
		    transport_write(w->out, w->piece, w->n, &lost) < 0 ||
		    (k && transport_write(w->out, "\r\n", 2, &lost) < 0))
			w->answered = true;
		if (w->answered && lost.kind == ERR_INTR) {
			*e = lost;
			return -1;
		}
	}
	w->n = 0;
	return 0;
}

static int body_write(struct writer *base, const void *p, size_t n, struct err *e)
{
	struct http_body_writer *w = (struct http_body_writer *)base;
	const char *s = p;
	if (w->framing == HTTP_LENGTH && n > w->left)
		return err_set(e, ERR_FORMAT, "the request's body is longer than announced");
	w->left -= w->framing == HTTP_LENGTH ? n : 0;
	while (n) {
		size_t take = n < HTTP_PIECE - w->n ? n : HTTP_PIECE - w->n;
		memcpy(w->piece + w->n, s, take);
		w->n += take;
		s += take;
		n -= take;
		if (w->n == HTTP_PIECE && flush_piece(w, e) < 0)
			return -1;
	}
	return 0;
}

static int body_finish(struct writer *base, struct err *e)
{
	struct http_body_writer *w = (struct http_body_writer *)base;
	struct err lost;
	if (w->framing == HTTP_LENGTH && w->left)
		return err_set(e, ERR_FORMAT, "the request's body is shorter than announced");
	if (flush_piece(w, e) < 0)
		return -1;
	if (w->framing == HTTP_CHUNKED && !w->answered && transport_write(w->out, "0\r\n\r\n", 5, &lost) < 0)
		w->answered = true;
	return 0;
}

void http_body_writer_init(struct http_body_writer *w, struct transport *out, enum http_framing framing,
	uint64_t length)
{
	static const struct writer_ops ops = {.write = body_write, .finish = body_finish};
	w->base = (struct writer){.ops = &ops};
	w->out = out;
	w->framing = framing;
	w->left = length;
	w->answered = false;
	w->n = 0;
}
