#include "codec/tar_write.h"

#include "base/mem.h"
#include "codec/tar_header.h"
#include "codec/tar_pax.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void tar_writer_init(struct tar_writer *t, struct writer *out)
{
	*t = (struct tar_writer){.out = out, .start = out->written};
}

void tar_writer_free(struct tar_writer *t)
{
	buf_free(&t->pax);
}

static unsigned padding(uint64_t size)
{
	return (unsigned)(-size & (TAR_BLOCK_SIZE - 1));
}

static void record_u64(struct buf *out, const char *key, uint64_t v)
{
	char text[24];
	int n = snprintf(text, sizeof text, "%" PRIu64, v);
	tar_pax_record(out, key, text, (size_t)n);
}

/* Seconds before 1970 with a fraction count towards zero in pax: -1 s and 0.75 s is "-0.25". */
static void record_time(struct buf *out, int64_t sec, uint32_t ns)
{
	char text[40];
	bool minus = sec < 0;
	uint64_t whole = minus ? 0 - (uint64_t)sec - (ns > 0) : (uint64_t)sec;
	uint32_t frac = minus && ns ? 1000000000 - ns : ns;
	int n = snprintf(text, sizeof text, "%s%" PRIu64, minus ? "-" : "", whole);
	if (frac) {
		n += snprintf(text + n, sizeof text - n, ".%09" PRIu32, frac);
		while (text[n - 1] == '0')
			n--;
	}
	tar_pax_record(out, "mtime", text, (size_t)n);
}

/* Puts path into name and prefix, split at a slash. False when it does not fit. */
static bool put_path(struct tar_header *h, const char *path)
{
	size_t n = strlen(path);
	if (n <= sizeof h->name) {
		memcpy(h->name, path, n);
		return true;
	}
	if (n > sizeof h->name + 1 + sizeof h->prefix)
		return false;
	for (const char *p = path + n - sizeof h->name - 1; *p && p <= path + sizeof h->prefix; p++) {
		if (*p != '/' || p == path || !p[1])
			continue;
		memcpy(h->prefix, path, (size_t)(p - path));
		memcpy(h->name, p + 1, n - (size_t)(p - path) - 1);
		return true;
	}
	return false;
}

static void put_string(char *field, size_t size, const char *s)
{
	size_t n = s ? strlen(s) : 0;
	memcpy(field, s ? s : "", n < size ? n : size);
}

/* The last part of a name that is cut to fit a field. */
static void put_short(char *field, size_t size, const char *s)
{
	size_t n = strlen(s);
	memcpy(field, s, n < size ? n : size);
}

static void common(struct tar_header *h, const struct tar_entry *x)
{
	memcpy(h->magic, "ustar", 6);
	memcpy(h->version, "00", 2);
	tar_header_put(h->mode, sizeof h->mode, (int64_t)x->mode & 07777);
	/* What ustar has no room for stands in the extended header; readers that know neither get the nearest. */
	tar_header_put(h->uid, sizeof h->uid, (int64_t)(x->uid > 07777777 ? 07777777 : x->uid));
	tar_header_put(h->gid, sizeof h->gid, (int64_t)(x->gid > 07777777 ? 07777777 : x->gid));
	tar_header_put(h->mtime, sizeof h->mtime, x->mtime < 0 ? 0 : x->mtime > 077777777777 ? 077777777777 : x->mtime);
	put_string(h->uname, sizeof h->uname - 1, x->uname);
	put_string(h->gname, sizeof h->gname - 1, x->gname);
}

static int put_block(struct tar_writer *t, struct tar_header *h, struct err *e)
{
	tar_header_seal(h);
	return writer_write(t->out, h, sizeof *h, e);
}

static int put_pax(struct tar_writer *t, const struct tar_entry *x, struct err *e)
{
	struct tar_header h = {0};
	char name[64];
	if (t->pax.len == 0)
		return 0;
	common(&h, x);
	h.type = 'x';
	tar_header_put(h.mode, sizeof h.mode, 0644);
	snprintf(name, sizeof name, "PaxHeaders/%" PRIu64, t->members);
	put_string(h.name, sizeof h.name, name);
	tar_header_put(h.size, sizeof h.size, (int64_t)t->pax.len);
	if (put_block(t, &h, e) < 0 || writer_write(t->out, t->pax.data, t->pax.len, e) < 0)
		return -1;
	return writer_zeros(t->out, padding(t->pax.len), e);
}

/* What only an extended header can say about x goes to t->pax. `path` is what the header is to be called. */
static void collect(struct tar_writer *t, const struct tar_entry *x, const char *path, bool fits)
{
	struct buf *out = &t->pax;
	if (x->extents) {
		tar_pax_record(out, "GNU.sparse.major", "1", 1);
		tar_pax_record(out, "GNU.sparse.minor", "0", 1);
		tar_pax_record(out, "GNU.sparse.name", path, strlen(path));
		record_u64(out, "GNU.sparse.realsize", x->size);
	} else if (!fits) {
		tar_pax_record(out, "path", path, strlen(path));
	}
	if (x->link && strlen(x->link) > sizeof((struct tar_header *)0)->link)
		tar_pax_record(out, "linkpath", x->link, strlen(x->link));
	if (x->uid > 07777777)
		record_u64(out, "uid", x->uid);
	if (x->gid > 07777777)
		record_u64(out, "gid", x->gid);
	if (x->uname && strlen(x->uname) > 31)
		tar_pax_record(out, "uname", x->uname, strlen(x->uname));
	if (x->gname && strlen(x->gname) > 31)
		tar_pax_record(out, "gname", x->gname, strlen(x->gname));
	if (x->mtime_ns || x->mtime < 0 || x->mtime > 077777777777)
		record_time(out, x->mtime, x->mtime_ns);
	for (size_t i = 0; i < x->n_xattrs; i++) {
		struct buf key = {0};
		buf_printf(&key, "SCHILY.xattr.%s", x->xattrs[i].name);
		tar_pax_record(out, key.data, x->xattrs[i].value, x->xattrs[i].len);
		buf_free(&key);
	}
}

/* The map in front of a sparse file's data, with its padding. */
static void sparse_map(const struct tar_entry *x, struct buf *map)
{
	buf_printf(map, "%zu\n", x->n_extents);
	for (size_t i = 0; i < x->n_extents; i++)
		buf_printf(map, "%" PRIu64 "\n%" PRIu64 "\n", x->extents[i].offset, x->extents[i].length);
	for (unsigned n = padding(map->len); n; n--)
		buf_byte(map, '\0');
}

int tar_write_entry(struct tar_writer *t, const struct tar_entry *x, struct err *e)
{
	struct tar_header h = {0};
	CLEANUP_BUF struct buf path = {0};
	CLEANUP_BUF struct buf map = {0};
	if (t->left)
		return err_set(e, ERR_FORMAT, "tar: a member is %" PRIu64 " bytes shorter than announced", t->left);
	if (writer_zeros(t->out, t->pad, e) < 0)
		return -1;
	t->pad = 0;
	t->members++;
	buf_reset(&t->pax);
	buf_str(&path, x->path);
	if (x->type == TAR_DIR && (path.len == 0 || path.data[path.len - 1] != '/'))
		buf_byte(&path, '/');
	uint64_t stored = x->type == TAR_FILE ? x->size : 0;
	if (x->extents) {
		sparse_map(x, &map);
		stored = map.len;
		for (size_t i = 0; i < x->n_extents; i++)
			stored += x->extents[i].length;
	}
	bool fits = put_path(&h, path.data);
	collect(t, x, path.data, fits);
	if (!fits)
		put_short(h.name, sizeof h.name, path.data);
	if (stored > 077777777777)
		record_u64(&t->pax, "size", stored);
	if (put_pax(t, x, e) < 0)
		return -1;
	common(&h, x);
	h.type = (char)x->type;
	tar_header_put(h.size, sizeof h.size, (int64_t)(stored > 077777777777 ? 077777777777 : stored));
	put_string(h.link, sizeof h.link, x->link);
	if (x->type == TAR_CHAR || x->type == TAR_BLOCK) {
		tar_header_put(h.dev_major, sizeof h.dev_major, x->dev_major);
		tar_header_put(h.dev_minor, sizeof h.dev_minor, x->dev_minor);
	}
	if (put_block(t, &h, e) < 0 || (map.len && writer_write(t->out, map.data, map.len, e) < 0))
		return -1;
	t->left = stored - map.len;
	t->pad = padding(stored);
	return 0;
}

int tar_write_data(struct tar_writer *t, const void *p, size_t n, struct err *e)
{
	if (n > t->left)
		return err_set(e, ERR_FORMAT, "tar: a member is longer than announced");
	t->left -= n;
	return writer_write(t->out, p, n, e);
}

int tar_write_file(struct tar_writer *t, const struct tar_entry *entry, const void *p, struct err *e)
{
	return tar_write_entry(t, entry, e) < 0 ? -1 : tar_write_data(t, p, (size_t)entry->size, e);
}

int tar_write_end(struct tar_writer *t, struct err *e)
{
	if (t->left)
		return err_set(e, ERR_FORMAT, "tar: a member is %" PRIu64 " bytes shorter than announced", t->left);
	uint64_t end = t->out->written - t->start + t->pad + 2 * TAR_BLOCK_SIZE;
	uint64_t fill = t->records ? (TAR_RECORD_SIZE - end % TAR_RECORD_SIZE) % TAR_RECORD_SIZE : 0;
	return writer_zeros(t->out, t->pad + 2 * TAR_BLOCK_SIZE + fill, e);
}
