/*
 * tar_entry: what a tar archive says about one member. Shared by tar_read and tar_write.
 */
#ifndef CODEC_TAR_ENTRY_H
#define CODEC_TAR_ENTRY_H

#include "base/cleanup.h"

#include <stdint.h>
#include <sys/types.h>

enum tar_type {
	TAR_FILE = '0',
	TAR_HARDLINK = '1',
	TAR_SYMLINK = '2',
	TAR_CHAR = '3',
	TAR_BLOCK = '4',
	TAR_DIR = '5',
	TAR_FIFO = '6',
};

enum { TAR_BLOCK_SIZE = 512, TAR_RECORD_SIZE = 20 * TAR_BLOCK_SIZE };

struct tar_xattr {
	char *name;              /* "user.comment", "security.capability" */
	char *value;             /* any bytes, a NUL behind them */
	size_t len;
};

/* A run of data in a sparse file; what lies between runs is a hole. Runs are in order and do not overlap. */
struct tar_extent {
	uint64_t offset, length; /* bytes */
};

struct tar_entry {
	char *path;              /* as in the archive; directories may or may not end in a slash */
	char *link;              /* target of a symlink or hard link, NULL otherwise */
	enum tar_type type;
	mode_t mode;             /* the low twelve bits */
	uint64_t uid, gid;
	char *uname, *gname;     /* NULL or "" when not said */
	uint64_t size;           /* bytes of the file as its reader sees it, holes included; 0 unless TAR_FILE */
	int64_t mtime;           /* seconds since 1970, and */
	uint32_t mtime_ns;       /* nanoseconds */
	unsigned dev_major, dev_minor;
	struct tar_xattr *xattrs;
	size_t n_xattrs;
	struct tar_extent *extents;  /* for sparse files; NULL: all data */
	size_t n_extents;
};

#define CLEANUP_TAR_ENTRY CLEANUP_WITH(tar_entry_free)

/* Releases what the entry points at and zeroes it. */
void tar_entry_free(struct tar_entry *t);

/* Appends an attribute; the value is copied. *cap is the array's room, 0 at first. */
void tar_entry_add_xattr(struct tar_entry *t, size_t *cap, const char *name, const void *value, size_t len);

#endif
