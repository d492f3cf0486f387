/*
 * guest: dr run in a container, to do there what the engine's archive API cannot: extended attributes, holes, times with
 * nanoseconds, renaming.
 *
 *     CLEANUP_GUEST struct guest x = {0};
 *     if (guest_start(&x, h, image, token, &binds, &argv, NULL, e) < 0) return -1;      argv: "tar", "-c", ...
 *     ... write to x.in and finish it, or read x.out.base ...
 *     int code = guest_end(&x, e);             its exit code; x.out.error has what it said
 *
 * An engine whose machine cannot run this dr lets it end with no output and an exit code other than 0.
 */
#ifndef SERVICE_GUEST_H
#define SERVICE_GUEST_H

#include "engine/frames.h"
#include "engine/scratch.h"
#include "service/host.h"

struct guest {
	struct writer in;
	struct scratch box;
	struct engine_reply reply;
	struct frames_reader out;
};

#define CLEANUP_GUEST CLEANUP_WITH(guest_free)

int guest_start(struct guest *x, struct host *h, const char *image, const char *token, const struct strvec *binds,
	const struct strvec *argv, const char *userns, struct err *e) MUST_CHECK;
int guest_end(struct guest *x, struct err *e) MUST_CHECK;
void guest_free(struct guest *x);

#endif
