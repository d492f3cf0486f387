/*
 * scratch: a container of an image that is created, as a rule never started, and removed again: a window into the image's files.
 *
 *     CLEANUP_SCRATCH struct scratch s = {0};
 *     if (scratch_create(&s, g, image_id, token, NULL, e) < 0) return -1;
 *     if (scratch_open(&s, "/dr", &rp, NULL, e) < 0) return -1;
 *     ...
 *     return scratch_remove(&s, e);         says so when it could not be removed; the cleanup alone is silent
 *
 * Nothing of the image runs. The container carries the label dr.scratch=TOKEN, so that what a killed dr left behind is
 * recognised: scratch_sweep removes it. Removal goes on while a signal is pending.
 */
#ifndef ENGINE_SCRATCH_H
#define ENGINE_SCRATCH_H

#include "engine/archive.h"
#include "engine/container.h"

#define SCRATCH_LABEL "dr.scratch"

struct scratch {
	struct engine *engine;
	char *id;                    /* NULL: none */
};

#define CLEANUP_SCRATCH CLEANUP_WITH(scratch_cleanup)

/* Creates it. `token` tells whose it is (the service's name). `binds` as in struct container_config, may be NULL:
   a volume that is bound to a path which the image declares is filled from the image by the engine now. */
int scratch_create(struct scratch *s, struct engine *g, const char *image, const char *token,
	const struct strvec *binds, struct err *e) MUST_CHECK;

/* The same of a container that the caller will start: as uid 0, without a network, it runs argv in place of what the image
   would run, with an open standard input. `userns` is "host" to see users as the engine's host has them, or NULL. */
int scratch_create_program(struct scratch *s, struct engine *g, const char *image, const char *token,
	const struct strvec *binds, const struct strvec *argv, const char *userns, struct err *e) MUST_CHECK;

/* Starts the tar of what is at the path; a symlink as the path itself is followed inside the image. Names begin with
   the last component of what it led to. *mode (may be NULL) is what is there. Nothing there is ERR_NOT_FOUND. Returns
   1, or -1. */
int scratch_open(struct scratch *s, const char *path, struct engine_reply *rp, mode_t *mode, struct err *e) MUST_CHECK;

/* Appends the regular file at the path to out, symlinks followed; more than max bytes is ERR_LIMIT. Returns 1, or 0
   when there is no such file. */
int scratch_read(struct scratch *s, const char *path, size_t max, struct buf *out, struct err *e) MUST_CHECK;

/* Removes it with its anonymous volumes. Repeatable. */
int scratch_remove(struct scratch *s, struct err *e) MUST_CHECK;
void scratch_cleanup(struct scratch *s);

/* Removes the scratch containers of that token (NULL: all) that an earlier dr left behind. Returns how many. The caller
   holds the lock of whatever the token names. */
int scratch_sweep(struct engine *g, const char *token, struct err *e) MUST_CHECK;

#endif
