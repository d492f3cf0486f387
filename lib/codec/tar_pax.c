#include "codec/tar_pax.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

void tar_pax_extent(struct tar_entry *entry, size_t *cap, bool is_offset, uint64_t v)
{
	if (is_offset) {
		entry->extents = mem_grow(entry->extents, entry->n_extents, cap, sizeof *entry->extents);
		entry->extents[entry->n_extents++] = (struct tar_extent){v, 0};
	} else if (entry->n_extents) {
		entry->extents[entry->n_extents - 1].length = v;
	}
}

static void set(char **slot, const char *value, size_t n)
{
	free(*slot);
	*slot = mem_dup(value, n);
}

/* Decimal seconds with a fraction, maybe negative: "1700000000.123456789". */
static bool parse_time(const char *s, int64_t *sec, uint32_t *ns)
{
	bool minus = *s == '-';
	uint64_t v = 0, frac = 0, unit = 1000000000;
	s += minus;
	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (v > (uint64_t)INT64_MAX / 10 - 1)
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	if (*s == '.')
		for (s++; *s >= '0' && *s <= '9'; s++) {
			unit /= 10;
			frac += unit * (uint64_t)(*s - '0');
		}
	*sec = minus ? -(int64_t)v - (frac > 0) : (int64_t)v;
	*ns = (uint32_t)(minus && frac ? 1000000000 - frac : frac);
	return *s == '\0';
}

/* "offset,length,offset,length…", GNU.sparse 0.1. */
static bool parse_map(struct tar_pax *x, const char *s)
{
	bool is_offset = true;
	free(x->entry.extents);
	x->entry.extents = NULL;
	x->entry.n_extents = x->extent_cap = 0;
	while (*s) {
		uint64_t v = 0;
		const char *first = s;
		for (; *s >= '0' && *s <= '9' && v < UINT64_MAX / 20; s++)
			v = v * 10 + (uint64_t)(*s - '0');
		if (s == first || (*s && *s != ',') || x->entry.n_extents > TAR_EXTENTS_MAX)
			return false;
		tar_pax_extent(&x->entry, &x->extent_cap, is_offset, v);
		is_offset = !is_offset;
		s += *s == ',';
	}
	return is_offset;
}

/* One record of GNU's sparse forms; `key` stands behind "GNU.sparse.". */
static bool sparse_record(struct tar_pax *x, const char *key, const char *value, size_t n)
{
	struct err e;
	uint64_t v = 0;
	bool number = str_to_u64(value, INT64_MAX, &v, "", &e) == 0;
	x->sparse = true;
	if (str_eq(key, "name")) {
		set(&x->entry.path, value, n);
		return true;
	}
	if (str_eq(key, "map"))
		return parse_map(x, value);
	if (str_eq(key, "major"))
		x->sparse_major = (int)v;
	else if (str_eq(key, "size") || str_eq(key, "realsize")) {
		x->real_size = v;
		x->has_real_size = true;
	} else if (str_eq(key, "offset"))
		tar_pax_extent(&x->entry, &x->extent_cap, true, v);
	else if (str_eq(key, "numbytes"))
		tar_pax_extent(&x->entry, &x->extent_cap, false, v);
	return number && x->entry.n_extents <= TAR_EXTENTS_MAX;
}

static bool record(struct tar_pax *x, const char *key, const char *value, size_t n)
{
	struct err e;
	const char *name = str_after(key, "GNU.sparse.");
	if (name)
		return sparse_record(x, name, value, n);
	if ((name = str_after(key, "SCHILY.xattr."))) {
		tar_entry_add_xattr(&x->entry, &x->xattr_cap, name, value, n);
		return *name != '\0';
	}
	if (n == 0)
		return true; /* nothing said: POSIX takes it for "as if there were no such record" */
	bool path = str_eq(key, "path"), link = str_eq(key, "linkpath");
	if (path || link) {
		/* GNU.sparse.name, the real name, stands before path, a made-up one, or behind it. */
		if (link || !(x->sparse && x->entry.path))
			set(path ? &x->entry.path : &x->entry.link, value, n);
		return n <= TAR_NAME_MAX && !memchr(value, '\0', n);
	}
	if (str_eq(key, "uname"))
		set(&x->entry.uname, value, n);
	else if (str_eq(key, "gname"))
		set(&x->entry.gname, value, n);
	else if (str_eq(key, "mtime"))
		return (x->has_mtime = parse_time(value, &x->entry.mtime, &x->entry.mtime_ns));
	else if (str_eq(key, "uid"))
		return (x->has_uid = str_to_u64(value, UINT32_MAX, &x->entry.uid, "", &e) == 0);
	else if (str_eq(key, "gid"))
		return (x->has_gid = str_to_u64(value, UINT32_MAX, &x->entry.gid, "", &e) == 0);
	else if (str_eq(key, "size"))
		return (x->has_size = str_to_u64(value, INT64_MAX, &x->entry.size, "", &e) == 0);
	return true;
}

int tar_pax_parse(struct tar_pax *x, const char *p, size_t n, struct err *e)
{
	while (n) {
		size_t len = 0, digits = 0;
		while (digits < n && digits < 8 && p[digits] >= '0' && p[digits] <= '9')
			len = len * 10 + (size_t)(p[digits++] - '0');
		const char *eq = len > digits && len <= n ? memchr(p, '=', len) : NULL;
		if (!digits || p[digits] != ' ' || !eq || p[len - 1] != '\n')
			return err_set(e, ERR_FORMAT, "tar: malformed record in an extended header");
		CLEANUP_FREE char *key = mem_dup(p + digits + 1, (size_t)(eq - p) - digits - 1);
		size_t size = (size_t)(p + len - 1 - (eq + 1));
		CLEANUP_FREE char *value = mem_dup(eq + 1, size);
		if (!record(x, key, value, size))
			return err_set(e, ERR_FORMAT, "tar: bad value of %.60s in an extended header", key);
		p += len;
		n -= len;
	}
	return 0;
}

static void put(char **slot, const char *value)
{
	if (!value)
		return;
	free(*slot);
	*slot = mem_strdup(value);
}

void tar_pax_apply(const struct tar_pax *x, struct tar_entry *entry, uint64_t *stored)
{
	size_t cap = entry->n_xattrs;
	put(&entry->path, x->entry.path);
	put(&entry->link, x->entry.link);
	put(&entry->uname, x->entry.uname);
	put(&entry->gname, x->entry.gname);
	if (x->has_uid)
		entry->uid = x->entry.uid;
	if (x->has_gid)
		entry->gid = x->entry.gid;
	if (x->has_size)
		*stored = x->entry.size;
	if (x->has_mtime) {
		entry->mtime = x->entry.mtime;
		entry->mtime_ns = x->entry.mtime_ns;
	}
	for (size_t i = 0; i < x->entry.n_xattrs; i++) {
		const struct tar_xattr *a = &x->entry.xattrs[i];
		tar_entry_add_xattr(entry, &cap, a->name, a->value, a->len);
	}
	if (x->entry.n_extents) {
		size_t bytes = x->entry.n_extents * sizeof *entry->extents;
		free(entry->extents);
		entry->extents = mem_alloc(bytes);
		memcpy(entry->extents, x->entry.extents, bytes);
		entry->n_extents = x->entry.n_extents;
	}
}

void tar_pax_record(struct buf *out, const char *key, const void *value, size_t n)
{
	/* The length counts its own digits. */
	size_t rest = strlen(key) + n + 3, len = rest + 1;
	char digits[24];
	while ((size_t)snprintf(digits, sizeof digits, "%zu", len) + rest != len)
		len = rest + strlen(digits);
	buf_printf(out, "%zu %s=", len, key);
	buf_add(out, value, n);
	buf_byte(out, '\n');
}
