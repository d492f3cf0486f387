/* docker network ls, create, rm, connect and disconnect */
#include "docker/rows.h"
#include "docker/units.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/json_words.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct network_opts {
	const char *format, *driver, *scope, *config_from, *ipam_driver, *ip, *ip6, *priority;
	struct strvec filters, opts, labels, ipam_opts, subnets, ranges, gateways, aux, links, aliases, local_ips;
	bool quiet, whole, internal, attachable, ipv6, no_ipv4, ingress, config_only, force;
};

#define AT(f) offsetof(struct network_opts, f)
static const struct opt ls_options[] = {
	{'f', "filter", OPT_LIST, "NAME=VALUE", "only those that fit", AT(filters)},
	{0, "format", OPT_STR, "TEMPLATE", "table, json, or a Go template", AT(format)},
	{0, "no-trunc", OPT_FLAG, NULL, "print everything in full", AT(whole)},
	{'q', "quiet", OPT_FLAG, NULL, "ids only", AT(quiet)},
	{0},
};
static const struct opt create_options[] = {
	{0, "attachable", OPT_FLAG, NULL, "containers may be connected by hand", AT(attachable)},
	{0, "aux-address", OPT_LIST, "NAME=IP", "an address that the driver uses", AT(aux)},
	{0, "config-from", OPT_STR, "NETWORK", "the network to take settings from", AT(config_from)},
	{0, "config-only", OPT_FLAG, NULL, "settings only, no network", AT(config_only)},
	{'d', "driver", OPT_STR, "NAME", "the network's driver (bridge)", AT(driver)},
	{0, "gateway", OPT_LIST, "IP", "the gateway of a subnet", AT(gateways)},
	{0, "ingress", OPT_FLAG, NULL, "a swarm's routing mesh", AT(ingress)},
	{0, "internal", OPT_FLAG, NULL, "no way out", AT(internal)},
	{0, "ip-range", OPT_LIST, "CIDR", "the part of a subnet to take addresses from", AT(ranges)},
	{0, "ipam-driver", OPT_STR, "NAME", "what hands out addresses (default)", AT(ipam_driver)},
	{0, "ipam-opt", OPT_LIST, "NAME=VALUE", "an option of that driver", AT(ipam_opts)},
	{0, "ipv4", OPT_UNSET, NULL, "IPv4 addresses (default)", AT(no_ipv4)},
	{0, "ipv6", OPT_FLAG, NULL, "IPv6 addresses", AT(ipv6)},
	{0, "label", OPT_LIST, "NAME=VALUE", "a label", AT(labels)},
	{'o', "opt", OPT_LIST, "NAME=VALUE", "an option of the driver", AT(opts)},
	{0, "scope", OPT_STR, "SCOPE", "local, global or swarm", AT(scope)},
	{0, "subnet", OPT_LIST, "CIDR", "a subnet", AT(subnets)},
	{0},
};
static const struct opt connect_options[] = {
	{0, "alias", OPT_LIST, "NAME", "another name of the container there", AT(aliases)},
	{0, "driver-opt", OPT_LIST, "NAME=VALUE", "an option of the driver", AT(opts)},
	{0, "gw-priority", OPT_STR, "N", "the highest is the default gateway", AT(priority)},
	{0, "ip", OPT_STR, "IP", "its IPv4 address", AT(ip)},
	{0, "ip6", OPT_STR, "IP", "its IPv6 address", AT(ip6)},
	{0, "link", OPT_LIST, "CONTAINER[:NAME]", "a link to another container", AT(links)},
	{0, "link-local-ip", OPT_LIST, "IP", "a link-local address", AT(local_ips)},
	{0},
};
static const struct opt force_options[] = {
	{'f', "force", OPT_FLAG, NULL, "even if it is not there, or does not answer", AT(force)},
	{0},
};

static int list_row(struct listing *l, const struct json *n, bool whole, struct err *e)
{
	struct row r = {0};
	struct buf b = {0};
	row_text(&r, "ID", whole ? "%s" : "%.12s", text_at(n, "Id"));
	row_text(&r, "Name", "%s", text_at(n, "Name"));
	row_text(&r, "Driver", "%s", text_at(n, "Driver"));
	row_text(&r, "Scope", "%s", text_at(n, "Scope"));
	row_text(&r, "IPv6", "%s", json_true(json_get(n, "EnableIPv6")) ? "true" : "false");
	row_text(&r, "Internal", "%s", json_true(json_get(n, "Internal")) ? "true" : "false");
	row_labels(&r, json_get(n, "Labels"), true);
	units_read_time(text_at(n, "Created"), &b);
	row_take(&r, "CreatedAt", &b);
	return listing_row(l, &r, e);
}

static int run_ls(struct invocation *in, struct err *e)
{
	static const struct listing_kind kind = {
		.setting = "networksFormat", .quiet = "{{.ID}}", .table = "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}",
		.raw = "network_id: {{.ID}}\nname: {{.Name}}\ndriver: {{.Driver}}\nscope: {{.Scope}}\n",
		.titles = "ID=NETWORK ID\nName=NAME\nDriver=DRIVER\nScope=SCOPE\nIPv6=IPV6\nInternal=INTERNAL\nLabels=LABELS\n"
			"CreatedAt=CREATED AT",
	};
	const struct network_opts *o = in->opts;
	CLEANUP_LISTING struct listing l = {0};
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_FREE char *filters = docker_filters(&o->filters, e);
	if (!filters)
		return docker_usage(e);
	if (listing_open(&l, &kind, o->format, o->quiet, e) < 0 || docker_engine(&g, e) < 0)
		return -1;
	CLEANUP_JSON struct json *list = docker_json(&g, NULL, e, "/networks?filters=%s", filters);
	if (!list)
		return -1;
	if (json_count(list))
		qsort(list->items, list->len, sizeof *list->items, docker_by_name);
	for (size_t i = 0; i < json_count(list); i++)
		if (list_row(&l, &list->items[i], o->whole, e) < 0)
			return -1;
	listing_print(&l, NULL);
	return EXIT_DONE;
}

/* An address, with the length of its prefix if there is one. */
struct cidr {
	unsigned char ip[16];
	int family, bits;
};

static int parse_cidr(const char *s, struct cidr *c, struct err *e)
{
	size_t n = strcspn(s, "/");
	uint64_t bits = 0;
	CLEANUP_FREE char *ip = mem_dup(s, n);
	*c = (struct cidr){.family = strchr(ip, ':') ? AF_INET6 : AF_INET};
	int max = c->family == AF_INET ? 32 : 128;
	if (inet_pton(c->family, ip, c->ip) != 1 || (s[n] && str_to_u64(s + n + 1, (uint64_t)max, &bits, "prefix", e) < 0))
		return err_set(e, ERR_USAGE, "invalid address or subnet: %s", s);
	c->bits = s[n] ? (int)bits : max;
	return 0;
}

/* Whether the subnet has the address: 1 or 0. */
static int has(const char *subnet, const char *address, struct err *e)
{
	struct cidr net, a;
	if (!strchr(subnet, '/'))
		return err_set(e, ERR_USAGE, "invalid argument \"%s\" for the flag --subnet: write ADDRESS/BITS", subnet);
	if (parse_cidr(subnet, &net, e) < 0 || parse_cidr(address, &a, e) < 0)
		return -1;
	if (net.family != a.family)
		return 0;
	for (int i = 0; i < net.bits; i++)
		if ((net.ip[i / 8] ^ a.ip[i / 8]) >> (7 - i % 8) & 1)
			return 0;
	return 1;
}

/* Words may hold several values with commas. */
static void at_commas(struct strvec *v)
{
	struct strvec all = {0};
	for (size_t i = 0; i < v->n; i++)
		for (const char *p = v->items[i]; *p;) {
			size_t n = strcspn(p, ",");
			strvec_take(&all, mem_dup(p, n));
			p += n + (p[n] == ',');
		}
	strvec_free(v);
	*v = all;
}

/* The one subnet that has each address; `of` receives its index for each. */
static int assign(const struct network_opts *o, const struct strvec *addresses, const char *what, bool one_each, size_t *of,
	struct err *e)
{
	for (size_t i = 0; i < addresses->n; i++) {
		const char *eq = strchr(addresses->items[i], '='), *address = eq ? eq + 1 : addresses->items[i];
		of[i] = SIZE_MAX;
		for (size_t s = 0; s < o->subnets.n; s++) {
			int rc = has(o->subnets.items[s], address, e);
			if (rc < 0)
				return -1;
			if (rc)
				of[i] = s;
		}
		if (of[i] == SIZE_MAX)
			return err_set(e, ERR_USAGE, "no matching subnet for %s %s", what, address);
		for (size_t k = 0; one_each && k < i; k++)
			if (of[k] == of[i])
				return err_set(e, ERR_USAGE, "cannot configure more than one %s on the same subnet (%s)", what,
					o->subnets.items[of[i]]);
	}
	return 0;
}

static int overlap(const struct strvec *subnets, struct err *e)
{
	for (size_t i = 0; i < subnets->n; i++)
		for (size_t k = 0; k <= i; k++) {
			int a = has(subnets->items[i], subnets->items[k], e), b = a < 0 ? -1 : has(subnets->items[k], subnets->items[i], e);
			if (b < 0)
				return -1;
			if (i != k && (a || b))
				return err_set(e, ERR_USAGE, "multiple overlapping subnet configuration is not supported: %s, %s",
					subnets->items[k], subnets->items[i]);
		}
	return 0;
}

static int ipam(const struct network_opts *o, struct json_writer *w, struct err *e)
{
	if (o->subnets.n < o->ranges.n || o->subnets.n < o->gateways.n)
		return err_set(e, ERR_USAGE, "every --ip-range or --gateway must have a corresponding --subnet");
	CLEANUP_FREE size_t *ranges = mem_array(o->ranges.n, sizeof(size_t));
	CLEANUP_FREE size_t *gateways = mem_array(o->gateways.n, sizeof(size_t));
	CLEANUP_FREE size_t *aux = mem_array(o->aux.n, sizeof(size_t));
	if (overlap(&o->subnets, e) < 0 || assign(o, &o->ranges, "range", true, ranges, e) < 0 ||
	    assign(o, &o->gateways, "gateway", true, gateways, e) < 0 || assign(o, &o->aux, "aux-address", false, aux, e) < 0)
		return -1;
	json_key(w, "IPAM");
	json_begin(w, '{');
	json_kstr(w, "Driver", o->ipam_driver ? o->ipam_driver : "default");
	json_words_map(w, "Options", &o->ipam_opts);
	json_key(w, "Config");
	json_begin(w, '[');
	for (size_t s = 0; s < o->subnets.n; s++) {
		CLEANUP_STRVEC struct strvec own = {0};
		json_begin(w, '{');
		json_kstr(w, "Subnet", o->subnets.items[s]);
		for (size_t i = 0; i < o->ranges.n; i++)
			if (ranges[i] == s)
				json_kstr(w, "IPRange", o->ranges.items[i]);
		for (size_t i = 0; i < o->gateways.n; i++)
			if (gateways[i] == s)
				json_kstr(w, "Gateway", o->gateways.items[i]);
		for (size_t i = 0; i < o->aux.n; i++)
			if (aux[i] == s)
				strvec_push(&own, o->aux.items[i]);
		if (own.n)
			json_words_map(w, "AuxiliaryAddresses", &own);
		json_end(w, '}');
	}
	json_end(w, ']');
	json_end(w, '}');
	return 0;
}

static int run_create(struct invocation *in, struct err *e)
{
	struct network_opts *o = in->opts;
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_BUF struct buf body = {0};
	struct json_writer w = {.out = &body};
	if (docker_labels(&o->labels, e) < 0)
		return docker_usage(e);
	at_commas(&o->subnets);
	at_commas(&o->ranges);
	at_commas(&o->gateways);
	json_begin(&w, '{');
	json_kstr(&w, "Name", in->argv[0]);
	json_kbool(&w, "CheckDuplicate", true);
	json_kstr(&w, "Driver", o->driver ? o->driver : "bridge");
	json_kstr(&w, "Scope", o->scope ? o->scope : "");
	if (o->no_ipv4)
		json_kbool(&w, "EnableIPv4", false);
	json_kbool(&w, "EnableIPv6", o->ipv6);
	json_kbool(&w, "Internal", o->internal);
	json_kbool(&w, "Attachable", o->attachable);
	json_kbool(&w, "Ingress", o->ingress);
	json_kbool(&w, "ConfigOnly", o->config_only);
	if (o->config_from) {
		json_key(&w, "ConfigFrom");
		json_begin(&w, '{');
		json_kstr(&w, "Network", o->config_from);
		json_end(&w, '}');
	}
	json_words_map(&w, "Options", &o->opts);
	json_words_map(&w, "Labels", &o->labels);
	if (ipam(o, &w, e) < 0)
		return -1;
	json_end(&w, '}');
	struct engine_request rq = {.method = "POST", .json = buf_cstr(&body)};
	if (docker_engine(&g, e) < 0)
		return -1;
	CLEANUP_JSON struct json *v = docker_json(&g, &rq, e, "/networks/create");
	if (!v)
		return -1;
	puts(text_at(v, "Id"));
	return EXIT_DONE;
}

static int remove_one(const struct invocation *in, struct engine *g, const char *name, struct err *e)
{
	const struct network_opts *o = in->opts;
	if (engine_call(g, "DELETE", NULL, NULL, e, "/networks/%s", name) >= 0)
		return 1;
	return o->force && e->status == 404 ? 0 : -1;
}

static int run_rm(struct invocation *in, struct err *e)
{
	CLEANUP_ENGINE struct engine g = {0};
	return docker_engine(&g, e) < 0 ? -1 : docker_each(in, &g, remove_one, e);
}

static int driver_options(const struct strvec *opts, struct err *e)
{
	for (size_t i = 0; i < opts->n; i++)
		if (!strchr(opts->items[i], '=') || *opts->items[i] == '=')
			return err_set(e, ERR_USAGE, "invalid argument \"%s\" for --driver-opt: it is name=value", opts->items[i]);
	return 0;
}

static int run_connect(struct invocation *in, struct err *e)
{
	struct network_opts *o = in->opts;
	bool connect = str_eq(in->command->name, "connect");
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_BUF struct buf body = {0};
	struct json_writer w = {.out = &body};
	at_commas(&o->aliases);
	at_commas(&o->local_ips);
	at_commas(&o->opts);
	if (driver_options(&o->opts, e) < 0)
		return -1;
	json_begin(&w, '{');
	json_kstr(&w, "Container", in->argv[1]);
	if (connect) {
		uint64_t n = 0;
		bool minus = o->priority && *o->priority == '-';
		if (o->priority && str_to_u64(o->priority + minus, INT32_MAX, &n, "--gw-priority", e) < 0)
			return docker_usage(e);
		json_key(&w, "EndpointConfig");
		json_begin(&w, '{');
		json_key(&w, "IPAMConfig");
		json_begin(&w, '{');
		json_kstr(&w, "IPv4Address", o->ip);
		json_kstr(&w, "IPv6Address", o->ip6);
		json_words_list(&w, "LinkLocalIPs", o->local_ips.n ? &o->local_ips : NULL);
		json_end(&w, '}');
		json_words_list(&w, "Links", o->links.n ? &o->links : NULL);
		json_words_list(&w, "Aliases", &o->aliases);
		json_words_map(&w, "DriverOpts", &o->opts);
		if (n)
			json_ki64(&w, "GwPriority", minus ? -(int64_t)n : (int64_t)n);
		json_end(&w, '}');
	} else {
		json_kbool(&w, "Force", o->force);
	}
	json_end(&w, '}');
	if (docker_engine(&g, e) < 0)
		return -1;
	return engine_call(&g, "POST", buf_cstr(&body), NULL, e, "/networks/%s/%s", in->argv[0], in->command->name) < 0
		? -1 : EXIT_DONE;
}

const struct command docker_network_ls = {
	.name = "ls", .summary = "list networks", .opts = ls_options, .opts_size = sizeof(struct network_opts), .run = run_ls,
};
const struct command docker_network_create = {
	.name = "create", .summary = "create a network", .args = "NETWORK", .opts = create_options,
	.opts_size = sizeof(struct network_opts), .min_args = 1, .max_args = 1, .run = run_create,
};
const struct command docker_network_rm = {
	.name = "rm", .summary = "remove networks", .args = "NETWORK...", .opts = force_options,
	.opts_size = sizeof(struct network_opts), .min_args = 1, .max_args = ARGS_ANY, .run = run_rm,
};
const struct command docker_network_connect = {
	.name = "connect", .summary = "connect a container to a network", .args = "NETWORK CONTAINER", .opts = connect_options,
	.opts_size = sizeof(struct network_opts), .min_args = 2, .max_args = 2, .run = run_connect,
};
const struct command docker_network_disconnect = {
	.name = "disconnect", .summary = "disconnect a container from a network", .args = "NETWORK CONTAINER",
	.opts = force_options, .opts_size = sizeof(struct network_opts), .min_args = 2, .max_args = 2, .run = run_connect,
};
