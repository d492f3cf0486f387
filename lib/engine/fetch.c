#include "engine/fetch.h"

#include "base/buf.h"
#include "codec/json_write.h"

#include <string.h>

/* What the JSON reader finds wrong is the engine's doing. */
static int ended(int rc, struct engine_reply *r, struct err *e)
{
	if (rc < 0 && (e->kind == ERR_FORMAT || e->kind == ERR_LIMIT)) {
		e->kind = ERR_PROTOCOL;
		err_wrap(e, "the engine at %s does not answer as an engine does", r->engine->endpoint.text);
	}
	engine_reply_end(r);
	return rc;
}

int fetch_reply(struct engine_reply *r, const struct decode_field *fields, void *out, struct err *e)
{
	return ended(decode_object(fields, out, r->body, e), r, e);
}

int fetch_object(struct engine *g, const struct decode_field *fields, void *out, struct err *e, const char *path, ...)
{
	static const struct engine_request rq = {0};
	CLEANUP_REPLY struct engine_reply r = {0};
	va_list ap;
	va_start(ap, path);
	int rc = engine_vstart(g, &rq, &r, e, path, ap);
	va_end(ap);
	if (rc < 0)
		return e->status == 404 && e->kind == ERR_NOT_FOUND ? 0 : -1;
	return fetch_reply(&r, fields, out, e) < 0 ? -1 : 1;
}

int fetch_array(struct engine *g, const struct decode_field *fields, size_t size, void *out, struct err *e,
	const char *path, ...)
{
	static const struct engine_request rq = {0};
	CLEANUP_REPLY struct engine_reply r = {0};
	va_list ap;
	va_start(ap, path);
	int rc = engine_vstart(g, &rq, &r, e, path, ap);
	va_end(ap);
	if (rc < 0)
		return -1;
	return ended(decode_array(fields, size, out, r.body, e), &r, e);
}

static bool same_key(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");
	return n == strcspn(b, "=") && memcmp(a, b, n) == 0;
}

static void filter_values(struct json_writer *w, const struct strvec *words, size_t first)
{
	json_begin(w, '[');
	for (size_t i = first; i < words->n; i++) {
		if (!same_key(words->items[i], words->items[first]))
			continue;
		const char *eq = strchr(words->items[i], '=');
		json_str(w, eq ? eq + 1 : "");
	}
	json_end(w, ']');
}

char *fetch_filters(const struct strvec *words)
{
	struct buf out = {0};
	struct json_writer w = {.out = &out};
	json_begin(&w, '{');
	for (size_t i = 0; words && i < words->n; i++) {
		bool first = true;
		for (size_t k = 0; k < i; k++)
			first &= !same_key(words->items[k], words->items[i]);
		if (!first)
			continue;
		struct buf key = {0};
		buf_add(&key, words->items[i], strcspn(words->items[i], "="));
		json_key(&w, buf_cstr(&key));
		buf_free(&key);
		filter_values(&w, words, i);
	}
	json_end(&w, '}');
	return buf_steal(&out);
}
