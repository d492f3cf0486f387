#include "docker/format.h"

#include "docker/columns.h"
#include "docker/settings.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/fetch.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { COLUMN_MIN = 10, COLUMN_PADDING = 3 };

/* "\t" and "\n" as they are typed, then blanks off both ends. */
static char *unescape(const char *s)
{
	CLEANUP_BUF struct buf b = {0};
	while (*s == ' ')
		s++;
	size_t n = strlen(s);
	while (n && s[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < n; i++) {
		bool escape = s[i] == '\\' && i + 1 < n && (s[i + 1] == 't' || s[i + 1] == 'n');
		buf_byte(&b, escape ? s[++i] == 't' ? '\t' : '\n' : s[i]);
	}
	return buf_steal(&b);
}

int listing_open(struct listing *l, const struct listing_kind *k, const char *format, bool quiet, struct err *e)
{
	CLEANUP_FREE char *set = k->setting && !(format && *format) && !quiet ? docker_setting(k->setting) : NULL;
	l->kind = k;
	if (!format || !*format)
		format = set ? set : "table";
	l->table = str_starts(format, "table");
	if (str_eq(format, "table") || (k->quiet_wins && quiet)) {
		l->table = !quiet;
		format = quiet ? k->quiet : k->table;
	} else if (str_eq(format, "json")) {
		format = "{{json .}}";
	} else if (str_eq(format, "raw") && k->raw) {
		format = k->raw;
	} else if (l->table) {
		format += strlen("table");
	}
	l->format = unescape(format);
	l->template = template_parse(l->format, e);
	return l->template ? 0 : -1;
}

void listing_free(struct listing *l)
{
	template_free(l->template);
	buf_free(&l->rows);
	free(l->format);
}

static struct json *slot(struct row *r, const char *name)
{
	size_t at = 0;
	r->v.type = JSON_T_OBJECT;
	r->v.items = mem_grow(r->v.items, r->v.len, &r->cap, sizeof *r->v.items);
	while (at < r->v.len && strcmp(r->v.items[at].name, name) < 0)
		at++;
	memmove(r->v.items + at + 1, r->v.items + at, (r->v.len++ - at) * sizeof *r->v.items);
	r->v.items[at] = (struct json){.name = mem_strdup(name)};
	return &r->v.items[at];
}

void row_take(struct row *r, const char *name, struct buf *text)
{
	struct json *v = slot(r, name);
	v->type = JSON_T_STRING;
	v->len = text->len;
	v->text = buf_steal(text);
}

void row_text(struct row *r, const char *name, const char *fmt, ...)
{
	struct buf b = {0};
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	row_take(r, name, &b);
}

void row_labels(struct row *r, const struct json *labels, bool sorted)
{
	CLEANUP_STRVEC struct strvec words = {0};
	for (size_t i = 0; i < json_count(labels); i++)
		strvec_pushf(&words, "%s=%s", labels->items[i].name, docker_text(&labels->items[i]));
	if (sorted)
		strvec_sort(&words);
	CLEANUP_FREE char *text = strvec_join(&words, ",");
	row_text(r, "Labels", "%s", text);
	r->labels = labels;
}

void row_free(struct row *r)
{
	for (size_t i = 0; i < r->v.len; i++) {
		free(r->v.items[i].name);
		if (r->v.items[i].type != JSON_T_OBJECT)
			free(r->v.items[i].text);
	}
	free(r->v.items);
	*r = (struct row){0};
}

int listing_row(struct listing *l, struct row *r, struct err *e)
{
	if (json_count(r->labels)) {
		struct json *v = slot(r, "Label");
		char *name = v->name;
		*v = *r->labels;
		v->name = name;
	}
	int rc = template_run(l->template, &r->v, TEMPLATE_ROW, &l->rows, e);
	buf_byte(&l->rows, '\n');
	row_free(r);
	return rc;
}

/* The titles as a row. */
static void titles(struct listing *l, struct buf *out)
{
	struct row r = {0};
	struct err ignored;
	for (const char *p = l->kind->titles; *p; p += *p == '\n') {
		size_t name = strcspn(p, "="), len = strcspn(p, "\n");
		CLEANUP_FREE char *key = mem_dup(p, name);
		row_text(&r, key, "%.*s", (int)(len - name - 1), p + name + 1);
		p += len;
	}
	r.v.type = JSON_T_OBJECT;
	/* As in docker, a template that fails on the titles leaves them where it failed. */
	int rc = template_run(l->template, &r.v, TEMPLATE_HEADER, out, &ignored);
	(void)rc;
	buf_byte(out, '\n');
	row_free(&r);
}

void docker_put(const struct buf *text)
{
	fwrite(buf_cstr(text), 1, text->len, stdout);
	fflush(stdout);
}

void listing_print(struct listing *l, struct buf *out)
{
	CLEANUP_BUF struct buf text = {0}, aligned = {0};
	const struct buf *all = &l->rows;
	if (l->table) {
		titles(l, &text);
		buf_add(&text, buf_cstr(&l->rows), l->rows.len);
		columns_align(text.data, text.len, COLUMN_MIN, COLUMN_PADDING, &aligned);
		all = &aligned;
	}
	if (out)
		buf_add(out, buf_cstr(all), all->len);
	else
		docker_put(all);
}

struct json *docker_json(struct engine *g, const struct engine_request *rq, struct err *e, const char *path, ...)
{
	static const struct engine_request get = {0};
	CLEANUP_REPLY struct engine_reply r = {0};
	struct json_reader j;
	struct json *v = NULL;
	va_list ap;
	va_start(ap, path);
	int rc = engine_vstart(g, rq ? rq : &get, &r, e, path, ap);
	va_end(ap);
	if (rc < 0)
		return NULL;
	json_reader_init(&j, r.body);
	rc = json_read_tree(&j, &v, e);
	if (rc == 0)
		err_set(e, ERR_PROTOCOL, "the engine at %s gave an empty answer", g->endpoint.text);
	else if (rc > 0 && json_next(&j, e) != JSON_EOF)
		rc = err_set(e, ERR_PROTOCOL, "the engine at %s does not answer as an engine does", g->endpoint.text);
	json_reader_free(&j);
	if (rc <= 0)
		json_free(ptr_steal(&v));
	return v;
}

char *docker_filters(const struct strvec *filters, struct err *e)
{
	CLEANUP_STRVEC struct strvec words = {0};
	for (size_t i = 0; i < filters->n; i++) {
		const char *word = filters->items[i], *eq = strchr(word, '=');
		if (!*word)
			continue;
		if (!eq) {
			err_set(e, ERR_USAGE, "invalid argument \"%s\" for --filter: it is name=value", word);
			return NULL;
		}
		while (isspace((unsigned char)*word))
			word++;
		size_t name = (size_t)(eq - word);
		while (name && isspace((unsigned char)word[name - 1]))
			name--;
		for (eq++; isspace((unsigned char)*eq);)
			eq++;
		size_t value = strlen(eq);
		while (value && isspace((unsigned char)eq[value - 1]))
			value--;
		CLEANUP_FREE char *key = mem_dup(word, name);
		for (char *p = key; *p; p++)
			*p = (char)tolower((unsigned char)*p);
		strvec_pushf(&words, "%s=%.*s", key, (int)value, eq);
	}
	return fetch_filters(&words);
}

int docker_usage(const struct err *e)
{
	docker_error(e);
	return DOCKER_FAILED;
}
