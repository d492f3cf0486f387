/* docker ps */
#include "docker/format.h"
#include "docker/units.h"

#include "base/mem.h"
#include "base/str.h"
#include "docker/rows.h"
#include "engine/image_ref.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ps_opts {
	const char *last, *format;
	struct strvec filters;
	bool all, latest, quiet, size, whole;
};

#define AT(f) offsetof(struct ps_opts, f)
static const struct opt options[] = {
	{'a', "all", OPT_FLAG, NULL, "those that do not run, too", AT(all)},
	{'f', "filter", OPT_LIST, "NAME=VALUE", "only those that fit", AT(filters)},
	{0, "format", OPT_STR, "TEMPLATE", "table, json, or a Go template", AT(format)},
	{'n', "last", OPT_STR, "N", "the N created last", AT(last)},
	{'l', "latest", OPT_FLAG, NULL, "the one created last", AT(latest)},
	{0, "no-trunc", OPT_FLAG, NULL, "print everything in full", AT(whole)},
	{'q', "quiet", OPT_FLAG, NULL, "ids only", AT(quiet)},
	{'s', "size", OPT_FLAG, NULL, "with sizes", AT(size)},
	{0},
};

#define RAW "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: {{.CreatedAt}}\n" \
	"state: {{- pad .State 1 0}}\nstatus: {{- pad .Status 1 0}}\nnames: {{.Names}}\nlabels: {{- pad .Labels 1 0}}\n" \
	"ports: {{- pad .Ports 1 0}}\n"
#define TABLE "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}"

const struct listing_kind listing_containers = {
	.setting = "psFormat", .quiet = "{{.ID}}", .quiet_wins = true, .table = TABLE, .raw = RAW,
	.titles = "ID=CONTAINER ID\nNames=NAMES\nImage=IMAGE\nCommand=COMMAND\nCreatedAt=CREATED AT\nRunningFor=CREATED\n"
		"Ports=PORTS\nState=STATE\nStatus=STATUS\nSize=SIZE\nLabels=LABELS\nMounts=MOUNTS\nLocalVolumes=LOCAL VOLUMES\n"
		"Networks=NETWORKS",
};

static int by_port(const void *a, const void *b)
{
	const struct json *x = *(const struct json *const *)a, *y = *(const struct json *const *)b;
	int64_t d = json_int(json_get(x, "PrivatePort"), 0) - json_int(json_get(y, "PrivatePort"), 0);
	int c = 0;
	if (!d)
		c = strcmp(text_at(x, "IP"), text_at(y, "IP"));
	if (!d && !c)
		d = json_int(json_get(x, "PublicPort"), 0) - json_int(json_get(y, "PublicPort"), 0);
	if (!d && !c)
		c = strcmp(text_at(x, "Type"), text_at(y, "Type"));
	return d ? d < 0 ? -1 : 1 : c;
}

void docker_host_port(const char *ip, const char *port, struct buf *out)
{
	buf_printf(out, strchr(ip, ':') ? "[%s]:%s" : "%s:%s", ip, port);
}

struct group {
	const char *ip, *type;
	int64_t first, last;
};

static void group_text(const struct group *g, struct strvec *out)
{
	CLEANUP_BUF struct buf b = {0};
	CLEANUP_FREE char *range = g->first == g->last ? str_printf("%lld", (long long)g->first) :
		str_printf("%lld-%lld", (long long)g->first, (long long)g->last);
	if (*g->ip) {
		docker_host_port(g->ip, range, &b);
		buf_str(&b, "->");
	}
	buf_printf(&b, "%s/%s", range, g->type);
	strvec_take(out, buf_steal(&b));
}

/* Neighbouring ports become ranges; those published under another number stand alone, at the end. */
static void ports_text(const struct json *ports, struct row *r)
{
	size_t n = json_count(ports), n_groups = 0;
	const struct json **sorted = mem_array(n, sizeof(struct json *));
	struct group *groups = mem_array(n, sizeof *groups);
	CLEANUP_STRVEC struct strvec result = {0}, mapped = {0};
	for (size_t i = 0; i < n; i++)
		sorted[i] = &ports->items[i];
	qsort(sorted, n, sizeof(struct json *), by_port);
	for (size_t i = 0; i < n; i++) {
		const char *ip = text_at(sorted[i], "IP"), *type = text_at(sorted[i], "Type");
		long long port = json_int(json_get(sorted[i], "PrivatePort"), 0);
		long long public = json_int(json_get(sorted[i], "PublicPort"), 0);
		if (*ip && public != port) {
			CLEANUP_BUF struct buf b = {0};
			CLEANUP_FREE char *text = str_printf("%lld", public);
			docker_host_port(ip, text, &b);
			strvec_pushf(&mapped, "%s->%lld/%s", buf_cstr(&b), port, type);
			continue;
		}
		size_t g = 0;
		while (g < n_groups && !(str_eq(groups[g].ip, ip) && str_eq(groups[g].type, type)))
			g++;
		if (g < n_groups && port == groups[g].last + 1) {
			groups[g].last = port;
			continue;
		}
		if (g < n_groups)
			group_text(&groups[g], &result);
		else
			n_groups++;
		groups[g] = (struct group){ip, type, port, port};
	}
	for (size_t g = 0; g < n_groups; g++)
		group_text(&groups[g], &result);
	for (size_t i = 0; i < mapped.n; i++)
		strvec_push(&result, mapped.items[i]);
	CLEANUP_FREE char *text = strvec_join(&result, ", ");
	row_text(r, "Ports", "%s", text);
	free(groups);
	free(sorted);
}

/* "docker.io/library/x:tag@sha256:..." to "x:tag"; an image that is known by its id alone shows that. */
static void image_text(const struct json *c, bool whole, struct row *r)
{
	const char *image = text_at(c, "Image");
	CLEANUP_BUF struct buf a = {0}, b = {0};
	units_short_id(text_at(c, "ImageID"), &a);
	units_short_id(image, &b);
	if (!*image)
		row_text(r, "Image", "<no image>");
	else if (whole)
		row_text(r, "Image", "%s", image);
	else if (str_eq(buf_cstr(&a), buf_cstr(&b)))
		row_take(r, "Image", &a);
	else
		row_text(r, "Image", "%.*s", (int)strcspn(docker_familiar(image), "@"), docker_familiar(image));
}

const char *docker_familiar(const char *ref)
{
	const char *rest = str_after(ref, "docker.io/");
	if (rest && str_starts(rest, "library/"))
		rest += strlen("library/");
	return rest ? rest : ref;
}

static void names_text(const struct json *names, bool whole, struct row *r)
{
	CLEANUP_BUF struct buf b = {0};
	for (size_t i = 0; i < json_count(names); i++) {
		const char *name = docker_text(&names->items[i]);
		name += *name == '/';
		if (!whole && !strchr(name, '/')) {
			buf_reset(&b);
			buf_str(&b, name);
			break;
		}
		buf_printf(&b, "%s%s", b.len ? "," : "", name);
	}
	row_take(r, "Names", &b);
}

static void mounts_text(const struct json *mounts, bool whole, struct row *r)
{
	CLEANUP_BUF struct buf b = {0};
	int local = 0;
	for (size_t i = 0; i < json_count(mounts); i++) {
		const char *name = text_at(&mounts->items[i], "Name");
		name = *name ? name : text_at(&mounts->items[i], "Source");
		buf_str(&b, i ? "," : "");
		units_ellipsis(name, whole ? strlen(name) : 15, &b);
		local += str_eq(text_at(&mounts->items[i], "Driver"), "local");
	}
	row_take(r, "Mounts", &b);
	row_text(r, "LocalVolumes", "%d", local);
}

static void put_size(const struct json *c, bool virtual, struct row *r)
{
	CLEANUP_BUF struct buf b = {0};
	int64_t root = json_int(json_get(c, "SizeRootFs"), 0);
	units_size((double)json_int(json_get(c, "SizeRw"), 0), 3, &b);
	if (root > 0 && virtual) {
		buf_str(&b, " (virtual ");
		units_size((double)root, 3, &b);
		buf_byte(&b, ')');
	}
	row_take(r, "Size", &b);
}

void row_container(struct row *r, const struct json *c, bool whole, bool virtual)
{
	CLEANUP_BUF struct buf b = {0};
	CLEANUP_STRVEC struct strvec networks = {0};
	const struct json *nets = json_at(c, "NetworkSettings", "Networks");
	const char *id = text_at(c, "Id"), *command = text_at(c, "Command");
	row_text(r, "ID", whole ? "%s" : "%.12s", id);
	names_text(json_get(c, "Names"), whole, r);
	image_text(c, whole, r);
	CLEANUP_BUF struct buf cut = {0};
	units_ellipsis(command, whole ? strlen(command) : 20, &cut);
	template_quote(buf_cstr(&cut), cut.len, &b);
	row_take(r, "Command", &b);
	units_time(json_int(json_get(c, "Created"), 0), &b);
	row_take(r, "CreatedAt", &b);
	units_ago(json_int(json_get(c, "Created"), 0), &b);
	row_take(r, "RunningFor", &b);
	ports_text(json_get(c, "Ports"), r);
	row_text(r, "State", "%s", text_at(c, "State"));
	row_text(r, "Status", "%s", text_at(c, "Status"));
	put_size(c, virtual, r);
	row_labels(r, json_get(c, "Labels"), true);
	mounts_text(json_get(c, "Mounts"), whole, r);
	for (size_t i = 0; i < json_count(nets); i++)
		strvec_push(&networks, nets->items[i].name);
	CLEANUP_FREE char *joined = strvec_join(&networks, ",");
	row_text(r, "Networks", "%s", joined);
}

/* docker tries a template on nothing first, so that a wrong one fails even with no container. */
static int try_out(struct listing *l, struct err *e)
{
	struct row r = {0};
	row_container(&r, NULL, false, true);
	int rc = listing_row(l, &r, e);
	buf_reset(&l->rows);
	return rc;
}

static int run(struct invocation *in, struct err *e)
{
	const struct ps_opts *o = in->opts;
	CLEANUP_LISTING struct listing l = {0};
	CLEANUP_ENGINE struct engine g = {0};
	uint64_t last = 0;
	bool minus = o->last && *o->last == '-';
	if (o->last && str_to_u64(o->last + minus, INT32_MAX, &last, "--last", e) < 0)
		return docker_usage(e);
	CLEANUP_FREE char *filters = docker_filters(&o->filters, e);
	if (!filters)
		return docker_usage(e);
	if (listing_open(&l, &listing_containers, o->format, o->quiet, e) < 0 || docker_engine(&g, e) < 0)
		return -1;
	bool given = o->format && *o->format && !str_eq(o->format, "json") && !str_eq(o->format, "raw");
	if (given && !str_eq(o->format, "table") && !o->quiet && try_out(&l, e) < 0)
		return -1;
	const char *all = strstr(l.format, "json .");
	bool size = o->size || (!o->quiet && (template_uses(l.template, "Size") || (all && !isalpha((unsigned char)all[6]))));
	if (o->size && !o->quiet && (!o->format || !*o->format || !given)) {
		/* The size is one more column. */
		template_free(l.template);
		CLEANUP_FREE char *wider = str_printf(str_eq(o->format, "raw") ? "%ssize: {{.Size}}\n" : l.table ? "%s\t{{.Size}}" : "%s",
			l.format);
		if (!(l.template = template_parse(wider, e)))
			return -1;
	}
	long long limit = o->last ? minus ? -(long long)last : (long long)last : o->latest ? 1 : -1;
	CLEANUP_JSON struct json *list = docker_json(&g, NULL, e, "/containers/json?all=%d&limit=%lld&size=%d&filters=%s", o->all,
		limit, size, filters);
	if (!list)
		return -1;
	for (size_t i = 0; i < json_count(list); i++) {
		struct row r = {0};
		row_container(&r, &list->items[i], o->whole, true);
		if (listing_row(&l, &r, e) < 0)
			return -1;
	}
	listing_print(&l, NULL);
	return EXIT_DONE;
}

const struct command docker_ps = {
	.name = "ps", .summary = "list containers", .opts = options, .opts_size = sizeof(struct ps_opts), .run = run,
};
