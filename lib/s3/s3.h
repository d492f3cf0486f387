/*
 * s3: a client of S3 and what speaks its protocol: one request after another over one kept connection.
 *
 *     CLEANUP_S3 struct s3 s = {0};
 *     CLEANUP_S3_NAME struct s3_name n = {0};
 *     if (s3_open(&s, e) < 0 || s3_name_parse(&n, "s3://bucket/key", true, e) < 0) ...
 *     struct s3_stat st;
 *     if (s3_stat(&s, &n, &st, e) < 0) ...
 *
 * What breaks on the way, and 5xx, is tried S3_TRIES times with growing pauses; 4xx never again. Errors: ERR_NOT_FOUND
 * (object or bucket), ERR_STATUS, ERR_NETWORK, ERR_PROTOCOL. Messages name no key but the access key's id.
 */
#ifndef S3_S3_H
#define S3_S3_H

#include "base/buf.h"
#include "net/http_conn.h"
#include "net/tls.h"
#include "s3/config.h"

enum { S3_TRIES = 4, S3_ANSWER_MAX = 4 << 20 };

struct s3 {
	struct s3_config config;
	struct http_conn *conn;   /* NULL: none is open */
	struct tls_config *tls;   /* whom to trust; NULL until it is needed */
	unsigned timeout;         /* seconds of silence that count as a broken connection: S3_TIMEOUT, else 60 */
};
#define CLEANUP_S3 CLEANUP_WITH(s3_close)

int s3_open(struct s3 *s, struct err *e) MUST_CHECK;
void s3_close(struct s3 *s);

struct s3_name {
	char *bucket;   /* "" for s3:// alone */
	char *key;      /* literal bytes; "" for the bucket itself */
};
#define CLEANUP_S3_NAME CLEANUP_WITH(s3_name_free)

/* s3://BUCKET/KEY; without need_key, s3://BUCKET/PREFIX with either part absent. */
int s3_name_parse(struct s3_name *n, const char *url, bool need_key, struct err *e) MUST_CHECK;
void s3_name_free(struct s3_name *n);

struct s3_request {
	const char *method;
	const struct s3_name *name;
	const char *key;              /* NULL: the request is about the bucket */
	const char *query;            /* encoded and sorted; NULL: none */
	const char *headers[3];       /* further "name: value" lines */
	const void *data;
	size_t length;
	const char *hash;             /* the data's SHA-256 in hexadecimal, if it is known */
	int tries;                    /* 0: S3_TRIES */
};

/* Sends it, again where that may help, and returns once there is an answer of status 2xx: its body is the caller's to
   read. Anything else is an error in words. */
int s3_request(struct s3 *s, const struct s3_request *rq, struct http_response *rs, struct err *e) MUST_CHECK;

/* The same with the whole answer as text. */
int s3_ask(struct s3 *s, const struct s3_request *rq, struct buf *text, struct http_response *rs, struct err *e) MUST_CHECK;

/* Drops the connection: an answer was not read to its end. */
void s3_hang_up(struct s3 *s);

/* Pauses before try number `try` (1: the second); -1 when a signal asks to stop. */
int s3_pause(int try, struct err *e) MUST_CHECK;

/* Whether what *e says may be over at the next try. */
bool s3_may_pass(const struct err *e);

struct s3_stat {
	int64_t size;
	char etag[80];          /* without quotes */
	bool md5;               /* it is the MD5 of the bytes: not of multipart uploads, nor of what the server has encrypted */
	char modified[40];      /* as HTTP writes it */
};
int s3_stat(struct s3 *s, const struct s3_name *n, struct s3_stat *st, struct err *e) MUST_CHECK;

/* Reads ETag, Content-Length and Last-Modified of an answer; without ETag it is no S3 server: ERR_PROTOCOL. */
int s3_stat_from(const struct http_response *rs, struct s3_stat *st, struct err *e) MUST_CHECK;

/* Removes an object; its absence is ERR_NOT_FOUND. */
int s3_remove(struct s3 *s, const struct s3_name *n, struct err *e) MUST_CHECK;

/* Calls each(arg, key, size, modified) for every object whose key begins with n->key, in order of the keys; for every
   bucket (size -1) when n->bucket is empty. Stops when each returns -1. */
typedef int s3_each(void *arg, const char *key, int64_t size, const char *modified, struct err *e);
int s3_list(struct s3 *s, const struct s3_name *n, s3_each *each, void *arg, struct err *e) MUST_CHECK;

#endif
