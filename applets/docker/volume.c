/* docker volume ls, create and rm */
#include "docker/rows.h"
#include "docker/units.h"

#include "base/str.h"
#include "engine/json_words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct volume_opts {
	const char *format, *driver, *name;
	struct strvec filters, opts, labels;
	bool quiet, force;
};

#define AT(f) offsetof(struct volume_opts, f)
static const struct opt ls_options[] = {
	{'f', "filter", OPT_LIST, "NAME=VALUE", "only those that fit", AT(filters)},
	{0, "format", OPT_STR, "TEMPLATE", "table, json, or a Go template", AT(format)},
	{'q', "quiet", OPT_FLAG, NULL, "names only", AT(quiet)},
	{0},
};
static const struct opt create_options[] = {
	{'d', "driver", OPT_STR, "NAME", "the volume's driver (local)", AT(driver)},
	{0, "label", OPT_LIST, "NAME=VALUE", "a label", AT(labels)},
	{0, "name", OPT_STR, "NAME", NULL, AT(name)},
	{'o', "opt", OPT_LIST, "NAME=VALUE", "an option of the driver", AT(opts)},
	{0},
};
static const struct opt rm_options[] = {
	{'f', "force", OPT_FLAG, NULL, "no error when it is not there", AT(force)},
	{0},
};

const struct listing_kind listing_volumes = {
	.setting = "volumesFormat", .quiet = "{{.Name}}", .table = "{{.Driver}}\t{{.Name}}",
	.raw = "name: {{.Name}}\ndriver: {{.Driver}}\n",
	.titles = "Name=VOLUME NAME\nDriver=DRIVER\nScope=SCOPE\nMountpoint=MOUNTPOINT\nLabels=LABELS\nLinks=LINKS\nSize=SIZE",
};

void row_volume(struct row *r, const struct json *volume)
{
	const struct json *usage = json_get(volume, "UsageData");
	const char *const fields[] = {"Name", "Driver", "Scope", "Mountpoint"};
	struct buf b = {0};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		row_text(r, fields[i], "%s", text_at(volume, fields[i]));
	row_labels(r, json_get(volume, "Labels"), true);
	if (json_count(usage)) {
		row_text(r, "Links", "%lld", (long long)json_int(json_get(usage, "RefCount"), 0));
		units_size((double)json_int(json_get(usage, "Size"), 0), 4, &b);
		row_take(r, "Size", &b);
	} else {
		row_text(r, "Links", "N/A");
		row_text(r, "Size", "N/A");
	}
}

int docker_natural(const char *a, const char *b)
{
	while (*a && *b) {
		bool da = isdigit((unsigned char)*a), db = isdigit((unsigned char)*b);
		if (da != db)
			return da ? -1 : 1;
		if (!da) {
			if (*a != *b)
				return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
			a++, b++;
			continue;
		}
		size_t za = strspn(a, "0"), zb = strspn(b, "0");
		size_t na = strspn(a + za, "0123456789"), nb = strspn(b + zb, "0123456789");
		int c = na == nb ? memcmp(a + za, b + zb, na) : na < nb ? -1 : 1;
		if (c || za != zb)
			return c ? c : za < zb ? -1 : 1;
		a += za + na;
		b += zb + nb;
	}
	return *a ? 1 : *b ? -1 : 0;
}

int docker_by_name(const void *a, const void *b)
{
	return docker_natural(text_at((const struct json *)a, "Name"), text_at((const struct json *)b, "Name"));
}

static int run_ls(struct invocation *in, struct err *e)
{
	const struct volume_opts *o = in->opts;
	CLEANUP_LISTING struct listing l = {0};
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_FREE char *filters = docker_filters(&o->filters, e);
	if (!filters)
		return docker_usage(e);
	if (listing_open(&l, &listing_volumes, o->format, o->quiet, e) < 0 || docker_engine(&g, e) < 0)
		return -1;
	CLEANUP_JSON struct json *answer = docker_json(&g, NULL, e, "/volumes?filters=%s", filters);
	if (!answer)
		return -1;
	const struct json *list = json_get(answer, "Volumes");
	if (json_count(list))
		qsort(list->items, list->len, sizeof *list->items, docker_by_name);
	for (size_t i = 0; i < json_count(list); i++) {
		struct row r = {0};
		row_volume(&r, &list->items[i]);
		if (listing_row(&l, &r, e) < 0)
			return -1;
	}
	listing_print(&l, NULL);
	return EXIT_DONE;
}

int docker_labels(const struct strvec *labels, struct err *e)
{
	for (size_t i = 0; i < labels->n; i++) {
		const char *word = labels->items[i];
		size_t n = strcspn(word, "="), blanks = strspn(word, " \t");
		if (n <= blanks || strcspn(word + blanks, " \t") + blanks < n)
			return err_set(e, ERR_USAGE, "invalid argument \"%s\" for --label: it is name=value, without blanks in the name", word);
	}
	return 0;
}

static int run_create(struct invocation *in, struct err *e)
{
	const struct volume_opts *o = in->opts;
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_BUF struct buf body = {0};
	struct json_writer w = {.out = &body};
	if (in->argc && o->name && *o->name)
		return err_set(e, ERR_USAGE, "the volume's name is given twice: as --name and as an operand");
	if (docker_labels(&o->labels, e) < 0)
		return docker_usage(e);
	json_begin(&w, '{');
	json_kstr(&w, "Name", in->argc ? in->argv[0] : o->name ? o->name : "");
	json_kstr(&w, "Driver", o->driver ? o->driver : "local");
	json_words_map(&w, "DriverOpts", &o->opts);
	json_words_map(&w, "Labels", &o->labels);
	json_end(&w, '}');
	struct engine_request rq = {.method = "POST", .json = buf_cstr(&body)};
	if (docker_engine(&g, e) < 0)
		return -1;
	CLEANUP_JSON struct json *v = docker_json(&g, &rq, e, "/volumes/create");
	if (!v)
		return -1;
	puts(text_at(v, "Name"));
	return EXIT_DONE;
}

static int remove_one(const struct invocation *in, struct engine *g, const char *name, struct err *e)
{
	const struct volume_opts *o = in->opts;
	return engine_call(g, "DELETE", NULL, NULL, e, "/volumes/%s?force=%d", name, o->force) < 0 ? -1 : 1;
}

static int run_rm(struct invocation *in, struct err *e)
{
	CLEANUP_ENGINE struct engine g = {0};
	return docker_engine(&g, e) < 0 ? -1 : docker_each(in, &g, remove_one, e);
}

const struct command docker_volume_ls = {
	.name = "ls", .summary = "list volumes", .opts = ls_options, .opts_size = sizeof(struct volume_opts), .run = run_ls,
};
const struct command docker_volume_create = {
	.name = "create", .summary = "create a volume", .args = "[VOLUME]", .opts = create_options,
	.opts_size = sizeof(struct volume_opts), .max_args = 1, .run = run_create,
};
const struct command docker_volume_rm = {
	.name = "rm", .summary = "remove volumes", .args = "VOLUME...", .opts = rm_options,
	.opts_size = sizeof(struct volume_opts), .min_args = 1, .max_args = ARGS_ANY, .run = run_rm,
};
