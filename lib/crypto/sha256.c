/* BearSSL's code, and where an x86 has instructions for SHA-256 those for all whole blocks: the state between two blocks is
   the same words, in BearSSL's context. */
#include "crypto/sha256.h"

#include <bearssl.h>
#include <string.h>

_Static_assert(sizeof(struct sha256) >= sizeof(br_sha256_context), "room for BearSSL's context");

enum { BLOCK = 64 };

static br_sha256_context *inside(const struct sha256 *h)
{
	return (br_sha256_context *)(uintptr_t)h->state;
}

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>

static bool has_instructions(void)
{
	/* Asked once: in a virtual machine cpuid takes as long as thousands of bytes. */
	static _Atomic signed char known;
	if (!known) {
		unsigned a, b, c, d;
		bool sse = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSSE3) && (c & bit_SSE4_1);
		known = sse && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) ? 1 : -1;
	}
	return known > 0;
}

/* FIPS 180-4 section 4.2.2 */
static const uint32_t k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* The instructions want the eight words as ABEF and CDGH, highest lane first, and do two rounds each. */
__attribute__((target("sha,sse4.1"))) static void blocks(uint32_t val[8], const unsigned char *p, size_t n)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const void *)val), 0xB1);
	__m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const void *)(val + 4)), 0x1B);
	__m128i abef = _mm_alignr_epi8(low, high, 8), cdgh = _mm_blend_epi16(high, low, 0xF0);
	for (; n; n--, p += BLOCK) {
		__m128i was_abef = abef, was_cdgh = cdgh, w[4];
#pragma GCC unroll 16
		for (int i = 0; i < 16; i++) {
			if (i < 4)
				w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const void *)(p + 16 * i)), swap);
			else
				w[i & 3] = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]),
					_mm_alignr_epi8(w[(i + 3) & 3], w[(i + 2) & 3], 4)), w[(i + 3) & 3]);
			__m128i m = _mm_add_epi32(w[i & 3], _mm_loadu_si128((const void *)(k + 4 * i)));
			cdgh = _mm_sha256rnds2_epu32(cdgh, abef, m);
			abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(m, 0x0E));
		}
		abef = _mm_add_epi32(abef, was_abef);
		cdgh = _mm_add_epi32(cdgh, was_cdgh);
	}
	low = _mm_shuffle_epi32(abef, 0x1B);
	high = _mm_shuffle_epi32(cdgh, 0xB1);
	_mm_storeu_si128((void *)val, _mm_blend_epi16(low, high, 0xF0));
	_mm_storeu_si128((void *)(val + 4), _mm_alignr_epi8(high, low, 8));
}
#else
static bool has_instructions(void)
{
	return false;
}

static void blocks(uint32_t val[8], const unsigned char *p, size_t n)
{
	(void)val;
	(void)p;
	(void)n;
}
#endif

void sha256_init(struct sha256 *h)
{
	br_sha256_init(inside(h));
}

void sha256_add(struct sha256 *h, const void *data, size_t n)
{
	br_sha256_context *c = inside(h);
	const unsigned char *p = data;
	if (n >= 2 * BLOCK && has_instructions()) {
		size_t rest = (BLOCK - c->count % BLOCK) % BLOCK, whole = (n - rest) / BLOCK;
		br_sha256_update(c, p, rest);
		blocks(c->val, p + rest, whole);
		c->count += whole * BLOCK;
		p += rest + whole * BLOCK;
		n -= rest + whole * BLOCK;
	}
	br_sha256_update(c, p, n);
}

void sha256_end(const struct sha256 *h, unsigned char digest[SHA256_SIZE])
{
	br_sha256_out(inside(h), digest);
}

void sha256_end_hex(const struct sha256 *h, char hex[SHA256_HEX])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[SHA256_SIZE];
	sha256_end(h, digest);
	for (int i = 0; i < SHA256_SIZE; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[SHA256_HEX - 1] = '\0';
}
