/*
 * recover: settling what a dr that was killed left behind, before anything else is done with the service.
 */
#ifndef SERVICE_RECOVER_H
#define SERVICE_RECOVER_H

#include "service/journal.h"
#include "service/store.h"

/* How one kind of transaction is settled: undone when its journal is not decided, finished when it is. Ends the journal.
   The sentence that tells people what became of it goes to *told (the caller's). */
typedef int settle_fn(struct service *s, struct journal *j, char **told, struct err *e);

settle_fn install_settle, update_settle, backup_settle, restore_settle, destroy_settle;

/* Settles what the service's journal says was going on, if there is one, and says so. The image's script that the killed dr ran
   is ended first, with the containers that it runs in or has given PATH. The caller holds the lock.
   Sets s->settled. */
int recover(struct service *s, struct err *e) MUST_CHECK;

/* As root, gives the service's scripts to root if the original script, or somebody, left them to another user. */
int recover_owner(struct service *s, struct err *e) MUST_CHECK;

#endif
