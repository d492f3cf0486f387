/*
 * The program has one end of a pair of sockets as its input and its output, so that poll, ending our side and the rest are
 * those of a socket.
 */
#include "net/dial_command.h"

#include "base/mem.h"
#include "sys/fd.h"
#include "sys/spawn.h"

#include <string.h>
#include <sys/socket.h>

enum { WORDS_MAX = 4096 };

struct piped {
	struct transport base;
	struct transport *socket;
	struct spawn_child child;
	char *name;
	bool heard;
};

/* Why it ended. */
static int ended(struct piped *t, struct err *e)
{
	CLEANUP_BUF struct buf words = {0};
	struct err ignored;
	char text[512];
	ssize_t n;
	while (words.len < WORDS_MAX && (n = fd_read(t->child.err, text, sizeof text, t->name, &ignored)) > 0)
		buf_add(&words, text, (size_t)n);
	int code = spawn_wait(&t->child, e);
	if (code < 0)
		return -1;
	while (words.len && strchr(" \r\n", words.data[words.len - 1]))
		words.data[--words.len] = '\0';
	const char *last = words.len ? strrchr(words.data, '\n') : NULL;
	last = last ? last + 1 : buf_cstr(&words);
	return err_set(e, ERR_NETWORK, "%s ended with exit code %d%s%s", t->name, code, *last ? ": " : "", last);
}

static ssize_t piped_read(struct transport *base, void *p, size_t n, struct err *e)
{
	struct piped *t = (struct piped *)base;
	ssize_t k = transport_read(t->socket, p, n, e);
	/* A program that ends without having read what we sent resets the socket. */
	if (k <= 0 && !t->heard && t->child.pid && (k == 0 || e->kind == ERR_PROTOCOL))
		return ended(t, e);
	t->heard |= k > 0;
	return k;
}

static ssize_t piped_write(struct transport *base, const void *p, size_t n, struct err *e)
{
	struct piped *t = (struct piped *)base;
	return t->socket->ops->write(t->socket, p, n, e);
}

static int piped_shutdown(struct transport *base, struct err *e)
{
	return transport_shutdown(((struct piped *)base)->socket, e);
}

static void piped_free(struct transport *base)
{
	struct piped *t = (struct piped *)base;
	transport_free(t->socket);
	spawn_stop(&t->child);
	free(t->name);
	free(t);
}

struct transport *dial_command(char *const *argv, struct err *e)
{
	static const struct transport_ops ops = {.read = piped_read, .write = piped_write, .shutdown = piped_shutdown,
		.free = piped_free};
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		err_sys(e, "cannot make a pair of sockets for %s", argv[0]);
		return NULL;
	}
	CLEANUP_FD int ours = pair[0];
	CLEANUP_FD int theirs = pair[1];
	struct spawn_child child = SPAWN_CHILD_INIT;
	struct spawn s = {.argv = argv, .in = {SPAWN_FD, .fd = theirs}, .out = {SPAWN_FD, .fd = theirs}, .err = {.kind = SPAWN_PIPE}};
	if (spawn_start(&s, &child, e) < 0) {
		err_wrap(e, "cannot run %s", argv[0]);
		return NULL;
	}
	struct piped *t = mem_alloc(sizeof *t);
	*t = (struct piped){.base = {&ops, ours}, .socket = transport_socket(ours), .child = child, .name = mem_strdup(argv[0])};
	fd_steal(&ours);
	return &t->base;
}
