/*
 * s3_stream: an object as a struct reader, and as a struct writer.
 *
 *     struct reader *r = s3_reader(&s, &name, NULL, e);
 *     struct writer *w = s3_writer(&s, &name);
 *
 * The reader goes on by range (If-Match the same object) when the connection breaks, and compares length and, where the
 * ETag is one, MD5 at the end. The writer takes any number of bytes up to S3_PART * S3_PARTS_MAX (97 GiB): what fits one
 * part is stored by one request at writer_finish, more is a multipart upload, whose parts a thread sends while the next one
 * is written. The object appears whole at writer_finish or not at all: writer_free before that aborts the upload. The
 * memory is two parts' (20 MiB), or one block's.
 *
 * s and name are borrowed, and only one stream at a time uses an s.
 */
#ifndef S3_STREAM_H
#define S3_STREAM_H

#include "base/stream.h"
#include "s3/s3.h"

enum { S3_PART = 10 << 20, S3_PARTS_MAX = 10000 };

/* NULL with *e filled when there is no such object. st may be NULL. */
struct reader *s3_reader(struct s3 *s, const struct s3_name *n, struct s3_stat *st, struct err *e) MUST_CHECK;

/* Asks nothing of the server yet. */
struct writer *s3_writer(struct s3 *s, const struct s3_name *n);

#endif
