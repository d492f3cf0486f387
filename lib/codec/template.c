/* Running a template: every value is a struct json, borrowed from the caller's tree, from the template, or the run's. */
#include "codec/template_node.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { DEPTH = 400, MADE_MAX = 1 << 20 };

enum outcome { FAILED = -1, GO_ON, BREAK, CONTINUE };

static int eval_pipe(struct run *r, const struct node *n, const struct json *dot, const struct json **out, struct err *e);
static int walk(struct run *r, const struct node *n, const struct json *dot, struct err *e);

int (template_fail)(struct err *e, const char *fmt, ...)
{
	va_list ap;
	CLEANUP_BUF struct buf b = {0};
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	return err_set(e, ERR_FORMAT, "template parsing error: %s", buf_cstr(&b));
}

static struct json *made(struct run *r, enum json_type type)
{
	struct json *v = mem_alloc(sizeof *v);
	v->type = type;
	r->made = mem_grow(r->made, r->n_made, &r->cap_made, sizeof(struct json *));
	return r->made[r->n_made++] = v;
}

struct json *template_text(struct run *r, const char *s, size_t n)
{
	struct json *v = made(r, JSON_T_STRING);
	v->text = mem_dup(s, n);
	v->len = n;
	return v;
}

struct json *template_int(struct run *r, int64_t i)
{
	struct json *v = made(r, JSON_T_NUMBER);
	v->text = str_printf("%lld", (long long)i);
	v->len = strlen(v->text);
	return v;
}

struct json *template_bool(struct run *r, bool b)
{
	struct json *v = made(r, JSON_T_BOOL);
	v->truth = b;
	return v;
}

bool template_truth(const struct json *v)
{
	if (!v)
		return false;
	switch (v->type) {
	case JSON_T_BOOL:
		return v->truth;
	case JSON_T_NUMBER:
		return v->text[strspn(v->text, "-0.")] != 0;
	case JSON_T_STRING:
	case JSON_T_ARRAY:
	case JSON_T_OBJECT:
		return v->len > 0;
	case JSON_T_NULL:
		break;
	}
	return false;
}

static const struct json **variable(struct run *r, const char *name, struct err *e)
{
	for (size_t i = r->n_vars; i-- > 0;)
		if (str_eq(r->vars[i].name, name))
			return &r->vars[i].value;
	template_fail(e, "undefined variable \"%s\"", name);
	return NULL;
}

static void new_variable(struct run *r, const char *name, const struct json *value)
{
	r->vars = mem_grow(r->vars, r->n_vars, &r->cap_vars, sizeof *r->vars);
	r->vars[r->n_vars++] = (struct variable){name, value};
}

static int set_variable(struct run *r, const char *name, const struct json *value, bool assign, struct err *e)
{
	const struct json **v = assign ? variable(r, name, e) : NULL;
	if (v)
		*v = value;
	else if (assign)
		return -1;
	else
		new_variable(r, name, value);
	return 0;
}

/* The member of a Go struct: by its JSON name, which may differ in case; Go's begins with a capital. */
static const struct json *member(const struct run *r, const struct json *v, const char *name)
{
	const struct json *found = json_get(v, name);
	if (r->kind != TEMPLATE_GO || template_is_map(r, v))
		return found;
	if (template_name(name) == '!' || *name < 'A' || *name > 'Z')
		return NULL;
	for (size_t i = 0; !found && i < v->len; i++)
		if (strcasecmp(v->items[i].name, name) == 0)
			found = &v->items[i];
	return found;
}

static int field(struct run *r, const struct json *of, const char *name, const struct json **out, struct err *e)
{
	*out = NULL;
	if (!of)
		return r->kind == TEMPLATE_RAW ? template_fail(e, "<.%s>: nil data; no entry for key \"%s\"", name, name) : 0;
	if (of->type == JSON_T_OBJECT) {
		bool labels = r->kind == TEMPLATE_ROW && str_eq(name, "Label");
		*out = labels ? NULL : member(r, of, name);
		if (*out && (*out)->type == JSON_T_NULL && r->kind == TEMPLATE_GO && !template_is_map(r, of)) {
			const struct json *zero = template_zero(r, (*out)->name);
			*out = zero ? zero : *out;
		}
		if (*out || r->kind == TEMPLATE_HEADER || r->kind == TEMPLATE_LOOSE || (r->kind == TEMPLATE_GO && template_is_map(r, of)))
			return 0;
		if (r->kind == TEMPLATE_GO && (*out = template_zero(r, name)))
			return 0;
		return template_fail(e, r->kind == TEMPLATE_RAW ? "<.%s>: map has no entry for key \"%s\"" :
			"<.%s>: can't evaluate field %s", name, name);
	}
	if (of->type == JSON_T_NULL) {
		char c = template_name(of->name);
		if (r->kind == TEMPLATE_RAW)
			return template_fail(e, "<.%s>: nil data; no entry for key \"%s\"", name, name);
		if (r->kind == TEMPLATE_LOOSE || (c && strchr("{<(@", c)))
			return 0;
		return template_fail(e, "<.%s>: nil pointer evaluating %s", name, of->name ? of->name : "nil");
	}
	return template_fail(e, "<.%s>: can't evaluate field %s in what is no object", name, name);
}

static int eval_word(struct run *r, const struct node *n, const struct json *dot, const struct json **out, struct err *e)
{
	const struct json *of;
	if (n->kind == NODE_DOT)
		*out = dot;
	else if (n->kind == NODE_CONSTANT)
		*out = &n->value;
	else if (n->kind == NODE_NIL)
		*out = made(r, JSON_T_NULL);
	else if (n->kind == NODE_FIELD)
		return eval_word(r, n->child, dot, &of, e) < 0 ? -1 : field(r, of, n->text, out, e);
	else if (n->kind != NODE_VARIABLE)
		return eval_pipe(r, n, dot, out, e);
	if (n->kind != NODE_VARIABLE)
		return 0;
	const struct json **v = variable(r, n->text, e);
	*out = v ? *v : NULL;
	return v ? 0 : -1;
}

/* .Label "x" of a row. */
static int method(struct run *r, const struct node *n, const struct json *const *args, size_t count,
	const struct json *dot, const struct json **out, struct err *e)
{
	const struct json *of;
	bool row = r->kind == TEMPLATE_ROW || r->kind == TEMPLATE_HEADER;
	if (n->kind != NODE_FIELD || !row || !str_eq(n->text, "Label") || count != 1 || !args[0] ||
	    args[0]->type != JSON_T_STRING)
		return template_fail(e, "%s has arguments but cannot be invoked as function", n->text ? n->text : "a value");
	if (eval_word(r, n->child, dot, &of, e) < 0)
		return -1;
	if (r->kind == TEMPLATE_ROW) {
		const char *found = json_str_at(of, "Label", args[0]->text);
		*out = template_text(r, found ? found : "", found ? strlen(found) : 0);
		return 0;
	}
	const char *title = strrchr(args[0]->text, '.');
	struct json *v = template_text(r, title ? title + 1 : args[0]->text, strlen(title ? title + 1 : args[0]->text));
	for (char *p = v->text; *p; p++)
		*p = *p == '-' || *p == '_' ? ' ' : *p;
	*out = v;
	return 0;
}

/* and, or: the words behind the first that decides are not looked at. */
static int short_circuit(struct run *r, const struct node *f, const struct json *dot, const struct json *piped, bool has,
	const struct json **out, struct err *e)
{
	bool stop_at = str_eq(f->text, "or");
	if (!f->next && !has)
		return template_fail(e, "wrong number of args for %s: want at least 1 got 0", f->text);
	for (const struct node *n = f->next; n; n = n->next) {
		if (eval_word(r, n, dot, out, e) < 0)
			return -1;
		if (template_truth(*out) == stop_at)
			return 0;
	}
	if (has)
		*out = piped;
	return 0;
}

enum { ARGS = 32 };

static int eval_command(struct run *r, const struct node *cmd, const struct json *dot, const struct json *piped, bool has,
	const struct json **out, struct err *e)
{
	const struct node *first = cmd->child;
	const struct json *args[ARGS];
	size_t n = 0;
	*out = NULL;
	if (first->kind == NODE_NIL)
		return template_fail(e, "nil is not a command");
	if (first->kind != NODE_FUNCTION && !first->next && !has)
		return eval_word(r, first, dot, out, e);
	if (first->kind == NODE_FUNCTION && (str_eq(first->text, "and") || str_eq(first->text, "or")))
		return short_circuit(r, first, dot, piped, has, out, e);
	for (const struct node *w = first->next; w; w = w->next) {
		if (n == ARGS - 1)
			return template_fail(e, "too many arguments");
		if (w->kind == NODE_FUNCTION) {
			struct node alone = {.kind = NODE_COMMAND, .child = &(struct node){.kind = NODE_FUNCTION, .text = w->text}};
			if (eval_command(r, &alone, dot, NULL, false, &args[n++], e) < 0)
				return -1;
		} else if (eval_word(r, w, dot, &args[n++], e) < 0) {
			return -1;
		}
	}
	if (has)
		args[n++] = piped;
	if (first->kind != NODE_FUNCTION)
		return method(r, first, args, n, dot, out, e);
	const struct function *f = template_function(first->text);
	if (n < f->min || n > f->max)
		return template_fail(e, "wrong number of args for %s: want %u got %zu", f->name, f->min, n);
	if (r->n_made > MADE_MAX)
		return template_fail(e, "it makes too many values");
	return f->call(r, f, args, n, out, e);
}

static int eval_pipe(struct run *r, const struct node *n, const struct json *dot, const struct json **out, struct err *e)
{
	if (n->kind == NODE_FUNCTION) {
		struct node alone = {.kind = NODE_FUNCTION, .text = n->text}, cmd = {.kind = NODE_COMMAND, .child = &alone};
		return eval_command(r, &cmd, dot, NULL, false, out, e);
	}
	const struct json *v = NULL;
	bool has = false;
	for (const struct node *c = n->child; c; c = c->next, has = true)
		if (eval_command(r, c, dot, v, has, &v, e) < 0)
			return -1;
	*out = v;
	if (n->body && !n->body->next)
		return set_variable(r, n->body->text, v, n->assign, e);
	return 0;
}

static int range_over(struct run *r, const struct node *n, const struct json *v, struct err *e)
{
	const struct node *one = n->child->body, *two = one ? one->next : NULL;
	for (size_t i = 0; i < v->len; i++) {
		size_t vars = r->n_vars;
		const struct json *key = v->type == JSON_T_OBJECT ? template_text(r, v->items[i].name, strlen(v->items[i].name)) :
			two ? template_int(r, (int64_t)i) : NULL;
		if ((two && set_variable(r, one->text, key, n->child->assign, e) < 0) ||
		    (one && set_variable(r, two ? two->text : one->text, &v->items[i], n->child->assign, e) < 0))
			return -1;
		int rc = walk(r, n->body, &v->items[i], e);
		r->n_vars = vars;
		if (rc == FAILED)
			return -1;
		if (rc == BREAK)
			break;
	}
	return 0;
}

/* if, with and range: *outcome is what the list in them ended with. */
static int branch(struct run *r, const struct node *n, const struct json *dot, struct err *e)
{
	const struct json *v;
	size_t vars = r->n_vars;
	if (eval_pipe(r, n->child, dot, &v, e) < 0)
		return FAILED;
	int rc = GO_ON;
	if (n->kind == NODE_RANGE) {
		if (v && v->type != JSON_T_ARRAY && v->type != JSON_T_OBJECT && v->type != JSON_T_NULL)
			return template_fail(e, "range can't iterate over what is no list");
		if (v && v->type == JSON_T_OBJECT && !template_is_map(r, v) && r->kind == TEMPLATE_GO)
			return template_fail(e, "range can't iterate over %s", v->name ? v->name : "an object");
		rc = v && json_count(v) ? range_over(r, n, v, e) : walk(r, n->other, dot, e);
	} else {
		bool truth = template_truth(v);
		rc = walk(r, truth ? n->body : n->other, truth && n->kind == NODE_WITH ? v : dot, e);
	}
	r->n_vars = vars;
	return rc;
}

/* template and block: what is defined under that name, with variables of its own. */
static int call(struct run *r, const struct node *n, const struct json *dot, struct err *e)
{
	const struct node *d = r->t->defined;
	const struct json *v = NULL;
	size_t vars = r->n_vars;
	while (d && !str_eq(d->text, n->text))
		d = d->next;
	if (!d)
		return template_fail(e, "template \"%s\" not defined", n->text);
	if (n->child && eval_pipe(r, n->child, dot, &v, e) < 0)
		return FAILED;
	new_variable(r, "$", v);
	int rc = walk(r, d->body, v, e);
	r->n_vars = vars;
	return rc;
}

static int walk(struct run *r, const struct node *n, const struct json *dot, struct err *e)
{
	const struct json *v;
	int rc = GO_ON;
	if (++r->depth > DEPTH)
		return template_fail(e, "too deeply nested");
	for (; n && rc == GO_ON; n = n->next) {
		if (n->kind == NODE_TEXT)
			buf_str(r->out, n->text);
		else if (n->kind == NODE_BREAK || n->kind == NODE_CONTINUE)
			rc = n->kind == NODE_BREAK ? BREAK : CONTINUE;
		else if (n->kind == NODE_TEMPLATE)
			rc = call(r, n, dot, e);
		else if (n->kind != NODE_ACTION)
			rc = branch(r, n, dot, e);
		else if (eval_pipe(r, n->child, dot, &v, e) < 0)
			rc = FAILED;
		else if (n->child->body)
			continue;
		else if (v && (v->type != JSON_T_NULL || r->kind != TEMPLATE_RAW))
			template_print(r, v, r->out);
		else
			buf_str(r->out, "<no value>");
	}
	r->depth--;
	return rc;
}

int template_run(const struct template *t, const struct json *value, enum template_kind kind, struct buf *out,
	struct err *e)
{
	struct run r = {.kind = kind, .t = t, .out = out};
	new_variable(&r, "$", value);
	int rc = walk(&r, t->list, value, e);
	for (size_t i = 0; i < r.n_made; i++)
		json_free(r.made[i]);
	free(r.made);
	free(r.vars);
	return rc == FAILED ? -1 : 0;
}
