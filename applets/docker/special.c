/* The flags of create and run whose values have a grammar of their own. They return -1 with *e filled or not. */
#include "docker/flags.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/json_write.h"
#include "sys/file.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define H "HostConfig:"

int64_t flag_billionths(const char *s, const char **end)
{
	int64_t n = 0;
	if (!isdigit((unsigned char)*s) && *s != '.')
		return -1;
	for (; isdigit((unsigned char)*s) && n < 1000000000; s++)
		n = n * 10 + (*s - '0');
	n *= 1000000000;
	if (*s == '.')
		for (int64_t unit = 100000000; isdigit((unsigned char)*++s); unit /= 10)
			n += unit * (*s - '0');
	*end = s;
	return n;
}

int64_t flag_bytes(const char *s)
{
	static const char units[] = "bkmgtp";
	const char *end = s, *u;
	uint64_t whole;
	struct err ignored;
	if (str_to_u64(s, INT64_MAX, &whole, "", &ignored) == 0)
		return (int64_t)whole;
	int64_t n = flag_billionths(s, &end);
	end += *end == ' ';
	u = *end ? strchr(units, tolower((unsigned char)*end)) : units;
	if (n < 0 || !u)
		return -1;
	end += *end != 0;
	end += tolower((unsigned char)*end) == 'i' && u != units;
	end += tolower((unsigned char)*end) == 'b' && u != units;
	int shift = (int)(u - units) * 10;
	if (*end || n / 1000000000 >= INT64_MAX >> shift)
		return -1;
	/* The whole part and the fraction apart, the latter in steps of 2^30: so nothing overflows. */
	int low = shift < 30 ? shift : 30;
	return (n / 1000000000 << shift) + (((n % 1000000000) << low) / 1000000000 << (shift - low));
}

int64_t flag_duration(const char *s)
{
	int64_t sum = 0;
	if (str_eq(s, "0"))
		return 0;
	if (!*s)
		return -1;
	while (*s) {
		const char *end;
		int64_t n = flag_billionths(s, &end);
		if (n < 0)
			return -1;
		if (str_starts(end, "ms"))
			n /= 1000, end += 2;
		else if (str_starts(end, "us"))
			n /= 1000000, end += 2;
		else if (str_starts(end, "ns"))
			n /= 1000000000, end += 2;
		else if (*end == 's' || *end == 'm' || *end == 'h') {
			int64_t unit = *end == 's' ? 1 : *end == 'm' ? 60 : 3600;
			if (n > INT64_MAX / 4 / unit)
				return -1;
			n *= unit, end++;
		} else
			return -1;
		if (sum > INT64_MAX / 2 || n > INT64_MAX / 2)
			return -1;
		sum += n;
		s = end;
	}
	return sum;
}

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

static bool protocol_of(const char *slash, const char **proto)
{
	*proto = *slash ? slash + 1 : "tcp";
	return str_eq(*proto, "tcp") || str_eq(*proto, "udp") || str_eq(*proto, "sctp");
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
	const char *proto;
	size_t n = strcspn(v, "/");
	(void)e;
	if (!port_range(v, n, &from, &to) || !protocol_of(v + n, &proto))
		return -1;
	for (unsigned p = from; p <= to; p++)
		expose(f, p, proto);
	return 0;
}

/* [[IP:][HOSTPORT[-END]]:]PORT[-END][/PROTOCOL]; an IPv6 address stands in brackets, and with the key form
   (published=…,target=…,protocol=…,host_ip=…) as docker's long syntax has it. */
int flag_publish(struct flags_set *f, const char *v, struct err *e)
{
	const char *proto;
	CLEANUP_FREE char *spec = mem_strdup(v);
	char *slash = spec + strcspn(spec, "/");
	if (!protocol_of(slash, &proto))
		return err_set(e, ERR_USAGE, "the protocol is tcp, udp or sctp");
	*slash = '\0';
	char *port = strrchr(spec, ':');
	const char *published = "", *ip = "";
	if (port && !strchr(port, ']')) {
		*port++ = '\0';
		char *colon = strrchr(spec, ':');
		published = colon && !strchr(colon, ']') ? colon + 1 : spec;
		if (published != spec) {
			*colon = '\0';
			ip = spec;
		}
	} else {
		port = spec;
	}
	size_t ip_len = strlen(ip);
	if (*ip == '[' && ip[ip_len - 1] == ']') {
		spec[ip_len - 1] = '\0';
		ip++;
	}
	unsigned from, to, hfrom = 0, hto = 0;
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

int flag_volume(struct flags_set *f, const char *v, struct err *e)
{
	if (!*v)
		return err_set(e, ERR_USAGE, "it is empty");
	if (!strchr(v, ':')) {
		flags_put(f, "Volumes", '{', v, "{}");
		return 0;
	}
	/* A folder beside us: the engine knows no working directory. */
	CLEANUP_FREE char *here = *v == '.' ? getcwd(NULL, 0) : NULL;
	CLEANUP_FREE char *dir = *v == '.' ? mem_dup(v, strcspn(v, ":")) : NULL;
	CLEANUP_FREE char *full = dir ? realpath(dir, NULL) : NULL;
	CLEANUP_FREE char *bind = !dir ? mem_strdup(v) : full ? str_printf("%s%s", full, v + strlen(dir))
		: str_printf("%s/%s", here ? here : "", v);
	flags_put_str(f, H "Binds", '[', NULL, bind);
	return 0;
}

int flag_tmpfs(struct flags_set *f, const char *v, struct err *e)
{
	CLEANUP_FREE char *dir = mem_dup(v, strcspn(v, ":"));
	(void)e;
	flags_put_str(f, H "Tmpfs", '{', dir, v + strlen(dir) + (v[strlen(dir)] == ':'));
	return *dir == '/' ? 0 : -1;
}

/* The keys of --mount: where in the API's Mount the value goes, and its type as in flags.c. */
static const struct { const char *key, *path; char type; } mount_keys[] = {
	{"type", "Type", 's'}, {"source", "Source", 's'}, {"src", "Source", 's'}, {"target", "Target", 's'},
	{"destination", "Target", 's'}, {"dst", "Target", 's'}, {"readonly", "ReadOnly", 'b'}, {"ro", "ReadOnly", 'b'},
	{"consistency", "Consistency", 's'}, {"bind-propagation", "BindOptions:Propagation", 's'},
	{"bind-nonrecursive", "BindOptions:NonRecursive", 'b'}, {"volume-nocopy", "VolumeOptions:NoCopy", 'b'},
	{"volume-subpath", "VolumeOptions:Subpath", 's'}, {"volume-label", "VolumeOptions:Labels", 'k'},
	{"volume-driver", "VolumeOptions:DriverConfig:Name", 's'}, {"volume-opt", "VolumeOptions:DriverConfig:Options", 'k'},
	{"tmpfs-size", "TmpfsOptions:SizeBytes", 'B'}, {"tmpfs-mode", "TmpfsOptions:Mode", 'o'},
};

static int mount_field(struct flags_set *m, char *word, struct err *e)
{
	char *eq = strchr(word, '='), number[24];
	char *v = eq ? eq + 1 : NULL, *inner;
	if (eq)
		*eq = '\0';
	for (size_t i = 0; i < sizeof mount_keys / sizeof *mount_keys; i++) {
		const char *path = mount_keys[i].path;
		char type = mount_keys[i].type;
		if (!str_eq(word, mount_keys[i].key))
			continue;
		if (type == 'b') {
			flags_put(m, path, 0, NULL, !v || str_eq(v, "true") || str_eq(v, "1") ? "true" : "false");
			return 0;
		}
		if (!v)
			return err_set(e, ERR_USAGE, "'%s' needs a value", word);
		if (type == 's') {
			flags_put_str(m, path, 0, NULL, v);
		} else if (type == 'k') {
			inner = v + strcspn(v, "=");
			CLEANUP_FREE char *key = mem_dup(v, (size_t)(inner - v));
			flags_put_str(m, path, '{', key, inner + (*inner == '='));
		} else {
			long long n = type == 'o' ? (long long)strtoul(v, NULL, 8) : flag_bytes(v);
			if (n < 0)
				return err_set(e, ERR_USAGE, "'%s' is no size", v);
			snprintf(number, sizeof number, "%lld", n);
			flags_put(m, path, 0, NULL, number);
		}
		return 0;
	}
	return err_set(e, ERR_USAGE, "unexpected key '%s'", word);
}

int flag_mount(struct flags_set *f, const char *v, struct err *e)
{
	CLEANUP_FREE char *spec = mem_strdup(v);
	CLEANUP_WITH(flags_free) struct flags_set m = {0};
	CLEANUP_BUF struct buf b = {0};
	flags_put_str(&m, "Type", 0, NULL, "volume");
	for (char *p = spec, *next; p; p = next) {
		next = strchr(p, ',');
		if (next)
			*next++ = '\0';
		if (mount_field(&m, p, e) < 0)
			return -1;
	}
	flags_json(&m, "", &b);
	if (!strstr(buf_cstr(&b), "\"Target\":"))
		return err_set(e, ERR_USAGE, "target is required");
	flags_put(f, H "Mounts", '[', NULL, buf_cstr(&b));
	return 0;
}

int flag_device(struct flags_set *f, const char *v, struct err *e)
{
	CLEANUP_FREE char *spec = mem_strdup(v);
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b};
	char *target = strchr(spec, ':'), *mode = target ? strchr(target + 1, ':') : NULL;
	if (target)
		*target++ = '\0';
	if (mode)
		*mode++ = '\0';
	if (target && !mode && *target != '/') {
		mode = target;
		target = NULL;
	}
	if (mode && (!*mode || mode[strspn(mode, "rwm")]))
		return err_set(e, ERR_USAGE, "the mode is made of r, w and m");
	json_begin(&w, '{');
	json_kstr(&w, "PathOnHost", spec);
	json_kstr(&w, "PathInContainer", target ? target : spec);
	json_kstr(&w, "CgroupPermissions", mode ? mode : "rwm");
	json_end(&w, '}');
	flags_put(f, H "Devices", '[', NULL, buf_cstr(&b));
	return 0;
}

int flag_ulimit(struct flags_set *f, const char *v, struct err *e)
{
	char *end;
	size_t n = strcspn(v, "=");
	CLEANUP_FREE char *name = mem_dup(v, n);
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b};
	if (!n || !v[n] || !v[n + 1])
		return err_set(e, ERR_USAGE, "write NAME=SOFT[:HARD]");
	long long soft = strtoll(v + n + 1, &end, 10);
	long long hard = *end == ':' ? strtoll(end + 1, &end, 10) : soft;
	if (*end || (hard >= 0 && soft > hard))
		return err_set(e, ERR_USAGE, "write NAME=SOFT[:HARD], SOFT no more than HARD");
	json_begin(&w, '{');
	json_kstr(&w, "Name", name);
	json_ki64(&w, "Hard", hard);
	json_ki64(&w, "Soft", soft);
	json_end(&w, '}');
	flags_put(f, H "Ulimits", '[', NULL, buf_cstr(&b));
	return 0;
}

int flag_gpus(struct flags_set *f, const char *v, struct err *e)
{
	struct err ignored;
	uint64_t count;
	const char *ids = str_after(v, "device=");
	CLEANUP_BUF struct buf b = {0};
	if (ids) {
		CLEANUP_FREE char *list = mem_strdup(ids);
		buf_str(&b, "{\"DeviceIDs\":[");
		for (char *p = list, *next; p; p = next) {
			next = strchr(p, ',');
			if (next)
				*next++ = '\0';
			json_quote(&b, p, strlen(p));
			buf_str(&b, next ? "," : "]");
		}
	} else if (str_eq(v, "all")) {
		buf_str(&b, "{\"Count\":-1");
	} else if (str_to_u64(v, 1 << 16, &count, "", &ignored) == 0) {
		buf_printf(&b, "{\"Count\":%u", (unsigned)count);
	} else {
		return err_set(e, ERR_USAGE, "write all, a number, or device=ID,...");
	}
	buf_str(&b, ",\"Capabilities\":[[\"gpu\"]]}");
	flags_put(f, H "DeviceRequests", '[', NULL, buf_cstr(&b));
	return 0;
}

int flag_restart(struct flags_set *f, const char *v, struct err *e)
{
	uint64_t n = 0;
	char number[24];
	CLEANUP_FREE char *name = mem_dup(v, strcspn(v, ":"));
	const char *rest = v + strlen(name);
	if (*rest && str_to_u64(rest + 1, INT32_MAX, &n, "the number of restarts", e) < 0)
		return -1;
	snprintf(number, sizeof number, "%u", (unsigned)n);
	flags_put_str(f, H "RestartPolicy:Name", 0, NULL, name);
	flags_put(f, H "RestartPolicy:MaximumRetryCount", 0, NULL, number);
	return 0;
}

int flag_health(struct flags_set *f, const char *v, struct err *e)
{
	(void)e;
	flags_put_str(f, "Healthcheck:Test", '[', NULL, "CMD-SHELL");
	flags_put_str(f, "Healthcheck:Test", '[', NULL, v);
	return 0;
}

int flag_no_health(struct flags_set *f, const char *v, struct err *e)
{
	(void)v;
	(void)e;
	flags_put_str(f, "Healthcheck:Test", '[', NULL, "NONE");
	return 0;
}

int flag_security(struct flags_set *f, const char *v, struct err *e)
{
	const char *file = str_after(v, "seccomp=");
	if (!file || str_eq(file, "unconfined") || str_eq(file, "builtin")) {
		flags_put_str(f, H "SecurityOpt", '[', NULL, v);
		return 0;
	}
	CLEANUP_BUF struct buf profile = {0};
	buf_str(&profile, "seccomp=");
	if (file_read(AT_FDCWD, file, 1 << 20, &profile, e) < 0)
		return -1;
	flags_put_str(f, H "SecurityOpt", '[', NULL, buf_cstr(&profile));
	return 0;
}

int flags_file(struct strvec *out, const char *path, bool env, struct err *e)
{
	CLEANUP_BUF struct buf text = {0};
	if (file_read(AT_FDCWD, path, 1 << 20, &text, e) < 0)
		return -1;
	for (const char *p = buf_cstr(&text), *next; *p; p = next) {
		size_t n = strcspn(p, "\n");
		next = p + n + (p[n] == '\n');
		while (n && (*p == ' ' || *p == '\t'))
			p++, n--;
		n -= n && p[n - 1] == '\r';
		CLEANUP_FREE char *line = mem_dup(p, n);
		if (!n || *p == '#')
			continue;
		if (strchr(line, '='))
			strvec_push(out, line);
		else if (env && getenv(line))
			strvec_pushf(out, "%s=%s", line, getenv(line));
	}
	return 0;
}

int flag_env_file(struct flags_set *f, const char *v, struct err *e)
{
	CLEANUP_STRVEC struct strvec lines = {0};
	if (flags_file(&lines, v, true, e) < 0)
		return -1;
	for (size_t i = 0; i < lines.n; i++)
		flags_put_str(f, "Env", '[', NULL, lines.items[i]);
	return 0;
}

int flag_label_file(struct flags_set *f, const char *v, struct err *e)
{
	CLEANUP_STRVEC struct strvec lines = {0};
	if (flags_file(&lines, v, false, e) < 0)
		return -1;
	for (size_t i = 0; i < lines.n; i++) {
		CLEANUP_FREE char *key = mem_dup(lines.items[i], strcspn(lines.items[i], "="));
		const char *rest = lines.items[i] + strlen(key);
		flags_put_str(f, "Labels", '{', key, rest + (*rest == '='));
	}
	return 0;
}

int flag_network(struct flags_set *f, const char *v, struct err *e)
{
	if (strchr(v, '='))
		return err_set(e, ERR_USAGE, "write the name alone, and --network-alias or --ip beside it");
	strvec_push(&f->networks, v);
	return 0;
}

/* Links, aliases and addresses belong to the network that is named, but links on the default bridge to the host. */
void flags_networks(struct flags_set *f)
{
	const char *net = f->networks.n ? f->networks.items[0] : "default";
	const char *ip = flags_get(f, "ip"), *ip6 = flags_get(f, "ip6");
	bool usual = str_eq(net, "default") || str_eq(net, "bridge");
	CLEANUP_FREE char *links = usual ? mem_strdup(H "Links") : str_printf("NetworkingConfig:EndpointsConfig:%s:Links", net);
	CLEANUP_FREE char *aliases = str_printf("NetworkingConfig:EndpointsConfig:%s:Aliases", net);
	CLEANUP_FREE char *four = str_printf("NetworkingConfig:EndpointsConfig:%s:IPAMConfig:IPv4Address", net);
	CLEANUP_FREE char *six = str_printf("NetworkingConfig:EndpointsConfig:%s:IPAMConfig:IPv6Address", net);
	flags_put_str(f, H "NetworkMode", 0, NULL, net);
	for (size_t i = 0; i < f->links.n; i++)
		flags_put_str(f, links, '[', NULL, f->links.items[i]);
	for (size_t i = 0; i < f->aliases.n; i++)
		flags_put_str(f, aliases, '[', NULL, f->aliases.items[i]);
	if (ip)
		flags_put_str(f, four, 0, NULL, ip);
	if (ip6)
		flags_put_str(f, six, 0, NULL, ip6);
	for (size_t i = 1; i < f->networks.n; i++) {
		CLEANUP_FREE char *path = str_printf("NetworkingConfig:EndpointsConfig:%s", f->networks.items[i]);
		flags_put(f, path, 0, NULL, "{}");
	}
}
