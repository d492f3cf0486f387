/*
 * deflate_block: one block of RFC 1951, from literals and matches to bits. For deflate.c only.
 *
 * The matcher counts symbols in freq and appends sequences; block_write chooses between the fixed code, codes made for
 * the block, and stored bytes, whichever is shortest, and clears the block for the next.
 */
#ifndef CODEC_DEFLATE_BLOCK_H
#define CODEC_DEFLATE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BLOCK_LITLEN = 288,
	BLOCK_DIST = 32,
	BLOCK_SEQS = 32 * 1024,  /* sequences in a block; it is ended when they are full */
};

/* So many literals, then a match. */
struct block_seq {
	uint32_t literals;
	uint16_t len, dist;  /* dist 32768 is stored as it is */
};

struct bit_writer {
	uint64_t bits;
	unsigned n;  /* fewer than 8 between calls */
	unsigned char *p;
};

/* A Huffman code: words are stored first bit lowest. */
struct block_code {
	uint16_t words[BLOCK_LITLEN];
	unsigned char lens[BLOCK_LITLEN];
};

struct block {
	uint32_t litlen_freq[BLOCK_LITLEN], dist_freq[BLOCK_DIST];
	size_t nseqs;
	struct block_seq seqs[BLOCK_SEQS];
	struct block_code litlen, dist;
	uint32_t len_words[259];      /* code and extra bits of each match length */
	unsigned char len_bits[259];
};

/* Symbols of lengths (from 257) and distances (from 0), RFC 1951 section 3.2.5. */
static inline unsigned block_len_slot(unsigned len)
{
	unsigned l = len - 3;
	if (l < 8)
		return l;
	if (l == 255)
		return 28;
	unsigned top = 31U - (unsigned)__builtin_clz(l);
	return 4 * (top - 1) + (l >> (top - 2) & 3);
}

static inline unsigned block_dist_slot(unsigned dist)
{
	unsigned d = dist - 1;
	if (d < 2)
		return d;
	unsigned top = 31U - (unsigned)__builtin_clz(d);
	return 2 * top + (d >> (top - 1) & 1);
}

/* Writes the block of n bytes at p, which the sequences and then literals describe. */
void block_write(struct block *b, struct bit_writer *w, const unsigned char *p, size_t n, bool last);

/* An empty stored block: leaves the writer at a byte boundary. */
void block_sync(struct bit_writer *w);

/* Pads to a byte boundary with zeros. */
void block_pad(struct bit_writer *w);

#endif
