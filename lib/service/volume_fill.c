#include "service/volume_fill.h"

#include "base/str.h"
#include "service/volume_place.h"

int volume_fill_open(struct volume_fill *f, struct volume_swap *w, const char *temp, struct err *e)
{
	static const char *const words[] = {"tar", "-x", "-p", "--numeric-owner", "--xattrs", "-C", VOLUME_AT};
	CLEANUP_STRVEC struct strvec argv = {0};
	CLEANUP_STRVEC struct strvec binds = {0};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		strvec_push(&argv, words[i]);
	strvec_pushf(&binds, "%s:" VOLUME_AT, temp);
	if (volume_swap_image(w, e) < 0 || guest_start(&f->guest, w->host, w->image, w->token, &binds, &argv, NULL, e) < 0)
		return -1;
	tar_writer_init(&f->tar, &f->guest.in);
	f->open = true;
	return 0;
}

/* What tar said, rather than that it did not read on. */
static int failed(struct volume_fill *f, int code, struct err *e)
{
	const unsigned char *p;
	struct err ignored;
	ssize_t n;
	while ((n = reader_block(&f->guest.out.base, &p, &ignored)) > 0)
		reader_consume(&f->guest.out.base, (size_t)n);
	if (f->guest.out.error.len)
		err_set(e, ERR_STATUS, "%s", buf_cstr(&f->guest.out.error));
	else if (code)
		err_set(e, ERR_STATUS, "dr cannot run in a container on the engine's host");
	return err_wrap(e, "cannot fill the volume");
}

int volume_fill_member(struct volume_fill *f, struct backup_reader *r, struct err *e)
{
	struct tar_entry x = r->tar.entry;
	CLEANUP_FREE char *path = str_printf("%s", r->name);
	const unsigned char *p;
	uint64_t offset;
	ssize_t n = 0;
	x.path = path;
	if (tar_write_entry(&f->tar, &x, e) < 0)
		return failed(f, 0, e);
	while (x.type == TAR_FILE && (n = backup_read_data(r, &p, &offset, e)) > 0) {
		if (tar_write_data(&f->tar, p, (size_t)n, e) < 0)
			return failed(f, 0, e);
		if (f->show)
			f->show(f->arg);
	}
	return n < 0 ? -1 : 0;
}

int volume_fill_end(struct volume_fill *f, struct err *e)
{
	if (tar_write_end(&f->tar, e) < 0 || writer_finish(&f->guest.in, e) < 0)
		return failed(f, 0, e);
	int code = guest_end(&f->guest, e);
	return code ? (code < 0 ? -1 : failed(f, code, e)) : 0;
}

void volume_fill_free(struct volume_fill *f)
{
	if (f->open)
		tar_writer_free(&f->tar);
	guest_free(&f->guest);
	f->open = false;
}
