/*
 * decode: from the engine's JSON answers into structs, by tables of the fields that are wanted.
 *
 *     static const struct decode_field fields[] = {
 *             {"Id", DECODE_STR, offsetof(struct image, id)},
 *             {"Config.User", DECODE_STR, offsetof(struct image, user)},
 *             {"Config.Labels", DECODE_MAP, offsetof(struct image, labels)},
 *             {0},
 *     };
 *     rc = decode_object(fields, &img, body, e);
 *
 * Fields that the answer lacks, or has as null, stay empty: "" for text, so that no text is ever NULL; 0; false; no
 * items.
 * A field of another type than the table says is ERR_PROTOCOL that names it. Unknown fields are skipped.
 */
#ifndef ENGINE_DECODE_H
#define ENGINE_DECODE_H

#include "base/stream.h"
#include "codec/json_read.h"

enum decode_kind {
	DECODE_STR,    /* char *: text */
	DECODE_INT,    /* int64_t: a whole number */
	DECODE_BOOL,   /* bool */
	DECODE_LIST,   /* struct strvec: an array of texts */
	DECODE_MAP,    /* struct strvec: an object of texts, as "key=value" */
	DECODE_KEYS,   /* struct strvec: the keys of an object */
	DECODE_ITEMS,  /* struct decode_array: an array of objects */
};

struct decode_field {
	const char *path;  /* keys with dots between; NULL ends the table */
	enum decode_kind kind;
	size_t offset;
	const struct decode_field *fields;  /* DECODE_ITEMS: those of an item */
	size_t size;                        /* DECODE_ITEMS: of an item */
};

/* How arrays of structs lie in memory: a pointer to the items, then these. */
struct decode_array {
	void *items;
	size_t n, cap;
};

/* The one object that body holds. *out was zeroed by the caller, who releases it on failure too. */
int decode_object(const struct decode_field *fields, void *out, struct reader *body, struct err *e) MUST_CHECK;

/* The next of a sequence of objects: 1, 0 at the end, or -1. Fields of *out are not emptied first. */
int decode_next(const struct decode_field *fields, void *out, struct json_reader *j, struct err *e) MUST_CHECK;

/* The one array of objects that body holds, into the struct decode_array at out. */
int decode_array(const struct decode_field *fields, size_t size, void *out, struct reader *body,
	struct err *e) MUST_CHECK;

#endif
