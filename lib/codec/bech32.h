/*
 * bech32: BIP 173's checksummed base32, as age writes its keys: without the limit of 90 characters.
 */
#ifndef CODEC_BECH32_H
#define CODEC_BECH32_H

#include "base/buf.h"
#include "base/err.h"

/* Appends hrp, which is lower case, "1", and the n bytes with their checksum, all lower case. */
void bech32_encode(struct buf *out, const char *hrp, const void *p, size_t n);

/* Appends the bytes that s stands for, whose prefix must be hrp. All upper case is taken too, mixed case is not. Anything
   else, also bits that are set behind the last byte, is ERR_FORMAT; the message does not repeat s, which may be secret. */
int bech32_decode(struct buf *out, const char *hrp, const char *s, struct err *e) MUST_CHECK;

#endif
