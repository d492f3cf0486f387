/*
 * transport: a two-way stream of bytes: a socket, a TLS session, or the pipes of a child.
 *
 * A concrete transport embeds the base as its first member. Reads and writes block until at least one byte went
 * through; a signal that asks dr to stop makes them fail with ERR_INTR.
 */
#ifndef NET_TRANSPORT_H
#define NET_TRANSPORT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct transport;

struct transport_ops {
	/* Up to n bytes; returns how many, 0 when the peer has ended its side, or -1. */
	ssize_t (*read)(struct transport *t, void *p, size_t n, struct err *e);
	/* Takes some of the n bytes, at least one; returns how many, or -1. */
	ssize_t (*write)(struct transport *t, const void *p, size_t n, struct err *e);
	/* Ends our side: the peer sees the end of the stream, and can still send. */
	int (*shutdown)(struct transport *t, struct err *e);
	/* Whether a read would not block. May be NULL: poll(fd) knows. */
	bool (*readable)(struct transport *t);
	/* Closes and releases the transport itself. */
	void (*free)(struct transport *t);
};

struct transport {
	const struct transport_ops *ops;
	int fd;  /* to poll for reading; a layered transport may hold bytes that poll does not see: ask ops->readable first */
	bool plain;  /* what is written to fd is what the peer reads: splice(2) and the like may be used */
	unsigned char reads;  /* of a socket, counted up to those that make a stream */
};

ssize_t transport_read(struct transport *t, void *p, size_t n, struct err *e) MUST_CHECK;
/* All n bytes, or -1. */
int transport_write(struct transport *t, const void *p, size_t n, struct err *e) MUST_CHECK;
int transport_shutdown(struct transport *t, struct err *e) MUST_CHECK;
/* Whether a read would return at once. */
bool transport_readable(struct transport *t);
void transport_free(struct transport *t);

/* A transport over a connected socket, which becomes its own. */
struct transport *transport_socket(int fd);

#endif
