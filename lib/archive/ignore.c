#include "archive/ignore.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/glob.h"
#include "sys/path.h"

#include <string.h>

void ignore_add(struct ignore *ig, const char *pattern)
{
	bool back = *pattern == '!';
	CLEANUP_FREE char *clean = path_lexical(pattern + back);
	strvec_pushf(&ig->patterns, "%s%s", back ? "!" : "", clean + (clean[0] == '/' && clean[1]));
}

void ignore_parse(struct ignore *ig, const char *text)
{
	static const char blanks[] = " \t\r\v\f";
	const char *p = str_after(text, "\xef\xbb\xbf");
	for (p = p ? p : text; *p;) {
		size_t n = strcspn(p, "\n");
		const char *next = p + n + (p[n] == '\n'), *end = p + n;
		bool comment = *p == '#';
		bool back = false;
		for (int part = 0; part < 2; part++) {
			while (p < end && strchr(blanks, *p))
				p++;
			if (part == 0 && p < end && *p == '!') {
				back = true;
				p++;
			}
		}
		while (end > p && strchr(blanks, end[-1]))
			end--;
		if (!comment && end > p) {
			CLEANUP_FREE char *pattern = str_printf("%s%.*s", back ? "!" : "", (int)(end - p), p);
			ignore_add(ig, pattern);
		}
		p = next;
	}
}

void ignore_free(struct ignore *ig)
{
	strvec_free(&ig->patterns);
}

bool ignore_excludes(const struct ignore *ig, const char *path)
{
	bool excluded = false;
	for (size_t i = 0; i < ig->patterns.n; i++) {
		const char *pattern = ig->patterns.items[i];
		bool back = *pattern == '!';
		if (back == excluded && glob_match(pattern + back, path, GLOB_SEGMENTS | GLOB_LEADING_DIR))
			excluded = !back;
	}
	return excluded;
}

bool ignore_reopens(const struct ignore *ig, const char *dir)
{
	size_t n = strlen(dir);
	for (size_t i = 0; i < ig->patterns.n; i++) {
		const char *rest = str_after(ig->patterns.items[i], "!");
		if (rest && strncmp(rest, dir, n) == 0 && (rest[n] == '/' || !rest[n]))
			return true;
	}
	return false;
}
