#include "check.h"

#include "packed/unpack.h"

static uint64_t seed = 88172645463325252U;
static unsigned char noise(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned char)(seed >> 33);
}

/* A call to the same place from two places becomes the same bytes. */
TEST(branches_become_absolute)
{
	unsigned char code[64] = {0};
	unsigned char want[] = {0xE8, 40, 0, 0, 0};
	code[3] = 0xE8;
	code[4] = 37;
	code[20] = 0xE8;
	code[21] = 20;
	unpack_branches(code, sizeof code, 1);
	CHECK_MEM(code + 3, 5, want, 5);
	CHECK_MEM(code + 20, 5, want, 5);
}

/* Whatever the bytes are, branches or not, they come back. */
TEST(branches_come_back)
{
	static unsigned char code[5000], was[sizeof code];
	for (int round = 0; round < 200; round++) {
		size_t size = (size_t)round * 25;
		for (size_t i = 0; i < size; i++)
			code[i] = noise() % 3 == 0 ? 0xE8 + noise() % 2 : noise() % 2 == 0 ? (unsigned char)(noise() % 4 * 85) : noise();
		memcpy(was, code, size);
		unpack_branches(code, (int32_t)size, 1);
		unpack_branches(code, (int32_t)size, 0);
		CHECK_MEM(code, size, was, size);
	}
}

/* By the LZ4 block format: a literal run, a match that overlaps itself, lengths that go on, the last literals. */
TEST(a_block)
{
	static const unsigned char in[] = {0x3F, 'a', 'b', 'c', 3, 0, 7, 0xF0, 2, '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
	                                   'a', 'b', 'c', 'd', 'e', 'f', 'g'};
	unsigned char out[46], want[] = "abcabcabcabcabcabcabcabcabcab0123456789abcdefg";
	CHECK_EQ(unpack_block(out, sizeof out, in, sizeof in), 0);
	CHECK_MEM(out, sizeof out, want, sizeof out);
	for (size_t n = 0; n < sizeof in; n++)
		CHECK_EQ(unpack_block(out, sizeof out, in, n), -1);
	for (size_t size = 0; size < sizeof out; size++)
		CHECK_EQ(unpack_block(out, size, in, sizeof in), -1);
}

/* Nothing is read or written outside: malloc's own checks and ASan look. */
TEST(noise_stays_inside)
{
	for (int round = 0; round < 20000; round++) {
		size_t n = noise() % 64U, size = noise() % 128U;
		unsigned char *in = malloc(n + 1), *out = malloc(size + 1);
		for (size_t i = 0; i < n; i++)
			in[i] = noise() % 2 == 0 ? noise() & 0x33 : noise();
		out[size] = 77;
		(void)unpack_block(out, size, in, n);
		CHECK_EQ(out[size], 77);
		free(in);
		free(out);
	}
}

CHECK_MAIN
