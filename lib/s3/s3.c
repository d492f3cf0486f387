#include "s3/s3.h"

#include "base/mem.h"
#include "base/str.h"
#include "crypto/md5.h"
#include "crypto/sigv4.h"
#include "net/dial.h"
#include "s3/explain.h"
#include "s3/xml.h"
#include "sys/clock.h"
#include "sys/signal.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SILENCE = 60, SILENCE_MAX = 3600, PAUSE_MS = 100, BUCKET_MAX = 255, KEY_MAX = 1024 };

int s3_open(struct s3 *s, struct err *e)
{
	const char *given = getenv("S3_TIMEOUT");
	uint64_t seconds = SILENCE;
	if (given && *given && str_to_u64(given, SILENCE_MAX, &seconds, "S3_TIMEOUT", e) < 0)
		return -1;
	s->timeout = (unsigned)seconds;
	return s3_config_load(&s->config, e);
}

void s3_hang_up(struct s3 *s)
{
	http_conn_free(s->conn);
	s->conn = NULL;
}

void s3_close(struct s3 *s)
{
	s3_hang_up(s);
	tls_config_free(s->tls);
	s3_config_free(&s->config);
}

int s3_name_parse(struct s3_name *n, const char *url, bool need_key, struct err *e)
{
	const char *s = str_after(url, "s3://");
	size_t len = s ? strcspn(s, "/") : 0;
	const char *key = s && s[len] ? s + len + 1 : "";
	if (!s || (need_key && (!len || !*key)))
		return err_set(e, ERR_USAGE, "'%s' is not of the form s3://BUCKET/%s", url, need_key ? "KEY" : "[PREFIX]");
	for (size_t i = 0; i < len; i++)
		if (len > BUCKET_MAX || !strchr("abcdefghijklmnopqrstuvwxyz0123456789.-_ABCDEFGHIJKLMNOPQRSTUVWXYZ", s[i]))
			return err_set(e, ERR_USAGE, "'%.*s' cannot be the name of a bucket", (int)(len < 80 ? len : 80), s);
	if (strlen(key) > KEY_MAX)
		return err_set(e, ERR_USAGE, "a key of S3 has at most %d bytes", KEY_MAX);
	n->bucket = mem_dup(s, len);
	n->key = mem_strdup(key);
	return 0;
}

void s3_name_free(struct s3_name *n)
{
	free(n->bucket);
	free(n->key);
}

bool s3_may_pass(const struct err *e)
{
	return e->kind == ERR_NETWORK || e->kind == ERR_PROTOCOL || e->kind == ERR_SYS || e->status >= 500;
}

int s3_pause(int try, struct err *e)
{
	if (signal_check(e) < 0)
		return -1;
	poll(NULL, 0, PAUSE_MS << try);
	return signal_check(e);
}

/* "2015-08-30T12:36:00Z" without its punctuation. */
static void stamp_now(char out[24])
{
	char text[24], *p = out;
	clock_format(text, clock_now().sec);
	for (const char *s = text; *s; s++)
		if (*s != '-' && *s != ':')
			*p++ = *s;
	*p = '\0';
}

/* What the request is about, on the wire. A bucket with a dot fits no certificate, so it stays in the path. */
static void address(const struct s3_config *c, const struct s3_request *rq, struct buf *host, struct buf *path)
{
	bool front = c->virtual && *rq->name->bucket && !strchr(rq->name->bucket, '.');
	if (front)
		buf_printf(host, "%s.", rq->name->bucket);
	buf_str(host, c->host);
	if (c->port != (c->tls ? 443 : 80))
		buf_printf(host, ":%u", c->port);
	buf_byte(path, '/');
	if (!front) {
		buf_str(path, rq->name->bucket);
		if (rq->key)
			buf_byte(path, '/');
	}
	if (rq->key)
		sigv4_encode(path, rq->key, true);
}

/* The headers of the request, all of them signed; the last line is the signature. */
static void sign(const struct s3_config *c, const struct s3_request *rq, const char *host, const char *path,
	struct strvec *lines)
{
	char stamp[24], hash[SIGV4_HEX];
	CLEANUP_BUF struct buf authorization = {0};
	stamp_now(stamp);
	/* Under TLS the body needs no hash of ours: Content-MD5 is signed, and TLS vouches for the rest. */
	if (c->tls && rq->length)
		snprintf(hash, sizeof hash, "UNSIGNED-PAYLOAD");
	else if (rq->hash)
		snprintf(hash, sizeof hash, "%s", rq->hash);
	else
		sigv4_hash(hash, rq->data, rq->length);
	strvec_pushf(lines, "host: %s", host);
	strvec_pushf(lines, "x-amz-content-sha256: %s", hash);
	strvec_pushf(lines, "x-amz-date: %s", stamp);
	if (c->token)
		strvec_pushf(lines, "x-amz-security-token: %s", c->token);
	for (size_t i = 0; i < sizeof rq->headers / sizeof *rq->headers && rq->headers[i]; i++)
		strvec_push(lines, rq->headers[i]);
	strvec_sort(lines);
	struct sigv4 key = {c->key_id, c->secret, c->region, "s3", stamp};
	struct sigv4_request signed_part = {rq->method, path, rq->query ? rq->query : "", lines, hash};
	sigv4_authorize(&key, &signed_part, &authorization);
	strvec_take(lines, buf_steal(&authorization));
	for (size_t i = 0; i < lines->n; i++)  /* http_conn writes Host itself */
		if (str_starts(lines->items[i], "host:")) {
			free(lines->items[i]);
			memmove(lines->items + i, lines->items + i + 1, (lines->n - i) * sizeof *lines->items);
			lines->n--;
			break;
		}
}

static int dial(struct s3 *s, const char *host, struct err *e)
{
	if (s->conn && http_conn_reusable(s->conn) && !http_conn_stale(s->conn))
		return 0;
	s3_hang_up(s);
	if (s->config.tls && !s->tls && !(s->tls = tls_config_load(&(struct tls_files){.ca = s->config.ca}, e)))
		return -1;
	bool v6 = *host == '[';
	CLEANUP_FREE char *name = mem_dup(host + v6, strcspn(host, v6 ? "]" : ":") - v6);
	struct transport *t = dial_tcp(name, s->config.port, s->timeout, e);
	if (s->config.tls)
		t = tls_client(t, name, s->tls, e);
	if (!t)
		return e->kind == ERR_REFUSED && !s->config.ca ? err_hint(e, "; AWS_CA_BUNDLE=FILE trusts a server of your own") : -1;
	s->conn = http_conn_new(t);
	return 0;
}

static int attempt(struct s3 *s, const struct s3_request *rq, struct http_response *rs, struct err *e)
{
	CLEANUP_BUF struct buf host = {0}, path = {0};
	CLEANUP_STRVEC struct strvec lines = {0};
	address(&s->config, rq, &host, &path);
	if (dial(s, buf_cstr(&host), e) < 0)
		return -1;
	sign(&s->config, rq, buf_cstr(&host), buf_cstr(&path), &lines);
	if (rq->query)
		buf_printf(&path, "?%s", rq->query);
	struct http_request h = {
		.method = rq->method, .target = buf_cstr(&path), .host = buf_cstr(&host),
		.headers = (const char *const *)lines.items, .data = rq->length ? rq->data : NULL, .length = (int64_t)rq->length,
	};
	if (http_conn_round(s->conn, &h, rs, e) < 0)
		return -1;
	return rs->status / 100 == 2 ? 0 : s3_explain(s, rs, e);
}

int s3_request(struct s3 *s, const struct s3_request *rq, struct http_response *rs, struct err *e)
{
	int tries = rq->tries ? rq->tries : S3_TRIES;
	for (int try = 1;; try++) {
		if (attempt(s, rq, rs, e) == 0)
			return 0;
		s3_hang_up(s);
		if (!s3_may_pass(e))
			return -1;
		if (try == tries)
			return tries > 1 ? err_hint(e, " (tried %d times)", tries) : -1;
		if (s3_pause(try, e) < 0)
			return -1;
	}
}

int s3_ask(struct s3 *s, const struct s3_request *rq, struct buf *text, struct http_response *rs, struct err *e)
{
	for (int try = 1;; try++) {
		struct buf_writer w;
		buf_reset(text);
		if (s3_request(s, rq, rs, e) < 0)
			return -1;
		buf_writer_init(&w, text, S3_ANSWER_MAX);
		int64_t n = stream_copy(rs->body, &w.base, e);
		writer_free(&w.base);
		if (n >= 0)
			return 0;
		s3_hang_up(s);
		if (!s3_may_pass(e) || try == (rq->tries ? rq->tries : S3_TRIES) || s3_pause(try, e) < 0)
			return -1;
	}
}

int s3_stat_from(const struct http_response *rs, struct s3_stat *st, struct err *e)
{
	const char *etag = http_header(rs, "ETag"), *modified = http_header(rs, "Last-Modified");
	if (!etag)
		return err_set(e, ERR_PROTOCOL, "the answer is not that of an S3 server: it has no ETag");
	etag += *etag == '"';
	st->size = rs->length;
	snprintf(st->etag, sizeof st->etag, "%.*s", (int)strcspn(etag, "\""), etag);
	st->md5 = strlen(st->etag) == 2 * MD5_SIZE && strspn(st->etag, "0123456789abcdef") == 2 * MD5_SIZE &&
		!http_header(rs, "x-amz-server-side-encryption") && !http_header(rs, "x-amz-server-side-encryption-customer-algorithm");
	snprintf(st->modified, sizeof st->modified, "%s", modified ? modified : "-");
	return 0;
}

int s3_stat(struct s3 *s, const struct s3_name *n, struct s3_stat *st, struct err *e)
{
	struct http_response rs;
	struct s3_request rq = {.method = "HEAD", .name = n, .key = n->key};
	return s3_request(s, &rq, &rs, e) < 0 ? -1 : s3_stat_from(&rs, st, e);
}

int s3_remove(struct s3 *s, const struct s3_name *n, struct err *e)
{
	struct http_response rs;
	struct s3_stat st;
	struct s3_request rq = {.method = "DELETE", .name = n, .key = n->key};
	/* DELETE succeeds on what is not there. */
	return s3_stat(s, n, &st, e) < 0 ? -1 : s3_request(s, &rq, &rs, e);
}

static int list_objects(const char *text, s3_each *each, void *arg, struct err *e)
{
	const char *at = text, *end, *item;
	while ((item = xml_next(&at, "Contents", &end))) {
		CLEANUP_FREE char *key = xml_text(item, end, "Key"), *size = xml_text(item, end, "Size");
		CLEANUP_FREE char *modified = xml_text(item, end, "LastModified");
		uint64_t n = 0;
		if (!key || !size || str_to_u64(size, INT64_MAX, &n, "the size", e) < 0)
			return err_set(e, ERR_PROTOCOL, "the answer's list of objects is malformed");
		if (each(arg, key, (int64_t)n, modified ? modified : "-", e) < 0)
			return -1;
	}
	return 0;
}

static int list_buckets(const char *text, s3_each *each, void *arg, struct err *e)
{
	const char *at = text, *end, *item;
	while ((item = xml_next(&at, "Bucket", &end))) {
		CLEANUP_FREE char *name = xml_text(item, end, "Name"), *made = xml_text(item, end, "CreationDate");
		if (name && each(arg, name, -1, made ? made : "-", e) < 0)
			return -1;
	}
	return 0;
}

int s3_list(struct s3 *s, const struct s3_name *n, s3_each *each, void *arg, struct err *e)
{
	CLEANUP_FREE char *token = NULL;
	bool buckets = !*n->bucket;
	do {
		CLEANUP_BUF struct buf query = {0}, text = {0};
		struct http_response rs;
		if (token) {
			buf_str(&query, "continuation-token=");
			sigv4_encode(&query, token, false);
			buf_byte(&query, '&');
		}
		buf_str(&query, "list-type=2&prefix=");
		sigv4_encode(&query, n->key, false);
		struct s3_request rq = {.method = "GET", .name = n, .query = buckets ? NULL : buf_cstr(&query)};
		if (s3_ask(s, &rq, &text, &rs, e) < 0)
			return -1;
		const char *xml = buf_cstr(&text);
		if (!strstr(xml, buckets ? "<ListAllMyBucketsResult" : "<ListBucketResult"))
			return err_set(e, ERR_PROTOCOL, "the answer is not that of an S3 server");
		if ((buckets ? list_buckets : list_objects)(xml, each, arg, e) < 0)
			return -1;
		free(token);
		token = buckets ? NULL : xml_text(xml, NULL, "NextContinuationToken");
	} while (token);
	return 0;
}
