/*
 * volume_swap: volumes of a service that change places, as a whole, with others that were filled beside them.
 *
 *     CLEANUP_VOLUME_SWAP struct volume_swap w = {0};
 *     if (volume_swap_open(&w, h, s->name, temp, e) < 0) return -1;     temp: a volume just made, of a random name
 *     if (w.here) ... fill volume_swap_root(&w, temp, e) ...            else by a guest with the image w.image
 *     if (volume_swap_look(&w, "dr-x-config", &old, e) < 0) ...         the numbers of both roots go to the journal
 *     if (volume_swap_place(&w, "dr-x-config", temp, new, e) < 0) ...   forth; with `old`: back
 *
 * A volume's root is one folder, BASE/VOLUME/_data on the engine's host, and two of them are exchanged by one rename: at
 * every instant each name has one or the other. The number (inode) of a root tells which; so placing may be repeated,
 * by another dr too. Containers that run keep the root that they were started with.
 *
 * Where that folder cannot be reached from here, dr does the same in a container on the engine's host that has BASE mounted.
 * Where dr cannot run there either (another architecture, an engine that starts nothing), volumes are `copied`: see
 * restore_copy.c.
 */
#ifndef SERVICE_VOLUME_SWAP_H
#define SERVICE_VOLUME_SWAP_H

#include "service/host.h"

#include <stdint.h>

struct volume_swap {
	struct host *host;
	char *token;             /* the service's name: what is left of containers and images is found by it */
	bool here;               /* the folder is to be reached from here */
	bool copied;             /* the engine's archive API is the only way */
	char *base;              /* the folder of the engine's volumes */
	char *tail;              /* what follows the volume's name in there: "_data" */
	char *image;             /* of the containers, empty and without a name; NULL: not made yet */
};

#define CLEANUP_VOLUME_SWAP CLEANUP_WITH(volume_swap_free)

/* Finds the way to the engine's volumes by one that was just made: what has that random name here is that volume. */
int volume_swap_open(struct volume_swap *w, struct host *h, const char *token, const char *temp, struct err *e) MUST_CHECK;
void volume_swap_free(struct volume_swap *w);

/* Makes w->image, unless it is there. */
int volume_swap_image(struct volume_swap *w, struct err *e) MUST_CHECK;

/* Removes the images that it made for the token, by this dr or another. */
int volume_swap_sweep(struct host *h, const char *token, struct err *e) MUST_CHECK;

/* Whether a volume can change places: ERR_REFUSED for one of another driver, or with options, and where volumes
   are copied for one that a container has, even one that does not run. */
int volume_swap_check(struct volume_swap *w, const char *volume, struct err *e) MUST_CHECK;

/* Opens the root of the volume, where it is to be reached from here. */
int volume_swap_root(struct volume_swap *w, const char *volume, struct err *e) MUST_CHECK;

/* The number of the root that the volume has now. What was written to it is on disk afterwards. */
int volume_swap_look(struct volume_swap *w, const char *volume, uint64_t *number, struct err *e) MUST_CHECK;

/* Gives `volume` the root of that number, which it has already or `other` has. */
int volume_swap_place(struct volume_swap *w, const char *volume, const char *other, uint64_t number, struct err *e) MUST_CHECK;

/* Gives the root of a volume the owner and mode of that of another. */
int volume_swap_like(struct volume_swap *w, const char *volume, const char *other, struct err *e) MUST_CHECK;

#endif
