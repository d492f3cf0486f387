#include "service/restore_stage.h"

#include "base/str.h"
#include "service/contract.h"
#include "sys/file.h"
#include "sys/signal.h"

#include <string.h>

static void note(void *arg, const char *message)
{
	const struct restore_stage *st = arg;
	progress_clear(st->progress);
	host_note(st->host, "%s", message);
}

static void show(struct restore_stage *st)
{
	progress_set(st->progress, st->line, st->work < 0 ? "Checking" : "Reading", st->reader->in->consumed, st->size);
}

static void on_data(void *arg, const void *p, size_t n, uint64_t offset)
{
	struct restore_stage *st = arg;
	st->watch(st->reader, p, n, offset);
	show(st);
}

/* The folder of a section that goes into the work folder. */
static int folder(struct restore_stage *st, const char *name, mode_t mode, struct err *e)
{
	return file_mkdir_p(st->work, name, mode, e) < 0 ? -1 : file_open_dir(st->work, name, e);
}

static void show_again(void *arg)
{
	show(arg);
}

static int finish(struct restore_stage *st, struct err *e)
{
	if (st->fill.open)
		return volume_fill_end(&st->fill, e);
	if (unpack_finish(&st->unpack, e) < 0)
		return -1;
	if (st->section == SECTION_VOLUME && syncfs(st->unpack.root) < 0)
		return err_sys(e, "cannot write the volume to disk");
	return 0;
}

/* Leaves the section that was entered, if there is one; it is complete unless rc is -1. */
static int leave(struct restore_stage *st, int rc, struct err *e)
{
	if (st->section && rc == 0)
		rc = finish(st, e);
	volume_fill_free(&st->fill);
	unpack_free(&st->unpack);
	/* The image's is the caller's. */
	if (st->section != SECTION_IMAGE && st->unpack.root >= 0)
		close(st->unpack.root);
	st->unpack = (struct unpack){.root = -1};
	st->section = SECTION_NONE;
	return rc;
}

static int enter(struct restore_stage *st, struct err *e)
{
	struct unpack u = {.root = -1, .flags = st->host->root ? UNPACK_OWNER | UNPACK_XATTRS : UNPACK_XATTRS, .note = note,
		.arg = st};
	int rc = -1;
	if (leave(st, 0, e) < 0)
		return -1;
	switch (st->reader->section) {
	case SECTION_CONFIG:
		/* What lies there is read by root: it is fitted to the host like the scripts. */
		u.flags = UNPACK_PLAIN_ONLY;
		u.umask = 022;
		u.max_entries = CONTRACT_FILES_MAX;
		u.max_bytes = CONTRACT_BYTES_MAX;
		u.root = folder(st, "service/config", 0755, e);
		break;
	case SECTION_VOLUME:
		if (st->swap->here)
			u.root = volume_swap_root(st->swap, st->volume, e);
		else
			rc = volume_fill_open(&st->fill, st->swap, st->volume, e);
		break;
	case SECTION_SERVICE:
		u.root = folder(st, RESTORE_PATH, 0700, e);
		break;
	case SECTION_IMAGE:
		u.root = st->image = file_nameless(st->work, e);
		break;
	case SECTION_NONE:
	case SECTION_MANIFEST:
	case SECTION_CHECKSUMS:
		break;
	}
	backup_watch(st->reader, &u);
	st->watch = u.data;
	u.data = on_data;
	u.data_arg = st;
	st->unpack = u;
	st->fill.show = show_again;
	st->fill.arg = st;
	st->section = st->reader->section;
	return u.root < 0 ? rc : 0;
}

/* In the archive a hard link leads to the name of a member, beneath the root to that within its section. */
static void shorten_link(struct backup_reader *r)
{
	char *link = r->tar.entry.link;
	size_t skip = strlen(section_path(r->section)) + 1;
	if (r->tar.entry.type == TAR_HARDLINK)
		memmove(link, link + skip, strlen(link + skip) + 1);
}

static int keep_image(struct restore_stage *st, struct err *e)
{
	const unsigned char *p;
	uint64_t offset;
	ssize_t n;
	while ((n = backup_read_data(st->reader, &p, &offset, e)) > 0) {
		if (fd_write(st->image, p, (size_t)n, "the image of the backup", e) < 0)
			return -1;
		show(st);
	}
	return (int)n;
}

static int keep(struct restore_stage *st, struct err *e)
{
	struct backup_reader *r = st->reader;
	if (st->work < 0 || (r->section == SECTION_IMAGE && !st->keep_image))
		return 0;
	if (r->section != st->section && enter(st, e) < 0)
		return -1;
	if (r->section == SECTION_IMAGE)
		return keep_image(st, e);
	shorten_link(r);
	if (st->fill.open)
		return volume_fill_member(&st->fill, r, e);
	return unpack_entry(&st->unpack, &r->tar, r->name, e);
}

int restore_stage(struct restore_stage *st, struct backup_reader *r, struct err *e)
{
	st->reader = r;
	st->unpack.root = -1;
	st->progress = st->host->ui.progress ? progress_new(2, PROGRESS_TERMINAL) : NULL;
	st->line = progress_line(st->progress, st->work < 0 ? "backup" : "restore");
	int rc;
	while ((rc = backup_read_next(r, e)) > 0) {
		show(st);
		if (signal_check(e) < 0 || keep(st, e) < 0) {
			rc = -1;
			break;
		}
	}
	rc = leave(st, rc, e);
	progress_free(st->progress);
	return rc;
}
