/*
 * api_path: request targets from formats, with every part from outside percent-encoded (RFC 3986 section 2.1).
 *
 * Only %s, %d, %u, %lld, %llu and %% are understood; any other is a mistake in the program and fails with ERR_USAGE.
 * What %s brings in keeps letters, digits and -._~/:@ before the first '?' of the format, and loses the last three
 * behind it. In the path an empty part and "." or ".." as a component are refused: servers fold them, and the request
 * would reach something else.
 */
#ifndef ENGINE_API_PATH_H
#define ENGINE_API_PATH_H

#include "base/buf.h"
#include "base/err.h"

#include <stdarg.h>

/* Appends the target to out. */
int api_path_vformat(struct buf *out, struct err *e, const char *fmt, va_list ap) MUST_CHECK
	__attribute__((format(printf, 3, 0)));

/* Appends "?name=value" to an empty out, "&name=value" to others; nothing when the value is NULL. What is in the value is
   encoded. For engine_request.query. */
void api_query_add(struct buf *out, const char *name, const char *value);

#endif
