#include "service/restore_image.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/json.h"
#include "engine/image_ref.h"
#include "service/pull.h"
#include "sys/fd.h"
#include "sys/signal.h"

#include <errno.h>

/* What the engine runs: "amd64" (the caller's). */
static int engine_architecture(struct engine *g, char **out, struct err *e)
{
	CLEANUP_BUF struct buf b = {0};
	if (engine_call(g, "GET", NULL, &b, e, "/version") < 0)
		return -1;
	CLEANUP_JSON struct json *doc = json_parse(buf_cstr(&b), b.len, e);
	const char *arch = doc ? json_text(json_get(doc, "Arch")) : NULL;
	*out = arch ? str_printf("%s", arch) : NULL;
	return doc ? 0 : -1;
}

void restore_image_free(struct restore_image *ri)
{
	free(ri->renamed);
	*ri = (struct restore_image){0};
}

/* Whether the engine has an image of that name for its architecture. Returns 1, 0, or -1. */
static int there(struct engine *g, const char *name, const char *arch, struct image *img, struct err *e)
{
	int rc = image_inspect(g, name, img, e);
	if (rc > 0 && (!arch || !*img->architecture || str_eq(img->architecture, arch)))
		return 1;
	image_free(img);
	return rc < 0 ? -1 : 0;
}

static int other_architecture(struct host *h, const struct manifest *m, const char *arch, struct err *e)
{
	CLEANUP_IMAGE struct image img = {0};
	if (h->ui.dry_run)
		return pull_image(h, m->image, e);
	host_note(h, "the backup is of %s, and this engine runs %s: looking for its image for %s", m->architecture, arch, arch);
	int rc = pull_image(h, m->image, e) < 0 ? -1 : there(&h->engine, m->image, arch, &img, e);
	if (rc > 0 || (rc < 0 && e->kind == ERR_INTR))
		return rc;
	struct err why = *e;
	err_set(e, ERR_REFUSED, "the backup is of the architecture %s, this engine runs %s, and has no image %s for that",
		m->architecture, arch, m->image);
	return rc < 0 ? err_hint(e, " (%s)", why.msg) : -1;
}

int restore_image_look(struct restore_image *ri, struct host *h, const struct manifest *m, struct err *e)
{
	CLEANUP_FREE char *arch = NULL;
	CLEANUP_IMAGE struct image img = {0};
	struct engine *g = host_engine(h, e);
	if (!g || pull_check_name(m->image, e) < 0 || engine_architecture(g, &arch, e) < 0)
		return -1;
	int rc = there(g, m->image, arch, &img, e);
	bool other = rc > 0 && !str_eq(img.id, m->image_id);
	if (other && ri->exact && image_is_id(m->image_id)) {
		host_note(h, "the image of the backup takes the name %s back from another", m->image);
		ri->renamed = mem_strdup(img.id);
		image_free(&img);
		rc = there(g, m->image_id, arch, &img, e);
	} else if (other)
		host_note(h, "the engine's image %s is another than that of the backup: the service gets the scripts of the engine's",
			m->image);
	if (rc == 0 && image_is_id(m->image_id))
		rc = there(g, m->image_id, arch, &img, e);
	if (rc)
		return rc < 0 ? -1 : 0;
	ri->wanted = true;
	if (!arch || !m->architecture || str_eq(arch, m->architecture))
		return 0;
	rc = other_architecture(h, m, arch, e);
	ri->fetched = rc > 0;
	ri->wanted = rc == 0;
	return rc < 0 ? -1 : 0;
}

static int load(struct host *h, int file, struct err *e)
{
	struct fd_reader in;
	if (lseek(file, 0, SEEK_SET) < 0)
		return err_sys(e, "cannot read the image of the backup");
	fd_reader_init(&in, file, FD_BORROWED, "the image of the backup");
	int rc = image_load(&h->engine, &in.base, NULL, NULL, e);
	reader_free(&in.base);
	return rc < 0 ? err_wrap(e, "cannot load the image of the backup") : 0;
}

/* The very image of the backup, if the registry still has it, else what has its name now. */
static int pull(struct host *h, const struct manifest *m, struct err *e)
{
	struct err ignored;
	host_note(h, "the image %s is not here yet: pulling it", m->image);
	if (m->digest && pull_check_name(m->digest, e) == 0 && pull_image(h, m->digest, &ignored) == 0)
		return image_tag(&h->engine, m->digest, m->image, e);
	return signal_check(e) < 0 ? -1 : pull_image(h, m->image, e);
}

int restore_image_get(struct restore_image *ri, struct host *h, const struct manifest *m, int file, struct err *e)
{
	CLEANUP_IMAGE struct image img = {0};
	struct engine *g = &h->engine;
	if (ri->wanted && (file >= 0 ? load(h, file, e) : pull(h, m, e)) < 0)
		return -1;
	ri->fetched |= ri->wanted;
	if (ri->renamed)
		return image_tag(g, m->image_id, m->image, e) < 0 ? err_hint(e, ": the backup's own image is neither here nor in the "
			"backup") : 0;
	int rc = image_inspect(g, m->image, &img, e);
	if (rc == 0 && !image_is_id(m->image) && image_is_id(m->image_id))
		return image_tag(g, m->image_id, m->image, e);
	return rc ? (rc < 0 ? -1 : 0) : err_set(e, ERR_NOT_FOUND, "the engine does not have the image %s", m->image);
}
