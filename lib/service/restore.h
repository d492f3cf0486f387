/*
 * restore: a service from a backup (see lib/backup/members.h), in place of the one of that name, or on a host that never saw it.
 *
 *     CLEANUP_SERVICE struct service s = SERVICE_INIT;
 *     struct restore_options o = {.keys.passphrase_file = "..."};
 *     int rc = service_restore(&s, h, "helloworld", "/srv/backup", &o, e);        1: restored
 *
 * One transaction. The backup is read once: into a volume and folders beside those of the service, checked as it comes.
 * Only when its last byte has been found good are they exchanged with the service's; then its restore script runs, and only
 * after that the old ones are removed. What fails before, a signal included, is undone; see journal.h for a dr that is killed.
 *
 * While the restore script runs, the service's containers are stopped (those that the engine would remove at their end run on
 * with the old data), and its volumes other than dr-NAME-config are empty, as on a new host; what was in them goes with the old.
 * Where there was no such service, its install script has run before.
 *
 * Image: the one of that name on the engine; else that with the backup's image id; else from the backup; else from a registry.
 */
#ifndef SERVICE_RESTORE_H
#define SERVICE_RESTORE_H

#include "backup/keys.h"
#include "service/store.h"

struct restore_options {
	struct keys_options keys;
	bool with_image;             /* the backup's own image gets its name back, whatever has it now */
};

/* `from` is a file, `-` or s3://BUCKET/KEY. s is the caller's to close, and on success is the service, locked. Returns 1, or -1.
   A dry run reads and checks all of the backup. */
int service_restore(struct service *s, struct host *h, const char *name, const char *from, const struct restore_options *o,
	struct err *e) MUST_CHECK;

#endif
