/*
 * restore_image: the image of a service that is restored.
 *
 *     CLEANUP_WITH(restore_image_free) struct restore_image ri = {.exact = o->with_image};
 *     if (restore_image_look(&ri, h, &manifest, e) < 0) return -1;      before anything is read: ri.wanted, or it is there
 *     ... keep the backup's image.tar in a file if it has one and ri.wanted ...
 *     if (restore_image_get(&ri, h, &manifest, file, e) < 0) return -1;
 */
#ifndef SERVICE_RESTORE_IMAGE_H
#define SERVICE_RESTORE_IMAGE_H

#include "backup/manifest.h"
#include "engine/image.h"
#include "service/host.h"

struct restore_image {
	bool wanted;             /* the engine has none that would do */
	bool fetched;            /* it was loaded or pulled */
	bool exact;              /* the caller's: it must be the very image of the backup, which gets its name back */
	char *renamed;           /* the id of the image that loses its name by that; NULL: none does */
};

void restore_image_free(struct restore_image *ri);

/* Whether the engine has the image. When the backup is of another architecture, one for this engine is pulled if need be, and
   ERR_REFUSED when there is none. */
int restore_image_look(struct restore_image *ri, struct host *h, const struct manifest *m, struct err *e) MUST_CHECK;

/* Makes sure that the engine has it under the manifest's name. `file` is that of image.tar, or -1. */
int restore_image_get(struct restore_image *ri, struct host *h, const struct manifest *m, int file, struct err *e) MUST_CHECK;

#endif
