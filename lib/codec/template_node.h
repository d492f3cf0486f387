/*
 * template_node: the parsed form of a template, between template_parse.c and template.c.
 */
#ifndef CODEC_TEMPLATE_NODE_H
#define CODEC_TEMPLATE_NODE_H

#include "codec/json.h"
#include "codec/template.h"

enum node_kind {
	NODE_TEXT,      /* text */
	NODE_ACTION,    /* child: a pipe */
	NODE_IF,        /* child: a pipe; body, other: lists */
	NODE_RANGE,
	NODE_WITH,
	NODE_BREAK,
	NODE_CONTINUE,
	NODE_TEMPLATE,  /* text: its name. A call has as child a pipe, or NULL; a definition a body */
	NODE_PIPE,      /* child: commands; body: NODE_VARIABLEs that it sets; assign: with = */
	NODE_COMMAND,   /* child: its words */
	NODE_FIELD,     /* text: the name; child: of what */
	NODE_DOT,
	NODE_VARIABLE,  /* text: with its $ */
	NODE_FUNCTION,  /* text: the name */
	NODE_CONSTANT,  /* value */
	NODE_NIL,
};

struct node {
	enum node_kind kind;
	bool assign;
	char *text;
	struct node *child, *body, *other, *next;
	struct json value;
};

struct template {
	struct node *list, *defined;         /* defined: NODE_TEMPLATEs */
};

/* --- what template.c, template_func.c and template_print.c share. Values are JSON; NULL is Go's "no value". */

struct variable {
	const char *name;
	const struct json *value;
};

struct run {
	enum template_kind kind;
	const struct template *t;
	struct buf *out;
	struct json **made;                  /* values that the run owns */
	size_t n_made, cap_made;
	struct variable *vars;
	size_t n_vars, cap_vars;
	unsigned depth;
};

/* New values, the run's. */
struct json *template_text(struct run *r, const char *s, size_t n);
struct json *template_int(struct run *r, int64_t v);
struct json *template_bool(struct run *r, bool v);
/* The empty value of the type that a field of that name has in Go, or NULL when no such field is known. */
const struct json *template_zero(struct run *r, const char *name);

/* What is known of a field by its name: see template_name.c. 0 for most. */
char template_name(const char *name);
/* Whether an object is a map in Go, not a struct. */
bool template_is_map(const struct run *r, const struct json *v);

bool template_truth(const struct json *v);
/* What stands behind a % in a format. */
struct spec {
	bool minus, zero, plus, sharp, space;
	int width, precision;
	char verb;
};

/* Whether a number is a floating-point one; and 1, 0 or -1 for two numbers of the same kind. */
bool template_is_real(const struct json *v);
int template_order(const struct json *a, const struct json *b);
/* Whether the verb goes with the number; what was printed is not right otherwise. */
bool template_number(const struct spec *f, const struct json *v, struct buf *out);
void template_print(const struct run *r, const struct json *v, struct buf *out);
/* As Go's Sprint and Sprintln put them together. */
void template_sprint(const struct run *r, const struct json *const *args, size_t n, bool line, struct buf *out);
int template_printf(const struct run *r, const struct json *const *args, size_t n, struct buf *out, struct err *e) MUST_CHECK;

struct function {
	const char *name;
	unsigned char min, max;
	int (*call)(struct run *r, const struct function *f, const struct json *const *args, size_t n, const struct json **out,
		struct err *e);
};
const struct function *template_function(const char *name);

/* "template parsing error: ..." as ERR_FORMAT; returns -1. */
int template_fail(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#ifdef __clang_analyzer__
#define template_fail(...) ((void)(template_fail)(__VA_ARGS__), -1)
#endif

#endif
