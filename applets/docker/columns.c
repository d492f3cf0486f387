#include "docker/columns.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct line {
	const char *text;
	size_t len, cells;        /* cells: those with a tab behind them */
	size_t *widths;           /* of each of them */
};

static size_t characters(const char *s, size_t n)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

/* The cell at *s, which then stands behind its tab. */
static size_t cell(const char **s, const char *end, const char **from)
{
	const char *tab = memchr(*s, '\t', (size_t)(end - *s));
	*from = *s;
	size_t len = (size_t)((tab ? tab : end) - *s);
	*s = tab ? tab + 1 : end;
	return len;
}

/* The width of column c in the run of lines that begins at l[0]. Returns how many lines there are in it. */
static size_t measure(struct line *l, size_t n, size_t c, size_t min, size_t padding)
{
	size_t run = 0, width = min;
	for (; run < n && l[run].cells > c; run++) {
		size_t own = l[run].widths[c] + padding;
		width = own > width ? own : width;
	}
	for (size_t i = 0; i < run; i++)
		l[i].widths[c] = width;
	return run;
}

static struct line *split(const char *text, size_t n, size_t *count, size_t *deepest)
{
	struct line *lines = NULL;
	size_t cap = 0;
	for (const char *end = text + n; text < end;) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		lines = mem_grow(lines, *count, &cap, sizeof *lines);
		struct line *l = &lines[(*count)++];
		*l = (struct line){.text = text, .len = (size_t)((nl ? nl : end) - text)};
		for (size_t i = 0; i < l->len; i++)
			l->cells += text[i] == '\t';
		l->widths = mem_array(l->cells, sizeof *l->widths);
		const char *at = text, *from;
		for (size_t c = 0; c < l->cells; c++) {
			size_t len = cell(&at, text + l->len, &from);
			l->widths[c] = characters(from, len);
		}
		*deepest = l->cells > *deepest ? l->cells : *deepest;
		text = nl ? nl + 1 : end;
	}
	return lines;
}

void columns_align(const char *text, size_t n, size_t min, size_t padding, struct buf *out)
{
	size_t count = 0, deepest = 0;
	struct line *lines = split(text, n, &count, &deepest);
	for (size_t c = 0; c < deepest; c++)
		for (size_t i = 0; i < count;) {
			size_t run = measure(lines + i, count - i, c, min, padding);
			i += run ? run : 1;
		}
	for (size_t i = 0; i < count; i++) {
		const char *at = lines[i].text, *end = at + lines[i].len, *from;
		for (size_t c = 0; c <= lines[i].cells; c++) {
			size_t len = cell(&at, end, &from);
			buf_add(out, from, len);
			for (size_t w = characters(from, len); c < lines[i].cells && w < lines[i].widths[c]; w++)
				buf_byte(out, ' ');
		}
		buf_byte(out, '\n');
		free(lines[i].widths);
	}
	free(lines);
}
