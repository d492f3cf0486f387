#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int (err_set)(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	e->kind = kind;
	e->sys = 0;
	e->status = 0;
	vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	return -1;
}

int (err_sys)(struct err *e, const char *fmt, ...)
{
	int code = errno;
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof e->msg)
		snprintf(e->msg + n, sizeof e->msg - n, ": %s", strerror(code));
	e->kind = code == ENOENT ? ERR_NOT_FOUND : code == EEXIST ? ERR_EXISTS : ERR_SYS;
	e->sys = code;
	e->status = 0;
	return -1;
}

int (err_wrap)(struct err *e, const char *fmt, ...)
{
	char inner[sizeof e->msg];
	memcpy(inner, e->msg, sizeof inner);
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof e->msg)
		snprintf(e->msg + n, sizeof e->msg - n, ": %s", inner);
	return -1;
}

int (err_hint)(struct err *e, const char *fmt, ...)
{
	size_t n = strlen(e->msg);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(e->msg + n, sizeof e->msg - n, fmt, ap);
	va_end(ap);
	return -1;
}
