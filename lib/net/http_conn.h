/*
 * http_conn: the client's side of one HTTP/1.1 connection (RFC 9112), used for one request after another.
 *
 *     struct http_conn *c = http_conn_new(transport_socket(fd));
 *     struct http_request rq = {.method = "GET", .target = "/_ping", .host = "docker"};
 *     struct http_response rs;
 *     if (http_conn_round(c, &rq, &rs, e) < 0) ...
 *     ... read rs.body to its end ...
 *     if (http_conn_reusable(c)) ... the next request ...
 *     http_conn_free(c);
 *
 * Bodies stream both ways. An answer that comes before the whole request body was sent (a refusal) ends the sending and
 * is returned. Interim answers (1xx) are passed over. A 101, when it was asked for, leaves the raw connection in the
 * caller's hands: http_conn_raw.
 *
 * Bounds: a head of 64 KiB. What RFC 9112 calls unrecoverable (both lengths, differing lengths, an unknown transfer
 * coding, folded or nameless header lines, a bad chunk) is ERR_PROTOCOL, as is a peer that stops in the middle.
 */
#ifndef NET_HTTP_CONN_H
#define NET_HTTP_CONN_H

#include "base/stream.h"
#include "net/transport.h"

#include <stdbool.h>
#include <stdint.h>

enum { HTTP_HEAD_MAX = 64 << 10 };

struct http_conn;

struct http_request {
	const char *method;          /* a token: "GET" */
	const char *target;          /* origin-form, percent-encoded: "/v1.41/containers/json?all=1" */
	const char *host;            /* the Host header */
	const char *const *headers;  /* further "Name: value" lines, NULL-terminated; NULL: none */
	const void *data;            /* a body in memory of `length` bytes, or */
	struct reader *body;         /* a body that streams: `length` bytes, or chunked when that is negative; or */
	bool writer;                 /* a body that the caller writes to http_conn_body(), length as above */
	int64_t length;
	const char *upgrade;         /* "tcp", "h2c": asks for a raw connection */
};

struct http_response {
	int status;
	const char *reason;          /* borrowed, as are the headers, until the next request */
	struct reader *body;         /* borrowed: ends with the body, never runs into what follows; empty for HEAD, 204, 304 */
	int64_t length;              /* of the body by Content-Length, or -1 */
	struct http_conn *conn;
};

/* Takes the transport over. */
struct http_conn *http_conn_new(struct transport *t);
void http_conn_free(struct http_conn *c);

/* Whether a line may be among a request's headers: ERR_USAGE, whose message tells the name alone. */
int http_header_check(const char *line, struct err *e) MUST_CHECK;

/* Sends the head, and the body unless rq->writer. A header value with a line break in it is ERR_USAGE. */
int http_conn_send(struct http_conn *c, const struct http_request *rq, struct err *e) MUST_CHECK;

/* The writer of the body of a request sent with rq->writer; it belongs to the connection. writer_finish ends the body.
   Once the peer has answered, what is written is dropped: the answer tells why. */
struct writer *http_conn_body(struct http_conn *c);

/* Reads the head of the answer. A connection that the peer had closed before the first byte of the answer is
   ERR_NETWORK: the request was not answered, and may be sent again on a new connection if it is idempotent. */
int http_conn_receive(struct http_conn *c, struct http_response *rs, struct err *e) MUST_CHECK;

/* http_conn_send and http_conn_receive. */
int http_conn_round(struct http_conn *c, const struct http_request *rq, struct http_response *rs,
	struct err *e) MUST_CHECK;

/* The value of the named header, the first when there are several, or NULL; regardless of case. */
const char *http_header(const struct http_response *rs, const char *name);

/* The i-th header line as "Name: value" (borrowed), or NULL behind the last. */
const char *http_header_line(const struct http_response *rs, size_t i);

/* Whether the last answer was read to its end and the connection can carry another request. */
bool http_conn_reusable(struct http_conn *c);

/* Whether the peer has closed an idle connection, or sent what nobody asked for. */
bool http_conn_stale(struct http_conn *c);

/* After a 101 (or a 200 without length to an upgrade, as old engines answer): the reader of the raw bytes, beginning with
   those that came with the head, and the transport to write to. Both belong to the connection. */
struct reader *http_conn_raw(struct http_conn *c, struct transport **t);

#endif
