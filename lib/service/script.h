/*
 * script: running /dr/CMD SERVICENAME IMAGE ARGS... of a service on the host.
 *
 *     struct script sc = {.command = "run", .args = argv};
 *     int code = script_run(&s, &sc, e);        exit code, 128+n when killed by signal n; -1: could not be run
 *
 * In this order: executed as it is; by the interpreter of its #! line, as the kernel would (a script without its exec bit),
 * found by base name on PATH when the path given is not there. What remains runs in a container of the service's image,
 * see script_container.h; DR_SCRIPTS=host or container forces one way. Working directory and environment are dr's own, but for
 *     DR_LOCKED   NAME/PID: lets dr, called by the script on the same service, go on under the lock of this dr; what
 *                 was in it before follows
 *     DOCKER_HOST and the like, for the engine that dr uses
 *     PATH        with a folder at its end that has dr as `docker`, when the host has no docker command; at its front with
 *                 DR_DOCKER=internal
 */
#ifndef SERVICE_SCRIPT_H
#define SERVICE_SCRIPT_H

#include "service/store.h"

struct script {
	const char *command;
	char *const *args;              /* behind SERVICENAME and IMAGE; NULL: none */
	struct spawn_stream in, out, err;
	bool note_signals;              /* see struct spawn */
};

/* Runs it and waits. A command that the service does not have is ERR_NOT_FOUND. */
int script_run(struct service *s, const struct script *sc, struct err *e) MUST_CHECK;

/* Runs one of the image's own scripts (install, destroy) with the streams of the host's ui. Exit codes 0 and 3 ("nothing to
   change") are success, others ERR_REFUSED; a signal that dr got meanwhile is ERR_INTR. Within a journal: what runs of it when
   dr is killed is ended by the next dr command on the service, see JOURNAL_SCRIPT. */
int script_run_own(struct service *s, const char *command, char *const *args, struct err *e) MUST_CHECK;

/* The commands that the service has, sorted: the regular files directly in its bin. */
int script_commands(struct service *s, struct strvec *names, struct err *e) MUST_CHECK;

/* The interpreter line of a script whose first n bytes are at p. *interpreter and *arg become the caller's; *arg is NULL
   when there is none. Returns 1, 0 when it has no such line; ERR_FORMAT when the line ends in CR LF. */
int script_interpreter(const char *p, size_t n, char **interpreter, char **arg, struct err *e) MUST_CHECK;

#endif
