#include "engine/decode.h"

#include "base/mem.h"
#include "base/vec.h"

#include <string.h>

/* Items of one array. The engine's own lists are far shorter; a peer that sends more is not an engine. */
enum { ITEMS_MAX = 1 << 20 };

struct decoder {
	struct json_reader *j;
	const struct decode_field *fields;
	void *out;
	struct buf path;  /* of the member being read: keys with dots between */
};

static int members(struct decoder *d, struct err *e);

static int mismatch(const struct decoder *d, const char *want, struct err *e)
{
	return err_set(e, ERR_PROTOCOL, "the engine's answer is not understood: %s is not %s", buf_cstr(&d->path),
		want);
}

static void *field_at(const struct decoder *d, const struct decode_field *f)
{
	return (char *)d->out + f->offset;
}

static int decode_int(const struct decoder *d, int64_t *out, struct err *e)
{
	const char *s = buf_cstr(&d->j->text);
	bool minus = *s == '-';
	uint64_t v = 0;
	for (s += minus; *s >= '0' && *s <= '9'; s++) {
		if (v > (INT64_MAX - (uint64_t)(*s - '0')) / 10)
			return mismatch(d, "a number of 63 bits", e);
		v = v * 10 + (uint64_t)(*s - '0');
	}
	if (*s)
		return mismatch(d, "a whole number", e);
	*out = minus ? -(int64_t)v : (int64_t)v;
	return 0;
}

/* The texts of an array whose start was read. */
static int decode_list(struct decoder *d, struct strvec *out, struct err *e)
{
	int ev;
	while ((ev = json_next(d->j, e)) == JSON_STRING && out->n < ITEMS_MAX)
		strvec_push(out, buf_cstr(&d->j->text));
	if (ev < 0)
		return -1;
	return ev == JSON_ARRAY_END ? 0 : mismatch(d, "a list of texts", e);
}

/* The members of an object whose start was read: "key=value", or the keys alone. */
static int decode_map(struct decoder *d, bool keys_only, struct strvec *out, struct err *e)
{
	int ev;
	while ((ev = json_next(d->j, e)) == JSON_KEY && out->n < ITEMS_MAX) {
		CLEANUP_FREE char *key = mem_strdup(buf_cstr(&d->j->text));
		if (keys_only) {
			if (json_skip(d->j, JSON_KEY, e) < 0)
				return -1;
			strvec_take(out, ptr_steal(&key));
			continue;
		}
		if ((ev = json_next(d->j, e)) < 0)
			return -1;
		if (ev != JSON_STRING && ev != JSON_NULL)
			return mismatch(d, "a map of texts", e);
		strvec_pushf(out, "%s=%s", key, ev == JSON_STRING ? buf_cstr(&d->j->text) : "");
	}
	if (ev < 0)
		return -1;
	return ev == JSON_OBJECT_END ? 0 : mismatch(d, "a map of texts", e);
}

/* Absent texts become "". */
static void fill_texts(const struct decode_field *fields, void *out)
{
	for (const struct decode_field *f = fields; f->path; f++) {
		char *s;
		if (f->kind != DECODE_STR)
			continue;
		memcpy(&s, (char *)out + f->offset, sizeof s);
		if (s)
			continue;
		s = mem_strdup("");
		memcpy((char *)out + f->offset, &s, sizeof s);
	}
}

/* An object whose start was read. */
static int object(struct json_reader *j, const struct decode_field *fields, void *out, struct err *e)
{
	struct decoder d = {.j = j, .fields = fields, .out = out};
	int rc = members(&d, e);
	buf_free(&d.path);
	fill_texts(fields, out);
	return rc;
}

/* The objects of an array whose start was read. Pointers are moved with memcpy: items is of the caller's type. */
static int items(struct json_reader *j, const struct decode_field *fields, size_t size, void *out, struct err *e)
{
	struct decode_array a;
	for (;;) {
		int ev = json_next(j, e);
		if (ev < 0)
			return -1;
		if (ev == JSON_ARRAY_END)
			return 0;
		memcpy(&a, out, sizeof a);
		if (ev != JSON_OBJECT_BEGIN || a.n >= ITEMS_MAX)
			return err_set(e, ERR_PROTOCOL, "the engine's answer is not understood: not a list of objects");
		a.items = mem_grow(a.items, a.n, &a.cap, size);
		char *item = (char *)a.items + a.n++ * size;
		memset(item, 0, size);
		memcpy(out, &a, sizeof a);
		if (object(j, fields, item, e) < 0)
			return -1;
	}
}

static int text(struct decoder *d, char **out, struct err *e)
{
	if (memchr(buf_cstr(&d->j->text), 0, d->j->text.len))
		return mismatch(d, "text without NUL characters", e);
	free(*out);
	*out = mem_strdup(buf_cstr(&d->j->text));
	return 0;
}

/* The value of the member at d->path, of which ev is the first event. */
static int value(struct decoder *d, const struct decode_field *f, int ev, struct err *e)
{
	void *out = field_at(d, f);
	if (ev == JSON_NULL)
		return 0;
	switch (f->kind) {
	case DECODE_STR:
		return ev == JSON_STRING ? text(d, out, e) : mismatch(d, "text", e);
	case DECODE_INT:
		return ev == JSON_NUMBER ? decode_int(d, out, e) : mismatch(d, "a number", e);
	case DECODE_BOOL:
		if (ev != JSON_TRUE && ev != JSON_FALSE)
			return mismatch(d, "true or false", e);
		*(bool *)out = ev == JSON_TRUE;
		return 0;
	case DECODE_LIST:
		return ev == JSON_ARRAY_BEGIN ? decode_list(d, out, e) : mismatch(d, "a list", e);
	case DECODE_MAP:
	case DECODE_KEYS:
		if (ev != JSON_OBJECT_BEGIN)
			return mismatch(d, "an object", e);
		return decode_map(d, f->kind == DECODE_KEYS, out, e);
	case DECODE_ITEMS:
		return ev == JSON_ARRAY_BEGIN ? items(d->j, f->fields, f->size, out, e) : mismatch(d, "a list", e);
	}
	return 0;
}

/* The member at d->path: decoded, entered because a field lies within it, or skipped. */
static int member(struct decoder *d, struct err *e)
{
	bool within = false;
	const struct decode_field *f;
	for (f = d->fields; f->path; f++) {
		size_t n = d->path.len;
		if (strncmp(f->path, buf_cstr(&d->path), n) != 0)
			continue;
		if (!f->path[n])
			break;
		within |= f->path[n] == '.';
	}
	int ev = json_next(d->j, e);
	if (ev < 0)
		return -1;
	if (f->path)
		return value(d, f, ev, e);
	if (within && ev == JSON_OBJECT_BEGIN)
		return members(d, e);
	return json_skip(d->j, ev, e);
}

/* The members of an object whose start was read. */
static int members(struct decoder *d, struct err *e)
{
	size_t n = d->path.len;
	for (;;) {
		int ev = json_next(d->j, e);
		if (ev <= 0 || ev == JSON_OBJECT_END)
			return ev < 0 ? -1 : 0;
		if (n)
			buf_byte(&d->path, '.');
		/* A key with a dot in it cannot be confused with a member of a member: those keys are not the API's. */
		buf_str(&d->path, buf_cstr(&d->j->text));
		int rc = member(d, e);
		d->path.len = n;
		if (rc < 0)
			return -1;
	}
}

static int expect_end(struct json_reader *j, struct err *e)
{
	int ev = json_next(j, e);
	if (ev > 0)
		return err_set(e, ERR_PROTOCOL, "the engine's answer is not understood: something follows it");
	return ev;
}

int decode_next(const struct decode_field *fields, void *out, struct json_reader *j, struct err *e)
{
	int ev = json_next(j, e);
	if (ev <= 0)
		return ev;
	if (ev != JSON_OBJECT_BEGIN)
		return err_set(e, ERR_PROTOCOL, "the engine's answer is not understood: it is not a JSON object");
	return object(j, fields, out, e) < 0 ? -1 : 1;
}

int decode_object(const struct decode_field *fields, void *out, struct reader *body, struct err *e)
{
	struct json_reader j;
	json_reader_init(&j, body);
	int rc = decode_next(fields, out, &j, e);
	if (rc == 0)
		rc = err_set(e, ERR_PROTOCOL, "the engine's answer is empty");
	else if (rc > 0)
		rc = expect_end(&j, e);
	json_reader_free(&j);
	return rc;
}

int decode_array(const struct decode_field *fields, size_t size, void *out, struct reader *body, struct err *e)
{
	struct json_reader j;
	json_reader_init(&j, body);
	int rc, ev = json_next(&j, e);
	if (ev == JSON_ARRAY_BEGIN)
		rc = items(&j, fields, size, out, e);
	else if (ev == JSON_NULL)  /* Go writes an empty list that was never made as null */
		rc = 0;
	else
		rc = ev < 0 ? -1 : err_set(e, ERR_PROTOCOL, "the engine's answer is not understood: it is not a list");
	if (rc == 0)
		rc = expect_end(&j, e);
	json_reader_free(&j);
	return rc;
}
