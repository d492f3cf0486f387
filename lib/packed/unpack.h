/* unpack.h: how a packed program is stored, for the two that must agree: pack.c, which stores, and start.c, which starts it.
   Freestanding: no libc.

   The image is the program's memory from its first byte to the end of its initialised data. In its code, the operand of
   every call and jump (E8, E9) is made absolute, so that two calls of one function are the same five bytes; then the image
   is one LZ4 block. */
#ifndef PACKED_UNPACK_H
#define PACKED_UNPACK_H

#include <stddef.h>
#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Where bytes from `at` to `end` are E8 or E9; returns how many. Nearly always it is up to two of 16, which takes no jump that
   the processor could not foresee. */
static inline int unpack_opcodes(const unsigned char *code, int32_t at, int32_t end, int32_t *found)
{
	int n = 0;
#ifdef __SSE2__
	for (; at <= end - 16; at += 16) {
		const __m128i bytes = _mm_loadu_si128((const void *)(code + at));
		unsigned bits = (unsigned)_mm_movemask_epi8(
			_mm_cmpeq_epi8(_mm_and_si128(bytes, _mm_set1_epi8((char)0xFE)), _mm_set1_epi8((char)0xE8)));
		for (int i = 0; i < 2 || bits; i++, bits &= bits - 1) {
			found[n] = at + __builtin_ctz(bits | 0x10000);
			n += bits != 0;
		}
	}
#endif
	for (; at < end; at++)
		if ((code[at] & 0xFE) == 0xE8)
			found[n++] = at;
	return n;
}

/* Absolute and relative operands change places within [-at, size), one for one: no byte sequence is lost, whether it was a
   branch or only looks like one. Both ways walk over the same opcodes, since an operand is never looked into. */
static inline void unpack_branches(unsigned char *code, int32_t size, int store)
{
	enum { CHUNK = 1024 };
	int32_t found[CHUNK + 2], at = 0, v;
	for (int32_t start = 0; start < size - 4; start += CHUNK) {
		int n = unpack_opcodes(code, start, start < size - 4 - CHUNK ? start + CHUNK : size - 4, found);
		for (int i = 0; i < n; i++) {
			if (found[i] < at)
				continue;
			at = found[i];
			__builtin_memcpy(&v, code + at + 1, 4);
			if (v >= -at && v < size) {
				if (store)
					v = v < size - at ? v + at : v - size;
				else
					v = v >= 0 ? v - at : v + size;
				__builtin_memcpy(code + at + 1, &v, 4);
			}
			at += 5;
		}
	}
}

/* Most copies are short: with room behind both ends it is 16 bytes at once, a word after the other since they may overlap. */
static inline void unpack_copy(unsigned char *to, const unsigned char *from, size_t n, int room)
{
	size_t i = 0;
	if (room)
		do {
			for (int half = 0; half < 16; half += 8) {
				uint64_t word;
				__builtin_memcpy(&word, from + i + half, 8);
				__builtin_memcpy(to + i + half, &word, 8);
			}
			i += 16;
		} while (i < n);
	else
		for (; i < n; i++)
			to[i] = from[i];
}

/* A length of LZ4: 15 goes on with bytes to add, up to one that is not 255. Returns -1 at the end of the input. */
static inline int unpack_length(const unsigned char **in, const unsigned char *end, size_t *n)
{
	unsigned char more = 255;
	if (*n == 15)
		while (more == 255) {
			if (*in == end)
				return -1;
			*n += more = *(*in)++;
		}
	return 0;
}

/* One LZ4 block of exactly n bytes into exactly size. Returns -1 if it is not that; never reads or writes beyond either. */
static inline int unpack_block(unsigned char *out, size_t size, const unsigned char *in, size_t n)
{
	const unsigned char *end = in + n;
	unsigned char *to = out, *stop = out + size;
	while (in < end) {
		unsigned token = *in++;
		size_t len = token >> 4;
		if (unpack_length(&in, end, &len) < 0 || len > (size_t)(end - in) || len > (size_t)(stop - to))
			return -1;
		unpack_copy(to, in, len, (size_t)(end - in) >= len + 16 && (size_t)(stop - to) >= len + 16);
		in += len;
		to += len;
		if (in == end)
			return to == stop ? 0 : -1;
		if (end - in < 2)
			return -1;
		size_t back = in[0] | (size_t)in[1] << 8;
		in += 2;
		len = token & 15;
		if (unpack_length(&in, end, &len) < 0)
			return -1;
		len += 4;
		if (back == 0 || back > (size_t)(to - out) || len > (size_t)(stop - to))
			return -1;
		unpack_copy(to, to - back, len, back >= 8 && (size_t)(stop - to) >= len + 16);
		to += len;
	}
	return -1;
}

#endif
