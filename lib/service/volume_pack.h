/*
 * volume_pack: the bytes of a volume become the members dr-backup/volumes/config/... of a backup.
 */
#ifndef SERVICE_VOLUME_PACK_H
#define SERVICE_VOLUME_PACK_H

#include "backup/write.h"
#include "service/volume_place.h"

/* *changed is increased for each file that changed while it was read. */
int volume_pack(struct volume_place *p, struct backup_writer *w, uint64_t *changed, struct err *e) MUST_CHECK;

/* A folder beneath dirfd as the members of a section. */
int volume_pack_dir(int dirfd, const char *path, enum section s, struct backup_writer *w, uint64_t *changed,
	struct err *e) MUST_CHECK;

#endif
