/*
 * The invariant: until the journal is decided, the old roots of all volumes and the old folder of the service are there, under
 * their own names or under those beside them, and `old` tells them apart. After that the same holds for the new.
 */
#include "service/restore_parts.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/image.h"
#include "engine/scratch.h"
#include "engine/volume.h"
#include "service/account.h"
#include "service/launcher.h"
#include "service/owned.h"
#include "service/recover.h"
#include "sys/file.h"
#include "sys/place.h"

#include <string.h>

bool restore_swap(struct volume_swap *w, struct service *s, const struct journal *j)
{
	const char *here = journal_get(j, "here");
	const char *base = here ? here : journal_get(j, "guest");
	*w = (struct volume_swap){.host = s->host, .token = mem_strdup(s->name), .here = here,
		.copied = journal_get(j, "copied"), .base = mem_strdup(base),
		.tail = mem_strdup(journal_get(j, "tail"))};
	return base != NULL;
}

static int remove_temp(struct engine *g, const char *value, struct err *e)
{
	const char *temp = strchr(value, ' ');
	return temp ? volume_remove(g, temp + 1, false, e) : 0;
}

/* The volumes beside, and what the way to them needed. */
static int remove_temps(struct service *s, const struct journal *j, struct err *e)
{
	if (journal_get(j, "guest") && volume_swap_sweep(s->host, s->name, e) < 0)
		return -1;
	return restore_each(s, j, "keep", remove_temp, e) < 0 ? -1 : restore_each(s, j, "temp", remove_temp, e);
}

int restore_each(struct service *s, const struct journal *j, const char *fact, restore_each_fn *f, struct err *e)
{
	struct engine *g = host_engine(s->host, e);
	if (!g)
		return -1;
	for (size_t i = 0; i < j->facts.n; i++) {
		const char *rest = str_after(j->facts.items[i], fact);
		if (rest && *rest == ' ' && f(g, rest + 1, e) < 0)
			return -1;
	}
	return 0;
}

/* A container that the script has removed is not there any more. */
int restore_stop(struct engine *g, const char *id, struct err *e)
{
	return container_stop(g, id, -1, e) < 0 && e->kind != ERR_NOT_FOUND ? -1 : 0;
}

int restore_start(struct engine *g, const char *id, struct err *e)
{
	return container_start(g, id, e) < 0 && e->kind != ERR_NOT_FOUND ? -1 : 0;
}

static uint64_t number(const struct journal *j, const char *which, const char *what)
{
	struct err ignored;
	uint64_t n = 0;
	CLEANUP_FREE char *key = str_printf("%s %s", which, what);
	const char *text = journal_get(j, key);
	return text && str_to_u64(text, UINT64_MAX, &n, "", &ignored) == 0 ? n : 0;
}

int restore_exchange(struct service *s, struct journal *j, const char *which, struct err *e)
{
	CLEANUP_VOLUME_SWAP struct volume_swap w = {0};
	int rc = 0;
	if (!restore_swap(&w, s, j))
		return 0;
	if (w.copied)
		rc = restore_copy_exchange(&w, j, str_eq(which, "old"), e);
	for (size_t i = 0; !w.copied && i < j->facts.n && rc >= 0; i++) {
		const char *rest = str_after(j->facts.items[i], "temp ");
		const char *temp = rest ? strchr(rest, ' ') : NULL;
		if (!temp)
			continue;
		CLEANUP_FREE char *volume = mem_dup(rest, (size_t)(temp - rest));
		uint64_t want = number(j, which, volume);
		rc = want ? volume_swap_place(&w, volume, temp + 1, want, e) : 0;
	}
	uint64_t want = number(j, which, "folder");
	CLEANUP_FREE char *beside = journal_path(j, "service");
	if (rc >= 0 && want)
		rc = place_folder(s->path, beside, want, e);
	return rc < 0 ? -1 : 0;
}

static int restart(struct engine *g, const char *id, struct err *e)
{
	return engine_call(g, "POST", NULL, NULL, e, "/containers/%s/restart", id) < 0 && e->kind != ERR_NOT_FOUND ? -1 : 0;
}

/* Of what did run, as far as it still can: that is no reason to stop half way. */
static void run_again(struct service *s, const struct journal *j, const char *fact, restore_each_fn *f)
{
	struct err why;
	if (restore_each(s, j, fact, f, &why) < 0)
		host_note(s->host, "a container of %s could not be started again: %s", s->name, why.msg);
}

/* Those of --rm still have the old data. An engine may remove one that is restarted: it has seen it end. */
int restore_finish(struct service *s, struct journal *j, struct err *e)
{
	run_again(s, j, "transient", restart);
	return remove_temps(s, j, e) < 0 ? -1 : journal_end(j, e);
}

/* The containers on the service's volumes that were not there before. */
static int remove_new(struct service *s, const struct journal *j, struct err *e)
{
	CLEANUP_STRVEC struct strvec volumes = {0};
	struct engine *g = &s->host->engine;
	if (owned_volumes(s, &volumes, e) < 0)
		return -1;
	for (size_t i = 0; i < volumes.n; i++) {
		CLEANUP_CONTAINER_LIST struct container_list list = {0};
		if (container_list_by_volume(g, volumes.items[i], &list, e) < 0)
			return -1;
		for (size_t k = 0; k < list.n; k++)
			if (!journal_has(j, "container", list.items[k].id) &&
			    container_remove(g, list.items[k].id, CONTAINER_FORCE | CONTAINER_VOLUMES, e) < 0)
				return -1;
	}
	return owned_remove_strays(s, j, journal_get(j, "image"), e) < 0 ? -1 : 0;
}

/* What the restore script has started still has the new data: it is started again, by a second undo too. */
static int undo(struct service *s, struct journal *j, struct err *e)
{
	const char *fresh = journal_get(j, "fresh");
	if (remove_new(s, j, e) < 0 || restore_exchange(s, j, "old", e) < 0)
		return -1;
	run_again(s, j, "running", restart);
	if (owned_remove(s, j, e) < 0)
		return -1;
	if (fresh && (launcher_remove(s->host, fresh, s->name, NULL, e) < 0 || file_rm_tree(s->host->dir, s->name, e) < 0 ||
		(journal_get(j, "account") && account_remove(s->host, e) < 0)))
		return -1;
	return 0;
}

static int undo_image(struct service *s, const struct journal *j, struct err *e)
{
	struct err ignored;
	struct engine *g = &s->host->engine;
	const char *fetched = journal_get(j, "fetched"), *renamed = journal_get(j, "renamed");
	if (renamed && image_tag(g, renamed, journal_get(j, "image_name"), e) < 0 && e->kind != ERR_NOT_FOUND)
		return -1;
	if (fetched && image_remove(g, fetched, false, &ignored) < 0)
		host_note(s->host, "the image %s stays on the engine", fetched);
	return 0;
}

int restore_settle(struct service *s, struct journal *j, char **told, struct err *e)
{
	struct engine *g = host_engine(s->host, e);
	if (!g || scratch_sweep(g, s->name, e) < 0)
		return -1;
	*told = str_printf("the restore of %s was interrupted; it has been %s", s->name, j->decided ? "finished" : "undone");
	if (j->decided)
		return restore_finish(s, j, e);
	if ((journal_get(j, "image") && undo(s, j, e) < 0) || undo_image(s, j, e) < 0 || remove_temps(s, j, e) < 0)
		return -1;
	return journal_end(j, e);
}
