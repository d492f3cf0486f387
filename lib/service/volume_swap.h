/*
 * volume_swap: volumes of a service that change places, as a whole, with others that were filled beside them.
 *
 *     CLEANUP_VOLUME_SWAP struct volume_swap w = {0};
 *     if (volume_swap_open(&w, h, temp, e) < 0) return -1;              temp: a volume just made, of a random name
 *     int dir = volume_swap_root(&w, temp, e);                          to fill it
 *     if (volume_swap_look(&w, "dr-x-config", &old, e) < 0) ...         the numbers of both roots go to the journal
 *     if (volume_swap_place(&w, "dr-x-config", temp, new, e) < 0) ...   forth; with `old`: back
 *
 * A volume's root is one folder, BASE/VOLUME/_data on the engine's host, and two of them are exchanged by one rename: at
 * every instant each name has one or the other. The number (inode) of a root tells which; so placing may be repeated,
 * by another dr too. Containers that run keep the root that they were started with.
 */
#ifndef SERVICE_VOLUME_SWAP_H
#define SERVICE_VOLUME_SWAP_H

#include "service/host.h"

#include <stdint.h>

struct volume_swap {
	struct host *host;
	char *base;              /* the folder of the engine's volumes */
	char *tail;              /* what follows the volume's name in there: "_data" */
};

#define CLEANUP_VOLUME_SWAP CLEANUP_WITH(volume_swap_free)

/* Finds the way to the engine's volumes by one that was just made: what has that random name here is that volume. */
int volume_swap_open(struct volume_swap *w, struct host *h, const char *temp, struct err *e) MUST_CHECK;
void volume_swap_free(struct volume_swap *w);

/* Whether a volume can change places: ERR_REFUSED for one of another driver, or with options. */
int volume_swap_check(struct volume_swap *w, const char *volume, struct err *e) MUST_CHECK;

/* Opens the root of the volume. */
int volume_swap_root(struct volume_swap *w, const char *volume, struct err *e) MUST_CHECK;

/* The number of the root that the volume has now. */
int volume_swap_look(struct volume_swap *w, const char *volume, uint64_t *number, struct err *e) MUST_CHECK;

/* Gives `volume` the root of that number, which it has already or `other` has. Returns 1 when that changed something, else 0. */
int volume_swap_place(struct volume_swap *w, const char *volume, const char *other, uint64_t number, struct err *e) MUST_CHECK;

#endif
