/* docker container, image, network, volume, builder and system prune */
#include "docker/rows.h"
#include "docker/units.h"

#include "base/mem.h"
#include "base/str.h"
#include "sys/fd.h"

#include <stdio.h>
#include <string.h>

struct prune_opts {
	const char *keep;
	struct strvec filters;
	bool force, all, volumes;
};

#define AT(f) offsetof(struct prune_opts, f)
#define FORCE {'f', "force", OPT_FLAG, NULL, "do not ask", AT(force)}
#define FILTER {0, "filter", OPT_LIST, "NAME=VALUE", "only those that fit", AT(filters)}
static const struct opt plain_options[] = {FORCE, FILTER, {0}};
static const struct opt all_options[] = {
	FORCE, FILTER,
	{'a', "all", OPT_FLAG, NULL, "all that is not used, not only what has no name", AT(all)},
	{0},
};
static const struct opt builder_options[] = {
	FORCE, FILTER,
	{'a', "all", OPT_FLAG, NULL, "all of it", AT(all)},
	{0, "keep-storage", OPT_STR, "BYTES", "how much to keep", AT(keep)},
	{0},
};
static const struct opt system_options[] = {
	FORCE, FILTER,
	{'a', "all", OPT_FLAG, NULL, "all unused images, not only those without a name", AT(all)},
	{0, "volumes", OPT_FLAG, NULL, "volumes, too", AT(volumes)},
	{0},
};

/* The things that can be pruned: what is asked, and the answer's list with its title. */
static const struct kind {
	const char *name, *title, *list, *warning, *all_warning;
} kinds[] = {
	{"container", "Deleted Containers:", "ContainersDeleted", "all stopped containers.\n", NULL},
	{"network", "Deleted Networks:", "NetworksDeleted", "all custom networks not used by at least one container.\n", NULL},
	{"volume", "Deleted Volumes:", "VolumesDeleted", "all local volumes not used by at least one container.\n",
		"all local volumes not used by at least one container.\n"},
	{"image", "Deleted Images:", "ImagesDeleted", "all dangling images.\n",
		"all images without at least one container associated to them.\n"},
	{"builder", "Deleted build cache objects:", "CachesDeleted", "all dangling build cache. ", "all build cache. "},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* One line from stdin: was it y? */
static int confirmed(const char *warning, struct err *e)
{
	char c, first = 0;
	size_t n = 0;
	ssize_t got;
	printf("%sAre you sure you want to continue? [y/N] ", warning);
	fflush(stdout);
	while ((got = fd_read(STDIN_FILENO, &c, 1, "stdin", e)) > 0 && c != '\n')
		if (c != '\r' && n++ == 0)
			first = c;
	return got < 0 ? -1 : n == 1 && (first == 'y' || first == 'Y');
}

static struct json *ask(struct engine *g, const struct kind *k, const struct prune_opts *o, struct err *e)
{
	static const struct engine_request rq = {.method = "POST"};
	CLEANUP_STRVEC struct strvec words = {0};
	for (size_t i = 0; i < o->filters.n; i++)
		strvec_push(&words, o->filters.items[i]);
	if (str_eq(k->name, "image"))
		strvec_pushf(&words, "dangling=%s", o->all ? "false" : "true");
	if (str_eq(k->name, "volume") && o->all && g->api >= 42)
		strvec_push(&words, "all=true");
	CLEANUP_FREE char *filters = docker_filters(&words, e);
	if (!filters)
		return NULL;
	if (str_eq(k->name, "builder"))
		return docker_json(g, &rq, e, "/build/prune?all=%d&keep-storage=%s&filters=%s", o->all, o->keep ? o->keep : "0", filters);
	return docker_json(g, &rq, e, "/%ss/prune?filters=%s", k->name, filters);
}

/* Prunes, and prints what went. *space grows by what was freed. */
static int prune(struct engine *g, const struct kind *k, const struct prune_opts *o, int64_t *space, struct err *e)
{
	CLEANUP_JSON struct json *v = ask(g, k, o, e);
	if (!v)
		return -1;
	const struct json *list = json_get(v, k->list);
	if (json_count(list)) {
		puts(k->title);
		for (size_t i = 0; i < json_count(list); i++) {
			const struct json *one = &list->items[i];
			const char *untagged = text_at(one, "Untagged");
			if (one->type == JSON_T_STRING)
				puts(one->text);
			else
				printf(*untagged ? "untagged: %s\n" : "deleted: %s\n", *untagged ? untagged : text_at(one, "Deleted"));
		}
		puts("");
		*space += json_int(json_get(v, "SpaceReclaimed"), 0);
	}
	return 0;
}

static int total(int64_t space)
{
	CLEANUP_BUF struct buf b = {0};
	units_size((double)space, 4, &b);
	printf("Total reclaimed space: %s\n", buf_cstr(&b));
	return EXIT_DONE;
}

static int run_prune(struct invocation *in, struct err *e)
{
	const struct prune_opts *o = in->opts;
	CLEANUP_ENGINE struct engine g = {0};
	const struct kind *k = kinds;
	int64_t space = 0;
	CLEANUP_FREE char *filters = docker_filters(&o->filters, e);
	if (!filters)
		return docker_usage(e);
	while (!str_eq(k->name, in->command->name))
		k++;
	bool network = str_eq(k->name, "network");
	if (!o->force) {
		CLEANUP_FREE char *warning = str_printf("WARNING! This will remove %s", o->all && k->all_warning ? k->all_warning :
			k->warning);
		int rc = confirmed(warning, e);
		if (rc <= 0)
			return rc < 0 ? -1 : network ? EXIT_DONE : total(0);
	}
	if (docker_engine(&g, e) < 0 || engine_connect(&g, e) < 0 || prune(&g, k, o, &space, e) < 0)
		return -1;
	return network ? EXIT_DONE : total(space);
}

static bool has_until(const struct strvec *filters)
{
	for (size_t i = 0; i < filters->n; i++)
		if (str_starts(filters->items[i], "until="))
			return true;
	return false;
}

static int by_bytes(const void *a, const void *b)
{
	return docker_natural(*(char *const *)a, *(char *const *)b);
}

/* What system prune asks. */
static char *system_warning(const struct engine *g, const struct prune_opts *o)
{
	CLEANUP_BUF struct buf b = {0};
	CLEANUP_STRVEC struct strvec filters = {0};
	buf_str(&b, "WARNING! This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n");
	if (o->volumes)
		buf_str(&b, "  - all volumes not used by at least one container\n");
	buf_str(&b, o->all ? "  - all images without at least one container associated to them\n" : "  - all dangling images\n");
	if (g->api >= 31)
		buf_str(&b, o->all ? "  - all build cache\n" : "  - all dangling build cache\n");
	for (size_t i = 0; i < o->filters.n; i++)
		if (str_starts(o->filters.items[i], "label=") || str_starts(o->filters.items[i], "label!=") ||
		    str_starts(o->filters.items[i], "until="))
			strvec_push(&filters, o->filters.items[i]);
	if (filters.n) {
		qsort(filters.items, filters.n, sizeof(char *), by_bytes);
		buf_str(&b, "\n  Items to be pruned will be filtered with:\n");
		for (size_t i = 0; i < filters.n; i++)
			buf_printf(&b, "  - %s\n", filters.items[i]);
	}
	buf_byte(&b, '\n');
	return buf_steal(&b);
}

static int run_system(struct invocation *in, struct err *e)
{
	const struct prune_opts *o = in->opts;
	CLEANUP_ENGINE struct engine g = {0};
	int64_t space = 0;
	CLEANUP_FREE char *filters = docker_filters(&o->filters, e);
	if (!filters)
		return docker_usage(e);
	if (o->volumes && has_until(&o->filters))
		return err_set(e, ERR_USAGE, "the \"until\" filter is not supported with \"--volumes\"");
	if (docker_engine(&g, e) < 0 || engine_connect(&g, e) < 0)
		return -1;
	CLEANUP_FREE char *warning = system_warning(&g, o);
	int rc = o->force ? 1 : confirmed(warning, e);
	if (rc <= 0)
		return rc < 0 ? -1 : EXIT_DONE;
	for (size_t i = 0; i < KINDS; i++) {
		bool wanted = str_eq(kinds[i].name, "volume") ? o->volumes : !str_eq(kinds[i].name, "builder") || g.api >= 31;
		/* --all is not meant for volumes that have a name. */
		struct prune_opts own = *o;
		own.all = o->all && !str_eq(kinds[i].name, "volume");
		if (wanted && prune(&g, &kinds[i], &own, &space, e) < 0)
			return -1;
	}
	return total(space);
}

#define PRUNE(kind, words, table) \
	const struct command docker_##kind##_prune = {.name = #kind, .summary = words, .opts = table, \
		.opts_size = sizeof(struct prune_opts), .run = run_prune}

PRUNE(container, "remove all stopped containers", plain_options);
PRUNE(image, "remove unused images", all_options);
PRUNE(network, "remove unused networks", plain_options);
PRUNE(volume, "remove unused volumes", all_options);
PRUNE(builder, "remove the build cache", builder_options);

const struct command docker_system_prune = {
	.name = "system", .summary = "remove what is not used", .opts = system_options, .opts_size = sizeof(struct prune_opts),
	.run = run_system,
};
