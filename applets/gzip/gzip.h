/*
 * gzip: what gzip, gunzip and zcat share: the options of one call, and what becomes of one file.
 */
#ifndef APPLETS_GZIP_H
#define APPLETS_GZIP_H

#include "base/err.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* Exit statuses of gzip(1). */
enum { GZIP_OK = 0, GZIP_ERROR = 1, GZIP_WARNING = 2 };

struct gzip_opts {
	bool to_stdout, decompress, force, help, keep, list, no_name, name, quiet, recursive, test, verbose;
	bool levels[10];
	const char *suffix, *processes;
};

struct gzip_run {
	const char *prog;
	struct gzip_opts o;
	int level;
	unsigned threads;
	int status;
	unsigned listed;                /* lines of -l so far, and their sums */
	uint64_t packed, plain;
};

/* One open input and what is known about it. */
struct gzip_input {
	const char *path;               /* "stdin" for that */
	int fd;                         /* the caller's to close */
	struct stat st;
	bool is_file;                   /* named on the command line and regular: has a name and a time to keep */
};

/* Says "PROG: ..." on stderr; a warning is silenced by -q and gives status 2, an error status 1. */
__attribute__((format(printf, 2, 3))) void gzip_warn(struct gzip_run *g, const char *fmt, ...);
__attribute__((format(printf, 2, 3))) void gzip_error(struct gzip_run *g, const char *fmt, ...);

/* A name without its .gz (-S suffix, .tgz and others), the caller's; NULL when it has none. */
char *gzip_strip(const struct gzip_run *g, const char *path);

/* -l and -t, and copying to stdout. */
void gzip_list(struct gzip_run *g, const struct gzip_input *in);
void gzip_test(struct gzip_run *g, const struct gzip_input *in);
void gzip_to_stdout(struct gzip_run *g, const struct gzip_input *in);

/* Compresses or expands into a file beside the input, which it then removes unless -k is given. */
void gzip_replace(struct gzip_run *g, const struct gzip_input *in);

/* The sums of -l, when there is more than one line. */
void gzip_list_total(struct gzip_run *g);

#endif
