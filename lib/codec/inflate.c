/*
 * Output goes into one buffer: up to 32 KiB of history, then what was not handed out yet. A distance that is larger
 * than the position in the buffer reaches before the start of the stream, because sliding leaves a full 32 KiB.
 *
 * Two decoders share the tables. The fast one runs while the block of input and the buffer have room for several
 * symbols, with up to 63 bits taken ahead. The careful one fetches a byte only when the code at hand needs it. Whoever
 * leaves the fast one gives whole bytes back, so outside of it fewer than 8 bits are ahead, all of one byte: at the end
 * of the stream the input stands exactly behind it, and a block of input is consumed before the next is asked for.
 */
#include "codec/inflate.h"

#include "base/mem.h"
#include "codec/inflate_copy.h"
#include "codec/inflate_table.h"

#include <string.h>

#ifdef __x86_64__
#include <cpuid.h>
#endif

enum {
	WINDOW = 32 * 1024,
	OUT = 224 * 1024,         /* decoded per round; with the tables it stays within a second-level cache */
	SLACK = 3 + 258 + 32,     /* a round ends so far behind OUT at most: literals, a match, its wide stores */
	FAST_INPUT = 32,          /* bytes that one turn of the fast decoder may look at */
};

enum phase { PHASE_HEADER, PHASE_STORED, PHASE_CODES, PHASE_DONE };

struct inflate_state {
	uint64_t bits;
	unsigned nbits;
	const unsigned char *block, *in, *end;  /* the input's present block, and what is left of it */
	enum phase phase;
	bool last, fixed;     /* the last block; the tables are those of the fixed code */
	bool bmi2;
	uint32_t stored;      /* bytes left of a stored block */
	size_t start, pos;    /* in buf: what this round gave begins at start */
	struct err *late;     /* to be told when the bytes before it are handed out */
	uint32_t litlen[LITLEN_SIZE], dist[DIST_SIZE], precode[PRECODE_SIZE];
	unsigned char lens[MAX_LITLEN + 2 + MAX_DIST + 2];
	unsigned char buf[WINDOW + OUT + SLACK];
};

static int bad(struct err *e, const char *what)
{
	return err_set(e, ERR_FORMAT, "invalid compressed data--format violated (%s)", what);
}

static int build_codes(struct inflate_state *s, unsigned nlit, unsigned ndist, struct err *e)
{
	struct inflate_table lit = {.table = s->litlen, .bits = LITLEN_BITS, .size = LITLEN_SIZE,
		.entry = inflate_litlen_entry};
	struct inflate_table dist = {.table = s->dist, .bits = DIST_BITS, .size = DIST_SIZE,
		.entry = inflate_dist_entry};
	s->fixed = false;
	if (inflate_table_build(&lit, s->lens, nlit) < 0)
		return bad(e, "literal and length codes");
	if (inflate_table_build(&dist, s->lens + nlit, ndist) < 0)
		return bad(e, "distance codes");
	return 0;
}

static void end_input(struct inflate_reader *r)
{
	struct inflate_state *s = r->state;
	reader_consume(r->in, (size_t)(s->in - s->block));
	s->block = s->in = s->end = NULL;
}

/* Makes at least n <= 32 bits available, taking no byte more than that needs. */
static int need(struct inflate_reader *r, unsigned n, struct err *e)
{
	struct inflate_state *s = r->state;
	while (s->nbits < n) {
		if (s->in == s->end) {
			end_input(r);
			ssize_t got = reader_block(r->in, &s->block, e);
			s->in = s->block;
			if (got < 0)
				return -1;
			if (got == 0)
				return err_set(e, ERR_FORMAT, "unexpected end of file");
			s->end = s->block + got;
		}
		s->bits |= (uint64_t)*s->in++ << s->nbits;
		s->nbits += 8;
	}
	return 0;
}

static unsigned take(struct inflate_state *s, unsigned n)
{
	unsigned v = (unsigned)(s->bits & ((1ULL << n) - 1));
	s->bits >>= n;
	s->nbits -= n;
	return v;
}

/* One code, its extra bits included: *value gets the upper half of its entry plus the extra bits. Returns the entry. */
static int64_t symbol(struct inflate_reader *r, const uint32_t *table, unsigned bits, unsigned *value, struct err *e)
{
	struct inflate_state *s = r->state;
	uint32_t entry;
	for (;;) {
		unsigned before = 0;
		entry = table[s->bits & ((1U << bits) - 1)];
		if (entry & IS_SECOND) {
			before = bits;
			entry = table[(entry >> 16) + (s->bits >> bits & ((1U << (entry >> 8 & 15)) - 1))];
		}
		if (before + (entry >> 8 & 15) <= s->nbits) {
			take(s, before);
			break;
		}
		if (need(r, s->nbits + 1, e) < 0)
			return -1;
	}
	if (entry & IS_BAD)
		return bad(e, "code that is not in use");
	unsigned code = entry >> 8 & 15, extra = (entry & 255) - code;
	take(s, code);
	if (need(r, extra, e) < 0)
		return -1;
	*value = (entry >> 16) + take(s, extra);
	return entry;
}

/* RFC 1951 section 3.2.7: the code lengths of both codes, themselves coded. */
static int read_lengths(struct inflate_reader *r, unsigned total, struct err *e)
{
	struct inflate_state *s = r->state;
	for (unsigned i = 0; i < total;) {
		unsigned sym, fill = 0, n;
		if (symbol(r, s->precode, PRECODE_BITS, &sym, e) < 0)
			return -1;
		if (sym < 16) {
			s->lens[i++] = (unsigned char)sym;
			continue;
		}
		unsigned extra = sym == 16 ? 2 : sym == 17 ? 3 : 7;
		if (need(r, extra, e) < 0)
			return -1;
		n = (sym == 18 ? 11 : 3) + take(s, extra);
		if (sym == 16 && i == 0)
			return bad(e, "repeated code length without a first");
		if (sym == 16)
			fill = s->lens[i - 1];
		if (n > total - i)
			return bad(e, "too many code lengths");
		memset(s->lens + i, (int)fill, n);
		i += n;
	}
	return 0;
}

static int dynamic_header(struct inflate_reader *r, struct err *e)
{
	static const unsigned char order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
	struct inflate_state *s = r->state;
	struct inflate_table pre = {.table = s->precode, .bits = PRECODE_BITS, .size = PRECODE_SIZE,
		.entry = inflate_precode_entry};
	unsigned char lens[19] = {0};
	if (need(r, 14, e) < 0)
		return -1;
	unsigned nlit = 257 + take(s, 5), ndist = 1 + take(s, 5), npre = 4 + take(s, 4);
	if (nlit > MAX_LITLEN || ndist > MAX_DIST)
		return bad(e, "too many symbols");
	for (unsigned i = 0; i < npre; i++) {
		if (need(r, 3, e) < 0)
			return -1;
		lens[order[i]] = (unsigned char)take(s, 3);
	}
	if (inflate_table_build(&pre, lens, 19) < 0 || pre.max == 0)
		return bad(e, "code length codes");
	if (read_lengths(r, nlit + ndist, e) < 0)
		return -1;
	if (s->lens[END_OF_BLOCK] == 0)
		return bad(e, "no end-of-block code");
	return build_codes(s, nlit, ndist, e);
}

static int fixed_header(struct inflate_state *s, struct err *e)
{
	if (s->fixed)
		return 0;
	for (unsigned i = 0; i < MAX_LITLEN + 2; i++)
		s->lens[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
	memset(s->lens + MAX_LITLEN + 2, 5, MAX_DIST + 2);
	if (build_codes(s, MAX_LITLEN + 2, MAX_DIST + 2, e) < 0)
		return -1;
	s->fixed = true;
	return 0;
}

static int header(struct inflate_reader *r, struct err *e)
{
	struct inflate_state *s = r->state;
	if (need(r, 3, e) < 0)
		return -1;
	s->last = take(s, 1);
	switch (take(s, 2)) {
	case 0:
		take(s, s->nbits);
		if (need(r, 32, e) < 0)
			return -1;
		s->stored = take(s, 16);
		if (take(s, 16) != (~s->stored & 0xffff))
			return bad(e, "length of a stored block");
		s->phase = PHASE_STORED;
		return 0;
	case 1:
		s->phase = PHASE_CODES;
		return fixed_header(s, e);
	case 2:
		s->phase = PHASE_CODES;
		return dynamic_header(r, e);
	default:
		return bad(e, "block type");
	}
}

/* The fast decoder. Returns 1 at the end of the block, 0 when input or room run short, or -1. */
static inline __attribute__((always_inline)) int fast_body(struct inflate_state *s, struct err *e)
{
	const unsigned char *in = s->in, *in_stop = s->end - FAST_INPUT;
	unsigned char *out = s->buf + s->pos, *out_stop = s->buf + WINDOW + OUT;
	uint64_t bits = s->bits;
	unsigned nbits = s->nbits;
	const uint64_t mask = (1U << LITLEN_BITS) - 1;
	const char *fault = NULL;
	int rc = 0;

/* At least 56 bits; bits above nbits may be set already, and are the same when they are added again. */
#define REFILL() (bits |= load_bits(in) << nbits, in += (63 - nbits) >> 3, nbits |= 56)
#define TAKE(n) (bits >>= (n), nbits -= (n))
	while (in <= in_stop && out < out_stop) {
		REFILL();
		uint32_t entry = s->litlen[bits & mask];
		if (entry & IS_LITERAL) {
			TAKE(entry & 63);
			*out++ = (unsigned char)(entry >> 16);
			entry = s->litlen[bits & mask];
			if (entry & IS_LITERAL) {
				TAKE(entry & 63);
				*out++ = (unsigned char)(entry >> 16);
				entry = s->litlen[bits & mask];
				if (entry & IS_LITERAL) {
					TAKE(entry & 63);
					*out++ = (unsigned char)(entry >> 16);
					continue;
				}
			}
		}
		if (entry & IS_SPECIAL) {
			if (entry & IS_SECOND) {
				TAKE(entry & 63);
				entry = s->litlen[(entry >> 16) + (bits & ((1U << (entry >> 8 & 15)) - 1))];
			}
			if (entry & IS_LITERAL) {
				TAKE(entry & 63);
				*out++ = (unsigned char)(entry >> 16);
				continue;
			}
			if (entry & IS_END) {
				TAKE(entry & 63);
				rc = 1;
				break;
			}
			if (entry & IS_BAD) {
				fault = "code that is not in use";
				break;
			}
		}
		size_t len = (entry >> 16) + ((bits & ((1ULL << (entry & 63)) - 1)) >> (entry >> 8 & 15));
		TAKE(entry & 63);
		/* Up to 42 of 56 bits are gone; a distance needs up to 28. */
		REFILL();
		entry = s->dist[bits & ((1U << DIST_BITS) - 1)];
		if (entry & IS_SPECIAL) {
			if (entry & IS_SECOND) {
				TAKE(entry & 63);
				entry = s->dist[(entry >> 16) + (bits & ((1U << (entry >> 8 & 15)) - 1))];
			}
			if (entry & IS_BAD) {
				fault = "distance code that is not in use";
				break;
			}
		}
		size_t dist = (entry >> 16) + ((bits & ((1ULL << (entry & 63)) - 1)) >> (entry >> 8 & 15));
		TAKE(entry & 63);
		if (dist > (size_t)(out - s->buf)) {
			fault = "distance too far back";
			break;
		}
		copy_match(out, dist, len);
		out += len;
	}
#undef REFILL
#undef TAKE
	s->in = in - (nbits >> 3);
	s->nbits = nbits & 7;
	s->bits = bits & ((1U << s->nbits) - 1);
	s->pos = (size_t)(out - s->buf);
	return fault ? bad(e, fault) : rc;
}

static int fast_plain(struct inflate_state *s, struct err *e)
{
	return fast_body(s, e);
}

#ifdef __x86_64__
/* The same with shifts that need no fixed register. */
__attribute__((target("bmi2"))) static int fast_bmi2(struct inflate_state *s, struct err *e)
{
	return fast_body(s, e);
}
#else
#define fast_bmi2 fast_plain
#endif

/* One symbol of the careful decoder. Returns 1 at the end of the block, else 0, or -1. */
static int careful(struct inflate_reader *r, struct err *e)
{
	struct inflate_state *s = r->state;
	unsigned len, dist;
	int64_t entry = symbol(r, s->litlen, LITLEN_BITS, &len, e);
	if (entry < 0)
		return -1;
	if (entry & IS_END)
		return 1;
	if (entry & IS_LITERAL) {
		s->buf[s->pos++] = (unsigned char)len;
		return 0;
	}
	if (symbol(r, s->dist, DIST_BITS, &dist, e) < 0)
		return -1;
	if (dist > s->pos)
		return bad(e, "distance too far back");
	copy_match(s->buf + s->pos, dist, len);
	s->pos += len;
	return 0;
}

/* Decodes until the block ends (1), or the buffer is full, or input has run out and there is something to hand out. */
static int codes(struct inflate_reader *r, struct err *e)
{
	struct inflate_state *s = r->state;
	int rc = 0;
	while (rc == 0 && s->pos < WINDOW + OUT) {
		if (s->in == s->end && s->pos > s->start)
			return 0;
		if (s->end - s->in >= FAST_INPUT)
			rc = s->bmi2 ? fast_bmi2(s, e) : fast_plain(s, e);
		else
			rc = careful(r, e);
	}
	return rc;
}

static int stored(struct inflate_reader *r, struct err *e)
{
	struct inflate_state *s = r->state;
	while (s->stored && s->pos < WINDOW + OUT) {
		if (s->in == s->end) {
			if (s->pos > s->start)
				return 0;
			if (need(r, 8, e) < 0)
				return -1;
			take(s, 8);
			s->in--;
		}
		size_t n = s->stored, have = (size_t)(s->end - s->in), room = WINDOW + OUT - s->pos;
		n = n < have ? n : have;
		n = n < room ? n : room;
		memcpy(s->buf + s->pos, s->in, n);
		s->in += n;
		s->pos += n;
		s->stored -= (uint32_t)n;
	}
	return s->stored == 0;
}

/* Works until there is something to hand out, or the stream is over. */
static int decode(struct inflate_reader *r, struct err *e)
{
	struct inflate_state *s = r->state;
	while (s->phase != PHASE_DONE && s->pos < WINDOW + OUT) {
		if (s->phase == PHASE_HEADER) {
			if (s->in == s->end && s->pos > s->start)
				return 0;
			if (header(r, e) < 0)
				return -1;
		}
		int rc = s->phase == PHASE_STORED ? stored(r, e) : codes(r, e);
		if (rc < 0)
			return -1;
		if (rc == 0)
			return 0;
		s->phase = s->last ? PHASE_DONE : PHASE_HEADER;
	}
	return 0;
}

static void prepare(struct inflate_reader *r)
{
	struct inflate_state *s = r->state;
	if (!s) {
		s = r->state = mem_alloc(sizeof *s);
#ifdef __x86_64__
		unsigned eax, ebx = 0, ecx, edx;  /* the compiler's own query of the CPU would add 5 KB */
		s->bmi2 = __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && ebx & bit_BMI2;
#endif
	}
	if (s->pos > WINDOW + OUT / 2) {
		memmove(s->buf, s->buf + s->pos - WINDOW, WINDOW);
		s->pos = WINDOW;
	}
	s->start = s->pos;
}

static ssize_t inflate_next(struct reader *base, const unsigned char **block, struct err *e)
{
	struct inflate_reader *r = (struct inflate_reader *)base;
	prepare(r);
	struct inflate_state *s = r->state;
	if (s->late) {
		*e = *s->late;
		return -1;
	}
	int rc = decode(r, e);
	end_input(r);
	size_t n = s->pos - s->start;
	if (rc < 0 && n == 0)
		return -1;
	if (rc < 0) {
		s->late = mem_alloc(sizeof *s->late);
		*s->late = *e;
	}
	*block = s->buf + s->start;
	return (ssize_t)n;
}

static void inflate_free(struct reader *base)
{
	struct inflate_reader *r = (struct inflate_reader *)base;
	if (r->state)
		free(r->state->late);
	free(r->state);
	r->state = NULL;
}

void inflate_reader_init(struct inflate_reader *r, struct reader *in)
{
	static const struct reader_ops ops = {.next = inflate_next, .free = inflate_free};
	*r = (struct inflate_reader){.base.ops = &ops, .in = in};
}

void inflate_reader_restart(struct inflate_reader *r)
{
	struct inflate_state *s = r->state;
	r->base.eof = false;
	if (!s)
		return;
	s->phase = PHASE_HEADER;
	s->bits = 0;
	s->nbits = 0;
	s->start = s->pos = 0;
}
