/*
 * dial_command: a connection through a program's standard input and output, as ssh's.
 */
#ifndef NET_DIAL_COMMAND_H
#define NET_DIAL_COMMAND_H

#include "net/transport.h"

/* Starts argv and speaks through it. When it ends before it said anything, reading fails with ERR_NETWORK and the last line
   that it wrote on stderr. transport_free ends it. NULL when it cannot be started. */
struct transport *dial_command(char *const *argv, struct err *e) MUST_CHECK;

#endif
