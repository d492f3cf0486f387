/*
 * The printf family on lib/base/format. The linker takes these before it looks into the C library, whose own, with its
 * floating point, would be 10 KB of a binary that prints no floats. Where the library is glibc (the builds under
 * sanitizers, which watch the calls of printf) its functions stay.
 */
#include "base/format.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#ifndef __GLIBC__

struct room {
	char *p;
	size_t left; /* bytes, without the one for the NUL */
};

static void put_room(void *arg, const char *p, size_t n)
{
	struct room *r = arg;
	n = n < r->left ? n : r->left;
	memcpy(r->p, p, n);
	r->p += n;
	r->left -= n;
}

static int length(size_t n)
{
	return n <= INT_MAX ? (int)n : -1;
}

int vsnprintf(char *restrict s, size_t n, const char *restrict fmt, va_list ap)
{
	char none[1];
	struct room r = {n ? s : none, n ? n - 1 : 0};
	size_t whole = format(put_room, &r, fmt, ap);
	*r.p = '\0';
	return length(whole);
}

int snprintf(char *restrict s, size_t n, const char *restrict fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int r = vsnprintf(s, n, fmt, ap);
	va_end(ap);
	return r;
}

static void put_file(void *arg, const char *p, size_t n)
{
	fwrite(p, 1, n, arg);
}

/* Through a buffer of its own on the way, so that a line for stderr is one write. */
int vfprintf(FILE *restrict f, const char *restrict fmt, va_list ap)
{
	int n;
	flockfile(f);
	if (f == stderr) {
		char text[4096]; /* longer than any struct err */
		n = vsnprintf(text, sizeof text, fmt, ap);
		if (n >= 0 && (size_t)n < sizeof text)
			fwrite(text, 1, (size_t)n, f);
		else
			n = length(format(put_file, f, fmt, ap));
	} else {
		n = length(format(put_file, f, fmt, ap));
	}
	funlockfile(f);
	return ferror(f) ? -1 : n;
}

int fprintf(FILE *restrict f, const char *restrict fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vfprintf(f, fmt, ap);
	va_end(ap);
	return n;
}

int printf(const char *restrict fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vfprintf(stdout, fmt, ap);
	va_end(ap);
	return n;
}

#endif
