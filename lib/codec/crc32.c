#include "codec/crc32.h"

#include <string.h>

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

#define POLY 0xedb88320U

/* table[k][b]: the byte b followed by k zero bytes, so that eight bytes can be looked up at once. */
void crc32_init(struct crc32 *c)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t v = b;
		for (int i = 0; i < 8; i++)
			v = v >> 1 ^ (v & 1 ? POLY : 0);
		c->table[0][b] = v;
	}
	for (int k = 1; k < 8; k++)
		for (int b = 0; b < 256; b++) {
			uint32_t v = c->table[k - 1][b];
			c->table[k][b] = v >> 8 ^ c->table[0][v & 255];
		}
	c->clmul = false;
#ifdef __x86_64__
	unsigned eax, ebx, ecx = 0, edx;
	if (__get_cpuid(1, &eax, &ebx, &ecx, &edx))
		c->clmul = (ecx & bit_PCLMUL) != 0;
#endif
}

static uint32_t by_table(const struct crc32 *c, uint32_t s, const unsigned char *p, size_t n)
{
	for (; n >= 8; n -= 8, p += 8) {
		uint32_t lo, hi;
		memcpy(&lo, p, 4);
		memcpy(&hi, p + 4, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		lo = __builtin_bswap32(lo);
		hi = __builtin_bswap32(hi);
#endif
		lo ^= s;
		s = c->table[7][lo & 255] ^ c->table[6][lo >> 8 & 255] ^ c->table[5][lo >> 16 & 255] ^
		    c->table[4][lo >> 24] ^ c->table[3][hi & 255] ^ c->table[2][hi >> 8 & 255] ^
		    c->table[1][hi >> 16 & 255] ^ c->table[0][hi >> 24];
	}
	while (n--)
		s = s >> 8 ^ c->table[0][(s ^ *p++) & 255];
	return s;
}

#ifdef __x86_64__
#define CLMUL __attribute__((target("pclmul,sse4.1")))

CLMUL static inline __m128i load(const unsigned char *p)
{
	return _mm_loadu_si128((const void *)p);
}

/* Moves x forward by the distance that k stands for, and adds the data found there. */
CLMUL static inline __m128i fold(__m128i x, __m128i k, __m128i data)
{
	return _mm_xor_si128(data, _mm_xor_si128(_mm_clmulepi64_si128(x, k, 0x00), _mm_clmulepi64_si128(x, k, 0x11)));
}

/* n >= 64. Folds everything into 16 bytes of the same remainder, and leaves those to the table. The constants are
   x^(d+32) and x^(d-32) modulo the polynomial, bits reflected, for the distances d of 512 and of 128 bits. */
CLMUL static uint32_t by_clmul(const struct crc32 *c, uint32_t s, const unsigned char *p, size_t n)
{
	const __m128i far = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
	const __m128i near = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
	__m128i a = _mm_xor_si128(load(p), _mm_cvtsi32_si128((int)s));
	__m128i b = load(p + 16), d = load(p + 32), g = load(p + 48);
	for (p += 64, n -= 64; n >= 64; p += 64, n -= 64) {
		a = fold(a, far, load(p));
		b = fold(b, far, load(p + 16));
		d = fold(d, far, load(p + 32));
		g = fold(g, far, load(p + 48));
	}
	a = fold(fold(fold(a, near, b), near, d), near, g);
	for (; n >= 16; p += 16, n -= 16)
		a = fold(a, near, load(p));
	unsigned char rest[16];
	_mm_storeu_si128((void *)rest, a);
	return by_table(c, by_table(c, 0, rest, sizeof rest), p, n);
}
#endif

uint32_t crc32_update(const struct crc32 *c, uint32_t sum, const void *p, size_t n)
{
#ifdef __x86_64__
	if (c->clmul && n >= 64)
		return ~by_clmul(c, ~sum, p, n);
#endif
	return ~by_table(c, ~sum, p, n);
}

/* The product of two polynomials modulo the checksum's, bit 31 being x^0. */
static uint32_t multiply(uint32_t a, uint32_t b)
{
	uint32_t product = 0;
	for (; a; a <<= 1) {
		if (a & 1U << 31)
			product ^= b;
		b = b >> 1 ^ (b & 1 ? POLY : 0);
	}
	return product;
}

uint32_t crc32_combine(uint32_t first, uint32_t second, uint64_t second_len)
{
	uint32_t power = 1U << 23;  /* x^8: one byte */
	for (uint64_t n = second_len; n; n >>= 1) {
		if (n & 1)
			first = multiply(power, first);
		power = multiply(power, power);
	}
	return first ^ second;
}
