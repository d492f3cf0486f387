#include "crypto/sha256.h"

#include <bearssl.h>

_Static_assert(sizeof(struct sha256) >= sizeof(br_sha256_context), "room for BearSSL's context");

static br_sha256_context *inside(const struct sha256 *h)
{
	return (br_sha256_context *)(uintptr_t)h->state;
}

void sha256_init(struct sha256 *h)
{
	br_sha256_init(inside(h));
}

void sha256_add(struct sha256 *h, const void *p, size_t n)
{
	br_sha256_update(inside(h), p, n);
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
