#include "net/dial.h"

#include "base/cleanup.h"
#include "sys/signal.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

/* A connected socket, or -1 with errno. SO_SNDTIMEO bounds connect too. */
static int connect_one(const struct addrinfo *a, unsigned seconds)
{
	CLEANUP_FD int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval t = {.tv_sec = seconds};
	int on = 1;
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
		int error = errno == EINPROGRESS ? ETIMEDOUT : errno;
		close(fd_steal(&fd));
		errno = error;
		return -1;
	}
	return fd_steal(&fd);
}

struct transport *dial_tcp(const char *host, unsigned port, unsigned seconds, struct err *e)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *all = NULL;
	char service[12];
	snprintf(service, sizeof service, "%u", port);
	int rc = getaddrinfo(host, service, &hints, &all);
	if (rc != 0) {
		err_set(e, ERR_NETWORK, "cannot find the host %s: %s", host, rc == EAI_NONAME || rc == EAI_NODATA
			? "there is no such name" : "the name server does not answer");
		return NULL;
	}
	int fd = -1, error = 0;
	for (const struct addrinfo *a = all; a && fd < 0; a = a->ai_next) {
		fd = connect_one(a, seconds);
		error = errno;
		if (fd < 0 && signal_check(e) < 0)
			break;
	}
	freeaddrinfo(all);
	if (fd >= 0)
		return transport_socket(fd);
	if (!signal_pending()) {
		err_set(e, ERR_NETWORK, "cannot connect to %s port %u: %s", host, port, strerror(error));
		e->sys = error;
	}
	return NULL;
}
