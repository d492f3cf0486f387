/*
 * inflate: raw DEFLATE data (RFC 1951) as a struct reader.
 *
 *     struct inflate_reader r;
 *     inflate_reader_init(&r, in);
 *     ... reader_block(&r.base, &p, e), reader_consume ...
 *     reader_free(&r.base);
 *
 * `in` is not owned. At the end of the stream (reader_block says 0) exactly its bytes are consumed from `in`; what
 * follows stays there. Memory is about 280 KiB, allocated at the first use, whatever the data says. Bytes that are no
 * DEFLATE stream, and a stream that is cut, are ERR_FORMAT; what was decoded before the fault is handed out first.
 */
#ifndef CODEC_INFLATE_H
#define CODEC_INFLATE_H

#include "base/stream.h"

struct inflate_state;

struct inflate_reader {
	struct reader base;
	struct reader *in;
	struct inflate_state *state;
};

void inflate_reader_init(struct inflate_reader *r, struct reader *in);

/* After the end of one stream: makes ready for another one that starts where `in` is now, keeping the memory. */
void inflate_reader_restart(struct inflate_reader *r);

#endif
