/*
 * tls_modpow: powers modulo an odd number on 64-bit words, which RSA, and ECDSA for its inverses, spend their time in.
 *
 * Both functions are BearSSL's own, under its names and by its contracts (src/inner.h there), so that the whole library
 * uses these: linked before it, they take the place of its src/int/i31_modpow.c and i62_modpow2.c. Numbers are BearSSL's
 * i31: 31 bits a word, the lowest first, behind a word that tells the length. Time and addresses depend on
 * lengths only, and on an exponent of up to four bytes, which only public keys have.
 */
#ifndef NET_TLS_MODPOW_H
#define NET_TLS_MODPOW_H

#include <stddef.h>
#include <stdint.h>

/* x = x^e mod m; x is lower than m. The rest is what BearSSL's needs. Returns 1; 0, and an x of 0, when m has more than 4096
   bits. */
uint32_t br_i62_modpow_opt(uint32_t *x, const unsigned char *e, size_t elen, const uint32_t *m, uint32_t m0i, uint64_t *tmp,
	size_t twlen);

/* The same, for a caller who knows that m is short enough. */
void br_i31_modpow(uint32_t *x, const unsigned char *e, size_t elen, const uint32_t *m, uint32_t m0i, uint32_t *t1, uint32_t *t2);

#endif
