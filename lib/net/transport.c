#include "net/transport.h"

#include "base/mem.h"
#include "sys/signal.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	STREAM = 64,  /* reads that an answer of the usual length does not need */
	AWAKE = 100,  /* times that is looked for more before sleeping: well below 100 us together */
};

ssize_t transport_read(struct transport *t, void *p, size_t n, struct err *e)
{
	return t->ops->read(t, p, n, e);
}

int transport_write(struct transport *t, const void *p, size_t n, struct err *e)
{
	const char *s = p;
	while (n) {
		ssize_t k = t->ops->write(t, s, n, e);
		if (k < 0)
			return -1;
		s += k;
		n -= (size_t)k;
	}
	return 0;
}

int transport_shutdown(struct transport *t, struct err *e)
{
	return t->ops->shutdown(t, e);
}

bool transport_readable(struct transport *t)
{
	struct pollfd pfd = {.fd = t->fd, .events = POLLIN};
	if (t->ops->readable && t->ops->readable(t))
		return true;
	return poll(&pfd, 1, 0) > 0;
}

void transport_free(struct transport *t)
{
	if (t)
		t->ops->free(t);
}

/* A peer that sends line by line is waited for awake: to wake this process each time takes it longer than to write. */
static ssize_t receive(struct transport *t, void *p, size_t n)
{
	if (t->reads < STREAM)
		t->reads++;
	for (int i = 0; t->reads == STREAM && i < AWAKE; i++) {
		ssize_t k = recv(t->fd, p, n, MSG_DONTWAIT);
		if (k >= 0 || errno != EAGAIN)
			return k;
		sched_yield();
	}
	return recv(t->fd, p, n, 0);
}

static ssize_t socket_read(struct transport *t, void *p, size_t n, struct err *e)
{
	for (;;) {
		ssize_t k = receive(t, p, n);
		if (k >= 0)
			return k;
		if (errno == ECONNRESET) {
			err_set(e, ERR_PROTOCOL, "the connection was reset by the peer");
			e->sys = ECONNRESET;
			return -1;
		}
		if (errno == EAGAIN)  /* only where the dialer has set a timeout */
			return err_set(e, ERR_NETWORK, "the peer has been silent for too long");
		if (errno != EINTR)
			return err_sys(e, "cannot read from the connection");
		if (signal_check(e) < 0)
			return -1;
	}
}

static ssize_t socket_write(struct transport *t, const void *p, size_t n, struct err *e)
{
	for (;;) {
		ssize_t k = send(t->fd, p, n, MSG_NOSIGNAL);
		if (k >= 0)
			return k;
		if (errno == EAGAIN)
			return err_set(e, ERR_NETWORK, "the peer has taken nothing for too long");
		if (errno != EINTR)
			return err_sys(e, "cannot write to the connection");
		if (signal_check(e) < 0)
			return -1;
	}
}

static int socket_shutdown(struct transport *t, struct err *e)
{
	if (shutdown(t->fd, SHUT_WR) < 0 && errno != ENOTCONN)
		return err_sys(e, "cannot end the sending side of the connection");
	return 0;
}

static void socket_free(struct transport *t)
{
	close(t->fd);
	free(t);
}

struct transport *transport_socket(int fd)
{
	static const struct transport_ops ops = {
		.read = socket_read, .write = socket_write, .shutdown = socket_shutdown, .free = socket_free};
	struct transport *t = mem_alloc(sizeof *t);
	*t = (struct transport){.ops = &ops, .fd = fd, .plain = true};
	return t;
}
