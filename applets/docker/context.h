/*
 * context: what docker build sends: the files of a directory without what .dockerignore names, or a tar archive or a
 * Dockerfile from stdin.
 *
 *     CLEANUP_CONTEXT struct context c = {.path = "-", .file = NULL};
 *     if (context_find(&c, e) < 0) return -1;
 *     ... POST /build?dockerfile=c.dockerfile&remote=c.remote ...
 *     context_send(&c, reply.out, e);
 */
#ifndef DOCKER_CONTEXT_H
#define DOCKER_CONTEXT_H

#include "archive/ignore.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/stream.h"
#include "sys/fd.h"

struct context {
	const char *path;            /* the operand: a directory, "-" or a URL */
	const char *file;            /* -f, or NULL */
	char *dockerfile;            /* the Dockerfile's name in the context */
	const char *remote;          /* the engine fetches the context from there; NULL: it is sent */
	/* The rest is context's own. */
	int dir;                     /* -1: no directory */
	struct fd_reader in;         /* stdin */
	bool stream;                 /* stdin is an archive: it is sent as it is */
	bool added;                  /* the Dockerfile is not in the directory: it is added under a name of its own */
	struct buf text;             /* the Dockerfile that is added */
	struct buf ignored;          /* .dockerignore */
	struct ignore ignore;
	struct progress *progress;
	uint64_t bytes;              /* sent so far */
};

#define CONTEXT_INIT {.dir = -1, .in = {.fd = -1}}
#define CLEANUP_CONTEXT CLEANUP_WITH(context_free)

void context_free(struct context *c);
int context_find(struct context *c, struct err *e) MUST_CHECK;
/* Writes and finishes. */
int context_send(struct context *c, struct writer *out, struct err *e) MUST_CHECK;

#endif
