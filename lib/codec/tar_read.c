/*
 * Invariant between calls: in stands `handed` bytes before the data that is still to come, then follow `left` bytes of
 * data and `pad` bytes up to the next header.
 */
#include "codec/tar_read.h"

#include "base/mem.h"
#include "codec/tar_header.h"
#include "codec/tar_pax.h"

#include <string.h>

void tar_reader_init(struct tar_reader *t, struct reader *in)
{
	*t = (struct tar_reader){.in = in};
}

void tar_reader_free(struct tar_reader *t)
{
	tar_entry_free(&t->entry);
	tar_entry_free(&t->global.entry);
}

static int bad(struct tar_reader *t, struct err *e, const char *why)
{
	return err_set(e, ERR_FORMAT, "tar: %s at byte %llu", why, (unsigned long long)t->in->consumed);
}

static uint64_t padding(uint64_t size)
{
	return -size & (TAR_BLOCK_SIZE - 1);
}

static char *field(const char *p, size_t n)
{
	return mem_dup(p, strnlen(p, n));
}

/* The next header that is not all zero: 1, 0 at the end of the archive, or -1. */
static int read_header(struct tar_reader *t, struct tar_header *h, struct err *e)
{
	static const struct tar_header zero;
	for (int zeros = 0; zeros < 2; zeros++) {
		const unsigned char *p;
		ssize_t n = reader_peek(t->in, TAR_BLOCK_SIZE, &p, e);
		if (n < 0)
			return -1;
		if (n == 0) {
			t->end_missing = zeros == 0;
			return 0;
		}
		if (n < TAR_BLOCK_SIZE)
			return bad(t, e, "the archive ends in the middle of a header");
		memcpy(h, p, sizeof *h);
		reader_consume(t->in, TAR_BLOCK_SIZE);
		if (memcmp(h, &zero, sizeof zero) == 0)
			continue;
		if (zeros)
			return 0; /* behind a lone zero block nothing is taken for a member */
		if (!tar_header_ok(h))
			return bad(t, e, "bad header checksum: this is no tar archive, or it is damaged");
		return 1;
	}
	return 0;
}

/* The data of a member that describes the next one, with its padding. */
static int read_meta(struct tar_reader *t, int64_t size, int64_t max, struct buf *out, struct err *e)
{
	if (size < 0 || size > max)
		return bad(t, e, "an extended header is too large");
	buf_reset(out);
	buf_reserve(out, (size_t)size);
	if (reader_exact(t->in, out->data, (size_t)size, e) < 0 || reader_skip(t->in, padding((uint64_t)size), e) < 0)
		return err_wrap(e, "tar");
	out->len = (size_t)size;
	out->data[size] = '\0';
	return 0;
}

/* The map in front of the data of a GNU.sparse 1.0 member: a count, then offsets and lengths, a line each. */
static int read_map(struct tar_reader *t, struct err *e)
{
	uint64_t numbers = 0, count = 0, used = 0, v = 0;
	size_t cap = 0;
	bool digits = false;
	do {
		char c;
		if (used == t->left)
			return bad(t, e, "a sparse map does not end");
		if (reader_exact(t->in, &c, 1, e) < 0)
			return err_wrap(e, "tar");
		used++;
		if (c >= '0' && c <= '9' && v < UINT64_MAX / 20) {
			v = v * 10 + (uint64_t)(c - '0');
			digits = true;
			continue;
		}
		if (c != '\n' || !digits)
			return bad(t, e, "a sparse map holds something else than numbers");
		if (numbers == 0 && (count = v) > TAR_EXTENTS_MAX)
			return bad(t, e, "a sparse map is too large");
		if (numbers)
			tar_pax_extent(&t->entry, &cap, numbers % 2, v);
		numbers++;
		v = 0;
		digits = false;
	} while (numbers == 0 || numbers < 1 + 2 * count);
	uint64_t rest = padding(used);
	if (rest > t->left - used)
		return bad(t, e, "a sparse map does not end");
	t->left -= used + rest;
	return reader_skip(t->in, rest, e);
}

/* GNU's old sparse header keeps four runs where ustar has its prefix, and further blocks of 21. */
static int read_old_map(struct tar_reader *t, const struct tar_header *h, struct err *e)
{
	enum { IN_HEADER = 4, IN_BLOCK = 21, RUN = 24, AT = 386, MORE = 482, REAL = 483, BLOCK_MORE = 504 };
	char block[TAR_BLOCK_SIZE];
	int64_t offset, length, real;
	size_t cap = 0;
	memcpy(block, h, sizeof block);
	bool more = block[MORE];
	if (!tar_header_number(block + REAL, 12, &real) || real < 0)
		return bad(t, e, "bad size of a sparse file");
	t->entry.size = (uint64_t)real;
	const char *run = block + AT;
	int runs = IN_HEADER;
	for (;;) {
		for (; runs > 0 && *run; runs--, run += RUN) {
			if (!tar_header_number(run, 12, &offset) || !tar_header_number(run + 12, 12, &length) || offset < 0 ||
			    length < 0 || t->entry.n_extents == TAR_EXTENTS_MAX)
				return bad(t, e, "bad map of a sparse file");
			tar_pax_extent(&t->entry, &cap, 1, (uint64_t)offset);
			tar_pax_extent(&t->entry, &cap, 0, (uint64_t)length);
		}
		if (!more)
			return 0;
		if (reader_exact(t->in, block, sizeof block, e) < 0)
			return err_wrap(e, "tar");
		more = block[BLOCK_MORE];
		run = block;
		runs = IN_BLOCK;
	}
}

static int check_map(struct tar_reader *t, struct err *e)
{
	uint64_t at = 0, data = 0;
	for (size_t i = 0; i < t->entry.n_extents; i++) {
		const struct tar_extent *x = &t->entry.extents[i];
		if (x->offset < at || x->length > t->entry.size || x->offset > t->entry.size - x->length)
			return bad(t, e, "a sparse map is out of order or reaches beyond its file");
		at = x->offset + x->length;
		data += x->length;
	}
	if (data != t->left)
		return bad(t, e, "a sparse map does not fit its data");
	return 0;
}

/* 32 bits; some programs write "nobody" as -2. */
static bool is_id(int64_t v)
{
	return v >= INT32_MIN && v <= UINT32_MAX;
}

static int fill_numbers(struct tar_reader *t, const struct tar_header *h, struct tar_entry *x, int64_t *size, struct err *e)
{
	int64_t mode, uid, gid, mtime, dev_major = 0, dev_minor = 0;
	if (!tar_header_number(h->mode, sizeof h->mode, &mode) || !tar_header_number(h->uid, sizeof h->uid, &uid) ||
	    !tar_header_number(h->gid, sizeof h->gid, &gid) || !tar_header_number(h->size, sizeof h->size, size) ||
	    !tar_header_number(h->mtime, sizeof h->mtime, &mtime) || *size < 0 || !is_id(uid) || !is_id(gid))
		return bad(t, e, "a header with a bad number");
	bool device = h->type == TAR_CHAR || h->type == TAR_BLOCK;
	if (device && (!tar_header_number(h->dev_major, sizeof h->dev_major, &dev_major) ||
	    !tar_header_number(h->dev_minor, sizeof h->dev_minor, &dev_minor)))
		return bad(t, e, "a header with a bad device number");
	x->mode = (mode_t)mode & 07777;
	x->uid = (uint32_t)uid;
	x->gid = (uint32_t)gid;
	x->mtime = mtime;
	x->dev_major = (unsigned)dev_major;
	x->dev_minor = (unsigned)dev_minor;
	return 0;
}

/* The member itself, from its header and what extended headers said before. */
static int fill_entry(struct tar_reader *t, const struct tar_header *h, struct tar_pax *pax, struct err *e)
{
	struct tar_entry *x = &t->entry;
	int64_t size;
	if (fill_numbers(t, h, x, &size, e) < 0)
		return -1;
	bool ustar = memcmp(h->magic, "ustar", 6) == 0, gnu = memcmp(h->magic, "ustar ", 6) == 0;
	char *name = field(h->name, sizeof h->name);
	if (ustar && h->prefix[0]) {
		struct buf joined = {0};
		buf_add(&joined, h->prefix, strnlen(h->prefix, sizeof h->prefix));
		buf_byte(&joined, '/');
		buf_str(&joined, name);
		free(name);
		name = buf_steal(&joined);
	}
	x->path = name;
	x->link = field(h->link, sizeof h->link);
	if (ustar || gnu) {
		x->uname = field(h->uname, sizeof h->uname);
		x->gname = field(h->gname, sizeof h->gname);
	}
	bool old_sparse = h->type == 'S' && gnu;
	t->left = (uint64_t)size;
	if (old_sparse && read_old_map(t, h, e) < 0)
		return -1;
	tar_pax_apply(&t->global, x, &t->left);
	tar_pax_apply(pax, x, &t->left);
	t->pad = padding(t->left);
	x->type = h->type >= TAR_HARDLINK && h->type <= TAR_FIFO ? (enum tar_type)h->type
		: h->type == 'D' && gnu ? TAR_DIR : TAR_FILE; /* GNU's incremental directories list their names as data */
	size_t n = strlen(x->path);
	if (x->type == TAR_FILE && n && x->path[n - 1] == '/')
		x->type = TAR_DIR;
	if (n == 0)
		return bad(t, e, "a member without a name");
	if (x->type != TAR_HARDLINK && x->type != TAR_SYMLINK) {
		free(x->link);
		x->link = NULL;
	}
	if (x->type != TAR_FILE) {
		/* Some programs give links and directories a size without data; it counts only where an extended header
		   says it, for a hard link. */
		x->size = 0;
		if (h->type >= TAR_HARDLINK && h->type <= TAR_FIFO && !(x->type == TAR_HARDLINK && pax->has_size))
			t->left = t->pad = 0;
		return 0;
	}
	if (!old_sparse)
		x->size = t->left;
	if (pax->sparse && pax->sparse_major == 1 && read_map(t, e) < 0)
		return -1;
	if (pax->has_real_size)
		x->size = pax->real_size;
	if (pax->sparse || old_sparse)
		return check_map(t, e);
	return 0;
}

static int skip_rest(struct tar_reader *t, struct err *e)
{
	reader_consume(t->in, t->handed);
	t->handed = 0;
	if (reader_skip(t->in, t->left, e) < 0 || reader_skip(t->in, t->pad, e) < 0)
		return err_wrap(e, "tar: the archive ends in the middle of %s", t->entry.path);
	t->left = t->pad = 0;
	return 0;
}

/* Attributes and sparse maps belong to one file: kept for all, they would only gather from header to header. */
static void forget_lists(struct tar_pax *x)
{
	struct tar_entry kept = x->entry;
	kept.xattrs = NULL;
	kept.extents = NULL;
	kept.n_xattrs = kept.n_extents = 0;
	x->entry.path = x->entry.link = x->entry.uname = x->entry.gname = NULL;
	tar_entry_free(&x->entry);
	x->entry = kept;
	x->xattr_cap = x->extent_cap = 0;
	x->sparse = false;
}

/* Headers up to and with that of the member; what describes it goes to *pax. */
static int next_member(struct tar_reader *t, struct tar_pax *pax, struct buf *meta, struct err *e)
{
	int64_t room = TAR_PAX_MAX;
	for (;;) {
		struct tar_header h;
		int rc = read_header(t, &h, e);
		if (rc <= 0)
			return rc;
		int64_t size;
		bool long_name = h.type == 'L' || h.type == 'K', extended = h.type == 'x' || h.type == 'g';
		if (!long_name && !extended && h.type != 'V')
			return fill_entry(t, &h, pax, e) < 0 ? -1 : 1;
		if (!tar_header_number(h.size, sizeof h.size, &size))
			return bad(t, e, "a header with a bad number");
		if (h.type == 'V') /* the label of a GNU volume */
			continue;
		/* The bound is for all of one member's headers together: they are kept until it has been read. */
		if (read_meta(t, size, long_name && room > TAR_NAME_MAX ? TAR_NAME_MAX : room, meta, e) < 0)
			return -1;
		room -= size;
		if (long_name) {
			char **slot = h.type == 'L' ? &pax->entry.path : &pax->entry.link;
			free(*slot);
			*slot = field(meta->data, meta->len);
		} else if (tar_pax_parse(h.type == 'g' ? &t->global : pax, meta->data, meta->len, e) < 0) {
			return -1;
		}
		if (h.type == 'g')
			forget_lists(&t->global);
	}
}

int tar_read_next(struct tar_reader *t, struct err *e)
{
	struct tar_pax pax = {0};
	CLEANUP_BUF struct buf meta = {0};
	if (t->ended)
		return 0;
	if (skip_rest(t, e) < 0)
		return -1;
	tar_entry_free(&t->entry);
	t->offset = 0;
	t->extent = 0;
	int rc = next_member(t, &pax, &meta, e);
	tar_entry_free(&pax.entry);
	if (rc == 0)
		t->ended = true;
	return rc;
}

ssize_t tar_read_data(struct tar_reader *t, const unsigned char **p, uint64_t *offset, struct err *e)
{
	reader_consume(t->in, t->handed);
	t->handed = 0;
	if (t->left == 0)
		return 0;
	uint64_t most = t->left;
	if (t->entry.extents) {
		const struct tar_extent *x = &t->entry.extents[t->extent];
		while (t->offset >= x->offset + x->length && t->extent + 1 < t->entry.n_extents)
			x = &t->entry.extents[++t->extent];
		if (t->offset < x->offset)
			t->offset = x->offset;
		uint64_t run = x->offset + x->length - t->offset;
		most = run < most ? run : most;
	}
	ssize_t n = reader_block(t->in, p, e);
	if (n < 0)
		return -1;
	if (n == 0)
		return err_set(e, ERR_FORMAT, "tar: the archive ends in the middle of %s", t->entry.path);
	if ((uint64_t)n > most)
		n = (ssize_t)most;
	*offset = t->offset;
	t->offset += (uint64_t)n;
	t->left -= (uint64_t)n;
	t->handed = (size_t)n;
	return n;
}
