/*
 * format: the conversions of printf that dr uses, in a tenth of the C library's code.
 *
 *     format(put, arg, "%-8s %zu\n", ap);
 *
 * Flags `- 0 + space #`, width and precision (also `*`), the lengths hh h l ll z j t, and %d %i %u %x %X %o %c %s %p %%
 * are those of C17 7.21.6.1. There are no floats, no wide characters, no %n and no positions: such a conversion is
 * written out as it stands. In the static binary printf, fprintf, vfprintf, snprintf and vsnprintf are built on this,
 * so that the C library's are not linked in.
 */
#ifndef BASE_FORMAT_H
#define BASE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Takes the next n bytes of the text; n may be 0. */
typedef void format_put(void *arg, const char *p, size_t n);

/* Formats, and hands the text on in pieces. Returns its length in bytes. */
__attribute__((format(printf, 3, 0))) size_t format(format_put *put, void *arg, const char *fmt, va_list ap);

#endif
