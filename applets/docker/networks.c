/*
 * --network and what belongs to the networks: --network-alias, --link, --ip, --mac-address.
 *
 * The flags beside --network belong to the first network that is named; without one, or with one of the engine's own, there
 * are no aliases and addresses. The endpoints of a container that is on one network alone and has no wishes for it are
 * left to the engine.
 */
#include "docker/flags.h"

#include "base/mem.h"
#include "base/str.h"

#include <string.h>

#define ENDPOINTS "NetworkingConfig:EndpointsConfig:"

/* The long form: name=...,alias=...,ip=... */
static const struct { const char *key, *path; char kind; } keys[] = {
	{"alias", "Aliases", '['}, {"driver-opt", "DriverOpts", '{'}, {"gw-priority", "GwPriority", 'n'},
	{"ip", "IPAMConfig:IPv4Address", 0}, {"ip6", "IPAMConfig:IPv6Address", 0},
	{"link-local-ip", "IPAMConfig:LinkLocalIPs", '['}, {"mac-address", "MacAddress", 0},
};

static bool is_own(const char *net)
{
	return flag_allows("host|bridge|none|default|container:*", net);
}

static int put(struct flags_set *f, const char *net, const char *key, const char *v, struct err *e)
{
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (!str_eq(keys[i].key, key))
			continue;
		CLEANUP_FREE char *path = str_printf(ENDPOINTS "%s:%s", net, keys[i].path);
		CLEANUP_FREE char *inner = keys[i].kind == '{' ? mem_dup(v, strcspn(v, "=")) : NULL;
		bool ok = true;
		if (keys[i].kind == 'n')
			flag_integer(v, INT32_MIN, INT32_MAX, &ok);
		if ((inner && !v[strlen(inner)]) || (strstr(key, "ip") && !flag_is_ip(v)) || !ok)
			return err_set(e, ERR_USAGE, "'%s' is no value for %s of the network %s", v, key, net);
		if (str_eq(key, "alias") && is_own(net))
			return err_set(e, ERR_USAGE, "the network %s is the engine's own: there are no aliases in it", net);
		if (keys[i].kind == 'n')
			flags_put(f, path, 0, NULL, v);
		else
			flags_put_str(f, path, keys[i].kind, inner, inner ? v + strlen(inner) + 1 : v);
		return 0;
	}
	return err_set(e, ERR_USAGE, "unexpected key '%s'", key);
}

int flag_network(struct flags_set *f, const char *v, struct err *e)
{
	CLEANUP_STRVEC struct strvec fields = {0};
	const char *name = NULL;
	if (!strchr(v, '=')) {
		strvec_push(&f->networks, v);
		return 0;
	}
	if (flag_csv(&fields, v, e) < 0)
		return -1;
	for (size_t i = 0; i < fields.n; i++) {
		CLEANUP_FREE char *lower = flag_lower(fields.items[i], strlen(fields.items[i]));
		memcpy(fields.items[i], lower, strlen(lower));
		name = str_starts(lower, "name=") ? fields.items[i] + 5 : name;
	}
	if (!name || !*name)
		return err_set(e, ERR_USAGE, "the name of the network is missing: name=NAME,...");
	for (size_t i = 0; i < fields.n; i++) {
		char *eq = strchr(fields.items[i], '=');
		if (!eq)
			return err_set(e, ERR_USAGE, "'%s' needs a value", fields.items[i]);
		if (eq + 1 == name)
			continue;
		*eq = '\0';
		if (put(f, name, fields.items[i], eq + 1, e) < 0)
			return -1;
	}
	strvec_push(&f->networks, name);
	return 0;
}

int flag_link(struct flags_set *f, const char *v, struct err *e)
{
	const char *colon = strchr(v, ':');
	if (!*v || (colon && strchr(colon + 1, ':')))
		return err_set(e, ERR_USAGE, "write CONTAINER[:ALIAS]");
	flags_put_str(f, "HostConfig:Links", '[', NULL, v);
	return 0;
}

/* The flags that stand beside --network. */
static int put_beside(struct flags_set *f, const char *net, struct err *e)
{
	for (size_t i = 0; i < f->n_given; i++) {
		const char *name = f->given[i].flag->name, *v = f->given[i].value;
		if (str_eq(name, "link")) {
			if (is_own(net))
				return err_set(e, ERR_USAGE, "--link %s: links are for networks of your own, or without --network", v);
			CLEANUP_FREE char *path = str_printf(ENDPOINTS "%s:Links", net);
			flags_put_str(f, path, '[', NULL, v);
		} else if (flag_allows("ip|ip6|link-local-ip|network-alias|net-alias", name)) {
			if (put(f, net, strstr(name, "alias") ? "alias" : name, v, e) < 0)
				return -1;
		}
	}
	return 0;
}

int flags_networks(struct flags_set *f, struct err *e)
{
	bool own = false, others = false;
	for (size_t i = 0; i < f->networks.n; i++) {
		const char *net = f->networks.items[i];
		CLEANUP_FREE char *path = str_printf(ENDPOINTS "%s", net);
		size_t len = strlen(path);
		bool wishes = false;
		if (!*net)
			return err_set(e, ERR_USAGE, "--network: the name of the network is empty");
		if (i == 0 && put_beside(f, net, e) < 0)
			return -1;
		*(is_own(net) ? &own : &others) = true;
		for (size_t k = 0; k < i; k++)
			if (str_eq(f->networks.items[k], net))
				return err_set(e, ERR_USAGE, "--network %s: the network is named twice", net);
		for (size_t k = 0; k < f->n_values; k++)
			wishes |= str_starts(f->values[k].path, path) && f->values[k].path[len] == ':';
		if (!wishes && f->networks.n > 1)
			flags_put(f, path, 0, NULL, "{}");
	}
	if (own && others)
		return err_set(e, ERR_USAGE, "--network: host, bridge, none and container:NAME do not go together with other networks");
	return 0;
}
