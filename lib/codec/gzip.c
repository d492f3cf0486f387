/*
 * The writer's pool is a ring of slots. The caller's thread fills the slot at `fill`, the workers take full slots in
 * order from `work`. A slot is full, then busy while its piece is compressed, then done until its output is written,
 * which the caller's thread does in order from `flush`, when it needs a free slot or finishes. Only a slot's state and
 * `work` are shared; whoever owns a slot by its state works on it without the lock.
 */
#include "codec/gzip.h"

#include "base/mem.h"
#include "codec/deflate.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

enum {
	PIECE = 256 * 1024,        /* long beside the 32 KiB that a piece enters into its tables first */
	MAX_THREADS = 8,           /* bounds memory */
	STACK = 256 * 1024,        /* of a worker: room for a sanitizer's frames too */
	FTEXT = 1, FHCRC = 2, FEXTRA = 4, FNAME = 8, FCOMMENT = 16, FRESERVED = 0xe0,
	HEADER_MAX = 1024 * 1024,  /* longest comment that is skipped: a header without end is no header */
};

bool gzip_is_magic(const unsigned char *p, size_t n)
{
	return n >= 2 && p[0] == 0x1f && p[1] == 0x8b;
}

static uint32_t get32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void set32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> 8 * i);
}

/* ---- reader ---- */

/* reader_exact, with the header's checksum kept. */
static int header_bytes(struct gzip_reader *r, void *p, size_t n, struct err *e)
{
	size_t got = 0;
	while (got < n) {
		ssize_t k = reader_read(r->in, (unsigned char *)p + got, n - got, e);
		if (k < 0)
			return -1;
		if (k == 0)
			return err_set(e, ERR_FORMAT, "unexpected end of file");
		got += (size_t)k;
	}
	r->sum = crc32_update(&r->crc, r->sum, p, n);
	return 0;
}

/* A string up to its NUL; the first GZIP_NAME_MAX bytes of it go to keep, unless that is NULL. */
static int header_string(struct gzip_reader *r, struct buf *keep, struct err *e)
{
	for (size_t n = 0; n < HEADER_MAX; n++) {
		unsigned char c;
		if (header_bytes(r, &c, 1, e) < 0)
			return -1;
		if (c == 0)
			return 0;
		if (keep && n < GZIP_NAME_MAX)
			buf_byte(keep, c);
	}
	return err_set(e, ERR_FORMAT, "invalid compressed data--header too long");
}

/* RFC 1952 section 2.3. */
static int read_header(struct gzip_reader *r, struct err *e)
{
	CLEANUP_BUF struct buf name = {0};
	unsigned char h[10], b[2];
	r->sum = 0;
	if (header_bytes(r, h, sizeof h, e) < 0)
		return -1;
	if (h[2] != 8)
		return err_set(e, ERR_FORMAT, "unknown method %d -- not supported", h[2]);
	if (h[3] & FRESERVED)
		return err_set(e, ERR_FORMAT, "has flags 0x%x -- not supported", h[3]);
	if (h[3] & FEXTRA) {
		if (header_bytes(r, b, 2, e) < 0)
			return -1;
		for (unsigned n = b[0] | (unsigned)b[1] << 8; n; n--)
			if (header_bytes(r, b, 1, e) < 0)
				return -1;
	}
	if (h[3] & FNAME && header_string(r, &name, e) < 0)
		return -1;
	if (h[3] & FCOMMENT && header_string(r, NULL, e) < 0)
		return -1;
	uint32_t sum = r->sum;
	if (h[3] & FHCRC) {
		if (header_bytes(r, b, 2, e) < 0)
			return -1;
		if ((sum & 0xffff) != (b[0] | (uint32_t)b[1] << 8))
			return err_set(e, ERR_FORMAT, "invalid compressed data--header checksum error");
	}
	if (r->members++ == 0) {
		r->mtime = get32(h + 4);
		r->name = h[3] & FNAME ? buf_steal(&name) : NULL;
	}
	r->in_member = true;
	r->sum = r->size = 0;
	return 0;
}

static int read_trailer(struct gzip_reader *r, struct err *e)
{
	unsigned char t[8];
	uint32_t sum = r->sum;
	if (header_bytes(r, t, sizeof t, e) < 0)
		return -1;
	r->in_member = false;
	if (get32(t) != sum)
		return err_set(e, ERR_FORMAT, "invalid compressed data--crc error");
	if (get32(t + 4) != r->size)
		return err_set(e, ERR_FORMAT, "invalid compressed data--length error");
	return 0;
}

/* Behind a member: 1 when another one begins, 0 at the end. Zeros are what tapes and block devices are padded with. */
static int more_members(struct gzip_reader *r, struct err *e)
{
	const unsigned char *p;
	ssize_t n;
	while ((n = reader_block(r->in, &p, e)) > 0) {
		size_t zeros = 0;
		while (zeros < (size_t)n && p[zeros] == 0)
			zeros++;
		reader_consume(r->in, zeros);
		if (zeros < (size_t)n)
			break;
	}
	if (n > 0)
		n = reader_peek(r->in, 2, &p, e);
	if (n <= 0)
		return (int)n;
	if (gzip_is_magic(p, (size_t)n))
		return 1;
	r->garbage = true;
	return 0;
}

int gzip_reader_start(struct gzip_reader *r, struct err *e)
{
	const unsigned char *p;
	if (r->members)
		return 0;
	ssize_t n = reader_peek(r->in, 2, &p, e);
	if (n < 0)
		return -1;
	if (n == 0)
		return err_set(e, ERR_FORMAT, "unexpected end of file");
	if (!gzip_is_magic(p, (size_t)n))
		return err_set(e, ERR_FORMAT, "not in gzip format");
	return read_header(r, e);
}

static ssize_t gzip_next(struct reader *base, const unsigned char **block, struct err *e)
{
	struct gzip_reader *r = (struct gzip_reader *)base;
	if (gzip_reader_start(r, e) < 0)
		return -1;
	while (r->in_member) {
		ssize_t n = reader_block(&r->inflate.base, block, e);
		if (n < 0)
			return -1;
		if (n > 0) {
			r->sum = crc32_update(&r->crc, r->sum, *block, (size_t)n);
			r->size += (uint32_t)n;
			reader_consume(&r->inflate.base, (size_t)n);
			return n;
		}
		if (read_trailer(r, e) < 0)
			return -1;
		int more = more_members(r, e);
		if (more < 0 || (more && read_header(r, e) < 0))
			return -1;
		inflate_reader_restart(&r->inflate);
	}
	return 0;
}

static void gzip_reader_release(struct reader *base)
{
	struct gzip_reader *r = (struct gzip_reader *)base;
	reader_free(&r->inflate.base);
	free(r->name);
	r->name = NULL;
}

void gzip_reader_init(struct gzip_reader *r, struct reader *in)
{
	static const struct reader_ops ops = {.next = gzip_next, .free = gzip_reader_release};
	*r = (struct gzip_reader){.base.ops = &ops, .in = in};
	crc32_init(&r->crc);
	inflate_reader_init(&r->inflate, in);
}

/* ---- writer ---- */

enum slot_state { SLOT_FREE, SLOT_FULL, SLOT_BUSY, SLOT_DONE };

struct slot {
	enum slot_state state;
	size_t dict, len;          /* in is: dict bytes of the piece before, len bytes of this one */
	bool last;
	unsigned char *in, *out;
	size_t out_len;
	uint32_t sum;
};

struct gzip_pool {
	int level;
	unsigned want_threads;
	unsigned nthreads;         /* running; 0: pieces are compressed by the caller's thread */
	pthread_t threads[MAX_THREADS];
	pthread_mutex_t lock;
	pthread_cond_t full, done;
	bool stop;
	unsigned nslots, fill, work, flush;
	struct slot slots[MAX_THREADS + 2];
	struct deflate *deflate;   /* the caller's thread's */
	struct crc32 crc;
	uint32_t sum, size;
	bool begun;                /* the header is written */
};

static void compress(struct gzip_pool *p, struct deflate *d, struct slot *s)
{
	s->out_len = deflate_piece(d, s->in, s->dict, s->len, s->last, s->out);
	s->sum = crc32_update(&p->crc, 0, s->in + s->dict, s->len);
}

static void *worker(void *arg)
{
	struct gzip_pool *p = arg;
	struct deflate *d = deflate_new(p->level);
	pthread_mutex_lock(&p->lock);
	for (;;) {
		struct slot *s = &p->slots[p->work];
		if (p->stop)
			break;
		if (s->state != SLOT_FULL) {
			pthread_cond_wait(&p->full, &p->lock);
			continue;
		}
		s->state = SLOT_BUSY;
		p->work = (p->work + 1) % p->nslots;
		pthread_mutex_unlock(&p->lock);
		compress(p, d, s);
		pthread_mutex_lock(&p->lock);
		s->state = SLOT_DONE;
		pthread_cond_signal(&p->done);
	}
	pthread_mutex_unlock(&p->lock);
	deflate_free(d);
	return NULL;
}

/* Signals are for the caller's thread: the workers begin with all of them blocked. Fewer threads will do. */
static void start_threads(struct gzip_pool *p)
{
	sigset_t all, before;
	pthread_attr_t attr;
	sigfillset(&all);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (p->nthreads < p->want_threads && pthread_create(&p->threads[p->nthreads], &attr, worker, p) == 0)
		p->nthreads++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
}

static void stop_threads(struct gzip_pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->full);
	pthread_mutex_unlock(&p->lock);
	while (p->nthreads)
		pthread_join(p->threads[--p->nthreads], NULL);
}

static unsigned processors(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	return n < 1 ? 1 : (unsigned)n;
}

static int begin(struct gzip_writer *w, struct err *e)
{
	struct gzip_pool *p = w->pool;
	/* XFL tells the extremes of compression; OS 3 is Unix. */
	unsigned char xfl = p->level == 9 ? 2 : p->level == 1 ? 4 : 0;
	unsigned char h[10] = {0x1f, 0x8b, 8, w->name ? FNAME : 0, 0, 0, 0, 0, xfl, 3};
	if (p->begun)
		return 0;
	p->begun = true;
	set32(h + 4, w->mtime);
	if (writer_write(w->out, h, sizeof h, e) < 0)
		return -1;
	return w->name ? writer_write(w->out, w->name, strlen(w->name) + 1, e) : 0;
}

/* Writes the output of the slot at `flush`, waiting for it, and frees the slot. */
static int flush_slot(struct gzip_writer *w, struct err *e)
{
	struct gzip_pool *p = w->pool;
	struct slot *s = &p->slots[p->flush];
	pthread_mutex_lock(&p->lock);
	while (s->state != SLOT_DONE)
		pthread_cond_wait(&p->done, &p->lock);
	s->state = SLOT_FREE;
	pthread_mutex_unlock(&p->lock);
	p->flush = (p->flush + 1) % p->nslots;
	p->sum = crc32_combine(p->sum, s->sum, s->len);
	p->size += (uint32_t)s->len;
	if (begin(w, e) < 0)
		return -1;
	return writer_write(w->out, s->out, s->out_len, e);
}

static void prepare_slot(struct slot *s)
{
	if (!s->in) {
		s->in = mem_alloc(DEFLATE_DICT + PIECE);
		s->out = mem_alloc(deflate_bound(PIECE));
	}
}

/* Hands the slot at `fill` to whoever compresses it, and makes the next one ready, this one's end being its dictionary. */
static int submit(struct gzip_writer *w, bool last, struct err *e)
{
	struct gzip_pool *p = w->pool;
	struct slot *s = &p->slots[p->fill];
	s->last = last;
	if (!last && p->nthreads == 0 && p->want_threads > 1)
		start_threads(p);
	if (p->nthreads == 0) {
		if (!p->deflate)
			p->deflate = deflate_new(p->level);
		compress(p, p->deflate, s);
		s->state = SLOT_DONE;
	} else {
		pthread_mutex_lock(&p->lock);
		s->state = SLOT_FULL;
		pthread_cond_signal(&p->full);
		pthread_mutex_unlock(&p->lock);
	}
	p->fill = (p->fill + 1) % p->nslots;
	if (last)
		return 0;
	struct slot *next = &p->slots[p->fill];
	if (p->fill == p->flush && flush_slot(w, e) < 0)
		return -1;
	prepare_slot(next);
	size_t have = s->dict + s->len, dict = have < DEFLATE_DICT ? have : DEFLATE_DICT;
	memcpy(next->in, s->in + have - dict, dict);
	next->dict = dict;
	next->len = 0;
	return 0;
}

static int gzip_write(struct writer *base, const void *data, size_t n, struct err *e)
{
	struct gzip_writer *w = (struct gzip_writer *)base;
	struct gzip_pool *p = w->pool;
	const unsigned char *from = data;
	while (n) {
		struct slot *s = &p->slots[p->fill];
		/* A full piece waits for a byte behind it, because the last one has to say that it is. */
		if (s->len == PIECE) {
			if (submit(w, false, e) < 0)
				return -1;
			continue;
		}
		prepare_slot(s);
		size_t take = n < PIECE - s->len ? n : PIECE - s->len;
		memcpy(s->in + s->dict + s->len, from, take);
		s->len += take;
		from += take;
		n -= take;
	}
	return 0;
}

static int gzip_finish(struct writer *base, struct err *e)
{
	struct gzip_writer *w = (struct gzip_writer *)base;
	struct gzip_pool *p = w->pool;
	unsigned char t[8];
	prepare_slot(&p->slots[p->fill]);
	if (submit(w, true, e) < 0)
		return -1;
	do {
		if (flush_slot(w, e) < 0)
			return -1;
	} while (p->flush != p->fill);
	stop_threads(p);
	set32(t, p->sum);
	set32(t + 4, p->size);
	return writer_write(w->out, t, sizeof t, e);
}

static void gzip_writer_release(struct writer *base)
{
	struct gzip_writer *w = (struct gzip_writer *)base;
	struct gzip_pool *p = w->pool;
	if (!p)
		return;
	stop_threads(p);
	for (unsigned i = 0; i < p->nslots; i++) {
		free(p->slots[i].in);
		free(p->slots[i].out);
	}
	deflate_free(p->deflate);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->full);
	pthread_cond_destroy(&p->done);
	free(p);
	w->pool = NULL;
}

void gzip_writer_init(struct gzip_writer *w, struct writer *out, int level, unsigned threads)
{
	static const struct writer_ops ops = {.write = gzip_write, .finish = gzip_finish, .free = gzip_writer_release};
	struct gzip_pool *p = mem_alloc(sizeof *p);
	p->level = level < 1 ? 1 : level > 9 ? 9 : level;
	p->want_threads = threads ? threads : processors();
	if (p->want_threads > MAX_THREADS)
		p->want_threads = MAX_THREADS;
	/* One slot more than workers is being filled, one more is being written. */
	p->nslots = p->want_threads > 1 ? p->want_threads + 2 : 2;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->full, NULL);
	pthread_cond_init(&p->done, NULL);
	crc32_init(&p->crc);
	*w = (struct gzip_writer){.base.ops = &ops, .out = out, .pool = p};
}
