/*
 * image: images of the engine: what they declare, whether they are there, fetching and naming them.
 *
 *     CLEANUP_IMAGE struct image img = {0};
 *     int there = image_inspect(g, "debian:12", &img, e);          1: filled, 0: no such image
 */
#ifndef ENGINE_IMAGE_H
#define ENGINE_IMAGE_H

#include "base/vec.h"
#include "engine/engine.h"

struct image {
	char *id;                    /* "sha256:..." */
	char *user;                  /* Config.User, "" when unset */
	char *workdir;
	char *os, *architecture, *variant;
	char *created;               /* RFC 3339 */
	uint64_t size;               /* bytes, all layers */
	struct strvec tags;          /* RepoTags */
	struct strvec digests;       /* RepoDigests: "name@sha256:..." */
	struct strvec volumes;       /* paths of Config.Volumes */
	struct strvec labels;        /* "key=value" */
	struct strvec env;           /* "NAME=value" */
	struct strvec entrypoint, cmd;
};

#define CLEANUP_IMAGE CLEANUP_WITH(image_free)

void image_free(struct image *img);

/* GET /images/{name}/json. `name` is a reference or an id. Returns 1 with *img filled, 0 when there is no such image,
   or -1. */
int image_inspect(struct engine *g, const char *name, struct image *img, struct err *e) MUST_CHECK;

/* POST /images/create?fromImage=...: fetches the image. `platform` ("linux/arm64") and `auth` (the value of
   X-Registry-Auth) may be NULL. fn is called for every message and may be NULL. */
int image_pull(struct engine *g, const char *name, const char *platform, const char *auth, engine_message_fn *fn,
	void *arg, struct err *e) MUST_CHECK;

/* POST /images/{name}/tag: gives the image `name` the further name `ref`. */
int image_tag(struct engine *g, const char *name, const char *ref, struct err *e) MUST_CHECK;

/* DELETE /images/{name}. Returns 1 when it was removed, 0 when there was none. */
int image_remove(struct engine *g, const char *name, bool force, struct err *e) MUST_CHECK;

struct image_summary {
	char *id;
	struct strvec tags, digests;
	uint64_t size;
	int64_t created;             /* seconds since 1970 */
};
struct image_list {
	struct image_summary *items;
	size_t n, cap;
};

#define CLEANUP_IMAGE_LIST CLEANUP_WITH(image_list_free)

/* GET /images/json. `filters` are "key=value" words (reference, label, dangling), NULL: none. */
int image_list(struct engine *g, const struct strvec *filters, struct image_list *list, struct err *e) MUST_CHECK;
void image_list_free(struct image_list *list);

/* POST /images/load: reads a tar as `docker save` writes it (plain or gzip) from r. */
int image_load(struct engine *g, struct reader *r, engine_message_fn *fn, void *arg, struct err *e) MUST_CHECK;

/* POST /images/create?fromSrc=-: makes an image, without a name, that is empty but for a folder; `label` is "key=value". Its id
   is the caller's, or NULL. */
char *image_import_empty(struct engine *g, const char *label, struct err *e);

/* GET /images/{name}/get: starts a tar of the image; read rp->body to its end, then engine_reply_end. */
int image_save(struct engine *g, const char *name, struct engine_reply *rp, struct err *e) MUST_CHECK;

#endif
