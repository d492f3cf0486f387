/*
 * pause: containers that write to a volume, held still while it is read, and resumed whatever becomes of dr.
 *
 *     CLEANUP_PAUSE struct pause p = PAUSE_INIT;
 *     if (pause_begin(&p, h, s->lock.fd, e) < 0) return -1;               starts the guard; before any thread is
 *     if (pause_volume(&p, "dr-x-config", e) < 0) return -1;
 *     ... read ...
 *     return pause_end(&p, e);                                all are running again, or e tells which are not
 *
 * The guard is a process of its own in a session of its own that ignores signals. It is told each container before that is
 * paused, and resumes them all when its pipe closes: by pause_end, or because dr is gone. It holds the service's lock with
 * dr, so that the next dr command waits until the containers run.
 */
#ifndef SERVICE_PAUSE_H
#define SERVICE_PAUSE_H

#include "base/vec.h"
#include "service/host.h"

#include <sys/types.h>

struct pause {
	struct host *host;
	pid_t guard;             /* 0: none */
	int pipe;
	struct strvec names;     /* of the containers, as people know them */
};

#define PAUSE_INIT {.pipe = -1}
#define CLEANUP_PAUSE CLEANUP_WITH(pause_cleanup)

/* `lock` is the fd of the service's lock, -1: none. */
int pause_begin(struct pause *p, struct host *h, int lock, struct err *e) MUST_CHECK;

/* Pauses the running containers that can write to the volume; one that is paused already stays as it is. */
int pause_volume(struct pause *p, const char *volume, struct err *e) MUST_CHECK;

int pause_end(struct pause *p, struct err *e) MUST_CHECK;
void pause_cleanup(struct pause *p);

#endif
