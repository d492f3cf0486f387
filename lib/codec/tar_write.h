/*
 * tar_write: a tar archive, written member by member: ustar where it can say what is to be said, pax extended headers
 * (POSIX.1-2017) where it cannot: long names, large numbers, times with nanoseconds, attributes (SCHILY.xattr.*), sparse
 * files (GNU.sparse 1.0).
 *
 *     struct tar_writer t;
 *     tar_writer_init(&t, writer);
 *     tar_write_entry(&t, &entry, e);
 *     tar_write_data(&t, p, n, e);          for a TAR_FILE: its data without the holes, in order, until all is there
 *     tar_write_end(&t, e);                 two zero blocks; with t.records up to a whole record of 10240 bytes
 *     tar_writer_free(&t);
 *
 * The same entries give the same bytes. The writer beneath is borrowed, and neither finished nor released here.
 */
#ifndef CODEC_TAR_WRITE_H
#define CODEC_TAR_WRITE_H

#include "base/stream.h"
#include "codec/tar_entry.h"

struct tar_writer {
	struct writer *out;
	uint64_t left;                /* bytes of the current file's data that are still to come */
	uint64_t start;               /* out->written when the archive began: where records are counted from */
	unsigned pad;
	uint64_t members;             /* names the extended headers apart */
	bool records;                 /* the caller's: as tapes and files want it. Podman fails over what follows the zero blocks */
	struct buf pax;
};

void tar_writer_init(struct tar_writer *t, struct writer *out);
void tar_writer_free(struct tar_writer *t);

/* Ends the member before, which must be complete, and begins the next. A directory's path gets its slash here. */
int tar_write_entry(struct tar_writer *t, const struct tar_entry *entry, struct err *e) MUST_CHECK;
int tar_write_data(struct tar_writer *t, const void *p, size_t n, struct err *e) MUST_CHECK;
int tar_write_end(struct tar_writer *t, struct err *e) MUST_CHECK;

/* A whole file from memory. */
int tar_write_file(struct tar_writer *t, const struct tar_entry *entry, const void *p, struct err *e) MUST_CHECK;

#endif
