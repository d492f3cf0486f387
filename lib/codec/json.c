#include "codec/json.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

static void release(struct json *v)
{
	for (size_t i = 0; v->items && i < v->len; i++)
		release(&v->items[i]);
	free(v->items);
	free(v->name);
	free(v->text);
}

void json_free(struct json *v)
{
	if (!v)
		return;
	release(v);
	free(v);
}

/* Fills *v, whose name is set, from event ev. Recursion is bounded by JSON_DEPTH. */
static int build(struct json_reader *j, int ev, struct json *v, struct err *e)
{
	size_t cap = 0;
	switch (ev) {
	case JSON_STRING:
	case JSON_NUMBER:
		v->type = ev == JSON_STRING ? JSON_T_STRING : JSON_T_NUMBER;
		v->len = j->text.len;
		v->text = mem_dup(buf_cstr(&j->text), j->text.len);
		return 0;
	case JSON_TRUE:
	case JSON_FALSE:
		v->type = JSON_T_BOOL;
		v->truth = ev == JSON_TRUE;
		return 0;
	case JSON_OBJECT_BEGIN:
	case JSON_ARRAY_BEGIN:
		v->type = ev == JSON_OBJECT_BEGIN ? JSON_T_OBJECT : JSON_T_ARRAY;
		break;
	default:
		return 0;
	}
	for (;;) {
		int next = json_next(j, e);
		if (next < 0)
			return -1;
		if (next == JSON_OBJECT_END || next == JSON_ARRAY_END)
			return 0;
		v->items = mem_grow(v->items, v->len, &cap, sizeof *v->items);
		struct json *item = &v->items[v->len++];
		*item = (struct json){0};
		if (next == JSON_KEY) {
			item->name = mem_dup(buf_cstr(&j->text), j->text.len);
			if ((next = json_next(j, e)) < 0)
				return -1;
		}
		if (build(j, next, item, e) < 0)
			return -1;
	}
}

int json_read_tree(struct json_reader *j, struct json **out, struct err *e)
{
	int ev = json_next(j, e);
	if (ev <= 0)
		return ev;
	CLEANUP_JSON struct json *v = mem_alloc(sizeof *v);
	if (build(j, ev, v, e) < 0)
		return -1;
	*out = ptr_steal(&v);
	return 1;
}

struct json *json_parse(const void *p, size_t n, struct err *e)
{
	struct mem_reader m;
	struct json_reader j;
	CLEANUP_JSON struct json *v = NULL;
	mem_reader_init(&m, p, n);
	json_reader_init(&j, &m.base);
	int rc = json_read_tree(&j, &v, e);
	if (rc == 0)
		rc = err_set(e, ERR_PROTOCOL, "JSON: the text is empty");
	if (rc > 0 && (rc = json_next(&j, e)) > 0)
		rc = err_set(e, ERR_FORMAT, "JSON: more than one text");
	json_reader_free(&j);
	reader_free(&m.base);
	return rc < 0 ? NULL : ptr_steal(&v);
}

const struct json *json_get(const struct json *v, const char *name)
{
	if (v && v->type == JSON_T_OBJECT)
		for (size_t i = v->len; i-- > 0;)
			if (strcmp(v->items[i].name, name) == 0)
				return &v->items[i];
	return NULL;
}

const struct json *json_path(const struct json *v, const char *const *names)
{
	for (; v && *names; names++)
		v = json_get(v, *names);
	return v;
}

const char *json_text(const struct json *v)
{
	return v && v->type == JSON_T_STRING ? v->text : NULL;
}

int64_t json_int(const struct json *v, int64_t otherwise)
{
	if (!v || v->type != JSON_T_NUMBER)
		return otherwise;
	struct err e;
	uint64_t n;
	bool minus = v->text[0] == '-';
	if (str_to_u64(v->text + minus, INT64_MAX, &n, "", &e) < 0)
		return otherwise;
	return minus ? -(int64_t)n : (int64_t)n;
}

bool json_true(const struct json *v)
{
	return v && v->type == JSON_T_BOOL && v->truth;
}

size_t json_count(const struct json *v)
{
	return v && (v->type == JSON_T_ARRAY || v->type == JSON_T_OBJECT) ? v->len : 0;
}

void json_write_tree(struct json_writer *w, const struct json *v)
{
	switch (v->type) {
	case JSON_T_NULL:
		json_null(w);
		break;
	case JSON_T_BOOL:
		json_bool(w, v->truth);
		break;
	case JSON_T_NUMBER:
		json_raw(w, v->text, v->len);
		break;
	case JSON_T_STRING:
		json_strn(w, v->text, v->len);
		break;
	case JSON_T_ARRAY:
	case JSON_T_OBJECT:
		json_begin(w, v->type == JSON_T_ARRAY ? '[' : '{');
		for (size_t i = 0; i < v->len; i++) {
			if (v->type == JSON_T_OBJECT)
				json_key(w, v->items[i].name);
			json_write_tree(w, &v->items[i]);
		}
		json_end(w, v->type == JSON_T_ARRAY ? ']' : '}');
		break;
	}
}
