/* docker events */
#include "docker/format.h"
#include "docker/units.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

struct events_opts {
	const char *since, *until, *format;
	struct strvec filters;
};

#define AT(f) offsetof(struct events_opts, f)
static const struct opt options[] = {
	{'f', "filter", OPT_LIST, "NAME=VALUE", "only those that fit", AT(filters)},
	{0, "format", OPT_STR, "TEMPLATE", "json, or a Go template", AT(format)},
	{0, "since", OPT_STR, "TIME", "from then on (2026-01-02T13:23:37Z, or 42m ago)", AT(since)},
	{0, "until", OPT_STR, "TIME", "up to then, and no further", AT(until)},
	{0},
};

static void pretty(const struct json *v, struct buf *out)
{
	int64_t nano = json_int(json_get(v, "timeNano"), 0), seconds = json_int(json_get(v, "time"), 0);
	const struct json *attributes = json_at(v, "Actor", "Attributes");
	if (nano || seconds) {
		units_rfc3339(nano ? nano / 1000000000 : seconds, nano % 1000000000, out);
		buf_byte(out, ' ');
	}
	buf_printf(out, "%s %s %s", text_at(v, "Type"), text_at(v, "Action"), text_at(v, "Actor", "ID"));
	CLEANUP_STRVEC struct strvec words = {0};
	for (size_t i = 0; i < json_count(attributes); i++)
		strvec_pushf(&words, "%s=%s", attributes->items[i].name, docker_text(&attributes->items[i]));
	CLEANUP_FREE char *all = strvec_join(&words, ", ");
	if (words.n)
		buf_printf(out, " (%s)", all);
}

/* Events of networks and volumes lack what is older than them. */
static void complete(struct json *v)
{
	static const char *const names[] = {"status", "id", "from"};
	size_t cap = v->len;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (v->type != JSON_T_OBJECT || json_get(v, names[i]))
			continue;
		v->items = mem_grow(v->items, v->len, &cap, sizeof *v->items);
		v->items[v->len++] = (struct json){.type = JSON_T_STRING, .name = mem_strdup(names[i]), .text = mem_strdup("")};
	}
}

static int event(const struct template *t, bool whole, struct json *v, struct err *e)
{
	CLEANUP_BUF struct buf out = {0};
	if (t && !whole)
		complete(v);
	int rc = t ? template_run(t, v, TEMPLATE_GO, &out, e) : 0;
	if (!t)
		pretty(v, &out);
	buf_byte(&out, '\n');
	docker_put(&out);
	return rc;
}

/* docker tries a template on an empty event first. */
static int try_out(const struct template *t, struct err *e)
{
	static const char empty[] = "{\"status\":\"\",\"id\":\"\",\"from\":\"\",\"Type\":\"\",\"Action\":\"\","
		"\"Actor\":{\"ID\":\"\",\"Attributes\":null},\"scope\":\"\",\"time\":0,\"timeNano\":0}";
	CLEANUP_BUF struct buf out = {0};
	CLEANUP_JSON struct json *v = json_parse(empty, sizeof empty - 1, e);
	return v ? template_run(t, v, TEMPLATE_GO, &out, e) : -1;
}

static int run(struct invocation *in, struct err *e)
{
	static const struct engine_request rq = {0};
	const struct events_opts *o = in->opts;
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_REPLY struct engine_reply r = {0};
	CLEANUP_TEMPLATE struct template *t = NULL;
	char since[DOCKER_MOMENT], until[DOCKER_MOMENT];
	bool given = o->format && *o->format, json = str_eq(o->format, "json");
	CLEANUP_FREE char *filters = docker_filters(&o->filters, e);
	if (!filters)
		return docker_usage(e);
	if (given) {
		t = template_parse(json ? "{{json .}}" : o->format, e);
		if (!t || try_out(t, e) < 0) {
			docker_error(e);
			return 64;
		}
	}
	if (docker_moment("since", o->since, since, e) < 0 || docker_moment("until", o->until, until, e) < 0 || docker_engine(&g, e) < 0 ||
	    engine_start(&g, &rq, &r, e, "/events?since=%s&until=%s&filters=%s", since, until, filters) < 0)
		return -1;
	struct json_reader j;
	int rc;
	json_reader_init(&j, r.body);
	for (;;) {
		CLEANUP_JSON struct json *v = NULL;
		rc = json_read_tree(&j, &v, e);
		if (rc <= 0 || (rc = event(t, given && strstr(o->format, "json"), v, e)) < 0)
			break;
	}
	json_reader_free(&j);
	return rc < 0 ? -1 : EXIT_DONE;
}

const struct command docker_events = {
	.name = "events", .summary = "show what happens at the engine", .opts = options, .opts_size = sizeof(struct events_opts),
	.run = run,
};
