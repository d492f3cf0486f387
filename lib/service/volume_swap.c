#include "service/volume_swap.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/volume.h"
#include "service/volume_place.h"
#include "sys/file.h"
#include "sys/place.h"

#include <string.h>

void volume_swap_free(struct volume_swap *w)
{
	free(w->base);
	free(w->tail);
	*w = (struct volume_swap){0};
}

static int inspect(struct host *h, const char *volume, struct volume *v, struct err *e)
{
	struct engine *g = host_engine(h, e);
	int rc = g ? volume_inspect(g, volume, v, e) : -1;
	if (rc <= 0)
		return rc < 0 ? -1 : err_set(e, ERR_NOT_FOUND, "the engine has no volume %s", volume);
	if (str_eq(v->driver, "local") && !v->options.n)
		return 0;
	return err_set(e, ERR_REFUSED, "the volume %s is kept by the driver %s%s, and cannot be replaced as a whole: restore under "
		"another name", volume, v->driver, v->options.n ? " with options" : "");
}

/* The path of a volume is BASE/NAME/TAIL. */
static int split(struct volume_swap *w, const struct volume *v, struct err *e)
{
	CLEANUP_FREE char *middle = str_printf("/%s/", v->name);
	const char *at = strstr(v->mountpoint, middle);
	if (*v->mountpoint != '/' || !at)
		return err_set(e, ERR_REFUSED, "the engine keeps the volume %s at %s, which dr does not know to replace", v->name,
			v->mountpoint);
	w->base = mem_dup(v->mountpoint, (size_t)(at - v->mountpoint));
	w->tail = mem_strdup(at + strlen(middle));
	return 0;
}

static char *path_of(const struct volume_swap *w, const char *volume)
{
	return str_printf("%s/%s/%s", w->base, volume, w->tail);
}

int volume_swap_open(struct volume_swap *w, struct host *h, const char *temp, struct err *e)
{
	CLEANUP_VOLUME struct volume v = {0};
	*w = (struct volume_swap){.host = h};
	if (inspect(h, temp, &v, e) < 0 || split(w, &v, e) < 0)
		return -1;
	int mapped = volume_maps_users(&h->engine, e);
	if (mapped < 0)
		return -1;
	if (!h->root || mapped || !file_exists(AT_FDCWD, v.mountpoint))
		return err_set(e, ERR_REFUSED, "the engine's volumes cannot be reached from here");
	return 0;
}

int volume_swap_check(struct volume_swap *w, const char *volume, struct err *e)
{
	CLEANUP_VOLUME struct volume v = {0};
	return inspect(w->host, volume, &v, e);
}

int volume_swap_root(struct volume_swap *w, const char *volume, struct err *e)
{
	CLEANUP_FREE char *path = path_of(w, volume);
	return file_open_dir(AT_FDCWD, path, e);
}

int volume_swap_look(struct volume_swap *w, const char *volume, uint64_t *number, struct err *e)
{
	CLEANUP_FREE char *path = path_of(w, volume);
	return place_look(path, number, e);
}

int volume_swap_place(struct volume_swap *w, const char *volume, const char *other, uint64_t number, struct err *e)
{
	CLEANUP_FREE char *a = path_of(w, volume);
	CLEANUP_FREE char *b = path_of(w, other);
	return place_folder(a, b, number, e);
}
