/*
 * trailer: the end of a backup's gzip file: an empty gzip member whose extra field (RFC 1952, 2.3.1.1) "DR" holds the CRC-32
 * of every byte before it. gzip and tar pass it over.
 *
 * DEFLATE has bits that nothing depends on, and gzip's header has fields that nobody checks. With the trailer a backup that
 * was changed anywhere is recognised as such, without encryption too.
 */
#ifndef BACKUP_TRAILER_H
#define BACKUP_TRAILER_H

#include "base/stream.h"
#include "codec/crc32.h"

#include <stdbool.h>

enum { TRAILER_SIZE = 30 };

/* Hands everything on to `out`, which is borrowed; writer_finish adds the trailer. */
struct trailer_writer {
	struct writer base;
	struct writer *out;
	struct crc32 crc;
	uint32_t sum;
};
void trailer_writer_init(struct trailer_writer *w, struct writer *out);

/* What stands before the trailer; at the end `found` says whether there was one. A wrong CRC is ERR_FORMAT. */
struct trailer_reader {
	struct reader base;
	struct reader *in;          /* borrowed */
	struct crc32 crc;
	uint32_t sum;
	unsigned char *block;       /* begins with what was held back, since it may be the trailer */
	size_t held, given;
	bool found, ended;
};
void trailer_reader_init(struct trailer_reader *r, struct reader *in);

#endif
