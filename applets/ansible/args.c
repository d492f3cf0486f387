#include "ansible/args.h"

#include "base/str.h"

#include <string.h>

enum kind { STRING, BOOL, LIST, WORDS, DICT };  /* WORDS: a list, or one word alone */

/* Lists of words have a blank behind each. */
static const struct arg {
	const char *name;
	size_t offset;
	const char *choices;   /* the first is the default */
	const char *states;    /* the only ones that it is for; NULL: all */
	enum kind kind;
	bool secret;
} table[] = {
	{"name", offsetof(struct args, name), NULL, NULL, STRING, false},
	{"image", offsetof(struct args, image), NULL, "present absent updated backed_up ", STRING, false},
	{"state", offsetof(struct args, state), "present absent updated backed_up restored ", NULL, STRING, false},
	{"directory", offsetof(struct args, directory), NULL, NULL, STRING, false},
	{"bin_dir", offsetof(struct args, bin_dir), NULL, NULL, STRING, false},
	{"pull", offsetof(struct args, pull), "missing always never ", "present updated ", STRING, false},
	{"backup", offsetof(struct args, backup), NULL, "backed_up restored ", STRING, false},
	{"passphrase", offsetof(struct args, passphrase), NULL, "backed_up restored ", STRING, true},
	{"recipients", offsetof(struct args, recipients), NULL, "backed_up ", WORDS, false},
	{"identity", offsetof(struct args, identity), NULL, "backed_up restored ", WORDS, false},
	{"with_image", offsetof(struct args, with_image), NULL, "backed_up restored ", BOOL, false},
	{"live", offsetof(struct args, live), NULL, "backed_up ", BOOL, false},
	{"force", offsetof(struct args, force), NULL, "absent backed_up ", BOOL, false},
	{"command", offsetof(struct args, command), NULL, "present updated ", STRING, false},
	{"args", offsetof(struct args, args), NULL, NULL, LIST, false},
	{"environment", offsetof(struct args, environment), NULL, NULL, DICT, true},
	{"docker_host", offsetof(struct args, docker_host), NULL, NULL, STRING, false},
	{"docker_tls_verify", offsetof(struct args, docker_tls_verify), NULL, NULL, BOOL, false},
	{"docker_cert_path", offsetof(struct args, docker_cert_path), NULL, NULL, STRING, false},
	{"_ansible_check_mode", offsetof(struct args, check), NULL, NULL, BOOL, false},
	{"_ansible_diff", offsetof(struct args, diff), NULL, NULL, BOOL, false},
	{"_ansible_no_log", offsetof(struct args, no_log), NULL, NULL, BOOL, false},
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
	const char *s = scalar(v);
	if (row->kind == WORDS && s && *s && strlen(s) == v->len) {
		strvec_push(field(a, row), s);
		return true;
	}
	if (row->kind != STRING)
		return take_items(field(a, row), v, row->kind == DICT);
	*(const char **)field(a, row) = s;
	return s && *s && strlen(s) == v->len && (!row->choices || has_word(row->choices, s));
}

static const struct arg *row_of(const char *name)
{
	for (size_t i = 0; i < TABLE; i++)
		if (str_eq(table[i].name, name))
			return &table[i];
	return NULL;
}

static void one(struct args *a, const struct json *v, struct buf *bad)
{
	static const char *const kinds[] = {"text that is not empty", "true or false", "a list of texts",
		"a list of texts", "names with texts"};
	const struct arg *row = row_of(v->name);
	if (row) {
		if (!take(a, row, v))
			buf_printf(bad, "; %s must be %s%.*s", row->name, row->choices ? "one of: " : kinds[row->kind],
				row->choices ? (int)strlen(row->choices) - 1 : 0, row->choices ? row->choices : "");
	} else if (str_eq(v->name, "_ansible_verbosity"))
		a->verbosity = (int)json_int(v, 0);
	else if (!str_starts(v->name, "_ansible_"))
		buf_printf(bad, "; there is no argument '%s'", v->name);
}

/* "a, b or c" of words with blanks behind them. */
static void enumerate(struct buf *out, const char *words)
{
	for (const char *p = words; *p; p += strcspn(p, " ") + 1) {
		const char *rest = p + strcspn(p, " ") + 1;
		buf_printf(out, "%s%.*s", p == words ? "" : *rest ? ", " : " or ", (int)strcspn(p, " "), p);
	}
}

/* Whether it was given, and not as what it is anyway. */
static bool given(const struct json *v)
{
	return v && v->type != JSON_T_NULL && !(v->type == JSON_T_BOOL && !v->truth);
}

static void together(const struct args *a, struct buf *bad)
{
	const char *state = a->state && has_word(row_of("state")->choices, a->state) ? a->state : NULL;
	for (size_t i = 0; state && i < TABLE; i++)
		if (table[i].states && given(json_get(a->doc, table[i].name)) && !has_word(table[i].states, state)) {
			buf_printf(bad, "; %s contradicts state %s: it is for ", table[i].name, state);
			enumerate(bad, table[i].states);
		}
	if (!given(json_get(a->doc, "name")))
		buf_str(bad, "; name is missing");
	if (str_eq(state, "present") && !a->command && !given(json_get(a->doc, "image")))
		buf_str(bad, "; state present needs image, or command for a service that is there");
	if (state && has_word(row_of("backup")->states, state) && !given(json_get(a->doc, "backup")))
		buf_printf(bad, "; state %s needs backup: a file of the host's, or s3://BUCKET/KEY", state);
	if (str_eq(a->backup, "-"))
		buf_str(bad, "; backup must be a file or s3://BUCKET/KEY, not a pipe");
	if (a->passphrase && a->recipients.n)
		buf_str(bad, "; passphrase contradicts recipients: a backup is encrypted to one or the other");
	if (a->args.n && !a->command)
		buf_str(bad, "; args need command");
	if (a->bin_dir && !a->directory)
		buf_str(bad, "; bin_dir needs directory");
	if (a->docker_cert_path && !a->docker_host)
		buf_str(bad, "; docker_cert_path needs docker_host");
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
		const struct arg *row = row_of(v->name);
		if (str_starts(v->name, "_ansible_") || !row)
			continue;
		json_key(w, v->name);
		if (row->secret)
			json_str(w, "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER");
		else
			json_write_tree(w, v);
	}
	json_end(w, '}');
}

void args_free(struct args *a)
{
	json_free(a->doc);
	strvec_free(&a->recipients);
	strvec_free(&a->identity);
	strvec_free(&a->args);
	strvec_free(&a->environment);
}
