/*
 * fd: bytes of a file descriptor as struct reader and struct writer, and whole reads and writes.
 *
 *     struct fd_reader in;
 *     fd_reader_init(&in, fd, FD_OWNED, path);
 *     ... reader_block(&in.base, ...) ...
 *     reader_free(&in.base);
 *
 * `name` is what messages call the thing ("cannot read NAME: ..."); it is copied. Blocks are FD_BLOCK bytes, aligned to
 * a page, and allocated at the first use. A call that a signal interrupts goes on, unless signal_pending(): then it
 * fails with ERR_INTR. A non-blocking fd is waited for. EPIPE is an error like any other (e->sys).
 */
#ifndef SYS_FD_H
#define SYS_FD_H

#include "base/buf.h"
#include "base/stream.h"

enum {
	FD_BORROWED = 0,
	FD_OWNED = 1,     /* reader_free/writer_free close the fd */
	FD_BUFFERED = 2,  /* a writer gathers up to FD_BLOCK bytes; writer_finish or fd_writer_flush writes them */
};

enum { FD_BLOCK = 128 * 1024 };  /* a pipe takes 64 KiB at a time; beyond 128 KiB nothing gets faster */

struct fd_reader {
	struct reader base;
	int fd, flags;
	char *name;
	unsigned char *block;
};

struct fd_writer {
	struct writer base;
	int fd, flags;
	char *name;
	unsigned char *block;
	size_t pending;
};

/* reader_free / writer_free release them. writer_free drops what writer_finish has not written. */
void fd_reader_init(struct fd_reader *r, int fd, int flags, const char *name);
void fd_writer_init(struct fd_writer *w, int fd, int flags, const char *name);
int fd_writer_flush(struct fd_writer *w, struct err *e) MUST_CHECK;

/* One read(2) of at most n bytes that handles EINTR and EAGAIN. Returns the count, 0 at the end, or -1. */
ssize_t fd_read(int fd, void *p, size_t n, const char *name, struct err *e) MUST_CHECK;

/* Writes all n bytes. */
int fd_write(int fd, const void *p, size_t n, const char *name, struct err *e) MUST_CHECK;

/* Appends everything up to the end of the file to out; more than max bytes is ERR_LIMIT. */
int fd_read_all(int fd, size_t max, struct buf *out, const char *name, struct err *e) MUST_CHECK;

/* Waits until poll(2) reports one of `events` (or an error or hangup) for the fd, at most timeout_ms (-1: for ever).
   Returns the events, 0 when the time is over, or -1. */
int fd_wait(int fd, short events, int timeout_ms, const char *name, struct err *e) MUST_CHECK;

/* Opens /dev/null for each of 0, 1 and 2 that is closed, so that no file of dr's ever becomes stdout. */
void fd_ensure_standard(void);

#endif
