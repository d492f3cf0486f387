/*
 * volume_pack: the bytes of a volume become the members dr-backup/volumes/config/... of a backup.
 */
#ifndef SERVICE_VOLUME_PACK_H
#define SERVICE_VOLUME_PACK_H

#include "backup/write.h"
#include "service/volume_place.h"

/* From the folder; else by dr in a container; else, where dr cannot run, by the archive API. *changed is increased when
   files changed while they were read (`live`: while anything was), which the archive API does not tell: with `live` that way is ERR_REFUSED. */
int volume_pack(struct volume_place *p, struct host *h, bool live, struct backup_writer *w, uint64_t *changed, struct err *e) MUST_CHECK;

/* A folder beneath dirfd as the members of a section; flags are more of those of pack. */
int volume_pack_dir(int dirfd, const char *path, enum section s, unsigned flags, struct backup_writer *w, uint64_t *changed,
	struct err *e) MUST_CHECK;

/* In an engine's archive of a volume the first member is the root, whatever the engine calls it: its name without slashes at the
   end (the caller's), and the part of another's name beneath it, "" for the root. */
char *volume_pack_root(const char *name);
const char *volume_pack_beneath(const char *name, const char *root, struct err *e);

#endif
