/*
 * A container belongs to a service when it mounts a volume dr-..., by the convention that images follow, or runs the
 * image of an installed service. Scratch containers of dr are never started: an old one was left by a dr that was killed.
 */
#include "service/clean.h"

#include "base/str.h"
#include "codec/json.h"
#include "engine/container.h"
#include "engine/image.h"
#include "engine/scratch.h"
#include "service/account.h"
#include "service/script_container.h"
#include "service/store.h"
#include "sys/clock.h"
#include "sys/file.h"

#include <errno.h>

void clean_free(struct clean *c)
{
	strvec_free(&c->containers);
	strvec_free(&c->images);
}

/* The names and ids of the images of services. A host that is not configured has none. */
static int images_of_services(struct host *h, struct strvec *keep, struct err *e)
{
	CLEANUP_STRVEC struct strvec names = {0};
	if (!h->directory)
		return 0;
	if (host_services(h, &names, NULL, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		CLEANUP_SERVICE struct service s = SERVICE_INIT;
		if (service_open(&s, h, names.items[i], 0, e) < 0)
			return -1;
		if (s.image)
			strvec_push(keep, s.image);
		if (s.state.image_id)
			strvec_push(keep, s.state.image_id);
	}
	return 0;
}

static bool of_service(const struct container *c, const struct strvec *keep)
{
	for (size_t i = 0; i < c->n_mounts; i++)
		if (str_starts(c->mounts[i].name, "dr-"))
			return true;
	return strvec_has(keep, c->image) || strvec_has(keep, c->image_id);
}

/* Whether it is long since the container ended, or was made if it never ran. Podman and old engines tell the mounts only
   here: they are looked at again. */
static int is_old(struct engine *g, const struct container *listed, const struct strvec *keep, struct err *e)
{
	CLEANUP_BUF struct buf b = {0};
	CLEANUP_CONTAINER struct container c = {0};
	struct clock_time t = {.sec = listed->created};
	int rc = container_inspect(g, listed->id, &c, e);
	if (rc <= 0 || of_service(&c, keep))
		return rc < 0 ? -1 : 0;
	if (!str_eq(listed->state, "created")) {
		if (engine_call(g, "GET", NULL, &b, e, "/containers/%s/json", listed->id) < 0)
			return e->kind == ERR_NOT_FOUND ? 0 : -1;
		CLEANUP_JSON struct json *doc = json_parse(buf_cstr(&b), b.len, e);
		const char *end = doc ? json_str_at(doc, "State", "FinishedAt") : "";
		if (!doc || clock_parse(end ? end : "", &t, e) < 0)
			return -1;
	}
	return t.sec + CLEAN_AGE < clock_now().sec;
}

static bool scratch_label(const struct container *c)
{
	for (size_t i = 0; i < c->labels.n; i++)
		if (str_starts(c->labels.items[i], SCRATCH_LABEL "=") || str_starts(c->labels.items[i], SCRIPT_LABEL "="))
			return true;
	return false;
}

static int clean_containers(struct clean *c, struct engine *g, const struct strvec *keep, bool dry, struct err *e)
{
	static const struct strvec none;
	CLEANUP_CONTAINER_LIST struct container_list list = {0};
	if (container_list(g, NULL, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		const struct container *k = &list.items[i];
		bool scratch = str_eq(k->state, "created") && scratch_label(k);
		if (!scratch && (!(str_eq(k->state, "exited") || str_eq(k->state, "dead")) || of_service(k, keep)))
			continue;
		int old = is_old(g, k, scratch ? &none : keep, e);
		if (old < 0)
			return -1;
		if (!old || (!dry && container_remove(g, k->id, CONTAINER_VOLUMES, e) <= 0))
			continue;
		strvec_push(&c->containers, *k->name ? k->name : k->id);
	}
	return 0;
}

static int clean_images(struct clean *c, struct engine *g, const struct strvec *keep, bool dry, struct err *e)
{
	CLEANUP_STRVEC struct strvec filters = {0};
	CLEANUP_IMAGE_LIST struct image_list list = {0};
	strvec_push(&filters, "dangling=true");
	if (image_list(g, &filters, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		const char *id = list.items[i].id;
		/* One that a container uses stays, with 409. */
		if (!strvec_has(keep, id) && (dry || image_remove(g, id, false, e) > 0))
			strvec_push(&c->images, id);
	}
	return 0;
}

/* POST /build/prune, from API 1.31; what does not know it has no cache of this kind. */
static int clean_cache(struct clean *c, struct engine *g, bool dry, struct err *e)
{
	CLEANUP_BUF struct buf b = {0};
	if (g->api < 31 || g->podman)
		return 0;
	if ((dry ? engine_call(g, "GET", NULL, &b, e, "/system/df?type=build-cache") :
		engine_call(g, "POST", NULL, &b, e, "/build/prune")) < 0)
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	CLEANUP_JSON struct json *doc = json_parse(buf_cstr(&b), b.len, e);
	if (!doc)
		return -1;
	const struct json *list = json_get(doc, dry ? "BuildCache" : "CachesDeleted");
	for (size_t i = 0; i < json_count(list); i++)
		c->caches += !json_true(json_get(&list->items[i], "InUse"));
	return 0;
}

int clean_engine(struct clean *c, struct host *h, bool dry, struct err *e)
{
	CLEANUP_STRVEC struct strvec keep = {0};
	struct engine *g = host_engine(h, e);
	if (!g || images_of_services(h, &keep, e) < 0 || clean_containers(c, g, &keep, dry, e) < 0 ||
	    clean_images(c, g, &keep, dry, e) < 0 || clean_cache(c, g, dry, e) < 0)
		return -1;
	return c->containers.n || c->images.n || c->caches;
}

/* The settings go last: what is interrupted before can be called again. */
int host_unconfigure(struct host *h, struct err *e)
{
	CLEANUP_STRVEC struct strvec names = {0};
	if (!h->directory)
		return 0;
	if (host_open(h, e) < 0) {
		if (e->kind != ERR_NOT_FOUND)
			return -1;
	} else {
		/* What has a transaction going on is, or may become, a service. */
		if (host_services(h, &names, &names, e) < 0)
			return -1;
		if (names.n)
			return err_set(e, ERR_REFUSED, "there %s %zu service%s (%s%s); run: dr destroy %s", names.n > 1 ? "are" : "is",
				names.n, names.n > 1 ? "s" : "", names.items[0], names.n > 1 ? ", ..." : "", names.items[0]);
	}
	if (account_remove(h, e) < 0 || (h->dir >= 0 && file_rm_tree(h->dir, ".dr", e) < 0))
		return -1;
	if (rmdir(h->directory) < 0 && errno != ENOENT)
		host_note(h, "%s stays: it %s", h->directory, errno == ENOTEMPTY || errno == EEXIST ? "is not empty" :
			"cannot be removed");
	CLEANUP_FREE char *file = str_printf("%s/directory", h->settings);
	if (file_unlink(AT_FDCWD, file, e) < 0)
		return -1;
	/* Whatever else somebody put there stays. */
	rmdir(h->settings);
	return 1;
}
