/*
 * template: Go's text/template with the functions of the docker CLI, as people write it for --format.
 *
 *     CLEANUP_TEMPLATE struct template *t = template_parse("{{range .Mounts}}{{.Source}} {{end}}", e);
 *     if (!t || template_run(t, doc, TEMPLATE_GO, &out, e) < 0) return -1;
 *
 * The value is JSON. What the CLI has as Go structs behind it shows in three ways: a field may be one that JSON leaves out
 * when it is empty, its name may be spelled in another case, and null prints as the empty value of its type; the names
 * that matter are in template_name.c. Left out of the language: complex numbers. Errors are ERR_USAGE when parsing and
 * ERR_FORMAT when running, and begin with "template parsing error: " as docker's do.
 */
#ifndef CODEC_TEMPLATE_H
#define CODEC_TEMPLATE_H

#include "base/buf.h"
#include "base/err.h"
#include "codec/json.h"

enum template_kind {
	TEMPLATE_ROW,     /* an object of texts; others than its members are errors; "Label" holds what .Label "x" finds */
	TEMPLATE_HEADER,  /* likewise, the columns' titles: functions leave them as they are */
	TEMPLATE_GO,      /* what the CLI decodes into Go structs */
	TEMPLATE_RAW,     /* the JSON itself; a missing key is an error */
	TEMPLATE_LOOSE,   /* the JSON itself; a missing key is no value: for layouts of our own */
};

struct template;

struct template *template_parse(const char *text, struct err *e) MUST_CHECK;
void template_free(struct template *t);

static inline void template_cleanup(struct template **t)
{
	template_free(*t);
}
#define CLEANUP_TEMPLATE CLEANUP_WITH(template_cleanup)

/* Appends what the template makes of the value to out; on failure a part of it may be there. */
int template_run(const struct template *t, const struct json *value, enum template_kind kind, struct buf *out,
	struct err *e) MUST_CHECK;

/* Whether .NAME stands somewhere in it. */
bool template_uses(const struct template *t, const char *name);

/* Appends the n bytes at s in Go's quotes, as %q does. */
void template_quote(const char *s, size_t n, struct buf *out);

#endif
