#include "service/report.h"

#include "base/buf.h"
#include "base/mem.h"

void report_free(struct report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->items[i].topic);
		free(r->items[i].text);
	}
	free(r->items);
	*r = (struct report){0};
}

/* Names from images and hosts go to terminals. */
static char *tame(char *s)
{
	for (char *p = s; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return s;
}

void report_add(struct report *r, enum report_level level, const char *topic, const char *fmt, ...)
{
	struct buf b = {0};
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	r->items = mem_grow(r->items, r->n, &r->cap, sizeof *r->items);
	r->items[r->n++] = (struct finding){level, tame(mem_strdup(topic)), tame(buf_steal(&b))};
	r->count[level]++;
}

const char *report_word(enum report_level level)
{
	static const char *const words[REPORT_LEVELS] = {"ok", "note", "problem"};
	return words[level];
}
