/*
 * tar_read: members of a tar archive, one after another, from a stream.
 *
 *     struct tar_reader t;
 *     tar_reader_init(&t, reader);
 *     while ((rc = tar_read_next(&t, e)) > 0) {
 *             ... t.entry ...
 *             while ((n = tar_read_data(&t, &p, &offset, e)) > 0)
 *                     ... n bytes at p belong at `offset` of the file ...
 *     }
 *     tar_reader_free(&t);
 *
 * Reads v7, ustar and pax (POSIX.1-2017, pax), GNU long names and links, base-256 numbers, extended attributes as
 * SCHILY.xattr.*, and sparse files in GNU's old form and its pax forms 0.0, 0.1 and 1.0. Members of unknown types are
 * read as files, as POSIX asks. Names come as they stand in the archive: whoever extracts must not trust them.
 *
 * Bounds: TAR_NAME_MAX for a name, TAR_PAX_MAX for the extended header of one member, TAR_EXTENTS_MAX for a sparse map.
 * What does not follow the format is ERR_FORMAT; the message says at which byte.
 */
#ifndef CODEC_TAR_READ_H
#define CODEC_TAR_READ_H

#include "base/err.h"
#include "base/stream.h"
#include "codec/tar_entry.h"

#include <stdbool.h>

enum {
	TAR_NAME_MAX = 64 << 10,
	TAR_PAX_MAX = 4 << 20,
	TAR_EXTENTS_MAX = 1 << 20,
};

/* What extended headers say; has_* tell which. */
struct tar_pax {
	struct tar_entry entry;
	size_t xattr_cap, extent_cap;
	bool has_uid, has_gid, has_size, has_mtime, has_real_size, sparse;
	int sparse_major;               /* GNU.sparse.major; 0 when not given */
	uint64_t real_size;
};

struct tar_reader {
	struct reader *in;              /* borrowed */
	struct tar_entry entry;         /* the current member; the reader's until the next tar_read_next */
	struct tar_pax global;          /* from 'g' headers */
	uint64_t left;                  /* bytes of data in the archive that are still to come */
	uint64_t pad;                   /* bytes to the end of the last block */
	uint64_t offset;                /* where in the file the next byte belongs */
	size_t extent;                  /* the sparse run that it is in */
	size_t handed;                  /* bytes of in's block that are in the caller's hands */
	bool ended;                     /* the end of the archive has been reached */
	bool end_missing;               /* it was the end of the input, with no end-of-archive block before it */
};

void tar_reader_init(struct tar_reader *t, struct reader *in);
void tar_reader_free(struct tar_reader *t);

/* Passes over what is left of the current member and reads the next. Returns 1, 0 at the end of the archive, or -1.
   The end is two zero blocks; a lone one, or the end of the input, is taken as well (end_missing tells the latter). What
   stands behind the end is left unread in `in`. */
int tar_read_next(struct tar_reader *t, struct err *e) MUST_CHECK;

/* The next bytes of the current file: returns how many, 0 at its end, or -1. *p stays valid until the next call. */
ssize_t tar_read_data(struct tar_reader *t, const unsigned char **p, uint64_t *offset, struct err *e) MUST_CHECK;

#endif
