#include "codec/template_scan.h"

#include "base/str.h"
#include "codec/utf8.h"

#include <ctype.h>
#include <string.h>

int scan_fail(struct parser *p, const char *what)
{
	return err_set(p->e, ERR_USAGE, "template parsing error: %s%s%.20s%s", what, p->token == T_END ? "" : " near \"",
		p->token == T_END ? "" : buf_cstr(&p->text), p->token == T_END ? "" : "\"");
}

static bool word_char(int c)
{
	return isalnum(c) || c == '_' || c >= 0x80;
}

static unsigned digit(char c)
{
	int d = (unsigned char)c;
	return isdigit(d) ? (unsigned)d - '0' : isxdigit(d) ? (unsigned)tolower(d) - 'a' + 10 : 99;
}

/* A quoted text, whose opening quote is at p->at. */
static int quoted(struct parser *p)
{
	static const char letters[] = "abfnrtv\\'\"", means[] = "\a\b\f\n\r\t\v\\'\"";
	char quote = *p->at++;
	for (; *p->at != quote; p->at++) {
		char c = *p->at, utf[4];
		if (!c || (c == '\n' && quote != '`'))
			return scan_fail(p, "unterminated quoted string");
		if (c != '\\' || quote == '`') {
			buf_byte(&p->text, c);
			continue;
		}
		const char *found = *++p->at ? strchr(letters, *p->at) : NULL;
		if (found) {
			buf_byte(&p->text, means[found - letters]);
			continue;
		}
		bool octal = digit(*p->at) < 10;
		size_t digits = octal ? 3 : *p->at == 'x' ? 2 : *p->at == 'u' ? 4 : *p->at == 'U' ? 8 : 0;
		uint32_t v = 0;
		p->at -= octal;
		for (size_t i = 0; i < digits; i++, p->at++) {
			unsigned d = digit(p->at[1]);
			if (d >= (octal ? 8 : 16))
				return scan_fail(p, "bad escape in a string");
			v = v * (octal ? 8 : 16) + d;
		}
		if (!digits || v > (octal ? 255 : 0x10ffff))
			return scan_fail(p, "bad escape in a string");
		if (digits < 4)
			buf_byte(&p->text, (int)v);
		else
			buf_add(&p->text, utf, utf8_encode(v, utf));
	}
	p->at++;
	return 0;
}

/* A character constant becomes its number. */
static int character(struct parser *p)
{
	uint32_t cp = 0;
	if (quoted(p) < 0)
		return -1;
	if (utf8_decode(buf_cstr(&p->text), p->text.len, &cp) != p->text.len || !p->text.len)
		return scan_fail(p, "malformed character constant");
	buf_reset(&p->text);
	buf_printf(&p->text, "%u", (unsigned)cp);
	return 0;
}

/* The next token of an action. */
int scan_next(struct parser *p)
{
	buf_reset(&p->text);
	p->blank = false;
	while (isspace((unsigned char)*p->at)) {
		p->at++;
		p->blank = true;
	}
	unsigned char c = (unsigned char)*p->at;
	if (!c) {
		p->token = T_END;
		return scan_fail(p, "unclosed action");
	}
	bool trim = p->blank && str_starts(p->at, "-}}");
	if (trim || str_starts(p->at, "}}")) {
		p->at += trim ? 3 : 2;
		p->trim = trim;
		p->token = T_CLOSE;
		buf_str(&p->text, "}}");
		return 0;
	}
	if (c == '"' || c == '`') {
		p->token = T_STRING;
		return quoted(p);
	}
	if (c == '\'') {
		p->token = T_NUMBER;
		return character(p);
	}
	if (isdigit(c) || (strchr("+-.", c) && isdigit((unsigned char)p->at[1]))) {
		p->token = T_NUMBER;
		do
			buf_byte(&p->text, *p->at++);
		while (word_char((unsigned char)*p->at) || *p->at == '.' || ((*p->at == '-' || *p->at == '+') && tolower(p->at[-1]) == 'e'));
		return 0;
	}
	p->token = word_char(c) ? T_WORD : c == '$' ? T_VARIABLE : c == '.' && word_char((unsigned char)p->at[1]) ? T_FIELD :
		c == '.' ? T_DOT : c;
	buf_byte(&p->text, *p->at++);
	if (p->token == T_FIELD)
		buf_reset(&p->text);
	if (p->token == T_WORD || p->token == T_VARIABLE || p->token == T_FIELD)
		while (word_char((unsigned char)*p->at))
			buf_byte(&p->text, *p->at++);
	if (c == ':' && *p->at == '=')
		buf_byte(&p->text, *p->at++);
	return 0;
}

int scan_number(struct parser *p, struct json *out)
{
	CLEANUP_BUF struct buf text = {0};
	for (const char *c = buf_cstr(&p->text); *c; c++)
		if (*c != '_')
			buf_byte(&text, *c);
	const char *s = buf_cstr(&text);
	bool minus = *s == '-';
	s += minus || *s == '+';
	uint64_t v = 0, base = 10;
	if (*s == '0' && s[1] && s[1] != '.' && tolower(s[1]) != 'e') {
		int c = tolower(s[1]);
		base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
		s += c == 'x' || c == 'b' || c == 'o' ? 2 : 1;
	}
	out->type = JSON_T_NUMBER;
	if (base == 10 && s[strcspn(s, ".eE")]) {
		const char *point = strchr(s, '.');
		if (s[strspn(s, "0123456789.eE+-")] || (point && strchr(point + 1, '.')) || strchr("eE+-", s[strlen(s) - 1]))
			return scan_fail(p, "bad number syntax");
		out->text = str_printf("%s%s", minus ? "-" : "", s);
	} else {
		do {
			if (digit(*s) >= base || v > (INT64_MAX - digit(*s)) / base)
				return scan_fail(p, "bad number syntax");
			v = v * base + digit(*s);
		} while (*++s);
		out->text = str_printf("%s%llu", minus && v ? "-" : "", (unsigned long long)v);
	}
	out->len = strlen(out->text);
	return 0;
}
