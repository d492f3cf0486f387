#include "s3/s3_stream.h"

#include "base/mem.h"
#include "base/str.h"
#include "crypto/md5.h"
#include "crypto/sigv4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct object_reader {
	struct reader base;
	struct s3 *s;
	const struct s3_name *name;
	struct s3_stat st;
	struct reader *body;
	struct md5 md5;
	uint64_t at;       /* of the next byte of the object */
	size_t handed;     /* bytes of body's block that are in the caller's hands */
	int broken;        /* connections that broke since the last byte came */
};

/* Asks for what follows r->at. */
static int resume(struct object_reader *r, struct err *e)
{
	char range[48], match[96], want[48];
	struct http_response rs;
	snprintf(range, sizeof range, "range: bytes=%llu-", (unsigned long long)r->at);
	snprintf(match, sizeof match, "if-match: \"%s\"", r->st.etag);
	snprintf(want, sizeof want, "bytes %llu-", (unsigned long long)r->at);
	struct s3_request rq = {.method = "GET", .name = r->name, .key = r->name->key, .headers = {match, range}};
	if (s3_request(r->s, &rq, &rs, e) < 0)
		return e->status == 412 ? err_set(e, ERR_STATUS, "the object was replaced while it was read") : -1;
	const char *got = http_header(&rs, "Content-Range");
	if (rs.status != 206 || !got || !str_starts(got, want))
		return err_set(e, ERR_STATUS, "the connection broke, and the server cannot go on where it stopped");
	r->body = rs.body;
	r->handed = 0;
	return 0;
}

static int check_whole(const struct object_reader *r, struct err *e)
{
	CLEANUP_BUF struct buf hex = {0};
	unsigned char digest[MD5_SIZE];
	if (r->st.size >= 0 && r->at != (uint64_t)r->st.size)
		return err_set(e, ERR_PROTOCOL, "the server sent %llu bytes of %lld", (unsigned long long)r->at,
			(long long)r->st.size);
	md5_end(&r->md5, digest);
	sigv4_hex(&hex, digest, sizeof digest);
	if (r->st.md5 && !str_eq(hex.data, r->st.etag))
		return err_set(e, ERR_PROTOCOL, "what came is not what the object's checksum says: its MD5 is %s, not %s", hex.data,
			r->st.etag);
	return 0;
}

static ssize_t object_next(struct reader *base, const unsigned char **block, struct err *e)
{
	struct object_reader *r = (struct object_reader *)base;
	for (;;) {
		if (r->handed)
			reader_consume(r->body, r->handed);
		r->handed = 0;
		ssize_t n = reader_block(r->body, block, e);
		if (n > 0) {
			if (r->st.md5)
				md5_add(&r->md5, *block, (size_t)n);
			r->handed = (size_t)n;
			r->at += (uint64_t)n;
			r->broken = 0;
			return n;
		}
		if (n == 0)
			return check_whole(r, e);
		s3_hang_up(r->s);
		if (!s3_may_pass(e) || ++r->broken == S3_TRIES || s3_pause(r->broken, e) < 0 || resume(r, e) < 0)
			return -1;
	}
}

static void object_free(struct reader *base)
{
	free(base);
}

struct reader *s3_reader(struct s3 *s, const struct s3_name *n, struct s3_stat *st, struct err *e)
{
	static const struct reader_ops ops = {.next = object_next, .free = object_free};
	struct http_response rs;
	struct s3_stat now;
	struct s3_request rq = {.method = "GET", .name = n, .key = n->key};
	if (s3_request(s, &rq, &rs, e) < 0 || s3_stat_from(&rs, &now, e) < 0)
		return NULL;
	struct object_reader *r = mem_alloc(sizeof *r);
	*r = (struct object_reader){.base.ops = &ops, .s = s, .name = n, .st = now, .body = rs.body};
	md5_init(&r->md5);
	if (st)
		*st = now;
	return &r->base;
}
