#include "ansible/args.h"

#include "base/str.h"

#include <string.h>

enum kind { STRING, BOOL, LIST, DICT };

static const struct arg {
	const char *name;
	enum kind kind;
	size_t offset;
	const char *choices;   /* with a blank behind each; the first is the default */
} table[] = {
	{"name", STRING, offsetof(struct args, name), NULL},
	{"image", STRING, offsetof(struct args, image), NULL},
	{"state", STRING, offsetof(struct args, state), "present absent updated "},
	{"directory", STRING, offsetof(struct args, directory), NULL},
	{"bin_dir", STRING, offsetof(struct args, bin_dir), NULL},
	{"pull", STRING, offsetof(struct args, pull), "missing always never "},
	{"force", BOOL, offsetof(struct args, force), NULL},
	{"command", STRING, offsetof(struct args, command), NULL},
	{"args", LIST, offsetof(struct args, args), NULL},
	{"environment", DICT, offsetof(struct args, environment), NULL},
	{"docker_host", STRING, offsetof(struct args, docker_host), NULL},
	{"_ansible_check_mode", BOOL, offsetof(struct args, check), NULL},
	{"_ansible_diff", BOOL, offsetof(struct args, diff), NULL},
	{"_ansible_no_log", BOOL, offsetof(struct args, no_log), NULL},
};

enum { TABLE = sizeof table / sizeof *table };

static void *field(struct args *a, const struct arg *row)
{
	return (char *)a + row->offset;
}

/* Texts and numbers, which YAML makes of unquoted words; NULL for others. */
static const char *scalar(const struct json *v)
{
	return v->type == JSON_T_STRING || v->type == JSON_T_NUMBER ? v->text : NULL;
}

static bool has_word(const char *words, const char *word)
{
	CLEANUP_FREE char *key = str_printf("%s ", word);
	for (const char *p = words; *p; p += strcspn(p, " ") + 1)
		if (str_starts(p, key))
			return !strchr(word, ' ');
	return false;
}

/* Booleans, and what templates make of them. Returns whether it was one. */
static bool take_bool(bool *out, const struct json *v)
{
	const char *s = scalar(v);
	*out = v->type == JSON_T_BOOL ? v->truth : s && has_word("true True yes on 1 ", s);
	return v->type == JSON_T_BOOL || *out || (s && has_word("false False no off 0 ", s));
}

static bool take_items(struct strvec *out, const struct json *v, bool dict)
{
	if (v->type != (dict ? JSON_T_OBJECT : JSON_T_ARRAY))
		return false;
	for (size_t i = 0; i < v->len; i++) {
		const char *s = scalar(&v->items[i]);
		if (!s || strlen(s) != v->items[i].len || (dict && (!*v->items[i].name || strchr(v->items[i].name, '='))))
			return false;
		strvec_pushf(out, "%s%s%s", dict ? v->items[i].name : "", dict ? "=" : "", s);
	}
	return true;
}

static bool take(struct args *a, const struct arg *row, const struct json *v)
{
	if (row->kind == BOOL)
		return take_bool(field(a, row), v);
	if (row->kind != STRING)
		return take_items(field(a, row), v, row->kind == DICT);
	const char *s = scalar(v);
	*(const char **)field(a, row) = s;
	return s && *s && strlen(s) == v->len && (!row->choices || has_word(row->choices, s));
}

static void one(struct args *a, const struct json *v, struct buf *bad)
{
	static const char *const kinds[] = {"text that is not empty", "true or false", "a list of texts",
		"names with texts"};
	for (size_t i = 0; i < TABLE; i++) {
		const struct arg *row = &table[i];
		if (!str_eq(row->name, v->name))
			continue;
		if (!take(a, row, v))
			buf_printf(bad, "; %s must be %s%.*s", row->name, row->choices ? "one of: " : kinds[row->kind],
				row->choices ? (int)strlen(row->choices) - 1 : 0, row->choices ? row->choices : "");
		return;
	}
	if (str_eq(v->name, "_ansible_verbosity"))
		a->verbosity = (int)json_int(v, 0);
	else if (!str_starts(v->name, "_ansible_"))
		buf_printf(bad, "; there is no argument '%s'", v->name);
}

static void together(const struct args *a, struct buf *bad)
{
	bool absent = str_eq(a->state, "absent");
	if (!a->name && !json_get(a->doc, "name"))
		buf_str(bad, "; name is missing");
	if (str_eq(a->state, "present") && !a->image && !a->command && !json_get(a->doc, "image"))
		buf_str(bad, "; state present needs image, or command for a service that is there");
	if (absent && a->command)
		buf_str(bad, "; command contradicts state absent");
	if (a->force && !absent)
		buf_str(bad, "; force is for state absent only");
	if (a->args.n && !a->command)
		buf_str(bad, "; args need command");
	if (a->bin_dir && !a->directory)
		buf_str(bad, "; bin_dir needs directory");
}

int args_parse(struct args *a, const char *text, size_t n, struct err *e)
{
	CLEANUP_BUF struct buf bad = {0};
	a->state = "present";
	a->pull = "missing";
	a->doc = json_parse(text, n, e);
	if (!a->doc)
		return err_wrap(e, "cannot read the module's arguments");
	if (a->doc->type != JSON_T_OBJECT)
		return err_set(e, ERR_USAGE, "the module's arguments are no JSON object");
	for (size_t i = 0; i < a->doc->len; i++)
		if (a->doc->items[i].type != JSON_T_NULL)
			one(a, &a->doc->items[i], &bad);
	together(a, &bad);
	return bad.len ? err_set(e, ERR_USAGE, "%s", bad.data + 2) : 0;
}

void args_write(struct json_writer *w, const struct args *a)
{
	json_begin(w, '{');
	for (size_t i = 0; a->doc && i < json_count(a->doc); i++) {
		const struct json *v = &a->doc->items[i];
		if (str_starts(v->name, "_ansible_") || str_eq(v->name, "environment"))
			continue;
		json_key(w, v->name);
		json_write_tree(w, v);
	}
	json_end(w, '}');
}

void args_free(struct args *a)
{
	json_free(a->doc);
	strvec_free(&a->args);
	strvec_free(&a->environment);
}
