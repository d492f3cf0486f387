/*
 * utf8: strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
 */
#ifndef CODEC_UTF8_H
#define CODEC_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length in bytes (1 to 4) of the valid sequence at the start of the n bytes at p, 0 when there is none. *cp, unless
   cp is NULL, receives the code point. */
size_t utf8_decode(const void *p, size_t n, uint32_t *cp);

/* Writes code point cp, which is valid, to out and returns the number of bytes, 1 to 4. */
size_t utf8_encode(uint32_t cp, char out[4]);

bool utf8_valid(const void *p, size_t n);

#endif
