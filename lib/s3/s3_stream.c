#include "s3/s3_stream.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/base64.h"
#include "crypto/md5.h"
#include "crypto/sigv4.h"
#include "s3/xml.h"
#include "sys/signal.h"

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
	bool sum;          /* the ETag is the MD5 of the bytes */
	uint64_t at;       /* of the next byte of the object */
	size_t handed;     /* bytes of body's block that are in the caller's hands */
	int broken;        /* connections that broke since the last byte came */
};

/* Whether the ETag is the MD5 of the object's bytes: not for multipart uploads and what the server has encrypted. */
static bool is_md5(const char *etag)
{
	return strlen(etag) == 2 * MD5_SIZE && strspn(etag, "0123456789abcdef") == 2 * MD5_SIZE;
}

static void md5_hex(const struct md5 *h, struct buf *out)
{
	unsigned char digest[MD5_SIZE];
	md5_end(h, digest);
	sigv4_hex(out, digest, sizeof digest);
}

static bool encrypted(const struct http_response *rs)
{
	return http_header(rs, "x-amz-server-side-encryption") || http_header(rs, "x-amz-server-side-encryption-customer-algorithm");
}

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
	if (r->st.size >= 0 && r->at != (uint64_t)r->st.size)
		return err_set(e, ERR_PROTOCOL, "the server sent %llu bytes of %lld", (unsigned long long)r->at,
			(long long)r->st.size);
	md5_hex(&r->md5, &hex);
	if (r->sum && !str_eq(hex.data, r->st.etag))
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
			if (r->sum)
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
	r->sum = is_md5(now.etag) && !encrypted(&rs);
	if (st)
		*st = now;
	return &r->base;
}

struct object_writer {
	struct writer base;
	struct s3 *s;
	const struct s3_name *name;
	char *part;
	size_t n;              /* bytes in it */
	char *upload;          /* the multipart upload's id, or NULL */
	struct strvec etags;   /* of the parts so far */
};

/* Stores the gathered bytes: as the object itself, or as part of the upload. *etag is the caller's. */
static int store(struct object_writer *w, const char *query, char **etag, struct err *e)
{
	CLEANUP_BUF struct buf sum = {0}, hex = {0};
	unsigned char digest[MD5_SIZE];
	struct http_response rs;
	struct s3_stat st;
	struct md5 h;
	md5_init(&h);
	md5_add(&h, w->part, w->n);
	md5_end(&h, digest);
	md5_hex(&h, &hex);
	buf_str(&sum, "content-md5: ");
	base64_encode(&sum, digest, sizeof digest, BASE64_STD);
	struct s3_request rq = {.method = "PUT", .name = w->name, .key = w->name->key, .query = query,
		.headers = {sum.data}, .data = w->part, .length = w->n};
	if (s3_request(w->s, &rq, &rs, e) < 0 || s3_stat_from(&rs, &st, e) < 0)
		return -1;
	if (is_md5(st.etag) && !encrypted(&rs) && !str_eq(st.etag, hex.data))
		return err_set(e, ERR_PROTOCOL, "the server has stored something else: its checksum is %s, not %s", st.etag, hex.data);
	*etag = mem_strdup(st.etag);
	return 0;
}

static int begin(struct object_writer *w, struct err *e)
{
	CLEANUP_BUF struct buf text = {0};
	struct http_response rs;
	struct s3_request rq = {.method = "POST", .name = w->name, .key = w->name->key, .query = "uploads="};
	if (s3_ask(w->s, &rq, &text, &rs, e) < 0)
		return -1;
	w->upload = xml_text(buf_cstr(&text), NULL, "UploadId");
	return w->upload ? 0 : err_set(e, ERR_PROTOCOL, "the answer is not that of an S3 server: it names no upload");
}

static int send_part(struct object_writer *w, struct err *e)
{
	CLEANUP_BUF struct buf query = {0};
	char *etag;
	if (!w->upload && begin(w, e) < 0)
		return -1;
	if (w->etags.n == S3_PARTS_MAX)
		return err_set(e, ERR_LIMIT, "an object can have %d parts of %d MiB, and this is more", S3_PARTS_MAX, S3_PART >> 20);
	buf_printf(&query, "partNumber=%zu&uploadId=", w->etags.n + 1);
	sigv4_encode(&query, w->upload, false);
	if (store(w, query.data, &etag, e) < 0)
		return -1;
	strvec_take(&w->etags, etag);
	w->n = 0;
	return 0;
}

static int complete(struct object_writer *w, struct err *e)
{
	CLEANUP_BUF struct buf query = {0}, body = {0}, text = {0};
	struct http_response rs;
	buf_str(&query, "uploadId=");
	sigv4_encode(&query, w->upload, false);
	buf_str(&body, "<CompleteMultipartUpload>");
	for (size_t i = 0; i < w->etags.n; i++)
		buf_printf(&body, "<Part><PartNumber>%zu</PartNumber><ETag>\"%s\"</ETag></Part>", i + 1, w->etags.items[i]);
	buf_str(&body, "</CompleteMultipartUpload>");
	struct s3_request rq = {.method = "POST", .name = w->name, .key = w->name->key, .query = query.data,
		.data = body.data, .length = body.len};
	if (s3_ask(w->s, &rq, &text, &rs, e) < 0)
		return -1;
	/* The status is sent before the server knows how it ends: a failure may follow a 200. */
	if (!strstr(buf_cstr(&text), "<CompleteMultipartUploadResult"))
		return err_set(e, ERR_PROTOCOL, "the server could not put the parts together");
	free(w->upload);
	w->upload = NULL;
	return 0;
}

static int object_write(struct writer *base, const void *p, size_t n, struct err *e)
{
	struct object_writer *w = (struct object_writer *)base;
	for (const char *s = p; n;) {
		if (w->n == S3_PART && send_part(w, e) < 0)
			return -1;
		size_t take = n < S3_PART - w->n ? n : S3_PART - w->n;
		memcpy(w->part + w->n, s, take);
		w->n += take;
		s += take;
		n -= take;
	}
	return signal_check(e);
}

static int object_finish(struct writer *base, struct err *e)
{
	struct object_writer *w = (struct object_writer *)base;
	CLEANUP_FREE char *etag = NULL;
	if (!w->upload)
		return store(w, NULL, &etag, e);
	return send_part(w, e) < 0 ? -1 : complete(w, e);
}

/* What the parts have cost would be billed for ever. */
static void abort_upload(struct object_writer *w)
{
	CLEANUP_BUF struct buf query = {0};
	struct http_response rs;
	struct err ignored;
	struct s3_request rq = {.method = "DELETE", .name = w->name, .key = w->name->key, .tries = 2};
	buf_str(&query, "uploadId=");
	sigv4_encode(&query, w->upload, false);
	rq.query = query.data;
	signal_defer();
	s3_hang_up(w->s);
	(void)!s3_request(w->s, &rq, &rs, &ignored);
	signal_undefer();
}

static void object_writer_free(struct writer *base)
{
	struct object_writer *w = (struct object_writer *)base;
	if (w->upload)
		abort_upload(w);
	free(w->upload);
	strvec_free(&w->etags);
	free(w->part);
	free(w);
}

struct writer *s3_writer(struct s3 *s, const struct s3_name *n)
{
	static const struct writer_ops ops = {.write = object_write, .finish = object_finish, .free = object_writer_free};
	struct object_writer *w = mem_alloc(sizeof *w);
	*w = (struct object_writer){.base.ops = &ops, .s = s, .name = n, .part = mem_alloc(S3_PART)};
	return &w->base;
}
