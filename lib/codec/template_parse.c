/* The template's text to nodes, by recursive descent bounded by DEPTH. */
#include "codec/template_node.h"
#include "codec/template_scan.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"

#include <ctype.h>
#include <string.h>

enum { DEPTH = 64 };

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

static int pipeline(struct parser *p, int end, struct node **out);

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
		if (scan_number(p, &n->value) < 0) {
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
		if (scan_next(p) < 0 || pipeline(p, ')', &n) < 0) {
			release(n);
			return NULL;
		}
		break;
	default:
		scan_fail(p, "unexpected word in operand");
		return NULL;
	}
	for (int fields = 0;; fields++) {
		if (scan_next(p) < 0)
			break;
		if (p->token != T_FIELD || p->blank)
			return n;
		if (fields == DEPTH) {
			scan_fail(p, "too deeply nested");
			break;
		}
		if (n->kind == NODE_DOT) {
			scan_fail(p, "unexpected . behind a .");
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
			return scan_fail(p, "unexpected word");
		struct node *word = operand(p);
		if (!word)
			return -1;
		*tail = word;
		tail = &word->next;
	}
	return n->child ? 0 : scan_fail(p, "missing value for command");
}

/* $x := ..., $i, $x := ..., $x = ...: reads them off the front, if that is what stands there. */
static int declarations(struct parser *p, struct node *n)
{
	const char *from = p->at;
	struct node *first = NULL, **tail = &first;
	while (p->token == T_VARIABLE) {
		*tail = node(NODE_VARIABLE, buf_cstr(&p->text));
		tail = &(*tail)->next;
		if (scan_next(p) < 0)
			break;
		if (p->token == ',' && scan_next(p) == 0)
			continue;
		if (p->token == ':' || p->token == '=') {
			n->assign = p->token == '=';
			n->body = first;
			for (const struct node *v = first; v && !n->assign; v = v->next)
				strvec_push(&p->vars, v->text);
			return scan_next(p);
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
		return scan_fail(p, "too deeply nested");
	if (declarations(p, n) < 0)
		return -1;
	for (;;) {
		if (command(p, end, tail) < 0)
			return -1;
		enum node_kind first = (*tail)->child->kind;
		if (*tail != n->child && (first == NODE_CONSTANT || first == NODE_DOT || first == NODE_NIL))
			return scan_fail(p, "non executable command in a pipeline");
		tail = &(*tail)->next;
		if (p->token == end)
			break;
		if (scan_next(p) < 0)
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
		return scan_fail(p, "too deeply nested");
	if (scan_next(p) < 0 || pipeline(p, T_CLOSE, &n->child) < 0)
		return -1;
	const struct node *set = n->child->body;
	if (set && set->next && (n->kind != NODE_RANGE || set->next->next))
		return scan_fail(p, "too many declarations");
	p->loops += n->kind == NODE_RANGE;
	if (list(p, &n->body, &stop) < 0)
		return -1;
	p->loops -= n->kind == NODE_RANGE;
	if (str_eq(stop, "else")) {
		/* scan_next(p) has read what stands behind the else. */
		bool chained = p->token == T_WORD && (str_eq(buf_cstr(&p->text), "if") || str_eq(buf_cstr(&p->text), "with"));
		if (chained) {
			n->other = node(*buf_cstr(&p->text) == 'i' ? NODE_IF : NODE_WITH, NULL);
			int rc = branch(p, n->other);
			p->depth--;
			return rc;
		}
		free(ptr_steal(&stop));
		if (p->token != T_CLOSE)
			return scan_fail(p, "unexpected word in else");
		if (list(p, &n->other, &stop) < 0)
			return -1;
	}
	p->depth--;
	return str_eq(stop, "end") ? 0 : scan_fail(p, stop ? "expected end" : "unexpected EOF: an {{end}} is missing");
}

/* define "name", template "name" [pipe], and block "name" pipe, which is both. */
static int named(struct parser *p, const char *word, struct node **out)
{
	CLEANUP_FREE char *stop = NULL;
	bool define = *word == 'd', block = *word == 'b';
	if (define && p->depth)
		return scan_fail(p, "unexpected {{define}} inside another action");
	if (scan_next(p) < 0)
		return -1;
	if (p->token != T_STRING)
		return scan_fail(p, "a template's name is a quoted text");
	struct node *n = node(NODE_TEMPLATE, buf_cstr(&p->text)), *d = n;
	if (define) {
		n->next = p->t->defined;
		p->t->defined = n;
	} else {
		*out = n;
	}
	if (scan_next(p) < 0 || (!define && (block || p->token != T_CLOSE) && pipeline(p, T_CLOSE, &n->child) < 0))
		return -1;
	if (p->token != T_CLOSE)
		return scan_fail(p, "unexpected word in define");
	if (*word == 't')
		return 0;
	for (const struct node *o = define ? n->next : p->t->defined; o; o = o->next)
		if (str_eq(o->text, n->text))
			return scan_fail(p, "multiple definition of a template");
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
	return rc < 0 || str_eq(stop, "end") ? rc : scan_fail(p, "expected end");
}

/* The action whose {{ was read. *stopped: "end" or "else", when it is that. */
static int action(struct parser *p, struct node **out, char **stopped)
{
	static const struct {
		const char *word;
		enum node_kind kind;
	} words[] = {{"if", NODE_IF}, {"range", NODE_RANGE}, {"with", NODE_WITH}, {"break", NODE_BREAK},
		{"continue", NODE_CONTINUE}, {"define", NODE_TEMPLATE}, {"template", NODE_TEMPLATE}, {"block", NODE_TEMPLATE}};
	if (scan_next(p) < 0)
		return -1;
	const char *text = buf_cstr(&p->text);
	if (p->token == T_WORD && (str_eq(text, "end") || str_eq(text, "else"))) {
		*stopped = mem_strdup(text);
		if (scan_next(p) < 0)
			return -1;
		return **stopped == 'e' && str_eq(*stopped, "end") && p->token != T_CLOSE ? scan_fail(p, "unexpected word in end") : 0;
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
			return scan_fail(p, "outside of a range");
		return scan_next(p) < 0 ? -1 : p->token == T_CLOSE ? 0 : scan_fail(p, "unexpected word");
	}
	*out = node(NODE_ACTION, NULL);
	if (pipeline(p, T_CLOSE, &(*out)->child) < 0)
		return -1;
	const struct node *set = (*out)->child->body;
	return set && set->next ? scan_fail(p, "too many declarations") : 0;
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
		return scan_fail(p, "unclosed comment");
	p->at = end + 2;
	if (scan_next(p) < 0)
		return -1;
	return p->token == T_CLOSE && (p->trim || !p->blank) ? 1 : scan_fail(p, "comment ends before closing delimiter");
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
		rc = scan_fail(&p, "unexpected {{end}} or {{else}}");
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
