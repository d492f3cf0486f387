/*
 * fetch: GET requests whose JSON answer goes straight into structs (see decode.h), and the filters of lists.
 *
 *     rc = fetch_object(g, fields, &img, e, "/images/%s/json", name);        1, 0: 404, -1
 *
 * Answers are decoded while they arrive: memory grows with what is kept of them only.
 */
#ifndef ENGINE_FETCH_H
#define ENGINE_FETCH_H

#include "base/vec.h"
#include "engine/decode.h"
#include "engine/engine.h"

/* Returns 1 with the fields filled in, 0 when the engine answered 404, or -1. */
int fetch_object(struct engine *g, const struct decode_field *fields, void *out, struct err *e, const char *path,
	...) MUST_CHECK __attribute__((format(printf, 5, 6)));

/* An array of objects into the struct decode_array at out. */
int fetch_array(struct engine *g, const struct decode_field *fields, size_t size, void *out, struct err *e,
	const char *path, ...) MUST_CHECK __attribute__((format(printf, 6, 7)));

/* Reads the one object that a reply holds, then ends the reply. */
int fetch_reply(struct engine_reply *r, const struct decode_field *fields, void *out, struct err *e) MUST_CHECK;

/* "key=value" words as the JSON of the filters parameter: {"key":["value",...]}. NULL or none: "{}". The caller's. */
char *fetch_filters(const struct strvec *words);

#endif
