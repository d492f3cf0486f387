/*
 * unpack: members of a tar archive become files beneath a directory.
 *
 *     struct unpack u = {.root = dirfd, .flags = UNPACK_OWNER | UNPACK_XATTRS};
 *     while ((rc = tar_read_next(&t, e)) > 0)
 *             if (unpack_entry(&u, &t, t.entry.path, e) < 0) ...
 *     unpack_finish(&u, e);            modes and times of directories, last of all
 *     unpack_free(&u);
 *
 * Nothing is made, changed or followed outside the root: names are cleaned (a leading slash dropped, ".." refused), no
 * component of a name may be a symlink unless UNPACK_FOLLOW is set, and hard links lead only to what lies beneath the root.
 * What stands in the way of a member is removed first, except a directory that is not empty.
 */
#ifndef ARCHIVE_UNPACK_H
#define ARCHIVE_UNPACK_H

#include "codec/tar_read.h"

#include <stdbool.h>

enum {
	UNPACK_OWNER = 1,        /* chown to the member's numbers */
	UNPACK_NAMES = 2,        /* to the numbers that the member's names have here, where they have any */
	UNPACK_XATTRS = 4,
	UNPACK_FOLLOW = 8,       /* follow directory symlinks that stay beneath the root */
	UNPACK_PLAIN_ONLY = 16,  /* refuse devices, fifos, setuid, setgid and sticky bits, and links out of the tree */
	UNPACK_KEEP = 32,        /* never replace what is there: ERR_EXISTS */
	UNPACK_HOLES = 64,       /* leave holes where there are zeros */
	UNPACK_SAME_KIND = 128,  /* no directory in the place of another file, nor the reverse: ERR_EXISTS */
};

struct unpack {
	int root;                /* an open directory, the caller's */
	unsigned flags;
	mode_t umask;            /* bits that are taken out of modes; 0 keeps them exactly */
	uint64_t max_entries;    /* 0: no bound; more is ERR_LIMIT */
	uint64_t max_bytes;      /* of file data */
	size_t max_path;
	void (*note)(void *arg, const char *message);  /* what was left out without harm; may be NULL */
	void *arg;
	/* Sees the data of files with its place in the file; holes are left out. May be NULL. */
	void (*data)(void *arg, const void *p, size_t n, uint64_t offset);
	void *data_arg;
	/* The rest is unpack's own; all-zero at first. */
	uint64_t entries, bytes;
	struct unpack_dir *dirs;
	size_t n_dirs, cap_dirs;
	char *parent_name;
	int parent_fd;           /* valid while parent_name is not NULL */
	struct buf passwd, group;
	bool names_loaded, absolute_noted, xattr_noted;
};

/* Makes the current member of t under the given name. Its data is consumed. */
int unpack_entry(struct unpack *u, struct tar_reader *t, const char *name, struct err *e) MUST_CHECK;
int unpack_finish(struct unpack *u, struct err *e) MUST_CHECK;
void unpack_free(struct unpack *u);

#define CLEANUP_UNPACK CLEANUP_WITH(unpack_free)

/* Whether a symlink at `name` (cleaned) with that target stays beneath the root, judged by its words alone. */
bool unpack_link_stays(const char *name, const char *target);

#endif
