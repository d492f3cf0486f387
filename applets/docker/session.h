/*
 * session: the terminal and the signals of run, exec, attach and start, around lib/engine/attach.
 *
 *     struct session s = {.g = &g, .id = id, .tty = tty, .input = true, .proxy = true};
 *     if (session_attach(&s, &reply, e) < 0) return -1;      a raw connection
 *     ... start the container ...
 *     int rc = session_run(&s, &reply, e);                   1: detached, 0: its output has ended
 */
#ifndef DOCKER_SESSION_H
#define DOCKER_SESSION_H

#include "docker/docker.h"

struct session {
	struct engine *g;
	const char *id;
	bool exec;                   /* id is that of an exec */
	bool tty, input, no_output, no_errors;
	bool proxy;                  /* signals go to the process, unless it has a terminal: then they end dr */
	bool logs;                   /* with what it has written before */
	const char *keys;            /* --detach-keys */
};

int session_attach(struct session *s, struct engine_reply *reply, struct err *e) MUST_CHECK;
int session_run(struct session *s, struct engine_reply *reply, struct err *e) MUST_CHECK;

#endif
