/*
 * Any bytes as a tar archive: the reader must end, stay within its bounds, and what it took for members must survive
 * being written by tar_write and read again.
 *
 *     clang -g -O1 -fsanitize=fuzzer,address,undefined -std=gnu17 -D_GNU_SOURCE -iquote lib -o build/fuzz_tar \
 *             tests/fuzz/fuzz_tar.c lib/codec/tar_*.c lib/base/[a-z]*.c
 *     build/fuzz_tar -max_len=16384 -max_total_time=60 CORPUS
 *
 * The first byte says how many bytes a block of the input has. A corpus is any folder of small archives with such a
 * byte before each. Checksums are made right before the reader sees them, so that changed headers get past it.
 */
#include "base/mem.h"
#include "codec/tar_header.h"
#include "codec/tar_read.h"
#include "codec/tar_write.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct drip {
	struct reader base;
	const unsigned char *p;
	size_t n, step;
};

static ssize_t drip_next(struct reader *r, const unsigned char **block, struct err *e)
{
	struct drip *d = (struct drip *)r;
	(void)e;
	size_t k = d->n < d->step ? d->n : d->step;
	*block = d->p;
	d->p += k;
	d->n -= k;
	return (ssize_t)k;
}

static void insist(bool ok)
{
	if (!ok)
		__builtin_trap();
}

/* What the members are, in few numbers. */
struct sum {
	uint64_t members, bytes, hash;
};

static void mix(struct sum *s, const void *p, size_t n)
{
	const unsigned char *c = p;
	for (size_t i = 0; i < n; i++)
		s->hash = (s->hash ^ c[i]) * 0x100000001b3;
}

static void mix_string(struct sum *s, const char *text)
{
	mix(s, text ? text : "", text ? strlen(text) + 1 : 1);
}

static void mix_entry(struct sum *s, const struct tar_entry *x)
{
	size_t n = strlen(x->path);
	while (x->type == TAR_DIR && n && x->path[n - 1] == '/')
		n--;
	mix(s, x->path, n);
	mix_string(s, x->link);
	mix(s, &x->type, sizeof x->type);
	mix(s, &x->mode, sizeof x->mode);
	mix(s, &x->size, sizeof x->size);
	for (size_t i = 0; i < x->n_xattrs; i++) {
		mix_string(s, x->xattrs[i].name);
		mix(s, x->xattrs[i].value, x->xattrs[i].len);
	}
}

/* Reads the archive, writing what tar_write can say to *copy unless that is NULL. Returns 0 or -1. */
static int read_all(struct reader *in, struct tar_writer *copy, struct sum *s)
{
	struct tar_reader t;
	struct err e;
	const unsigned char *p;
	uint64_t offset, at;
	ssize_t n = 0;
	int rc;
	tar_reader_init(&t, in);
	while (n == 0 && (rc = tar_read_next(&t, &e)) > 0) {
		insist(t.entry.path && *t.entry.path && t.entry.n_extents <= TAR_EXTENTS_MAX);
		insist((t.entry.type == TAR_SYMLINK || t.entry.type == TAR_HARDLINK) == (t.entry.link != NULL));
		/* The writer is not asked to write what no file has: a directory's data, a file of exabytes. */
		bool file = t.entry.type == TAR_FILE;
		mix_entry(s, &t.entry);
		s->members++;
		if (copy && tar_write_entry(copy, &t.entry, &e) < 0) {
			n = -1;
			break;
		}
		at = 0;
		while ((n = tar_read_data(&t, &p, &offset, &e)) > 0) {
			insist(!file || (offset >= at && (uint64_t)n <= t.entry.size && offset <= t.entry.size - (uint64_t)n));
			at = offset + (uint64_t)n;
			if (!file)
				continue;
			s->bytes += (uint64_t)n;
			mix(s, p, (size_t)n);
			if (copy && tar_write_data(copy, p, (size_t)n, &e) < 0) {
				n = -1;
				break;
			}
		}
	}
	tar_reader_free(&t);
	if (n == 0 && rc == 0 && copy)
		return tar_write_end(copy, &e);
	return n < 0 ? -1 : rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct reader_ops ops = {.next = drip_next};
	if (n < 1 + TAR_BLOCK_SIZE)
		return 0;
	size_t size = n - 1;
	unsigned char *archive = mem_alloc(size);
	memcpy(archive, data + 1, size);
	for (size_t at = 0; at + TAR_BLOCK_SIZE <= size; at += TAR_BLOCK_SIZE) {
		struct tar_header h;
		memcpy(&h, archive + at, sizeof h);
		if (memcmp(h.magic, "ustar", 5) == 0) {
			tar_header_seal(&h);
			memcpy(archive + at, &h, sizeof h);
		}
	}
	struct drip in = {.base.ops = &ops, .p = archive, .n = size, .step = data[0] ? data[0] : TAR_BLOCK_SIZE * 8};
	struct buf again = {0};
	struct buf_writer w;
	struct tar_writer copy;
	struct sum first = {0}, second = {0};
	buf_writer_init(&w, &again, 32 << 20);
	tar_writer_init(&copy, &w.base);
	if (read_all(&in.base, &copy, &first) == 0) {
		struct mem_reader back;
		mem_reader_init(&back, again.data, again.len);
		insist(read_all(&back.base, NULL, &second) == 0);
		insist(first.members == second.members && first.bytes == second.bytes && first.hash == second.hash);
		reader_free(&back.base);
	}
	tar_writer_free(&copy);
	writer_free(&w.base);
	reader_free(&in.base);
	buf_free(&again);
	free(archive);
	return 0;
}
