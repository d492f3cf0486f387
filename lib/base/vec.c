#include "base/vec.h"

#include "base/buf.h"
#include "base/mem.h"

#include <string.h>

void strvec_free(struct strvec *v)
{
	for (size_t i = 0; i < v->n; i++)
		free(v->items[i]);
	free(v->items);
	*v = (struct strvec){0};
}

void strvec_take(struct strvec *v, char *s)
{
	v->items = mem_grow(v->items, v->n + 1, &v->cap, sizeof *v->items);
	v->items[v->n++] = s;
	v->items[v->n] = NULL;
}

void strvec_push(struct strvec *v, const char *s)
{
	strvec_take(v, mem_strdup(s));
}

void strvec_pushf(struct strvec *v, const char *fmt, ...)
{
	struct buf b = {0};
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	strvec_take(v, buf_steal(&b));
}

bool strvec_has(const struct strvec *v, const char *s)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->items[i], s) == 0)
			return true;
	return false;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strvec_sort(struct strvec *v)
{
	if (v->n)
		qsort(v->items, v->n, sizeof *v->items, by_bytes);
}

char *strvec_join(const struct strvec *v, const char *sep)
{
	struct buf b = {0};
	for (size_t i = 0; i < v->n; i++) {
		if (i)
			buf_str(&b, sep);
		buf_str(&b, v->items[i]);
	}
	return buf_steal(&b);
}
