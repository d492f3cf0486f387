#include "crypto/age_armor.h"

#include "codec/base64.h"

#include <string.h>

#define BEGIN "-----BEGIN AGE ENCRYPTED FILE-----"
#define END "-----END AGE ENCRYPTED FILE-----"

enum { COLUMNS = 64, BLANKS_MAX = 1024, AHEAD = 4096 };
enum { BEFORE, INSIDE, LAST, AT_END };

static bool blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int age_armor_begins(struct reader *in, struct err *e)
{
	const unsigned char *p;
	ssize_t n = reader_peek(in, strlen(BEGIN) + BLANKS_MAX, &p, e);
	if (n < 0)
		return -1;
	while (n > 0 && blank(*p)) {
		p++;
		n--;
	}
	return (size_t)n >= strlen(BEGIN) && memcmp(p, BEGIN, strlen(BEGIN)) == 0;
}

/* The next line without its end into r->line. 1, 0 at the end of the input, -1. */
static int read_line(struct age_armor_reader *r, struct err *e)
{
	unsigned char c;
	ssize_t n;
	buf_reset(&r->line);
	while ((n = reader_read(r->in, &c, 1, e)) > 0 && c != '\n') {
		buf_byte(&r->line, c);
		if (r->line.len > BLANKS_MAX)
			return err_set(e, ERR_FORMAT, "a line of the armor is too long");
	}
	if (n < 0)
		return -1;
	if (r->line.len && r->line.data[r->line.len - 1] == '\r')
		r->line.data[--r->line.len] = '\0';
	return n > 0 || r->line.len > 0;
}

/* Only blanks may follow. */
static int check_rest(struct age_armor_reader *r, struct err *e)
{
	const unsigned char *p;
	ssize_t n;
	while ((n = reader_block(r->in, &p, e)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (!blank(p[i]))
				return err_set(e, ERR_FORMAT, "something follows the armor's end");
		reader_consume(r->in, (size_t)n);
	}
	return n < 0 ? -1 : 0;
}

static int take_line(struct age_armor_reader *r, struct err *e)
{
	const char *s = buf_cstr(&r->line);
	size_t n = r->line.len;
	if (strcmp(s, END) == 0 && n == strlen(END)) {
		r->state = AT_END;
		return check_rest(r, e);
	}
	if (r->state == LAST || n == 0 || n > COLUMNS)
		return err_set(e, ERR_FORMAT, "the armor has a line of a wrong length");
	if (n < COLUMNS || s[n - 1] == '=')
		r->state = LAST;
	return base64_decode(&r->bytes, s, n, BASE64_STD, e);
}

static int begin(struct age_armor_reader *r, struct err *e)
{
	int rc;
	while ((rc = read_line(r, e)) > 0) {
		const char *s = buf_cstr(&r->line);
		s += strspn(s, " \t");
		if (strcmp(s, BEGIN) == 0) {
			r->state = INSIDE;
			return 0;
		}
		if (*s)
			break;
	}
	return rc < 0 ? -1 : err_set(e, ERR_FORMAT, "the armor's first line is wrong");
}

static ssize_t armor_next(struct reader *base, const unsigned char **block, struct err *e)
{
	struct age_armor_reader *r = (struct age_armor_reader *)base;
	buf_reset(&r->bytes);
	if (r->state == BEFORE && begin(r, e) < 0)
		return -1;
	while (r->state != AT_END && r->bytes.len < AHEAD) {
		int rc = read_line(r, e);
		if (rc == 0)
			return err_set(e, ERR_FORMAT, "the armor has no end: the file is cut short");
		if (rc < 0 || take_line(r, e) < 0)
			return -1;
	}
	*block = (const unsigned char *)r->bytes.data;
	return (ssize_t)r->bytes.len;
}

static void armor_free(struct reader *base)
{
	struct age_armor_reader *r = (struct age_armor_reader *)base;
	buf_free(&r->bytes);
	buf_free(&r->line);
}

void age_armor_reader_init(struct age_armor_reader *r, struct reader *in)
{
	static const struct reader_ops ops = {.next = armor_next, .free = armor_free};
	*r = (struct age_armor_reader){.base.ops = &ops, .in = in};
}

static int flush(struct age_armor_writer *w, struct err *e)
{
	CLEANUP_BUF struct buf b = {0};
	if (!w->begun)
		buf_str(&b, BEGIN "\n");
	w->begun = true;
	if (w->n) {
		base64_encode(&b, w->part, w->n, BASE64_STD);
		buf_byte(&b, '\n');
	}
	w->n = 0;
	return writer_write(w->out, buf_cstr(&b), b.len, e);
}

static int armor_write(struct writer *base, const void *p, size_t n, struct err *e)
{
	struct age_armor_writer *w = (struct age_armor_writer *)base;
	const unsigned char *from = p;
	while (n) {
		size_t take = sizeof w->part - w->n < n ? sizeof w->part - w->n : n;
		memcpy(w->part + w->n, from, take);
		w->n += take;
		from += take;
		n -= take;
		if (w->n == sizeof w->part && flush(w, e) < 0)
			return -1;
	}
	return 0;
}

static int armor_finish(struct writer *base, struct err *e)
{
	struct age_armor_writer *w = (struct age_armor_writer *)base;
	if ((w->n || !w->begun) && flush(w, e) < 0)
		return -1;
	return writer_str(w->out, END "\n", e);
}

void age_armor_writer_init(struct age_armor_writer *w, struct writer *out)
{
	static const struct writer_ops ops = {.write = armor_write, .finish = armor_finish};
	*w = (struct age_armor_writer){.base.ops = &ops, .out = out};
}
