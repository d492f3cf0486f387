/*
 * What is to be written to the peer waits in one buffer, and is written when poll finds room: 32 KiB are below what every
 * kind of socket has free then, so that writing never blocks while the peer waits for its output to be read.
 */
#include "engine/attach.h"

#include "base/mem.h"
#include "base/str.h"
#include "sys/fd.h"
#include "sys/signal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>

enum { CHUNK = 32 << 10 };

static int put(int fd, const void *p, size_t n, struct err *e)
{
	return fd < 0 ? 0 : fd_write(fd, p, n, fd == STDERR_FILENO ? "standard error" : "standard output", e);
}

int stdcopy_feed(struct stdcopy *s, const unsigned char *p, size_t n, struct err *e)
{
	while (n) {
		if (s->have < sizeof s->head) {
			s->head[s->have++] = *p++;
			n--;
			if (s->have < sizeof s->head)
				continue;
			const unsigned char *h = s->head;
			if (h[0] > 3 || h[1] || h[2] || h[3])
				return err_set(e, ERR_PROTOCOL, "the engine's stream of output has a bad header");
			s->left = (uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 | (uint32_t)h[6] << 8 | h[7];
		}
		size_t k = n < s->left ? n : s->left;
		if (k && put(s->head[0] >= 2 ? s->err : s->out, p, k, e) < 0)
			return -1;
		p += k;
		n -= k;
		s->left -= (uint32_t)k;
		if (!s->left)
			s->have = 0;
	}
	return 0;
}

int stdcopy_end(const struct stdcopy *s, struct err *e)
{
	return s->have ? err_set(e, ERR_PROTOCOL, "the engine's stream of output ended in the middle") : 0;
}

/* Passes on what the reader has now. Returns 1, or 0 at the end. */
static int pass(struct reader *body, struct stdcopy *s, bool tty, struct err *e)
{
	const unsigned char *p;
	ssize_t n = reader_block(body, &p, e);
	if (n < 0)
		return -1;
	if (n == 0)
		return tty ? 0 : stdcopy_end(s, e);
	if ((tty ? put(s->out, p, (size_t)n, e) : stdcopy_feed(s, p, (size_t)n, e)) < 0)
		return -1;
	reader_consume(body, (size_t)n);
	return 1;
}

int attach_copy(struct reader *body, bool tty, int out, int err, struct err *e)
{
	struct stdcopy s = {.out = out, .err = err};
	int rc;
	do
		rc = pass(body, &s, tty, e);
	while (rc > 0);
	return rc;
}

int attach_keys(const char *text, struct buf *out, struct err *e)
{
	for (const char *p = text; *p; p += *p == ',') {
		const char *key = p;
		size_t n = strcspn(p, ",");
		p += n;
		if (n == 1)
			buf_byte(out, *key);
		else if (n == 6 && str_starts(key, "ctrl-") && ((key[5] >= '@' && key[5] <= '_') || (key[5] >= 'a' && key[5] <= 'z')))
			buf_byte(out, key[5] & 0x1f);
		else
			return err_set(e, ERR_USAGE, "--detach-keys '%s': write keys like 'ctrl-p,ctrl-q'", text);
	}
	return 0;
}

struct loop {
	struct attach *a;
	int in;                     /* -1: ended */
	size_t matched;             /* how many of the detaching keys were typed last */
	size_t from, to;            /* of pending: what is still to be written */
	char pending[CHUNK];
};

/* Whether the keys that detach are complete in the n bytes at p, which the engine sees as well. */
static bool detaches(struct loop *l, const char *p, size_t n)
{
	const char *keys = l->a->detach;
	for (size_t i = 0; keys && *keys && i < n; i++) {
		l->matched = p[i] == keys[l->matched] ? l->matched + 1 : p[i] == keys[0];
		if (!keys[l->matched])
			return true;
	}
	return false;
}

/* Takes input. What cannot be read counts as the end: the process has to know. Returns 1 when it asked to detach. */
static int take_input(struct loop *l, struct transport *t, struct err *e)
{
	ssize_t n = read(l->in, l->pending, sizeof l->pending);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return signal_check(e);
	l->from = 0;
	l->to = n > 0 ? (size_t)n : 0;
	if (n <= 0) {
		l->in = -1;
		/* A peer that has gone is found out when its output ends. */
		struct err ignored;
		int rc = transport_shutdown(t, &ignored);
		(void)rc;
		return 0;
	}
	return detaches(l, l->pending, l->to);
}

static void give_input(struct loop *l, struct transport *t)
{
	struct err ignored;
	ssize_t n = t->ops->write(t, l->pending + l->from, l->to - l->from, &ignored);
	l->from = n < 0 ? l->to : l->from + (size_t)n;
	if (n < 0)
		l->in = -1;  /* the process is gone; its last output is still to be read */
}

static void take_signal(const struct attach *a, int fd)
{
	struct signalfd_siginfo si;
	if (read(fd, &si, sizeof si) != sizeof si)
		return;
	if (si.ssi_signo == SIGWINCH && a->resize)
		a->resize(a->arg);
	else if (si.ssi_signo != SIGWINCH && a->signal)
		a->signal(a->arg, (int)si.ssi_signo);
}

static int turn(struct loop *l, struct stdcopy *s, int signals, struct err *e)
{
	struct engine_reply *rp = l->a->reply;
	struct transport *t = rp->raw;
	bool pending = l->from < l->to;
	struct pollfd fds[] = {
		{.fd = t->fd, .events = (short)(POLLIN | (pending ? POLLOUT : 0))},
		{.fd = pending ? -1 : l->in, .events = POLLIN},
		{.fd = signals, .events = POLLIN},
	};
	bool ready = rp->body->avail || (t->ops->readable && t->ops->readable(t));
	if (poll(fds, 3, ready ? 0 : -1) < 0)
		return errno == EINTR ? (signal_check(e) < 0 ? -1 : 1) : err_sys(e, "cannot wait for the output");
	if (fds[2].revents)
		take_signal(l->a, signals);
	if (pending && fds[0].revents & (POLLOUT | POLLERR))
		give_input(l, t);
	if (fds[1].revents) {
		int rc = take_input(l, t, e);
		if (rc) {
			give_input(l, t);
			return rc < 0 ? -1 : 2;
		}
	}
	if (ready || fds[0].revents & (POLLIN | POLLHUP | POLLERR))
		return pass(rp->body, s, l->a->tty, e);
	return 1;
}

int attach_run(struct attach *a, struct err *e)
{
	static const int passed[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGCONT};
	CLEANUP_FREE struct loop *l = mem_alloc(sizeof *l);
	struct stdcopy s = {.out = a->out, .err = a->err};
	sigset_t set, old;
	*l = (struct loop){.a = a, .in = a->in};
	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	for (size_t i = 0; a->signal && i < sizeof passed / sizeof *passed; i++)
		sigaddset(&set, passed[i]);
	sigprocmask(SIG_BLOCK, &set, &old);
	CLEANUP_FD int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	int rc;
	do
		rc = turn(l, &s, signals, e);
	while (rc == 1);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return rc < 0 ? -1 : rc == 2;
}
