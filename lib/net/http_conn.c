#include "net/http_conn.h"

#include "base/mem.h"
#include "net/http_body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { INPUT = 128 << 10, HEADERS_MAX = 256, INTERIM_MAX = 16 };

/* What comes from the transport, block by block. */
struct input {
	struct reader base;
	struct transport *t;
	unsigned char block[INPUT];
};

struct http_conn {
	struct transport *t;
	struct input in;
	struct buf head;               /* the answer's head, its lines ended by NUL */
	size_t lines[HEADERS_MAX];     /* where the header lines begin in it */
	size_t n_lines;
	struct http_body_reader body;
	struct http_body_writer out;
	bool head_request, upgrade;
	bool keep;                     /* the peer keeps the connection open */
};

static ssize_t input_next(struct reader *base, const unsigned char **block, struct err *e)
{
	struct input *in = (struct input *)base;
	*block = in->block;
	return transport_read(in->t, in->block, sizeof in->block, e);
}

struct http_conn *http_conn_new(struct transport *t)
{
	static const struct reader_ops ops = {.next = input_next};
	struct http_conn *c = mem_alloc(sizeof *c);
	c->t = t;
	c->in.t = t;
	c->in.base.ops = &ops;
	return c;
}

void http_conn_free(struct http_conn *c)
{
	if (!c)
		return;
	reader_free(&c->body.base);
	reader_free(&c->in.base);
	writer_free(&c->out.base);
	transport_free(c->t);
	buf_free(&c->head);
	free(c);
}

/* Whether a line may stand in a head: no line break, and for header lines a colon behind a token. */
static bool line_ok(const char *s, bool header)
{
	const char *colon = strchr(s, ':');
	if (header && (!colon || colon == s))
		return false;
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < 0x20 && *p != '\t')
			return false;
	for (const char *p = s; header && p < colon; p++)
		if (*p == ' ' || *p == '\t')
			return false;
	return true;
}

int http_header_check(const char *line, struct err *e)
{
	/* Not the value: it may be a secret. */
	return line_ok(line, true) ? 0 : err_set(e, ERR_USAGE, "'%.*s' is no HTTP header: it takes the form 'Name: value', on one line",
		(int)strcspn(line, ":\r\n"), line);
}

static int head_of(const struct http_request *rq, struct buf *out, struct err *e)
{
	bool has_body = rq->data || rq->body || rq->writer;
	if (!line_ok(rq->method, false) || !line_ok(rq->target, false) || !line_ok(rq->host, false) ||
	    strpbrk(rq->method, " \t") || strpbrk(rq->target, " \t"))
		return err_set(e, ERR_USAGE, "'%s %s' is no HTTP request", rq->method, rq->target);
	buf_printf(out, "%s %s HTTP/1.1\r\nHost: %s\r\n", rq->method, rq->target, rq->host);
	if (rq->upgrade)
		buf_printf(out, "Connection: Upgrade\r\nUpgrade: %s\r\n", rq->upgrade);
	for (const char *const *h = rq->headers; h && *h; h++) {
		if (http_header_check(*h, e) < 0)
			return -1;
		buf_printf(out, "%s\r\n", *h);
	}
	if (has_body && rq->length < 0)
		buf_str(out, "Transfer-Encoding: chunked\r\n");
	else if (has_body || strcmp(rq->method, "POST") == 0 || strcmp(rq->method, "PUT") == 0)
		buf_printf(out, "Content-Length: %lld\r\n", has_body ? (long long)rq->length : 0LL);
	buf_str(out, "\r\n");
	return 0;
}

int http_conn_send(struct http_conn *c, const struct http_request *rq, struct err *e)
{
	CLEANUP_BUF struct buf head = {0};
	if (head_of(rq, &head, e) < 0)
		return -1;
	c->head_request = strcmp(rq->method, "HEAD") == 0;
	c->upgrade = rq->upgrade != NULL;
	bool small = rq->data && rq->length < HTTP_PIECE;
	if (small)
		buf_add(&head, rq->data, (size_t)rq->length);
	int rc = transport_write(c->t, head.data, head.len, e);
	if (small)
		mem_wipe(head.data, head.len);
	if (rc < 0) {
		if (e->kind == ERR_SYS)
			e->kind = ERR_NETWORK;
		return -1;
	}
	c->out.answered = false;
	c->out.n = 0;
	c->out.base.finished = true;
	if (small || !(rq->data || rq->body || rq->writer))
		return 0;
	writer_free(&c->out.base);
	http_body_writer_init(&c->out, c->t, rq->length < 0 ? HTTP_CHUNKED : HTTP_LENGTH, (uint64_t)rq->length);
	if (rq->writer)
		return 0;
	if (rq->data)
		rc = writer_write(&c->out.base, rq->data, (size_t)rq->length, e);
	else
		while (rc == 0 && !c->out.answered) {
			const unsigned char *p;
			ssize_t n = reader_block(rq->body, &p, e);
			if (n <= 0) {
				rc = n < 0 ? -1 : 0;
				break;
			}
			rc = writer_write(&c->out.base, p, (size_t)n, e);
			reader_consume(rq->body, (size_t)n);
		}
	if (rc < 0 || c->out.answered)
		return rc;
	return writer_finish(&c->out.base, e);
}

struct writer *http_conn_body(struct http_conn *c)
{
	return &c->out.base;
}

/* Reads lines up to the empty one into c->head. */
static int read_head(struct http_conn *c, struct err *e)
{
	size_t start = 0;
	buf_reset(&c->head);
	c->n_lines = 0;
	for (;;) {
		const unsigned char *p;
		ssize_t n = reader_block(&c->in.base, &p, e);
		if (n == 0)
			return err_set(e, c->head.len ? ERR_PROTOCOL : ERR_NETWORK, c->head.len
				? "the connection was closed in the middle of the answer"
				: "the connection was closed without an answer");
		if (n < 0) {
			if (e->kind != ERR_INTR && c->head.len == 0)
				e->kind = ERR_NETWORK;
			return -1;
		}
		const unsigned char *nl = memchr(p, '\n', (size_t)n);
		size_t take = nl ? (size_t)(nl - p) + 1 : (size_t)n;
		if (take > HTTP_HEAD_MAX - c->head.len)
			return err_set(e, ERR_PROTOCOL, "the answer's head is longer than %d bytes", HTTP_HEAD_MAX);
		if (c->head.len == 0 && p[0] != 'H')
			return err_set(e, ERR_PROTOCOL, "the answer is not HTTP");
		buf_add(&c->head, p, take);
		reader_consume(&c->in.base, take);
		if (!nl)
			continue;
		size_t end = c->head.len - 1;
		if (end > start && c->head.data[end - 1] == '\r')
			c->head.data[--end] = '\0';
		c->head.data[end] = '\0';
		if (memchr(c->head.data + start, '\0', end - start))
			return err_set(e, ERR_PROTOCOL, "the answer's head holds a NUL byte");
		if (end == start)
			return 0;
		if (start) {
			if (c->n_lines == HEADERS_MAX)
				return err_set(e, ERR_PROTOCOL, "the answer has more than %d headers", HEADERS_MAX);
			c->lines[c->n_lines++] = start;
		}
		start = c->head.len;
	}
}

static int status_line(const struct http_conn *c, int *status, bool *http10, struct err *e)
{
	const char *s = c->head.data;
	if (strncmp(s, "HTTP/1.", 7) != 0 || (s[7] != '0' && s[7] != '1') || s[8] != ' ')
		return err_set(e, ERR_PROTOCOL, "the answer is not HTTP/1.1");
	*http10 = s[7] == '0';
	*status = 0;
	for (int i = 9; i < 12; i++) {
		if (s[i] < '0' || s[i] > '9')
			return err_set(e, ERR_PROTOCOL, "the answer has no HTTP status");
		*status = *status * 10 + (s[i] - '0');
	}
	if (*status < 100 || (s[12] && s[12] != ' '))
		return err_set(e, ERR_PROTOCOL, "the answer has no HTTP status");
	return 0;
}

/* The value of header line s when its name is `name`, or NULL. */
static const char *value_of(const char *s, const char *name)
{
	size_t n = strlen(name);
	if (strncasecmp(s, name, n) != 0 || s[n] != ':')
		return NULL;
	s += n + 1;
	while (*s == ' ' || *s == '\t')
		s++;
	return s;
}

static int check_lines(struct http_conn *c, struct err *e)
{
	for (size_t i = 0; i < c->n_lines; i++) {
		char *s = c->head.data + c->lines[i];
		if (!line_ok(s, true))
			return err_set(e, ERR_PROTOCOL, "the answer has a malformed header line");
		size_t n = strlen(s);
		while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
			s[--n] = '\0';
	}
	return 0;
}

static int one_length(const char *s, int64_t *length, struct err *e)
{
	uint64_t v = 0;
	int digits = 0;
	for (; *s >= '0' && *s <= '9' && digits < 18; s++, digits++)
		v = v * 10 + (uint64_t)(*s - '0');
	if (!digits || *s || (*length >= 0 && (uint64_t)*length != v))
		return err_set(e, ERR_PROTOCOL, "the answer has a bad Content-Length");
	*length = (int64_t)v;
	return 0;
}

/* RFC 9112 section 6.3. */
static int choose_framing(struct http_conn *c, int status, bool http10, struct http_response *rs, struct err *e)
{
	bool chunked = false;
	rs->length = -1;
	c->keep = !http10;
	for (size_t i = 0; i < c->n_lines; i++) {
		const char *s = c->head.data + c->lines[i], *v;
		if ((v = value_of(s, "Content-Length")) && one_length(v, &rs->length, e) < 0)
			return -1;
		if ((v = value_of(s, "Transfer-Encoding"))) {
			if (chunked || strcasecmp(v, "chunked") != 0)
				return err_set(e, ERR_PROTOCOL, "the answer has an unknown Transfer-Encoding");
			chunked = true;
		}
		if ((v = value_of(s, "Connection")) && strcasecmp(v, "close") == 0)
			c->keep = false;
	}
	if (chunked && (rs->length >= 0 || http10))
		return err_set(e, ERR_PROTOCOL, "the answer has two lengths");
	enum http_framing f = c->head_request || status == 204 || status == 304 || status < 200 ? HTTP_NO_BODY
		: chunked ? HTTP_CHUNKED : rs->length >= 0 ? HTTP_LENGTH : HTTP_UNTIL_CLOSE;
	if (f == HTTP_UNTIL_CLOSE || !c->out.base.finished)
		c->keep = false;
	reader_free(&c->body.base);
	http_body_reader_init(&c->body, &c->in.base, f, rs->length < 0 ? 0 : (uint64_t)rs->length);
	return 0;
}

int http_conn_receive(struct http_conn *c, struct http_response *rs, struct err *e)
{
	int status = 0;
	bool http10 = false;
	for (int interim = 0;; interim++) {
		if (interim > INTERIM_MAX)
			return err_set(e, ERR_PROTOCOL, "the answer never comes, only interim ones");
		if (read_head(c, e) < 0 || status_line(c, &status, &http10, e) < 0 || check_lines(c, e) < 0)
			return -1;
		if (status >= 200 || (status == 101 && c->upgrade))
			break;
		if (status == 101)
			return err_set(e, ERR_PROTOCOL, "the answer switches protocols unasked");
	}
	*rs = (struct http_response){.status = status, .conn = c, .body = &c->body.base};
	rs->reason = c->head.data + (c->head.data[12] ? 13 : 12);
	if (choose_framing(c, status, http10, rs, e) < 0)
		return -1;
	if (status == 101)
		c->keep = false;
	return 0;
}

int http_conn_round(struct http_conn *c, const struct http_request *rq, struct http_response *rs, struct err *e)
{
	return http_conn_send(c, rq, e) < 0 ? -1 : http_conn_receive(c, rs, e);
}

const char *http_header(const struct http_response *rs, const char *name)
{
	const char *s, *v;
	for (size_t i = 0; (s = http_header_line(rs, i)); i++)
		if ((v = value_of(s, name)))
			return v;
	return NULL;
}

const char *http_header_line(const struct http_response *rs, size_t i)
{
	return i < rs->conn->n_lines ? rs->conn->head.data + rs->conn->lines[i] : NULL;
}

bool http_conn_reusable(struct http_conn *c)
{
	struct http_body_reader *b = &c->body;
	struct err e;
	const unsigned char *p;
	if (!c->keep || c->in.base.failed || b->base.failed || b->base.avail)
		return false;
	/* The caller may have stopped at the last byte. What ends the body is read here, but never waited for. */
	bool ending = b->left == 0 && (b->framing == HTTP_LENGTH || c->in.base.avail > b->handed ||
		transport_readable(c->t));
	if (!b->complete && ending && reader_block(&b->base, &p, &e) < 0)
		return false;
	return b->complete;
}

bool http_conn_stale(struct http_conn *c)
{
	return c->in.base.avail || c->in.base.eof || c->in.base.failed || transport_readable(c->t);
}

struct reader *http_conn_raw(struct http_conn *c, struct transport **t)
{
	if (t)
		*t = c->t;
	return &c->in.base;
}
