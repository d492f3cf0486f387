/*
 * json_read: JSON texts (RFC 8259) as a stream of events, for answers of any length.
 *
 *     struct json_reader j;
 *     json_reader_init(&j, reader);
 *     while ((ev = json_next(&j, e)) > 0)
 *             if (ev == JSON_KEY) ... j.text.data, j.text.len ...
 *     json_reader_free(&j);
 *
 * Several texts may follow one another, with or without blanks between them (/events, the progress of a pull): after
 * each the depth is 0 again. Strictly RFC 8259: UTF-8 is checked, unpaired surrogates, control characters in strings,
 * leading zeros, trailing commas and nesting deeper than JSON_DEPTH are ERR_FORMAT, a string longer than JSON_TEXT is
 * ERR_LIMIT, an end in the middle of a text is ERR_PROTOCOL. Numbers are handed out as their text, so nothing is
 * rounded. A text is consumed as it is read, no further than its last byte (a number: the byte behind it is left).
 * The reader beneath is borrowed.
 */
#ifndef CODEC_JSON_READ_H
#define CODEC_JSON_READ_H

#include "base/buf.h"
#include "base/stream.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	JSON_DEPTH = 128,        /* the Engine API's deepest answers nest about 12 */
	JSON_TEXT = 16 << 20,    /* bytes of one string or number */
};

enum json_event {
	JSON_EOF = 0,            /* the input ended between two texts */
	JSON_OBJECT_BEGIN,
	JSON_OBJECT_END,
	JSON_ARRAY_BEGIN,
	JSON_ARRAY_END,
	JSON_KEY,                /* text: the member's name; its value follows */
	JSON_STRING,             /* text: the string, decoded; may hold NUL bytes */
	JSON_NUMBER,             /* text: as it was written */
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
};

struct json_reader {
	struct reader *in;
	struct buf text;                         /* of the last key, string or number; NUL-terminated */
	unsigned depth;                          /* how many objects and arrays are open */
	unsigned char kind[JSON_DEPTH];          /* '{' or '[' for each open one */
	unsigned char state;
};

void json_reader_init(struct json_reader *j, struct reader *in);
void json_reader_free(struct json_reader *j);

/* The next event (an enum json_event), JSON_EOF at the end of the input, or -1. */
int json_next(struct json_reader *j, struct err *e) MUST_CHECK;

/* Passes over the rest of what event `ev`, the last one read, began: the value of a JSON_KEY, the rest of an object or
   array; nothing to do after a scalar. */
int json_skip(struct json_reader *j, int ev, struct err *e) MUST_CHECK;

#endif
