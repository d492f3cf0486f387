/*
 * backup: a service in one file, and the examination of such a file.
 *
 *     struct backup_options o = {.file = "-", .level = BACKUP_LEVEL};
 *     CLEANUP_BACKUP_FACTS struct backup_facts f = {0};
 *     if (service_backup(&s, h, name, &o, &f, e) < 0) return -1;
 *
 * In this order: the target is opened; the image's backup script runs, with PATH a private folder beneath DIRECTORY/.dr; the
 * containers that write to the volume are paused, the volume is read, they are resumed; the rest is written; the file
 * appears under its name. When anything fails nothing does. A dr that is killed leaves its folder to the next dr command on the
 * service, and its containers are resumed at once (pause.h).
 */
#ifndef SERVICE_BACKUP_H
#define SERVICE_BACKUP_H

#include "backup/keys.h"
#include "backup/manifest.h"
#include "service/store.h"

enum { BACKUP_LEVEL = 5 };  /* as small as pigz -6 to within 3%, in less than half the time */

struct backup_options {
	const char *file;            /* see backup_file.h */
	struct keys_options keys;
	int level;                   /* of gzip, 1 to 9 */
	bool with_image, live;
	bool replace;                /* what has the file's name */
};

/* What is in a backup. */
struct backup_facts {
	struct manifest manifest;
	uint64_t files, bytes;       /* of its members */
	uint64_t size;               /* of the backup itself */
	bool encrypted;
};

#define CLEANUP_BACKUP_FACTS CLEANUP_WITH(backup_facts_free)
void backup_facts_free(struct backup_facts *f);

/* s is the caller's to close. Returns 1 when the backup is complete, or -1. A volume that changed while it was read is
   ERR_REFUSED. */
int service_backup(struct service *s, struct host *h, const char *name, const struct backup_options *o,
	struct backup_facts *f, struct err *e) MUST_CHECK;

/* Reads every byte of a backup and checks it; no service need be there. */
int backup_verify(const char *file, const struct keys_options *keys, bool progress, struct backup_facts *f,
	struct err *e) MUST_CHECK;

/* Whether the names in a manifest can be a service's and an image's; else ERR_FORMAT. */
int backup_check_names(const struct manifest *m, struct err *e) MUST_CHECK;

#endif
