/*
 * Matches are found through chains of earlier positions with the same hash. Positions are kept as their lowest 16 bits:
 * the distance to one is the difference modulo 65536, anything beyond 32768 is not followed, and what a stale entry
 * points to is compared like everything else, so old entries cost time at worst and never need to be cleaned out. The
 * tables are cleared before each piece all the same, so that equal input gives equal output whatever came before.
 */
#include "codec/deflate.h"

#include "base/mem.h"
#include "codec/deflate_block.h"

#include <stdlib.h>
#include <string.h>

enum {
	WINDOW = 32 * 1024,
	MATCH_MIN = 3,
	MATCH_MAX = 258,
	HASH3_BITS = 14,
	HASH4_BITS = 16,
	TAIL = 5,                /* the last bytes of a piece are literals: a hash reads 4 bytes */
	FAR_3 = 4096,            /* a match of 3 bytes from farther away costs more than literals */

	BLOCK_MIN = 10000,       /* bytes: a shorter block does not earn its header */
	BLOCK_SOFT_MAX = 300000,
	KINDS = 10,              /* kinds of symbols that block splitting looks at */
	OBSERVE = 512,           /* symbols between two looks */

	SAMPLE = 4096,           /* bytes that are looked at for the size of the alphabet */
	DULL_SHIFT = 9,          /* after 2^9 literals without a match, one in two positions is tried, and so on */
	DULL_MAX = 15,
};

struct level {
	unsigned short depth;   /* candidates that are compared */
	unsigned short nice;    /* a match that is long enough to stop looking */
	unsigned char lazy;     /* how many positions ahead a better match is looked for */
};

static const struct level levels[10] = {
	{0}, {2, 16, 0}, {6, 16, 0}, {4, 64, 1}, {6, 64, 1}, {8, 64, 1}, {36, 66, 1}, {100, 130, 1}, {300, 258, 2},
	{450, 258, 2},
};

struct match {
	unsigned len, dist;
};

struct deflate {
	struct level level;
	struct block block;
	uint32_t seen[KINDS], fresh[KINDS];  /* symbols of the block until the last look, and since */
	uint32_t nseen, nfresh;
	unsigned min_len;
	uint32_t literals;                   /* since the last match */
	uint16_t head3[1 << HASH3_BITS], head4[1 << HASH4_BITS], prev[WINDOW];
};

struct deflate *deflate_new(int level)
{
	struct deflate *d = mem_alloc(sizeof *d);
	d->level = levels[level < 1 ? 1 : level > 9 ? 9 : level];
	return d;
}

void deflate_free(struct deflate *d)
{
	free(d);
}

size_t deflate_bound(size_t n)
{
	/* Each block of at least BLOCK_MIN bytes adds up to 6 bytes to what is stored, each 65535 bytes 5 more; then
	   the end, and the bit writer's 8-byte stores. */
	return n + n / 1024 + 64;
}

static inline uint32_t load32(const unsigned char *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return v;
}

static inline uint64_t load64(const unsigned char *p)
{
	uint64_t v;
	memcpy(&v, p, 8);
	return v;
}

/* The first three bytes of what load32 read, in the upper bits. */
static inline uint32_t first3(uint32_t v)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return v & ~255U;
#else
	return v << 8;
#endif
}

/* 2654435761 is 2^32 divided by the golden ratio, a prime: it spreads neighbours. */
static inline uint32_t hash3(uint32_t v)
{
	return first3(v) * 2654435761U >> (32 - HASH3_BITS);
}

static inline uint32_t hash4(uint32_t v)
{
	return v * 2654435761U >> (32 - HASH4_BITS);
}

static inline unsigned common(const unsigned char *a, const unsigned char *b, unsigned len, unsigned max)
{
	for (; len + 8 <= max; len += 8) {
		uint64_t diff = load64(a + len) ^ load64(b + len);
		if (diff) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
			return len + (unsigned)__builtin_clzll(diff) / 8;
#else
			return len + (unsigned)__builtin_ctzll(diff) / 8;
#endif
		}
	}
	while (len < max && a[len] == b[len])
		len++;
	return len;
}

/* How many bytes lie between pos and the position that an entry names, or less than 0 for what is out of reach. An empty
   entry names the first one, and is right about that in the first 32 KiB. */
static inline int between(size_t pos, unsigned entry)
{
	return (int16_t)(pos - 1 - entry);
}

/* The positions from pos to end. Short matches are found by what begins where something was looked for: remembering the
   others too would make files smaller by a 500th, and take a 20th longer. */
static inline void insert(struct deflate *d, const unsigned char *buf, size_t pos, size_t end)
{
	for (; pos < end; pos++) {
		uint32_t h4 = hash4(load32(buf + pos));
		d->prev[pos % WINDOW] = d->head4[h4];
		d->head4[h4] = (uint16_t)pos;
	}
}

/* The longest match at pos that is longer than best, or best; inserts pos. */
static inline __attribute__((always_inline)) struct match find(struct deflate *d, const unsigned char *buf, size_t pos,
	unsigned max, unsigned depth, struct match best)
{
	const unsigned char *cur = buf + pos;
	uint32_t v = load32(cur), h4 = hash4(v), ahead = load32(cur + 1);
	unsigned at = d->head4[h4];
	d->prev[pos % WINDOW] = (uint16_t)at;
	d->head4[h4] = (uint16_t)pos;
	/* The heads of the chains at the next position lie somewhere in 160 KiB: they are fetched while this one is worked on. */
	__builtin_prefetch(&d->head4[hash4(ahead)], 1);
	if (d->min_len == MATCH_MIN) {
		uint32_t h3 = hash3(v);
		int dist3 = between(pos, d->head3[h3]) + 1;
		d->head3[h3] = (uint16_t)pos;
		__builtin_prefetch(&d->head3[hash3(ahead)], 1);
		if (best.len < MATCH_MIN && dist3 > 0 && dist3 <= FAR_3 && first3(load32(cur - dist3)) == first3(v))
			best = (struct match){MATCH_MIN, (unsigned)dist3};
	}
	if (best.len >= max)
		return best;
	/* The end of a longer match is compared first: it differs more often than the beginning, whose hash is the same. */
	const unsigned char *tail = cur + (best.len < 4 ? 0 : best.len - 3);
	uint32_t want = load32(tail);
	for (; depth; depth--) {
		ptrdiff_t dist = between(pos, at) + 1;
		if (dist <= 0)
			break;
		at = d->prev[at % WINDOW];
		if (load32(tail - dist) != want || load32(cur - dist) != v)
			continue;
		unsigned n = common(cur, cur - dist, 4, max);
		if (n > best.len) {
			best = (struct match){n, (unsigned)dist};
			if (n >= d->level.nice || n == max)
				break;
			tail = cur + n - 3;
			want = load32(tail);
		}
	}
	return best;
}

static inline void add_literal(struct deflate *d, unsigned char c)
{
	d->block.litlen_freq[c]++;
	d->fresh[(c >> 5 & 6) | (c & 1)]++;
	d->nfresh++;
	d->literals++;
}

static inline void add_match(struct deflate *d, struct match m)
{
	struct block *b = &d->block;
	b->litlen_freq[257 + block_len_slot(m.len)]++;
	b->dist_freq[block_dist_slot(m.dist)]++;
	b->seqs[b->nseqs++] = (struct block_seq){d->literals, (uint16_t)m.len, (uint16_t)m.dist};
	d->fresh[m.len >= 9 ? 9 : 8]++;
	d->nfresh++;
	d->literals = 0;
}

/* Whether the symbols since the last look are distributed differently enough from those before to begin a new block.
   A long block is ended more readily. */
static bool changed(struct deflate *d, size_t block_len)
{
	uint64_t delta = 0;
	for (int i = 0; i < KINDS; i++) {
		uint64_t expected = (uint64_t)d->seen[i] * d->nfresh, actual = (uint64_t)d->fresh[i] * d->nseen;
		delta += expected > actual ? expected - actual : actual - expected;
	}
	uint64_t limit = (uint64_t)d->nfresh * d->nseen * 200 / 512;
	bool yes = d->nseen && delta + block_len / 4096 * d->nseen >= limit;
	for (int i = 0; i < KINDS; i++) {
		d->seen[i] += d->fresh[i];
		d->fresh[i] = 0;
	}
	d->nseen += d->nfresh;
	d->nfresh = 0;
	return yes;
}

static bool block_full(struct deflate *d, size_t block_len, size_t left)
{
	if (d->block.nseqs >= BLOCK_SEQS - 1 || block_len >= BLOCK_SOFT_MAX)
		return true;
	return d->nfresh >= OBSERVE && block_len >= BLOCK_MIN && left >= BLOCK_MIN && changed(d, block_len);
}

/* With few different bytes each literal is cheap, and short matches are not worth their distance. */
static unsigned shortest_match(const unsigned char *p, size_t n, unsigned depth)
{
	bool used[256] = {false};
	unsigned count = 0;
	for (size_t i = 0; i < n && i < SAMPLE; i++)
		used[p[i]] = true;
	for (int i = 0; i < 256; i++)
		count += used[i];
	unsigned min = count < 6 ? 9 : count < 8 ? 8 : count < 10 ? 7 : count < 16 ? 6 : count < 45 ? 5 :
		count < 80 ? 4 : 3;
	unsigned found = depth < 16 ? 4 : 5;  /* what a short search finds reliably */
	return min < found ? min : found;
}

static void begin_block(struct deflate *d, const unsigned char *p, size_t n)
{
	memset(d->seen, 0, sizeof d->seen);
	memset(d->fresh, 0, sizeof d->fresh);
	d->nseen = d->nfresh = 0;
	d->literals = 0;
	d->min_len = shortest_match(p, n, d->level.depth);
}

static inline unsigned log2_of(unsigned v)
{
	return 31U - (unsigned)__builtin_clz(v);
}

/* Whether a match n positions later is worth the literals before it: four bits a byte, one for each doubling. */
static inline bool better(struct match later, struct match now, int n)
{
	return later.len >= now.len &&
	       4 * ((int)later.len - (int)now.len) + (int)log2_of(now.dist) - (int)log2_of(later.dist) > 4 * n - 2;
}

/* Puts off a match as long as one that begins a little later is better. `pos` is that of *m, and is moved with it.
   Returns how many positions behind pos are in the tables already. */
static unsigned lazy(struct deflate *d, const unsigned char *buf, size_t *pos, size_t stop, struct match *m)
{
	while (m->len < d->level.nice && *pos + 1 < stop) {
		size_t left = stop - *pos - 1 + TAIL - 1;
		struct match next = find(d, buf, *pos + 1, left < MATCH_MAX ? (unsigned)left : MATCH_MAX, d->level.depth / 2,
			(struct match){m->len - 1, 0});
		if (next.dist && better(next, *m, 1)) {
			add_literal(d, buf[(*pos)++]);
			*m = next;
			continue;
		}
		if (d->level.lazy < 2 || *pos + 2 >= stop)
			return 1;
		left--;
		next = find(d, buf, *pos + 2, left < MATCH_MAX ? (unsigned)left : MATCH_MAX, d->level.depth / 4,
			(struct match){m->len - 1, 0});
		if (!next.dist || !better(next, *m, 2))
			return 2;
		add_literal(d, buf[(*pos)++]);
		add_literal(d, buf[(*pos)++]);
		*m = next;
	}
	return 0;
}

/* Parses from pos until the block is full or stop, the end of what matches may begin in. Returns where it stopped. */
static size_t parse(struct deflate *d, const unsigned char *buf, size_t pos, size_t stop)
{
	const size_t begin = pos;
	while (pos < stop && !block_full(d, pos - begin, stop - pos)) {
		size_t left = stop - pos + TAIL - 1;
		struct match m = find(d, buf, pos, left < MATCH_MAX ? (unsigned)left : MATCH_MAX, d->level.depth,
			(struct match){d->min_len - 1, 0});
		if (!m.dist) {
			size_t dull = d->literals >> DULL_SHIFT;
			add_literal(d, buf[pos++]);
			for (dull = dull < DULL_MAX ? dull : DULL_MAX; dull && pos < stop; dull--) {
				insert(d, buf, pos, pos + 1);
				add_literal(d, buf[pos++]);
			}
			continue;
		}
		unsigned done = d->level.lazy ? lazy(d, buf, &pos, stop, &m) : 0;
		add_match(d, m);
		size_t end = pos + m.len;
		insert(d, buf, pos + 1 + done, end < stop ? end : stop);
		pos = end;
	}
	return pos;
}

static void prime(struct deflate *d, const unsigned char *buf, size_t dict, size_t n)
{
	memset(d->head3, 0, sizeof d->head3);
	memset(d->head4, 0, sizeof d->head4);
	memset(d->prev, 0, sizeof d->prev);
	insert(d, buf, 0, n >= 4 ? dict : dict + n > 3 ? dict + n - 3 : 0);
}

size_t deflate_piece(struct deflate *d, const unsigned char *buf, size_t dict, size_t n, bool last, unsigned char *out)
{
	struct bit_writer w = {.p = out};
	size_t pos = dict, end = dict + n, stop = n > TAIL ? end - TAIL + 1 : dict;
	prime(d, buf, dict, n);
	while (pos < end) {
		size_t from = pos;
		begin_block(d, buf + pos, end - pos);
		pos = pos < stop ? parse(d, buf, pos, stop) : pos;
		if (pos >= stop)
			while (pos < end)
				add_literal(d, buf[pos++]);
		block_write(&d->block, &w, buf + from, pos - from, last && pos == end);
	}
	if (last && n == 0)
		block_write(&d->block, &w, buf, 0, true);
	if (!last)
		block_sync(&w);
	block_pad(&w);
	return (size_t)(w.p - out);
}
