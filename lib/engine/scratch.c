#include "engine/scratch.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/tar_read.h"
#include "sys/signal.h"

#include <string.h>

/* As many symlinks in a row as the kernel follows in a path. */
enum { LINKS_MAX = 40 };

static int create(struct scratch *s, struct engine *g, struct container_config c, const char *token, struct err *e)
{
	*s = (struct scratch){.engine = g};
	CLEANUP_STRVEC struct strvec labels = {0};
	strvec_pushf(&labels, "%s=%s", SCRATCH_LABEL, token);
	c.labels = &labels;
	c.network = "none";
	/* A signal while the engine creates it would leave a container whose id nobody knows. */
	signal_defer();
	int rc = container_create(g, NULL, &c, &s->id, e);
	signal_undefer();
	return rc < 0 ? -1 : signal_check(e);
}

int scratch_create(struct scratch *s, struct engine *g, const char *image, const char *token,
	const struct strvec *binds, struct err *e)
{
	CLEANUP_STRVEC struct strvec cmd = {0};
	strvec_push(&cmd, "/");  /* never run, but the engine refuses an image that has no command of its own */
	struct container_config c = {.image = image, .cmd = &cmd, .binds = binds};
	return create(s, g, c, token, e);
}

int scratch_create_program(struct scratch *s, struct engine *g, const char *image, const char *token,
	const struct strvec *binds, const struct strvec *argv, const char *userns, struct err *e)
{
	static const struct strvec none;
	struct container_config c = {.image = image, .user = "0:0", .workdir = "/", .cmd = argv, .entrypoint = &none, .binds = binds,
		.userns = userns, .open_stdin = true};
	return create(s, g, c, token, e);
}

/* A relative target starts from the folder of the link. */
static char *link_path(const char *link, const char *target)
{
	if (*target == '/')
		return mem_strdup(target);
	int dir = (int)(str_basename(link) - link);
	return str_printf("%.*s%s", dir, link, target);
}

/* Starts the tar of what the path leads to, and says what that is. Asking for the tar at once and following only when
   it turns out to be a symlink saves a round trip, which takes the engine some 70 ms. Returns 1, 0 when nothing is
   there, or -1. */
static int open_at(struct scratch *s, const char *path, struct engine_reply *rp, struct archive_stat *st, struct err *e)
{
	CLEANUP_FREE char *at = mem_strdup(path);
	for (int i = 0; i < LINKS_MAX; i++) {
		archive_stat_free(st);
		if (archive_get(s->engine, s->id, at, rp, st, e) < 0)
			return e->status == 404 ? 0 : -1;
		if (!S_ISLNK(st->mode))
			return 1;
		engine_reply_end(rp);
		char *next = link_path(at, st->link_target);
		free(at);
		at = next;
	}
	return err_set(e, ERR_REFUSED, "%s is a symlink that leads to itself", path);
}

int scratch_open(struct scratch *s, const char *path, struct engine_reply *rp, mode_t *mode, struct err *e)
{
	CLEANUP_ARCHIVE_STAT struct archive_stat st = {0};
	int rc = open_at(s, path, rp, &st, e);
	if (mode)
		*mode = st.mode;
	return rc ? rc : err_set(e, ERR_NOT_FOUND, "the image has no %s", path);
}

/* Appends the file that the tar in r holds. Holes of a sparse file are left out: texts have none. */
static int read_file(struct reader *r, size_t max, struct buf *out, struct err *e)
{
	struct tar_reader tar;
	const unsigned char *p;
	uint64_t offset;
	ssize_t n = -1;
	tar_reader_init(&tar, r);
	int rc = tar_read_next(&tar, e);
	if (rc == 0)
		rc = err_set(e, ERR_PROTOCOL, "the engine's tar of a file is empty");
	if (rc > 0 && tar.entry.size > max)
		rc = err_set(e, ERR_LIMIT, "the file is larger than %zu bytes", max);
	while (rc > 0 && (n = tar_read_data(&tar, &p, &offset, e)) > 0)
		buf_add(out, p, (size_t)n);
	tar_reader_free(&tar);
	return n < 0 ? -1 : 0;
}

int scratch_read(struct scratch *s, const char *path, size_t max, struct buf *out, struct err *e)
{
	CLEANUP_ARCHIVE_STAT struct archive_stat st = {0};
	CLEANUP_REPLY struct engine_reply rp = {0};
	int rc = open_at(s, path, &rp, &st, e);
	if (rc <= 0 || !S_ISREG(st.mode))
		return rc < 0 ? -1 : 0;
	if (st.size > max)
		return err_set(e, ERR_LIMIT, "%s is larger than %zu bytes", path, max);
	return read_file(rp.body, max, out, e) < 0 ? -1 : 1;
}

int scratch_remove(struct scratch *s, struct err *e)
{
	CLEANUP_FREE char *id = ptr_steal(&s->id);
	if (!id)
		return 0;
	signal_defer();
	int rc = container_remove(s->engine, id, CONTAINER_FORCE | CONTAINER_VOLUMES, e);
	signal_undefer();
	return rc < 0 ? -1 : 0;
}

void scratch_cleanup(struct scratch *s)
{
	struct err ignored;
	if (scratch_remove(s, &ignored) < 0)
		s->id = NULL;
}

int scratch_sweep(struct engine *g, const char *token, struct err *e)
{
	CLEANUP_STRVEC struct strvec filters = {0};
	CLEANUP_CONTAINER_LIST struct container_list list = {0};
	if (token)
		strvec_pushf(&filters, "label=%s=%s", SCRATCH_LABEL, token);
	else
		strvec_push(&filters, "label=" SCRATCH_LABEL);
	if (container_list(g, &filters, &list, e) < 0)
		return -1;
	int removed = 0;
	for (size_t i = 0; i < list.n; i++) {
		int rc = container_remove(g, list.items[i].id, CONTAINER_FORCE | CONTAINER_VOLUMES, e);
		if (rc < 0)
			return -1;
		removed += rc;
	}
	return removed;
}
