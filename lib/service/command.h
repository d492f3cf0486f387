/*
 * command: `SERVICENAME COMMAND ARGS...`, which is `dr SERVICENAME COMMAND ARGS...`.
 */
#ifndef SERVICE_COMMAND_H
#define SERVICE_COMMAND_H

#include "service/host.h"

/* Runs the service's script under its lock, with dr's own streams; words[0] is the command, "help" when there is none.
   Returns the exit code. */
int service_command(struct host *h, const char *name, char *const *words, struct err *e) MUST_CHECK;

#endif
