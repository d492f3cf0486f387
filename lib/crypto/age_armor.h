/*
 * age_armor: age files as text (the age specification, "ASCII armor"; strict PEM of RFC 7468).
 */
#ifndef CRYPTO_AGE_ARMOR_H
#define CRYPTO_AGE_ARMOR_H

#include "base/stream.h"

/* Whether the stream begins with armor, behind blanks. 1, 0 or -1. */
int age_armor_begins(struct reader *in, struct err *e) MUST_CHECK;

/* Reads the bytes within the armor; only blanks may surround it. `in` stays the caller's. */
struct age_armor_reader {
	struct reader base;
	struct reader *in;
	struct buf bytes, line;
	int state;                 /* before, inside, behind the last line, at the end */
};
void age_armor_reader_init(struct age_armor_reader *r, struct reader *in);

struct age_armor_writer {
	struct writer base;
	struct writer *out;        /* borrowed; not finished */
	unsigned char part[48];    /* of a line of 64 characters */
	size_t n;
	bool begun;
};
void age_armor_writer_init(struct age_armor_writer *w, struct writer *out);

#endif
