#include "codec/json_write.h"

#include "codec/utf8.h"

#include <inttypes.h>
#include <string.h>

void json_quote(struct buf *out, const char *s, size_t n)
{
	buf_byte(out, '"');
	for (size_t i = 0; i < n;) {
		unsigned char c = (unsigned char)s[i];
		static const char plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
		const char *at = c ? strchr(plain, c) : NULL;
		size_t len = utf8_decode(s + i, n - i, NULL);
		if (at) {
			buf_byte(out, '\\');
			buf_byte(out, letter[at - plain]);
		} else if (c < 0x20 || c == 0x7f) {
			buf_printf(out, "\\u%04x", c);
		} else if (len == 0) {
			buf_str(out, "\xef\xbf\xbd");
		} else {
			buf_add(out, s + i, len);
		}
		i += len ? len : 1;
	}
	buf_byte(out, '"');
}

static void newline(struct json_writer *w)
{
	if (!w->indent)
		return;
	buf_byte(w->out, '\n');
	for (unsigned i = 0; i < w->depth * w->indent; i++)
		buf_byte(w->out, ' ');
}

/* What stands before a value or a key. */
static void lead(struct json_writer *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	if (w->more)
		buf_byte(w->out, ',');
	if (w->depth)
		newline(w);
	w->more = true;
}

void json_begin(struct json_writer *w, char bracket)
{
	lead(w);
	buf_byte(w->out, bracket);
	w->depth++;
	w->more = false;
}

void json_end(struct json_writer *w, char bracket)
{
	w->depth--;
	if (w->more)
		newline(w);
	buf_byte(w->out, bracket);
	w->more = true;
}

void json_key(struct json_writer *w, const char *name)
{
	lead(w);
	json_quote(w->out, name, strlen(name));
	buf_str(w->out, w->indent ? ": " : ":");
	w->after_key = true;
}

void json_strn(struct json_writer *w, const char *s, size_t n)
{
	lead(w);
	json_quote(w->out, s, n);
}

void json_str(struct json_writer *w, const char *s)
{
	if (s)
		json_strn(w, s, strlen(s));
	else
		json_null(w);
}

void json_raw(struct json_writer *w, const char *text, size_t n)
{
	lead(w);
	buf_add(w->out, text, n);
}

void json_i64(struct json_writer *w, int64_t v)
{
	lead(w);
	buf_printf(w->out, "%" PRId64, v);
}

void json_bool(struct json_writer *w, bool v)
{
	lead(w);
	buf_str(w->out, v ? "true" : "false");
}

void json_null(struct json_writer *w)
{
	lead(w);
	buf_str(w->out, "null");
}

void json_kstr(struct json_writer *w, const char *name, const char *s)
{
	if (!s)
		return;
	json_key(w, name);
	json_str(w, s);
}

void json_ki64(struct json_writer *w, const char *name, int64_t v)
{
	json_key(w, name);
	json_i64(w, v);
}

void json_kbool(struct json_writer *w, const char *name, bool v)
{
	json_key(w, name);
	json_bool(w, v);
}
