/*
 * A state says what may come next at the current depth: a value (after '[' or ',' or ':'), a key, or a comma or the end.
 */
#include "codec/json_read.h"

#include "codec/utf8.h"

#include <string.h>

enum state {
	WANT_VALUE,        /* a value; at depth 0 the end of the input too */
	WANT_FIRST_VALUE,  /* a value or ']' */
	WANT_KEY,
	WANT_FIRST_KEY,    /* a key or '}' */
	WANT_MORE,         /* ',' or the closing bracket */
};

void json_reader_init(struct json_reader *j, struct reader *in)
{
	*j = (struct json_reader){.in = in, .state = WANT_VALUE};
}

void json_reader_free(struct json_reader *j)
{
	buf_free(&j->text);
}

/* The next byte, which stays unconsumed; -1 on error, -2 at the end. */
static int look(struct json_reader *j, struct err *e)
{
	const unsigned char *p;
	ssize_t n = reader_block(j->in, &p, e);
	return n < 0 ? -1 : n == 0 ? -2 : p[0];
}

static int bad(struct json_reader *j, struct err *e, const char *why)
{
	return err_set(e, ERR_FORMAT, "JSON: %s at byte %llu", why, (unsigned long long)j->in->consumed);
}

static int cut(struct err *e)
{
	return err_set(e, ERR_PROTOCOL, "JSON: the text ends in the middle");
}

/* The next byte, consumed; its absence is an error. */
static int take(struct json_reader *j, struct err *e)
{
	int c = look(j, e);
	if (c == -2)
		return cut(e);
	if (c >= 0)
		reader_consume(j->in, 1);
	return c;
}

static int look_past_blanks(struct json_reader *j, struct err *e)
{
	for (;;) {
		const unsigned char *p;
		ssize_t n = reader_block(j->in, &p, e);
		if (n <= 0)
			return n < 0 ? -1 : -2;
		size_t i = 0;
		while (i < (size_t)n && (p[i] == ' ' || p[i] == '\n' || p[i] == '\r' || p[i] == '\t'))
			i++;
		reader_consume(j->in, i);
		if (i < (size_t)n)
			return p[i];
	}
}

static int hex4(struct json_reader *j, uint32_t *out, struct err *e)
{
	uint32_t v = 0;
	for (int i = 0; i < 4; i++) {
		int c = take(j, e);
		if (c < 0)
			return -1;
		int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
		if (digit < 0)
			return bad(j, e, "bad \\u escape");
		v = v << 4 | (uint32_t)digit;
	}
	*out = v;
	return 0;
}

static int escape(struct json_reader *j, struct err *e)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	int c = take(j, e);
	if (c < 0)
		return -1;
	if (c != 'u') {
		const char *at = c ? strchr(from, c) : NULL;
		if (!at)
			return bad(j, e, "bad escape");
		buf_byte(&j->text, to[at - from]);
		return 0;
	}
	uint32_t cp, low;
	if (hex4(j, &cp, e) < 0)
		return -1;
	if (cp >= 0xd800 && cp < 0xdc00) {
		for (const char *p = "\\u"; *p; p++) {
			int got = take(j, e);
			if (got != *p)
				return got < 0 ? -1 : bad(j, e, "unpaired surrogate");
		}
		if (hex4(j, &low, e) < 0)
			return -1;
		if (low < 0xdc00 || low > 0xdfff)
			return bad(j, e, "unpaired surrogate");
		cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
	} else if (cp >= 0xdc00 && cp < 0xe000) {
		return bad(j, e, "unpaired surrogate");
	}
	char out[4];
	buf_add(&j->text, out, utf8_encode(cp, out));
	return 0;
}

/* The string behind an opening quote, into text. */
static int string(struct json_reader *j, struct err *e)
{
	reader_consume(j->in, 1);
	buf_reset(&j->text);
	for (;;) {
		const unsigned char *p;
		ssize_t n = reader_block(j->in, &p, e);
		if (n < 0)
			return -1;
		if (n == 0)
			return cut(e);
		size_t i = 0;
		while (i < (size_t)n && p[i] != '"' && p[i] != '\\' && p[i] >= 0x20)
			i++;
		if (i > JSON_TEXT - j->text.len)
			return err_set(e, ERR_LIMIT, "JSON: a string of more than %d bytes", JSON_TEXT);
		buf_add(&j->text, p, i);
		int stop = i < (size_t)n ? p[i] : -1;
		reader_consume(j->in, i + (stop == '"' || stop == '\\'));
		if (stop == '"')
			break;
		if (stop >= 0 && stop < 0x20)
			return bad(j, e, "control character in a string");
		if (stop == '\\' && escape(j, e) < 0)
			return -1;
	}
	if (!utf8_valid(buf_cstr(&j->text), j->text.len))
		return bad(j, e, "a string that is not UTF-8");
	return 0;
}

static bool digits(const char **p)
{
	const char *s = *p;
	while (**p >= '0' && **p <= '9')
		++*p;
	return *p > s;
}

/* number = [ minus ] int [ frac ] [ exp ], RFC 8259 section 6. */
static bool is_number(const char *s)
{
	if (*s == '-')
		s++;
	const char *first = s;
	if (!digits(&s) || (*first == '0' && s - first > 1))
		return false;
	if (*s == '.' && (s++, !digits(&s)))
		return false;
	if (*s == 'e' || *s == 'E') {
		s++;
		if (*s == '+' || *s == '-')
			s++;
		if (!digits(&s))
			return false;
	}
	return *s == '\0';
}

static int scalar(struct json_reader *j, struct err *e)
{
	buf_reset(&j->text);
	for (;;) {
		int c = look(j, e);
		if (c == -1)
			return -1;
		if (c <= 0 || !strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", c))
			break;
		if (j->text.len == 1024)
			return err_set(e, ERR_LIMIT, "JSON: a number of more than 1024 digits");
		buf_byte(&j->text, c);
		reader_consume(j->in, 1);
	}
	const char *s = buf_cstr(&j->text);
	if (strcmp(s, "true") == 0)
		return JSON_TRUE;
	if (strcmp(s, "false") == 0)
		return JSON_FALSE;
	if (strcmp(s, "null") == 0)
		return JSON_NULL;
	if (is_number(s))
		return JSON_NUMBER;
	return bad(j, e, "neither a value nor a number");
}

static int open_bracket(struct json_reader *j, int c, struct err *e)
{
	if (j->depth == JSON_DEPTH)
		return err_set(e, ERR_LIMIT, "JSON: nested more than %d deep", JSON_DEPTH);
	reader_consume(j->in, 1);
	j->kind[j->depth++] = (unsigned char)c;
	j->state = c == '{' ? WANT_FIRST_KEY : WANT_FIRST_VALUE;
	return c == '{' ? JSON_OBJECT_BEGIN : JSON_ARRAY_BEGIN;
}

static int close_bracket(struct json_reader *j)
{
	reader_consume(j->in, 1);
	int c = j->kind[--j->depth];
	j->state = j->depth ? WANT_MORE : WANT_VALUE;
	return c == '{' ? JSON_OBJECT_END : JSON_ARRAY_END;
}

static int value(struct json_reader *j, int c, struct err *e)
{
	if (c == '{' || c == '[')
		return open_bracket(j, c, e);
	int ev = c == '"' ? string(j, e) < 0 ? -1 : JSON_STRING : scalar(j, e);
	j->state = j->depth ? WANT_MORE : WANT_VALUE;
	return ev;
}

static int key(struct json_reader *j, int c, struct err *e)
{
	if (c != '"')
		return bad(j, e, "a name in quotes is missing");
	if (string(j, e) < 0)
		return -1;
	c = look_past_blanks(j, e);
	if (c < 0)
		return c == -2 ? cut(e) : -1;
	if (c != ':')
		return bad(j, e, "':' is missing");
	reader_consume(j->in, 1);
	j->state = WANT_VALUE;
	return JSON_KEY;
}

int json_next(struct json_reader *j, struct err *e)
{
	int c = look_past_blanks(j, e);
	if (c == -2 && j->depth == 0)
		return JSON_EOF;
	if (c < 0)
		return c == -2 ? cut(e) : -1;
	int closing = j->depth && j->kind[j->depth - 1] == '{' ? '}' : ']';
	if (j->state == WANT_MORE && c == ',') {
		reader_consume(j->in, 1);
		j->state = closing == '}' ? WANT_KEY : WANT_VALUE;
		c = look_past_blanks(j, e);
		if (c < 0)
			return c == -2 ? cut(e) : -1;
	} else if (c == closing && (j->state == WANT_MORE || j->state == WANT_FIRST_KEY || j->state == WANT_FIRST_VALUE)) {
		return close_bracket(j);
	} else if (j->state == WANT_MORE) {
		return bad(j, e, "',' or a closing bracket is missing");
	}
	if (j->state == WANT_KEY || j->state == WANT_FIRST_KEY)
		return key(j, c, e);
	return value(j, c, e);
}

int json_skip(struct json_reader *j, int ev, struct err *e)
{
	if (ev == JSON_KEY && (ev = json_next(j, e)) < 0)
		return -1;
	if (ev != JSON_OBJECT_BEGIN && ev != JSON_ARRAY_BEGIN)
		return 0;
	unsigned outer = j->depth - 1;
	while (j->depth > outer)
		if (json_next(j, e) < 0)
			return -1;
	return 0;
}
