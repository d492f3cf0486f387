/*
 * inflate_copy: how inflate.c takes many bits and copies many bytes at once. Not for others: both touch bytes behind those
 * that were asked for.
 */
#ifndef CODEC_INFLATE_COPY_H
#define CODEC_INFLATE_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t load64(const unsigned char *p)
{
	uint64_t v;
	memcpy(&v, p, 8);
	return v;
}

/* load64 as the bit buffer wants it: the first byte lowest. */
static inline uint64_t load_bits(const unsigned char *p)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return __builtin_bswap64(load64(p));
#else
	return load64(p);
#endif
}

/* Copies a match of len bytes from dist bytes back, with wide stores that may end up to 15 bytes behind it. */
static inline __attribute__((always_inline)) void copy_match(unsigned char *out, size_t dist, size_t len)
{
	const unsigned char *src = out - dist;
	unsigned char *end = out + len;
	if (dist >= 16) {
		do {
			memcpy(out, src, 16);
			out += 16;
			src += 16;
		} while (out < end);
	} else if (dist == 1) {
		uint64_t v = 0x0101010101010101ULL * *src;
		do {
			memcpy(out, &v, 8);
			out += 8;
		} while (out < end);
	} else {
		/* Each store makes `step` bytes right, and what it reads is right by then. */
		size_t step = dist >= 8 ? 8 : dist;
		do {
			uint64_t v = load64(src);
			memcpy(out, &v, 8);
			src += step;
			out += step;
		} while (out < end);
	}
}

#endif
