/*
 * Numbers are modulo p = 2^256 - 2^224 + 2^192 + 2^96 - 1, four words, lowest first, always lower than p, and in Montgomery's
 * form: x stands as x 2^256 mod p. Points are projective, x = X/Z and y = Y/Z, infinity is (0, 1, 0); they are added and
 * doubled by the complete formulas of Renes, Costello and Batina (2015/1060, algorithms 4 and 6, for a = -3), which hold for
 * any two points, equal, opposite or infinite, without looking.
 */
#include "net/tls_p256.h"

#include "base/mem.h"

#include <stdbool.h>
#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

enum { SIZE = 32, POINT = 1 + 2 * SIZE, WORDS = 4, WINDOW = 16, COMB = 64 };

__extension__ typedef unsigned __int128 wide;

struct number {
	uint64_t v[WORDS];
};

struct point {
	struct number x, y, z;
};

/* 2^256 mod p */
#define ONE {{0x0000000000000001, 0xffffffff00000000, 0xffffffffffffffff, 0x00000000fffffffe}}

static const struct number prime = {{~0ULL, 0xffffffffULL, 0, 0xffffffff00000001ULL}},
	one = ONE,
	square_of_r = {{0x0000000000000003, 0xfffffffbffffffff, 0xfffffffffffffffe, 0x00000004fffffffd}},
	curve_b = {{0xd89cdf6229c4bddf, 0xacf005cd78843090, 0xe5a220abf7212ed6, 0xdc30061d04874834}};

/* [i]: the sum of 2^(64 k) G for the bits k of i + 1, without z, which is one. */
static const struct number comb[WINDOW - 1][2] = {
	{{{0x79e730d418a9143c, 0x75ba95fc5fedb601, 0x79fb732b77622510, 0x18905f76a53755c6}},
		{{0xddf25357ce95560a, 0x8b4ab8e4ba19e45c, 0xd2e88688dd21f325, 0x8571ff1825885d85}}},
	{{{0x4f922fc516a0d2bb, 0x0d5cc16c1a623499, 0x9241cf3a57c62c8b, 0x2f5e6961fd1b667f}},
		{{0x5c15c70bf5a01797, 0x3d20b44d60956192, 0x04911b37071fdb52, 0xf648f9168d6f0f7b}}},
	{{{0x9e566847e137bbbc, 0xe434469e8a6a0bec, 0xb1c4276179d73463, 0x5abe0285133d0015}},
		{{0x92aa837cc04c7dab, 0x573d9f4c43260c07, 0x0c93156278e6cc37, 0x94bb725b6b6f7383}}},
	{{{0x62a8c244bfe20925, 0x91c19ac38fdce867, 0x5a96a5d5dd387063, 0x61d587d421d324f6}},
		{{0xe87673a2a37173ea, 0x2384800853778b65, 0x10f8441e05bab43e, 0xfa11fe124621efbe}}},
	{{{0x1c891f2b2cb19ffd, 0x01ba8d5bb1923c23, 0xb6d03d678ac5ca8e, 0x586eb04c1f13bedc}},
		{{0x0c35c6e527e8ed09, 0x1e81a33c1819ede2, 0x278fd6c056c652fa, 0x19d5ac0870864f11}}},
	{{{0x62577734d2b533d5, 0x673b8af6a1bdddc0, 0x577e7c9aa79ec293, 0xbb6de651c3b266b1}},
		{{0xe7e9303ab65259b3, 0xd6a0afd3d03a7480, 0xc5ac83d19b3cfc27, 0x60b4619a5d18b99b}}},
	{{{0xbd6a38e11ae5aa1c, 0xb8b7652b49e73658, 0x0b130014ee5f87ed, 0x9d0f27b2aeebffcd}},
		{{0xca9246317a730a55, 0x9c955b2fddbbc83a, 0x07c1dfe0ac019a71, 0x244a566d356ec48d}}},
	{{{0x56f8410ef4f8b16a, 0x97241afec47b266a, 0x0a406b8e6d9c87c1, 0x803f3e02cd42ab1b}},
		{{0x7f0309a804dbec69, 0xa83b85f73bbad05f, 0xc6097273ad8e197f, 0xc097440e5067adc1}}},
	{{{0x846a56f2c379ab34, 0xa8ee068b841df8d1, 0x20314459176c68ef, 0xf1af32d5915f1f30}},
		{{0x99c375315d75bd50, 0x837cffbaf72f67bc, 0x0613a41848d7723f, 0x23d0f130e2d41c8b}}},
	{{{0xed93e225d5be5a2b, 0x6fe799835934f3c6, 0x4314092622626ffc, 0x50bbb4d97990216a}},
		{{0x378191c6e57ec63e, 0x65422c40181dcdb2, 0x41a8099b0236e0f6, 0x2b10011801fe49c3}}},
	{{{0xfc68b5c59b391593, 0xc385f5a2598270fc, 0x7144f3aad19adcbb, 0xdd55899983fbae0c}},
		{{0x93b88b8e74b82ff4, 0xd2e03c4071e734c9, 0x9a7a9eaf43c0322a, 0xe6e4c551149d6041}}},
	{{{0x5fe14bfe80ec21fe, 0xf6ce116ac255be82, 0x98bc5a072f4a5d67, 0xfad27148db7e63af}},
		{{0x90c0b6ac29ab05b3, 0x37a9a83c4e251ae6, 0x0a7dc875c2aade7d, 0x77387de39f0e1a84}}},
	{{{0x1e9ecc49a56c0dd7, 0xa5cffcd846086c74, 0x8f7a1408f505aece, 0xb37b85c0bef0c47e}},
		{{0x3596b6e4cc0e6a8f, 0xfd6d4bbf6b388f23, 0xaba453fac39cef4e, 0x9c135ac8f9f628d5}}},
	{{{0x0a1c729495c8f8be, 0x2961c4803bf362bf, 0x9e418403df63d4ac, 0xc109f9cb91ece900}},
		{{0xc2d095d058945705, 0xb9083d96ddeb85c0, 0x84692b8d7a40449b, 0x9bc3344f2eee1ee1}}},
	{{{0x0d5ae35642913074, 0x55491b2748a542b1, 0x469ca665b310732a, 0x29591d525f1a4cc1}},
		{{0xe76f5b6bb84f983f, 0xbe7eef419f5f84e1, 0x1200d49680baa189, 0x6376551f18ef332c}}},
};

/* a + b + *carry, and a - b - *carry; *carry becomes the next. gcc finds the processor's own for neither in plain C. */
static inline uint64_t plus(uint64_t a, uint64_t b, unsigned char *carry)
{
#ifdef __x86_64__
	unsigned long long r;
	*carry = _addcarry_u64(*carry, a, b, &r);
	return r;
#else
	wide z = (wide)a + b + *carry;
	*carry = (unsigned char)(z >> 64);
	return (uint64_t)z;
#endif
}

static inline uint64_t minus(uint64_t a, uint64_t b, unsigned char *carry)
{
#ifdef __x86_64__
	unsigned long long r;
	*carry = _subborrow_u64(*carry, a, b, &r);
	return r;
#else
	wide z = (wide)a - b - *carry;
	*carry = (unsigned char)(z >> 64) & 1;
	return (uint64_t)z;
#endif
}

/* r = t mod p, of t below 2p with its carry above it. */
static inline void reduce(struct number *r, const uint64_t t[WORDS], uint64_t above)
{
	uint64_t less[WORDS];
	unsigned char borrow = 0;
#pragma GCC unroll 4
	for (int i = 0; i < WORDS; i++)
		less[i] = minus(t[i], prime.v[i], &borrow);
	minus(above, 0, &borrow);
	uint64_t keep = 0 - (uint64_t)borrow;
#pragma GCC unroll 4
	for (int i = 0; i < WORDS; i++)
		r->v[i] = (t[i] & keep) | (less[i] & ~keep);
}

static void add(struct number *r, const struct number *a, const struct number *b)
{
	uint64_t t[WORDS];
	unsigned char carry = 0;
#pragma GCC unroll 4
	for (int i = 0; i < WORDS; i++)
		t[i] = plus(a->v[i], b->v[i], &carry);
	reduce(r, t, carry);
}

static void sub(struct number *r, const struct number *a, const struct number *b)
{
	uint64_t t[WORDS];
	unsigned char borrow = 0, carry = 0;
#pragma GCC unroll 4
	for (int i = 0; i < WORDS; i++)
		t[i] = minus(a->v[i], b->v[i], &borrow);
	uint64_t mask = 0 - (uint64_t)borrow;
#pragma GCC unroll 4
	for (int i = 0; i < WORDS; i++)
		r->v[i] = plus(t[i], prime.v[i] & mask, &carry);
}

/* r = a b / 2^256. Since -1/p mod 2^64 is 1, the multiple of p that clears the lowest word is that word's; and with p's words
   0 and 1 that is 2^32 times it, added to word 1. */
static void mul(struct number *r, const struct number *a, const struct number *b)
{
	uint64_t t[WORDS + 1] = {0};
#pragma GCC unroll 4
	for (int i = 0; i < WORDS; i++) {
		wide z[WORDS];
		unsigned char carry = 0, top;
#pragma GCC unroll 4
		for (int j = 0; j < WORDS; j++)
			z[j] = (wide)a->v[i] * b->v[j];
#pragma GCC unroll 4
		for (int j = 0; j < WORDS; j++)
			t[j] = plus(t[j], (uint64_t)z[j], &carry);
		t[WORDS] = plus(t[WORDS], 0, &carry);
		top = carry;
		carry = 0;
#pragma GCC unroll 4
		for (int j = 0; j < WORDS; j++)
			t[j + 1] = plus(t[j + 1], (uint64_t)(z[j] >> 64), &carry);
		top += carry;
		const uint64_t m = t[0];
		const wide high = (wide)m * prime.v[3];
		carry = 0;
		t[0] = plus(t[1], m << 32, &carry);
		t[1] = plus(t[2], m >> 32, &carry);
		t[2] = plus(t[3], (uint64_t)high, &carry);
		t[3] = plus(t[4], (uint64_t)(high >> 64), &carry);
		t[4] = (uint64_t)top + carry;
	}
	reduce(r, t, t[WORDS]);
}

static void point_add(struct point *r, const struct point *p, const struct point *q)
{
	struct number t0, t1, t2, t3, t4, x, y, z;
	mul(&t0, &p->x, &q->x);
	mul(&t1, &p->y, &q->y);
	mul(&t2, &p->z, &q->z);
	add(&t3, &p->x, &p->y);
	add(&t4, &q->x, &q->y);
	mul(&t3, &t3, &t4);
	add(&t4, &t0, &t1);
	sub(&t3, &t3, &t4);
	add(&t4, &p->y, &p->z);
	add(&x, &q->y, &q->z);
	mul(&t4, &t4, &x);
	add(&x, &t1, &t2);
	sub(&t4, &t4, &x);
	add(&x, &p->x, &p->z);
	add(&y, &q->x, &q->z);
	mul(&x, &x, &y);
	add(&y, &t0, &t2);
	sub(&y, &x, &y);
	mul(&z, &curve_b, &t2);
	sub(&x, &y, &z);
	add(&z, &x, &x);
	add(&x, &x, &z);
	sub(&z, &t1, &x);
	add(&x, &t1, &x);
	mul(&y, &curve_b, &y);
	add(&t1, &t2, &t2);
	add(&t2, &t1, &t2);
	sub(&y, &y, &t2);
	sub(&y, &y, &t0);
	add(&t1, &y, &y);
	add(&y, &t1, &y);
	add(&t1, &t0, &t0);
	add(&t0, &t1, &t0);
	sub(&t0, &t0, &t2);
	mul(&t1, &t4, &y);
	mul(&t2, &t0, &y);
	mul(&y, &x, &z);
	add(&r->y, &y, &t2);
	mul(&x, &t3, &x);
	sub(&r->x, &x, &t1);
	mul(&z, &t4, &z);
	mul(&t1, &t3, &t0);
	add(&r->z, &z, &t1);
}

static void point_double(struct point *p)
{
	struct number t0, t1, t2, t3, x, y, z;
	mul(&t0, &p->x, &p->x);
	mul(&t1, &p->y, &p->y);
	mul(&t2, &p->z, &p->z);
	mul(&t3, &p->x, &p->y);
	add(&t3, &t3, &t3);
	mul(&z, &p->x, &p->z);
	add(&z, &z, &z);
	mul(&y, &curve_b, &t2);
	sub(&y, &y, &z);
	add(&x, &y, &y);
	add(&y, &x, &y);
	sub(&x, &t1, &y);
	add(&y, &t1, &y);
	mul(&y, &x, &y);
	mul(&x, &x, &t3);
	add(&t3, &t2, &t2);
	add(&t2, &t2, &t3);
	mul(&z, &curve_b, &z);
	sub(&z, &z, &t2);
	sub(&z, &z, &t0);
	add(&t3, &z, &z);
	add(&z, &z, &t3);
	add(&t3, &t0, &t0);
	add(&t0, &t3, &t0);
	sub(&t0, &t0, &t2);
	mul(&t0, &t0, &z);
	add(&y, &y, &t0);
	mul(&t0, &p->y, &p->z);
	add(&t0, &t0, &t0);
	mul(&z, &t0, &z);
	p->y = y;
	sub(&p->x, &x, &z);
	mul(&z, &t0, &t1);
	add(&z, &z, &z);
	add(&p->z, &z, &z);
}

static void get_number(struct number *r, const unsigned char *p)
{
#pragma GCC unroll 4
	for (int i = 0; i < WORDS; i++) {
		uint64_t v = 0;
		for (int j = 0; j < 8; j++)
			v = v << 8 | p[(WORDS - 1 - i) * 8 + j];
		r->v[i] = v;
	}
}

static void put_number(unsigned char *p, const struct number *a)
{
	static const struct number unit = {{1}};
	struct number plain;
	mul(&plain, a, &unit);
	for (int i = 0; i < SIZE; i++)
		p[i] = (unsigned char)(plain.v[(SIZE - 1 - i) / 8] >> (SIZE - 1 - i) % 8 * 8);
}

static bool same(const struct number *a, const struct number *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

/* The points are public: whether one is refused may be seen. */
static bool get_point(struct point *r, const unsigned char *p, size_t n)
{
	struct number t[2], left, right, three;
	if (n != POINT || p[0] != 4)
		return false;
	for (int i = 0; i < 2; i++) {
		struct number reduced;
		get_number(&t[i], p + 1 + i * SIZE);
		reduce(&reduced, t[i].v, 0);
		if (!same(&reduced, &t[i]))
			return false;
	}
	mul(&r->x, &t[0], &square_of_r);
	mul(&r->y, &t[1], &square_of_r);
	r->z = one;
	/* y^2 = x^3 - 3 x + b = (x^2 - 3) x + b */
	add(&three, &one, &one);
	add(&three, &three, &one);
	mul(&left, &r->y, &r->y);
	mul(&right, &r->x, &r->x);
	sub(&right, &right, &three);
	mul(&right, &right, &r->x);
	add(&right, &right, &curve_b);
	return same(&left, &right);
}

/* 0 for infinity, whose coordinates come out as zeros. */
static uint32_t put_point(unsigned char *p, const struct point *a)
{
	struct number inverse = one, t;
	/* 1/z = z^(p - 2), by the bits of that */
	struct number e = prime;
	e.v[0] -= 2;
	for (int i = 255; i >= 0; i--) {
		mul(&inverse, &inverse, &inverse);
		if (e.v[i / 64] >> i % 64 & 1)
			mul(&inverse, &inverse, &a->z);
	}
	p[0] = 4;
	mul(&t, &a->x, &inverse);
	put_number(p + 1, &t);
	mul(&t, &a->y, &inverse);
	put_number(p + 1 + SIZE, &t);
	uint64_t any = a->z.v[0] | a->z.v[1] | a->z.v[2] | a->z.v[3];
	return (uint32_t)((any | (0 - any)) >> 63);
}

static const struct point infinity = {.y = ONE};

/* The n words at `to` become those of the one of the tables' entries that `which` numbers from 1 on, if there is one. */
static void pick(uint64_t *to, const uint64_t *table, size_t n, unsigned which)
{
	for (unsigned i = 1; i < WINDOW; i++, table += n) {
		uint64_t mask = 0 - (uint64_t)(((i ^ which) - 1U) >> 31);
		for (size_t j = 0; j < n; j++)
			to[j] ^= (to[j] ^ table[j]) & mask;
	}
}

/* r = k p, by four bits of k a time. */
static void multiply(struct point *r, const struct point *p, const unsigned char *k, size_t n)
{
	struct point times[WINDOW - 1], t;
	times[0] = *p;
	for (int i = 1; i < WINDOW - 1; i++)
		point_add(&times[i], &times[i - 1], p);
	*r = infinity;
	for (size_t i = 0; i < 2 * n; i++) {
		for (int j = 0; i && j < 4; j++)
			point_double(r);
		t = infinity;
		pick(t.x.v, times[0].x.v, sizeof t / sizeof *t.x.v, i % 2 ? k[i / 2] & 15 : k[i / 2] >> 4);
		point_add(r, r, &t);
	}
	mem_wipe(&t, sizeof t);
	mem_wipe(times, sizeof times);
}

/* r = k G, by bits 64 apart from each other at a time. What is above 256 bits is zero. */
static void multiply_generator(struct point *r, const unsigned char *k, size_t n)
{
	unsigned char scalar[SIZE] = {0};
	struct point t;
	if (n > SIZE) {
		k += n - SIZE;
		n = SIZE;
	}
	memcpy(scalar + SIZE - n, k, n);
	*r = infinity;
	for (int i = COMB - 1; i >= 0; i--) {
		unsigned which = 0;
		for (int j = WORDS - 1; j >= 0; j--)
			which = which << 1 | (scalar[SIZE - 1 - (j * COMB + i) / 8] >> i % 8 & 1);
		point_double(r);
		t = infinity;
		pick(t.x.v, comb[0][0].v, 2 * WORDS, which);
		uint64_t some = 0 - (uint64_t)((which | (0 - which)) >> 31);
#pragma GCC unroll 4
		for (int j = 0; j < WORDS; j++)
			t.z.v[j] = one.v[j] & some;
		point_add(r, r, &t);
	}
	mem_wipe(&t, sizeof t);
	mem_wipe(scalar, sizeof scalar);
}

static const br_ec_impl *bearssl(int curve)
{
	return curve == BR_EC_curve25519 ? &br_ec_c25519_m31 : &br_ec_prime_i31;
}

static const unsigned char *ec_generator(int curve, size_t *len)
{
	return bearssl(curve)->generator(curve, len);
}

static const unsigned char *ec_order(int curve, size_t *len)
{
	return bearssl(curve)->order(curve, len);
}

static size_t ec_xoff(int curve, size_t *len)
{
	return bearssl(curve)->xoff(curve, len);
}

static uint32_t ec_mul(unsigned char *g, size_t len, const unsigned char *k, size_t klen, int curve)
{
	struct point p;
	if (curve != BR_EC_secp256r1)
		return bearssl(curve)->mul(g, len, k, klen, curve);
	if (!get_point(&p, g, len))
		return 0;
	multiply(&p, &p, k, klen);
	return put_point(g, &p);
}

static size_t ec_mulgen(unsigned char *r, const unsigned char *k, size_t klen, int curve)
{
	struct point p;
	if (curve != BR_EC_secp256r1)
		return bearssl(curve)->mulgen(r, k, klen, curve);
	multiply_generator(&p, k, klen);
	put_point(r, &p);
	return POINT;
}

static uint32_t ec_muladd(unsigned char *a, const unsigned char *b, size_t len, const unsigned char *x, size_t xlen,
	const unsigned char *y, size_t ylen, int curve)
{
	struct point p, q;
	if (curve != BR_EC_secp256r1)
		return bearssl(curve)->muladd(a, b, len, x, xlen, y, ylen, curve);
	if (!get_point(&p, a, len) || (b && !get_point(&q, b, len)))
		return 0;
	multiply(&p, &p, x, xlen);
	if (b)
		multiply(&q, &q, y, ylen);
	else
		multiply_generator(&q, y, ylen);
	point_add(&p, &p, &q);
	return put_point(a, &p);
}

const br_ec_impl tls_curves = {
	(uint32_t)1 << BR_EC_secp256r1 | (uint32_t)1 << BR_EC_secp384r1 | (uint32_t)1 << BR_EC_secp521r1 |
		(uint32_t)1 << BR_EC_curve25519,
	ec_generator, ec_order, ec_xoff, ec_mul, ec_mulgen, ec_muladd,
};
