/* The lines of `tar t`, `tar tv` and `tar cv`, as GNU tar prints them in the C locale's manner. */
#include "tar/tar.h"

#include "codec/utf8.h"

#include <string.h>
#include <time.h>

/* Names with control characters and backslashes escaped; what is not UTF-8 in octal. */
static void quote(const char *s, struct buf *out)
{
	static const char from[] = "\a\b\f\n\r\t\v\\", to[] = "abfnrtv\\";
	for (size_t n = strlen(s); n;) {
		const char *at = strchr(from, *s);
		size_t len = utf8_decode(s, n, NULL);
		if (at) {
			buf_byte(out, '\\');
			buf_byte(out, to[at - from]);
		} else if (len == 0 || (unsigned char)*s < 0x20 || *s == 0x7f) {
			buf_printf(out, "\\%03o", (unsigned char)*s);
			len = 1;
		} else {
			buf_add(out, s, len);
		}
		s += len;
		n -= len;
	}
}

static void mode_text(const struct tar_entry *x, char out[11])
{
	static const char types[] = {'-', 'h', 'l', 'c', 'b', 'd', 'p'};
	memcpy(out, "?rwxrwxrwx", 11);
	out[0] = types[x->type - TAR_FILE];
	for (unsigned i = 0; i < 9; i++)
		if (!(x->mode >> (8 - i) & 1))
			out[1 + i] = '-';
	if (x->mode & 04000)
		out[3] = out[3] == 'x' ? 's' : 'S';
	if (x->mode & 02000)
		out[6] = out[6] == 'x' ? 's' : 'S';
	if (x->mode & 01000)
		out[9] = out[9] == 'x' ? 't' : 'T';
}

static void owner_text(char *out, size_t size, const char *name, uint64_t id, bool numeric)
{
	if (name && *name && !numeric)
		snprintf(out, size, "%s", name);
	else
		snprintf(out, size, "%llu", (unsigned long long)id);
}

static void long_listing(struct tar_job *job, const struct tar_entry *x, struct buf *out)
{
	char mode[11], user[64], group[64], size[32], when[32];
	struct tm tm = {0};
	time_t t = (time_t)x->mtime;
	mode_text(x, mode);
	owner_text(user, sizeof user, x->uname, x->uid, job->o.numeric);
	owner_text(group, sizeof group, x->gname, x->gid, job->o.numeric);
	if (x->type == TAR_CHAR || x->type == TAR_BLOCK)
		snprintf(size, sizeof size, "%u,%u", x->dev_major, x->dev_minor);
	else
		snprintf(size, sizeof size, "%llu", (unsigned long long)x->size);
	int used = (int)(strlen(user) + 1 + strlen(group) + 1 + strlen(size));
	if (used > job->width)
		job->width = used;
	if (localtime_r(&t, &tm))
		snprintf(when, sizeof when, "%04lld-%02d-%02d %02d:%02d", tm.tm_year + 1900LL, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		         tm.tm_min);
	else
		snprintf(when, sizeof when, "%lld", (long long)x->mtime);
	buf_printf(out, "%s %s/%s %*s %s ", mode, user, group, job->width - used + (int)strlen(size), size, when);
}

void tar_print(struct tar_job *job, const struct tar_entry *x, bool longer)
{
	CLEANUP_BUF struct buf out = {0};
	if (longer)
		long_listing(job, x, &out);
	quote(x->path, &out);
	if (x->type == TAR_DIR && out.len && out.data[out.len - 1] != '/')
		buf_byte(&out, '/');
	if (longer && x->link) {
		buf_str(&out, x->type == TAR_SYMLINK ? " -> " : " link to ");
		quote(x->link, &out);
	}
	buf_byte(&out, '\n');
	fwrite(out.data, 1, out.len, job->listing);
}
