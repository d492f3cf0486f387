/* How Go's fmt prints values: %v, and the verbs of printf that make sense for text, numbers and booleans. */
#include "codec/template_node.h"

#include "base/str.h"
#include "codec/utf8.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Nanoseconds as Go's time.Duration prints itself. */
static void duration(int64_t ns, struct buf *out)
{
	uint64_t v = ns < 0 ? -(uint64_t)ns : (uint64_t)ns, unit = 1;
	const char *name = "ns";
	buf_str(out, ns < 0 ? "-" : "");
	if (v >= 1000000000) {
		uint64_t s = v / 1000000000;
		if (s >= 3600)
			buf_printf(out, "%lluh", (unsigned long long)(s / 3600));
		if (s >= 60)
			buf_printf(out, "%llum", (unsigned long long)(s / 60 % 60));
		v -= s / 60 * 60 * 1000000000;
		unit = 1000000000;
		name = "s";
	} else if (v == 0) {
		name = "s";
	} else if (v >= 1000000) {
		unit = 1000000;
		name = "ms";
	} else if (v >= 1000) {
		unit = 1000;
		name = "\xc2\xb5s";
	}
	buf_printf(out, "%llu", (unsigned long long)(v / unit));
	if (v % unit) {
		CLEANUP_FREE char *all = str_printf("%" PRIu64, unit + v % unit);
		size_t n = strlen(all);
		while (all[n - 1] == '0')
			all[--n] = 0;
		buf_printf(out, ".%s", all + 1);
	}
	buf_str(out, name);
}

static void print(const struct run *r, const struct json *v, struct buf *out)
{
	char kind = v->name && r->kind == TEMPLATE_GO ? template_name(v->name) : 0;
	switch (v->type) {
	case JSON_T_NULL:
		buf_str(out, kind == '*' || !kind ? "<nil>" : kind == '[' ? "[]" : kind == '"' ? "" : "map[]");
		return;
	case JSON_T_BOOL:
		buf_str(out, v->truth ? "true" : "false");
		return;
	case JSON_T_NUMBER:
		if (kind == '~')
			duration(json_int(v, 0), out);
		else
			buf_str(out, v->text);
		return;
	case JSON_T_STRING:
		buf_add(out, v->text, v->len);
		return;
	case JSON_T_ARRAY:
	case JSON_T_OBJECT:
		break;
	}
	bool map = v->type == JSON_T_OBJECT && template_is_map(r, v);
	buf_str(out, map ? "map[" : v->type == JSON_T_ARRAY ? "[" : "{");
	for (size_t i = 0; i < v->len; i++) {
		buf_str(out, i ? " " : "");
		if (map)
			buf_printf(out, "%s:", v->items[i].name);
		print(r, &v->items[i], out);
	}
	buf_byte(out, v->type == JSON_T_ARRAY || map ? ']' : '}');
}

void template_print(const struct run *r, const struct json *v, struct buf *out)
{
	if (v)
		print(r, v, out);
	else
		buf_str(out, "<no value>");
}

void template_quote(const char *s, size_t n, struct buf *out)
{
	buf_byte(out, '"');
	for (size_t i = 0; i < n;) {
		static const char plain[] = "\a\b\f\n\r\t\v\\\"", letter[] = "abfnrtv\\\"";
		unsigned char c = (unsigned char)s[i];
		const char *at = c ? strchr(plain, c) : NULL;
		size_t len = utf8_decode(s + i, n - i, NULL);
		if (at)
			buf_printf(out, "\\%c", letter[at - plain]);
		else if (c < ' ' || c == 0x7f || !len)
			buf_printf(out, "\\x%02x", c);
		else
			buf_add(out, s + i, len);
		i += len ? len : 1;
	}
	buf_byte(out, '"');
}

static const char *type_name(const struct json *v)
{
	switch (v ? v->type : JSON_T_NULL) {
	case JSON_T_BOOL:
		return "bool";
	case JSON_T_NUMBER:
		return "int";
	case JSON_T_STRING:
		return "string";
	case JSON_T_ARRAY:
		return "[]string";
	case JSON_T_OBJECT:
		return "map[string]string";
	case JSON_T_NULL:
		break;
	}
	return "<nil>";
}

static void in_base(const struct json *v, const char *conversion, struct buf *out)
{
	int64_t i = json_int(v, 0);
	buf_str(out, i < 0 ? "-" : "");
	buf_printf(out, *conversion == 'x' ? "%llx" : *conversion == 'X' ? "%llX" : "%llo", (unsigned long long)(i < 0 ? -i : i));
}

/* One verb with its value, without width. Returns whether the verb goes with the value. */
static bool verb(const struct run *r, char c, const struct json *v, struct buf *out)
{
	enum json_type type = v ? v->type : JSON_T_NULL;
	size_t from = out->len;
	switch (c) {
	case 'v':
		template_print(r, v, out);
		if (!v) {
			out->len = from;
			buf_str(out, "<nil>");
		}
		return true;
	case 's':
		if (type == JSON_T_NUMBER || type == JSON_T_BOOL || !v)
			return false;
		template_print(r, v, out);
		return true;
	case 'q':
		if (type != JSON_T_STRING)
			return false;
		template_quote(v->text, v->len, out);
		return true;
	case 't':
		if (type != JSON_T_BOOL)
			return false;
		template_print(r, v, out);
		return true;
	case 'd':
		if (type != JSON_T_NUMBER)
			return false;
		buf_str(out, v->text);
		return true;
	case 'o':
	case 'x':
	case 'X':
		if (type == JSON_T_STRING && c != 'o') {
			for (size_t i = 0; i < v->len; i++)
				buf_printf(out, c == 'x' ? "%02x" : "%02X", (unsigned char)v->text[i]);
			return true;
		}
		if (type != JSON_T_NUMBER)
			return false;
		in_base(v, &c, out);
		return true;
	case 'c': {
		char utf[4];
		int64_t cp = json_int(v, -1);
		if (cp < 0 || cp > 0x10ffff)
			return false;
		buf_add(out, utf, utf8_encode((uint32_t)cp, utf));
		return true;
	}
	default:
		return false;
	}
}

static size_t runes(const char *s, size_t n)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

/* A number at *p, or the next argument for '*'. */
static int measure(const char **p, const struct json *const *args, size_t n, size_t *used)
{
	int v = 0;
	if (**p == '*') {
		++*p;
		return *used < n ? (int)json_int(args[(*used)++], 0) : 0;
	}
	while (isdigit((unsigned char)**p) && v < 10000)
		v = v * 10 + (*(*p)++ - '0');
	return v;
}

static void pad(struct buf *out, const struct buf *text, int width, bool left, bool zeros)
{
	size_t have = runes(buf_cstr(text), text->len);
	size_t fill = width > 0 && (size_t)width > have ? (size_t)width - have : 0;
	const char *s = buf_cstr(text);
	size_t sign = zeros && fill && *s == '-';
	buf_add(out, s, sign);
	for (size_t i = 0; !left && i < fill; i++)
		buf_byte(out, zeros ? '0' : ' ');
	buf_add(out, s + sign, text->len - sign);
	for (size_t i = 0; left && i < fill; i++)
		buf_byte(out, ' ');
}

int template_printf(const struct run *r, const struct json *const *args, size_t n, struct buf *out, struct err *e)
{
	if (!args[0] || args[0]->type != JSON_T_STRING)
		return template_fail(e, "printf: the format is not a string");
	size_t used = 1;
	for (const char *p = args[0]->text; *p; p++) {
		if (*p != '%') {
			buf_byte(out, *p);
			continue;
		}
		bool left = false, zeros = false, plus = false;
		for (p++; *p && strchr("-+# 0", *p); p++) {
			left |= *p == '-';
			zeros |= *p == '0';
			plus |= *p == '+';
		}
		int width = measure(&p, args, n, &used), precision = -1;
		if (*p == '.') {
			p++;
			precision = measure(&p, args, n, &used);
		}
		if (width < 0) {
			left = true;
			width = -width;
		}
		if (!*p) {
			buf_str(out, "%!(NOVERB)");
			break;
		}
		if (*p == '%') {
			buf_byte(out, '%');
			continue;
		}
		if (used >= n) {
			buf_printf(out, "%%!%c(MISSING)", *p);
			continue;
		}
		CLEANUP_BUF struct buf text = {0};
		const struct json *v = args[used++];
		if (!verb(r, *p, v, &text)) {
			buf_printf(out, "%%!%c(%s", *p, type_name(v));
			if (v) {
				buf_byte(out, '=');
				template_print(r, v, out);
			}
			buf_byte(out, ')');
			continue;
		}
		if (plus && *p == 'd' && *buf_cstr(&text) != '-')
			buf_byte(out, '+');
		if (precision >= 0 && *p == 's')
			for (size_t i = text.len; runes(buf_cstr(&text), text.len) > (size_t)precision && i > 0;)
				text.len = --i;
		pad(out, &text, width, left, zeros && !left);
	}
	for (size_t i = used; i < n; i++) {
		buf_printf(out, "%s%s", i == used ? "%!(EXTRA " : ", ", type_name(args[i]));
		buf_byte(out, '=');
		template_print(r, args[i], out);
		buf_str(out, i + 1 == n ? ")" : "");
	}
	return 0;
}
