#include "service/owned.h"

#include "base/str.h"
#include "engine/scratch.h"
#include "engine/volume.h"
#include "service/name.h"

#include <string.h>

char *owned_config_volume(const char *name)
{
	return str_printf("dr-%s-config", name);
}

int owned_volumes(struct service *s, struct strvec *volumes, struct err *e)
{
	CLEANUP_STRVEC struct strvec filters = {0};
	CLEANUP_STRVEC struct strvec names = {0};
	CLEANUP_STRVEC struct strvec busy = {0};
	CLEANUP_VOLUME_LIST struct volume_list list = {0};
	struct engine *g = host_engine(s->host, e);
	strvec_pushf(&filters, "name=dr-%s-", s->name);
	if (!g || volume_list(g, &filters, &list, e) < 0)
		return -1;
	/* Of all services there are, and of those that are just coming or going. */
	if (list.n && host_services(s->host, &names, &busy, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		const char *volume = list.items[i].name;
		if (name_owns_volume(s->name, volume, &names) && name_owns_volume(s->name, volume, &busy))
			strvec_push(volumes, volume);
	}
	return 0;
}

int owned_remove(struct service *s, const struct journal *j, struct err *e)
{
	CLEANUP_STRVEC struct strvec volumes = {0};
	int removed = 0;
	if (owned_volumes(s, &volumes, e) < 0)
		return -1;
	struct engine *g = &s->host->engine;
	for (size_t i = 0; i < volumes.n; i++) {
		CLEANUP_CONTAINER_LIST struct container_list list = {0};
		const char *volume = volumes.items[i];
		if (j && journal_has(j, "volume", volume))
			continue;
		if (container_list_by_volume(g, volume, &list, e) < 0)
			return -1;
		for (size_t k = 0; k < list.n; k++, removed++)
			if (container_remove(g, list.items[k].id, CONTAINER_FORCE | CONTAINER_VOLUMES, e) < 0)
				return -1;
		if (volume_remove(g, volume, false, e) < 0)
			return -1;
		removed++;
	}
	return removed;
}

static int containers_of(struct service *s, const char *image_id, struct container_list *list, struct err *e)
{
	CLEANUP_STRVEC struct strvec filters = {0};
	struct engine *g = host_engine(s->host, e);
	strvec_pushf(&filters, "ancestor=%s", image_id);
	return g ? container_list(g, &filters, list, e) : -1;
}

int owned_record(struct service *s, struct journal *j, const char *image_id, struct err *e)
{
	CLEANUP_CONTAINER_LIST struct container_list list = {0};
	if (containers_of(s, image_id, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		journal_fact(j, "container", list.items[i].id);
	return 0;
}

/* By convention every container of a service mounts its dr-NAME-config. Those of dr itself are swept by their label. */
static bool others(const struct container *c)
{
	for (size_t i = 0; i < c->n_mounts; i++)
		if (str_starts(c->mounts[i].name, "dr-"))
			return true;
	for (size_t i = 0; i < c->labels.n; i++)
		if (str_starts(c->labels.items[i], SCRATCH_LABEL "="))
			return true;
	return false;
}

int owned_remove_strays(struct service *s, const struct journal *j, const char *image_id, struct err *e)
{
	CLEANUP_CONTAINER_LIST struct container_list list = {0};
	int removed = 0;
	if (containers_of(s, image_id, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		CLEANUP_CONTAINER struct container c = {0};
		if (journal_has(j, "container", list.items[i].id))
			continue;
		/* Podman tells the mounts only here. */
		int rc = container_inspect(&s->host->engine, list.items[i].id, &c, e);
		if (rc > 0 && !others(&c))
			rc = container_remove(&s->host->engine, c.id, CONTAINER_FORCE | CONTAINER_VOLUMES, e), removed += rc > 0;
		if (rc < 0)
			return -1;
	}
	return removed;
}
