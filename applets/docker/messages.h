/*
 * messages: what pull, push, load, import and build say while they work, shown as the docker CLI shows it.
 *
 *     struct messages m = {.quiet = o->quiet};
 *     int rc = messages_show(&m, reply.body, e);
 *     messages_free(&m);
 *
 * On a terminal each layer has a line that moves; elsewhere every change of status is a line, and amounts are left out.
 */
#ifndef DOCKER_MESSAGES_H
#define DOCKER_MESSAGES_H

#include "docker/docker.h"
#include "sys/progress.h"

#include <stdio.h>

struct messages {
	bool quiet;                  /* show nothing but errors */
	struct buf *kept;            /* gets the streams' text when quiet; may be NULL */
	char *id;                    /* the image that a build made; NULL: none */
	struct progress *progress;
	bool begun;
};

void messages_free(struct messages *m);

/* One message; an engine_message_fn whose arg is a struct messages. */
int messages_line(void *messages, const struct engine_message *line, struct err *e) MUST_CHECK;

/* All that a body holds. */
int messages_show(struct messages *m, struct reader *body, struct err *e) MUST_CHECK;

#endif
