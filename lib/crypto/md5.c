/* Our own: BearSSL's is made small, and every byte that goes to S3 or comes from there passes through here. */
#include "crypto/md5.h"

#include <string.h>

enum { BLOCK = 64 };

/* RFC 1321 section 3.4: the integer part of 2^32 times |sin(i + 1)| */
static const uint32_t sines[64] = {
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
	0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
	0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
	0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
	0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
	0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
	0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
	0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static uint32_t load(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void store(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> 8 * i);
}

/* The order of the words and the rotations are constants once the loop is unrolled. The two halves of the second round's
   function share no bit, so that they can be added, one of them before the step's longest chain has come to it. */
static void blocks(uint32_t state[4], const unsigned char *p, size_t n)
{
	static const unsigned char turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	for (; n; n--, p += BLOCK) {
		uint32_t was_a = a, was_b = b, was_c = c, was_d = d;
#pragma GCC unroll 64
		for (unsigned i = 0; i < 64; i++) {
			unsigned word = (i < 16 ? i : i < 32 ? 5 * i + 1 : i < 48 ? 3 * i + 5 : 7 * i) & 15, turn = turns[i >> 4][i & 3];
			uint32_t sum = a + sines[i] + load(p + 4 * word);
			if (i < 16)
				sum += d ^ (b & (c ^ d));
			else if (i < 32)
				sum = sum + (c & ~d) + (b & d);
			else
				sum += i < 48 ? b ^ (c ^ d) : c ^ (b | ~d);
			a = d;
			d = c;
			c = b;
			b += sum << turn | sum >> (32 - turn);
		}
		a += was_a;
		b += was_b;
		c += was_c;
		d += was_d;
	}
	state[0] = a;
	state[1] = b;
	state[2] = c;
	state[3] = d;
}

void md5_init(struct md5 *h)
{
	*h = (struct md5){.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}};
}

void md5_add(struct md5 *h, const void *data, size_t n)
{
	const unsigned char *p = data;
	size_t have = h->count % BLOCK, take = n < BLOCK - have ? n : BLOCK - have;
	h->count += n;
	if (have || n < BLOCK) {
		if (n)
			memcpy(h->block + have, p, take);
		if (have + take < BLOCK)
			return;
		blocks(h->state, h->block, 1);
		p += take;
		n -= take;
	}
	blocks(h->state, p, n / BLOCK);
	if (n % BLOCK)
		memcpy(h->block, p + n / BLOCK * BLOCK, n % BLOCK);
}

void md5_end(const struct md5 *h, unsigned char digest[MD5_SIZE])
{
	static const unsigned char padding[BLOCK] = {0x80};
	struct md5 end = *h;
	unsigned char bits[8];
	store(bits, (uint32_t)(h->count << 3));
	store(bits + 4, (uint32_t)(h->count >> 29));
	md5_add(&end, padding, BLOCK - (h->count + sizeof bits) % BLOCK);
	md5_add(&end, bits, sizeof bits);
	for (int i = 0; i < 4; i++)
		store(digest + 4 * i, end.state[i]);
}
