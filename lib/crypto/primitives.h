/*
 * primitives: the cryptographic functions that age is made of, on BearSSL.
 */
#ifndef CRYPTO_PRIMITIVES_H
#define CRYPTO_PRIMITIVES_H

#include <stdbool.h>
#include <stddef.h>

enum { KEY_SIZE = 32, AEAD_TAG = 16, AEAD_NONCE = 12, SHA256_SIZE = 32 };

/* HKDF-SHA-256 (RFC 5869): 32 bytes of key from n bytes of input. */
void hkdf_sha256(unsigned char out[KEY_SIZE], const void *ikm, size_t n, const void *salt, size_t salt_len, const char *info);

/* HMAC-SHA-256 (RFC 2104) of n bytes. */
void hmac_sha256(unsigned char out[SHA256_SIZE], const void *key, size_t key_len, const void *p, size_t n);

/* ChaCha20-Poly1305 (RFC 8439) without further data, in place: seals n bytes and writes the tag behind them, or opens
   n bytes with the tag behind them. aead_open returns false when they are not what was sealed. */
void aead_seal(const unsigned char key[KEY_SIZE], const unsigned char nonce[AEAD_NONCE], unsigned char *p, size_t n);
bool aead_open(const unsigned char key[KEY_SIZE], const unsigned char nonce[AEAD_NONCE], unsigned char *p, size_t n);

/* X25519 (RFC 7748 section 5); a NULL point is the base point. False when the result is all zero: a point of low order. */
bool x25519(unsigned char out[KEY_SIZE], const unsigned char scalar[KEY_SIZE], const unsigned char *point);

/* Compares in constant time. */
bool secret_equal(const void *a, const void *b, size_t n);

#endif
