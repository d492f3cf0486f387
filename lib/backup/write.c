#include "backup/write.h"

#include "base/mem.h"
#include "sys/clock.h"
#include "sys/file.h"

#include <string.h>
#include <unistd.h>

int backup_writer_open(struct backup_writer *w, struct writer *out, const struct backup_keys *keys, int level, int spool,
	struct err *e)
{
	*w = (struct backup_writer){.spool = -1};
	w->spool = file_nameless(spool, e);
	if (w->spool < 0)
		return -1;
	fd_writer_init(&w->lines, w->spool, FD_BORROWED | FD_BUFFERED, "the checksums");
	if (keys_any(keys)) {
		const char *pass = keys->passphrase.len ? keys->passphrase.data : NULL;
		if (age_writer_init(&w->age, out, pass, pass ? NULL : &keys->recipients, e) < 0)
			return -1;
		w->sealed = true;
	}
	trailer_writer_init(&w->trailer, w->sealed ? &w->age.base : out);
	gzip_writer_init(&w->gzip, &w->trailer.base, level, 0);
	tar_writer_init(&w->tar, &w->gzip.base);
	w->tar.records = true;
	return 0;
}

void backup_writer_free(struct backup_writer *w)
{
	tar_writer_free(&w->tar);
	if (w->gzip.base.ops)
		writer_free(&w->gzip.base);
	if (w->trailer.base.ops)
		writer_free(&w->trailer.base);
	if (w->age.base.ops)
		writer_free(&w->age.base);
	if (w->lines.base.ops)
		writer_free(&w->lines.base);
	members_free(&w->members);
	sum_free(&w->sum);
	free(w->extents);
	if (w->spool > 0)
		close(w->spool);
	*w = (struct backup_writer){.spool = -1};
}

/* The file before has come to its end: its line. */
static int end_file(struct backup_writer *w, struct err *e)
{
	CLEANUP_BUF struct buf line = {0};
	sum_end(&w->sum, &line);
	return writer_write(&w->lines.base, buf_cstr(&line), line.len, e);
}

static int begin_member(struct backup_writer *w, const struct tar_entry *x, struct err *e)
{
	const char *rest;
	if (end_file(w, e) < 0 || members_next(&w->members, x, &rest, e) < 0)
		return -1;
	if (x->type != TAR_FILE || w->members.section == SECTION_CHECKSUMS)
		return 0;
	free(w->extents);
	w->extents = NULL;
	w->n_extents = x->extents ? x->n_extents : 0;
	w->extent = 0;
	w->at = 0;
	if (x->extents) {
		w->extents = mem_array(x->n_extents, sizeof *x->extents);
		memcpy(w->extents, x->extents, x->n_extents * sizeof *x->extents);
	}
	sum_begin(&w->sum, x->path, x->size);
	w->files++;
	w->bytes += x->size;
	return 0;
}

static void add_data(struct backup_writer *w, const unsigned char *p, size_t n)
{
	if (w->progress)
		w->progress(w->arg, n);
	if (!w->extents) {
		sum_data(&w->sum, p, n, w->sum.at);
		return;
	}
	while (n && w->extent < w->n_extents) {
		const struct tar_extent *x = &w->extents[w->extent];
		size_t take = x->length - w->at < n ? (size_t)(x->length - w->at) : n;
		sum_data(&w->sum, p, take, x->offset + w->at);
		w->at += take;
		p += take;
		n -= take;
		if (w->at == x->length) {
			w->extent++;
			w->at = 0;
		}
	}
}

int backup_write_member(struct backup_writer *w, const struct tar_entry *x, struct err *e)
{
	return begin_member(w, x, e) < 0 ? -1 : tar_write_entry(&w->tar, x, e);
}

int backup_write_data(struct backup_writer *w, const void *p, size_t n, struct err *e)
{
	if (w->sum.name)
		add_data(w, p, n);
	return tar_write_data(&w->tar, p, n, e);
}

static void on_member(void *arg, const struct tar_entry *x)
{
	struct backup_writer *w = arg;
	if (w->failed.kind == ERR_NONE && begin_member(w, x, &w->failed) < 0 && w->failed.kind == ERR_NONE)
		w->failed.kind = ERR_FORMAT;
}

static void on_data(void *arg, const void *p, size_t n)
{
	add_data(arg, p, n);
}

static void on_note(void *arg, const char *message)
{
	struct backup_writer *w = arg;
	if (w->note)
		w->note(w->arg, message);
}

void backup_hook(struct backup_writer *w, struct pack *p)
{
	p->out = &w->tar;
	p->member = on_member;
	p->data = on_data;
	p->note = on_note;
	p->arg = w;
}

int backup_hooked(struct backup_writer *w, struct err *e)
{
	if (w->failed.kind == ERR_NONE)
		return 0;
	*e = w->failed;
	return -1;
}

/* A file of dr's own. */
static struct tar_entry own_file(enum section s, uint64_t size)
{
	return (struct tar_entry){.path = mem_strdup(section_path(s)), .type = TAR_FILE, .mode = 0600, .size = size,
		.mtime = clock_now().sec};
}

int backup_write_manifest(struct backup_writer *w, const struct manifest *m, struct err *e)
{
	CLEANUP_BUF struct buf text = {0};
	manifest_write(m, &text);
	CLEANUP_TAR_ENTRY struct tar_entry x = own_file(SECTION_MANIFEST, text.len);
	return backup_write_member(w, &x, e) < 0 || backup_write_data(w, text.data, text.len, e) < 0 ? -1 : 0;
}

/* What lies in the spool becomes the last member. */
static int write_checksums(struct backup_writer *w, struct err *e)
{
	if (end_file(w, e) < 0 || writer_finish(&w->lines.base, e) < 0)
		return -1;
	CLEANUP_TAR_ENTRY struct tar_entry x = own_file(SECTION_CHECKSUMS, w->lines.base.written);
	if (lseek(w->spool, 0, SEEK_SET) < 0)
		return err_sys(e, "cannot read the checksums again");
	if (backup_write_member(w, &x, e) < 0)
		return -1;
	char block[16384];
	ssize_t n;
	while ((n = fd_read(w->spool, block, sizeof block, "the checksums", e)) > 0)
		if (backup_write_data(w, block, (size_t)n, e) < 0)
			return -1;
	return n < 0 ? -1 : 0;
}

int backup_writer_finish(struct backup_writer *w, struct err *e)
{
	if (backup_hooked(w, e) < 0 || write_checksums(w, e) < 0 || tar_write_end(&w->tar, e) < 0 ||
	    writer_finish(&w->gzip.base, e) < 0 || writer_finish(&w->trailer.base, e) < 0)
		return -1;
	return w->sealed ? writer_finish(&w->age.base, e) : 0;
}
