#include "codec/inflate_table.h"

#include <string.h>

/* RFC 1951 section 3.2.5, the tables of extra bits, as arithmetic. */
uint32_t inflate_litlen_entry(unsigned symbol)
{
	if (symbol < 256)
		return symbol << 16 | IS_LITERAL;
	if (symbol == END_OF_BLOCK)
		return IS_END;
	if (symbol == 285)
		return 258U << 16;
	if (symbol > 285)
		return IS_BAD;
	unsigned i = symbol - 257, extra = i < 8 ? 0 : i / 4 - 1;
	return (3 + (i < 8 ? i : (4 + i % 4) << extra)) << 16 | extra;
}

uint32_t inflate_dist_entry(unsigned symbol)
{
	unsigned extra = symbol < 4 ? 0 : symbol / 2 - 1;
	if (symbol >= MAX_DIST)
		return IS_BAD;
	return (1 + (symbol < 4 ? symbol : (2 + symbol % 2) << extra)) << 16 | extra;
}

uint32_t inflate_precode_entry(unsigned symbol)
{
	return symbol << 16;
}

/* Counts the lengths. A code must use every bit pattern; one single code of one bit, and none at all, are also met. */
static int count_lengths(struct inflate_table *t, const unsigned char *lens, unsigned n)
{
	int left = 1;
	memset(t->count, 0, sizeof t->count);
	for (unsigned i = 0; i < n; i++)
		t->count[lens[i]]++;
	t->count[0] = 0;
	t->max = 0;
	for (unsigned l = 1; l < 16; l++) {
		left = 2 * left - (int)t->count[l];
		if (left < 0)
			return -1;
		if (t->count[l])
			t->max = l;
	}
	return left > 0 && t->max > 1 ? -1 : 0;
}

/* The code that follows in canonical order, its first bit being the lowest. */
static unsigned next_code(unsigned code, unsigned len)
{
	unsigned bit = 1U << (len - 1);
	while (code & bit) {
		code ^= bit;
		bit >>= 1;
	}
	return code | bit;
}

/* The width of a second level that starts with a code of length len, of which `more` are left: as wide as the codes
   from there on need it. */
static unsigned second_width(const struct inflate_table *t, unsigned len, unsigned more)
{
	unsigned width = len - t->bits;
	int left = 1 << width;
	while (width + t->bits < t->max) {
		left -= (int)more;
		if (left <= 0)
			break;
		more = t->count[++width + t->bits];
		left <<= 1;
	}
	return width;
}

static int fill_table(struct inflate_table *t, const unsigned short *sorted)
{
	unsigned bits = t->bits, next = 1U << bits, second = 0, width = 0, prefix = ~0U, code = 0;
	for (unsigned len = 1; len <= t->max; len++)
		for (unsigned k = t->count[len]; k; k--, code = next_code(code, len)) {
			uint32_t entry = t->entry(*sorted++);
			if (len <= bits) {
				entry += len | len << 8;
				for (unsigned i = code; i < 1U << bits; i += 1U << len)
					t->table[i] = entry;
				continue;
			}
			if ((code & ((1U << bits) - 1)) != prefix) {
				prefix = code & ((1U << bits) - 1);
				width = second_width(t, len, k);
				second = next;
				next += 1U << width;
				if (next > t->size)
					return -1;
				t->table[prefix] = second << 16 | IS_SECOND | width << 8 | bits;
			}
			entry += (len - bits) | (len - bits) << 8;
			for (unsigned i = code >> bits; i < 1U << width; i += 1U << (len - bits))
				t->table[second + i] = entry;
		}
	return 0;
}

int inflate_table_build(struct inflate_table *t, const unsigned char *lens, unsigned n)
{
	unsigned short sorted[MAX_LITLEN + 2], at[16] = {0};
	if (count_lengths(t, lens, n) < 0)
		return -1;
	for (unsigned l = 1; l < 15; l++)
		at[l + 1] = (unsigned short)(at[l] + t->count[l]);
	for (unsigned i = 0; i < n; i++)
		if (lens[i])
			sorted[at[lens[i]]++] = (unsigned short)i;
	if (t->max < 2)  /* some or all patterns mean nothing */
		for (unsigned i = 0; i < 1U << t->bits; i++)
			t->table[i] = IS_BAD | 1;
	return fill_table(t, sorted);
}
