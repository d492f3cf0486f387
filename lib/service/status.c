#include "service/status.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/image.h"
#include "service/launcher.h"
#include "service/owned.h"

void status_free(struct status *st)
{
	free(st->image_now);
	strvec_free(&st->volumes);
	container_list_free(&st->containers);
	*st = (struct status){0};
}

static bool known(const struct container_list *list, const char *id)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->items[i].id, id))
			return true;
	return false;
}

static int add_containers(struct status *st, struct engine *g, const char *volume, struct err *e)
{
	CLEANUP_CONTAINER_LIST struct container_list list = {0};
	if (container_list_by_volume(g, volume, &list, e) < 0)
		return -1;
	struct container_list *all = &st->containers;
	for (size_t i = 0; i < list.n; i++) {
		if (known(all, list.items[i].id))
			continue;
		all->items = mem_grow(all->items, all->n, &all->cap, sizeof *all->items);
		all->items[all->n++] = list.items[i];
		list.items[i] = (struct container){0};
	}
	return 0;
}

int status_ask(struct status *st, struct service *s, struct err *e)
{
	CLEANUP_IMAGE struct image img = {0};
	struct engine *g = host_engine(s->host, e);
	int there = g ? image_inspect(g, s->image, &img, e) : -1;
	if (there < 0 || owned_volumes(s, &st->volumes, e) < 0)
		return -1;
	st->image_now = mem_strdup(there ? img.id : "");
	for (size_t i = 0; i < st->volumes.n; i++)
		if (add_containers(st, g, st->volumes.items[i], e) < 0)
			return -1;
	return 0;
}

bool status_outdated(const struct status *st, const struct service *s)
{
	return *st->image_now && !str_eq(st->image_now, s->state.image_id);
}

bool status_launcher(struct service *s)
{
	return s->state.launcher && launcher_own(s->host, s->state.launcher, s->name, s->state.target);
}
