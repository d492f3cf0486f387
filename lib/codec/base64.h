/*
 * base64: RFC 4648, sections 4 (standard alphabet) and 5 (URL-safe).
 *
 * Decoding is strict: no blanks, no characters outside the alphabet, no bits set behind the last byte, padding exactly as
 * the flags say. So every text has at most one decoding and every decoding one text.
 */
#ifndef CODEC_BASE64_H
#define CODEC_BASE64_H

#include "base/buf.h"
#include "base/err.h"

enum {
	BASE64_STD = 0,
	BASE64_URL = 1,    /* - and _ in place of + and / */
	BASE64_NOPAD = 2,  /* no = at the end */
};

/* Appends the encoding of the n bytes at p to out. */
void base64_encode(struct buf *out, const void *p, size_t n, int flags);

/* Appends what the n characters at s stand for. Anything else than base64 is ERR_FORMAT. */
int base64_decode(struct buf *out, const char *s, size_t n, int flags, struct err *e) MUST_CHECK;

#endif
