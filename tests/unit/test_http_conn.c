#include "check.h"

#include "base/mem.h"
#include "net/http_conn.h"

/* A transport that answers with recorded bytes, `step` at a time, and keeps what was sent. */
struct tape {
	struct transport base;
	const char *answer;
	size_t n, at, step;
	struct buf sent;
};

static ssize_t tape_read(struct transport *t, void *p, size_t n, struct err *e)
{
	struct tape *tape = (struct tape *)t;
	(void)e;
	size_t k = tape->n - tape->at;
	k = k > tape->step ? tape->step : k;
	k = k > n ? n : k;
	memcpy(p, tape->answer + tape->at, k);
	tape->at += k;
	return (ssize_t)k;
}

static ssize_t tape_write(struct transport *t, const void *p, size_t n, struct err *e)
{
	(void)e;
	buf_add(&((struct tape *)t)->sent, p, n);
	return (ssize_t)n;
}

static void tape_free(struct transport *t)
{
	(void)t;
}

static const struct transport_ops tape_ops = {.read = tape_read, .write = tape_write, .free = tape_free};

static void tape_init(struct tape *t, const char *answer, size_t n, size_t step)
{
	*t = (struct tape){.base.ops = &tape_ops, .base.fd = -1, .answer = answer, .n = n, .step = step};
}

/* The status and body of the answer to a GET, in one string; or the error's kind. */
static void get(const char *answer, size_t step, struct buf *out)
{
	struct tape t;
	struct err e = {0};
	struct http_response rs;
	struct buf_writer w;
	struct buf body = {0};
	tape_init(&t, answer, strlen(answer), step);
	struct http_conn *c = http_conn_new(&t.base);
	struct http_request rq = {.method = "GET", .target = "/x", .host = "h"};
	buf_reset(out);
	buf_writer_init(&w, &body, 1 << 20);
	if (http_conn_round(c, &rq, &rs, &e) < 0 || stream_copy(rs.body, &w.base, &e) < 0)
		buf_printf(out, "error %d", e.kind);
	else
		buf_printf(out, "%d %s keep=%d", rs.status, buf_cstr(&body), http_conn_reusable(c));
	buf_free(&body);
	buf_free(&t.sent);
	http_conn_free(c);
}

/* The answer must give `want` however it is split. */
static void gives(const char *answer, const char *want)
{
	struct buf out = {0};
	for (size_t step = 1; step <= strlen(answer) + 1; step++) {
		get(answer, step, &out);
		if (strcmp(buf_cstr(&out), want) != 0)
			break;
	}
	CHECK_STR(buf_cstr(&out), want);
	buf_free(&out);
}

#define OK "HTTP/1.1 200 OK\r\n"

TEST(bodies)
{
	gives(OK "Content-Length: 5\r\n\r\nhello", "200 hello keep=1");
	gives(OK "content-length:5 \r\n\r\nhello", "200 hello keep=1");
	gives(OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "200 hello keep=1");
	gives(OK "Content-Length: 0\r\n\r\n", "200  keep=1");
	gives(OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n", "200 hello world keep=1");
	gives(OK "Transfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n", "200 0123456789 keep=1");
	gives(OK "\r\nuntil the end", "200 until the end keep=0");
	gives("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab", "200 ab keep=0");
	gives(OK "Connection: close\r\nContent-Length: 2\r\n\r\nab", "200 ab keep=0");
	gives("HTTP/1.1 204 No Content\r\n\r\n", "204  keep=1");
	gives("HTTP/1.1 404\r\nContent-Length: 1\r\n\r\nx", "404 x keep=1");
	gives("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\n" OK "Content-Length: 1\r\n\r\nx",
	      "200 x keep=1");
}

static void fails(const char *answer, enum err_kind kind)
{
	char want[32];
	snprintf(want, sizeof want, "error %d", kind);
	gives(answer, want);
}

/* Chunks that are at hand are one block; a fault behind them comes after it. */
TEST(small_chunks_together)
{
	struct tape t;
	struct err e = {0};
	struct http_response rs;
	struct http_request rq = {.method = "GET", .target = "/x", .host = "h"};
	const unsigned char *p;
	static const char answer[] = OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n1\r\nf\r\nzz\r\nmore";
	tape_init(&t, answer, sizeof answer - 1, 1000);
	struct http_conn *c = http_conn_new(&t.base);
	CHECK_OK(http_conn_round(c, &rq, &rs, &e));
	CHECK_EQ(reader_block(rs.body, &p, &e), 6);
	CHECK(memcmp(p, "abcdef", 6) == 0);
	reader_consume(rs.body, 6);
	CHECK_EQ(reader_block(rs.body, &p, &e), -1);
	CHECK_EQ(e.kind, ERR_PROTOCOL);
	CHECK(!http_conn_reusable(c));
	buf_free(&t.sent);
	http_conn_free(c);
}

TEST(refused)
{
	static const char *const bad[] = {"rubbish\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
		"HTTP/1.1 200", "HTTP/1.1 099 x\r\n\r\n", OK "No colon\r\n\r\n", OK " folded: x\r\n\r\n", OK "A : x\r\n\r\n",
		OK ": x\r\n\r\n", OK "Content-Length: -1\r\n\r\n", OK "Content-Length: 1, 1\r\n\r\nx",
		OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy", OK "Content-Length: 99999999999999999999\r\n\r\n",
		OK "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		OK "Transfer-Encoding: gzip\r\n\r\n", OK "Transfer-Encoding: gzip, chunked\r\n\r\n",
		OK "Content-Length: 5\r\n\r\nhell", OK "Transfer-Encoding: chunked\r\n\r\n",
		OK "Transfer-Encoding: chunked\r\n\r\nx\r\n", OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n",
		OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhe",
		OK "Transfer-Encoding: chunked\r\n\r\n0\r\n", OK "Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n",
		"HTTP/1.1 101 Switching\r\n\r\n", "HTTP/1.1 100 Continue\r\n"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		fails(bad[i], ERR_PROTOCOL);
	fails("", ERR_NETWORK);
}

TEST(long_heads)
{
	char *long_head = mem_alloc(HTTP_HEAD_MAX + 100);
	memset(long_head, 'a', HTTP_HEAD_MAX + 50);
	memcpy(long_head, OK "A: ", strlen(OK "A: "));
	struct buf out = {0};
	get(long_head, 4096, &out);
	free(long_head);
	CHECK_STR(buf_cstr(&out), "error 4");
	buf_free(&out);
}

TEST(requests)
{
	struct tape t;
	struct err e = {0};
	struct http_response rs;
	struct mem_reader m;
	const char *const headers[] = {"X-A: b", NULL};
	tape_init(&t, OK "Content-Length: 0\r\n\r\n" OK "Content-Length: 0\r\n\r\n", 76, 4096);
	struct http_conn *c = http_conn_new(&t.base);
	struct http_request rq = {.method = "POST", .target = "/a?b=c", .host = "h", .headers = headers, .data = "{}", .length = 2};
	CHECK_OK(http_conn_round(c, &rq, &rs, &e));
	CHECK_STR(t.sent.data, "POST /a?b=c HTTP/1.1\r\nHost: h\r\nX-A: b\r\nContent-Length: 2\r\n\r\n{}");
	CHECK_STR(http_header(&rs, "content-length"), "0");
	CHECK(!http_header(&rs, "content-lengt"));
	CHECK(http_conn_reusable(c));
	buf_reset(&t.sent);
	mem_reader_init(&m, "streamed", 8);
	rq = (struct http_request){.method = "PUT", .target = "/", .host = "h", .body = &m.base, .length = -1};
	CHECK_OK(http_conn_round(c, &rq, &rs, &e));
	CHECK_STR(t.sent.data, "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nstreamed\r\n0\r\n\r\n");
	const char *const evil[] = {"X: a\r\nY: b", NULL};
	rq = (struct http_request){.method = "GET", .target = "/", .host = "h", .headers = evil};
	CHECK_EQ(http_conn_send(c, &rq, &e), -1);
	CHECK_EQ(e.kind, ERR_USAGE);
	rq = (struct http_request){.method = "GET", .target = "/ x", .host = "h"};
	CHECK_EQ(http_conn_send(c, &rq, &e), -1);
	buf_free(&t.sent);
	http_conn_free(c);
}

TEST(upgrade_keeps_the_bytes_behind_the_head)
{
	const char *answer = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nraw bytes";
	for (size_t step = 1; step <= strlen(answer) + 1; step++) {
		struct tape t;
		struct err e = {0};
		struct http_response rs;
		struct transport *raw;
		char got[10] = "";
		tape_init(&t, answer, strlen(answer), step);
		struct http_conn *c = http_conn_new(&t.base);
		struct http_request rq = {.method = "POST", .target = "/attach", .host = "h", .upgrade = "tcp"};
		CHECK_OK(http_conn_round(c, &rq, &rs, &e));
		CHECK_EQ(rs.status, 101);
		CHECK_OK(reader_exact(http_conn_raw(c, &raw), got, 9, &e));
		CHECK_STR(got, "raw bytes");
		CHECK(raw == &t.base);
		CHECK(!http_conn_reusable(c));
		buf_free(&t.sent);
		http_conn_free(c);
	}
}

CHECK_MAIN
