/*
 * attach: the streams of a running process, over a raw connection (POST /containers/{id}/attach, /exec/{id}/start).
 *
 *     struct engine_request rq = {.method = "POST", .upgrade = true};
 *     if (engine_start(g, &rq, &rp, e, "/containers/%s/attach?stream=1&stdin=1&stdout=1&stderr=1", id) < 0) return -1;
 *     struct attach a = {.reply = &rp, .in = 0, .out = 1, .err = 2, .resize = resize, .signal = forward, .arg = &x};
 *     int rc = attach_run(&a, e);        1: the keys that detach were typed, 0: the peer has ended its side
 *
 * Both directions go on at once: a process that writes before it has read everything stops nobody. The end of the input
 * is passed on as a half-closed connection, and the output is read to its end. Without a terminal the output is a sequence
 * of frames (Engine API, "Stream format"): 8 bytes of stream number and length, then the bytes.
 */
#ifndef ENGINE_ATTACH_H
#define ENGINE_ATTACH_H

#include "engine/engine.h"

/* Takes frames apart, however they are split, and writes without blocking. */
struct stdcopy_side {
	int fd;                       /* -1: nowhere */
	bool direct, own;             /* a write takes any size without blocking; it is stdcopy's own */
};
struct stdcopy {
	struct stdcopy_side side[2];  /* stdout, stderr */
	int blocked;                  /* the descriptor that took no more, -1: none; feed or flush again when it does */
	unsigned char head[8];
	unsigned have;                /* bytes of head */
	uint32_t left;                /* bytes of the frame that are still to come */
	char *gather;                 /* small frames of one side, */
	int which;                    /* this one, */
	size_t pending, done;         /* and how much of them has been written */
};
void stdcopy_init(struct stdcopy *s, int out, int err);
void stdcopy_free(struct stdcopy *s);
/* Returns how many of the n bytes were taken: fewer when s->blocked is set. */
ssize_t stdcopy_feed(struct stdcopy *s, const unsigned char *p, size_t n, struct err *e) MUST_CHECK;
/* What was taken but not yet written. */
int stdcopy_flush(struct stdcopy *s, struct err *e) MUST_CHECK;
/* ERR_PROTOCOL when the stream ended inside a frame. */
int stdcopy_end(const struct stdcopy *s, struct err *e) MUST_CHECK;

/* The whole body of an answer, such as that of /logs; tty: it has no frames. */
int attach_copy(struct reader *body, bool tty, int out, int err, struct err *e) MUST_CHECK;

struct attach {
	struct engine_reply *reply;   /* after the upgrade */
	bool tty;                     /* the process has a terminal: no frames */
	int in, out, err;             /* in: -1: none */
	const char *detach;           /* the keys as bytes, one of which may be 0 */
	size_t n_detach;              /* how many: 0 for none */
	int (*resize)(void *arg);     /* tells the terminal's size; -1: not yet, try again. May be NULL */
	void (*signal)(void *arg, int sig);  /* dr got this signal; NULL: it ends dr (ERR_INTR), as signals do */
	void *arg;
};
int attach_run(struct attach *a, struct err *e) MUST_CHECK;

/* "ctrl-p,ctrl-q" as bytes, into out; ERR_USAGE for anything else than characters and ctrl-X. */
int attach_keys(const char *text, struct buf *out, struct err *e) MUST_CHECK;

#endif
