/*
 * One star is retried at a time: when what follows it does not match, it takes one character more. Of two stars only
 * the later one need be retried, since whatever the earlier could take instead the later can take as well. With
 * GLOB_SEGMENTS that holds for '*' within a segment and for "**" over all, so each has its own place to go back to.
 */
#include "codec/glob.h"
#include "codec/utf8.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* The next character of s, and its length in bytes: 0 only at the end. */
static size_t next(const char *s, uint32_t *c)
{
	*c = (unsigned char)*s;
	if (*c < 0x80)
		return *c != 0;
	size_t n = utf8_decode(s, strnlen(s, 4), c);
	return n ? n : 1;
}

static bool in_class(const char *name, size_t n, uint32_t c)
{
	static const struct {
		char name[8];
		int (*is)(int);
	} classes[] = {{"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl}, {"digit", isdigit},
	               {"graph", isgraph}, {"lower", islower}, {"print", isprint}, {"punct", ispunct}, {"space", isspace},
	               {"upper", isupper}, {"xdigit", isxdigit}};
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (strlen(classes[i].name) == n && memcmp(classes[i].name, name, n) == 0)
			return c < 0x80 && classes[i].is((int)c);
	return false;
}

/* p stands behind a '['. Returns what follows the bracket expression, or NULL when it has no end: the '[' is plain. */
static const char *bracket(const char *p, uint32_t c, bool *matches)
{
	bool negated = *p == '!' || *p == '^', found = false;
	p += negated;
	for (const char *first = p; *p != ']' || p == first;) {
		const char *end;
		if (p[0] == '[' && p[1] == ':' && (end = strstr(p + 2, ":]"))) {
			found |= in_class(p + 2, (size_t)(end - p - 2), c);
			p = end + 2;
			continue;
		}
		uint32_t low, high;
		p += p[0] == '\\' && p[1];
		if (!*p)
			return NULL;
		p += next(p, &low);
		high = low;
		if (p[0] == '-' && p[1] && p[1] != ']') {
			p++;
			p += p[0] == '\\' && p[1];
			p += next(p, &high);
		}
		found |= low <= c && c <= high;
	}
	*matches = found != negated;
	return p + 1;
}

/* One step of a pattern that is not a star: what follows it when it matches c, else NULL. */
static const char *step(const char *p, uint32_t c, int flags)
{
	bool matches;
	uint32_t own;
	const char *after;
	if (*p == '?')
		return c == '/' && flags & GLOB_SEGMENTS ? NULL : p + 1;
	if (*p == '[' && (after = bracket(p + 1, c, &matches)))
		return matches && !(c == '/' && flags & GLOB_SEGMENTS) ? after : NULL;
	p += p[0] == '\\' && p[1];
	size_t n = next(p, &own);
	return n && own == c ? p + n : NULL;
}

struct retry {
	const char *pattern, *s;  /* pattern is what follows the star, or NULL */
	bool segments;            /* the star was "**" and a '/', which take whole segments */
};

bool glob_match(const char *p, const char *s, int flags)
{
	struct retry star = {0}, deep = {0};
	for (;;) {
		uint32_t c;
		size_t n = next(s, &c);
		if (p[0] == '*' && p[1] == '*' && flags & GLOB_SEGMENTS) {
			p += 2;
			deep = (struct retry){p + (*p == '/'), s, *p == '/'};
			p = deep.pattern;
			star.pattern = NULL;
			continue;
		}
		if (*p == '*') {
			star = (struct retry){++p, s, false};
			continue;
		}
		if (!*p && (!n || (c == '/' && flags & GLOB_LEADING_DIR)))
			return true;
		const char *after = n && *p ? step(p, c, flags) : NULL;
		if (after) {
			p = after;
			s += n;
			continue;
		}
		struct retry *r = &star;
		size_t more = r->pattern ? next(r->s, &c) : 0;
		if (!more || (c == '/' && flags & GLOB_SEGMENTS)) {
			r = &deep;
			star.pattern = NULL;
			const char *slash = r->segments ? strchr(r->s, '/') : NULL;
			if (r->pattern)
				more = slash ? (size_t)(slash - r->s) + 1 : r->segments ? 0 : next(r->s, &c);
			if (!r->pattern || !more)
				return false;
		}
		p = r->pattern;
		s = r->s += more;
	}
}
