#include "bytes.h"
#include "check.h"

#include "codec/bech32.h"
#include "crypto/primitives.h"
#include "crypto/scrypt.h"
#include "crypto/sha256.h"

/* RFC 7914 section 12 */
TEST(scrypt_vectors)
{
	static const struct {
		const char *pass, *salt;
		unsigned log_n, r, p;
		const char *key;
	} v[] = {
		{"", "", 4, 1, 1, "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
			"fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"},
		{"password", "NaCl", 10, 8, 16, "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
			"2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"},
		{"pleaseletmein", "SodiumChloride", 14, 8, 1, "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
			"d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"},
	};
	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		struct err e = {0};
		unsigned char got[64], want[64];
		unhex(v[i].key, want);
		CHECK_OK(scrypt(got, 64, v[i].pass, strlen(v[i].pass), v[i].salt, strlen(v[i].salt), v[i].log_n, v[i].r, v[i].p, &e));
		CHECK_MEM(got, 64, want, 64);
	}
	struct err e = {0};
	unsigned char got[32];
	CHECK(scrypt(got, 32, "", 0, "", 0, 31, 8, 1, &e) < 0);
	CHECK_EQ(e.kind, ERR_LIMIT);
}

/* RFC 7748 sections 5.2 and 6.1 */
TEST(x25519_vectors)
{
	static const char *const v[][3] = {
		{"a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
			"e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
			"c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"},
		{"4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
			"e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
			"95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"},
	};
	for (size_t i = 0; i < 2; i++) {
		unsigned char k[32], u[32], want[32], got[32];
		unhex(v[i][0], k);
		unhex(v[i][1], u);
		unhex(v[i][2], want);
		CHECK(x25519(got, k, u));
		CHECK_MEM(got, 32, want, 32);
	}
	unsigned char k[32] = {9}, u[32] = {9}, want[32], got[32];
	unhex("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079", want);
	CHECK(x25519(got, k, NULL));
	CHECK_MEM(got, 32, want, 32);
	for (int i = 0; i < 1000; i++) {
		CHECK(x25519(got, k, u));
		memcpy(u, k, 32);
		memcpy(k, got, 32);
	}
	unhex("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51", want);
	CHECK_MEM(k, 32, want, 32);
	unsigned char zero[32] = {0}, one[32] = {1};
	CHECK(!x25519(got, k, zero));
	CHECK(!x25519(got, k, one));
}

/* RFC 5869 appendix A.1 (its first 32 bytes) */
TEST(hkdf_vector)
{
	unsigned char ikm[22], salt[13], want[32], got[32];
	memset(ikm, 0x0b, sizeof ikm);
	for (unsigned i = 0; i < 13; i++)
		salt[i] = (unsigned char)i;
	unhex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf", want);
	hkdf_sha256(got, ikm, sizeof ikm, salt, sizeof salt, "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9");
	CHECK_MEM(got, 32, want, 32);
}

TEST(sealed_is_checked)
{
	unsigned char key[32] = {7}, nonce[12] = {1}, text[5 + 16] = "hello";
	aead_seal(key, nonce, text, 5);
	for (size_t i = 0; i < sizeof text; i++) {
		unsigned char copy[sizeof text];
		memcpy(copy, text, sizeof copy);
		copy[i] ^= 1;
		CHECK(!aead_open(key, nonce, copy, 5));
	}
	CHECK(aead_open(key, nonce, text, 5));
	CHECK_MEM(text, 5, "hello", 5);
}

/* BIP 173's test vectors, and age's own kind of strings. */
/* With the processor's instructions, if it has some, and without, in pieces of every length. */
TEST(sha256_in_pieces)
{
	static unsigned char data[4096];
	char fast[SHA256_HEX], plain[SHA256_HEX];
	struct sha256 h, p;
	for (unsigned i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)(i * i >> 3);
	sha256_init(&h);
	sha256_init(&p);
	p.instructions = false;
	for (size_t piece = 1; piece < 400; piece++) {
		sha256_again(&h);
		sha256_again(&p);
		for (size_t at = 0; at + piece <= sizeof data; at += piece)
			sha256_add(&h, data + at, piece);
		sha256_add(&p, data, sizeof data / piece * piece);
		sha256_end_hex(&h, fast);
		sha256_end_hex(&p, plain);
		CHECK_STR(fast, plain);
	}
	sha256_again(&h);
	memset(data, 'a', 1000);
	for (int i = 0; i < 1000; i++)
		sha256_add(&h, data, 1000);
	sha256_end_hex(&h, fast);
	CHECK_STR(fast, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");  /* FIPS 180-2 appendix B.3 */
}

TEST(bech32)
{
	struct err e = {0};
	CLEANUP_BUF struct buf b = {0};
	CLEANUP_BUF struct buf back = {0};
	unsigned char data[32];
	for (unsigned i = 0; i < 32; i++)
		data[i] = (unsigned char)(i * 7);
	for (size_t n = 0; n <= 32; n++) {
		buf_reset(&b);
		buf_reset(&back);
		bech32_encode(&b, "age", data, n);
		CHECK_OK(bech32_decode(&back, "age", buf_cstr(&b), &e));
		CHECK_MEM(back.data, back.len, data, n);
	}
	buf_reset(&back);
	CHECK_OK(bech32_decode(&back, "a", "A12UEL5L", &e));
	CHECK_EQ(back.len, 0);
	static const char *const bad[] = {"", "a12uel5", "a12uel5m", "A12uEL5L", "b12uel5l", "a12uel5b", "a1", "age1", "a12uel5l "};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(bech32_decode(&back, "a", bad[i], &e) < 0);
	for (size_t i = 0; i < b.len; i++) {
		char saved = b.data[i];
		b.data[i] = saved == 'q' ? 'p' : 'q';
		CHECK(bech32_decode(&back, "age", b.data, &e) < 0);
		b.data[i] = saved;
	}
}

CHECK_MAIN
