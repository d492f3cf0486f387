/*
 * units: sizes, spans of time and moments in the words of the docker CLI. What is appended goes to *out.
 */
#ifndef DOCKER_UNITS_H
#define DOCKER_UNITS_H

#include "base/buf.h"

#include <stdint.h>

/* "1.23MB": powers of 1000, that many significant digits (docker uses 3 and 4). */
void units_size(double bytes, int digits, struct buf *out);

/* "1.23MiB": powers of 1024, 4 significant digits. */
void units_bytes(double bytes, struct buf *out);

/* With that many digits behind the point. */
void units_fixed(double v, int decimals, struct buf *out);

/* "3 hours", "About a minute". */
void units_duration(int64_t seconds, struct buf *out);

/* How long ago that was: "3 hours ago". */
void units_ago(int64_t since_epoch, struct buf *out);

/* Local time, "2006-01-02 15:04:05 +0100 CET", as Go prints a time. */
void units_time(int64_t since_epoch, struct buf *out);

/* Local time as RFC 3339, without fraction (nsec < 0) or with all nine digits. */
void units_rfc3339(int64_t since_epoch, int64_t nsec, struct buf *out);

/* An RFC 3339 text as Go prints a time that it read from one: "2006-01-02 15:04:05.123 +0000 UTC". */
void units_read_time(const char *rfc3339, struct buf *out);

/* The first 12 digits of an id, without "sha256:". */
void units_short_id(const char *id, struct buf *out);

/* At most `columns` characters, the last of them "…" when there were more. */
void units_ellipsis(const char *s, size_t columns, struct buf *out);

#endif
