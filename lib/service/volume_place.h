/*
 * volume_place: a service's volume, where dr can reach its bytes.
 *
 *     CLEANUP_VOLUME_PLACE struct volume_place p = VOLUME_PLACE_INIT;
 *     if (volume_place_open(&p, h, "dr-x-config", image_id, s->name, e) < 0) return -1;
 *     if (p.dir >= 0) ... its root is the folder p.dir ...
 *     else ... it stands at VOLUME_AT in the container p.box, for the archive API ...
 *     return volume_place_close(&p, e);
 *
 * The folder is the volume's mountpoint, and is used only when that is the very folder that the engine sees: dr is root, the
 * engine is reached by a local socket and maps no users, the volume has the local driver without options, and a mark that dr
 * makes on the folder (nanoseconds of its time, put back at once) shows through the engine. A container that changes
 * the volume meanwhile may make the mark unseen: then the API is used.
 */
#ifndef SERVICE_VOLUME_PLACE_H
#define SERVICE_VOLUME_PLACE_H

#include "engine/scratch.h"
#include "service/host.h"

#define VOLUME_AT "/config"

struct volume_place {
	int dir;              /* -1: only through the container */
	struct scratch box;   /* of the service's image, never started, with the volume at VOLUME_AT */
	const char *volume, *image, *token;  /* borrowed */
};

#define VOLUME_PLACE_INIT {.dir = -1}
#define CLEANUP_VOLUME_PLACE CLEANUP_WITH(volume_place_cleanup)

/* The volume must exist: ERR_NOT_FOUND. `token` as for scratch_create. The names must outlive it. */
int volume_place_open(struct volume_place *p, struct host *h, const char *volume, const char *image, const char *token,
	struct err *e) MUST_CHECK;

/* The bytes of the files in it, holes left out, for progress alone; 0 when it is not known. */
uint64_t volume_place_size(const struct volume_place *p);

int volume_place_close(struct volume_place *p, struct err *e) MUST_CHECK;
void volume_place_cleanup(struct volume_place *p);

/* Whether the engine shows other users in containers than stand in the file system. Returns 1, 0, or -1. */
int volume_maps_users(struct engine *g, struct err *e) MUST_CHECK;

#endif
