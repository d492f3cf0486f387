/*
 * script_container: the container way of running a service's script, for hosts that lack its interpreter.
 *
 * A container of the service's own image runs it as uid 0, on the host's network, with the environment of dr, the engine's
 * socket, the service's folder, the working directory and (for backup and restore) PATH at the same paths, and with dr,
 * copied in through the engine, as `docker` at the end of its PATH and as SCRIPT_INIT, which passes signals on to the script. The
 * engine removes it at its end even if dr dies first; one that a killed dr has not started is swept by the next script.
 */
#ifndef SERVICE_SCRIPT_CONTAINER_H
#define SERVICE_SCRIPT_CONTAINER_H

#include "service/script.h"

#define SCRIPT_LABEL "dr.script"   /* =SERVICENAME, on each of them */
#define SCRIPT_INIT ".init"

/* Removes the containers of the service's scripts that a killed dr left behind. The caller holds the service's lock; nothing is
   removed when dr itself runs in a script of the service. Returns how many, or -1. */
int script_sweep(struct service *s, struct err *e) MUST_CHECK;

/* argv is the interpreter, the script's path and its arguments, env further "NAME=value" words. Returns its exit code, or -1. */
int script_in_container(struct service *s, const struct script *sc, const struct strvec *argv, const struct strvec *env,
	struct err *e) MUST_CHECK;

/* Whether scripts go there without a look at the host: DR_SCRIPTS=container, or the image's label dr.scripts=container.
   Returns 1, 0, or -1 for a DR_SCRIPTS that is neither host nor container. */
int script_wants_container(struct service *s, struct err *e) MUST_CHECK;

/* dr's own file `self` as /.dr/AS in a container, through the engine. */
int script_copy_dr(struct engine *g, const char *id, const char *self, const char *as, struct err *e) MUST_CHECK;

#endif
