/*
 * format: what the listing commands share: --format, -q, --no-trunc and --filter, rows and tables.
 *
 *     CLEANUP_LISTING struct listing l = {0};
 *     if (listing_open(&l, &things, o->format, o->quiet, e) < 0) return -1;
 *     for each thing {
 *             struct row r = {0};
 *             row_text(&r, "ID", "%s", id);
 *             row_time_ago(...)
 *             if (listing_row(&l, &r, e) < 0) return -1;        releases the row
 *     }
 *     listing_print(&l);
 *
 * A row has all fields that its kind's columns name; their names are methods of Go types in the docker CLI, and JSON lists
 * them in order.
 */
#ifndef DOCKER_FORMAT_H
#define DOCKER_FORMAT_H

#include "codec/template.h"
#include "docker/docker.h"

/* What can be listed. */
struct listing_kind {
	const char *setting;         /* the format's name in config.json, or NULL */
	const char *quiet, *table;   /* formats; table without the word "table " */
	const char *raw;             /* or NULL: there is none */
	bool quiet_wins;             /* -q beats --format */
	const char *titles;          /* "ID=CONTAINER ID\nNames=NAMES\n..." */
};

struct listing {
	const struct listing_kind *kind;
	struct template *template;
	bool table, whole;           /* whole: --no-trunc, set by the caller */
	struct buf rows;
	char *format;                /* the template's text */
};

void listing_free(struct listing *l);
#define CLEANUP_LISTING CLEANUP_WITH(listing_free)

int listing_open(struct listing *l, const struct listing_kind *kind, const char *format, bool quiet, struct err *e) MUST_CHECK;

struct row {
	struct json v;
	size_t cap;
	const struct json *labels;   /* what .Label "x" finds; borrowed */
};

/* Sets a field; the text becomes the row's. */
void row_take(struct row *r, const char *name, struct buf *text);
void row_text(struct row *r, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* "a=b,c=d" as the field Labels, sorted when asked for, and .Label. */
void row_labels(struct row *r, const struct json *labels, bool sorted);
void row_free(struct row *r);

/* Formats a row and releases it. */
int listing_row(struct listing *l, struct row *r, struct err *e) MUST_CHECK;

/* Prints the rows, under the titles if it is a table; into *out instead of stdout, unless that is NULL. */
void listing_print(struct listing *l, struct buf *out);

/* An answer as a tree; rq: NULL is a GET. */
struct json *docker_json(struct engine *g, const struct engine_request *rq, struct err *e, const char *path, ...) MUST_CHECK
	__attribute__((format(printf, 4, 5)));

/* --filter words as the API's JSON (the caller's), or NULL: 125 is the exit status then. */
char *docker_filters(const struct strvec *filters, struct err *e) MUST_CHECK;

/* Prints the error and returns 125. */
int docker_usage(const struct err *e);

/* Writes the text to stdout and flushes. */
void docker_put(const struct buf *text);

/* json_str_at, "" for none. */
#define text_at(...) docker_text(json_at(__VA_ARGS__))
static inline const char *docker_text(const struct json *v)
{
	return v && v->type == JSON_T_STRING ? v->text : "";
}

#endif
