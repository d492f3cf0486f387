/* bytes: what unit tests feed to arithmetic: noise that is the same in every run, and bytes from hexadecimal digits. */
#ifndef BYTES_H
#define BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Marsaglia's xorshift. */
static inline void noise(unsigned char *p, size_t n)
{
	static uint64_t state = 0x9E3779B97F4A7C15;
	for (size_t i = 0; i < n; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		p[i] = (unsigned char)(state >> 32);
	}
}

/* Returns how many bytes. */
static inline size_t unhex(const char *s, unsigned char *out)
{
	size_t n = 0;
	for (; s[0] && s[1]; s += 2) {
		char byte[3] = {s[0], s[1], 0};
		out[n++] = (unsigned char)strtoul(byte, NULL, 16);
	}
	return n;
}

#endif
