/*
 * Docker gives a volume's root its owner only as a member of a folder above it. An empty volume gets the owner of the
 * folder that it is mounted on, at the creation of a container: so that is none that the image has.
 */
#include "service/volume_fill.h"

#include "base/str.h"
#include "codec/tar_read.h"
#include "service/volume_pack.h"
#include "service/volume_place.h"

#define COPY_AT "/volume"

static int open_box(struct volume_swap *w, struct scratch *box, const char *volume, struct err *e)
{
	CLEANUP_STRVEC struct strvec binds = {0};
	strvec_pushf(&binds, "%s:" COPY_AT, volume);
	return volume_swap_image(w, e) < 0 ? -1 : scratch_create(box, &w->host->engine, w->image, w->token, &binds, e);
}

static int open_archive(struct volume_fill *f, struct volume_swap *w, const char *volume, struct err *e)
{
	if (open_box(w, &f->box, volume, e) < 0 || archive_writer_open(&f->put, f->box.engine, f->box.id, "/", e) < 0)
		return -1;
	f->prefix = COPY_AT + 1;
	return 0;
}

int volume_fill_open(struct volume_fill *f, struct volume_swap *w, const char *temp, struct err *e)
{
	static const char *const words[] = {"tar", "-x", "-p", "--numeric-owner", "--xattrs", "-C", VOLUME_AT};
	CLEANUP_STRVEC struct strvec argv = {0};
	CLEANUP_STRVEC struct strvec binds = {0};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		strvec_push(&argv, words[i]);
	strvec_pushf(&binds, "%s:" VOLUME_AT, temp);
	if (w->copied ? open_archive(f, w, temp, e) < 0
		: volume_swap_image(w, e) < 0 || guest_start(&f->guest, w->host, w->image, w->token, &binds, &argv, NULL, e) < 0)
		return -1;
	tar_writer_init(&f->tar, f->prefix ? &f->put.base : &f->guest.in);
	f->open = true;
	return 0;
}

/* What tar said, rather than that it did not read on. */
static int failed(struct volume_fill *f, int code, struct err *e)
{
	const unsigned char *p;
	struct err ignored;
	ssize_t n;
	while (!f->prefix && (n = reader_block(&f->guest.out.base, &p, &ignored)) > 0)
		reader_consume(&f->guest.out.base, (size_t)n);
	if (f->guest.out.error.len)
		err_set(e, ERR_STATUS, "%s", buf_cstr(&f->guest.out.error));
	else if (code)
		err_set(e, ERR_STATUS, "dr cannot run in a container on the engine's host");
	return err_wrap(e, "cannot fill the volume");
}

/* The name is within the volume, as is that of a hard link. */
static int write_entry(struct volume_fill *f, const struct tar_entry *entry, const char *name, const char *link, struct err *e)
{
	struct tar_entry x = *entry;
	const char *prefix = f->prefix ? f->prefix : "", *slash = f->prefix ? "/" : "";
	CLEANUP_FREE char *path = str_printf("%s%s%s", prefix, slash, name);
	CLEANUP_FREE char *target = x.type == TAR_HARDLINK ? str_printf("%s%s%s", prefix, slash, link) : NULL;
	x.path = path;
	x.link = target ? target : x.link;
	x.uname = x.gname = NULL;
	return tar_write_entry(&f->tar, &x, e);
}

int volume_fill_member(struct volume_fill *f, struct backup_reader *r, struct err *e)
{
	const struct tar_entry *x = &r->tar.entry;
	const unsigned char *p;
	uint64_t offset;
	ssize_t n = 0;
	if (write_entry(f, x, r->name, x->link, e) < 0)
		return failed(f, 0, e);
	while (x->type == TAR_FILE && (n = backup_read_data(r, &p, &offset, e)) > 0) {
		if (tar_write_data(&f->tar, p, (size_t)n, e) < 0)
			return failed(f, 0, e);
		if (f->show)
			f->show(f->arg);
	}
	return n < 0 ? -1 : 0;
}

int volume_fill_end(struct volume_fill *f, struct err *e)
{
	if (tar_write_end(&f->tar, e) < 0 || writer_finish(f->tar.out, e) < 0)
		return failed(f, 0, e);
	int code = f->prefix ? 0 : guest_end(&f->guest, e);
	return code ? (code < 0 ? -1 : failed(f, code, e)) : 0;
}

static int copy_members(struct volume_fill *f, struct tar_reader *t, bool root_only, struct err *e)
{
	CLEANUP_FREE char *root = NULL;
	const struct tar_entry *x = &t->entry;
	const unsigned char *p;
	uint64_t offset;
	int rc;
	while (!(root && root_only) && (rc = tar_read_next(t, e)) > 0) {
		ssize_t n = 0;
		if (!root)
			root = volume_pack_root(x->path);
		const char *name = volume_pack_beneath(x->path, root, e);
		const char *link = x->type != TAR_HARDLINK ? "" : volume_pack_beneath(x->link, root, e);
		if (!name || !link || write_entry(f, x, name, link, e) < 0)
			return -1;
		while (x->type == TAR_FILE && (n = tar_read_data(t, &p, &offset, e)) > 0)
			if (tar_write_data(&f->tar, p, (size_t)n, e) < 0)
				return -1;
		if (n < 0)
			return -1;
	}
	return root_only || rc == 0 ? volume_fill_end(f, e) : -1;
}

int volume_fill_copy(struct volume_swap *w, const char *from, const char *to, bool root_only, struct err *e)
{
	CLEANUP_SCRATCH struct scratch box = {0};
	CLEANUP_REPLY struct engine_reply rp = {0};
	CLEANUP_VOLUME_FILL struct volume_fill f = {0};
	CLEANUP_WITH(tar_reader_free) struct tar_reader t = {0};
	if (open_box(w, &box, from, e) < 0 || scratch_open(&box, COPY_AT, &rp, NULL, e) < 0 || volume_fill_open(&f, w, to, e) < 0)
		return -1;
	tar_reader_init(&t, rp.body);
	return copy_members(&f, &t, root_only, e) < 0 ? err_wrap(e, "cannot copy the volume %s", from) : 0;
}

void volume_fill_free(struct volume_fill *f)
{
	if (f->open)
		tar_writer_free(&f->tar);
	if (f->put.base.ops)
		writer_free(&f->put.base);
	guest_free(&f->guest);
	scratch_cleanup(&f->box);
	*f = (struct volume_fill){0};
}
