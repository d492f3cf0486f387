/*
 * json: a JSON text as a tree in memory, for answers of bounded size that are looked into more than once.
 *
 *     struct json *doc = json_parse(buf.data, buf.len, e);
 *     const char *user = json_str_at(doc, "Config", "User");
 *     json_free(doc);
 *
 * Members keep their order; of members with the same name the last counts, as in Go. Numbers keep their text. Every
 * pointer into the tree is borrowed from the root. The accessors take NULL and values of another type, and answer as
 * for a missing one, so chains of them need no checks.
 */
#ifndef CODEC_JSON_H
#define CODEC_JSON_H

#include "codec/json_read.h"
#include "codec/json_write.h"

enum json_type { JSON_T_NULL, JSON_T_BOOL, JSON_T_NUMBER, JSON_T_STRING, JSON_T_ARRAY, JSON_T_OBJECT };

struct json {
	enum json_type type;
	bool truth;              /* JSON_T_BOOL */
	char *name;              /* of a member of an object; NULL for others */
	char *text;              /* of a string or a number, NUL-terminated */
	size_t len;              /* bytes of text, or the number of items */
	struct json *items;      /* of an array or an object */
};

/* The one JSON text in the n bytes at p, blanks around it allowed. NULL with *e filled when it is not that. */
struct json *json_parse(const void *p, size_t n, struct err *e) MUST_CHECK;

/* The next text of a sequence: 1 with *out filled, 0 at the end of the input, or -1. */
int json_read_tree(struct json_reader *j, struct json **out, struct err *e) MUST_CHECK;

void json_free(struct json *v);

static inline void json_cleanup(struct json **v)
{
	json_free(*v);
}
#define CLEANUP_JSON CLEANUP_WITH(json_cleanup)

/* The member of that name, or NULL. */
const struct json *json_get(const struct json *v, const char *name);

/* Follows names from v: json_at(v, "Config", "Labels"). NULL when one is missing. */
#define json_at(v, ...) json_path(v, (const char *const[]){__VA_ARGS__, NULL})
const struct json *json_path(const struct json *v, const char *const *names);

/* A string's text, or NULL. */
const char *json_text(const struct json *v);
#define json_str_at(v, ...) json_text(json_at(v, __VA_ARGS__))

/* A number's integral value, or `otherwise` when it is none or does not fit. */
int64_t json_int(const struct json *v, int64_t otherwise);

/* Whether v is true. */
bool json_true(const struct json *v);

/* How many items an array or object has; 0 for others. */
size_t json_count(const struct json *v);

/* Writes the tree as it was read. */
void json_write_tree(struct json_writer *w, const struct json *v);

#endif
