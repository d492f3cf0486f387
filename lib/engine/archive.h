/*
 * archive: files in and out of a container, running or only created, as tar streams.
 *
 *     CLEANUP_REPLY struct engine_reply rp = {0};
 *     if (archive_get(g, cid, "/dr", &rp, NULL, e) < 0) return -1;
 *     ... tar_read from rp.body; names begin with the last component of the path: "dr/" ...
 *
 * Docker names a folder's entry "dr/", Podman "dr"; for the root of a volume Podman names it "/".
 * Podman says of all that it belongs to the container's user.
 */
#ifndef ENGINE_ARCHIVE_H
#define ENGINE_ARCHIVE_H

#include "engine/engine.h"

#include <sys/stat.h>

struct archive_stat {
	char *name;                  /* the last component */
	char *link_target;           /* where a symlink leads, resolved in the container by the engine; "" otherwise */
	uint64_t size;
	mode_t mode;                 /* S_IFMT and permissions, converted from Go's os.FileMode */
	char *mtime;                 /* RFC 3339 */
};

#define CLEANUP_ARCHIVE_STAT CLEANUP_WITH(archive_stat_free)

void archive_stat_free(struct archive_stat *st);

/* HEAD /containers/{id}/archive?path=: what is at the path; a symlink is not followed. Returns 1 with *st filled, 0
   when there is nothing, or -1. */
int archive_stat(struct engine *g, const char *id, const char *path, struct archive_stat *st, struct err *e) MUST_CHECK;

/* GET: starts the tar of the path. st may be NULL. Nothing there is ERR_NOT_FOUND. */
int archive_get(struct engine *g, const char *id, const char *path, struct engine_reply *rp, struct archive_stat *st,
	struct err *e) MUST_CHECK;

/* Decodes the header X-Docker-Container-Path-Stat (base64 of JSON). */
int archive_stat_decode(const char *header, struct archive_stat *st, struct err *e) MUST_CHECK;

/* PUT: unpacks a tar into the folder `path` of the container. It is what is written to w->base; writer_finish waits for the
   engine's answer, writer_free without it breaks the request off. */
struct archive_writer {
	struct writer base;
	struct engine_reply reply;
};
int archive_writer_open(struct archive_writer *w, struct engine *g, const char *id, const char *path,
	struct err *e) MUST_CHECK;

#endif
