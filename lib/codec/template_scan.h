/*
 * template_scan: the words of a template's actions, for template_parse.c.
 *
 *     struct parser p = {.at = text, .e = e, .t = t};
 *     while (scan_next(&p) == 0 && p.token != T_CLOSE) ... buf_cstr(&p.text) ...
 *
 * The text of the last token is the parser's, until the next. All return -1 with *p->e filled, ERR_USAGE.
 */
#ifndef CODEC_TEMPLATE_SCAN_H
#define CODEC_TEMPLATE_SCAN_H

#include "base/buf.h"
#include "base/vec.h"
#include "codec/json.h"
#include "codec/template.h"

enum token { T_END, T_CLOSE, T_WORD, T_FIELD, T_VARIABLE, T_DOT, T_STRING, T_NUMBER, T_CHAR };  /* or the character itself */

struct parser {
	const char *at;
	int token;
	struct buf text;             /* of the token */
	bool blank;                  /* blanks stood before it */
	bool trim;                   /* the text that follows loses its leading blanks */
	unsigned depth;
	struct strvec vars;          /* those that are declared here */
	unsigned loops;              /* ranges around here */
	struct template *t;
	struct err *e;
};

/* Returns -1: what is wrong, near the token. */
int scan_fail(struct parser *p, const char *what);

/* The next token of an action, from p->at. */
int scan_next(struct parser *p) MUST_CHECK;

/* The number that the token is: Go's, but for complex ones and hexadecimal fractions. Floating-point ones keep a point or an
   exponent. The text is the caller's. */
int scan_number(struct parser *p, struct json *out) MUST_CHECK;

#endif
