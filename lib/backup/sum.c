#include "backup/sum.h"

#include "base/mem.h"

#include <string.h>

/* The bytes of a hole, up to `offset`. */
static void zeros(struct sum *s, uint64_t offset)
{
	static const unsigned char none[16384];
	while (s->at < offset) {
		size_t n = offset - s->at < sizeof none ? (size_t)(offset - s->at) : sizeof none;
		sha256_add(&s->hash, none, n);
		s->at += n;
	}
}

void sum_begin(struct sum *s, const char *name, uint64_t size)
{
	sum_free(s);
	s->name = mem_strdup(name);
	s->at = 0;
	s->size = size;
	if (!s->begun)
		sha256_init(&s->hash);
	s->begun = true;
	sha256_again(&s->hash);
}

void sum_data(struct sum *s, const void *p, size_t n, uint64_t offset)
{
	zeros(s, offset);
	sha256_add(&s->hash, p, n);
	s->at += n;
}

void sum_end(struct sum *s, struct buf *line)
{
	char hex[SHA256_HEX];
	if (!s->name)
		return;
	zeros(s, s->size);
	sha256_end_hex(&s->hash, hex);
	buf_str(line, strpbrk(s->name, "\\\n\r") ? "\\" : "");
	buf_printf(line, "%s  ", hex);
	for (const char *c = s->name; *c; c++) {
		if (*c == '\\' || *c == '\n' || *c == '\r') {
			buf_byte(line, '\\');
			buf_byte(line, *c == '\n' ? 'n' : *c == '\r' ? 'r' : '\\');
		} else {
			buf_byte(line, *c);
		}
	}
	buf_byte(line, '\n');
	sum_free(s);
}

void sum_free(struct sum *s)
{
	free(s->name);
	s->name = NULL;
}
