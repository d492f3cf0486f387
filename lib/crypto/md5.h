/*
 * md5: MD5 (RFC 1321) of bytes as they come, for what S3 calls ETag and Content-MD5: against accidents, not attackers.
 *
 *     struct md5 h;
 *     md5_init(&h);
 *     md5_add(&h, p, n);
 *     md5_end(&h, digest);
 */
#ifndef CRYPTO_MD5_H
#define CRYPTO_MD5_H

#include <stddef.h>
#include <stdint.h>

enum { MD5_SIZE = 16 };

struct md5 {
	uint64_t count;      /* bytes so far; those of the last block that is not full stand in block */
	uint32_t state[4];
	unsigned char block[64];
};

void md5_init(struct md5 *h);
void md5_add(struct md5 *h, const void *p, size_t n);
void md5_end(const struct md5 *h, unsigned char digest[MD5_SIZE]);

#endif
