/*
 * Montgomery's multiplication: with R = 2^(64 n) for a modulus of n words, x stands as x R mod m, and the product of two such
 * is x y / R mod m. The exponent is taken by four bits, and every one of the sixteen powers is read each time.
 */
#include "net/tls_modpow.h"

#include "base/mem.h"

#include <stdbool.h>
#include <string.h>

#ifdef __x86_64__
#include <cpuid.h>
#endif

enum { STEP = 4, MAX = 4096 / 64 + STEP, WINDOW = 4, POWERS = 1 << WINDOW, WORTH_ASKING = 9,
	PUBLIC_MAX = 4 /* bytes of an exponent: no secret one is as short */ };

__extension__ typedef unsigned __int128 wide;

struct modulus {
	uint64_t m[MAX], m0i;  /* -1/m mod 2^64 */
	size_t n;
	bool adx;              /* the processor has MULX, ADCX and ADOX */
};

#ifdef __x86_64__
static bool has_adx(void)
{
	unsigned eax, ebx = 0, ecx, edx;
	return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && ebx & bit_ADX && ebx & bit_BMI2;
}

/* row, with two chains of carries */
static uint64_t row_adx(uint64_t *t, const uint64_t *y, uint64_t a, size_t n)
{
	uint64_t low, high, carry = 0;
	size_t fours = n / STEP;
	__asm__ volatile("xorl %k[low], %k[low]\n\t" /* both carries are clear */
		"1: jrcxz 2f\n\t"
		"mulxq (%[y]), %[low], %[high]\n\tadcxq %[carry], %[low]\n\tadoxq (%[t]), %[low]\n\tmovq %[low], (%[t])\n\t"
		"mulxq 8(%[y]), %[low], %[carry]\n\tadcxq %[high], %[low]\n\tadoxq 8(%[t]), %[low]\n\tmovq %[low], 8(%[t])\n\t"
		"mulxq 16(%[y]), %[low], %[high]\n\tadcxq %[carry], %[low]\n\tadoxq 16(%[t]), %[low]\n\tmovq %[low], 16(%[t])\n\t"
		"mulxq 24(%[y]), %[low], %[carry]\n\tadcxq %[high], %[low]\n\tadoxq 24(%[t]), %[low]\n\tmovq %[low], 24(%[t])\n\t"
		"leaq 32(%[y]), %[y]\n\tleaq 32(%[t]), %[t]\n\tleaq -1(%%rcx), %%rcx\n\tjmp 1b\n"
		"2: movl $0, %k[low]\n\tadcxq %[low], %[carry]\n\tadoxq %[low], %[carry]"
		: [t] "+&r"(t), [y] "+&r"(y), "+&c"(fours), [carry] "+&r"(carry), [low] "=&r"(low), [high] "=&r"(high)
		: "d"(a)
		: "cc", "memory");
	return carry;
}
#else
static bool has_adx(void)
{
	return false;
}

static uint64_t row_adx(uint64_t *t, const uint64_t *y, uint64_t a, size_t n)
{
	(void)t, (void)y, (void)a, (void)n;
	return 0;
}
#endif

/* t += a y, of n words; returns what is above them. With ADX n is a multiple of four. */
static inline __attribute__((always_inline)) uint64_t row(uint64_t *t, const uint64_t *y, uint64_t a, size_t n, bool adx)
{
	uint64_t carry = 0;
	if (adx)
		return row_adx(t, y, a, n);
	for (size_t i = 0; i < n; i++) {
		wide z = (wide)a * y[i] + t[i] + carry;
		t[i] = (uint64_t)z;
		carry = (uint64_t)(z >> 64);
	}
	return carry;
}

/* t = x y */
static void product(uint64_t *t, const uint64_t *x, const uint64_t *y, const struct modulus *p)
{
	memset(t, 0, p->n * sizeof *t);
	for (size_t i = 0; i < p->n; i++)
		t[i + p->n] = row(t + i, y, x[i], p->n, p->adx);
}

/* t = x x: each product of two words once, all of that twice, and the squares of the words. A row may be longer than what is
   left of x: the words behind that are zeros. */
static void square(uint64_t *t, const uint64_t *x, const struct modulus *p)
{
	uint64_t bit = 0, up = 0;
	memset(t, 0, 2 * p->n * sizeof *t);
	for (size_t i = 0; i < p->n; i++) {
		size_t n = (p->n - i - 1 + STEP - 1) / STEP * STEP;
		t[2 * i + 1 + n] = row(t + 2 * i + 1, x + i + 1, x[i], n, p->adx);
	}
	for (size_t i = 0; i < p->n; i++) {
		const uint64_t low = t[2 * i], high = t[2 * i + 1];
		wide z = (wide)x[i] * x[i] + (low << 1 | bit) + up;
		t[2 * i] = (uint64_t)z;
		z = (z >> 64) + (high << 1 | low >> 63);
		t[2 * i + 1] = (uint64_t)z;
		up = (uint64_t)(z >> 64);
		bit = high >> 63;
	}
}

/* d = t / R mod m; t is spent. Each row clears a word of the lower half, which takes what the row has to add to the upper one.
   The result is lower than R, not always than m: that is enough for what is multiplied again. */
static void reduce(uint64_t *d, uint64_t *t, const struct modulus *p)
{
	const size_t n = p->n;
	uint64_t top = 0, borrow = 0;
	for (size_t i = 0; i < n; i++)
		t[i] = row(t + i, p->m, t[i] * p->m0i, n, p->adx);
	for (size_t i = 0; i < n; i++) {
		wide z = (wide)t[i + n] + t[i] + top;
		t[i] = (uint64_t)z;
		top = (uint64_t)(z >> 64);
	}
	for (size_t i = 0; i < n; i++) {
		wide z = (wide)t[i] - (p->m[i] & (0 - top)) - borrow;
		d[i] = (uint64_t)z;
		borrow = (uint64_t)(z >> 64) & 1;
	}
}

/* d = x y / R; d may be either. */
static void multiply(uint64_t *d, const uint64_t *x, const uint64_t *y, const struct modulus *p)
{
	uint64_t t[2 * MAX + STEP];
	if (x == y)
		square(t, x, p);
	else
		product(t, x, y, p);
	reduce(d, t, p);
}

/* x -= m when it is at least m, or there is a carry above it. */
static void subtract(uint64_t *x, uint64_t carry, const struct modulus *p)
{
	uint64_t less[MAX], borrow = 0;
	for (size_t i = 0; i < p->n; i++) {
		wide z = (wide)x[i] - p->m[i] - borrow;
		less[i] = (uint64_t)z;
		borrow = (uint64_t)(z >> 64) & 1;
	}
	uint64_t keep = 0 - (borrow & (carry ^ 1));
	for (size_t i = 0; i < p->n; i++)
		x[i] = (x[i] & keep) | (less[i] & ~keep);
}

/* x = 2 x mod m, of an x lower than m */
static void twice(uint64_t *x, const struct modulus *p)
{
	uint64_t carry = 0;
	for (size_t i = 0; i < p->n; i++) {
		uint64_t high = x[i] >> 63;
		x[i] = x[i] << 1 | carry;
		carry = high;
	}
	subtract(x, carry, p);
}

static void from_i31(uint64_t *to, size_t n, const uint32_t *x)
{
	size_t words = (x[0] + 31) >> 5;
	memset(to, 0, n * sizeof *to);
	for (size_t i = 0, bit = 0; i < words; i++, bit += 31) {
		wide v = (wide)x[1 + i] << bit % 64;
		to[bit / 64] |= (uint64_t)v;
		if (bit / 64 + 1 < n)
			to[bit / 64 + 1] |= (uint64_t)(v >> 64);
	}
}

static void to_i31(uint32_t *x, const uint64_t *from, size_t n)
{
	size_t words = (x[0] + 31) >> 5;
	for (size_t i = 0, bit = 0; i < words; i++, bit += 31) {
		wide v = from[bit / 64];
		if (bit / 64 + 1 < n)
			v |= (wide)from[bit / 64 + 1] << 64;
		x[1 + i] = (uint32_t)(v >> bit % 64) & 0x7FFFFFFF;
	}
}

/* one = R mod m, square = R^2 mod m. */
static void constants(uint64_t *one, uint64_t *square, size_t bits, const struct modulus *p)
{
	memset(one, 0, p->n * sizeof *one);
	one[(bits - 1) / 64] = (uint64_t)1 << (bits - 1) % 64;
	for (size_t i = bits - 1; i < p->n * 64; i++)
		twice(one, p);
	/* 2^n, squared six times, is 2^(64 n). */
	memcpy(square, one, p->n * sizeof *one);
	for (size_t i = 0; i < p->n; i++)
		twice(square, p);
	for (int i = 0; i < 6; i++)
		multiply(square, square, square, p);
}

/* to = power[which] */
static void pick(uint64_t *to, uint64_t power[POWERS][MAX], unsigned which, size_t n)
{
	memset(to, 0, n * sizeof *to);
	for (unsigned i = 0; i < POWERS; i++) {
		uint64_t mask = 0 - (uint64_t)(((i ^ which) - 1U) >> 31);
		for (size_t j = 0; j < n; j++)
			to[j] |= power[i][j] & mask;
	}
}

/* x = power[1]^e, of an e of any length */
static void raise(uint64_t *x, const unsigned char *e, size_t elen, uint64_t power[POWERS][MAX], const struct modulus *p)
{
	uint64_t t[MAX];
	for (int i = 2; i < POWERS; i++)
		multiply(power[i], power[i - 1], power[1], p);
	memcpy(x, power[0], p->n * sizeof *x);
	for (size_t i = 0; i < 2 * elen; i++) {
		for (int j = 0; i && j < WINDOW; j++)
			multiply(x, x, x, p);
		pick(t, power, i % 2 ? e[i / 2] & 15 : e[i / 2] >> 4, p->n);
		multiply(x, x, t, p);
	}
	mem_wipe(t, sizeof t);
}

/* The same, bit by bit, for an e that is no secret. */
static void raise_publicly(uint64_t *x, const unsigned char *e, size_t elen, uint64_t power[POWERS][MAX], const struct modulus *p)
{
	bool begun = false;
	for (size_t i = 0; i < 8 * elen; i++) {
		bool bit = e[i / 8] >> (7 - i % 8) & 1;
		if (begun)
			multiply(x, x, x, p);
		if (begun && bit)
			multiply(x, x, power[1], p);
		else if (bit)
			memcpy(x, power[1], p->n * sizeof *x);
		begun = begun || bit;
	}
	if (!begun)
		memcpy(x, power[0], p->n * sizeof *x);
}

uint32_t br_i62_modpow_opt(uint32_t *x31, const unsigned char *e, size_t elen, const uint32_t *m31, uint32_t m0i, uint64_t *tmp,
	size_t twlen)
{
	struct modulus p;
	uint64_t power[POWERS][MAX] = {{0}}, x[MAX] = {0};
	const size_t bits = (m31[0] >> 5) * 31 + (m31[0] & 31);
	(void)m0i;
	(void)tmp;
	(void)twlen;
	p.n = (bits + 63) / 64;
	x31[0] = m31[0];
	if (p.n == 0 || p.n > MAX - STEP + 1) {
		memset(x31 + 1, 0, ((m31[0] + 31) >> 5) * sizeof *x31);
		return 0;
	}
	from_i31(p.m, p.n, m31);
	/* Each step doubles the bits that are right; m itself has three. */
	uint64_t inverse = p.m[0];
	for (int right = 3; right < 64; right *= 2)
		inverse *= 2 - p.m[0] * inverse;
	p.m0i = 0 - inverse;
	p.adx = p.n % STEP == 0 && p.n > WORTH_ASKING && has_adx();
	from_i31(x, p.n, x31);
	constants(power[0], power[1], bits, &p);
	multiply(power[1], x, power[1], &p);
	if (elen <= PUBLIC_MAX)
		raise_publicly(x, e, elen, power, &p);
	else
		raise(x, e, elen, power, &p);
	memset(power[0], 0, p.n * sizeof **power);
	power[0][0] = 1;
	multiply(x, x, power[0], &p);
	subtract(x, 0, &p);
	to_i31(x31, x, p.n);
	mem_wipe(power, sizeof power);
	mem_wipe(x, sizeof x);
	mem_wipe(&p, sizeof p);
	return 1;
}

void br_i31_modpow(uint32_t *x, const unsigned char *e, size_t elen, const uint32_t *m, uint32_t m0i, uint32_t *t1, uint32_t *t2)
{
	(void)t1;
	(void)t2;
	br_i62_modpow_opt(x, e, elen, m, m0i, NULL, 0);
}
