/*
 * tar_pax: the records of pax extended headers (POSIX.1-2017, pax Extended Header): "LENGTH KEY=VALUE\n".
 */
#ifndef CODEC_TAR_PAX_H
#define CODEC_TAR_PAX_H

#include "codec/tar_read.h"

/* Takes the records in the n bytes at p, behind which stands a NUL, into *x. Records that dr has no use for are passed
   over. ERR_FORMAT for what is no record. */
int tar_pax_parse(struct tar_pax *x, const char *p, size_t n, struct err *e) MUST_CHECK;

/* Puts what *x says over *entry and *stored, the size of the data in the archive. */
void tar_pax_apply(const struct tar_pax *x, struct tar_entry *entry, uint64_t *stored);

/* Appends to the entry's sparse map: an offset begins a run, a length completes it. */
void tar_pax_extent(struct tar_entry *entry, size_t *cap, bool is_offset, uint64_t v);

/* Appends one record. */
void tar_pax_record(struct buf *out, const char *key, const void *value, size_t n);

#endif
