#include "bytes.h"
#include "check.h"

#include "net/tls_p256.h"

enum { POINT = 65, SIZE = 32, ROUNDS = 60 };

static const char order[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
static const char prime[] = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

/* A scalar from 1 to the order; with every third, one near an end. */
static void scalar(unsigned char k[SIZE], int i)
{
	noise(k, SIZE);
	k[0] &= 0x7f;
	k[SIZE - 1] |= 1;
	if (i % 3 == 1) {
		memset(k, 0, SIZE);
		k[SIZE - 1 - i / 32] = (unsigned char)(1 + i / 3);
	} else if (i % 3 == 2) {
		unhex(order, k);
		k[SIZE - 1] -= (unsigned char)(1 + i / 3);
	}
}

static void generator(unsigned char p[POINT])
{
	size_t n;
	memcpy(p, tls_curves.generator(BR_EC_secp256r1, &n), POINT);
}

/* y becomes p - y. */
static void negate(unsigned char point[POINT])
{
	unsigned char p[SIZE];
	int borrow = 0;
	unhex(prime, p);
	for (int i = SIZE - 1; i >= 0; i--) {
		int d = p[i] - point[1 + SIZE + i] - borrow;
		borrow = d < 0;
		point[1 + SIZE + i] = (unsigned char)d;
	}
}

TEST(generator_times_scalars)
{
	for (int i = 0; i < ROUNDS; i++) {
		unsigned char k[SIZE], got[POINT], want[POINT];
		scalar(k, i);
		CHECK_EQ(tls_curves.mulgen(got, k, SIZE, BR_EC_secp256r1), POINT);
		CHECK_EQ(br_ec_p256_m31.mulgen(want, k, SIZE, BR_EC_secp256r1), POINT);
		CHECK_MEM(got, POINT, want, POINT);
	}
}

/* Every entry of the table, and every place. */
TEST(generator_times_powers_of_two)
{
	for (int i = 0; i < 256; i++) {
		unsigned char k[SIZE] = {0}, got[POINT], want[POINT];
		k[SIZE - 1 - i / 8] = (unsigned char)(1 << i % 8);
		tls_curves.mulgen(got, k, SIZE, BR_EC_secp256r1);
		generator(want);
		CHECK_EQ(br_ec_p256_m31.mul(want, POINT, k, SIZE, BR_EC_secp256r1), 1);
		CHECK_MEM(got, POINT, want, POINT);
	}
	for (int i = 1; i < 16; i++) {
		unsigned char k[SIZE] = {0}, got[POINT], want[POINT];
		for (int j = 0; j < 4; j++)
			k[SIZE - 1 - 8 * j] = (unsigned char)(i >> j & 1);
		tls_curves.mulgen(got, k, SIZE, BR_EC_secp256r1);
		generator(want);
		CHECK_EQ(tls_curves.mul(want, POINT, k, SIZE, BR_EC_secp256r1), 1);
		CHECK_MEM(got, POINT, want, POINT);
	}
}

TEST(points_times_scalars)
{
	unsigned char got[POINT], want[POINT];
	generator(got);
	for (int i = 0; i < ROUNDS; i++) {
		unsigned char k[SIZE];
		scalar(k, i);
		memcpy(want, got, POINT);
		CHECK_EQ(tls_curves.mul(got, POINT, k, SIZE, BR_EC_secp256r1), 1);
		CHECK_EQ(br_ec_p256_m31.mul(want, POINT, k, SIZE, BR_EC_secp256r1), 1);
		CHECK_MEM(got, POINT, want, POINT);
	}
}

TEST(short_and_long_scalars)
{
	unsigned char k[40] = {0}, got[POINT], want[POINT];
	for (size_t n = 1; n <= SIZE; n++) {
		noise(k + 8, SIZE);
		memset(k, 0, sizeof k - n);
		k[39] |= 1;
		generator(got);
		generator(want);
		CHECK_EQ(tls_curves.mul(got, POINT, k + sizeof k - n, n, BR_EC_secp256r1), 1);
		CHECK_EQ(tls_curves.mul(want, POINT, k, sizeof k, BR_EC_secp256r1), 1);
		CHECK_MEM(got, POINT, want, POINT);
		tls_curves.mulgen(got, k + sizeof k - n, n, BR_EC_secp256r1);
		CHECK_MEM(got, POINT, want, POINT);
		tls_curves.mulgen(got, k, sizeof k, BR_EC_secp256r1);
		CHECK_MEM(got, POINT, want, POINT);
	}
}

/* Zero and the order give infinity; the order plus one is one, and less one is minus one. */
TEST(scalars_at_the_ends)
{
	unsigned char k[SIZE] = {0}, p[POINT], g[POINT];
	generator(g);
	generator(p);
	CHECK_EQ(tls_curves.mul(p, POINT, k, SIZE, BR_EC_secp256r1), 0);
	generator(p);
	CHECK_EQ(tls_curves.mul(p, POINT, k, 0, BR_EC_secp256r1), 0);
	unhex(order, k);
	generator(p);
	CHECK_EQ(tls_curves.mul(p, POINT, k, SIZE, BR_EC_secp256r1), 0);
	k[SIZE - 1]++;
	generator(p);
	CHECK_EQ(tls_curves.mul(p, POINT, k, SIZE, BR_EC_secp256r1), 1);
	CHECK_MEM(p, POINT, g, POINT);
	tls_curves.mulgen(p, k, SIZE, BR_EC_secp256r1);
	CHECK_MEM(p, POINT, g, POINT);
	k[SIZE - 1] -= 2;
	generator(p);
	negate(g);
	CHECK_EQ(tls_curves.mul(p, POINT, k, SIZE, BR_EC_secp256r1), 1);
	CHECK_MEM(p, POINT, g, POINT);
	tls_curves.mulgen(p, k, SIZE, BR_EC_secp256r1);
	CHECK_MEM(p, POINT, g, POINT);
	memset(k, 0xff, SIZE);
	generator(p);
	CHECK_EQ(tls_curves.mul(p, POINT, k, SIZE, BR_EC_secp256r1), 1);
	tls_curves.mulgen(g, k, SIZE, BR_EC_secp256r1);
	CHECK_MEM(p, POINT, g, POINT);
}

TEST(sums)
{
	for (int i = 0; i < ROUNDS; i++) {
		unsigned char x[SIZE], y[SIZE], a[POINT], b[POINT], want[POINT];
		scalar(x, i);
		scalar(y, i + 1);
		noise(a, SIZE);
		tls_curves.mulgen(a, a, SIZE / 2, BR_EC_secp256r1);
		memcpy(b, a, POINT);
		tls_curves.mul(b, POINT, y, SIZE, BR_EC_secp256r1);
		memcpy(want, a, POINT);
		CHECK_EQ(br_ec_p256_m31.muladd(want, i % 2 ? b : NULL, POINT, x, SIZE, y, SIZE, BR_EC_secp256r1), 1);
		CHECK_EQ(tls_curves.muladd(a, i % 2 ? b : NULL, POINT, x, SIZE, y, SIZE, BR_EC_secp256r1), 1);
		CHECK_MEM(a, POINT, want, POINT);
	}
}

/* Terms that are equal, opposite, or infinite. */
TEST(sums_of_the_same_point)
{
	unsigned char one[1] = {1}, two[1] = {2}, zero[1] = {0}, a[POINT], g[POINT], want[POINT];
	generator(g);
	generator(want);
	CHECK_EQ(br_ec_p256_m31.mul(want, POINT, two, 1, BR_EC_secp256r1), 1);
	generator(a);
	CHECK_EQ(tls_curves.muladd(a, g, POINT, one, 1, one, 1, BR_EC_secp256r1), 1);
	CHECK_MEM(a, POINT, want, POINT);
	generator(a);
	CHECK_EQ(tls_curves.muladd(a, NULL, POINT, one, 1, one, 1, BR_EC_secp256r1), 1);
	CHECK_MEM(a, POINT, want, POINT);
	generator(a);
	CHECK_EQ(tls_curves.muladd(a, NULL, POINT, zero, 1, one, 1, BR_EC_secp256r1), 1);
	CHECK_MEM(a, POINT, g, POINT);
	CHECK_EQ(tls_curves.muladd(a, NULL, POINT, one, 1, zero, 1, BR_EC_secp256r1), 1);
	CHECK_MEM(a, POINT, g, POINT);
	CHECK_EQ(tls_curves.muladd(a, NULL, POINT, zero, 1, zero, 1, BR_EC_secp256r1), 0);
	generator(a);
	negate(a);
	CHECK_EQ(tls_curves.muladd(a, NULL, POINT, two, 1, two, 1, BR_EC_secp256r1), 0);
}

TEST(points_that_are_none)
{
	unsigned char one[1] = {1}, p[POINT], g[POINT];
	generator(g);
	for (int i = 0; i < POINT; i++) {
		generator(p);
		p[i] ^= 4;
		CHECK_EQ(tls_curves.mul(p, POINT, one, 1, BR_EC_secp256r1), 0);
		generator(p);
		p[i] ^= 4;
		CHECK_EQ(tls_curves.muladd(p, g, POINT, one, 1, one, 1, BR_EC_secp256r1), 0);
		generator(p);
		p[i] ^= 4;
		CHECK_EQ(tls_curves.muladd(g, p, POINT, one, 1, one, 1, BR_EC_secp256r1), 0);
		generator(g);
	}
	generator(p);
	CHECK_EQ(tls_curves.mul(p, POINT - 1, one, 1, BR_EC_secp256r1), 0);
	memset(p, 0, POINT);
	CHECK_EQ(tls_curves.mul(p, POINT, one, 1, BR_EC_secp256r1), 0);
	p[0] = 4;
	CHECK_EQ(tls_curves.mul(p, POINT, one, 1, BR_EC_secp256r1), 0);
	/* x = 5 is on the curve; p + 5 is another way to write it, which is refused. */
	unhex("0400000000000000000000000000000000000000000000000000000000000000" "05"
		"459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc", p);
	CHECK_EQ(tls_curves.mul(p, POINT, one, 1, BR_EC_secp256r1), 1);
	unhex(prime, p + 1);
	memset(p + 1 + SIZE - 12, 0, 12);
	p[1 + SIZE - 13] = 1;
	p[POINT - SIZE - 1] = 4;
	CHECK_EQ(tls_curves.mul(p, POINT, one, 1, BR_EC_secp256r1), 0);
}

static void other_curve(int curve, const br_ec_impl *impl)
{
	unsigned char k[66], got[133], want[133];
	size_t n, m;
	CHECK(tls_curves.supported_curves >> curve & 1);
	noise(k, sizeof k);
	k[0] = 0;
	impl->order(curve, &n);
	memset(k, 0, sizeof k - n + 1);
	CHECK_EQ(tls_curves.mulgen(got, k, sizeof k, curve), impl->mulgen(want, k, sizeof k, curve));
	impl->generator(curve, &m);
	CHECK_MEM(got, m, want, m);
	CHECK_EQ(tls_curves.mul(got, m, k + sizeof k - n, n, curve), 1);
	CHECK_EQ(impl->mul(want, m, k + sizeof k - n, n, curve), 1);
	CHECK_MEM(got, m, want, m);
}

TEST(other_curves)
{
	other_curve(BR_EC_secp384r1, &br_ec_prime_i31);
	other_curve(BR_EC_secp521r1, &br_ec_prime_i31);
}

/* Keys of openssl ecparam -genkey, openssl pkeyutl -derive, and openssl dgst -sha256 -sign of `message`. */
static const char message[] = "signed by openssl";
static const char own_key[] =
	"22c0a2dd63a09ddac83b32e4781a99f5723a9e84237faa95427846c9ef021649";
static const char own_point[] =
	"041b64dbf3a6a0fcd901ba1c8c12c04cdef2cf80c33c035bc78e1ee67673713d9cda7d73f16861779fa2f45f8dcf7bd5"
	"6e50a1b8516279aec1f4a8c7c1775511e3";
static const char their_point[] =
	"04885502914221fdaca6754b6c948fccf94ccebe194c2a8f05612bda1cae4ac455284757d4ec48690a0be2947339dd93"
	"7bed13ebf044ad188b4491761d0525b84c";
static const char shared[] =
	"e7609dca97998b6d511441de2c5c6831b4d43c30b785988a78b3eed96571ee72";
static const char *const signatures[] = {
	"30450220407d469a51c4028e7c341d2fdefccd7d49a01b0320ab1cd750ebfb25bc5f10710221008b3beb791b7761eb60"
	"7e656b1eafa39d533f2d2fea701a4d1d63a875ee8c5809",
	"304502204c00c82fa4cedde48358c53ec38196826594d0716da3dbf52576a68429b2989c0221008cc6ec2497579472ef"
	"c2b6e2eb1b91c24aba1f29ec48ec2178c0e3103316ebfc",
	"304502202b6deb90542b68df182a0354c9d9498969b766698a0caada653528407855ffb7022100cdab957843a16f8f24"
	"34575167f07ec72bdfb3e3c4556351ef38c8e34061deb5",
};

TEST(ecdh_as_openssl)
{
	unsigned char k[SIZE], p[POINT], want[POINT];
	unhex(own_key, k);
	unhex(own_point, want);
	CHECK_EQ(tls_curves.mulgen(p, k, SIZE, BR_EC_secp256r1), POINT);
	CHECK_MEM(p, POINT, want, POINT);
	unhex(their_point, p);
	CHECK_EQ(tls_curves.mul(p, POINT, k, SIZE, BR_EC_secp256r1), 1);
	unhex(shared, want);
	CHECK_MEM(p + 1, SIZE, want, SIZE);
}

TEST(ecdsa_as_openssl)
{
	for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
		unsigned char q[POINT], sig[80], hash[32];
		size_t n = unhex(signatures[i], sig);
		br_ec_public_key k = {BR_EC_secp256r1, q, unhex(own_point, q)};
		br_sha256_context c;
		br_sha256_init(&c);
		br_sha256_update(&c, message, strlen(message));
		br_sha256_out(&c, hash);
		CHECK_EQ(br_ecdsa_i31_vrfy_asn1(&tls_curves, hash, sizeof hash, &k, sig, n), 1);
		hash[31] ^= 1;
		CHECK_EQ(br_ecdsa_i31_vrfy_asn1(&tls_curves, hash, sizeof hash, &k, sig, n), 0);
		hash[31] ^= 1;
		sig[n - 1] ^= 1;
		CHECK_EQ(br_ecdsa_i31_vrfy_asn1(&tls_curves, hash, sizeof hash, &k, sig, n), 0);
	}
}

CHECK_MAIN
