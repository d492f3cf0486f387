#include "engine/api_path.h"

#include "base/str.h"

#include <stdbool.h>
#include <string.h>

static bool plain(unsigned char c, bool in_query)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	return c && strchr(in_query ? "-._~" : "-._~/:@", c);
}

static bool has_dot_component(const char *s)
{
	while (*s) {
		size_t n = strcspn(s, "/");
		if ((n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.'))
			return true;
		s += n + (s[n] == '/');
	}
	return false;
}

static void encode(struct buf *out, const char *s, bool in_query)
{
	for (; *s; s++) {
		if (plain((unsigned char)*s, in_query))
			buf_byte(out, *s);
		else
			buf_printf(out, "%%%02X", (unsigned)(unsigned char)*s);
	}
}

static int add_part(struct buf *out, const char *s, bool in_query, struct err *e)
{
	if (!in_query && !*s)
		return err_set(e, ERR_USAGE, "the name or id is empty");
	if (!in_query && has_dot_component(s))
		return err_set(e, ERR_USAGE, "'%s' is not a name or id", s);
	encode(out, s, in_query);
	return 0;
}

void api_query_add(struct buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(out, "%c%s=", out->len ? '&' : '?', name);
	encode(out, value, true);
}

int api_path_vformat(struct buf *out, struct err *e, const char *fmt, va_list ap)
{
	bool in_query = false;
	for (const char *p = fmt; *p; p++) {
		if (*p != '%') {
			in_query |= *p == '?';
			buf_byte(out, *p);
		} else if (str_starts(p, "%s")) {
			if (add_part(out, va_arg(ap, const char *), in_query, e) < 0)
				return -1;
			p++;
		} else if (str_starts(p, "%d")) {
			buf_printf(out, "%d", va_arg(ap, int));
			p++;
		} else if (str_starts(p, "%u")) {
			buf_printf(out, "%u", va_arg(ap, unsigned));
			p++;
		} else if (str_starts(p, "%lld")) {
			buf_printf(out, "%lld", va_arg(ap, long long));
			p += 3;
		} else if (str_starts(p, "%llu")) {
			buf_printf(out, "%llu", va_arg(ap, unsigned long long));
			p += 3;
		} else if (str_starts(p, "%%")) {
			buf_byte(out, '%');
			p++;
		} else {
			return err_set(e, ERR_USAGE, "unknown conversion in the request path '%s'", fmt);
		}
	}
	return 0;
}

