/*
 * deflate: the compressor of RFC 1951, one piece of data at a time.
 *
 *     struct deflate *d = deflate_new(6);
 *     size_t n = deflate_piece(d, buf, dict, len, last, out);      out has deflate_bound(len) bytes
 *     deflate_free(d);
 *
 * A stream is cut into pieces that do not depend on each other: each one only knows the up to 32 KiB of data before it,
 * which the decoder will have seen, as dictionary. So pieces can be compressed in any order, on any number of threads
 * with one context each, and the results put together are one stream. A piece that is not the last ends with an empty
 * stored block, at a byte boundary (what zlib calls a sync flush). See gzip.h for the stream made of that.
 */
#ifndef CODEC_DEFLATE_H
#define CODEC_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>

enum {
	DEFLATE_DICT = 32 * 1024,           /* bytes before a piece that matches can reach */
	DEFLATE_PIECE_MAX = 1024 * 1024,    /* longest piece */
	DEFLATE_LEVEL_DEFAULT = 6,
};

struct deflate;

/* A context for level 1 (fastest) to 9 (smallest); other levels count as the nearest. About 0.7 MiB. */
struct deflate *deflate_new(int level);
void deflate_free(struct deflate *d);

/* Room that a piece of n bytes needs at most. */
size_t deflate_bound(size_t n);

/* Compresses the n <= DEFLATE_PIECE_MAX bytes at buf + dict, the dict <= DEFLATE_DICT bytes before them being known to
   the decoder. `last` ends the stream. Returns the number of bytes written to out. */
size_t deflate_piece(struct deflate *d, const unsigned char *buf, size_t dict, size_t n, bool last, unsigned char *out);

#endif
