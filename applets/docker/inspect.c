/* docker inspect, and container, image, network and volume inspect */
#include "docker/format.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

struct inspect_opts {
	const char *format, *type;
	bool size, verbose;
};

#define AT(f) offsetof(struct inspect_opts, f)
#define FORMAT {'f', "format", OPT_STR, "TEMPLATE", "json, or a Go template", AT(format)}
#define SIZE {'s', "size", OPT_FLAG, NULL, "with the sizes of containers", AT(size)}
static const struct opt any_options[] = {
	FORMAT, SIZE,
	{0, "type", OPT_STR, "TYPE", "only a container, image, network, volume, ...", AT(type)},
	{0},
};
static const struct opt container_options[] = {FORMAT, SIZE, {0}};
static const struct opt network_options[] = {
	FORMAT,
	{'v', "verbose", OPT_FLAG, NULL, "more for diagnosis", AT(verbose)},
	{0},
};
static const struct opt plain_options[] = {FORMAT, {0}};

static const struct kind {
	const char *name;
	bool json;                   /* GET /NAMEs/x/json, not /NAMEs/x */
	bool swarm;
} kinds[] = {
	{"container", true, false},
	{"image", true, false},
	{"network", false, false},
	{"volume", false, false},
	{"plugin", true, false},
	{"service", false, true},
	{"task", false, true},
	{"node", false, true},
	{"secret", false, true},
	{"config", false, true},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static bool may_be_another(const struct err *e)
{
	return e->status == 404 || strstr(e->msg, "not supported") || strstr(e->msg, "invalid reference format");
}

static struct json *fetch(struct engine *g, const struct kind *k, const char *name, const struct inspect_opts *o, struct err *e)
{
	bool flag = str_eq(k->name, "container") ? o->size : o->verbose;
	if (k->json)
		return docker_json(g, NULL, e, "/%ss/%s/json?size=%d", k->name, name, flag);
	return docker_json(g, NULL, e, "/%ss/%s?verbose=%d&insertDefaults=%d", k->name, name, flag, k->swarm);
}

/* What has that name: of the type, or the first kind that has it. */
static struct json *find(struct engine *g, const char *type, const char *name, const struct inspect_opts *o, struct err *e)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (type ? !str_eq(kinds[i].name, type) : kinds[i].swarm)
			continue;
		struct err own = {0};
		struct json *v = fetch(g, &kinds[i], name, o, &own);
		if (v && o->size && i > 0)
			fprintf(stderr, "WARNING: --size ignored for %s\n", kinds[i].name);
		if (v)
			return v;
		if (type && own.status == 404) {
			err_set(e, ERR_NOT_FOUND, "no such %s: %s", type, name);
			return NULL;
		}
		if (type || !may_be_another(&own)) {
			*e = own;
			return NULL;
		}
	}
	err_set(e, ERR_NOT_FOUND, "no such object: %s", name);
	return NULL;
}

/* docker looks at its own types first and at the JSON when that fails, because there may be more in it. */
static int show(const struct template *t, const struct json *v, struct buf *out, struct err *e)
{
	size_t len = out->len;
	struct err ignored;
	if (template_run(t, v, TEMPLATE_GO, out, &ignored) < 0) {
		out->len = len;
		if (template_run(t, v, TEMPLATE_RAW, out, e) < 0) {
			out->len = len;
			return -1;
		}
	}
	buf_byte(out, '\n');
	return 0;
}

static int inspect(const struct invocation *in, const char *type, struct err *e)
{
	const struct inspect_opts *o = in->opts;
	bool json = !o->format || !*o->format || str_eq(o->format, "json");
	CLEANUP_TEMPLATE struct template *t = json ? NULL : template_parse(o->format, e);
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_BUF struct buf out = {0};
	struct json_writer w = {.out = &out, .indent = o->format && *o->format ? 0 : 4};
	int status = EXIT_DONE;
	if (!json && !t) {
		docker_error(e);
		return 64;  /* as docker has it */
	}
	if (docker_engine(&g, e) < 0)
		return -1;
	if (json)
		json_begin(&w, '[');
	for (int i = 0; i < in->argc; i++) {
		struct err own = {0};
		CLEANUP_JSON struct json *v = find(&g, type, in->argv[i], o, &own);
		if (v && json)
			json_write_tree(&w, v);
		else if (!v || show(t, v, &out, &own) < 0) {
			docker_error(&own);
			status = EXIT_ERROR;
		}
	}
	if (json)
		json_end(&w, ']');
	if (json || !out.len)
		buf_byte(&out, '\n');
	docker_put(&out);
	return status;
}

static int run_any(struct invocation *in, struct err *e)
{
	const struct inspect_opts *o = in->opts;
	bool known = !o->type || !*o->type;
	for (size_t i = 0; i < KINDS && !known; i++)
		known = str_eq(kinds[i].name, o->type);
	if (!known)
		return err_set(e, ERR_USAGE, "\"%s\" is not a valid value for --type", o->type);
	return inspect(in, o->type && *o->type ? o->type : NULL, e);
}

static int run_one(struct invocation *in, struct err *e)
{
	return inspect(in, in->command->name, e);
}

const struct command docker_inspect = {
	.name = "inspect", .summary = "show all that is known of containers, images, ...", .args = "NAME...", .opts = any_options,
	.opts_size = sizeof(struct inspect_opts), .min_args = 1, .max_args = ARGS_ANY, .run = run_any,
};

#define ONE(kind, words) \
	const struct command docker_##kind##_inspect = {.name = #kind, .summary = "show all that is known of " #kind "s", \
		.args = "NAME...", .opts = words, .opts_size = sizeof(struct inspect_opts), .min_args = 1, .max_args = ARGS_ANY, \
		.run = run_one}

ONE(container, container_options);
ONE(image, plain_options);
ONE(network, network_options);
ONE(volume, plain_options);
