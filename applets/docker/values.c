/* Numbers, durations, lists and files as the values of flags have them, and what is checked of plain words. */
#include "docker/flags.h"

#include "base/mem.h"
#include "base/str.h"
#include "sys/file.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int64_t flag_billionths(const char *s, const char **end)
{
	int64_t n = 0;
	if (!isdigit((unsigned char)*s) && *s != '.')
		return -1;
	for (; isdigit((unsigned char)*s) && n < 1000000000; s++)
		n = n * 10 + (*s - '0');
	n *= 1000000000;
	if (*s == '.')
		for (int64_t unit = 100000000; isdigit((unsigned char)*++s); unit /= 10) {
			if (!unit && *s != '0')
				return -1;  /* more precise than can be said */
			n += unit * (*s - '0');
		}
	*end = s;
	return n;
}

int64_t flag_bytes(const char *s)
{
	static const char units[] = "bkmgtp";
	const char *end = s, *u;
	uint64_t whole;
	struct err ignored;
	if (str_to_u64(s, INT64_MAX, &whole, "", &ignored) == 0)
		return (int64_t)whole;
	int64_t n = flag_billionths(s, &end);
	end += *end == ' ';
	u = *end ? strchr(units, tolower((unsigned char)*end)) : units;
	if (n < 0 || !u)
		return -1;
	end += *end != 0;
	end += tolower((unsigned char)*end) == 'i' && u != units;
	end += tolower((unsigned char)*end) == 'b' && u != units;
	int shift = (int)(u - units) * 10;
	if (*end || n / 1000000000 >= INT64_MAX >> shift)
		return -1;
	/* The whole part and the fraction apart, the latter in steps of 2^30: so nothing overflows. */
	int low = shift < 30 ? shift : 30;
	return (n / 1000000000 << shift) + (((n % 1000000000) << low) / 1000000000 << (shift - low));
}

int64_t flag_duration(const char *s)
{
	int64_t sum = 0;
	if (str_eq(s, "0"))
		return 0;
	if (!*s)
		return -1;
	while (*s) {
		const char *end;
		int64_t n = flag_billionths(s, &end);
		if (n < 0)
			return -1;
		if (str_starts(end, "ms"))
			n /= 1000, end += 2;
		else if (str_starts(end, "us") || str_starts(end, "\xc2\xb5s"))
			n /= 1000000, end += *end == 'u' ? 2 : 3;
		else if (str_starts(end, "ns"))
			n /= 1000000000, end += 2;
		else if (*end == 's' || *end == 'm' || *end == 'h') {
			int64_t unit = *end == 's' ? 1 : *end == 'm' ? 60 : 3600;
			if (n > INT64_MAX / 4 / unit)
				return -1;
			n *= unit, end++;
		} else
			return -1;
		if (sum > INT64_MAX / 2 || n > INT64_MAX / 2)
			return -1;
		sum += n;
		s = end;
	}
	return sum;
}

int64_t flag_integer(const char *s, int64_t least, int64_t most, bool *ok)
{
	char *end;
	errno = 0;
	long long n = strtoll(s, &end, 0);
	*ok = end != s && !*end && !errno && !isspace((unsigned char)*s) && n >= least && n <= most;
	return n;
}

int flag_bool(const char *s)
{
	static const char *const words[] = {"0", "f", "F", "false", "False", "FALSE", "1", "t", "T", "true", "True", "TRUE"};
	for (int i = 0; i < 12; i++)
		if (str_eq(s, words[i]))
			return i >= 6;
	return -1;
}

/* One field at *p, which moves behind the comma that ends it; *p is NULL after the last. */
static char *csv_field(const char **p)
{
	CLEANUP_BUF struct buf b = {0};
	const char *s = *p;
	bool quoted = *s == '"', open = quoted;
	for (s += quoted; *s && (open || *s != ','); s++) {
		if (quoted && *s == '"' && s[1] == '"')
			s++;
		else if (quoted && *s == '"') {
			open = false;
			continue;
		}
		if (!open && quoted)
			return NULL;
		buf_byte(&b, *s);
	}
	*p = *s ? s + 1 : NULL;
	return open ? NULL : buf_steal(&b);
}

int flag_csv(struct strvec *out, const char *s, struct err *e)
{
	while (s) {
		char *field = csv_field(&s);
		if (!field)
			return err_set(e, ERR_USAGE, "the quotes do not match");
		strvec_take(out, field);
	}
	return 0;
}

char *flag_lower(const char *s, size_t n)
{
	char *out = mem_dup(s, n);
	for (char *p = out; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return out;
}

char *flag_full_path(const char *path)
{
	CLEANUP_FREE char *here = *path == '/' ? NULL : getcwd(NULL, 0);
	CLEANUP_FREE char *all = str_printf("%s/%s", here ? here : "", path);
	struct buf b = {0};
	for (const char *p = all; *p;) {
		size_t n = strcspn(p, "/");
		if (n == 2 && memcmp(p, "..", 2) == 0) {
			while (b.len && b.data[--b.len] != '/') {
			}
		} else if (n && !(n == 1 && *p == '.')) {
			buf_byte(&b, '/');
			buf_add(&b, p, n);
		}
		p += n + (p[n] == '/');
	}
	if (!b.len)
		buf_byte(&b, '/');
	b.data[b.len] = '\0';
	return buf_steal(&b);
}

bool flag_is_ip(const char *s)
{
	unsigned char bytes[16];
	return inet_pton(AF_INET, s, bytes) == 1 || inet_pton(AF_INET6, s, bytes) == 1;
}

int check_ip(struct flags_set *f, const char *v, struct err *e)
{
	(void)f;
	return flag_is_ip(v) ? 0 : err_set(e, ERR_USAGE, "it is no IP address");
}

int check_mac(struct flags_set *f, const char *v, struct err *e)
{
	size_t n = strlen(v);
	(void)f;
	for (size_t i = 0; i < n; i++)
		if (i % 3 == 2 ? v[i] != ':' && v[i] != '-' : !isxdigit((unsigned char)v[i]))
			n = 0;
	return n == 17 || n == 23 ? 0 : err_set(e, ERR_USAGE, "it is no MAC address");
}

/* What a name of a variable, a label or an option has to be. */
int check_key(struct flags_set *f, const char *v, struct err *e)
{
	size_t n = strcspn(v, "=");
	(void)f;
	return n && strcspn(v, " \t") >= n ? 0 : err_set(e, ERR_USAGE, "write NAME=VALUE, NAME without blanks");
}

int check_env(struct flags_set *f, const char *v, struct err *e)
{
	(void)f;
	return *v && *v != '=' ? 0 : err_set(e, ERR_USAGE, "it names no variable");
}

int check_pair(struct flags_set *f, const char *v, struct err *e)
{
	(void)f;
	return strchr(v, '=') ? 0 : err_set(e, ERR_USAGE, "write NAME=VALUE");
}

/* What may be set for one container; the engine knows more exactly. */
int check_sysctl(struct flags_set *f, const char *v, struct err *e)
{
	if (!str_starts(v, "net.") && !str_starts(v, "kernel.") && !str_starts(v, "fs.mqueue."))
		return err_set(e, ERR_USAGE, "not a setting of one container: net.*, fs.mqueue.* and some of kernel.* are");
	return check_pair(f, v, e);
}

/* "a|c|b MAJOR:MINOR rwm" */
int check_device_rule(struct flags_set *f, const char *v, struct err *e)
{
	const char *p = *v && strchr("abc", *v) && v[1] == ' ' ? v + 2 : "";
	(void)f;
	for (int part = 0; part < 2; part++) {
		size_t n = *p == '*' ? 1 : strspn(p, "0123456789");
		p = n && p[n] == (part ? ' ' : ':') ? p + n + 1 : "";
	}
	size_t n = strspn(p, "rwm");
	return n && n <= 3 && !p[n] ? 0 : err_set(e, ERR_USAGE, "write it like 'c 1:3 rwm'");
}

/* The words that a flag takes, with '|' between them; "word*" is a beginning. */
bool flag_allows(const char *allow, const char *v)
{
	for (const char *p = allow;; p++) {
		size_t n = strcspn(p, "|");
		bool begins = n && p[n - 1] == '*';
		if (begins ? strncmp(p, v, n - 1) == 0 : strlen(v) == n && memcmp(p, v, n) == 0)
			return true;
		p += n;
		if (!*p)
			return false;
	}
}

int flags_file(struct strvec *out, const char *path, bool env, struct err *e)
{
	CLEANUP_BUF struct buf text = {0};
	if (file_read(AT_FDCWD, path, 1 << 20, &text, e) < 0)
		return -1;
	const char *p = buf_cstr(&text);
	for (const char *next = p + (str_starts(p, "\xef\xbb\xbf") ? 3 : 0); *next;) {
		p = next;
		size_t n = strcspn(p, "\n");
		next = p + n + (p[n] == '\n');
		while (n && isspace((unsigned char)*p))
			p++, n--;
		n -= n && p[n - 1] == '\r';
		CLEANUP_FREE char *line = mem_dup(p, n);
		if (!n || *p == '#')
			continue;
		if (check_key(NULL, line, e) < 0)
			return err_set(e, ERR_USAGE, "%s: '%s': write NAME=VALUE, NAME without blanks", path, line);
		if (strchr(line, '='))
			strvec_push(out, line);
		else if (env && getenv(line))
			strvec_pushf(out, "%s=%s", line, getenv(line));
	}
	return 0;
}
