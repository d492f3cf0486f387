#include "s3/xml.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "codec/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *xml_next(const char **at, const char *tag, const char **end)
{
	char open[40], close[40];
	snprintf(open, sizeof open, "<%s>", tag);
	snprintf(close, sizeof close, "</%s>", tag);
	const char *start = strstr(*at, open);
	if (!start)
		return NULL;
	start += strlen(open);
	*end = strstr(start, close);
	if (!*end)
		return NULL;
	*at = *end + strlen(close);
	return start;
}

/* One character reference at s, which begins with '&'; returns what follows it, or NULL when it is none. */
static const char *entity(const char *s, const char *end, struct buf *out)
{
	static const char names[][8] = {"&&amp;", "<&lt;", ">&gt;", "\"&quot;", "'&apos;"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *after = str_after(s, names[i] + 1);
		if (after && after <= end) {
			buf_byte(out, names[i][0]);
			return after;
		}
	}
	if (s[1] != '#')
		return NULL;
	char *stop;
	bool hex = s[2] == 'x';
	unsigned long c = strtoul(s + 2 + hex, &stop, hex ? 16 : 10);
	if (*stop != ';' || stop >= end || c == 0 || c > 0x10ffff)
		return NULL;
	char bytes[4];
	buf_add(out, bytes, utf8_encode((uint32_t)c, bytes));
	return stop + 1;
}

char *xml_text(const char *xml, const char *end, const char *tag)
{
	const char *stop, *at = xml, *s = xml_next(&at, tag, &stop);
	if (!s || (end && stop > end))
		return NULL;
	struct buf out = {0};
	while (s < stop) {
		const char *next = *s == '&' ? entity(s, stop, &out) : NULL;
		if (next) {
			s = next;
			continue;
		}
		buf_byte(&out, *s++);
	}
	return buf_steal(&out);
}
