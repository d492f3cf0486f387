/*
 * scrypt: a key from a passphrase, at a cost in time and memory (RFC 7914).
 */
#ifndef CRYPTO_SCRYPT_H
#define CRYPTO_SCRYPT_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* n bytes of key with the cost N = 2^log_n (1 to 30), blocks of r (1 to 32) times 128 bytes, p times one after another.
   Takes 128 * r * 2^log_n bytes of memory meanwhile; ERR_LIMIT when they are not to be had, ERR_INTR after a signal. */
int scrypt(void *out, size_t n, const void *pass, size_t pass_len, const void *salt, size_t salt_len, unsigned log_n,
	unsigned r, unsigned p, struct err *e) MUST_CHECK;

/* The largest log_n up to `most` whose memory with r = 8 is at most a quarter of this machine's. */
unsigned scrypt_affordable(unsigned most);

#endif
