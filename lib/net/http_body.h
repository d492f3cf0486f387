/*
 * http_body: the framing of message bodies (RFC 9112 section 6 and 7), below http_conn.
 *
 * A struct http_body_reader is a reader over the connection's bytes that ends with the body and leaves what follows; small
 * chunks that have come together, such as the lines of a log, are one block. A struct http_body_writer gathers what is
 * written into pieces and frames them.
 */
#ifndef NET_HTTP_BODY_H
#define NET_HTTP_BODY_H

#include "base/stream.h"
#include "net/transport.h"

enum http_framing {
	HTTP_NO_BODY,
	HTTP_LENGTH,
	HTTP_CHUNKED,
	HTTP_UNTIL_CLOSE,
};

enum { HTTP_PIECE = 32 << 10 };

struct http_body_reader {
	struct reader base;
	struct reader *in;         /* the connection's bytes, borrowed */
	enum http_framing framing;
	uint64_t left;             /* of the body or of the chunk */
	size_t handed;             /* bytes of in's block that are in the caller's hands */
	bool first;                /* no chunk has been seen yet */
	bool last;                 /* the last chunk has been seen: the trailers follow */
	bool complete;             /* the body's end has been read */
	unsigned char *gathered;   /* HTTP_PIECE bytes */
};

/* `length` counts for HTTP_LENGTH only. Release with reader_free. */
void http_body_reader_init(struct http_body_reader *r, struct reader *in, enum http_framing framing, uint64_t length);

struct http_body_writer {
	struct writer base;
	struct transport *out;     /* borrowed */
	enum http_framing framing; /* HTTP_LENGTH or HTTP_CHUNKED */
	uint64_t left;             /* bytes that are still to come, for HTTP_LENGTH */
	bool answered;             /* the peer has answered or hung up: the rest is dropped */
	size_t n;
	char piece[HTTP_PIECE];
};

/* Fewer or more bytes than `length` are ERR_FORMAT. */
void http_body_writer_init(struct http_body_writer *w, struct transport *out, enum http_framing framing,
	uint64_t length);

#endif
