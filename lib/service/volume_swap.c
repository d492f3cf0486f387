#include "service/volume_swap.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/container.h"
#include "engine/image.h"
#include "engine/volume.h"
#include "service/guest.h"
#include "service/volume_place.h"
#include "sys/file.h"
#include "sys/place.h"

#include <string.h>

#define VOLUMES_AT "/volumes"

enum { ANSWER_MAX = 64 };

void volume_swap_free(struct volume_swap *w)
{
	free(w->token);
	free(w->base);
	free(w->tail);
	free(w->image);
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
	return str_printf("%s/%s/%s", w->here ? w->base : VOLUMES_AT, volume, w->tail);
}

int volume_swap_open(struct volume_swap *w, struct host *h, const char *token, const char *temp, struct err *e)
{
	CLEANUP_VOLUME struct volume v = {0};
	*w = (struct volume_swap){.host = h, .token = mem_strdup(token)};
	if (inspect(h, temp, &v, e) < 0 || split(w, &v, e) < 0)
		return -1;
	int mapped = volume_maps_users(&h->engine, e);
	w->here = h->root && !mapped && file_exists(AT_FDCWD, v.mountpoint);
	return mapped < 0 ? -1 : 0;
}

int volume_swap_image(struct volume_swap *w, struct err *e)
{
	CLEANUP_FREE char *label = str_printf(SCRATCH_LABEL "=%s", w->token);
	struct engine *g = host_engine(w->host, e);
	if (g && !w->image)
		w->image = image_import_empty(g, label, e);
	return w->image ? 0 : -1;
}

int volume_swap_sweep(struct host *h, const char *token, struct err *e)
{
	CLEANUP_STRVEC struct strvec filters = {0};
	CLEANUP_IMAGE_LIST struct image_list list = {0};
	struct engine *g = host_engine(h, e);
	strvec_pushf(&filters, "label=" SCRATCH_LABEL "=%s", token);
	if (!g || image_list(g, &filters, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		if (image_remove(g, list.items[i].id, true, e) < 0)
			return -1;
	return 0;
}

/* `dr .place WORDS...` on the engine's host, with its answer in x->out. */
static int there(struct volume_swap *w, struct guest *x, const char *const *words, uint64_t *number, struct err *e)
{
	CLEANUP_STRVEC struct strvec argv = {0};
	CLEANUP_STRVEC struct strvec binds = {0};
	CLEANUP_BUF struct buf answer = {0};
	struct buf_writer out;
	strvec_push(&argv, ".place");
	for (; *words; words++)
		strvec_push(&argv, *words);
	strvec_pushf(&binds, "%s:" VOLUMES_AT, w->base);
	buf_writer_init(&out, &answer, ANSWER_MAX);
	if (volume_swap_image(w, e) < 0 || guest_start(x, w->host, w->image, w->token, &binds, &argv, "host", e) < 0 ||
	    stream_copy(&x->out.base, &out.base, e) < 0)
		return -1;
	int code = guest_end(x, e);
	if (code < 0)
		return -1;
	if (code)
		return err_set(e, ERR_STATUS, "dr on the engine's host: %s", x->out.error.len ? buf_cstr(&x->out.error) : "cannot run there");
	answer.len = strcspn(buf_cstr(&answer), "\n");
	CLEANUP_FREE char *text = mem_dup(buf_cstr(&answer), answer.len);
	return number ? str_to_u64(text, UINT64_MAX, number, "the answer of dr on the engine's host", e) : 0;
}

static int run_there(struct volume_swap *w, const char *const *words, uint64_t *number, struct err *e)
{
	CLEANUP_GUEST struct guest x = {0};
	return there(w, &x, words, number, e) < 0 ? err_wrap(e, "cannot reach the engine's volumes in %s", w->base) : 0;
}

int volume_swap_check(struct volume_swap *w, const char *volume, struct err *e)
{
	CLEANUP_VOLUME struct volume v = {0};
	CLEANUP_CONTAINER_LIST struct container_list list = {0};
	if (inspect(w->host, volume, &v, e) < 0 || (w->copied && container_list_by_volume(&w->host->engine, volume, &list, e) < 0))
		return -1;
	return list.n ? err_set(e, ERR_REFUSED, "the container %s has the volume %s, which can only be replaced on this engine when none "
		"has: remove it (docker rm -f %s)", list.items[0].name, volume, list.items[0].name) : 0;
}

int volume_swap_root(struct volume_swap *w, const char *volume, struct err *e)
{
	CLEANUP_FREE char *path = path_of(w, volume);
	return file_open_dir(AT_FDCWD, path, e);
}

int volume_swap_look(struct volume_swap *w, const char *volume, uint64_t *number, struct err *e)
{
	CLEANUP_FREE char *path = path_of(w, volume);
	const char *const words[] = {"look", path, NULL};
	return w->here ? place_look(path, number, e) : run_there(w, words, number, e);
}

int volume_swap_place(struct volume_swap *w, const char *volume, const char *other, uint64_t number, struct err *e)
{
	CLEANUP_FREE char *a = path_of(w, volume);
	CLEANUP_FREE char *b = path_of(w, other);
	CLEANUP_FREE char *n = str_printf("%llu", (unsigned long long)number);
	const char *const words[] = {"folder", a, b, n, NULL};
	return (w->here ? place_folder(a, b, number, e) : run_there(w, words, NULL, e)) < 0 ? -1 : 0;
}

int volume_swap_like(struct volume_swap *w, const char *volume, const char *other, struct err *e)
{
	CLEANUP_FREE char *a = path_of(w, volume);
	CLEANUP_FREE char *b = path_of(w, other);
	const char *const words[] = {"like", a, b, NULL};
	return w->here ? place_like(a, b, e) : run_there(w, words, NULL, e);
}
