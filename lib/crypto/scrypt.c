#include "crypto/scrypt.h"

#include "base/mem.h"
#include "crypto/primitives.h"
#include "sys/signal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

enum { WORDS = 16, R_MAX = 32 };  /* of a Salsa20 block */

static uint32_t rotate(uint32_t x, int n)
{
	return x << n | x >> (32 - n);
}

static void quarter(uint32_t x[WORDS], int a, int b, int c, int d)
{
	x[b] ^= rotate(x[a] + x[d], 7);
	x[c] ^= rotate(x[b] + x[a], 9);
	x[d] ^= rotate(x[c] + x[b], 13);
	x[a] ^= rotate(x[d] + x[c], 18);
}

/* Section 3: Salsa20 with 8 rounds, of x ^ in. */
static void salsa(uint32_t x[WORDS], const uint32_t *in)
{
	uint32_t y[WORDS];
	for (int i = 0; i < WORDS; i++)
		x[i] = y[i] = x[i] ^ in[i];
	for (int i = 0; i < 4; i++) {
		quarter(y, 0, 4, 8, 12);
		quarter(y, 5, 9, 13, 1);
		quarter(y, 10, 14, 2, 6);
		quarter(y, 15, 3, 7, 11);
		quarter(y, 0, 1, 2, 3);
		quarter(y, 5, 6, 7, 4);
		quarter(y, 10, 11, 8, 9);
		quarter(y, 15, 12, 13, 14);
	}
	for (int i = 0; i < WORDS; i++)
		x[i] += y[i];
}

/* Section 4: 2r blocks of b to out. */
static void mix(const uint32_t *b, uint32_t *out, size_t r)
{
	uint32_t x[WORDS];
	memcpy(x, b + (2 * r - 1) * WORDS, sizeof x);
	for (size_t i = 0; i < 2 * r; i++) {
		salsa(x, b + i * WORDS);
		memcpy(out + (i / 2 + (i & 1) * r) * WORDS, x, sizeof x);
	}
}

/* Section 5, in place; v has room for n blocks of 32 * r words. */
static int ro_mix(uint32_t *x, uint32_t *v, size_t n, size_t r, struct err *e)
{
	size_t words = 32 * r;
	uint32_t y[32 * R_MAX];
	for (size_t i = 0; i < n; i++) {
		memcpy(v + i * words, x, words * sizeof *x);
		mix(v + i * words, x, r);
	}
	for (size_t i = 0; i < n; i++) {
		const uint32_t *at = v + (x[(2 * r - 1) * WORDS] & (n - 1)) * words;
		for (size_t k = 0; k < words; k++)
			y[k] = x[k] ^ at[k];
		mix(y, x, r);
		if ((i & 0xfff) == 0 && signal_check(e) < 0)
			return -1;
	}
	mem_wipe(y, sizeof y);
	return 0;
}

/* PBKDF2-HMAC-SHA-256 with one iteration (RFC 8018): each block is one HMAC. */
static void pbkdf2(unsigned char *out, size_t n, const void *pass, size_t pass_len, const void *salt, size_t salt_len)
{
	unsigned char *input = mem_alloc(salt_len + 4), block[SHA256_SIZE];
	memcpy(input, salt, salt_len);
	for (uint32_t i = 1; n; i++) {
		size_t take = n < sizeof block ? n : sizeof block;
		for (int k = 0; k < 4; k++)
			input[salt_len + (size_t)k] = (unsigned char)(i >> (24 - 8 * k));
		hmac_sha256(block, pass, pass_len, input, salt_len + 4);
		memcpy(out, block, take);
		out += take;
		n -= take;
	}
	mem_wipe(block, sizeof block);
	mem_wipe(input, salt_len + 4);
	free(input);
}

/* Bytes with the least significant first, and back. */
static void swap(uint32_t *x, size_t words)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	for (size_t i = 0; i < words; i++)
		x[i] = __builtin_bswap32(x[i]);
#else
	(void)x;
	(void)words;
#endif
}

int scrypt(void *out, size_t n, const void *pass, size_t pass_len, const void *salt, size_t salt_len, unsigned log_n,
	unsigned r, unsigned p, struct err *e)
{
	if (log_n < 1 || log_n > 30 || r < 1 || r > R_MAX || p < 1 || p > 64)
		return err_set(e, ERR_LIMIT, "scrypt's cost is out of bounds");
	size_t cost = (size_t)1 << log_n, words = (size_t)32 * r, total = words * p * 4, memory = words * 4 * cost;
	void *v = mmap(NULL, memory, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (v == MAP_FAILED)
		return err_set(e, ERR_LIMIT, "the passphrase's key takes %zu MiB of memory, which are not to be had", memory >> 20);
	uint32_t *b = mem_alloc(total);
	int rc = 0;
	pbkdf2((unsigned char *)b, total, pass, pass_len, salt, salt_len);
	swap(b, total / 4);
	for (unsigned i = 0; i < p && rc == 0; i++)
		rc = ro_mix(b + i * words, v, cost, r, e);
	swap(b, total / 4);
	if (rc == 0)
		pbkdf2(out, n, pass, pass_len, b, total);
	mem_wipe(b, total);
	free(b);
	munmap(v, memory);
	return rc;
}

unsigned scrypt_affordable(unsigned most)
{
	struct sysinfo s;
	if (sysinfo(&s) < 0)
		return most;
	uint64_t quarter_of_it = (uint64_t)s.totalram * s.mem_unit / 4;
	while (most > 10 && (uint64_t)1024 << most > quarter_of_it)
		most--;
	return most;
}
