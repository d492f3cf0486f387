/*
 * spawn: running programs. No shell, no fork of a large image (posix_spawn), no descriptor leaks.
 *
 *     struct spawn s = {.argv = argv, .cwd = dir, .out = {SPAWN_CAPTURE, .buf = &b, .max = 65536}};
 *     int code = spawn_run(&s, e);            exit code 0..255, 128+n when killed by signal n; -1: not started
 *
 * When the program cannot be started, e->sys tells why: ENOENT (no such file, or its interpreter is missing), EACCES
 * (no exec bit), ENOEXEC (no format the kernel knows). While dr waits, SIGINT, SIGTERM, SIGHUP and SIGQUIT that it gets
 * go on to the program (but for those the terminal sent to both). The child starts with the signal mask and
 * dispositions that dr itself was started with.
 */
#ifndef SYS_SPAWN_H
#define SYS_SPAWN_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

enum spawn_io {
	SPAWN_INHERIT = 0,
	SPAWN_NULL,     /* /dev/null */
	SPAWN_FD,       /* the fd given, which stays the caller's */
	SPAWN_PIPE,     /* spawn_start only: the other end is in the child struct */
	SPAWN_CAPTURE,  /* out and err: spawn_wait appends what comes to *buf; more than max bytes: the program is ended
	                   with SIGTERM and spawn_wait fails with ERR_LIMIT. in: what *buf holds is fed to the program */
};

struct spawn_stream {
	enum spawn_io kind;
	int fd;
	struct buf *buf;
	size_t max;
};

struct spawn {
	char *const *argv;        /* argv[0] without a slash is looked up on PATH unless file is set */
	const char *file;         /* what is executed, NULL: argv[0] */
	char *const *env;         /* changes to the environment: NAME=value sets, NAME alone removes; NULL: none */
	const char *cwd;          /* NULL: dr's own */
	struct spawn_stream in, out, err;
	bool err_to_out;          /* stderr goes where stdout goes */
	unsigned seconds;         /* how long the program may take before it is ended and waiting fails with ERR_LIMIT; 0: no limit */
	bool note_signals;        /* a signal that came while waiting also counts as signal_pending() afterwards */
};

struct spawn_child {
	pid_t pid;                /* 0: none */
	int in, out, err;         /* SPAWN_PIPE and SPAWN_CAPTURE: dr's ends, -1 otherwise; close in to end its input */
	struct spawn_stream streams[3];  /* private */
	bool note_signals;        /* private */
	unsigned seconds;         /* private */
	int forwarded;            /* the last signal that spawn_wait passed on or saw, 0: none */
};

#define SPAWN_CHILD_INIT {.in = -1, .out = -1, .err = -1}

/* Starts, waits and collects. Returns the exit code, or -1. */
int spawn_run(const struct spawn *s, struct err *e) MUST_CHECK;

/* The two halves. After a start that succeeded, one of spawn_wait and spawn_stop must follow; both close the ends. */
int spawn_start(const struct spawn *s, struct spawn_child *c, struct err *e) MUST_CHECK;
int spawn_wait(struct spawn_child *c, struct err *e) MUST_CHECK;

/* Ends the program with SIGTERM, after 2 s with SIGKILL, and reaps it. Does nothing when there is none. */
void spawn_stop(struct spawn_child *c);

/* The full name (the caller's) of the executable regular file `name` on `path` (NULL: $PATH, or SPAWN_DEFAULT_PATH when
   that is unset or empty), or NULL. A name with a slash is taken as it is. Empty elements of the path are skipped, not
   taken as the working directory. */
char *spawn_find(const char *name, const char *path);

/* $PATH, or SPAWN_DEFAULT_PATH when it is unset or empty. */
const char *spawn_path(void);

#define SPAWN_DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin"

#endif
