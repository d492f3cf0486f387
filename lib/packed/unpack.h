/* unpack.h: how a packed program is stored, for the two that must agree: pack.c, which stores, and start.c, which starts it.
   Freestanding: no libc.

   The image is the program's memory from its first byte to the end of its initialised data. In its code, the operand of
   every call and jump (E8, E9) is made absolute, so that two calls of one function are the same five bytes. Then it is
   compressed: the blocks of one Zstandard frame (RFC 8878) whose window is the whole image, without dictionary and checksum. */
#ifndef PACKED_UNPACK_H
#define PACKED_UNPACK_H

#include <stddef.h>
#include <stdint.h>

/* Absolute and relative operands change places within [-at, size), one for one: no byte sequence is lost, whether it was a
   branch or only looks like one. Both ways walk over the same opcodes, since an operand is never looked into. */
static inline void unpack_branches(unsigned char *code, int32_t size, int store)
{
	for (int32_t at = 0; at < size - 4;) {
		if ((code[at] & 0xFE) != 0xE8) {
			at++;
			continue;
		}
		int32_t v;
		__builtin_memcpy(&v, code + at + 1, 4);
		if (v >= -at && v < size) {
			if (store)
				v = v < size - at ? v + at : v - size;
			else
				v = v >= 0 ? v - at : v + size;
			__builtin_memcpy(code + at + 1, &v, 4);
		}
		at += 5;
	}
}

enum {
	UNPACK_SLACK = 8,            /* bytes behind the input that may be read */
	UNPACK_BLOCK = 128 << 10,    /* RFC 8878 section 3.1.1.2.4 */
	UNPACK_LOG = 9, UNPACK_HUFFMAN_LOG = 11,
};

struct unpack_step {             /* of an FSE table: the symbol, and how to come to the next state */
	uint16_t base;
	unsigned char bits, symbol;
};

struct unpack_table {
	unsigned log;                /* there are 1 << log steps; no table at all: steps[0].bits is > log */
	struct unpack_step steps[1 << UNPACK_LOG];
};

/* What unpacking needs beside input and output; zeros to begin with. */
struct unpack {
	unsigned char literals[UNPACK_BLOCK + 16];
	struct { unsigned char symbol, bits; } huffman[1 << UNPACK_HUFFMAN_LOG];
	unsigned huffman_log;        /* 0: no table yet */
	struct unpack_table tables[3];   /* of literal lengths, offsets, match lengths */
	int known[3];                /* the table was set by this block or one before */
	size_t offsets[3];
};

/* Bits from the end of the input to its beginning (section 4.1): `left` of them are to come. */
struct unpack_bits {
	const unsigned char *in;
	ptrdiff_t left;
};

static inline int unpack_bits_init(struct unpack_bits *b, const unsigned char *in, size_t n)
{
	if (n == 0 || in[n - 1] == 0)
		return -1;
	b->in = in;
	b->left = (ptrdiff_t)n * 8 - 8 + (31 - __builtin_clz(in[n - 1]));
	return 0;
}

/* The next n bits, 0 to 31, which stay; behind the end come zeros. */
static inline uint32_t unpack_peek(const struct unpack_bits *b, unsigned n)
{
	ptrdiff_t at = b->left - (ptrdiff_t)n;
	uint64_t word;
	unsigned missing = 0;
	if (at < 0) {
		missing = (unsigned)-at < n ? (unsigned)-at : n;
		at = 0;
	}
	__builtin_memcpy(&word, b->in + (at >> 3), 8);
	return (uint32_t)((word >> (at & 7)) & ((1U << (n - missing)) - 1)) << missing;
}

/* The next n bits, 0 to 31; anything when there are not so many, which `left` below 0 tells. */
static inline uint32_t unpack_take(struct unpack_bits *b, unsigned n)
{
	uint64_t word;
	b->left -= (ptrdiff_t)n;
	size_t at = b->left < 0 ? 0 : (size_t)b->left;
	__builtin_memcpy(&word, b->in + (at >> 3), 8);
	return (uint32_t)(word >> (at & 7)) & ((1U << n) - 1);
}

/* A table of the symbols' shares of its states, -1 for less than one (section 4.1.1). */
static int unpack_spread(struct unpack_table *t, const int16_t *share, unsigned symbols, unsigned log)
{
	uint16_t next[256];
	unsigned size = 1U << log, high = size, at = 0;
	for (unsigned s = 0; s < symbols; s++) {
		if (share[s] == -1)
			t->steps[--high].symbol = (unsigned char)s;
		next[s] = share[s] == -1 ? 1 : (uint16_t)share[s];
	}
	for (unsigned s = 0; s < symbols; s++)
		for (int i = 0; i < share[s]; i++) {
			t->steps[at].symbol = (unsigned char)s;
			do
				at = (at + (size >> 1) + (size >> 3) + 3) & (size - 1);
			while (at >= high);
		}
	for (unsigned i = 0; i < size; i++) {
		unsigned n = next[t->steps[i].symbol]++;
		unsigned bits = log - (31 - (unsigned)__builtin_clz(n));
		t->steps[i].bits = (unsigned char)bits;
		t->steps[i].base = (uint16_t)((n << bits) - size);
	}
	t->log = log;
	return at == 0 ? 0 : -1;
}

/* The description of such a table; returns how many bytes it takes, or -1. Bits here go from the beginning to the end. */
static ptrdiff_t unpack_shares(struct unpack_table *t, const unsigned char *in, size_t n, unsigned symbols, unsigned most)
{
	int16_t share[256];
	size_t at = 4;
	unsigned log = (in[0] & 15) + 5, symbol = 0;
	int left = 1 << log;
	if (n == 0 || log > most)
		return -1;
	while (left > 0) {
		uint32_t word;
		if (symbol == symbols || at / 8 >= n)
			return -1;
		__builtin_memcpy(&word, in + at / 8, 4);
		word >>= at & 7;
		/* A value is one of 0 to left + 1: with one bit less where the low values allow it. */
		unsigned bits = 32 - (unsigned)__builtin_clz((unsigned)left + 1);
		uint32_t half = 1U << (bits - 1), low = word & (half - 1), spare = 2 * half - 1 - ((uint32_t)left + 1), v;
		if (low < spare) {
			v = low;
			at += bits - 1;
		} else {
			v = word & (2 * half - 1);
			v -= v >= half ? spare : 0;
			at += bits;
		}
		int16_t given = (int16_t)((int)v - 1);
		left -= given < 0 ? -given : given;
		share[symbol++] = given;
		for (unsigned more = given == 0 ? 3 : 0; more == 3; at += 2) {
			if (at / 8 >= n)
				return -1;
			more = (unsigned)(in[at / 8] | in[at / 8 + 1] << 8) >> (at & 7) & 3;
			for (unsigned i = 0; i < more; i++) {
				if (symbol == symbols)
					return -1;
				share[symbol++] = 0;
			}
		}
	}
	size_t used = (at + 7) / 8;
	return left == 0 && used <= n && unpack_spread(t, share, symbol, log) == 0 ? (ptrdiff_t)used : -1;
}

/* The Huffman table at the front of literals (section 4.2.1); returns how many bytes it takes, or -1. */
static ptrdiff_t unpack_huffman(struct unpack *u, const unsigned char *in, size_t n)
{
	unsigned char weight[256];
	size_t count = 0, size = n ? in[0] : 0, used;
	if (n == 0)
		return -1;
	if (size >= 128) {
		count = size - 127;
		used = 1 + (count + 1) / 2;
		if (used > n)
			return -1;
		for (size_t i = 0; i < count; i++)
			weight[i] = i & 1 ? in[1 + i / 2] & 15 : in[1 + i / 2] >> 4;
	} else {
		struct unpack_table t;
		struct unpack_bits b;
		used = 1 + size;
		if (used > n)
			return -1;
		ptrdiff_t head = unpack_shares(&t, in + 1, size, 256, 6);
		if (head < 0 || unpack_bits_init(&b, in + 1 + head, size - (size_t)head) < 0)
			return -1;
		/* Two states take turns, until one cannot go on. */
		unsigned state[2] = {unpack_take(&b, t.log), 0};
		state[1] = unpack_take(&b, t.log);
		for (;; count++) {
			const struct unpack_step *s = &t.steps[state[count & 1]];
			if (count > 253)
				return -1;
			weight[count] = s->symbol;
			state[count & 1] = s->base + unpack_take(&b, s->bits);
			if (b.left < 0) {
				weight[count + 1] = t.steps[state[(count + 1) & 1]].symbol;
				count += 2;
				break;
			}
		}
	}
	/* The last weight is not stored: it fills the sum to a power of two. */
	uint32_t sum = 0;
	for (size_t i = 0; i < count; i++) {
		if (weight[i] > UNPACK_HUFFMAN_LOG)
			return -1;
		sum += weight[i] ? 1U << (weight[i] - 1) : 0;
	}
	if (sum == 0)
		return -1;
	unsigned log = 32 - (unsigned)__builtin_clz(sum);
	uint32_t rest = (1U << log) - sum;
	if (log > UNPACK_HUFFMAN_LOG || (rest & (rest - 1)))
		return -1;
	weight[count++] = (unsigned char)(32 - __builtin_clz(rest));
	size_t at = 0;
	for (unsigned w = 1; w <= log; w++)
		for (size_t s = 0; s < count; s++)
			if (weight[s] == w)
				for (size_t end = at + (1U << (w - 1)); at < end; at++) {
					u->huffman[at].symbol = (unsigned char)s;
					u->huffman[at].bits = (unsigned char)(log + 1 - w);
				}
	u->huffman_log = log;
	return (ptrdiff_t)used;
}

/* Four streams side by side, since each has to wait for its own last symbol: `last` is the fourth one's length, `part` the
   others'. One stream is four of which three are empty. */
static int unpack_streams(const struct unpack *u, unsigned char *out, size_t part, size_t last, struct unpack_bits b[4])
{
	size_t i = 0;
	for (; i < last && i < part; i++)
#pragma GCC unroll 4
		for (size_t j = 0; j < 4; j++) {
			unsigned at = unpack_peek(&b[j], u->huffman_log);
			out[j * part + i] = u->huffman[at].symbol;
			b[j].left -= u->huffman[at].bits;
		}
	for (size_t j = 0; j < 4; j++)
		for (size_t k = i; k < (j < 3 ? part : last); k++) {
			unsigned at = unpack_peek(&b[j], u->huffman_log);
			out[j * part + k] = u->huffman[at].symbol;
			b[j].left -= u->huffman[at].bits;
		}
	return b[0].left | b[1].left | b[2].left | b[3].left ? -1 : 0;
}

/* The literals of a block (section 3.1.1.3.1), to u->literals; returns how many bytes they take in the input, or -1. */
static ptrdiff_t unpack_literals(struct unpack *u, const unsigned char *in, size_t n, size_t *count)
{
	unsigned kind = in[0] & 3, format = in[0] >> 2 & 3;
	uint64_t head;
	__builtin_memcpy(&head, in, 8);
	if (kind < 2) {
		size_t used = format & 1 ? format == 1 ? 2 : 3 : 1;
		size_t size = (size_t)(head & ((1U << 8 * used) - 1)) >> (format & 1 ? 4 : 3), stored = kind ? 1 : size;
		if (size > UNPACK_BLOCK || used > n || stored > n - used)
			return -1;
		for (size_t i = 0; i < size; i++)
			u->literals[i] = in[used + (kind ? 0 : i)];
		*count = size;
		return (ptrdiff_t)(used + stored);
	}
	static const unsigned char width[4] = {10, 10, 14, 18};
	unsigned bits = width[format];
	size_t used = (4 + 2 * bits + 7) / 8, size = head >> 4 & ((1U << bits) - 1), stored = head >> (4 + bits) & ((1U << bits) - 1);
	if (size > UNPACK_BLOCK || used > n || stored > n - used)
		return -1;
	const unsigned char *p = in + used, *end = p + stored;
	if (kind == 2) {
		ptrdiff_t table = unpack_huffman(u, p, stored);
		if (table < 0)
			return -1;
		p += table;
	}
	if (!u->huffman_log)
		return -1;
	*count = size;
	struct unpack_bits b[4] = {{p, 0}, {p, 0}, {p, 0}, {p, 0}};
	size_t part = 0, rest = (size_t)(end - p);
	if (format == 0) {
		if (unpack_bits_init(&b[3], p, rest) < 0)
			return -1;
	} else {
		/* The sizes of three of them in front. */
		const unsigned char *sizes = p;
		part = (size + 3) / 4;
		if (rest < 6 || 3 * part > size)
			return -1;
		p += 6;
		rest -= 6;
		for (int i = 0; i < 4; i++) {
			size_t len = i < 3 ? sizes[2 * i] | (size_t)sizes[2 * i + 1] << 8 : rest;
			if (len > rest || unpack_bits_init(&b[i], p, len) < 0)
				return -1;
			p += len;
			rest -= len;
		}
	}
	if (unpack_streams(u, u->literals, part, size - 3 * part, b) < 0)
		return -1;
	return (ptrdiff_t)(used + stored);
}

/* Extra bits of the codes above 15 and 31 (section 3.1.1.3.2.1.1); where a code begins follows from those before it. */
static const unsigned char unpack_extra[2][21] = {
	{1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
	{1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
};

static inline uint32_t unpack_value(struct unpack_bits *b, const uint32_t *begins, int match, unsigned code)
{
	unsigned plain = match ? 32 : 16;
	if (code < plain)
		return code + (match ? 3 : 0);
	return begins[code - plain] + unpack_take(b, unpack_extra[match][code - plain]);
}

/* The tables of a block's sequences (section 3.1.1.3.2.1); returns how many bytes they take, or -1. */
static ptrdiff_t unpack_tables(struct unpack *u, unsigned modes, const unsigned char *in, size_t n)
{
	static const signed char usual[3][53] = {
		{4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1},
		{1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1},
		{1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1},
	};
	static const unsigned char symbols[3] = {36, 32, 53}, listed[3] = {36, 29, 53}, usual_log[3] = {6, 5, 6}, most[3] = {9, 8, 9};
	size_t used = 0;
	for (int i = 0; i < 3; i++) {
		struct unpack_table *t = &u->tables[i];
		unsigned mode = modes >> (6 - 2 * i) & 3;
		if (mode == 0) {
			int16_t share[53];
			for (int s = 0; s < listed[i]; s++)
				share[s] = usual[i][s];
			if (unpack_spread(t, share, listed[i], usual_log[i]) < 0)
				return -1;
		} else if (mode == 1) {
			if (used >= n || in[used] >= symbols[i])
				return -1;
			t->log = 0;
			t->steps[0] = (struct unpack_step){0, 0, in[used++]};
		} else if (mode == 2) {
			ptrdiff_t k = unpack_shares(t, in + used, n - used, symbols[i], most[i]);
			if (k < 0)
				return -1;
			used += (size_t)k;
		} else if (!u->known[i]) {
			return -1;
		}
		u->known[i] = 1;
	}
	return (ptrdiff_t)used;
}

/* Copies are short: without slack behind both ends byte by byte, else two words at once. */
static inline void unpack_copy(unsigned char *to, const unsigned char *from, size_t n, int wide)
{
	size_t i = 0;
	if (wide)
		do {
			uint64_t word[2];
			__builtin_memcpy(word, from + i, 8);
			__builtin_memcpy(to + i, word, 8);
			__builtin_memcpy(word + 1, from + i + 8, 8);
			__builtin_memcpy(to + i + 8, word + 1, 8);
			i += 16;
		} while (i < n);
	else
		for (; i < n; i++)
			to[i] = from[i];
}

/* The distance that offset value v means after `literals` literals (section 3.1.1.5), or 0. */
static inline size_t unpack_offset(struct unpack *u, uint32_t v, uint32_t literals)
{
	size_t *recent = u->offsets, offset = v - 3;
	if (v <= 3) {
		unsigned i = v - 1 + (literals == 0);
		offset = i < 3 ? recent[i] : recent[0] - 1;
		if (i == 0)
			return offset;
		if (i > 1)
			recent[2] = recent[1];
	} else {
		recent[2] = recent[1];
	}
	recent[1] = recent[0];
	return recent[0] = offset;
}

/* One compressed block to *to, which moves on, within [out, stop). */
static int unpack_compressed(struct unpack *u, unsigned char *out, unsigned char **to, const unsigned char *stop,
	const unsigned char *in, size_t n)
{
	size_t literals = 0, count;
	if (n < 2)
		return -1;
	ptrdiff_t k = unpack_literals(u, in, n, &literals);
	if (k < 0 || (size_t)k >= n)
		return -1;
	in += k;
	n -= (size_t)k;
	size_t head = in[0] < 128 ? 1 : in[0] < 255 ? 2 : 3;
	if (head + (in[0] != 0) > n)
		return -1;
	count = head == 1 ? in[0] : head == 2 ? ((size_t)in[0] - 128) << 8 | in[1] : (in[1] | (size_t)in[2] << 8) + 0x7F00;
	const unsigned char *lit = u->literals, *lit_end = lit + literals;
	unsigned char *at = *to;
	if (count) {
		struct unpack_bits b;
		uint32_t begins[2][21];
		for (int m = 0; m < 2; m++)
			for (uint32_t i = 0, v = m ? 35 : 16; i < 21; v += 1U << unpack_extra[m][i++])
				begins[m][i] = v;
		k = unpack_tables(u, in[head], in + head + 1, n - head - 1);
		if (k < 0 || unpack_bits_init(&b, in + head + 1 + k, n - head - 1 - (size_t)k) < 0)
			return -1;
		unsigned state[3];
		for (int i = 0; i < 3; i++)
			state[i] = unpack_take(&b, u->tables[i].log);
		while (count--) {
			const struct unpack_step *s[3];
#pragma GCC unroll 3
			for (int i = 0; i < 3; i++)
				s[i] = &u->tables[i].steps[state[i]];
			if (s[1]->symbol > 30)
				return -1;
			uint32_t v = (1U << s[1]->symbol) + unpack_take(&b, s[1]->symbol);
			size_t match = unpack_value(&b, begins[1], 1, s[2]->symbol), run = unpack_value(&b, begins[0], 0, s[0]->symbol);
			if (count)
#pragma GCC unroll 3
				for (int i = 0; i < 3; i++) {
					int t = i == 0 ? 0 : 3 - i;  /* in this order: literal length, match length, offset */
					state[t] = s[t]->base + unpack_take(&b, s[t]->bits);
				}
			if (b.left < 0 || run > (size_t)(lit_end - lit) || run > (size_t)(stop - at))
				return -1;
			unpack_copy(at, lit, run, (size_t)(stop - at) >= run + 16);
			lit += run;
			at += run;
			size_t back = unpack_offset(u, v, (uint32_t)run);
			if (back == 0 || back > (size_t)(at - out) || match > (size_t)(stop - at))
				return -1;
			unpack_copy(at, at - back, match, back >= 8 && (size_t)(stop - at) >= match + 16);
			at += match;
		}
		if (b.left != 0)
			return -1;
	}
	literals = (size_t)(lit_end - lit);
	if (literals > (size_t)(stop - at))
		return -1;
	unpack_copy(at, lit, literals, 0);
	*to = at + literals;
	return 0;
}

/* The n bytes of blocks at in, with UNPACK_SLACK more behind them, into exactly size bytes. Returns -1 if they are not that;
   never reads or writes beyond. */
static int unpack_blocks(struct unpack *u, unsigned char *out, size_t size, const unsigned char *in, size_t n)
{
	unsigned char *to = out, *stop = out + size;
	u->offsets[0] = 1;
	u->offsets[1] = 4;
	u->offsets[2] = 8;
	for (unsigned last = 0; !last;) {
		if (n < 3)
			return -1;
		uint32_t head = in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16;
		size_t len = head >> 3, stored = (head >> 1 & 3) == 1 ? 1 : len;
		last = head & 1;
		in += 3;
		n -= 3;
		if (stored > n || len > UNPACK_BLOCK)
			return -1;
		switch (head >> 1 & 3) {
		case 0:
		case 1:
			if (len > (size_t)(stop - to))
				return -1;
			for (size_t i = 0; i < len; i++)
				to[i] = in[stored == len ? i : 0];
			to += len;
			break;
		case 2:
			if (unpack_compressed(u, out, &to, stop, in, len) < 0)
				return -1;
			break;
		default:
			return -1;
		}
		in += stored;
		n -= stored;
	}
	return n == 0 && to == stop ? 0 : -1;
}

#endif
