/* docker system dial-stdio: standard input and output, connected to the engine; what ssh:// runs on the far side. */
#include "docker/docker.h"

#include "base/mem.h"
#include "net/transport.h"
#include "sys/fd.h"
#include "sys/signal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum { CHUNK = 32 << 10 };

/* Input waits in `up` until the engine takes it, so that what comes from there is never kept waiting. */
struct pipes {
	struct transport *t;
	int in;                  /* -1: ended */
	size_t from, to;         /* of up */
	char up[CHUNK], down[CHUNK];
};

static int take_input(struct pipes *p, struct err *e)
{
	ssize_t n = fd_read(p->in, p->up, sizeof p->up, "standard input", e);
	if (n < 0)
		return -1;
	p->from = 0;
	p->to = (size_t)n;
	if (n > 0)
		return 0;
	p->in = -1;
	return transport_shutdown(p->t, e);
}

/* Returns 1, or 0 when the engine has ended its side. */
static int turn(struct pipes *p, struct err *e)
{
	bool pending = p->from < p->to;
	struct pollfd fds[] = {
		{.fd = p->t->fd, .events = (short)(POLLIN | (pending ? POLLOUT : 0))},
		{.fd = pending ? -1 : p->in, .events = POLLIN},
	};
	bool ready = p->t->ops->readable && p->t->ops->readable(p->t);
	if (poll(fds, 2, ready ? 0 : -1) < 0)
		return errno != EINTR ? err_sys(e, "cannot wait for the engine") : signal_check(e) < 0 ? -1 : 1;
	if (pending && fds[0].revents & (POLLOUT | POLLERR)) {
		ssize_t n = p->t->ops->write(p->t, p->up + p->from, p->to - p->from, e);
		if (n < 0)
			return -1;
		p->from += (size_t)n;
	}
	if (fds[1].revents && take_input(p, e) < 0)
		return -1;
	if (!ready && !(fds[0].revents & (POLLIN | POLLHUP | POLLERR)))
		return 1;
	ssize_t n = transport_read(p->t, p->down, sizeof p->down, e);
	return n <= 0 ? (int)n : fd_write(STDOUT_FILENO, p->down, (size_t)n, "standard output", e) < 0 ? -1 : 1;
}

static int run(struct invocation *in, struct err *e)
{
	(void)in;
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_FREE struct pipes *p = mem_alloc(sizeof *p);
	int rc;
	if (docker_engine(&g, e) < 0 || !(p->t = endpoint_dial(&g.endpoint, e)))
		return -1;
	p->in = STDIN_FILENO;
	do
		rc = turn(p, e);
	while (rc > 0);
	transport_free(p->t);
	return rc < 0 ? -1 : EXIT_DONE;
}

const struct command docker_dial_stdio = {.name = "dial-stdio", .summary = "connect standard input and output to the engine",
	.run = run};
