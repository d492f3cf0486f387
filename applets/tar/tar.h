/*
 * tar: what the modes of the tar applet share.
 *
 * Exit statuses are GNU tar's: 0, 1 when files changed while they were read, 2 after any error. Errors with one member
 * are told and passed over; the others are still done.
 */
#ifndef TAR_TAR_H
#define TAR_TAR_H

#include "base/stream.h"
#include "base/vec.h"
#include "codec/tar_entry.h"

#include <stdbool.h>
#include <stdio.h>

struct tar_opts {
	bool create, extract, list, gzip, preserve, numeric, null, to_stdout, keep_old, xattrs, sparse, one_fs, still;
	bool no_owner, no_preserve, same_owner, no_recursion;
	int verbose;
	const char *file, *strip, *format, *level;
	struct strvec excludes, exclude_files, dirs, names_from;
};

/* A name on the command line, with the directory that -C had set before it (NULL: the working directory). */
struct tar_operand {
	char *dir, *name;
	bool matched;
};

struct tar_job {
	struct tar_opts o;
	uint64_t strip;
	struct tar_operand *operands;
	size_t n_operands, cap_operands;
	char *dir;                 /* the last -C */
	FILE *listing;             /* where names go: stdout, or stderr when the archive does */
	int status;                /* 0, 1 or 2 so far */
	int width;                 /* of owner and size in long listings, as wide as any so far */
	struct buf passwd, group;
};

void tar_complain(struct tar_job *job, const char *message);   /* "tar: message" on stderr, status 2 */
void tar_note(void *job, const char *message);                 /* "tar: message" on stderr */

/* Whether --exclude leaves the name out. */
bool tar_excluded(const struct tar_job *job, const char *name);

/* Prints a member as -v, or with `longer` as -tv, does. */
void tar_print(struct tar_job *job, const struct tar_entry *entry, bool longer);

int tar_create(struct tar_job *job, struct err *e);
int tar_extract(struct tar_job *job, struct err *e);   /* and list */

#endif
