/*
 * Backups hash every byte of a volume: where the processor has SHA instructions (x86-64), whole blocks go through them,
 * eight times as fast as BearSSL, whose context holds the state in either case.
 */
#include "crypto/sha256.h"

#include <bearssl.h>

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

enum { BLOCK = 64 };

_Static_assert(sizeof((struct sha256){0}.state) >= sizeof(br_sha256_context), "room for BearSSL's context");

static br_sha256_context *inside(const struct sha256 *h)
{
	return (br_sha256_context *)(uintptr_t)h->state;
}

#ifdef __x86_64__
/* FIPS 180-4 section 4.2.2 */
static const uint32_t K[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
	0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
	0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
	0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static bool has_instructions(void)
{
	unsigned eax, ebx = 0, ecx = 0, edx;
	return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && ecx & bit_SSE4_1 && __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) &&
	       ebx & bit_SHA;
}

/* The instructions want the state as two vectors, a b e f and c d g h, the first letters uppermost. */
__attribute__((target("sha,sse4.1"))) static void add_blocks(uint32_t state[8], const unsigned char *p, size_t n)
{
	const __m128i *k = (const void *)K;
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128((const void *)state), 0xb1);
	__m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const void *)(state + 4)), 0x1b);
	__m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
	for (; n; n--, p += BLOCK) {
		__m128i w[4], abef0 = abef, cdgh0 = cdgh;
#pragma GCC unroll 4
		for (int i = 0; i < 4; i++)
			w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const void *)(p + 16 * i)), swap);
#pragma GCC unroll 16
		for (int i = 0; i < 16; i++) {
			__m128i a = w[i & 3], b = w[(i + 1) & 3], c = w[(i + 2) & 3], d = w[(i + 3) & 3], x = _mm_add_epi32(a, k[i]);
			cdgh = _mm_sha256rnds2_epu32(cdgh, abef, x);
			abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(x, 0x0e));
			w[i & 3] = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(a, b), _mm_alignr_epi8(d, c, 4)), d);
		}
		abef = _mm_add_epi32(abef, abef0);
		cdgh = _mm_add_epi32(cdgh, cdgh0);
	}
	__m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
	_mm_storeu_si128((void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128((void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}
#else
static bool has_instructions(void)
{
	return false;
}

static void add_blocks(uint32_t state[8], const unsigned char *p, size_t n)
{
	(void)state, (void)p, (void)n;
}
#endif

void sha256_init(struct sha256 *h)
{
	br_sha256_init(inside(h));
	h->instructions = has_instructions();
}

void sha256_again(struct sha256 *h)
{
	br_sha256_init(inside(h));
}

void sha256_add(struct sha256 *h, const void *data, size_t n)
{
	br_sha256_context *c = inside(h);
	const unsigned char *p = data;
	size_t fill = -c->count & (BLOCK - 1);
	if (h->instructions && n >= fill + BLOCK) {
		br_sha256_update(c, p, fill);
		size_t blocks = (n - fill) / BLOCK;
		add_blocks(c->val, p + fill, blocks);
		c->count += blocks * BLOCK;
		p += fill + blocks * BLOCK;
		n -= fill + blocks * BLOCK;
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
