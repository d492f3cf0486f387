/*
 * Nothing here may block on one direction while the other could go on, nor keep a signal waiting. Over a plain socket,
 * which does not block meanwhile, input goes from a pipe or a file without being copied. What else the peer does not take
 * waits in one buffer; poll then asks for room, and CHUNK is below what every kind of socket has free when it says that
 * there is some. Output that nobody takes stays in the reader and in stdcopy; that writing never blocks is seen to by
 * output_open, as standard output belongs to others too and may not be made non-blocking.
 */
#include "engine/attach.h"

#include "base/mem.h"
#include "base/str.h"
#include "sys/fd.h"
#include "sys/signal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum {
	CHUNK = 64 << 10,      /* what a pipe holds */
	GATHER = 64 << 10,     /* small frames, such as lines of a log, are written together */
	DIRECT = 1 << 20,      /* what goes from a pipe or a file at a time */
	PIPE = 256 << 10,      /* what pipes are made to hold: fewer turns for both ends */
	SMALL = 4 << 10,       /* what a pipe takes without blocking when poll says that it takes something */
	RESIZES = 500,         /* how often a size is told to a process that does not run yet, RESIZE_MS apart; an engine may
	                          also take it and lose it while the process starts: some ticks tell it again */
	RESIZE_MS = 20,
};

/* A way to write to fd that does not block: a pipe or terminal opened again, or the fd itself. */
static int output_open(int fd, bool *direct)
{
	struct stat st;
	char path[32];
	*direct = fd < 0 || fstat(fd, &st) < 0 || S_ISREG(st.st_mode) || S_ISSOCK(st.st_mode) || S_ISDIR(st.st_mode);
	if (*direct)
		return fd;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (S_ISFIFO(st.st_mode))
		fcntl(fd, F_SETPIPE_SZ, PIPE);
	int again = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	*direct = again >= 0;
	return again >= 0 ? again : fd;
}

static void side_open(struct stdcopy_side *side, int fd)
{
	side->fd = output_open(fd, &side->direct);
	side->own = side->fd != fd;
}

void stdcopy_init(struct stdcopy *s, int out, int err)
{
	*s = (struct stdcopy){.blocked = -1};
	side_open(&s->side[0], out);
	side_open(&s->side[1], err);
}

void stdcopy_free(struct stdcopy *s)
{
	for (int i = 0; i < 2; i++)
		if (s->side[i].own)
			close(s->side[i].fd);
	free(s->gather);
	*s = (struct stdcopy){.side = {{.fd = -1}, {.fd = -1}}};
}

/* Writes what goes without blocking: less than n sets s->blocked. */
static ssize_t put(struct stdcopy *s, int which, const void *p, size_t n, struct err *e)
{
	const struct stdcopy_side *side = &s->side[which];
	if (side->fd < 0)
		return (ssize_t)n;
	for (;;) {
		/* The rest is for the next turn, when poll has said that there is room. */
		ssize_t k = side->direct ? write(side->fd, p, n) : write(side->fd, p, n < SMALL ? n : SMALL);
		if (k < 0 && errno == EINTR) {
			if (signal_check(e) < 0)
				return -1;
			continue;
		}
		if (k < 0 && errno != EAGAIN)
			return err_sys(e, "cannot write to standard %s", which ? "error" : "output");
		if (k < (ssize_t)n)
			s->blocked = side->fd;
		return k < 0 ? 0 : k;
	}
}

int stdcopy_flush(struct stdcopy *s, struct err *e)
{
	if (s->pending == 0)
		return 0;
	ssize_t k = put(s, s->which, s->gather + s->done, s->pending - s->done, e);
	if (k < 0)
		return -1;
	s->done += (size_t)k;
	if (s->done == s->pending)
		s->done = s->pending = 0;
	return 0;
}

/* The payload of a frame: gathered when it is small, written when it is not. Returns how much was taken. */
static ssize_t take(struct stdcopy *s, int which, const unsigned char *p, size_t n, struct err *e)
{
	if (s->pending && (s->which != which || n >= SMALL || s->pending + n > GATHER)) {
		if (stdcopy_flush(s, e) < 0)
			return -1;
		if (s->pending)
			return 0;
	}
	if (n >= SMALL)
		return put(s, which, p, n, e);
	if (!s->gather)
		s->gather = mem_alloc(GATHER);
	memcpy(s->gather + s->pending, p, n);
	s->pending += n;
	s->which = which;
	return (ssize_t)n;
}

ssize_t stdcopy_feed(struct stdcopy *s, const unsigned char *p, size_t n, struct err *e)
{
	size_t used = 0;
	s->blocked = -1;
	while (used < n) {
		if (s->have < sizeof s->head) {
			s->head[s->have++] = p[used++];
			if (s->have < sizeof s->head)
				continue;
			const unsigned char *h = s->head;
			if (h[0] > 3 || h[1] || h[2] || h[3])
				return stdcopy_flush(s, e) < 0 ? -1 : err_set(e, ERR_PROTOCOL, "the engine's stream of output has a bad header");
			s->left = (uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 | (uint32_t)h[6] << 8 | h[7];
		}
		size_t want = n - used < s->left ? n - used : s->left;
		ssize_t k = want ? take(s, s->head[0] >= 2, p + used, want, e) : 0;
		if (k < 0)
			return -1;
		used += (size_t)k;
		s->left -= (uint32_t)k;
		if (!s->left)
			s->have = 0;
		if (s->blocked >= 0)
			return (ssize_t)used;
	}
	return stdcopy_flush(s, e) < 0 ? -1 : (ssize_t)used;
}

int stdcopy_end(const struct stdcopy *s, struct err *e)
{
	return s->have ? err_set(e, ERR_PROTOCOL, "the engine's stream of output ended in the middle") : 0;
}

/* Passes on what the reader has now, as far as it is taken. Returns 1, or 0 at the end. */
static int pass(struct reader *body, struct stdcopy *s, bool tty, struct err *e)
{
	const unsigned char *p;
	s->blocked = -1;
	if (stdcopy_flush(s, e) < 0)
		return -1;
	if (s->blocked >= 0)
		return 1;
	ssize_t n = reader_block(body, &p, e);
	if (n < 0)
		return -1;
	if (n == 0)
		return tty ? 0 : stdcopy_end(s, e);
	n = tty ? put(s, 0, p, (size_t)n, e) : stdcopy_feed(s, p, (size_t)n, e);
	if (n < 0)
		return -1;
	reader_consume(body, (size_t)n);
	return 1;
}

int attach_copy(struct reader *body, bool tty, int out, int err, struct err *e)
{
	CLEANUP_WITH(stdcopy_free) struct stdcopy s;
	int rc;
	stdcopy_init(&s, out, err);
	do {
		rc = pass(body, &s, tty, e);
		if (rc > 0 && s.blocked >= 0 && fd_wait(s.blocked, POLLOUT, -1, "the output", e) < 0)
			rc = -1;
	} while (rc > 0);
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
		else if (n == 6 && str_starts(key, "ctrl-") && key[5] >= '@' && key[5] <= 'z' && key[5] != '`' &&
			!(key[5] >= 'A' && key[5] <= 'Z'))
			buf_byte(out, key[5] & 0x1f);
		else if (n == 3 && str_starts(key, "DEL"))
			buf_byte(out, 0x7f);
		else
			return err_set(e, ERR_USAGE, "--detach-keys '%s': write keys like 'ctrl-p,ctrl-q'", text);
	}
	return 0;
}

struct loop {
	struct attach *a;
	struct stdcopy copy;
	int in;                     /* -1: ended */
	int signals;                /* a signalfd */
	ssize_t (*move)(int in, int out);  /* moves input without copying it, or NULL */
	bool full;                  /* the peer takes no more at present */
	size_t matched;             /* how many of the detaching keys were typed last */
	size_t from, to;            /* of pending: what is still to be written */
	int resizes;                /* how often the size may still be told */
	bool told;
	char pending[CHUNK];
};

/* Whether the keys that detach are complete in the n bytes at p, which the engine sees as well. */
static bool detaches(struct loop *l, const char *p, size_t n)
{
	const char *keys = l->a->detach;
	for (size_t i = 0; l->a->n_detach && i < n; i++) {
		l->matched = p[i] == keys[l->matched] ? l->matched + 1 : p[i] == keys[0];
		if (l->matched == l->a->n_detach)
			return true;
	}
	return false;
}

static ssize_t move_pipe(int in, int out)
{
	return splice(in, NULL, out, NULL, DIRECT, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}

static ssize_t move_file(int in, int out)
{
	return sendfile(out, in, NULL, DIRECT);
}

/* Whether input can go to the peer by itself: nobody looks for keys in it, and both ends can do that. */
static void choose_move(struct loop *l, const struct transport *t)
{
	struct stat st;
	if (!t->plain || l->a->n_detach || l->in < 0 || fstat(l->in, &st) < 0)
		return;
	l->move = S_ISFIFO(st.st_mode) ? move_pipe : S_ISREG(st.st_mode) ? move_file : NULL;
	if (S_ISFIFO(st.st_mode))
		fcntl(l->in, F_SETPIPE_SZ, PIPE);
}

static void end_input(struct loop *l, struct transport *t)
{
	struct err ignored;
	l->in = -1;
	/* A peer that has gone is found out when its output ends. */
	int rc = transport_shutdown(t, &ignored);
	(void)rc;
}

static void give_input(struct loop *l, struct transport *t)
{
	struct err ignored;
	ssize_t n = t->plain ? send(t->fd, l->pending + l->from, l->to - l->from, MSG_NOSIGNAL | MSG_DONTWAIT) :
		t->ops->write(t, l->pending + l->from, l->to - l->from, &ignored);
	if (n < 0 && t->plain && (errno == EAGAIN || errno == EINTR))
		return;
	l->from = n < 0 ? l->to : l->from + (size_t)n;
	if (n < 0)
		l->in = -1;  /* the process is gone; its last output is still to be read */
}

/* Takes input. What cannot be read counts as the end: the process has to know. Returns 1 when it asked to detach. */
static int take_input(struct loop *l, struct transport *t, struct err *e)
{
	ssize_t n = l->move ? l->move(l->in, t->fd) : read(l->in, l->pending, sizeof l->pending);
	if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
		l->full = l->move && errno == EAGAIN;
		return signal_check(e);
	}
	if (l->move && n < 0) {
		if (errno == EPIPE || errno == ECONNRESET)
			l->in = -1;
		l->move = NULL;  /* by reading it, then */
		return 0;
	}
	if (n <= 0)
		end_input(l, t);
	if (l->move || n <= 0)
		return 0;
	l->from = 0;
	l->to = (size_t)n;
	bool leave = detaches(l, l->pending, l->to);
	if (leave || t->plain)
		give_input(l, t);
	return leave;
}

static void tell_size(struct loop *l)
{
	l->told = !l->a->resize || l->a->resize(l->a->arg) >= 0;
}

static int take_signal(struct loop *l, struct err *e)
{
	struct signalfd_siginfo si;
	if (read(l->signals, &si, sizeof si) != sizeof si)
		return 0;
	if (si.ssi_signo == SIGWINCH) {
		l->resizes = l->a->resize ? RESIZES : 0;
		tell_size(l);
	} else if (l->a->signal) {
		l->a->signal(l->a->arg, (int)si.ssi_signo);
	} else {
		signal_note((int)si.ssi_signo);
	}
	return signal_check(e);
}

static int turn(struct loop *l, struct err *e)
{
	struct engine_reply *rp = l->a->reply;
	struct transport *t = rp->raw;
	bool blocked = l->copy.blocked >= 0, room = l->full || l->from < l->to;
	struct pollfd fds[] = {
		{.fd = t->fd, .events = (short)((blocked ? 0 : POLLIN) | (room ? POLLOUT : 0))},
		{.fd = room ? -1 : l->in, .events = POLLIN},
		{.fd = l->signals, .events = POLLIN},
		{.fd = l->copy.blocked, .events = POLLOUT},
	};
	bool ready = !blocked && (rp->body->avail || (t->ops->readable && t->ops->readable(t)));
	if (blocked && !room)
		fds[0].fd = -1;  /* a peer that has hung up would be reported over and over */
	int n = poll(fds, 4, ready ? 0 : l->resizes > 0 ? RESIZE_MS : -1);
	if (n < 0)
		return errno == EINTR ? (signal_check(e) < 0 ? -1 : 1) : err_sys(e, "cannot wait for the output");
	if (n == 0 && l->resizes > 0) {
		int ticks = RESIZES - --l->resizes;
		if (!l->told || ticks == 10 || ticks == 40 || ticks == 120 || ticks == RESIZES)
			tell_size(l);
	}
	if (fds[2].revents && take_signal(l, e) < 0)
		return -1;
	if (room && fds[0].revents & (POLLOUT | POLLERR | POLLHUP)) {
		l->full = false;
		if (l->from < l->to)
			give_input(l, t);
	}
	int rc = fds[1].revents ? take_input(l, t, e) : 0;
	if (rc)
		return rc < 0 ? -1 : 2;
	if (fds[3].revents) {
		l->copy.blocked = -1;
		return stdcopy_flush(&l->copy, e) < 0 ? -1 : 1;
	}
	if (!ready && (blocked || !(fds[0].revents & (POLLIN | POLLHUP | POLLERR))))
		return 1;
	rc = pass(rp->body, &l->copy, l->a->tty, e);
	/* So ends the stream of a process that has not read all its input. */
	if (rc < 0 && e->sys == ECONNRESET && l->a->in >= 0)
		return l->a->tty ? 0 : stdcopy_end(&l->copy, e);
	return rc;
}

/* The signals that are read from a descriptor meanwhile: none that dr was started to ignore. */
static void signals_of(sigset_t *set)
{
	static const int passed[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM};
	struct sigaction old;
	sigemptyset(set);
	sigaddset(set, SIGWINCH);
	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
		if (sigaction(passed[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaddset(set, passed[i]);
}

int attach_run(struct attach *a, struct err *e)
{
	CLEANUP_FREE struct loop *l = mem_alloc(sizeof *l);
	sigset_t set, old;
	*l = (struct loop){.a = a, .in = a->in, .resizes = a->resize ? RESIZES : 0};
	stdcopy_init(&l->copy, a->out, a->err);
	signals_of(&set);
	sigprocmask(SIG_BLOCK, &set, &old);
	l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	tell_size(l);
	struct transport *t = a->reply->raw;
	int flags = fcntl(t->fd, F_GETFL), rc;
	choose_move(l, t);
	if (l->move)
		fcntl(t->fd, F_SETFL, flags | O_NONBLOCK);
	do
		rc = turn(l, e);
	while (rc == 1);
	fcntl(t->fd, F_SETFL, flags);
	if (l->signals >= 0)
		close(l->signals);
	stdcopy_free(&l->copy);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return rc < 0 ? -1 : rc == 2;
}
