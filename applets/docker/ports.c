/* The flags of create and run that name ports. */
#include "docker/flags.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/json.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define H "HostConfig:"

/* "80" or "80-90" at *s, up to one of the bytes in `stop`. */
static bool port_range(const char *s, size_t n, unsigned *from, unsigned *to)
{
	unsigned v[2] = {0, 0};
	int part = 0, digits = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '-' && part == 0 && digits) {
			part = 1;
			digits = 0;
		} else if (isdigit((unsigned char)s[i]) && v[part] < 65536) {
			v[part] = v[part] * 10 + (unsigned)(s[i] - '0');
			digits++;
		} else {
			return false;
		}
	}
	*from = v[0];
	*to = part ? v[1] : v[0];
	return digits && *from <= *to && *to < 65536;
}

/* The protocol behind the slash in lower case (the caller's), or NULL. */
static char *protocol_of(const char *slash)
{
	CLEANUP_FREE char *proto = flag_lower(*slash ? slash + 1 : "tcp", *slash ? strlen(slash + 1) : 3);
	return str_eq(proto, "tcp") || str_eq(proto, "udp") || str_eq(proto, "sctp") ? ptr_steal(&proto) : NULL;
}

static void expose(struct flags_set *f, unsigned port, const char *proto)
{
	char path[64];
	snprintf(path, sizeof path, "ExposedPorts:%u/%s", port, proto);
	flags_put(f, path, 0, NULL, "{}");
}

int flag_expose(struct flags_set *f, const char *v, struct err *e)
{
	unsigned from, to;
	size_t n = strcspn(v, "/");
	CLEANUP_FREE char *proto = protocol_of(v + n);
	if (!proto)
		return err_set(e, ERR_USAGE, "the protocol is tcp, udp or sctp");
	if (!port_range(v, n, &from, &to))
		return -1;
	for (unsigned p = from; p <= to; p++)
		expose(f, p, proto);
	return 0;
}

/* Takes "IP:HOSTPORT:PORT" apart, in place. */
static int split_port(char *spec, char **ip, char **published, char **port, struct err *e)
{
	char *colon = strrchr(spec, ':');
	*ip = *published = spec + strlen(spec);
	*port = spec;
	if (!colon || strchr(colon, ']'))
		return 0;
	*colon = '\0';
	*port = colon + 1;
	colon = strrchr(spec, ':');
	*published = spec;
	if (!colon || strchr(colon, ']'))
		return 0;
	*colon = '\0';
	*published = colon + 1;
	*ip = spec;
	size_t n = strlen(spec);
	bool brackets = *spec == '[' && spec[n - 1] == ']';
	if (brackets) {
		spec[n - 1] = '\0';
		++*ip;
	}
	if (!flag_is_ip(*ip) || (strchr(*ip, ':') && !brackets))
		return err_set(e, ERR_USAGE, "'%s' is no IP address (one of IPv6 stands in brackets)", *ip);
	return 0;
}

/* The long form, published=...,target=...,protocol=...,mode=..., as the short one (the caller's). */
static char *short_form(const char *v, struct err *e)
{
	CLEANUP_STRVEC struct strvec fields = {0};
	const char *published = "", *target = "", *proto = "tcp";
	if (!strchr(v, '='))
		return mem_strdup(v);
	if (flag_csv(&fields, v, e) < 0)
		return NULL;
	for (size_t i = 0; i < fields.n; i++) {
		const char *field = fields.items[i], *text;
		if ((text = str_after(field, "published=")))
			published = text;
		else if ((text = str_after(field, "target=")))
			target = text;
		else if ((text = str_after(field, "protocol=")))
			proto = text;
		else if (!str_starts(field, "mode=")) {
			err_set(e, ERR_USAGE, "unexpected key '%s'", field);
			return NULL;
		}
	}
	return str_printf("%s:%s/%s", published, target, proto);
}

/* [[IP:][HOSTPORT[-END]]:]PORT[-END][/PROTOCOL] */
int flag_publish(struct flags_set *f, const char *v, struct err *e)
{
	CLEANUP_FREE char *spec = short_form(v, e);
	if (!spec)
		return -1;
	char *slash = spec + strcspn(spec, "/"), *ip, *published, *port;
	CLEANUP_FREE char *proto = protocol_of(slash);
	unsigned from, to, hfrom = 0, hto = 0;
	if (!proto)
		return err_set(e, ERR_USAGE, "the protocol is tcp, udp or sctp");
	*slash = '\0';
	if (split_port(spec, &ip, &published, &port, e) < 0)
		return -1;
	if (!port_range(port, strlen(port), &from, &to))
		return err_set(e, ERR_USAGE, "'%s' is no port of the container", port);
	if (*published && !port_range(published, strlen(published), &hfrom, &hto))
		return err_set(e, ERR_USAGE, "'%s' is no port of the host", published);
	if (*published && hto - hfrom != to - from && from != to)
		return err_set(e, ERR_USAGE, "the two ranges of ports differ in length");
	for (unsigned p = from; p <= to; p++) {
		char path[64], host[16] = "";
		CLEANUP_BUF struct buf b = {0};
		struct json_writer w = {.out = &b};
		if (*published && from == to && hfrom != hto)
			snprintf(host, sizeof host, "%u-%u", hfrom, hto);
		else if (*published)
			snprintf(host, sizeof host, "%u", hfrom + p - from);
		json_begin(&w, '{');
		json_kstr(&w, "HostIp", ip);
		json_kstr(&w, "HostPort", host);
		json_end(&w, '}');
		expose(f, p, proto);
		snprintf(path, sizeof path, H "PortBindings:%u/%s", p, proto);
		flags_put(f, path, '[', NULL, buf_cstr(&b));
	}
	return 0;
}
