/*
 * restore_parts: what doing a restore and undoing or finishing it share: the facts of its journal.
 *
 *     temp VOLUME TEMP       a volume TEMP is made beside VOLUME
 *     here BASE, or guest BASE, and tail    as in struct volume_swap
 *     fetched NAME           the image was not there; or
 *     renamed ID, image_name NAME    it was another that had the name
 *     copied yes             volumes are copied, not exchanged
 * and, from the moment on at which something may have been changed, all others at once:
 *     image ID               of the service
 *     fresh LAUNCHER         there was no such service, and the launcher is to be made
 *     volume, container      for each that was there before
 *     account                druser was not there
 * and, before anything is exchanged:
 *     old VOLUME, new VOLUME the numbers of its roots, before and after
 *     old folder, new folder those of the folder of the service
 *     keep VOLUME KEPT       where they are copied: KEPT is a copy of VOLUME
 *     gone VOLUME            VOLUME may be gone, or half of what it should be
 *     running, transient     each container of the service that ran; the engine removes a transient one when it stops
 */
#ifndef SERVICE_RESTORE_PARTS_H
#define SERVICE_RESTORE_PARTS_H

#include "service/journal.h"
#include "service/volume_swap.h"

/* The volumes' way that the journal has; false when it has none yet. */
bool restore_swap(struct volume_swap *w, struct service *s, const struct journal *j);

/* What restore_exchange does where volumes are copied: every volume that was kept becomes the new, or is itself again. */
int restore_copy_exchange(struct volume_swap *w, struct journal *j, bool back, struct err *e) MUST_CHECK;

/* Gives every volume and the service's folder its `old` or `new` root. */
int restore_exchange(struct service *s, struct journal *j, const char *which, struct err *e) MUST_CHECK;

/* Calls f for each value of the fact. */
typedef int restore_each_fn(struct engine *g, const char *value, struct err *e);
int restore_each(struct service *s, const struct journal *j, const char *fact, restore_each_fn *f, struct err *e) MUST_CHECK;
restore_each_fn restore_stop, restore_start;

/* After the decision: lets go of the old. Ends the journal. */
int restore_finish(struct service *s, struct journal *j, struct err *e) MUST_CHECK;

#endif
