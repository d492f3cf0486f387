/* How Go's fmt prints values: %v, and the verbs of printf that make sense for text, numbers and booleans. */
#include "codec/template_node.h"

#include "base/str.h"
#include "codec/utf8.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum { MEASURE_MAX = 1000000 };

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

static const struct spec plain = {.precision = -1, .verb = 'v'};

static void format(const struct run *r, const struct spec *f, const struct json *v, struct buf *out);

static const char *type_name(const struct json *v)
{
	switch (v ? v->type : JSON_T_NULL) {
	case JSON_T_BOOL:
		return "bool";
	case JSON_T_NUMBER:
		return template_is_real(v) ? "float64" : "int";
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

static size_t runes(const char *s, size_t n)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

static bool text_as(const struct spec *f, const char *s, size_t n, struct buf *out)
{
	if (f->precision >= 0) {
		size_t end = 0;
		for (int left = f->precision; end < n; end++)
			if (((unsigned char)s[end] & 0xc0) != 0x80 && left-- == 0)
				break;
		n = end;
	}
	if (f->verb == 'q' || (f->verb == 'v' && f->sharp)) {
		template_quote(s, n, out);
	} else if (f->verb == 'x' || f->verb == 'X') {
		for (size_t i = 0; i < n; i++) {
			buf_str(out, i && f->space ? " " : "");
			if (f->sharp && (!i || f->space))
				buf_printf(out, "0%c", f->verb);
			buf_printf(out, f->verb == 'x' ? "%02x" : "%02X", (unsigned char)s[i]);
		}
	} else if (f->verb == 's' || f->verb == 'v') {
		buf_add(out, s, n);
	} else {
		return false;
	}
	return true;
}

/* Whether the verb goes with the value, which is no list. */
static bool one(const struct spec *f, char kind, const struct json *v, struct buf *out)
{
	switch (v ? v->type : JSON_T_NULL) {
	case JSON_T_BOOL:
		buf_str(out, v->truth ? "true" : "false");
		return f->verb == 't' || f->verb == 'v';
	case JSON_T_NUMBER:
		if (kind == '~' && strchr("vs", f->verb)) {
			duration(json_int(v, 0), out);
			return true;
		}
		return template_number(f, v, out);
	case JSON_T_STRING:
		return text_as(f, v->text, v->len, out);
	case JSON_T_NULL:
	case JSON_T_ARRAY:
	case JSON_T_OBJECT:
		break;
	}
	if (kind == '"')
		return text_as(f, "", 0, out);
	buf_str(out, "<nil>");
	return f->verb == 'v';
}

static void list(const struct run *r, const struct spec *f, const struct json *v, bool map, struct buf *out)
{
	bool go = f->sharp && f->verb == 'v', array = v->type != JSON_T_OBJECT && !map;
	buf_str(out, go ? type_name(v) : map ? "map" : "");
	buf_byte(out, go || (!map && !array) ? '{' : '[');
	for (size_t i = 0; i < json_count(v); i++) {
		buf_str(out, !i ? "" : go ? ", " : " ");
		char *name = v->items[i].name;
		if (map)
			format(r, f, &(struct json){.type = JSON_T_STRING, .text = name, .len = strlen(name)}, out);
		else if (!array && f->plus)
			buf_str(out, name);
		buf_str(out, map || (!array && f->plus) ? ":" : "");
		format(r, f, &v->items[i], out);
	}
	buf_byte(out, go || (!map && !array) ? '}' : ']');
}

static void format(const struct run *r, const struct spec *f, const struct json *v, struct buf *out)
{
	enum json_type type = v ? v->type : JSON_T_NULL;
	char kind = v && v->name && r->kind == TEMPLATE_GO ? template_name(v->name) : 0;
	if (f->verb != 'T' && (type == JSON_T_ARRAY || type == JSON_T_OBJECT)) {
		list(r, f, v, type == JSON_T_OBJECT && template_is_map(r, v), out);
		return;
	}
	if (f->verb != 'T' && type == JSON_T_NULL && kind && kind != '*' && kind != '"') {
		list(r, f, v, kind != '[', out);
		return;
	}
	CLEANUP_BUF struct buf text = {0};
	if (f->verb == 'T') {
		buf_str(&text, type_name(v));
	} else if (!one(f, kind, v, &text)) {
		buf_printf(out, "%%!%c(%s%s", f->verb, type_name(v), type == JSON_T_NULL ? "" : "=");
		if (type != JSON_T_NULL)
			format(r, &plain, v, out);
		buf_byte(out, ')');
		return;
	}
	const char *s = buf_cstr(&text);
	size_t have = runes(s, text.len), fill = f->width > 0 && (size_t)f->width > have ? (size_t)f->width - have : 0;
	bool zeros = f->zero && !f->minus;
	size_t sign = zeros && type == JSON_T_NUMBER && (*s == '-' || *s == '+' || *s == ' ');
	buf_add(out, s, sign);
	for (size_t i = 0; !f->minus && i < fill; i++)
		buf_byte(out, zeros ? '0' : ' ');
	buf_add(out, s + sign, text.len - sign);
	for (size_t i = 0; f->minus && i < fill; i++)
		buf_byte(out, ' ');
}

void template_print(const struct run *r, const struct json *v, struct buf *out)
{
	if (v)
		format(r, &plain, v, out);
	else
		buf_str(out, "<no value>");
}

/* Sprint puts blanks between values when neither is text; Sprintln always. */
void template_sprint(const struct run *r, const struct json *const *a, size_t n, bool line, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		bool text = a[i] && a[i]->type == JSON_T_STRING, before = i && a[i - 1] && a[i - 1]->type == JSON_T_STRING;
		if (i && (line || (!text && !before)))
			buf_byte(out, ' ');
		format(r, &plain, a[i], out);
	}
}

void template_quote(const char *s, size_t n, struct buf *out)
{
	buf_byte(out, '"');
	for (size_t i = 0; i < n;) {
		static const char escaped[] = "\a\b\f\n\r\t\v\\\"", letter[] = "abfnrtv\\\"";
		unsigned char c = (unsigned char)s[i];
		const char *at = c ? strchr(escaped, c) : NULL;
		size_t len = utf8_decode(s + i, n - i, NULL);
		if (at)
			buf_printf(out, "\\%c", letter[at - escaped]);
		else if (c < ' ' || c == 0x7f || !len)
			buf_printf(out, "\\x%02x", c);
		else
			buf_add(out, s + i, len);
		i += len ? len : 1;
	}
	buf_byte(out, '"');
}

/* A number at *p. */
static int digits(const char **p)
{
	int v = 0;
	while (isdigit((unsigned char)**p) && v < 10000)
		v = v * 10 + (*(*p)++ - '0');
	return v;
}

/* A number at *p, or the next argument for '*', which is in Go's limits. */
static int measure(const char **p, const struct json *const *args, size_t n, size_t *used, const char *what, struct buf *out)
{
	if (**p != '*')
		return digits(p);
	++*p;
	int64_t v = *used < n ? json_int(args[(*used)++], INT64_MAX) : INT64_MAX;
	if (v >= -MEASURE_MAX && v <= MEASURE_MAX)
		return (int)v;
	buf_printf(out, "%%!(BAD%s)", what);
	return *what == 'W' ? 0 : plain.precision;
}

/* [2]: the next argument is that one. */
static bool chosen(const char **p, size_t *used)
{
	const char *s = *p + 1;
	if (**p != '[' || !isdigit((unsigned char)*s))
		return false;
	*used = (size_t)digits(&s);
	*p = s + (*s == ']');
	return true;
}

int template_printf(const struct run *r, const struct json *const *args, size_t n, struct buf *out, struct err *e)
{
	if (!args[0] || args[0]->type != JSON_T_STRING)
		return template_fail(e, "printf: the format is not a string");
	size_t used = 1;
	bool any_order = false;
	for (const char *p = args[0]->text; *p; p++) {
		struct spec f = plain;
		if (*p != '%') {
			buf_byte(out, *p);
			continue;
		}
		for (p++; *p && strchr("-+# 0", *p); p++) {
			f.minus |= *p == '-';
			f.zero |= *p == '0';
			f.plus |= *p == '+';
			f.sharp |= *p == '#';
			f.space |= *p == ' ';
		}
		any_order |= chosen(&p, &used);
		f.width = measure(&p, args, n, &used, "WIDTH", out);
		if (*p == '.') {
			p++;
			any_order |= chosen(&p, &used);
			f.precision = measure(&p, args, n, &used, "PREC", out);
		}
		any_order |= chosen(&p, &used);
		if (f.width < 0) {
			f.minus = true;
			f.width = -f.width;
		}
		if (!*p) {
			buf_str(out, "%!(NOVERB)");
			break;
		}
		f.verb = *p;
		if (*p == '%')
			buf_byte(out, '%');
		else if (used >= n || !used)
			buf_printf(out, any_order ? "%%!%c(BADINDEX)" : "%%!%c(MISSING)", *p);
		else
			format(r, &f, args[used++], out);
	}
	for (size_t i = used; i < n && !any_order; i++) {
		buf_printf(out, "%s%s", i == used ? "%!(EXTRA " : ", ", type_name(args[i]));
		buf_byte(out, '=');
		template_print(r, args[i], out);
		buf_str(out, i + 1 == n ? ")" : "");
	}
	return 0;
}
