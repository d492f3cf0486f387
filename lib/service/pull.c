#include "service/pull.h"

#include "base/str.h"
#include "engine/image_ref.h"
#include "engine/registry_auth.h"
#include "sys/progress.h"
#include "sys/signal.h"

int pull_check_name(const char *name, struct err *e)
{
	CLEANUP_IMAGE_REF struct image_ref ref = {0};
	return image_is_id(name) ? 0 : image_ref_parse(&ref, name, e);
}

static int show(void *arg, const struct engine_message *m, struct err *e)
{
	struct progress *p = arg;
	if (*m->id)
		progress_set(p, progress_line(p, m->id), m->status, m->current, m->total);
	return signal_check(e);
}

int pull_image(struct host *h, const char *name, struct err *e)
{
	struct engine *g = host_engine(h, e);
	if (!g)
		return -1;
	if (image_is_id(name))
		return err_set(e, ERR_NOT_FOUND, "the engine has no image %s, and an id cannot be pulled", name);
	if (h->ui.dry_run) {
		host_note(h, "the image %s would be pulled, and can be checked only then", name);
		return 0;
	}
	CLEANUP_FREE char *auth = NULL;
	if (registry_auth_header(NULL, name, &auth, e) < 0)
		return err_wrap(e, "cannot pull %s", name);
	struct progress *p = h->ui.progress ? progress_new(2, PROGRESS_TERMINAL) : NULL;
	int rc = image_pull(g, name, NULL, auth, show, p, e);
	progress_free(p);
	return rc;
}

/* Twelve digits of an id, as people know them. */
static const char *digits(const struct image *img)
{
	return img->id ? img->id + (str_starts(img->id, "sha256:") ? 7 : 0) : "";
}

int pull_again(struct host *h, const char *name, struct err *e)
{
	CLEANUP_IMAGE struct image old = {0};
	CLEANUP_IMAGE struct image new = {0};
	struct engine *g = host_engine(h, e);
	if (!g || image_inspect(g, name, &old, e) < 0 || pull_image(h, name, e) < 0)
		return -1;
	if (h->ui.dry_run)
		return 0;
	if (image_inspect(g, name, &new, e) < 0)
		return -1;
	if (str_eq(old.id, new.id))
		host_note(h, "the registry has no newer %s", name);
	else if (old.id)
		host_note(h, "pulled %s: it was %.12s, it is %.12s now", name, digits(&old), digits(&new));
	return 0;
}

int pull_if_absent(struct host *h, const char *name, struct image *img, struct err *e)
{
	struct engine *g = host_engine(h, e);
	int rc = g ? image_inspect(g, name, img, e) : -1;
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (!h->ui.dry_run)
		host_note(h, "the image %s is not here yet: pulling it", name);
	if (pull_image(h, name, e) < 0)
		return -1;
	if (h->ui.dry_run)
		return 1;
	rc = image_inspect(g, name, img, e);
	if (rc == 0)
		return err_set(e, ERR_PROTOCOL, "the engine pulled %s, but does not have it", name);
	return rc < 0 ? -1 : 1;
}
