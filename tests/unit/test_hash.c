#include "check.h"

#include "crypto/md5.h"
#include "crypto/sha256.h"

#include <bearssl.h>

/* FIPS 180-4's example, and the million times 'a'. */
TEST(known)
{
	char hex[SHA256_HEX];
	static char a[1000];
	struct sha256 h;
	sha256_init(&h);
	sha256_add(&h, "abc", 3);
	sha256_end_hex(&h, hex);
	CHECK_STR(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	memset(a, 'a', sizeof a);
	sha256_init(&h);
	for (int i = 0; i < 1000; i++)
		sha256_add(&h, a, sizeof a);
	sha256_end_hex(&h, hex);
	CHECK_STR(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Bytes without a pattern that a block could hide. */
static void fill(unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)(i * i * 31 + i * 7 + (i >> 5));
}

/* Whatever the processor can: the digest is that of BearSSL's portable code, for every length and every way to cut. */
TEST(as_the_portable_code)
{
	static unsigned char data[1500];
	fill(data, sizeof data);
	for (size_t n = 0; n < sizeof data; n++) {
		br_sha256_context want;
		unsigned char there[SHA256_SIZE], here[SHA256_SIZE];
		struct sha256 h;
		br_sha256_init(&want);
		br_sha256_update(&want, data, n);
		br_sha256_out(&want, there);
		sha256_init(&h);
		for (size_t at = 0, step = n % 67 + 1; at < n; step = (step * 5 + 3) % 400 + 1) {
			size_t take = step < n - at ? step : n - at;
			sha256_add(&h, data + at, take);
			at += take;
		}
		sha256_end(&h, here);
		CHECK_MEM(here, sizeof here, there, sizeof there);
		sha256_init(&h);
		sha256_add(&h, data, n);
		sha256_end(&h, here);
		CHECK_MEM(here, sizeof here, there, sizeof there);
	}
}

/* RFC 1321 section A.5, and every length and way to cut against BearSSL's. */
TEST(md5)
{
	static unsigned char data[700];
	fill(data, sizeof data);
	for (size_t n = 0; n < sizeof data; n++) {
		br_md5_context want;
		unsigned char there[MD5_SIZE], here[MD5_SIZE];
		struct md5 h;
		br_md5_init(&want);
		br_md5_update(&want, data, n);
		br_md5_out(&want, there);
		md5_init(&h);
		for (size_t at = 0, step = n % 61 + 1; at < n; step = (step * 5 + 3) % 200 + 1) {
			size_t take = step < n - at ? step : n - at;
			md5_add(&h, data + at, take);
			at += take;
		}
		md5_end(&h, here);
		CHECK_MEM(here, sizeof here, there, sizeof there);
		md5_init(&h);
		md5_add(&h, data, n);
		md5_end(&h, here);
		CHECK_MEM(here, sizeof here, there, sizeof there);
	}
	static const unsigned char abc[] = {0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2, 0x4f, 0xb0, 0xd6, 0x96, 0x3f, 0x7d, 0x28, 0xe1, 0x7f, 0x72};
	unsigned char here[MD5_SIZE];
	struct md5 h;
	md5_init(&h);
	md5_add(&h, "abc", 3);
	md5_end(&h, here);
	CHECK_MEM(here, sizeof here, abc, sizeof abc);
}

CHECK_MAIN
