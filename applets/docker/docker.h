/*
 * docker: what the commands of the docker applet share.
 *
 * A command is one `const struct command docker_x` and one line in verbs.def. The frame (docker.c) parses its options by its
 * table; a mistake there exits with 125, as docker's does, a failure of run with the command's error_status, or 1.
 *
 *     CLEANUP_ENGINE struct engine g = {0};
 *     if (docker_engine(&g, e) < 0) return -1;
 *     return docker_each(in, &g, remove_one, e);
 */
#ifndef DOCKER_DOCKER_H
#define DOCKER_DOCKER_H

#include "command.h"
#include "engine/engine.h"

/* Exit status for what docker itself, not the container, got wrong. */
enum { DOCKER_FAILED = 125 };

/* The first API 1.N that takes a ConsoleSize. */
enum { API_CONSOLE_SIZE = 42 };

/* Opens the engine that -H, the environment or the usual places name. */
int docker_engine(struct engine *g, struct err *e) MUST_CHECK;

/* The folder of config.json that --config names; NULL: the usual one. */
const char *docker_folder(void);

/* The value of X-Registry-Auth for the image's registry; the caller's. */
int docker_auth(const char *image, char **header, struct err *e) MUST_CHECK;

/* The options before the command that say which engine is meant. */
const struct endpoint_options *docker_options(void);

/* --since and --until: "42m", seconds since 1970 or a time, as the API wants it; NULL makes "". In streams.c. */
enum { DOCKER_MOMENT = 48 };
int docker_moment(const char *flag, const char *text, char out[DOCKER_MOMENT], struct err *e) MUST_CHECK;

/* Prints "docker: message" on stderr, control characters replaced. */
void docker_error(const struct err *e);

/* Calls fn for each operand, and prints the operand on stdout when fn returned 1. A failure is printed and the rest goes on:
   docker exits with 1 then. Returns the exit status, or -1 when a signal ended it. */
typedef int docker_each_fn(const struct invocation *in, struct engine *g, const char *name, struct err *e);
int docker_each(const struct invocation *in, struct engine *g, docker_each_fn *fn, struct err *e) MUST_CHECK;

/* Copies an answer's body to the file, whole or not at all, mode 0600, or to stdout when that is NULL. `what` is what the
   terminal is spared of ("an image"); NULL: it is not. Returns EXIT_DONE, or -1. */
int docker_download(struct engine_reply *rp, const char *file, const char *what, struct err *e) MUST_CHECK;

#endif
