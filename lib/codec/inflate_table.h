/*
 * inflate_table: the lookup tables that inflate.c decodes with. Not for others.
 *
 * A table's first level is looked up with the next `bits` bits; longer codes lead on to second levels behind it.
 */
#ifndef CODEC_INFLATE_TABLE_H
#define CODEC_INFLATE_TABLE_H

#include <stdint.h>

enum {
	LITLEN_BITS = 11,
	DIST_BITS = 8,
	PRECODE_BITS = 7,
	/* First level and all second levels of the largest complete code of 288, 30 and 19 symbols. */
	LITLEN_SIZE = 2342,
	DIST_SIZE = 402,
	PRECODE_SIZE = 128,

	MAX_LITLEN = 286,         /* RFC 1951 section 3.2.6: symbols beyond these never occur */
	MAX_DIST = 30,
	END_OF_BLOCK = 256,
};

/* An entry of a table: what to do in the upper half, how many bits it takes below.
     bits 0-7    bits to take, extra bits included
     bits 8-11   of which the code itself; or the width of the second level
     bits 12-15  kind; none: a length or a distance
     bits 16-31  literal, base of the length or distance, index of the second level */
enum {
	IS_LITERAL = 1 << 12,
	IS_SECOND = 1 << 13,
	IS_END = 1 << 14,
	IS_BAD = 1 << 15,
	IS_SPECIAL = IS_SECOND | IS_END | IS_BAD,
};

struct inflate_table {
	uint32_t *table;
	unsigned bits, size;
	uint32_t (*entry)(unsigned symbol);  /* one of those below */
	unsigned count[16], max;             /* filled: codes of each length, and the longest length */
};

/* Entries without the code's own length. */
uint32_t inflate_litlen_entry(unsigned symbol);
uint32_t inflate_dist_entry(unsigned symbol);
uint32_t inflate_precode_entry(unsigned symbol);

/* Fills the table for n symbols from the lengths of their codes. Returns -1 for lengths that make no code. */
int inflate_table_build(struct inflate_table *t, const unsigned char *lens, unsigned n);

#endif
