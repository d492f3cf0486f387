/* docker system df */
#include "docker/rows.h"
#include "docker/units.h"

#include "base/mem.h"
#include "base/str.h"
#include "sys/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct df_opts {
	const char *format;
	bool verbose;
};

static const struct opt options[] = {
	{0, "format", OPT_STR, "TEMPLATE", "table, json, or a Go template", offsetof(struct df_opts, format)},
	{'v', "verbose", OPT_FLAG, NULL, "each image, container and volume", offsetof(struct df_opts, verbose)},
	{0},
};

static const struct listing_kind summary = {
	.quiet = "", .table = "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}",
	.raw = "type: {{.Type}}\ntotal: {{.TotalCount}}\nactive: {{.Active}}\nsize: {{.Size}}\nreclaimable: {{.Reclaimable}}\n",
	.titles = "Type=TYPE\nTotalCount=TOTAL\nActive=ACTIVE\nSize=SIZE\nReclaimable=RECLAIMABLE",
};
static const struct listing_kind listing_cache = {
	.quiet = "{{.ID}}", .table = "",
	.titles = "ID=CACHE ID\nParent=PARENT\nCacheType=CACHE TYPE\nSize=SIZE\nCreatedSince=CREATED\nLastUsedSince=LAST USED\n"
		"UsageCount=USAGE\nInUse=IN USE\nShared=SHARED\nDescription=DESCRIPTION",
};

static int64_t number(const struct json *v, const char *name, int64_t otherwise)
{
	return json_int(json_get(v, name), otherwise);
}

/* What one line of the summary says. */
struct line {
	const char *type;
	size_t total, active;
	int64_t size, reclaimable;
	bool percent;
};

static int line_row(struct listing *l, const struct line *s, struct err *e)
{
	struct row r = {0};
	struct buf b = {0};
	row_text(&r, "Type", "%s", s->type);
	row_text(&r, "TotalCount", "%zu", s->total);
	row_text(&r, "Active", "%zu", s->active);
	units_size((double)s->size, 4, &b);
	row_take(&r, "Size", &b);
	units_size((double)s->reclaimable, 4, &b);
	if (s->percent && s->size > 0)
		buf_printf(&b, " (%lld%%)", (long long)(s->reclaimable * 100 / s->size));
	row_take(&r, "Reclaimable", &b);
	return listing_row(l, &r, e);
}

static bool runs(const struct json *container)
{
	const char *state = text_at(container, "State");
	return str_eq(state, "running") || str_eq(state, "paused") || str_eq(state, "restarting");
}

static int summarize(struct listing *l, const struct json *df, struct err *e)
{
	const struct json *images = json_get(df, "Images"), *containers = json_get(df, "Containers");
	const struct json *volumes = json_get(df, "Volumes"), *cache = json_get(df, "BuildCache");
	struct line lines[] = {
		{"Images", json_count(images), 0, number(df, "LayersSize", 0), number(df, "LayersSize", 0), true},
		{"Containers", json_count(containers), 0, 0, 0, true},
		{"Local Volumes", json_count(volumes), 0, 0, 0, true},
		{"Build Cache", json_count(cache), 0, 0, 0, false},
	};
	for (size_t i = 0; i < json_count(images); i++) {
		const struct json *v = &images->items[i];
		int64_t size = number(v, "Size", 0), shared = number(v, "SharedSize", -1);
		lines[0].active += number(v, "Containers", 0) > 0;
		if (number(v, "Containers", 0) && size != -1 && shared != -1)
			lines[0].reclaimable -= size - shared;
	}
	for (size_t i = 0; i < json_count(containers); i++) {
		int64_t size = number(&containers->items[i], "SizeRw", 0);
		bool active = runs(&containers->items[i]);
		lines[1].active += active;
		lines[1].size += size;
		lines[1].reclaimable += active ? 0 : size;
	}
	for (size_t i = 0; i < json_count(volumes); i++) {
		const struct json *usage = json_get(&volumes->items[i], "UsageData");
		int64_t size = number(usage, "Size", -1), users = number(usage, "RefCount", 0);
		lines[2].active += users > 0;
		lines[2].size += size == -1 ? 0 : size;
		lines[2].reclaimable += size == -1 || users ? 0 : size;
	}
	for (size_t i = 0; i < json_count(cache); i++) {
		const struct json *v = &cache->items[i];
		int64_t size = json_true(json_get(v, "Shared")) ? 0 : number(v, "Size", 0);
		bool used = json_true(json_get(v, "InUse"));
		lines[3].active += used;
		lines[3].size += size;
		lines[3].reclaimable += used ? 0 : size;
	}
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (line_row(l, &lines[i], e) < 0)
			return -1;
	return 0;
}

/* --- each thing */

static void image(struct row *r, const struct json *v, bool whole)
{
	const struct json *tags = json_get(v, "RepoTags");
	const char *tag = json_count(tags) ? docker_text(&tags->items[0]) : "<none>:<none>";
	const char *slash = strrchr(tag, '/'), *colon = strrchr(slash ? slash : tag, ':');
	CLEANUP_FREE char *repository = mem_dup(docker_familiar(tag), (size_t)((colon ? colon : tag) - docker_familiar(tag)));
	row_image(r, v, repository, colon ? colon + 1 : "<none>", "", whole);
}

static void container(struct row *r, const struct json *v, bool whole)
{
	row_container(r, v, whole, false);
}

static void volume(struct row *r, const struct json *v, bool whole)
{
	(void)whole;
	row_volume(r, v);
}

static void time_fields(struct row *r, const char *at, const char *since, const char *text)
{
	struct buf b = {0};
	struct clock_time t;
	struct err ignored;
	bool known = *text && clock_parse(text, &t, &ignored) == 0;
	if (known)
		units_read_time(text, &b);
	row_take(r, at, &b);
	if (known)
		units_ago(t.sec, &b);
	row_take(r, since, &b);
}

static void cache(struct row *r, const struct json *v, bool whole)
{
	struct buf b = {0};
	row_text(r, "ID", whole ? "%s%s" : "%.12s%s", text_at(v, "ID"), json_true(json_get(v, "InUse")) ? "*" : "");
	row_text(r, "Parent", whole ? "%s" : "%.12s", text_at(v, "Parent"));
	row_text(r, "CacheType", "%s", text_at(v, "Type"));
	row_text(r, "Description", "%s", text_at(v, "Description"));
	units_size((double)number(v, "Size", 0), 3, &b);
	row_take(r, "Size", &b);
	time_fields(r, "CreatedAt", "CreatedSince", text_at(v, "CreatedAt"));
	time_fields(r, "LastUsedAt", "LastUsedSince", text_at(v, "LastUsedAt"));
	row_text(r, "UsageCount", "%lld", (long long)number(v, "UsageCount", 0));
	row_text(r, "InUse", "%s", json_true(json_get(v, "InUse")) ? "true" : "false");
	row_text(r, "Shared", "%s", json_true(json_get(v, "Shared")) ? "true" : "false");
}

static int by_last_use(const void *a, const void *b)
{
	int c = strcmp(text_at((const struct json *)a, "LastUsedAt"), text_at((const struct json *)b, "LastUsedAt"));
	return c ? c : strcmp(text_at((const struct json *)a, "ID"), text_at((const struct json *)b, "ID"));
}

static const struct section {
	const char *name, *title, *format;
	const struct listing_kind *kind;
	void (*fill)(struct row *r, const struct json *v, bool whole);
} sections[] = {
	{"Images", "Images space usage:\n\n",
		"table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.VirtualSize}}\t{{.SharedSize}}\t{{.UniqueSize}}\t"
		"{{.Containers}}", &listing_images, image},
	{"Containers", "\nContainers space usage:\n\n",
		"table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}",
		&listing_containers, container},
	{"Volumes", "\nLocal Volumes space usage:\n\n", "table {{.Name}}\t{{.Links}}\t{{.Size}}", &listing_volumes, volume},
	{"BuildCache", NULL,
		"table {{.ID}}\t{{.CacheType}}\t{{.Size}}\t{{.CreatedSince}}\t{{.LastUsedSince}}\t{{.UsageCount}}\t{{.Shared}}",
		&listing_cache, cache},
};

enum { SECTIONS = sizeof sections / sizeof *sections };

static void cache_title(const struct json *df, struct buf *out)
{
	const struct json *list = json_get(df, "BuildCache");
	int64_t size = 0;
	for (size_t i = 0; i < json_count(list); i++)
		size += json_true(json_get(&list->items[i], "Shared")) ? 0 : number(&list->items[i], "Size", 0);
	buf_str(out, "\nBuild cache usage: ");
	units_size((double)size, 4, out);
	buf_str(out, "\n\n");
}

static int tables(const struct json *df, struct err *e)
{
	CLEANUP_BUF struct buf out = {0};
	for (size_t s = 0; s < SECTIONS; s++) {
		CLEANUP_LISTING struct listing l = {0};
		const struct json *list = json_get(df, sections[s].name);
		if (listing_open(&l, sections[s].kind, sections[s].format, false, e) < 0)
			return -1;
		if (sections[s].title)
			buf_str(&out, sections[s].title);
		else
			cache_title(df, &out);
		for (size_t i = 0; i < json_count(list); i++) {
			struct row r = {0};
			sections[s].fill(&r, &list->items[i], false);
			if (listing_row(&l, &r, e) < 0)
				return -1;
		}
		listing_print(&l, &out);
	}
	docker_put(&out);
	return EXIT_DONE;
}

/* A template sees all of it at once: .Images, .Containers, .Volumes and .BuildCache. */
static int by_template(const char *format, const struct json *df, struct err *e)
{
	CLEANUP_BUF struct buf doc = {0}, out = {0};
	struct json_writer w = {.out = &doc};
	CLEANUP_TEMPLATE struct template *t = template_parse(str_eq(format, "json") ? "{{json .}}" : format, e);
	if (!t)
		return -1;
	json_begin(&w, '{');
	for (size_t s = 0; s < SECTIONS; s++) {
		const struct json *list = json_get(df, sections[s].name);
		json_key(&w, sections[s].name);
		json_begin(&w, '[');
		for (size_t i = 0; i < json_count(list); i++) {
			struct row r = {0};
			sections[s].fill(&r, &list->items[i], true);
			json_write_tree(&w, &r.v);
			row_free(&r);
		}
		json_end(&w, ']');
	}
	json_end(&w, '}');
	CLEANUP_JSON struct json *v = json_parse(doc.data, doc.len, e);
	if (!v || template_run(t, v, TEMPLATE_ROW, &out, e) < 0)
		return -1;
	docker_put(&out);
	return EXIT_DONE;
}

static int run(struct invocation *in, struct err *e)
{
	const struct df_opts *o = in->opts;
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_LISTING struct listing l = {0};
	if (!o->verbose && listing_open(&l, &summary, o->format, false, e) < 0)
		return -1;
	if (docker_engine(&g, e) < 0)
		return -1;
	CLEANUP_JSON struct json *df = docker_json(&g, NULL, e, "/system/df");
	if (!df)
		return -1;
	const struct json *records = json_get(df, "BuildCache");
	if (json_count(records))
		qsort(records->items, records->len, sizeof *records->items, by_last_use);
	if (!o->verbose) {
		if (summarize(&l, df, e) < 0)
			return -1;
		listing_print(&l, NULL);
		return EXIT_DONE;
	}
	return o->format && *o->format && !str_eq(o->format, "table") ? by_template(o->format, df, e) : tables(df, e);
}

const struct command docker_system_df = {
	.name = "df", .summary = "show what takes space", .opts = options, .opts_size = sizeof(struct df_opts), .run = run,
};
