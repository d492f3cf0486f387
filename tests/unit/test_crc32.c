#include "check.h"

#include "codec/crc32.h"

static uint32_t bitwise(const unsigned char *p, size_t n)
{
	uint32_t s = ~0U;
	while (n--) {
		s ^= *p++;
		for (int i = 0; i < 8; i++)
			s = s >> 1 ^ (s & 1 ? 0xedb88320U : 0);
	}
	return ~s;
}

TEST(known)
{
	struct crc32 c;
	crc32_init(&c);
	CHECK_EQ(crc32_update(&c, 0, "", 0), 0);
	CHECK_EQ(crc32_update(&c, 0, "123456789", 9), 0xcbf43926);
}

/* Every length and alignment that the wide loops treat differently, with and without carry-less multiplication. */
TEST(lengths)
{
	unsigned char p[400];
	struct crc32 fast, plain;
	crc32_init(&fast);
	crc32_init(&plain);
	plain.clmul = false;
	for (size_t i = 0; i < sizeof p; i++)
		p[i] = (unsigned char)(i * i + 3 * i);
	for (size_t n = 0; n + 16 < sizeof p; n++)
		for (size_t at = 0; at < 3; at++) {
			uint32_t want = bitwise(p + at, n);
			CHECK_EQ(crc32_update(&fast, 0, p + at, n), want);
			CHECK_EQ(crc32_update(&plain, 0, p + at, n), want);
			uint32_t half = crc32_update(&fast, 0, p + at, n / 3);
			CHECK_EQ(crc32_update(&fast, half, p + at + n / 3, n - n / 3), want);
		}
}

TEST(combine)
{
	unsigned char p[300];
	struct crc32 c;
	crc32_init(&c);
	for (size_t i = 0; i < sizeof p; i++)
		p[i] = (unsigned char)(7 * i);
	for (size_t cut = 0; cut <= sizeof p; cut++) {
		uint32_t a = crc32_update(&c, 0, p, cut), b = crc32_update(&c, 0, p + cut, sizeof p - cut);
		CHECK_EQ(crc32_combine(a, b, sizeof p - cut), crc32_update(&c, 0, p, sizeof p));
	}
}

CHECK_MAIN
