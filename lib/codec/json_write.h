/*
 * json_write: one JSON text, written piece by piece into a struct buf.
 *
 *     struct json_writer w = {.out = &buf};
 *     json_begin(&w, '{');
 *     json_key(&w, "name");   json_str(&w, name);
 *     json_end(&w, '}');
 *
 * Commas, and with .indent newlines, are put in by the writer. Nothing here fails: bytes that are not UTF-8 become
 * U+FFFD, and calls out of order are the caller's mistake.
 */
#ifndef CODEC_JSON_WRITE_H
#define CODEC_JSON_WRITE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct json_writer {
	struct buf *out;      /* borrowed */
	unsigned indent;      /* blanks for each level; 0: all on one line */
	unsigned depth;
	bool more;            /* something stands before at this level */
	bool after_key;
};

void json_begin(struct json_writer *w, char bracket);       /* '{' or '[' */
void json_end(struct json_writer *w, char bracket);         /* '}' or ']' */
void json_key(struct json_writer *w, const char *name);
void json_str(struct json_writer *w, const char *s);        /* NULL writes null */
void json_strn(struct json_writer *w, const char *s, size_t n);
void json_i64(struct json_writer *w, int64_t v);
void json_bool(struct json_writer *w, bool v);
void json_null(struct json_writer *w);
void json_raw(struct json_writer *w, const char *text, size_t n);  /* a value that is JSON already */

/* A key with its value; json_kstr leaves both out when s is NULL. */
void json_kstr(struct json_writer *w, const char *name, const char *s);
void json_ki64(struct json_writer *w, const char *name, int64_t v);
void json_kbool(struct json_writer *w, const char *name, bool v);

/* Appends the n bytes at s as a JSON string with its quotes. */
void json_quote(struct buf *out, const char *s, size_t n);

#endif
