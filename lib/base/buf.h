/*
 * buf: a growing run of bytes. All-zero is an empty one that is safe to release.
 *
 *     CLEANUP_BUF struct buf b = {0};
 *     buf_printf(&b, "%s/%s", dir, name);
 *     return buf_steal(&b);
 *
 * data is NUL-terminated whenever there is any; buf_cstr() is for the case that nothing was added or reserved.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/cleanup.h"

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len;  /* bytes in use, without the NUL */
	size_t cap;
};

#define CLEANUP_BUF CLEANUP_WITH(buf_free)

void buf_free(struct buf *b);                        /* releases, leaves it empty and usable */
void buf_reset(struct buf *b);                       /* length 0, memory kept */
void buf_wipe(struct buf *b);                        /* zeroes the contents, then releases: for secrets */
void buf_reserve(struct buf *b, size_t more);        /* room for that many more bytes */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_byte(struct buf *b, int c);
__attribute__((format(printf, 2, 3))) void buf_printf(struct buf *b, const char *fmt, ...);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap);
const char *buf_cstr(const struct buf *b);           /* borrowed; "" when empty */
char *buf_steal(struct buf *b);                      /* the caller's; the buf is empty afterwards; never NULL */

#endif
