#include "sys/fd.h"

#include "base/mem.h"
#include "sys/signal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int fd_wait(int fd, short events, int timeout_ms, const char *name, struct err *e)
{
	struct pollfd p = {.fd = fd, .events = events};
	for (;;) {
		if (signal_check(e) < 0)
			return -1;
		int n = poll(&p, 1, timeout_ms);
		if (n >= 0)
			return n ? p.revents : 0;
		if (errno != EINTR)
			return err_sys(e, "cannot wait for %s", name);
	}
}

/* After a failed read or write: 1 means try again, -1 is the failure. */
static int again(int fd, short events, const char *verb, const char *name, struct err *e)
{
	if (errno == EINTR)
		return signal_check(e) < 0 ? -1 : 1;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return fd_wait(fd, events, -1, name, e) < 0 ? -1 : 1;
	return err_sys(e, "cannot %s %s", verb, name);
}

ssize_t fd_read(int fd, void *p, size_t n, const char *name, struct err *e)
{
	if (signal_check(e) < 0)
		return -1;
	for (;;) {
		ssize_t got = read(fd, p, n);
		if (got >= 0)
			return got;
		if (again(fd, POLLIN, "read", name, e) < 0)
			return -1;
	}
}

int fd_write(int fd, const void *data, size_t n, const char *name, struct err *e)
{
	const char *p = data;
	if (signal_check(e) < 0)
		return -1;
	while (n) {
		ssize_t put = write(fd, p, n);
		if (put < 0) {
			if (again(fd, POLLOUT, "write to", name, e) < 0)
				return -1;
			continue;
		}
		p += put;
		n -= (size_t)put;
		if (n && signal_check(e) < 0)
			return -1;
	}
	return 0;
}

int fd_read_all(int fd, size_t max, struct buf *out, const char *name, struct err *e)
{
	size_t start = out->len;
	for (;;) {
		/* One byte more than allowed tells "too long" from "exactly max". */
		size_t room = max - (out->len - start);
		size_t want = room < 16384 ? room + 1 : 16384;
		buf_reserve(out, want);
		ssize_t n = fd_read(fd, out->data + out->len, want, name, e);
		if (n < 0)
			return -1;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		if (n == 0)
			return 0;
		if (out->len - start > max)
			return err_set(e, ERR_LIMIT, "%s is larger than %zu bytes", name, max);
	}
}

static unsigned char *new_block(void)
{
	void *p = NULL;
	if (posix_memalign(&p, 4096, FD_BLOCK) != 0)
		return mem_alloc(FD_BLOCK);
	return p;
}

static ssize_t reader_next(struct reader *base, const unsigned char **block, struct err *e)
{
	struct fd_reader *r = (struct fd_reader *)base;
	if (!r->block)
		r->block = new_block();
	*block = r->block;
	return fd_read(r->fd, r->block, FD_BLOCK, r->name, e);
}

static void close_owned(int *fd, int flags)
{
	if ((flags & FD_OWNED) && *fd >= 0)
		close(*fd);
	*fd = -1;
}

static void reader_release(struct reader *base)
{
	struct fd_reader *r = (struct fd_reader *)base;
	close_owned(&r->fd, r->flags);
	free(r->block);
	free(r->name);
	r->block = NULL;
	r->name = NULL;
}

void fd_reader_init(struct fd_reader *r, int fd, int flags, const char *name)
{
	static const struct reader_ops ops = {.next = reader_next, .free = reader_release};
	*r = (struct fd_reader){.base.ops = &ops, .fd = fd, .flags = flags, .name = mem_strdup(name)};
}

int fd_writer_flush(struct fd_writer *w, struct err *e)
{
	size_t n = w->pending;
	w->pending = 0;
	return n ? fd_write(w->fd, w->block, n, w->name, e) : 0;
}

static int writer_put(struct writer *base, const void *data, size_t n, struct err *e)
{
	struct fd_writer *w = (struct fd_writer *)base;
	const unsigned char *p = data;
	if (!(w->flags & FD_BUFFERED))
		return fd_write(w->fd, p, n, w->name, e);
	if (!w->block)
		w->block = new_block();
	while (n) {
		if (w->pending == 0 && n >= FD_BLOCK) {
			size_t whole = n - n % FD_BLOCK;
			if (fd_write(w->fd, p, whole, w->name, e) < 0)
				return -1;
			p += whole;
			n -= whole;
			continue;
		}
		size_t take = FD_BLOCK - w->pending < n ? FD_BLOCK - w->pending : n;
		memcpy(w->block + w->pending, p, take);
		w->pending += take;
		p += take;
		n -= take;
		if (w->pending == FD_BLOCK && fd_writer_flush(w, e) < 0)
			return -1;
	}
	return 0;
}

static int writer_end(struct writer *base, struct err *e)
{
	return fd_writer_flush((struct fd_writer *)base, e);
}

static void writer_release(struct writer *base)
{
	struct fd_writer *w = (struct fd_writer *)base;
	close_owned(&w->fd, w->flags);
	free(w->block);
	free(w->name);
	w->block = NULL;
	w->name = NULL;
	w->pending = 0;
}

void fd_writer_init(struct fd_writer *w, int fd, int flags, const char *name)
{
	static const struct writer_ops ops = {.write = writer_put, .finish = writer_end, .free = writer_release};
	*w = (struct fd_writer){.base.ops = &ops, .fd = fd, .flags = flags, .name = mem_strdup(name)};
}

void fd_ensure_standard(void)
{
	/* open gives the lowest free number: that is the closed one, as those below it are open by then. Without /dev/null, what
	   cannot be read or written holds the place, so that no file gets the number. */
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) < 0 && open("/", O_PATH) < 0)
			return;
}
