/* While one part gathers, and is hashed as it comes, a thread sends the one before. The thread alone uses the s3 then: every
   other request joins it first. Signals reach the main thread, which hands them on when it wants the sending to end. */
#include "s3/s3_stream.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/base64.h"
#include "crypto/md5.h"
#include "crypto/sha256.h"
#include "crypto/sigv4.h"
#include "s3/xml.h"
#include "sys/signal.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct part {
	char *data;
	size_t n;
	struct md5 md5;
	struct sha256 sha;
};

struct object_writer {
	struct writer base;
	struct s3 *s;
	const struct s3_name *name;
	struct part parts[2];
	struct part *gathers, *sent;
	char *upload;          /* the multipart upload's id, or NULL */
	struct strvec etags;   /* of the parts so far */
	struct md5 sums;       /* of the parts' MD5s: what most servers make the ETag of the whole */
	pthread_t sender;
	bool sending;
	int result;            /* of the last part that was sent, with its error */
	struct err error;
};

static void part_reset(struct part *p)
{
	p->n = 0;
	md5_init(&p->md5);
	sha256_init(&p->sha);
}

/* Stores the part: as the object itself, or as part of the upload. */
static int store(struct object_writer *w, const struct part *p, const char *query, struct err *e)
{
	CLEANUP_BUF struct buf sum = {0}, hex = {0};
	unsigned char digest[MD5_SIZE];
	char sha[SHA256_HEX];
	struct http_response rs;
	struct s3_stat st;
	md5_end(&p->md5, digest);
	md5_add(&w->sums, digest, sizeof digest);
	sigv4_hex(&hex, digest, sizeof digest);
	sha256_end_hex(&p->sha, sha);
	buf_str(&sum, "content-md5: ");
	base64_encode(&sum, digest, sizeof digest, BASE64_STD);
	struct s3_request rq = {.method = "PUT", .name = w->name, .key = w->name->key, .query = query,
		.headers = {sum.data}, .data = p->data, .length = p->n, .hash = sha};
	if (s3_request(w->s, &rq, &rs, e) < 0 || s3_stat_from(&rs, &st, e) < 0)
		return -1;
	if (st.md5 && !str_eq(st.etag, hex.data))
		return err_set(e, ERR_PROTOCOL, "the server has stored something else: its checksum is %s, not %s", st.etag, hex.data);
	strvec_push(&w->etags, st.etag);
	return 0;
}

static void *send_part(void *arg)
{
	struct object_writer *w = arg;
	CLEANUP_BUF struct buf query = {0};
	buf_printf(&query, "partNumber=%zu&uploadId=", w->etags.n + 1);
	sigv4_encode(&query, w->upload, false);
	w->result = store(w, w->sent, query.data, &w->error);
	return NULL;
}

/* Waits for the part that is on its way. When `stop` says that a signal asks to stop, the sender's calls are interrupted until
   it does. */
static int wait_sent(struct object_writer *w, int (*stop)(void), struct err *e)
{
	while (w->sending) {
		struct timespec soon;
		clock_gettime(CLOCK_REALTIME, &soon);
		soon.tv_nsec += 100000000;
		soon.tv_sec += soon.tv_nsec / 1000000000;
		soon.tv_nsec %= 1000000000;
		if (pthread_timedjoin_np(w->sender, NULL, &soon) == 0)
			w->sending = false;
		else if (stop())
			pthread_kill(w->sender, stop());
	}
	if (w->result < 0)
		*e = w->error;
	return w->result;
}

/* The id of an upload that was begun must not get lost: no signal comes between asking and knowing. */
static int begin(struct object_writer *w, struct err *e)
{
	CLEANUP_BUF struct buf text = {0};
	struct http_response rs;
	struct s3_request rq = {.method = "POST", .name = w->name, .key = w->name->key, .query = "uploads=", .tries = 1};
	for (int try = 1;; try++) {
		signal_defer();
		int rc = s3_ask(w->s, &rq, &text, &rs, e);
		signal_undefer();
		if (rc == 0)
			break;
		if (!s3_may_pass(e) || try == S3_TRIES || s3_pause(try, e) < 0)
			return -1;
	}
	w->upload = xml_text(buf_cstr(&text), NULL, "UploadId");
	return w->upload ? 0 : err_set(e, ERR_PROTOCOL, "the answer is not that of an S3 server: it names no upload");
}

/* The gathered part goes on its way, and the other gathers. */
static int next_part(struct object_writer *w, struct err *e)
{
	if (wait_sent(w, signal_pending, e) < 0 || (!w->upload && begin(w, e) < 0))
		return -1;
	if (w->etags.n == S3_PARTS_MAX)
		return err_set(e, ERR_LIMIT, "an object can have %d parts of %d MiB, and this is more", S3_PARTS_MAX, S3_PART >> 20);
	w->sent = w->gathers;
	w->gathers = &w->parts[w->gathers == w->parts];
	part_reset(w->gathers);
	if (pthread_create(&w->sender, NULL, send_part, w) == 0) {
		w->sending = true;
		return 0;
	}
	send_part(w);
	return wait_sent(w, signal_pending, e);
}

/* Whether the object is there with the ETag that these parts make: an answer got lost, and the upload is over. */
static bool is_complete(struct object_writer *w)
{
	CLEANUP_BUF struct buf want = {0};
	unsigned char digest[MD5_SIZE];
	struct s3_stat st;
	struct err ignored;
	md5_end(&w->sums, digest);
	sigv4_hex(&want, digest, sizeof digest);
	buf_printf(&want, "-%zu", w->etags.n);
	return s3_stat(w->s, w->name, &st, &ignored) == 0 && str_eq(st.etag, want.data);
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
	for (int try = 1;; try++) {
		if (s3_ask(w->s, &rq, &text, &rs, e) < 0) {
			if (e->kind == ERR_INTR || !is_complete(w))
				return -1;
			break;
		}
		/* The status is sent before the server knows how it ends: a failure may follow a 200. */
		if (strstr(buf_cstr(&text), "<CompleteMultipartUploadResult"))
			break;
		if (try == S3_TRIES)
			return err_set(e, ERR_PROTOCOL, "the server could not put the parts together (tried %d times)", try);
		if (s3_pause(try, e) < 0)
			return -1;
	}
	free(w->upload);
	w->upload = NULL;
	return 0;
}

static int object_write(struct writer *base, const void *p, size_t n, struct err *e)
{
	struct object_writer *w = (struct object_writer *)base;
	for (const char *s = p; n;) {
		if (w->gathers->n == S3_PART && next_part(w, e) < 0)
			return -1;
		struct part *part = w->gathers;
		size_t take = n < S3_PART - part->n ? n : S3_PART - part->n;
		memcpy(part->data + part->n, s, take);
		md5_add(&part->md5, s, take);
		if (!w->s->config.tls)  /* which vouches for the bytes itself */
			sha256_add(&part->sha, s, take);
		part->n += take;
		s += take;
		n -= take;
	}
	return signal_check(e);
}

static int object_finish(struct writer *base, struct err *e)
{
	struct object_writer *w = (struct object_writer *)base;
	if (!w->upload)
		return store(w, w->gathers, NULL, e);
	return next_part(w, e) < 0 || wait_sent(w, signal_pending, e) < 0 ? -1 : complete(w, e);
}

/* What the parts have cost would be billed for ever. */
static void abort_upload(struct object_writer *w)
{
	CLEANUP_BUF struct buf query = {0};
	struct http_response rs;
	struct err ignored;
	struct s3_request rq = {.method = "DELETE", .name = w->name, .key = w->name->key, .tries = 2};
	(void)!wait_sent(w, signal_raised, &ignored);
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
	free(w->parts[0].data);
	free(w->parts[1].data);
	free(w);
}

struct writer *s3_writer(struct s3 *s, const struct s3_name *n)
{
	static const struct writer_ops ops = {.write = object_write, .finish = object_finish, .free = object_writer_free};
	struct object_writer *w = mem_alloc(sizeof *w);
	*w = (struct object_writer){.base.ops = &ops, .s = s, .name = n, .gathers = w->parts};
	for (int i = 0; i < 2; i++)
		w->parts[i].data = mem_alloc(S3_PART);
	part_reset(w->gathers);
	md5_init(&w->sums);
	return &w->base;
}
