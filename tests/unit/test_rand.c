#include "check.h"

#include "sys/rand.h"

TEST(bytes_differ)
{
	struct err e;
	unsigned char a[32] = {0}, b[32] = {0};
	CHECK_OK(rand_bytes(a, sizeof a, &e));
	CHECK_OK(rand_bytes(b, sizeof b, &e));
	CHECK(memcmp(a, b, sizeof a) != 0);
	CHECK_OK(rand_bytes(a, 0, &e));
}

TEST(name_alphabet)
{
	struct err e;
	char s[401], t[401];
	CHECK_OK(rand_name(s, 400, &e));
	CHECK_OK(rand_name(t, 400, &e));
	CHECK_EQ(strlen(s), 400);
	CHECK_EQ(strspn(s, "abcdefghijklmnopqrstuvwxyz234567"), 400);
	CHECK(strcmp(s, t) != 0);
}

CHECK_MAIN
