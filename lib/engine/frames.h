/*
 * frames: the standard output of a process without a terminal, out of the engine's stream of frames (Engine API, "Stream
 * format"), as a struct reader; what it writes to standard error is gathered.
 *
 *     struct frames_reader f;
 *     frames_reader_init(&f, reply.body);
 *     ... reader_block(&f.base, ...) ...
 *     reader_free(&f.base);
 */
#ifndef ENGINE_FRAMES_H
#define ENGINE_FRAMES_H

#include "base/stream.h"

enum { FRAMES_ERROR_MAX = 64 << 10 };

struct frames_reader {
	struct reader base;
	struct reader *in;        /* borrowed */
	uint32_t left;            /* bytes of the frame that are still to come */
	size_t handed;            /* bytes of in's block that the caller has */
	bool to_error;
	struct buf error;         /* the first FRAMES_ERROR_MAX bytes of standard error */
};

void frames_reader_init(struct frames_reader *f, struct reader *in);

#endif
