/*
 * The lines of the checksums stand in the order of the members. So their text as it must be is hashed as the members go by,
 * and only the two hashes are compared: no memory of the files is needed.
 */
#include "backup/read.h"

#include "base/mem.h"
#include "base/str.h"

#include <string.h>

static const char AGE_MAGIC[] = "age-encryption.org/v1\n";

static int damaged(const char *what, struct err *e)
{
	return err_set(e, ERR_FORMAT, "the backup is damaged: %s", what);
}

/* Looks through the encryption, if there is one. */
static int unseal(struct backup_reader *r, struct backup_keys *keys, struct err *e)
{
	const unsigned char *p;
	ssize_t n = reader_peek(r->in, sizeof AGE_MAGIC - 1, &p, e);
	if (n < 0)
		return -1;
	if ((size_t)n < sizeof AGE_MAGIC - 1 || memcmp(p, AGE_MAGIC, sizeof AGE_MAGIC - 1) != 0)
		return 0;
	struct age_opener by = keys_opener(keys);
	if (age_reader_init(&r->age, r->in, &by, e) < 0)
		return err_wrap(e, "cannot open the backup");
	r->sealed = true;
	return 0;
}

static int read_manifest(struct backup_reader *r, struct err *e)
{
	CLEANUP_BUF struct buf text = {0};
	const unsigned char *p;
	uint64_t offset;
	ssize_t n;
	int rc = backup_read_next(r, e);
	if (rc <= 0)
		return rc < 0 ? -1 : damaged("it is empty", e);
	while ((n = backup_read_data(r, &p, &offset, e)) > 0) {
		if (text.len + (size_t)n > MANIFEST_MAX)
			return damaged("its manifest is too large", e);
		buf_add(&text, p, (size_t)n);
	}
	return n < 0 ? -1 : manifest_read(&r->manifest, buf_cstr(&text), text.len, e);
}

int backup_reader_open(struct backup_reader *r, struct reader *in, struct backup_keys *keys, struct err *e)
{
	*r = (struct backup_reader){.in = in};
	sha256_init(&r->lines);
	if (unseal(r, keys, e) < 0)
		return -1;
	const unsigned char *p;
	trailer_reader_init(&r->trailer, r->sealed ? &r->age.base : in);
	gzip_reader_init(&r->gzip, &r->trailer.base);
	tar_reader_init(&r->tar, &r->gzip.base);
	r->opened = true;
	ssize_t n = reader_peek(&r->trailer.base, 2, &p, e);
	if (n < 0)
		return -1;
	if (!gzip_is_magic(p, (size_t)n))
		return err_set(e, ERR_FORMAT, "this is not a backup of dr's");
	return read_manifest(r, e);
}

void backup_reader_free(struct backup_reader *r)
{
	if (r->opened) {
		tar_reader_free(&r->tar);
		reader_free(&r->gzip.base);
		reader_free(&r->trailer.base);
	}
	if (r->sealed)
		reader_free(&r->age.base);
	manifest_free(&r->manifest);
	members_free(&r->members);
	sum_free(&r->sum);
	*r = (struct backup_reader){0};
}

static void on_data(void *arg, const void *p, size_t n, uint64_t offset)
{
	struct backup_reader *r = arg;
	if (r->sum.name)
		sum_data(&r->sum, p, n, offset);
}

void backup_watch(struct backup_reader *r, struct unpack *u)
{
	u->data = on_data;
	u->data_arg = r;
}

ssize_t backup_read_data(struct backup_reader *r, const unsigned char **p, uint64_t *offset, struct err *e)
{
	ssize_t n = tar_read_data(&r->tar, p, offset, e);
	if (n > 0)
		on_data(r, *p, (size_t)n, *offset);
	return n;
}

/* Reads what is left of the member before, and adds its line. */
static int end_member(struct backup_reader *r, struct err *e)
{
	CLEANUP_BUF struct buf line = {0};
	const unsigned char *p;
	uint64_t offset;
	ssize_t n;
	while (r->members.section && (n = backup_read_data(r, &p, &offset, e)) != 0)
		if (n < 0)
			return -1;
	sum_end(&r->sum, &line);
	sha256_add(&r->lines, buf_cstr(&line), line.len);
	return 0;
}

static int check_sums(struct backup_reader *r, struct err *e)
{
	struct sha256 h;
	unsigned char want[SHA256_SIZE], have[SHA256_SIZE];
	const unsigned char *p;
	uint64_t offset;
	ssize_t n;
	sha256_init(&h);
	while ((n = tar_read_data(&r->tar, &p, &offset, e)) > 0)
		sha256_add(&h, p, (size_t)n);
	if (n < 0)
		return -1;
	sha256_end(&h, have);
	sha256_end(&r->lines, want);
	return memcmp(want, have, sizeof want) == 0 ? 0 : damaged("its checksums are not those of its files", e);
}

/* Behind the last member: nothing but the zeros of tar, and then nothing in any of the layers. */
static int check_end(struct backup_reader *r, struct err *e)
{
	const unsigned char *p;
	ssize_t n;
	if (r->tar.end_missing)
		return damaged("the end of its archive is missing", e);
	while ((n = reader_block(&r->gzip.base, &p, e)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (p[i])
				return damaged("something follows its archive", e);
		reader_consume(&r->gzip.base, (size_t)n);
	}
	if (n < 0)
		return -1;
	n = reader_block(&r->trailer.base, &p, e);
	if (n > 0 || (n == 0 && r->gzip.garbage))
		return damaged("something follows it", e);
	if (n == 0 && r->manifest.trailer && !r->trailer.found)
		return damaged("its end is missing, or it was packed again by another tool", e);
	return (int)n;
}

int backup_read_next(struct backup_reader *r, struct err *e)
{
	if (r->complete)
		return 0;
	if (end_member(r, e) < 0)
		return -1;
	int rc = tar_read_next(&r->tar, e);
	if (rc <= 0)
		return rc < 0 ? -1 : damaged("it ends before its checksums", e);
	const struct tar_entry *x = &r->tar.entry;
	if (members_next(&r->members, x, &r->name, e) < 0)
		return -1;
	r->section = r->members.section;
	if (r->section != SECTION_CHECKSUMS) {
		if (x->type == TAR_FILE) {
			sum_begin(&r->sum, x->path, x->size);
			r->files++;
			r->bytes += x->size;
		}
		return 1;
	}
	if (check_sums(r, e) < 0)
		return -1;
	rc = tar_read_next(&r->tar, e);
	if (rc != 0)
		return rc < 0 ? -1 : damaged("a member follows its checksums", e);
	r->complete = true;
	return check_end(r, e);
}
