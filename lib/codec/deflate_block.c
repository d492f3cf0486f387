#include "codec/deflate_block.h"

#include <string.h>

enum {
	END_OF_BLOCK = 256,
	LITLEN_LIMIT = 14,   /* 15 is allowed; with 14, four literals and 7 bits left over fit the bit buffer */
	DIST_LIMIT = 15,
	PRECODE_LIMIT = 7,
	NLITLEN = 286,
	NDIST = 30,
	NPRECODE = 19,
	STORED_MAX = 65535,  /* RFC 1951 section 3.2.4 */
};

static const unsigned char precode_order[NPRECODE] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

/* Room for 56 more bits after it, at most 63 before it. */
static inline void flush(struct bit_writer *w)
{
	uint64_t v = w->bits;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	memcpy(w->p, &v, 8);
	w->p += w->n >> 3;
	w->bits = w->n >= 64 ? 0 : w->bits >> (w->n & ~7U);
	w->n &= 7;
}

static inline void add(struct bit_writer *w, uint64_t v, unsigned n)
{
	w->bits |= v << w->n;
	w->n += n;
}

static void put(struct bit_writer *w, uint64_t v, unsigned n)
{
	add(w, v, n);
	flush(w);
}

void block_pad(struct bit_writer *w)
{
	put(w, 0, -w->n & 7);
}

static void put_stored(struct bit_writer *w, const unsigned char *p, size_t n, bool last)
{
	do {
		size_t take = n < STORED_MAX ? n : STORED_MAX;
		put(w, last && take == n, 3);
		block_pad(w);
		put(w, take | (~take & 0xffff) << 16, 32);
		if (take)
			memcpy(w->p, p, take);
		w->p += take;
		p += take;
		n -= take;
	} while (n);
}

void block_sync(struct bit_writer *w)
{
	put_stored(w, NULL, 0, false);
}

/* Shell sort, ascending: the arrays are short, and it is small. */
static void sort(uint32_t *v, unsigned n)
{
	static const unsigned char gaps[] = {121, 40, 13, 4, 1};
	for (size_t g = 0; g < sizeof gaps; g++)
		for (unsigned gap = gaps[g], i = gap; i < n; i++) {
			uint32_t x = v[i];
			unsigned k = i;
			for (; k >= gap && v[k - gap] > x; k -= gap)
				v[k] = v[k - gap];
			v[k] = x;
		}
}

/* Builds Huffman's tree over n >= 2 weights in ascending order, in place: then v[k] is the parent of inner node k, the
   root being n - 2. Inner nodes come into being in ascending order too, so two queues replace a heap: the leaves
   not yet used from `leaf`, the inner nodes not yet used from `inner`. */
static void build_tree(uint32_t *v, unsigned n)
{
	unsigned leaf = 0, inner = 0;
	for (unsigned node = 0; node < n - 1; node++) {
		uint32_t weight = 0;
		for (int child = 0; child < 2; child++) {
			if (leaf < n && (inner >= node || v[leaf] <= v[inner])) {
				weight += v[leaf++];
			} else {
				weight += v[inner];
				v[inner++] = node;
			}
		}
		v[node] = weight;
	}
}

/* How many leaves have each depth, none deeper than limit. The tree is walked from the root: a leaf at the depth of
   each inner node is turned into two below it; where that would be too deep, the deepest leaf that may is split instead. */
static void count_depths(uint32_t *v, unsigned n, unsigned limit, unsigned *count)
{
	memset(count, 0, 16 * sizeof *count);
	count[1] = 2;
	v[n - 2] = 0;
	for (unsigned node = n - 2; node-- > 0;) {
		unsigned depth = v[v[node]] + 1;
		v[node] = depth;
		if (depth >= limit)
			depth = limit - 1;
		while (count[depth] == 0)
			depth--;
		count[depth]--;
		count[depth + 1] += 2;
	}
}

static uint16_t reverse(unsigned code, unsigned len)
{
	code = (code & 0x5555) << 1 | (code >> 1 & 0x5555);
	code = (code & 0x3333) << 2 | (code >> 2 & 0x3333);
	code = (code & 0x0f0f) << 4 | (code >> 4 & 0x0f0f);
	return (uint16_t)((code << 8 | code >> 8) & 0xffff) >> (16 - len);
}

/* RFC 1951 section 3.2.2: words from lengths. */
static void assign_words(struct block_code *c, unsigned n, const unsigned *count)
{
	unsigned next[16] = {0};
	for (unsigned l = 1; l < 15; l++)
		next[l + 1] = (next[l] + count[l]) << 1;
	for (unsigned i = 0; i < n; i++)
		c->words[i] = c->lens[i] ? reverse(next[c->lens[i]]++, c->lens[i]) : 0;
}

/* The code for n symbols of these frequencies, at most 2^22 together. Two symbols get a code in any case: decoders
   disagree about codes that use only a part of the bit patterns. */
static void make_code(struct block_code *c, const uint32_t *freq, unsigned n, unsigned limit)
{
	uint32_t v[BLOCK_LITLEN];
	unsigned short symbols[BLOCK_LITLEN] = {0};
	unsigned count[16], used = 0;
	for (unsigned i = 0; i < n; i++)
		if (freq[i])
			v[used++] = freq[i] << 9 | i;
	for (unsigned i = 0; used < 2; i++)
		if (!freq[i])
			v[used++] = 1 << 9 | i;
	sort(v, used);
	for (unsigned i = 0; i < used; i++) {
		symbols[i] = v[i] & 511;
		v[i] >>= 9;
	}
	build_tree(v, used);
	count_depths(v, used, limit, count);
	memset(c->lens, 0, sizeof c->lens);
	for (unsigned len = limit, i = 0; len; len--)
		for (unsigned k = count[len]; k; k--)
			c->lens[symbols[i++]] = (unsigned char)len;
	assign_words(c, n, count);
}

static void fixed_codes(struct block *b)
{
	unsigned count[16] = {[7] = 24, [8] = 152, [9] = 112};
	unsigned dists[16] = {[5] = 32};
	for (unsigned i = 0; i < BLOCK_LITLEN; i++)
		b->litlen.lens[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
	memset(b->dist.lens, 5, BLOCK_DIST);
	assign_words(&b->litlen, BLOCK_LITLEN, count);
	assign_words(&b->dist, BLOCK_DIST, dists);
}

static unsigned len_extra(unsigned slot)
{
	return slot < 8 || slot == 28 ? 0 : slot / 4 - 1;
}

static unsigned dist_extra(unsigned slot)
{
	return slot < 4 ? 0 : slot / 2 - 1;
}

/* Bits of all symbols with the block's present codes, extra bits included. */
static uint64_t symbols_cost(const struct block *b)
{
	uint64_t bits = 0;
	for (unsigned i = 0; i < NLITLEN; i++)
		bits += (uint64_t)b->litlen_freq[i] * (b->litlen.lens[i] + (i > END_OF_BLOCK ? len_extra(i - 257) : 0));
	for (unsigned i = 0; i < NDIST; i++)
		bits += (uint64_t)b->dist_freq[i] * (b->dist.lens[i] + dist_extra(i));
	return bits;
}

/* The header of a dynamic block, RFC 1951 section 3.2.7. */
struct header {
	unsigned nlit, ndist, npre, nitems;
	uint32_t freq[NPRECODE];
	unsigned short items[NLITLEN + NDIST];  /* symbol, and from bit 5 the extra bits */
	struct block_code code;
};

static void header_item(struct header *h, unsigned sym, unsigned extra)
{
	h->freq[sym]++;
	h->items[h->nitems++] = (unsigned short)(sym | extra << 5);
}

static void run_lengths(struct header *h, const unsigned char *lens, unsigned n)
{
	for (unsigned i = 0, run; i < n; i += run) {
		for (run = 1; i + run < n && lens[i + run] == lens[i]; run++) {
		}
		unsigned left = run;
		if (lens[i] == 0) {
			for (unsigned take; left >= 3; left -= take) {
				take = left < 138 ? left : 138;
				header_item(h, take < 11 ? 17 : 18, take < 11 ? take - 3 : take - 11);
			}
		} else if (run >= 4) {
			header_item(h, lens[i], 0);
			left--;
			for (unsigned take; left >= 3; left -= take) {
				take = left < 6 ? left : 6;
				header_item(h, 16, take - 3);
			}
		}
		while (left--)
			header_item(h, lens[i], 0);
	}
}

static unsigned item_extra(unsigned sym)
{
	return sym < 16 ? 0 : sym == 16 ? 2 : sym == 17 ? 3 : 7;
}

/* Returns the length of the header in bits, block type included. */
static unsigned make_header(struct header *h, const struct block *b)
{
	unsigned char lens[NLITLEN + NDIST];
	memset(h, 0, sizeof *h);
	for (h->nlit = NLITLEN; h->nlit > 257 && !b->litlen.lens[h->nlit - 1]; h->nlit--) {
	}
	for (h->ndist = NDIST; h->ndist > 1 && !b->dist.lens[h->ndist - 1]; h->ndist--) {
	}
	memcpy(lens, b->litlen.lens, h->nlit);
	memcpy(lens + h->nlit, b->dist.lens, h->ndist);
	run_lengths(h, lens, h->nlit + h->ndist);
	make_code(&h->code, h->freq, NPRECODE, PRECODE_LIMIT);
	for (h->npre = NPRECODE; h->npre > 4 && !h->code.lens[precode_order[h->npre - 1]]; h->npre--) {
	}
	unsigned bits = 3 + 14 + 3 * h->npre;
	for (unsigned i = 0; i < NPRECODE; i++)
		bits += h->freq[i] * (h->code.lens[i] + item_extra(i));
	return bits;
}

static void put_header(struct bit_writer *w, const struct header *h)
{
	put(w, (h->nlit - 257) | (h->ndist - 1) << 5 | (h->npre - 4) << 10, 14);
	for (unsigned i = 0; i < h->npre; i++)
		put(w, h->code.lens[precode_order[i]], 3);
	for (unsigned i = 0; i < h->nitems; i++) {
		unsigned sym = h->items[i] & 31;
		add(w, h->code.words[sym], h->code.lens[sym]);
		put(w, h->items[i] >> 5, item_extra(sym));
	}
}

/* Code and extra bits of each length as one word. */
static void make_len_words(struct block *b)
{
	for (unsigned len = 3; len <= 258; len++) {
		unsigned slot = block_len_slot(len), extra = len_extra(slot), bits = b->litlen.lens[257 + slot];
		b->len_words[len] = b->litlen.words[257 + slot] | ((len - 3) & ((1U << extra) - 1)) << bits;
		b->len_bits[len] = (unsigned char)(bits + extra);
	}
}

static inline const unsigned char *put_literals(struct bit_writer *w, const struct block_code *c,
	const unsigned char *p, uint32_t n)
{
	for (; n >= 4; n -= 4, p += 4) {
		add(w, c->words[p[0]], c->lens[p[0]]);
		add(w, c->words[p[1]], c->lens[p[1]]);
		add(w, c->words[p[2]], c->lens[p[2]]);
		add(w, c->words[p[3]], c->lens[p[3]]);
		flush(w);
	}
	for (; n; n--, p++)
		add(w, c->words[*p], c->lens[*p]);
	flush(w);
	return p;
}

static void put_symbols(const struct block *b, struct bit_writer *out, const unsigned char *p, size_t n)
{
	const unsigned char *end = p + n;
	struct bit_writer w = *out;  /* in registers */
	for (size_t i = 0; i < b->nseqs; i++) {
		const struct block_seq *s = &b->seqs[i];
		if (s->literals)
			p = put_literals(&w, &b->litlen, p, s->literals);
		unsigned slot = block_dist_slot(s->dist), extra = dist_extra(slot);
		add(&w, b->len_words[s->len], b->len_bits[s->len]);
		add(&w, b->dist.words[slot], b->dist.lens[slot]);
		add(&w, (s->dist - 1U) & ((1U << extra) - 1), extra);
		flush(&w);
		p += s->len;
	}
	put_literals(&w, &b->litlen, p, (uint32_t)(end - p));
	*out = w;
	put(out, b->litlen.words[END_OF_BLOCK], b->litlen.lens[END_OF_BLOCK]);
}

void block_write(struct block *b, struct bit_writer *w, const unsigned char *p, size_t n, bool last)
{
	struct header h;
	b->litlen_freq[END_OF_BLOCK] = 1;
	make_code(&b->litlen, b->litlen_freq, NLITLEN, LITLEN_LIMIT);
	make_code(&b->dist, b->dist_freq, NDIST, DIST_LIMIT);
	uint64_t dynamic = make_header(&h, b) + symbols_cost(b);
	struct block_code litlen = b->litlen, dist = b->dist;
	fixed_codes(b);
	uint64_t fixed = 3 + symbols_cost(b);
	uint64_t stored = 8 * (n + 5 * (n / STORED_MAX + 1));
	if (stored <= dynamic && stored <= fixed) {
		put_stored(w, p, n, last);
	} else {
		bool is_fixed = fixed <= dynamic;
		put(w, (unsigned)last | (is_fixed ? 1U : 2U) << 1, 3);
		if (!is_fixed) {
			b->litlen = litlen;
			b->dist = dist;
			put_header(w, &h);
		}
		make_len_words(b);
		put_symbols(b, w, p, n);
	}
	memset(b->litlen_freq, 0, sizeof b->litlen_freq);
	memset(b->dist_freq, 0, sizeof b->dist_freq);
	b->nseqs = 0;
}
