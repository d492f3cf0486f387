/*
 * volume: named volumes of the engine.
 */
#ifndef ENGINE_VOLUME_H
#define ENGINE_VOLUME_H

#include "base/vec.h"
#include "engine/engine.h"

struct volume {
	char *name, *driver;
	char *mountpoint;            /* on the engine's host */
	char *scope;                 /* "local" or "global" */
	char *created;               /* RFC 3339; "" from old engines */
	struct strvec labels;        /* "key=value" */
	struct strvec options;       /* "key=value": the driver's; with any, it may be another file system */
};

#define CLEANUP_VOLUME CLEANUP_WITH(volume_free)

void volume_free(struct volume *v);

/* POST /volumes/create with the local driver. `labels` are "key=value" words, NULL: none. A volume of that name
   that exists is left as it is, as the API defines it. */
int volume_create(struct engine *g, const char *name, const struct strvec *labels, struct err *e) MUST_CHECK;

/* GET /volumes/{name}. Returns 1 with *v filled, 0 when there is none, or -1. */
int volume_inspect(struct engine *g, const char *name, struct volume *v, struct err *e) MUST_CHECK;

/* DELETE /volumes/{name}. Returns 1 when it was removed, 0 when there was none. In use: ERR_STATUS, status 409. */
int volume_remove(struct engine *g, const char *name, bool force, struct err *e) MUST_CHECK;

struct volume_list {
	struct volume *items;
	size_t n, cap;
};

#define CLEANUP_VOLUME_LIST CLEANUP_WITH(volume_list_free)

/* GET /volumes. `filters` are "key=value" words (label, name, dangling, driver), NULL: none. The engine's name filter
   matches parts of names: compare items[i].name. */
int volume_list(struct engine *g, const struct strvec *filters, struct volume_list *list, struct err *e) MUST_CHECK;
void volume_list_free(struct volume_list *list);

#endif
