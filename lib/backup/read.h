/*
 * read: a backup, member by member, checked as it is read: encryption, compression, order of members, checksums.
 *
 *     struct backup_reader r = {0};
 *     if (backup_reader_open(&r, in, &keys, e) < 0) return -1;         r.manifest
 *     while ((rc = backup_read_next(&r, e)) > 0)
 *             ... r.section, r.name, r.tar.entry; unpack_entry(&u, &r.tar, r.name, e) with backup_watch(&r, &u), or nothing ...
 *     rc == 0: every byte was there, and was what had been written
 *     backup_reader_free(&r);
 *
 * Until then what was read may be wrong: whoever keeps it throws it away on failure. Data that the caller does not read is
 * read, and summed, by the next backup_read_next.
 */
#ifndef BACKUP_READ_H
#define BACKUP_READ_H

#include "archive/unpack.h"
#include "backup/keys.h"
#include "backup/manifest.h"
#include "backup/members.h"
#include "backup/sum.h"
#include "backup/trailer.h"
#include "codec/gzip.h"
#include "crypto/age.h"

struct backup_reader {
	struct reader *in;             /* borrowed */
	struct age_reader age;
	struct trailer_reader trailer;
	struct gzip_reader gzip;
	struct tar_reader tar;
	struct manifest manifest;
	struct members members;
	enum section section;
	const char *name;              /* within the section, "." for the root of a tree */
	struct sum sum;
	struct sha256 lines;           /* of the checksums as they must be */
	bool sealed, opened, complete;
	uint64_t files, bytes;         /* so far, without the checksums */
};

/* Reads up to the manifest. What is no backup is ERR_FORMAT, what cannot be opened ERR_REFUSED. Release it in any case. */
int backup_reader_open(struct backup_reader *r, struct reader *in, struct backup_keys *keys, struct err *e) MUST_CHECK;
int backup_read_next(struct backup_reader *r, struct err *e) MUST_CHECK;

/* The data of the present member, as tar_read_data, summed. */
ssize_t backup_read_data(struct backup_reader *r, const unsigned char **p, uint64_t *offset, struct err *e) MUST_CHECK;

/* Lets the reader see what an unpack reads of r->tar. */
void backup_watch(struct backup_reader *r, struct unpack *u);

void backup_reader_free(struct backup_reader *r);

#endif
