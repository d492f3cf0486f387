#include "bytes.h"
#include "check.h"

#include "net/tls_modpow.h"
#include "net/tls_p256.h"

#include <bearssl.h>

/* A key of openssl genrsa 2048, and openssl dgst -sha256 -sign of `message`. */
static const char message[] = "signed by openssl";
static const char rsa_n[] =
	"f2cc282787285bb9518f923af1d988425341acf7510c4ee8e1650936e26e896ef657543345bf449b26cb0aacffa82438"
	"a0965452adc051c9172b51aa84b31626b1d56ccdd90e355e90392a5a80ba98818ee2c9ed813951797d69ff13fc512448"
	"66a067254b8c12519060ec43b0966441d115b089ef64ef40c17fa35fe964415ae03eb446b74b5d8626f5c4ca285a3d8f"
	"25c4c5ad51d610e1e53f78537d7a6434fab3a337dec1bfdc8a04e917cf87d3e39e8659d8974d24f02ce641a8b6ece3c8"
	"940caecc611f4eaf345ac23178cbb6013df5b7373c8771dbb1b11195250c369528390550f98a188b4b7980f7e9acaab4"
	"fe71d1cfa66bd22c7a4b99dc8464ea15";
static const char rsa_p[] =
	"fac036ed40e48e1bad171c600f2ef0fe29af8f4e581beea1fd6c8c6dde6cc8a48a8191263100f03f9940ef80d347ca08"
	"2d95f64fb05b7e1fca95ac71a9a00eed35625c9cf6907a69dd545489d7f6c81ca9c8de3ab0b11339995b38734dc59de2"
	"5cd1c1116dcf656653f4c740acc9f64b3f0a704ccada7b88a32bbcbc7c2eadcf";
static const char rsa_q[] =
	"f7e151e63e3a0652609476e8e91217fb82b7b1588b673f73e1d25f8fd7020f3f5d45ed290e391e8277b7a2136f1a8395"
	"04def628830c317466e4bcb8dba0058064b39418b2071f75587c5018ab4effe9c9bb79fb607578b69cd401d3ac97c340"
	"0ac37bb887275c7198c0c4e345505e21bc1a687414df68a63ddb5ea8e29ea6db";
static const char rsa_dp[] =
	"324564fdaddbe48db1e7073e4eecf74dcd67b01061e3bfb4e44ce5de8510442d90c3272983fb8f2f00f79eccb20f1b77"
	"0644a16c1a8c4d3dec6c9374fa2fe7ae30dcb67a958823b2a3b7eb76f3403ba05b7db4e8095286eb2e4eb6838f5d0629"
	"42b89ebf72c778a9ca3d31d14a92f6f8e0fba3c6118939e90be591e22bf763cb";
static const char rsa_dq[] =
	"20a8049c2ab28646b0069f2bcc18e023f872aee0956d02c5078929a1cf97abde9331352f657a4cf4af44f80b4b65d8d3"
	"f71250a7c1ac078fe846563e9c609698f5ab5ae56dfed63c256e2b3734ca7198a1451baaec684d80f16454e14829ae45"
	"6fa5955518292d5aa1df3391257e93082ab9e7ecf31b03b4730dc588c6625465";
static const char rsa_iq[] =
	"194d30148897c53e5852895b47d85c28d97702d89892d41f60c546dfe378e3819d17c691f204e549c67e5aff4935b7a1"
	"8cc11e276a6b2105d44a46a780ba3ab93cff2a2e8a380a42dc7f40ad72d344c8f5b62e92774afd466f87ca01964ce625"
	"92e74f030177d2339a8dda7a58f53240bb7f9bb031f3657f15333aabf90e8979";
static const char rsa_signature[] =
	"efcbfbb18341ef588a5e46d8bd9f9aef708a1058f35e449b6b44ec431c24e126c9784dfc6f482adba815bbde6c2923ba"
	"2bacad3ea0a706a7f59ef7200fd3591700bea7fb2376176e19e839106eff6613b4fb183dba210eddefe7bd5d9319828e"
	"81b66c82336ff7946e6ca546fca636cdcf75a844865d07f5a55fb59b03d978f2de124958aa986e9258b294381a2304d8"
	"bcfc93a65f598bc8404a548a5369e7277de3857fd69e3985c0b49e82eee878eacce8cae76d69d0b853b08f88f26c2324"
	"aff5d085e1963d718a81eaa9715c86197ff689e077e28c2f8126cc8232100c1e1c530a3c1fc23dab838d900227ae0080"
	"f4c80a756dc665610d2af904d68a7b20";

enum { SIZE = 256 };

/* The same power by ours and by BearSSL's 32-bit arithmetic, which shares nothing with it. */
static void power(unsigned char *n, size_t nlen, unsigned char *e, size_t elen)
{
	unsigned char got[512], want[512];
	br_rsa_public_key k = {n, nlen, e, elen};
	noise(got, nlen);
	got[0] %= n[0];
	memcpy(want, got, nlen);
	CHECK_EQ(br_rsa_i62_public(got, nlen, &k), 1);
	CHECK_EQ(br_rsa_i32_public(want, nlen, &k), 1);
	CHECK_MEM(got, nlen, want, nlen);
}

TEST(moduli_of_all_lengths)
{
	for (size_t nlen = 8; nlen <= 140; nlen++) {
		unsigned char n[512], e[4] = {0, 1, 0, 1};
		noise(n, nlen);
		n[0] = (unsigned char)(2 + nlen % 254);
		n[nlen - 1] |= 1;
		power(n, nlen, e + 1, 3);
		noise(e, sizeof e);
		power(n, nlen, e, 1 + nlen % 4);
	}
}

TEST(large_moduli)
{
	static const size_t lengths[] = {256, 257, 383, 384, 511, 512};
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		unsigned char n[512], e[3] = {1, 0, 1};
		noise(n, lengths[i]);
		n[0] |= 0x80;
		n[lengths[i] - 1] |= 1;
		power(n, lengths[i], e, sizeof e);
	}
}

/* All bits set and nearly none, where carries run furthest. */
TEST(extreme_moduli)
{
	for (size_t nlen = 8; nlen <= 136; nlen += 8) {
		unsigned char n[512], e[2] = {0xff, 0xff};
		memset(n, 0xff, nlen);
		power(n, nlen, e, sizeof e);
		memset(n, 0, nlen);
		n[0] = 0x80;
		n[nlen - 1] = 1;
		power(n, nlen, e, sizeof e);
		n[0] = 2;
		power(n, nlen, e, sizeof e);
	}
}

TEST(long_exponents)
{
	for (int i = 0; i < 10; i++) {
		unsigned char n[64], e[64];
		noise(n, sizeof n);
		noise(e, sizeof e);
		n[0] |= 1;
		n[sizeof n - 1] |= 1;
		power(n, sizeof n, e, sizeof e);
		memset(e, i % 2 ? 0 : 0xff, sizeof e);
		power(n, sizeof n, e, sizeof e);
	}
}

/* 0, 1, m - 1, and an exponent of none. */
TEST(ends)
{
	unsigned char n[40], x[40], e[40] = {0}, want[40] = {0};
	br_rsa_public_key k = {n, sizeof n, e, sizeof e};
	noise(n, sizeof n);
	n[0] |= 0x80;
	n[sizeof n - 1] |= 1;
	noise(x, sizeof x);
	x[0] &= 0x7f;
	want[sizeof want - 1] = 1;
	CHECK_EQ(br_rsa_i62_public(x, sizeof x, &k), 1);
	CHECK_MEM(x, sizeof x, want, sizeof want);
	e[sizeof e - 1] = 5;
	CHECK_EQ(br_rsa_i62_public(x, sizeof x, &k), 1);
	CHECK_MEM(x, sizeof x, want, sizeof want);
	want[sizeof want - 1] = 0;
	memset(x, 0, sizeof x);
	CHECK_EQ(br_rsa_i62_public(x, sizeof x, &k), 1);
	CHECK_MEM(x, sizeof x, want, sizeof want);
	memcpy(x, n, sizeof x);
	x[sizeof x - 1]--;
	memcpy(want, x, sizeof x);
	CHECK_EQ(br_rsa_i62_public(x, sizeof x, &k), 1);
	CHECK_MEM(x, sizeof x, want, sizeof want);
}

/* A modulus of more than 4096 bits, and one of none, which BearSSL never passes on. */
TEST(too_long)
{
	uint32_t m[140] = {137 << 5}, x[140] = {137 << 5};
	unsigned char e[1] = {1};
	memset(m + 1, 0x7f, 137 * sizeof *m);
	memset(x + 1, 0x55, 137 * sizeof *x);
	CHECK_EQ(br_i62_modpow_opt(x, e, 1, m, 1, NULL, 0), 0);
	for (int i = 1; i <= 137; i++)
		CHECK_EQ(x[i], 0);
	m[0] = 0;
	CHECK_EQ(br_i62_modpow_opt(x, e, 1, m, 1, NULL, 0), 0);
}

TEST(rsa_as_openssl)
{
	unsigned char n[SIZE], p[SIZE], q[SIZE], dp[SIZE], dq[SIZE], iq[SIZE], e[3] = {1, 0, 1}, hash[32], out[32], got[SIZE], want[SIZE];
	br_rsa_public_key pub = {n, unhex(rsa_n, n), e, 3};
	br_rsa_private_key k = {2048, p, unhex(rsa_p, p), q, unhex(rsa_q, q), dp, unhex(rsa_dp, dp), dq, unhex(rsa_dq, dq), iq,
		unhex(rsa_iq, iq)};
	br_sha256_context c;
	br_sha256_init(&c);
	br_sha256_update(&c, message, strlen(message));
	br_sha256_out(&c, hash);
	CHECK_EQ(unhex(rsa_signature, want), SIZE);
	CHECK_EQ(br_rsa_i62_pkcs1_vrfy(want, SIZE, BR_HASH_OID_SHA256, 32, &pub, out), 1);
	CHECK_MEM(out, 32, hash, 32);
	CHECK_EQ(br_rsa_i62_pkcs1_sign(BR_HASH_OID_SHA256, hash, 32, &k, got), 1);
	CHECK_MEM(got, SIZE, want, SIZE);
	for (int i = 0; i < SIZE; i += 17) {
		memcpy(got, want, SIZE);
		got[i] ^= 16;
		CHECK(br_rsa_i62_pkcs1_vrfy(got, SIZE, BR_HASH_OID_SHA256, 32, &pub, out) == 0 || memcmp(out, hash, 32) != 0);
	}
}

/* ECDSA inverts with it. A signature is a function of key and hash (RFC 6979), so both have to make the same. */
TEST(ecdsa_as_with_15_bits)
{
	static const int curves[] = {BR_EC_secp256r1, BR_EC_secp384r1, BR_EC_secp521r1};
	for (size_t i = 0; i < 12; i++) {
		unsigned char x[66], q[133], hash[32], got[160], want[160];
		size_t order, n;
		int curve = curves[i % 3];
		tls_curves.order(curve, &order);
		noise(x, order);
		noise(hash, sizeof hash);
		x[0] = 0;
		br_ec_private_key k = {curve, x, order};
		br_ec_public_key pub = {curve, q, tls_curves.mulgen(q, x, order, curve)};
		n = br_ecdsa_i31_sign_asn1(&tls_curves, &br_sha256_vtable, hash, &k, got);
		CHECK(n > 0);
		CHECK_EQ(br_ecdsa_i15_sign_asn1(&br_ec_all_m15, &br_sha256_vtable, hash, &k, want), n);
		CHECK_MEM(got, n, want, n);
		CHECK_EQ(br_ecdsa_i31_vrfy_asn1(&tls_curves, hash, sizeof hash, &pub, got, n), 1);
		hash[5] ^= 1;
		CHECK_EQ(br_ecdsa_i31_vrfy_asn1(&tls_curves, hash, sizeof hash, &pub, got, n), 0);
	}
}

CHECK_MAIN
