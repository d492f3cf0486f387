/* docker stats: one stream of samples for each container, about one a second */
#include "docker/format.h"
#include "docker/units.h"

#include "base/mem.h"
#include "base/str.h"
#include "sys/signal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stats_opts {
	const char *format;
	bool all, once, whole;
};

#define AT(f) offsetof(struct stats_opts, f)
static const struct opt options[] = {
	{'a', "all", OPT_FLAG, NULL, "those that do not run, too", AT(all)},
	{0, "format", OPT_STR, "TEMPLATE", "table, json, or a Go template", AT(format)},
	{0, "no-stream", OPT_FLAG, NULL, "once, and no more", AT(once)},
	{0, "no-trunc", OPT_FLAG, NULL, "print everything in full", AT(whole)},
	{0},
};

static const struct listing_kind kind = {
	.setting = "statsFormat", .quiet = "",
	.table = "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}",
	.titles = "Container=CONTAINER\nName=NAME\nID=CONTAINER ID\nCPUPerc=CPU %\nMemUsage=MEM USAGE / LIMIT\nMemPerc=MEM %\n"
		"NetIO=NET I/O\nBlockIO=BLOCK I/O\nPIDs=PIDS",
};

/* One container that is watched. */
struct watched {
	char *id, *shown;            /* shown: as it was named */
	struct engine_reply reply;
	struct json_reader j;
	struct json *sample;         /* the last one */
	bool streams, seen;
};

struct watch {
	struct engine g;
	struct watched **items;
	size_t n, cap;
};

static void drop(struct watched *c)
{
	if (c->streams)
		json_reader_free(&c->j);
	engine_reply_end(&c->reply);
	json_free(c->sample);
	free(c->id);
	free(c->shown);
	free(c);
}

static void watch_free(struct watch *w)
{
	for (size_t i = 0; i < w->n; i++)
		drop(w->items[i]);
	free(w->items);
	engine_free(&w->g);
}

static int add(struct watch *w, const char *id, const char *shown, bool runs, struct err *e)
{
	static const struct engine_request rq = {0};
	struct watched *c = mem_alloc(sizeof *c);
	c->id = mem_strdup(id);
	c->shown = mem_strdup(shown);
	w->items = mem_grow(w->items, w->n, &w->cap, sizeof(struct watched *));
	w->items[w->n++] = c;
	c->seen = true;
	if (!runs) {
		/* It has no samples, but a name. */
		c->sample = docker_json(&w->g, NULL, e, "/containers/%s/stats?stream=0", id);
		return c->sample ? 0 : -1;
	}
	if (engine_start(&w->g, &rq, &c->reply, e, "/containers/%s/stats?stream=1", id) < 0)
		return -1;
	json_reader_init(&c->j, c->reply.body);
	c->streams = true;
	return 0;
}

/* Containers that came or went since the last look. */
static int look(struct watch *w, bool all, struct err *e)
{
	CLEANUP_JSON struct json *list = docker_json(&w->g, NULL, e, "/containers/json?all=%d", all);
	if (!list)
		return -1;
	for (size_t i = 0; i < w->n; i++)
		w->items[i]->seen = false;
	for (size_t i = 0; i < json_count(list); i++) {
		const char *id = text_at(&list->items[i], "Id"), *state = text_at(&list->items[i], "State");
		bool runs = str_eq(state, "running") || str_eq(state, "paused");
		struct watched *known = NULL;
		for (size_t k = 0; k < w->n; k++)
			if (str_eq(w->items[k]->id, id) && w->items[k]->streams == runs)
				known = w->items[k];
		if (known) {
			known->seen = true;
			continue;
		}
		CLEANUP_FREE char *brief = mem_dup(id, strnlen(id, 12));
		struct err gone;
		if (add(w, id, brief, runs, &gone) < 0)
			w->items[w->n - 1]->seen = false;
	}
	size_t kept = 0;
	for (size_t i = 0; i < w->n; i++)
		if (w->items[i]->seen)
			w->items[kept++] = w->items[i];
		else
			drop(w->items[i]);
	w->n = kept;
	return 0;
}

/* The next sample of each. The first has nothing to compare itself with: for one look two are taken. */
static int sample(struct watch *w, bool twice, struct err *e)
{
	for (size_t i = 0; i < w->n; i++) {
		struct watched *c = w->items[i];
		for (int k = twice ? 2 : 1; k && c->streams; k--) {
			struct json *next = NULL;
			struct err gone;
			if (json_read_tree(&c->j, &next, &gone) <= 0) {
				if (signal_pending())
					return signal_check(e);
				json_reader_free(&c->j);
				c->streams = false;
				break;
			}
			json_free(c->sample);
			c->sample = next;
		}
	}
	return 0;
}

static double number(const struct json *v)
{
	return (double)json_int(v, 0);
}

static void percent(struct row *r, const char *name, double v)
{
	struct buf b = {0};
	units_fixed(v, 2, &b);
	buf_byte(&b, '%');
	row_take(r, name, &b);
}

static double cpu(const struct json *s)
{
	const struct json *now = json_get(s, "cpu_stats"), *before = json_get(s, "precpu_stats");
	double used = number(json_at(now, "cpu_usage", "total_usage")) - number(json_at(before, "cpu_usage", "total_usage"));
	double all = number(json_get(now, "system_cpu_usage")) - number(json_get(before, "system_cpu_usage"));
	double cpus = number(json_get(now, "online_cpus"));
	if (cpus == 0)
		cpus = (double)json_count(json_at(now, "cpu_usage", "percpu_usage"));
	return used > 0 && all > 0 ? used / all * cpus * 100 : 0;
}

static void two(struct row *r, const char *name, double a, double b, bool binary)
{
	struct buf out = {0};
	for (int i = 0; i < 2; i++) {
		buf_str(&out, i ? " / " : "");
		if (binary)
			units_bytes(i ? b : a, &out);
		else
			units_size(i ? b : a, 3, &out);
	}
	row_take(r, name, &out);
}

static void disk(const struct json *s, double *in, double *out)
{
	const struct json *list = json_at(s, "blkio_stats", "io_service_bytes_recursive");
	for (size_t i = 0; i < json_count(list); i++) {
		char op = *text_at(&list->items[i], "op");
		if (op == 'r' || op == 'R')
			*in += number(json_get(&list->items[i], "value"));
		else if (op == 'w' || op == 'W')
			*out += number(json_get(&list->items[i], "value"));
	}
}

static void numbers(struct row *r, const struct json *s)
{
	const struct json *memory = json_get(s, "memory_stats"), *nets = json_get(s, "networks");
	double used = number(json_get(memory, "usage")), limit = number(json_get(memory, "limit"));
	double in = 0, out = 0, received = 0, sent = 0;
	const struct json *idle = json_at(memory, "stats", "total_inactive_file");
	idle = idle ? idle : json_at(memory, "stats", "inactive_file");
	if (number(idle) < used)
		used -= number(idle);
	for (size_t i = 0; i < json_count(nets); i++) {
		received += number(json_get(&nets->items[i], "rx_bytes"));
		sent += number(json_get(&nets->items[i], "tx_bytes"));
	}
	disk(s, &in, &out);
	percent(r, "CPUPerc", cpu(s));
	two(r, "MemUsage", used, limit, true);
	percent(r, "MemPerc", limit != 0 ? used / limit * 100 : 0);
	two(r, "NetIO", received, sent, false);
	two(r, "BlockIO", in, out, false);
	row_text(r, "PIDs", "%lld", (long long)json_int(json_at(s, "pids_stats", "current"), 0));
}

static int rows(struct watch *w, struct listing *l, bool whole, struct err *e)
{
	static const char *const unknown[] = {"CPUPerc", "MemPerc", "NetIO", "BlockIO", "PIDs"};
	for (size_t i = 0; i < w->n; i++) {
		const struct json *s = w->items[i]->sample;
		struct row r = {0};
		const char *name = text_at(s, "name"), *id = text_at(s, "id");
		id = *id ? id : w->items[i]->id;
		row_text(&r, "Container", "%s", w->items[i]->shown);
		row_text(&r, "Name", "%s", *name == '/' ? name + 1 : *name ? name : "--");
		row_text(&r, "ID", whole ? "%s" : "%.12s", id);
		if (s) {
			numbers(&r, s);
		} else {
			row_text(&r, "MemUsage", "-- / --");
			for (size_t k = 0; k < sizeof unknown / sizeof *unknown; k++)
				row_text(&r, unknown[k], "--");
		}
		if (listing_row(l, &r, e) < 0)
			return -1;
	}
	return 0;
}

/* The screen is written over, not cleared, so that it does not flicker. */
static void live(struct listing *l)
{
	CLEANUP_BUF struct buf text = {0}, out = {0};
	listing_print(l, &text);
	buf_str(&out, "\033[H");
	for (const char *p = buf_cstr(&text); *p;) {
		size_t n = strcspn(p, "\n");
		buf_printf(&out, "%.*s\033[K\n", (int)n, p);
		p += n + (p[n] == '\n');
	}
	buf_str(&out, "\033[J");
	docker_put(&out);
}

static int named(struct watch *w, const struct invocation *in, struct err *e)
{
	for (int i = 0; i < in->argc; i++) {
		CLEANUP_JSON struct json *v = docker_json(&w->g, NULL, e, "/containers/%s/json", in->argv[i]);
		if (!v || add(w, text_at(v, "Id"), in->argv[i], json_true(json_at(v, "State", "Running")), e) < 0)
			return -1;
	}
	return 0;
}

static int run(struct invocation *in, struct err *e)
{
	const struct stats_opts *o = in->opts;
	CLEANUP_WITH(watch_free) struct watch w = {0};
	if (docker_engine(&w.g, e) < 0)
		return -1;
	for (bool first = true;; first = false) {
		CLEANUP_LISTING struct listing l = {0};
		if (listing_open(&l, &kind, o->format, false, e) < 0 || signal_check(e) < 0)
			return -1;
		if (in->argc ? first && named(&w, in, e) < 0 : look(&w, o->all, e) < 0)
			return -1;
		if (sample(&w, o->once, e) < 0 || rows(&w, &l, o->whole, e) < 0)
			return -1;
		if (o->once) {
			listing_print(&l, NULL);
			return EXIT_DONE;
		}
		live(&l);
		bool any = false;
		for (size_t i = 0; i < w.n; i++)
			any |= w.items[i]->streams;
		if (in->argc && !any)
			return EXIT_DONE;
		if (!any)
			sleep(1);
	}
}

const struct command docker_stats = {
	.name = "stats", .summary = "show what containers use", .args = "[CONTAINER...]", .opts = options,
	.opts_size = sizeof(struct stats_opts), .max_args = ARGS_ANY, .run = run,
};
