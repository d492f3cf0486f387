/* The functions of a template: Go's own, and the docker CLI's. */
#include "codec/template_node.h"

#include "base/mem.h"
#include "base/str.h"

#include <ctype.h>
#include <string.h>

typedef const struct json *const *values;

/* In the header of a table the docker CLI's functions leave the title as it is. */
static bool in_header(const struct run *r, values a, const struct json **out)
{
	*out = a[0];
	return r->kind == TEMPLATE_HEADER;
}

static int need(const struct json *v, enum json_type type, const struct function *f, struct err *e)
{
	if (v && v->type == type)
		return 0;
	return template_fail(e, "error calling %s: wrong type for value; expected %s", f->name,
		type == JSON_T_STRING ? "string" : "int");
}

static int f_case(struct run *r, const struct function *f, values a, size_t n, const struct json **out, struct err *e)
{
	(void)n;
	if (in_header(r, a, out))
		return 0;
	if (need(a[0], JSON_T_STRING, f, e) < 0)
		return -1;
	struct json *v = template_text(r, a[0]->text, a[0]->len);
	bool begins = true;
	for (size_t i = 0; i < v->len; i++) {
		int c = (unsigned char)v->text[i];
		if (*f->name == 'u' || (*f->name == 't' && begins))
			v->text[i] = (char)toupper(c);
		else if (*f->name == 'l')
			v->text[i] = (char)tolower(c);
		begins = !isalnum(c) && c != '_' && c != '\'' && c < 0x80;
	}
	*out = v;
	return 0;
}

static int f_json(struct run *r, const struct function *f, values a, size_t n, const struct json **out, struct err *e)
{
	(void)f, (void)n, (void)e;
	if (in_header(r, a, out))
		return 0;
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b};
	const struct json *v = a[0];
	if (!v) {
		json_null(&w);
	} else if (r->kind == TEMPLATE_ROW && v->type == JSON_T_OBJECT) {
		/* What .Label looks into is no field. The CLI encodes rows with HTML's characters escaped. */
		CLEANUP_BUF struct buf row = {0};
		w.out = &row;
		json_begin(&w, '{');
		for (size_t i = 0; i < v->len; i++) {
			if (str_eq(v->items[i].name, "Label"))
				continue;
			json_key(&w, v->items[i].name);
			json_write_tree(&w, &v->items[i]);
		}
		json_end(&w, '}');
		for (size_t i = 0; i < row.len; i++)
			if (strchr("<>&", row.data[i]))
				buf_printf(&b, "\\u%04x", row.data[i]);
			else
				buf_byte(&b, row.data[i]);
	} else {
		json_write_tree(&w, v);
	}
	*out = template_text(r, buf_cstr(&b), b.len);
	return 0;
}

static int f_join(struct run *r, const struct function *f, values a, size_t n, const struct json **out, struct err *e)
{
	(void)n;
	if (in_header(r, a, out))
		return 0;
	CLEANUP_BUF struct buf b = {0};
	if (a[0] && a[0]->type != JSON_T_ARRAY && a[0]->type != JSON_T_NULL)
		return template_fail(e, "error calling join: expected a list");
	if (need(a[1], JSON_T_STRING, f, e) < 0)
		return -1;
	for (size_t i = 0; a[0] && i < json_count(a[0]); i++) {
		buf_str(&b, i ? a[1]->text : "");
		template_print(r, &a[0]->items[i], &b);
	}
	*out = template_text(r, buf_cstr(&b), b.len);
	return 0;
}

static int f_split(struct run *r, const struct function *f, values a, size_t n, const struct json **out, struct err *e)
{
	(void)n;
	if (in_header(r, a, out))
		return 0;
	if (need(a[0], JSON_T_STRING, f, e) < 0 || need(a[1], JSON_T_STRING, f, e) < 0)
		return -1;
	struct json *list = template_text(r, "", 0);
	list->type = JSON_T_ARRAY;
	size_t cap = 0;
	const char *s = a[0]->text, *sep = a[1]->text;
	for (;;) {
		const char *end = *sep ? strstr(s, sep) : *s ? s + 1 : NULL;
		if (!*sep && !*s)
			break;
		size_t len = end ? (size_t)(end - s) : strlen(s);
		list->items = mem_grow(list->items, list->len, &cap, sizeof *list->items);
		list->items[list->len++] = (struct json){.type = JSON_T_STRING, .text = mem_dup(s, len), .len = len};
		if (!end)
			break;
		s = end + strlen(sep);
	}
	*out = list;
	return 0;
}

static int f_pad(struct run *r, const struct function *f, values a, size_t n, const struct json **out, struct err *e)
{
	(void)n;
	if (need(a[0], JSON_T_STRING, f, e) < 0 || need(a[1], JSON_T_NUMBER, f, e) < 0 || need(a[2], JSON_T_NUMBER, f, e) < 0)
		return -1;
	int64_t before = json_int(a[1], -1), after = json_int(a[2], -1);
	if (before < 0 || after < 0 || before > 4096 || after > 4096)
		return template_fail(e, "error calling pad: the counts must be between 0 and 4096");
	CLEANUP_FREE char *s = a[0]->len ? str_printf("%*s%s%*s", (int)before, "", a[0]->text, (int)after, "") : mem_strdup("");
	*out = template_text(r, s, strlen(s));
	return 0;
}

static int f_truncate(struct run *r, const struct function *f, values a, size_t n, const struct json **out, struct err *e)
{
	(void)n;
	if (in_header(r, a, out))
		return 0;
	if (need(a[0], JSON_T_STRING, f, e) < 0 || need(a[1], JSON_T_NUMBER, f, e) < 0)
		return -1;
	int64_t max = json_int(a[1], -1);
	if (max < 0)
		return template_fail(e, "error calling truncate: the length is negative");
	*out = template_text(r, a[0]->text, (uint64_t)max < a[0]->len ? (size_t)max : a[0]->len);
	return 0;
}

static int f_not(struct run *r, const struct function *f, values a, size_t n, const struct json **out, struct err *e)
{
	(void)f, (void)n, (void)e;
	*out = template_bool(r, !template_truth(a[0]));
	return 0;
}

static int f_len(struct run *r, const struct function *f, values a, size_t n, const struct json **out, struct err *e)
{
	(void)f, (void)n;
	char c = a[0] && a[0]->type == JSON_T_NULL ? template_name(a[0]->name) : 0;
	if (!a[0] || a[0]->type == JSON_T_NUMBER || a[0]->type == JSON_T_BOOL || (a[0]->type == JSON_T_NULL && (!c || c == '*')))
		return template_fail(e, "error calling len: what it is given has no length");
	*out = template_int(r, a[0]->type == JSON_T_NULL ? 0 : (int64_t)a[0]->len);
	return 0;
}

static int index_one(struct run *r, const struct json *v, const struct json *at, const struct json **out, struct err *e)
{
	char c = v && v->name ? template_name(v->name) : 0;
	bool map = v && (v->type == JSON_T_OBJECT || (v->type == JSON_T_NULL && c && strchr("{<(@", c)));
	if (!v || !at || (v->type == JSON_T_NULL && !map && c != '['))
		return template_fail(e, "error calling index: index of untyped nil");
	if (map) {
		if (at->type != JSON_T_STRING)
			return template_fail(e, "error calling index: the key of a map is a string");
		/* Maps by port have keys of a type of their own: docker falls back to the JSON. */
		if (c == '(' && r->kind == TEMPLATE_GO)
			return template_fail(e, "error calling index: value has type string; should be nat.Port");
		*out = json_get(v, at->text);
		if (!*out && r->kind != TEMPLATE_RAW) {
			/* The zero value of what the map holds, by a name that has it. */
			*out = template_zero(r, c == '@' ? "Health" : c == '<' ? "Labels" : "Runtime");
		}
		return 0;
	}
	int64_t i = json_int(at, -1);
	if (at->type != JSON_T_NUMBER)
		return template_fail(e, "error calling index: cannot index with a string");
	size_t len = v->type == JSON_T_NULL ? 0 : v->len;
	if (v->type != JSON_T_ARRAY && v->type != JSON_T_STRING && v->type != JSON_T_NULL)
		return template_fail(e, "error calling index: can't index it");
	if (i < 0 || (uint64_t)i >= len)
		return template_fail(e, "error calling index: index out of range: %lld", (long long)i);
	*out = v->type == JSON_T_ARRAY ? &v->items[i] : template_int(r, (unsigned char)v->text[i]);
	return 0;
}

static int f_index(struct run *r, const struct function *f, values a, size_t n, const struct json **out, struct err *e)
{
	(void)f;
	*out = a[0];
	for (size_t i = 1; i < n; i++)
		if (index_one(r, *out, a[i], out, e) < 0)
			return -1;
	return 0;
}

static int f_slice(struct run *r, const struct function *f, values a, size_t n, const struct json **out, struct err *e)
{
	(void)f;
	if (!a[0] || (a[0]->type != JSON_T_STRING && a[0]->type != JSON_T_ARRAY))
		return template_fail(e, "error calling slice: can't slice it");
	int64_t from = n > 1 ? json_int(a[1], -1) : 0, to = n > 2 ? json_int(a[2], -1) : (int64_t)a[0]->len;
	int64_t max = n > 3 && a[0]->type == JSON_T_ARRAY ? json_int(a[3], -1) : n > 3 ? -1 : to;
	if (from < 0 || to < from || (uint64_t)to > a[0]->len || max < to || (uint64_t)max > a[0]->len)
		return template_fail(e, "error calling slice: index out of range: %lld:%lld", (long long)from, (long long)to);
	if (a[0]->type == JSON_T_STRING) {
		*out = template_text(r, a[0]->text + from, (size_t)(to - from));
		return 0;
	}
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b};
	json_begin(&w, '[');
	for (int64_t i = from; i < to; i++)
		json_write_tree(&w, &a[0]->items[i]);
	json_end(&w, ']');
	CLEANUP_JSON struct json *copy = json_parse(b.data, b.len, e);
	if (!copy)
		return -1;
	struct json *list = template_text(r, "", 0);
	struct json empty = *list;
	*list = *copy;
	*copy = empty;
	*out = list;
	return 0;
}

static int f_print(struct run *r, const struct function *f, values a, size_t n, const struct json **out, struct err *e)
{
	CLEANUP_BUF struct buf b = {0};
	bool line = str_eq(f->name, "println");
	if (str_eq(f->name, "printf")) {
		if (template_printf(r, a, n, &b, e) < 0)
			return -1;
	} else {
		template_sprint(r, a, n, line, &b);
		buf_str(&b, line ? "\n" : "");
	}
	*out = template_text(r, buf_cstr(&b), b.len);
	return 0;
}

/* html, js and urlquery */
static int f_escape(struct run *r, const struct function *f, values a, size_t n, const struct json **out, struct err *e)
{
	static const char html[] = "\0\"'&<>", js[] = "\\'\"<>&=";
	static const char *const entities[] = {"\xef\xbf\xbd", "&#34;", "&#39;", "&amp;", "&lt;", "&gt;"};
	CLEANUP_BUF struct buf b = {0}, from = {0};
	(void)e;
	if (n == 1 && (!a[0] || (a[0]->type == JSON_T_NULL && !a[0]->name)))
		template_print(r, NULL, &from);
	else
		template_sprint(r, a, n, false, &from);
	for (size_t i = 0; i < from.len; i++) {
		unsigned char c = (unsigned char)from.data[i];
		const char *at = memchr(*f->name == 'h' ? html : js, c, *f->name == 'h' ? sizeof html - 1 : sizeof js - 1);
		if (*f->name == 'u' && !isalnum(c) && !(c && strchr("-_.~", c)))
			buf_printf(&b, c == ' ' ? "+" : "%%%02X", c);
		else if (*f->name == 'h' && at)
			buf_str(&b, entities[at - html]);
		else if (*f->name == 'j' && at && at < js + 3)
			buf_printf(&b, "\\%c", c);
		else if (*f->name == 'j' && (at || c < ' '))
			buf_printf(&b, "\\u%04X", c);
		else
			buf_byte(&b, c);
	}
	*out = template_text(r, buf_cstr(&b), b.len);
	return 0;
}

static int f_call(struct run *r, const struct function *f, values a, size_t n, const struct json **out, struct err *e)
{
	(void)r, (void)f, (void)a, (void)n, (void)out;
	return template_fail(e, "error calling call: no value here is a function");
}

/* -1, 0, 1 into *order; types that Go does not compare fail. */
static int compare(const struct json *a, const struct json *b, int *order, bool only_equal, struct err *e)
{
	enum json_type ta = a ? a->type : JSON_T_NULL, tb = b ? b->type : JSON_T_NULL;
	if (only_equal && (ta == JSON_T_NULL || tb == JSON_T_NULL)) {
		*order = ta != tb;
		return 0;
	}
	if (ta != tb)
		return template_fail(e, "incompatible types for comparison");
	if (ta == JSON_T_STRING) {
		int c = strcmp(a->text, b->text);
		*order = (c > 0) - (c < 0);
	} else if (ta == JSON_T_NUMBER) {
		if (template_is_real(a) != template_is_real(b))
			return template_fail(e, "incompatible types for comparison");
		*order = template_order(a, b);
	} else if (ta == JSON_T_BOOL && only_equal) {
		*order = a->truth != b->truth;
	} else {
		return template_fail(e, "invalid type for comparison");
	}
	return 0;
}

static int f_compare(struct run *r, const struct function *f, values a, size_t n, const struct json **out, struct err *e)
{
	int order = 0;
	const char *name = f->name;
	bool equal = str_eq(name, "eq") || str_eq(name, "ne"), truth = false;
	/* eq takes more than two: is the first any of the others? */
	for (size_t i = 1; i < n && !truth; i++) {
		if (compare(a[0], a[i], &order, equal, e) < 0)
			return -1;
		truth = equal ? (order == 0) == (*name == 'e') : *name == 'l' ? order < 0 || (order == 0 && name[1] == 'e') :
			order > 0 || (order == 0 && name[1] == 'e');
	}
	*out = template_bool(r, truth);
	return 0;
}

enum { MANY = 31 };

const struct function *template_function(const char *name)
{
	static const struct function functions[] = {
		{"and", 1, MANY, NULL}, {"or", 1, MANY, NULL}, {"not", 1, 1, f_not},
		{"eq", 2, MANY, f_compare}, {"ne", 2, 2, f_compare}, {"lt", 2, 2, f_compare}, {"le", 2, 2, f_compare},
		{"gt", 2, 2, f_compare}, {"ge", 2, 2, f_compare},
		{"len", 1, 1, f_len}, {"index", 1, MANY, f_index}, {"slice", 1, 4, f_slice},
		{"print", 0, MANY, f_print}, {"println", 0, MANY, f_print}, {"printf", 1, MANY, f_print},
		{"html", 0, MANY, f_escape}, {"js", 0, MANY, f_escape}, {"urlquery", 0, MANY, f_escape}, {"call", 0, MANY, f_call},
		{"json", 1, 1, f_json}, {"join", 2, 2, f_join}, {"split", 2, 2, f_split},
		{"lower", 1, 1, f_case}, {"upper", 1, 1, f_case}, {"title", 1, 1, f_case},
		{"pad", 3, 3, f_pad}, {"truncate", 2, 2, f_truncate},
	};
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
		if (str_eq(functions[i].name, name))
			return &functions[i];
	return NULL;
}
