/*
 * container: creating, running, watching and removing containers.
 *
 *     struct container_config c = {.image = id, .labels = &labels, .binds = &binds};
 *     CLEANUP_FREE char *cid = NULL;
 *     if (container_create(g, NULL, &c, &cid, e) < 0) return -1;
 *
 * `id` in these functions is an id, a unique beginning of one, or a name.
 */
#ifndef ENGINE_CONTAINER_H
#define ENGINE_CONTAINER_H

#include "base/vec.h"
#include "engine/engine.h"

/* What dr itself creates; the docker applet writes its own JSON and calls container_create_json. NULL is unset. */
struct container_config {
	const char *image;
	const char *user, *workdir, *hostname, *network;  /* network: HostConfig.NetworkMode */
	const char *userns;                               /* HostConfig.UsernsMode: "host" */
	const struct strvec *cmd, *entrypoint;            /* NULL: the image's; an empty one clears it */
	const struct strvec *env;                         /* "NAME=value" */
	const struct strvec *labels;                      /* "key=value" */
	const struct strvec *binds;                       /* "source:/target[:ro]": a host path or a volume's name */
	const struct strvec *paths;                       /* of the engine's host, mounted at the same place: refused, not made,
	                                                     when one is not there */
	bool tty, open_stdin, auto_remove, init;
};

/* POST /containers/create. `name` may be NULL. *id becomes the caller's. A name in use is ERR_EXISTS (409). */
int container_create(struct engine *g, const char *name, const struct container_config *c, char **id,
	struct err *e) MUST_CHECK;
int container_create_json(struct engine *g, const char *name, const char *platform, const char *json, char **id,
	struct strvec *warnings, struct err *e) MUST_CHECK;

/* POST /containers/{id}/start, /pause, /unpause, /kill, /stop. Return 1 when that changed something, 0 when
   the container was so already (304, or 409 for pause, unpause and kill of one that does not run), or -1. */
int container_start(struct engine *g, const char *id, struct err *e) MUST_CHECK;
int container_pause(struct engine *g, const char *id, struct err *e) MUST_CHECK;
int container_unpause(struct engine *g, const char *id, struct err *e) MUST_CHECK;
int container_kill(struct engine *g, const char *id, const char *signal, struct err *e) MUST_CHECK;
/* timeout in seconds before SIGKILL; -1: the container's own. */
int container_stop(struct engine *g, const char *id, int timeout, struct err *e) MUST_CHECK;

/* POST /containers/{id}/wait: blocks until it has stopped ("not-running"), or with condition "next-exit" or "removed".
   Returns the exit code. */
int container_wait(struct engine *g, const char *id, const char *condition, struct err *e) MUST_CHECK;

/* The two halves: the first returns when the engine waits, so that no end is missed that comes after it (API 1.30). */
int container_wait_begin(struct engine *g, const char *id, const char *condition, struct engine_reply *rp,
	struct err *e) MUST_CHECK;
int container_wait_end(struct engine_reply *rp, const char *id, struct err *e) MUST_CHECK;

enum { CONTAINER_FORCE = 1, CONTAINER_VOLUMES = 2 };  /* kill it first; its anonymous volumes too */

/* DELETE /containers/{id}. Returns 1 when it was removed, 0 when there was none; a removal already in progress is
   waited for. */
int container_remove(struct engine *g, const char *id, int flags, struct err *e) MUST_CHECK;

struct container_mount {
	char *type;                  /* "volume", "bind", "tmpfs" */
	char *name;                  /* the volume's, "" for others */
	char *source, *destination;
	bool writable;
};

/* Both the list's entries and inspect's answer; fields that only one of them has say so. */
struct container {
	char *id;
	char *name;                  /* without the leading slash */
	struct strvec names;         /* list only: all of them, slashes included; links add some */
	char *image;                 /* as it was asked for */
	char *image_id;
	char *state;                 /* "created", "running", "paused", "restarting", "exited", "dead" */
	char *status;                /* list only: "Up 5 minutes" */
	struct strvec labels;        /* "key=value" */
	struct container_mount *mounts;
	size_t n_mounts, cap_mounts;
	int64_t exit_code;           /* inspect only */
	bool tty, auto_remove;       /* inspect only */
	int64_t created;             /* list only: seconds since 1970 */
};

#define CLEANUP_CONTAINER CLEANUP_WITH(container_free)

void container_free(struct container *c);

/* GET /containers/{id}/json. Returns 1 with *c filled, 0 when there is none, or -1. */
int container_inspect(struct engine *g, const char *id, struct container *c, struct err *e) MUST_CHECK;

struct container_list {
	struct container *items;
	size_t n, cap;
};

#define CLEANUP_CONTAINER_LIST CLEANUP_WITH(container_list_free)

/* GET /containers/json?all=1. `filters` are "key=value" words (label, volume, name, ancestor, status), NULL: none.
   The engine's name and volume filters match loosely: compare what comes back. */
int container_list(struct engine *g, const struct strvec *filters, struct container_list *list,
	struct err *e) MUST_CHECK;
void container_list_free(struct container_list *list);

/* The containers, running or not, that mount the named volume: container_list, with those dropped that do not. */
int container_list_by_volume(struct engine *g, const char *volume, struct container_list *list,
	struct err *e) MUST_CHECK;

#endif
