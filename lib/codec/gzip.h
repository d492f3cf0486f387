/*
 * gzip: the file format of RFC 1952 as a struct reader and a struct writer.
 *
 *     struct gzip_reader r;                        struct gzip_writer w;
 *     gzip_reader_init(&r, in);                    gzip_writer_init(&w, out, 6, 0);
 *     ... reader_block(&r.base, ...) ...           ... writer_write(&w.base, ...) ...
 *     reader_free(&r.base);                        writer_finish(&w.base, e), then writer_free(&w.base);
 *
 * The streams beneath are not owned. The reader takes any number of members one after the other and checks each one's
 * CRC and length. The writer makes one member; it compresses pieces of 256 KiB on several threads, and the result does
 * not depend on how many. Threads start when the second piece begins, receive no signals, and are joined by
 * writer_finish and writer_free. All calls of `out` are made by the caller's thread.
 */
#ifndef CODEC_GZIP_H
#define CODEC_GZIP_H

#include "base/stream.h"
#include "codec/crc32.h"
#include "codec/inflate.h"

enum { GZIP_NAME_MAX = 4096 };  /* longest FNAME that is kept */

/* True for the first two bytes of a gzip member: for sniffing with reader_peek. */
bool gzip_is_magic(const unsigned char *p, size_t n);

struct gzip_reader {
	struct reader base;
	struct reader *in;
	struct inflate_reader inflate;
	struct crc32 crc;
	uint32_t sum, size;   /* of the present member so far */
	bool in_member;
	uint64_t members;     /* how many headers were read */
	uint32_t mtime;       /* of the first member: seconds since 1970, 0 for none */
	char *name;           /* of the first member: FNAME as it stands, or NULL */
	bool garbage;         /* set at the end: bytes that are neither a member nor zeros are left in `in` */
};

/* An empty `in`, or one without the magic, is ERR_FORMAT. Zeros behind the last member are consumed. */
void gzip_reader_init(struct gzip_reader *r, struct reader *in);

/* Reads the first header when that has not happened yet, so that mtime and name can be looked at. */
int gzip_reader_start(struct gzip_reader *r, struct err *e) MUST_CHECK;

struct gzip_pool;

struct gzip_writer {
	struct writer base;
	struct writer *out;
	struct gzip_pool *pool;
	const char *name;     /* set before the first write, borrowed: FNAME; NULL: none */
	uint32_t mtime;       /* likewise: MTIME */
};

/* level 1 to 9; threads 0: as many as this process may use processors, 8 at most; 1: none but the caller's own. Memory
   is about 1.5 MiB and 1.7 MiB for each thread. */
void gzip_writer_init(struct gzip_writer *w, struct writer *out, int level, unsigned threads);

#endif
