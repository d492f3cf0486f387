/*
 * manifest: what a backup says about itself: dr-backup/manifest.json, its first member.
 *
 *     {"format":1,"service":"helloworld","image":"j842/dr-helloworld","image_id":"sha256:...","digest":"NAME@sha256:...",
 *      "os":"linux","architecture":"amd64","time":"2024-02-29T12:34:56Z","dr":"1.0","trailer":true,"live":false}
 */
#ifndef BACKUP_MANIFEST_H
#define BACKUP_MANIFEST_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

enum { MANIFEST_FORMAT = 1, MANIFEST_MAX = 64 << 10 };

struct manifest {
	char *service, *image;
	char *image_id;
	char *digest;                /* NULL: the image has none */
	char *os, *architecture;
	char *time;                  /* RFC 3339 */
	char *dr;                    /* the version of dr that made it */
	bool trailer;                /* the file ends as trailer.h says; whoever packs it again by hand takes that out */
	bool live;                   /* containers were running while the volume was read */
};

#define CLEANUP_MANIFEST CLEANUP_WITH(manifest_free)

void manifest_free(struct manifest *m);
void manifest_write(const struct manifest *m, struct buf *out);

/* A later format is ERR_REFUSED, what is no manifest ERR_FORMAT. The values are not judged. */
int manifest_read(struct manifest *m, const char *text, size_t n, struct err *e) MUST_CHECK;

#endif
