/*
 * volume_fill: the members dr-backup/volumes/config/... of a backup, unpacked into a volume that cannot be reached from here: by
 * dr's own tar in a container on the engine's host, or where dr cannot run (w->copied) by the archive API, which leaves out
 * holes, and of a volume that it copies attributes and fractions of seconds too.
 *
 *     CLEANUP_VOLUME_FILL struct volume_fill f = {0};
 *     if (volume_fill_open(&f, swap, temp, e) < 0) return -1;
 *     ... volume_fill_member(&f, &reader, e) ... for each
 *     return volume_fill_end(&f, e);
 */
#ifndef SERVICE_VOLUME_FILL_H
#define SERVICE_VOLUME_FILL_H

#include "backup/read.h"
#include "codec/tar_write.h"
#include "service/guest.h"
#include "service/volume_swap.h"

struct volume_fill {
	struct guest guest;
	struct scratch box;          /* with the volume, for put */
	struct archive_writer put;
	const char *prefix;          /* of names */
	struct tar_writer tar;
	bool open;
	void (*show)(void *arg);     /* is called for each block; may be NULL */
	void *arg;
};

#define CLEANUP_VOLUME_FILL CLEANUP_WITH(volume_fill_free)

int volume_fill_open(struct volume_fill *f, struct volume_swap *w, const char *temp, struct err *e) MUST_CHECK;

/* The present member of r, whose links lead to names within the section. */
int volume_fill_member(struct volume_fill *f, struct backup_reader *r, struct err *e) MUST_CHECK;

int volume_fill_end(struct volume_fill *f, struct err *e) MUST_CHECK;

/* All of a volume into another, or of it only the root's owner and mode, by the archive API alone. */
int volume_fill_copy(struct volume_swap *w, const char *from, const char *to, bool root_only, struct err *e) MUST_CHECK;
void volume_fill_free(struct volume_fill *f);

#endif
