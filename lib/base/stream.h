/*
 * stream: bytes that are pulled (struct reader) or pushed (struct writer), through any number of layers.
 *
 * A concrete stream embeds the base as its first member, fills in ops, and is used through the functions below.
 *
 *     const unsigned char *p;
 *     ssize_t n;
 *     while ((n = reader_block(r, &p, e)) > 0) {
 *             ... use up to n bytes at p ...
 *             reader_consume(r, used);
 *     }
 *     if (n < 0) return -1;
 *
 * Readers: the reader owns the block, which stays valid until the next reader_block/read/peek/skip. What is not consumed
 * stays at the front: the bytes behind an HTTP header, a gzip member or a `101` answer are not lost, and looking at the
 * first bytes is free. Errors stick: after a failure every call fails with the same error.
 *
 * Writers: writer_finish() writes the trailer and flushes, and may fail; writer_free() only releases, so an output that
 * was not finished stays recognisable. A layer does not own the stream beneath it unless its own header says so.
 */
#ifndef BASE_STREAM_H
#define BASE_STREAM_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct reader;
struct writer;

struct reader_ops {
	/* Points *block at the next bytes, valid until the next call. Returns how many (> 0), 0 at the end, or -1. */
	ssize_t (*next)(struct reader *r, const unsigned char **block, struct err *e);
	/* Releases what the concrete reader holds, itself included if it was allocated. May be NULL. */
	void (*free)(struct reader *r);
};

struct reader {
	const struct reader_ops *ops;
	const unsigned char *cur;  /* the unconsumed part of the current block */
	size_t avail;
	struct buf hold;           /* where reader_peek gathers blocks that are shorter than what was asked for */
	struct err *failed;        /* the error that sticks, or NULL */
	bool eof;
	uint64_t consumed;         /* bytes consumed so far, for messages and progress */
};

/* The unconsumed bytes: returns how many (> 0) with *p pointing at them, 0 at the end, -1 on error. */
ssize_t reader_block(struct reader *r, const unsigned char **p, struct err *e) MUST_CHECK;

/* Takes n bytes, at most what the last reader_block or reader_peek returned, off the front. */
void reader_consume(struct reader *r, size_t n);

/* Like reader_block, but gathers until at least `want` bytes are there or the stream ends. Meant for headers: want is
   at most a few KiB. Returns how many are there, which may be fewer than want only at the end. */
ssize_t reader_peek(struct reader *r, size_t want, const unsigned char **p, struct err *e) MUST_CHECK;

/* Copies up to n bytes to dst and consumes them. Returns how many (0 only at the end or for n == 0), or -1. */
ssize_t reader_read(struct reader *r, void *dst, size_t n, struct err *e) MUST_CHECK;

/* Copies exactly n bytes; an earlier end is ERR_FORMAT. */
int reader_exact(struct reader *r, void *dst, size_t n, struct err *e) MUST_CHECK;

/* Consumes exactly n bytes; an earlier end is ERR_FORMAT. */
int reader_skip(struct reader *r, uint64_t n, struct err *e) MUST_CHECK;

/* Releases the reader (ops->free). NULL is allowed. */
void reader_free(struct reader *r);

struct writer_ops {
	/* Takes all n bytes or fails. */
	int (*write)(struct writer *w, const void *p, size_t n, struct err *e);
	/* Writes what is pending and the trailer. May be NULL: nothing to do. */
	int (*finish)(struct writer *w, struct err *e);
	void (*free)(struct writer *w);
};

struct writer {
	const struct writer_ops *ops;
	struct err *failed;        /* the error that sticks, or NULL */
	bool finished;
	uint64_t written;          /* bytes accepted so far */
};

int writer_write(struct writer *w, const void *p, size_t n, struct err *e) MUST_CHECK;
int writer_str(struct writer *w, const char *s, struct err *e) MUST_CHECK;
int writer_zeros(struct writer *w, uint64_t n, struct err *e) MUST_CHECK;
/* Finishes once; a second call does nothing. Fails if anything failed before. */
int writer_finish(struct writer *w, struct err *e) MUST_CHECK;
void writer_free(struct writer *w);

/* Everything that is left in r goes to w; neither is finished or released. Returns the number of bytes, or -1. */
int64_t stream_copy(struct reader *r, struct writer *w, struct err *e) MUST_CHECK;

/* A reader over n bytes of the caller's memory; release with reader_free. */
struct mem_reader {
	struct reader base;
	const void *data;
	size_t n;
};
void mem_reader_init(struct mem_reader *r, const void *data, size_t n);

/* A writer into a struct buf of the caller's; more than `max` bytes is ERR_LIMIT. */
struct buf_writer {
	struct writer base;
	struct buf *out;
	size_t max;
};
void buf_writer_init(struct buf_writer *w, struct buf *out, size_t max);

#endif
