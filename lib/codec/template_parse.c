/* The template's text to nodes: a scanner for actions, and recursive descent bounded by DEPTH. */
#include "codec/template_node.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "codec/utf8.h"

#include <ctype.h>
#include <string.h>

enum { DEPTH = 64 };

enum token { T_END, T_CLOSE, T_WORD, T_FIELD, T_VARIABLE, T_DOT, T_STRING, T_NUMBER, T_CHAR };  /* or the character itself */

struct parser {
	const char *at;
	int token;
	struct buf text;             /* of the token */
	bool blank;                  /* blanks stood before it */
	bool trim;                   /* the text that follows loses its leading blanks */
	unsigned depth;
	struct strvec vars;          /* those that are declared here */
	unsigned loops;              /* ranges around here */
	struct template *t;
	struct err *e;
};

static void release(struct node *n)
{
	while (n) {
		struct node *next = n->next;
		release(n->child);
		release(n->body);
		release(n->other);
		free(n->text);
		free(n->value.text);
		free(n);
		n = next;
	}
}

void template_free(struct template *t)
{
	if (!t)
		return;
	release(t->list);
	release(t->defined);
	free(t);
}

static struct node *node(enum node_kind kind, const char *text)
{
	struct node *n = mem_alloc(sizeof *n);
	n->kind = kind;
	n->text = mem_strdup(text);
	return n;
}

static int fail(struct parser *p, const char *what)
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
			return fail(p, "unterminated quoted string");
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
				return fail(p, "bad escape in a string");
			v = v * (octal ? 8 : 16) + d;
		}
		if (!digits || v > (octal ? 255 : 0x10ffff))
			return fail(p, "bad escape in a string");
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
		return fail(p, "malformed character constant");
	buf_reset(&p->text);
	buf_printf(&p->text, "%u", (unsigned)cp);
	return 0;
}

/* The next token of an action. */
static int next(struct parser *p)
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
		return fail(p, "unclosed action");
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

static int pipeline(struct parser *p, int end, struct node **out);

/* Go's numbers, but for complex ones and hexadecimal fractions. Floating-point ones keep a point or an exponent. */
static int number(struct parser *p, struct node *n)
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
	n->value.type = JSON_T_NUMBER;
	if (base == 10 && s[strcspn(s, ".eE")]) {
		const char *point = strchr(s, '.');
		if (s[strspn(s, "0123456789.eE+-")] || (point && strchr(point + 1, '.')) || strchr("eE+-", s[strlen(s) - 1]))
			return fail(p, "bad number syntax");
		n->value.text = str_printf("%s%s", minus ? "-" : "", s);
	} else {
		do {
			if (digit(*s) >= base || v > (INT64_MAX - digit(*s)) / base)
				return fail(p, "bad number syntax");
			v = v * base + digit(*s);
		} while (*++s);
		n->value.text = str_printf("%s%llu", minus && v ? "-" : "", (unsigned long long)v);
	}
	n->value.len = strlen(n->value.text);
	return 0;
}

/* One word of a command, with the fields that hang on it. */
static struct node *operand(struct parser *p)
{
	struct node *n = NULL;
	const char *text = buf_cstr(&p->text);
	switch (p->token) {
	case T_DOT:
		n = node(NODE_DOT, NULL);
		break;
	case T_FIELD:
		n = node(NODE_FIELD, text);
		n->child = node(NODE_DOT, NULL);
		break;
	case T_VARIABLE:
		if (text[1] && !strvec_has(&p->vars, text)) {
			err_set(p->e, ERR_USAGE, "template parsing error: undefined variable \"%s\"", text);
			return NULL;
		}
		n = node(NODE_VARIABLE, text);
		break;
	case T_STRING:
		n = node(NODE_CONSTANT, NULL);
		n->value.type = JSON_T_STRING;
		n->value.len = p->text.len;
		n->value.text = mem_dup(text, p->text.len);
		break;
	case T_NUMBER:
		n = node(NODE_CONSTANT, NULL);
		if (number(p, n) < 0) {
			release(n);
			return NULL;
		}
		break;
	case T_WORD:
		if (str_eq(text, "true") || str_eq(text, "false")) {
			n = node(NODE_CONSTANT, NULL);
			n->value.type = JSON_T_BOOL;
			n->value.truth = *text == 't';
		} else if (str_eq(text, "nil")) {
			n = node(NODE_NIL, NULL);
		} else if (template_function(text)) {
			n = node(NODE_FUNCTION, text);
		} else {
			err_set(p->e, ERR_USAGE, "template parsing error: function \"%s\" not defined", text);
			return NULL;
		}
		break;
	case '(':
		if (next(p) < 0 || pipeline(p, ')', &n) < 0) {
			release(n);
			return NULL;
		}
		break;
	default:
		fail(p, "unexpected word in operand");
		return NULL;
	}
	for (;;) {
		if (next(p) < 0)
			break;
		if (p->token != T_FIELD || p->blank)
			return n;
		if (n->kind == NODE_DOT) {
			fail(p, "unexpected . behind a .");
			break;
		}
		struct node *f = node(NODE_FIELD, buf_cstr(&p->text));
		f->child = n;
		n = f;
	}
	release(n);
	return NULL;
}

static int command(struct parser *p, int end, struct node **out)
{
	struct node *n = *out = node(NODE_COMMAND, NULL), **tail = &n->child;
	while (p->token != end && p->token != '|') {
		if (n->child && !p->blank && p->token != '(')
			return fail(p, "unexpected word");
		struct node *word = operand(p);
		if (!word)
			return -1;
		*tail = word;
		tail = &word->next;
	}
	return n->child ? 0 : fail(p, "missing value for command");
}

/* $x := ..., $i, $x := ..., $x = ...: reads them off the front, if that is what stands there. */
static int declarations(struct parser *p, struct node *n)
{
	const char *from = p->at;
	struct node *first = NULL, **tail = &first;
	while (p->token == T_VARIABLE) {
		*tail = node(NODE_VARIABLE, buf_cstr(&p->text));
		tail = &(*tail)->next;
		if (next(p) < 0)
			break;
		if (p->token == ',' && next(p) == 0)
			continue;
		if (p->token == ':' || p->token == '=') {
			n->assign = p->token == '=';
			n->body = first;
			for (const struct node *v = first; v && !n->assign; v = v->next)
				strvec_push(&p->vars, v->text);
			return next(p);
		}
		break;
	}
	/* A variable is used, not set: once more from the start. */
	if (first) {
		buf_reset(&p->text);
		buf_str(&p->text, first->text);
		p->token = T_VARIABLE;
		p->at = from;
		p->blank = true;
	}
	release(first);
	return 0;
}

static int pipeline(struct parser *p, int end, struct node **out)
{
	struct node *n = *out = node(NODE_PIPE, NULL), **tail = &n->child;
	if (++p->depth > DEPTH)
		return fail(p, "too deeply nested");
	if (declarations(p, n) < 0)
		return -1;
	for (;;) {
		if (command(p, end, tail) < 0)
			return -1;
		enum node_kind first = (*tail)->child->kind;
		if (*tail != n->child && (first == NODE_CONSTANT || first == NODE_DOT || first == NODE_NIL))
			return fail(p, "non executable command in a pipeline");
		tail = &(*tail)->next;
		if (p->token == end)
			break;
		if (next(p) < 0)
			return -1;
	}
	p->depth--;
	return 0;
}

static int list(struct parser *p, struct node **out, char **stopped);
static int branch(struct parser *p, struct node *n);

/* The lists of if, range and with, up to their end, after which what was declared in them is gone. */
static int control(struct parser *p, struct node *n)
{
	size_t keep = p->vars.n;
	int rc = branch(p, n);
	while (p->vars.n > keep) {
		free(p->vars.items[--p->vars.n]);
		p->vars.items[p->vars.n] = NULL;
	}
	return rc;
}

static int branch(struct parser *p, struct node *n)
{
	CLEANUP_FREE char *stop = NULL;
	if (++p->depth > DEPTH)
		return fail(p, "too deeply nested");
	if (next(p) < 0 || pipeline(p, T_CLOSE, &n->child) < 0)
		return -1;
	const struct node *set = n->child->body;
	if (set && set->next && (n->kind != NODE_RANGE || set->next->next))
		return fail(p, "too many declarations");
	p->loops += n->kind == NODE_RANGE;
	if (list(p, &n->body, &stop) < 0)
		return -1;
	p->loops -= n->kind == NODE_RANGE;
	if (str_eq(stop, "else")) {
		/* next(p) has read what stands behind the else. */
		bool chained = p->token == T_WORD && (str_eq(buf_cstr(&p->text), "if") || str_eq(buf_cstr(&p->text), "with"));
		if (chained) {
			n->other = node(*buf_cstr(&p->text) == 'i' ? NODE_IF : NODE_WITH, NULL);
			int rc = branch(p, n->other);
			p->depth--;
			return rc;
		}
		free(ptr_steal(&stop));
		if (p->token != T_CLOSE)
			return fail(p, "unexpected word in else");
		if (list(p, &n->other, &stop) < 0)
			return -1;
	}
	p->depth--;
	return str_eq(stop, "end") ? 0 : fail(p, stop ? "expected end" : "unexpected EOF: an {{end}} is missing");
}

/* define "name", template "name" [pipe], and block "name" pipe, which is both. */
static int named(struct parser *p, const char *word, struct node **out)
{
	CLEANUP_FREE char *stop = NULL;
	bool define = *word == 'd', block = *word == 'b';
	if (define && p->depth)
		return fail(p, "unexpected {{define}} inside another action");
	if (next(p) < 0)
		return -1;
	if (p->token != T_STRING)
		return fail(p, "a template's name is a quoted text");
	struct node *n = node(NODE_TEMPLATE, buf_cstr(&p->text)), *d = n;
	if (define) {
		n->next = p->t->defined;
		p->t->defined = n;
	} else {
		*out = n;
	}
	if (next(p) < 0 || (!define && (block || p->token != T_CLOSE) && pipeline(p, T_CLOSE, &n->child) < 0))
		return -1;
	if (p->token != T_CLOSE)
		return fail(p, "unexpected word in define");
	if (*word == 't')
		return 0;
	for (const struct node *o = define ? n->next : p->t->defined; o; o = o->next)
		if (str_eq(o->text, n->text))
			return fail(p, "multiple definition of a template");
	if (block) {
		d = node(NODE_TEMPLATE, n->text);
		d->next = p->t->defined;
		p->t->defined = d;
	}
	struct strvec outer = p->vars;
	unsigned loops = p->loops;
	p->vars = (struct strvec){0};
	p->loops = 0;
	p->depth++;
	int rc = list(p, &d->body, &stop);
	p->depth--;
	p->loops = loops;
	strvec_free(&p->vars);
	p->vars = outer;
	return rc < 0 || str_eq(stop, "end") ? rc : fail(p, "expected end");
}

/* The action whose {{ was read. *stopped: "end" or "else", when it is that. */
static int action(struct parser *p, struct node **out, char **stopped)
{
	static const struct {
		const char *word;
		enum node_kind kind;
	} words[] = {{"if", NODE_IF}, {"range", NODE_RANGE}, {"with", NODE_WITH}, {"break", NODE_BREAK},
		{"continue", NODE_CONTINUE}, {"define", NODE_TEMPLATE}, {"template", NODE_TEMPLATE}, {"block", NODE_TEMPLATE}};
	if (next(p) < 0)
		return -1;
	const char *text = buf_cstr(&p->text);
	if (p->token == T_WORD && (str_eq(text, "end") || str_eq(text, "else"))) {
		*stopped = mem_strdup(text);
		if (next(p) < 0)
			return -1;
		return **stopped == 'e' && str_eq(*stopped, "end") && p->token != T_CLOSE ? fail(p, "unexpected word in end") : 0;
	}
	for (size_t i = 0; p->token == T_WORD && i < sizeof words / sizeof *words; i++) {
		if (!str_eq(text, words[i].word))
			continue;
		if (words[i].kind == NODE_TEMPLATE)
			return named(p, words[i].word, out);
		*out = node(words[i].kind, NULL);
		if (words[i].kind != NODE_BREAK && words[i].kind != NODE_CONTINUE)
			return control(p, *out);
		if (!p->loops)
			return fail(p, "outside of a range");
		return next(p) < 0 ? -1 : p->token == T_CLOSE ? 0 : fail(p, "unexpected word");
	}
	*out = node(NODE_ACTION, NULL);
	if (pipeline(p, T_CLOSE, &(*out)->child) < 0)
		return -1;
	const struct node *set = (*out)->child->body;
	return set && set->next ? fail(p, "too many declarations") : 0;
}

/* Text up to an action, without the blanks that trim markers take. */
static struct node *text_until(struct parser *p, const char *end, bool trim_right)
{
	const char *from = p->at;
	while (p->trim && from < end && isspace((unsigned char)*from))
		from++;
	p->trim = false;
	while (trim_right && end > from && isspace((unsigned char)end[-1]))
		end--;
	CLEANUP_FREE char *text = mem_dup(from, (size_t)(end - from));
	return end > from ? node(NODE_TEXT, text) : NULL;
}

/* {{/ * comment * /}}: 1 when it was one. */
static int comment(struct parser *p)
{
	if (!str_starts(p->at, "/*"))
		return 0;
	const char *end = strstr(p->at + 2, "*/");
	if (!end)
		return fail(p, "unclosed comment");
	p->at = end + 2;
	if (next(p) < 0)
		return -1;
	return p->token == T_CLOSE && (p->trim || !p->blank) ? 1 : fail(p, "comment ends before closing delimiter");
}

/* Nodes up to the end of the text, or {{end}} or {{else}}. */
static int list(struct parser *p, struct node **out, char **stopped)
{
	while (!*stopped) {
		const char *open = strstr(p->at, "{{"), *end = open ? open : p->at + strlen(p->at);
		bool trim = open && open[2] == '-' && isspace((unsigned char)open[3]);
		*out = text_until(p, end, trim);
		if (*out)
			out = &(*out)->next;
		p->at = end;
		if (!open)
			return 0;
		p->at += trim ? 3 : 2;
		const char *skip = p->at;
		while (isspace((unsigned char)*skip))
			skip++;
		if (trim && str_starts(skip, "/*"))
			p->at = skip;
		int rc = comment(p);
		if (rc == 0)
			rc = action(p, out, stopped);
		if (rc < 0)
			return -1;
		if (*out)
			out = &(*out)->next;
	}
	return 0;
}

struct template *template_parse(const char *text, struct err *e)
{
	CLEANUP_TEMPLATE struct template *t = mem_alloc(sizeof *t);
	struct parser p = {.at = text, .e = e, .t = t};
	CLEANUP_FREE char *stopped = NULL;
	int rc = list(&p, &t->list, &stopped);
	if (rc == 0 && stopped) {
		p.token = T_END;
		rc = fail(&p, "unexpected {{end}} or {{else}}");
	}
	buf_free(&p.text);
	strvec_free(&p.vars);
	return rc < 0 ? NULL : ptr_steal(&t);
}

static bool uses(const struct node *n, const char *name)
{
	for (; n; n = n->next)
		if ((n->kind == NODE_FIELD && str_eq(n->text, name)) || uses(n->child, name) || uses(n->body, name) ||
		    uses(n->other, name))
			return true;
	return false;
}

bool template_uses(const struct template *t, const char *name)
{
	return uses(t->list, name) || uses(t->defined, name);
}
