/*
 * dial: connections over TCP.
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "net/transport.h"

/* Connects to the host, a name or an IPv4 or IPv6 address, trying its addresses in order. Every connect, read and write
   that makes no progress for `seconds` fails. NULL with ERR_NETWORK. */
struct transport *dial_tcp(const char *host, unsigned port, unsigned seconds, struct err *e) MUST_CHECK;

#endif
