#include "base/str.h"

#include "base/buf.h"

#include <string.h>

bool str_eq(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);
	return n >= k && memcmp(s + n - k, suffix, k) == 0;
}

const char *str_after(const char *s, const char *prefix)
{
	return str_starts(s, prefix) ? s + strlen(prefix) : NULL;
}

const char *str_basename(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

char *str_printf(const char *fmt, ...)
{
	struct buf b = {0};
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	return buf_steal(&b);
}

int str_to_u64(const char *s, uint64_t max, uint64_t *out, const char *what, struct err *e)
{
	uint64_t v = 0;
	const char *p = s;
	for (; *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t)(*p - '0');
		if (v > (max - digit) / 10 || digit > max)
			return err_set(e, ERR_USAGE, "%s: %s is more than %llu", what, s, (unsigned long long)max);
		v = v * 10 + digit;
	}
	if (p == s || *p)
		return err_set(e, ERR_USAGE, "%s: '%s' is not a whole number", what, s);
	*out = v;
	return 0;
}

unsigned str_distance(const char *a, const char *b)
{
	enum { MAX = 63 };
	size_t n = strlen(a), m = strlen(b);
	if (n > MAX || m > MAX)
		return MAX;
	unsigned row[MAX + 1];
	for (size_t j = 0; j <= m; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned diag = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned best = diag + (a[i - 1] != b[j - 1]);
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diag = row[j];
			row[j] = best;
		}
	}
	return row[m];
}
