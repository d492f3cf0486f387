/*
 * sha256: SHA-256 (FIPS 180-4) of bytes as they come.
 *
 *     struct sha256 h;
 *     sha256_init(&h);
 *     sha256_add(&h, p, n);
 *     sha256_end(&h, digest);
 *     sha256_again(&h);                for the next digest: sha256_init looks at the processor, which may take a microsecond
 */
#ifndef CRYPTO_SHA256_H
#define CRYPTO_SHA256_H

#include "crypto/primitives.h"

#include <stdint.h>

struct sha256 {
	uint64_t state[14];   /* BearSSL's context */
	bool instructions;    /* the processor has some for it */
};

enum { SHA256_HEX = 2 * SHA256_SIZE + 1 };

void sha256_init(struct sha256 *h);
void sha256_again(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *p, size_t n);
void sha256_end(const struct sha256 *h, unsigned char digest[SHA256_SIZE]);

/* The same in hexadecimal, with a NUL behind it. */
void sha256_end_hex(const struct sha256 *h, char hex[SHA256_HEX]);

#endif
