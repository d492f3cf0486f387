#include "crypto/primitives.h"

#include "base/mem.h"

#include <bearssl.h>
#include <string.h>

void hkdf_sha256(unsigned char out[KEY_SIZE], const void *ikm, size_t n, const void *salt, size_t salt_len, const char *info)
{
	br_hkdf_context c;
	br_hkdf_init(&c, &br_sha256_vtable, salt, salt_len);
	br_hkdf_inject(&c, ikm, n);
	br_hkdf_flip(&c);
	br_hkdf_produce(&c, info, strlen(info), out, KEY_SIZE);
	mem_wipe(&c, sizeof c);
}

void hmac_sha256(unsigned char out[SHA256_SIZE], const void *key, size_t key_len, const void *p, size_t n)
{
	br_hmac_key_context k;
	br_hmac_context c;
	br_hmac_key_init(&k, &br_sha256_vtable, key, key_len);
	br_hmac_init(&c, &k, 0);
	br_hmac_update(&c, p, n);
	br_hmac_out(&c, out);
	mem_wipe(&k, sizeof k);
	mem_wipe(&c, sizeof c);
}

static void run(const unsigned char *key, const unsigned char *nonce, unsigned char *p, size_t n, void *tag, int encrypt)
{
	br_chacha20_run chacha20 = br_chacha20_sse2_get();
	br_poly1305_run poly1305 = br_poly1305_ctmulq_get();
	if (!chacha20)
		chacha20 = br_chacha20_ct_run;
	if (!poly1305)
		poly1305 = br_poly1305_ctmul_run;
	poly1305(key, nonce, p, n, NULL, 0, tag, chacha20, encrypt);
}

void aead_seal(const unsigned char key[KEY_SIZE], const unsigned char nonce[AEAD_NONCE], unsigned char *p, size_t n)
{
	run(key, nonce, p, n, p + n, 1);
}

bool aead_open(const unsigned char key[KEY_SIZE], const unsigned char nonce[AEAD_NONCE], unsigned char *p, size_t n)
{
	unsigned char tag[AEAD_TAG];
	run(key, nonce, p, n, tag, 0);
	return secret_equal(tag, p + n, sizeof tag);
}

bool x25519(unsigned char out[KEY_SIZE], const unsigned char scalar[KEY_SIZE], const unsigned char *point)
{
	static const unsigned char base[KEY_SIZE] = {9};
	unsigned char all = 0;
	memcpy(out, point ? point : base, KEY_SIZE);
	uint32_t ok = br_ec_c25519_m31.mul(out, KEY_SIZE, scalar, KEY_SIZE, BR_EC_curve25519);
	for (int i = 0; i < KEY_SIZE; i++)
		all |= out[i];
	return ok && all;
}

bool secret_equal(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;
	unsigned char differ = 0;
	for (size_t i = 0; i < n; i++)
		differ |= x[i] ^ y[i];
	return differ == 0;
}
