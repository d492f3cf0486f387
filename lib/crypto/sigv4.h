/*
 * sigv4: AWS Signature Version 4, the header form ("Authenticating Requests (AWS Signature Version 4)").
 *
 *     struct sigv4 s = {.key_id = id, .secret = secret, .region = "us-east-1", .service = "s3", .stamp = stamp};
 *     struct sigv4_request rq = {.method = "GET", .path = "/b/k", .query = "", .headers = headers, .payload = hash};
 *     sigv4_authorize(&s, &rq, &line);             line: "Authorization: AWS4-HMAC-SHA256 ..."
 *
 * Nothing here reads the clock or the environment, and nothing fails.
 */
#ifndef CRYPTO_SIGV4_H
#define CRYPTO_SIGV4_H

#include "base/buf.h"
#include "base/vec.h"

#include <stdbool.h>

enum { SIGV4_HEX = 65 };

struct sigv4 {
	const char *key_id, *secret, *region, *service;
	const char *stamp;                /* "20150830T123600Z" */
};

struct sigv4_request {
	const char *method;
	const char *path, *query;         /* percent-encoded; the query's parameters sorted, "" for none */
	const struct strvec *headers;     /* "name: value", names in lower case, sorted */
	const char *payload;              /* the body's SHA-256 in hexadecimal, or UNSIGNED-PAYLOAD */
};

/* Appends s percent-encoded as SigV4 wants it: all but the unreserved characters of RFC 3986, and '/' if keep_slash. */
void sigv4_encode(struct buf *out, const char *s, bool keep_slash);

/* SHA-256 of n bytes in lower-case hexadecimal. */
void sigv4_hash(char hex[SIGV4_HEX], const void *p, size_t n);

/* Appends the n bytes in lower-case hexadecimal. */
void sigv4_hex(struct buf *out, const unsigned char *p, size_t n);

/* The three steps of a signature; each appends to out. */
void sigv4_canonical(const struct sigv4_request *rq, struct buf *out);
void sigv4_string(const struct sigv4 *s, const char *canonical, struct buf *out);
void sigv4_sign(const struct sigv4 *s, const char *string, struct buf *out);

/* All three, as the Authorization header's line. */
void sigv4_authorize(const struct sigv4 *s, const struct sigv4_request *rq, struct buf *out);

#endif
