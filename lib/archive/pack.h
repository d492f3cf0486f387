/*
 * pack: files beneath a directory become members of a tar archive, in the order of their names' bytes.
 *
 *     struct pack p = {.out = &tar_writer, .flags = PACK_XATTRS | PACK_SPARSE};
 *     if (pack_tree(&p, dirfd, "config", "backup/config", e) < 0) ...
 *     if (p.changed) ... something changed while it was read: the archive is not a picture of one moment ...
 *     pack_free(&p);
 *
 * Every file is opened without following symlinks and compared with what was listed. A file that shrinks while it is read
 * is filled up with zeros, one that vanishes is left out; either is noted and counted in `changed`, as is a folder that gets
 * or loses names while what is in it is read. Files with several names are stored once, then as hard links. Sockets are left
 * out with a note. Memory grows with the largest directory and with the number of files that have several names, not with
 * the tree.
 */
#ifndef ARCHIVE_PACK_H
#define ARCHIVE_PACK_H

#include "codec/tar_write.h"

#include <stdbool.h>
#include <sys/stat.h>

enum {
	PACK_XATTRS = 1,   /* extended attributes, ACLs among them */
	PACK_SPARSE = 2,   /* holes are not stored */
	PACK_NAMES = 4,    /* owners' names beside the numbers */
	PACK_FLAT = 8,     /* do not descend into directories */
	PACK_SECONDS = 16, /* no fractions of seconds */
	PACK_CAPABILITIES = 64, /* of the extended attributes security.capability alone */
	PACK_OWNERLESS = 128,   /* everything belongs to 0:0 */
	PACK_STILL = 256,       /* look at all of it once more: what changed after it was read, or before, counts too */
	PACK_ONE_FS = 32,  /* do not enter other file systems; their mount points are packed */
};

/* What a caller is told of each member before it is written, and may decide. */
enum pack_choice {
	PACK_SKIP,         /* leave it out, with what is in it */
	PACK_TAKE,
	PACK_ENTER,        /* leave the directory out, but take what is in it */
};
typedef enum pack_choice pack_filter_fn(void *arg, const char *name, const struct stat *st);

struct pack {
	struct tar_writer *out;
	unsigned flags;
	pack_filter_fn *filter;                                       /* may be NULL */
	void (*member)(void *arg, const struct tar_entry *entry);     /* called for each that is written; may be NULL */
	void (*data)(void *arg, const void *p, size_t n);             /* sees the data of files as it is stored; may be NULL */
	void (*note)(void *arg, const char *message);                 /* may be NULL */
	bool (*skip)(void *arg, const struct err *e);                 /* a file cannot be opened: true leaves it out; may be NULL */
	void *arg;
	uint64_t changed;                                             /* files that changed, shrank or vanished meanwhile */
	/* The rest is pack's own; all-zero at first. */
	struct pack_link *links;
	size_t n_links, cap_links;
	struct buf passwd, group, block;
	bool names_loaded;
	dev_t top_dev;
	struct timespec since;                                        /* of the second look: when the first began */
	dev_t self_dev;                                               /* the archive itself, which is never packed into itself */
	ino_t self_ino;
};

/* Packs what stands at `path` beneath dirfd, and with a directory all that is in it, under the given name. With
   the name "" a directory is to be entered only: its members' names begin with their own. */
int pack_tree(struct pack *p, int dirfd, const char *path, const char *name, struct err *e) MUST_CHECK;
void pack_free(struct pack *p);

#define CLEANUP_PACK CLEANUP_WITH(pack_free)

#endif
