/*
 * Types: b switch, i whole number, s text, e text that is a list of one, l text that joins a list, k key=value that joins a
 * map, B bytes, d duration, c CPUs, w DEVICE:NUMBER, W DEVICE:BYTES, f a function of its own, F likewise but before all
 * others, n a switch with a function. A '+' in front of the path marks what docker update has too.
 */
#include "docker/flags.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/json_write.h"

#include <stdio.h>
#include <string.h>

#define H "HostConfig:"
static const struct flag flags[] = {
	{"add-host", 0, 'l', H "ExtraHosts", NULL},
	{"annotation", 0, 'k', H "Annotations", NULL},
	{"attach", 'a', 's', NULL, NULL},
	{"blkio-weight", 0, 'i', "+" H "BlkioWeight", NULL},
	{"blkio-weight-device", 0, 'w', H "BlkioWeightDevice", NULL},
	{"cap-add", 0, 'l', H "CapAdd", NULL},
	{"cap-drop", 0, 'l', H "CapDrop", NULL},
	{"cgroup-parent", 0, 's', H "CgroupParent", NULL},
	{"cgroupns", 0, 's', H "CgroupnsMode", NULL},
	{"cidfile", 0, 's', NULL, NULL},
	{"cpu-period", 0, 'i', "+" H "CpuPeriod", NULL},
	{"cpu-quota", 0, 'i', "+" H "CpuQuota", NULL},
	{"cpu-rt-period", 0, 'i', "+" H "CpuRealtimePeriod", NULL},
	{"cpu-rt-runtime", 0, 'i', "+" H "CpuRealtimeRuntime", NULL},
	{"cpu-shares", 'c', 'i', "+" H "CpuShares", NULL},
	{"cpus", 0, 'c', "+" H "NanoCpus", NULL},
	{"cpuset-cpus", 0, 's', "+" H "CpusetCpus", NULL},
	{"cpuset-mems", 0, 's', "+" H "CpusetMems", NULL},
	{"detach", 'd', 'b', NULL, NULL},
	{"detach-keys", 0, 's', NULL, NULL},
	{"device", 0, 'f', NULL, flag_device},
	{"device-cgroup-rule", 0, 'l', H "DeviceCgroupRules", NULL},
	{"device-read-bps", 0, 'W', H "BlkioDeviceReadBps", NULL},
	{"device-read-iops", 0, 'w', H "BlkioDeviceReadIOps", NULL},
	{"device-write-bps", 0, 'W', H "BlkioDeviceWriteBps", NULL},
	{"device-write-iops", 0, 'w', H "BlkioDeviceWriteIOps", NULL},
	{"disable-content-trust", 0, 'b', NULL, NULL},
	{"dns", 0, 'l', H "Dns", NULL},
	{"dns-opt", 0, 'l', H "DnsOptions", NULL},
	{"dns-option", 0, 'l', H "DnsOptions", NULL},
	{"dns-search", 0, 'l', H "DnsSearch", NULL},
	{"domainname", 0, 's', "Domainname", NULL},
	{"entrypoint", 0, 'e', "Entrypoint", NULL},
	{"env", 'e', 'l', "Env", NULL},
	{"env-file", 0, 'F', NULL, flag_env_file},
	{"expose", 0, 'f', NULL, flag_expose},
	{"gpus", 0, 'f', NULL, flag_gpus},
	{"group-add", 0, 'l', H "GroupAdd", NULL},
	{"health-cmd", 0, 'f', NULL, flag_health},
	{"health-interval", 0, 'd', "Healthcheck:Interval", NULL},
	{"health-retries", 0, 'i', "Healthcheck:Retries", NULL},
	{"health-start-interval", 0, 'd', "Healthcheck:StartInterval", NULL},
	{"health-start-period", 0, 'd', "Healthcheck:StartPeriod", NULL},
	{"health-timeout", 0, 'd', "Healthcheck:Timeout", NULL},
	{"help", 0, 'b', NULL, NULL},
	{"hostname", 'h', 's', "Hostname", NULL},
	{"init", 0, 'b', H "Init", NULL},
	{"interactive", 'i', 'b', NULL, NULL},
	{"ip", 0, 's', NULL, NULL},
	{"ip6", 0, 's', NULL, NULL},
	{"ipc", 0, 's', H "IpcMode", NULL},
	{"isolation", 0, 's', H "Isolation", NULL},
	{"kernel-memory", 0, 'B', "+" H "KernelMemory", NULL},
	{"label", 'l', 'k', "Labels", NULL},
	{"label-file", 0, 'F', NULL, flag_label_file},
	{"link", 0, 's', NULL, NULL},
	{"log-driver", 0, 's', H "LogConfig:Type", NULL},
	{"log-opt", 0, 'k', H "LogConfig:Config", NULL},
	{"mac-address", 0, 's', "MacAddress", NULL},
	{"memory", 'm', 'B', "+" H "Memory", NULL},
	{"memory-reservation", 0, 'B', "+" H "MemoryReservation", NULL},
	{"memory-swap", 0, 'B', "+" H "MemorySwap", NULL},
	{"memory-swappiness", 0, 'i', H "MemorySwappiness", NULL},
	{"mount", 0, 'f', NULL, flag_mount},
	{"name", 0, 's', NULL, NULL},
	{"net", 0, 'f', NULL, flag_network},
	{"net-alias", 0, 's', NULL, NULL},
	{"network", 0, 'f', NULL, flag_network},
	{"network-alias", 0, 's', NULL, NULL},
	{"no-healthcheck", 0, 'n', NULL, flag_no_health},
	{"oom-kill-disable", 0, 'b', H "OomKillDisable", NULL},
	{"oom-score-adj", 0, 'i', H "OomScoreAdj", NULL},
	{"pid", 0, 's', H "PidMode", NULL},
	{"pids-limit", 0, 'i', "+" H "PidsLimit", NULL},
	{"platform", 0, 's', NULL, NULL},
	{"privileged", 0, 'b', H "Privileged", NULL},
	{"publish", 'p', 'f', NULL, flag_publish},
	{"publish-all", 'P', 'b', H "PublishAllPorts", NULL},
	{"pull", 0, 's', NULL, NULL},
	{"quiet", 'q', 'b', NULL, NULL},
	{"read-only", 0, 'b', H "ReadonlyRootfs", NULL},
	{"restart", 0, 'f', "+", flag_restart},
	{"rm", 0, 'b', H "AutoRemove", NULL},
	{"runtime", 0, 's', H "Runtime", NULL},
	{"security-opt", 0, 'f', NULL, flag_security},
	{"shm-size", 0, 'B', H "ShmSize", NULL},
	{"sig-proxy", 0, 'b', NULL, NULL},
	{"stop-signal", 0, 's', "StopSignal", NULL},
	{"stop-timeout", 0, 'i', "StopTimeout", NULL},
	{"storage-opt", 0, 'k', H "StorageOpt", NULL},
	{"sysctl", 0, 'k', H "Sysctls", NULL},
	{"tmpfs", 0, 'f', NULL, flag_tmpfs},
	{"tty", 't', 'b', NULL, NULL},
	{"ulimit", 0, 'f', NULL, flag_ulimit},
	{"user", 'u', 's', "User", NULL},
	{"userns", 0, 's', H "UsernsMode", NULL},
	{"uts", 0, 's', H "UTSMode", NULL},
	{"volume", 'v', 'f', NULL, flag_volume},
	{"volume-driver", 0, 's', H "VolumeDriver", NULL},
	{"volumes-from", 0, 'l', H "VolumesFrom", NULL},
	{"workdir", 'w', 's', "WorkingDir", NULL},
};

enum { FLAGS = sizeof flags / sizeof *flags };

static bool is_switch(const struct flag *f)
{
	return f->type == 'b' || f->type == 'n';
}

static bool for_update(const struct flag *f)
{
	return (f->path && *f->path == '+') || str_eq(f->name, "help");
}

void flags_help(bool update)
{
	printf("\nFlags:\n");
	for (size_t i = 0; i < FLAGS; i++)
		if (!update || for_update(&flags[i]))
			printf(flags[i].letter ? "  -%c, --%s%s\n" : "  %c   --%s%s\n", flags[i].letter ? flags[i].letter : ' ',
				flags[i].name, is_switch(&flags[i]) ? "" : " VALUE");
}

void flags_free(struct flags_set *f)
{
	for (size_t i = 0; i < f->n_values; i++) {
		free(f->values[i].path);
		buf_free(&f->values[i].json);
	}
	free(f->values);
	free(f->given);
	strvec_free(&f->networks);
	strvec_free(&f->aliases);
	strvec_free(&f->links);
}

static const struct flag *find(const char *name, size_t n, char letter, bool update)
{
	for (size_t i = 0; i < FLAGS; i++) {
		const struct flag *f = &flags[i];
		if ((name ? strlen(f->name) == n && memcmp(f->name, name, n) == 0 : f->letter == letter) &&
		    (!update || for_update(f)))
			return f;
	}
	return NULL;
}

static void give(struct flags_set *f, const struct flag *flag, const char *value)
{
	f->given = mem_grow(f->given, f->n_given, &f->cap_given, sizeof *f->given);
	f->given[f->n_given++] = (struct flag_given){flag, value};
}

/* One word of flags. Returns how many words it took. */
static int parse_word(struct flags_set *f, const char *word, const char *next, bool update, struct err *e)
{
	bool is_long = word[1] == '-';
	size_t n = is_long ? strcspn(word + 2, "=") : 0;
	for (const char *p = word + 1; *p; p++) {
		const struct flag *flag = is_long ? find(word + 2, n, 0, update) : find(NULL, 0, *p, update);
		const char *rest = is_long ? word + 2 + n : p + 1;
		if (!flag)
			return err_set(e, ERR_USAGE, "unknown flag %.*s", is_long ? (int)n + 2 : (int)strlen(word), word);
		if (is_switch(flag)) {
			give(f, flag, *rest == '=' ? rest + 1 : "true");
			if (is_long || *rest == '=')
				return 1;
			continue;
		}
		if (*rest) {
			give(f, flag, rest + (*rest == '='));
			return 1;
		}
		if (!next)
			return err_set(e, ERR_USAGE, "the flag --%s needs a value", flag->name);
		give(f, flag, next);
		return 2;
	}
	return 1;
}

int flags_parse(struct flags_set *f, int argc, char **argv, bool update, struct err *e)
{
	int i = 0;
	while (i < argc && argv[i][0] == '-' && argv[i][1]) {
		if (str_eq(argv[i], "--"))
			return i + 1;
		int n = parse_word(f, argv[i], i + 1 < argc ? argv[i + 1] : NULL, update, e);
		if (n < 0)
			return -1;
		i += n;
	}
	return i;
}

const char *flags_get(const struct flags_set *f, const char *name)
{
	for (size_t i = f->n_given; i-- > 0;)
		if (str_eq(f->given[i].flag->name, name))
			return f->given[i].value;
	return NULL;
}

bool flags_on(const struct flags_set *f, const char *name)
{
	const char *v = flags_get(f, name);
	return v && (str_eq(v, "true") || str_eq(v, "1"));
}

static struct flag_value *slot(struct flags_set *f, const char *path, char kind)
{
	for (size_t i = 0; i < f->n_values; i++)
		if (str_eq(f->values[i].path, path))
			return &f->values[i];
	f->values = mem_grow(f->values, f->n_values, &f->cap_values, sizeof *f->values);
	struct flag_value *v = &f->values[f->n_values++];
	*v = (struct flag_value){.path = mem_strdup(path), .kind = kind};
	return v;
}

void flags_put(struct flags_set *f, const char *path, char kind, const char *key, const char *json)
{
	struct flag_value *v = slot(f, path, kind);
	if (!kind)
		buf_reset(&v->json);
	if (v->json.len)
		buf_byte(&v->json, ',');
	if (kind == '{') {
		json_quote(&v->json, key, strlen(key));
		buf_byte(&v->json, ':');
	}
	buf_str(&v->json, json);
}

void flags_put_str(struct flags_set *f, const char *path, char kind, const char *key, const char *text)
{
	CLEANUP_BUF struct buf b = {0};
	json_quote(&b, text, strlen(text));
	flags_put(f, path, kind, key, buf_cstr(&b));
}

void flags_json(const struct flags_set *f, const char *root, struct buf *out)
{
	size_t len = strlen(root);
	bool more = false;
	buf_byte(out, '{');
	for (size_t i = 0; i < f->n_values; i++) {
		const struct flag_value *v = &f->values[i];
		if (!str_starts(v->path, root))
			continue;
		const char *key = v->path + len;
		size_t n = strcspn(key, ":");
		bool seen = false;
		for (size_t k = 0; k < i && key[n]; k++)
			seen |= strncmp(f->values[k].path, v->path, len + n + 1) == 0;
		if (seen)
			continue;
		buf_str(out, more ? "," : "");
		more = true;
		json_quote(out, key, n);
		buf_byte(out, ':');
		if (key[n]) {
			CLEANUP_FREE char *deeper = mem_dup(v->path, len + n + 1);
			flags_json(f, deeper, out);
		} else if (v->kind) {
			buf_printf(out, "%c%s%c", v->kind, buf_cstr(&v->json), v->kind == '{' ? '}' : ']');
		} else {
			buf_str(out, buf_cstr(&v->json));
		}
	}
	buf_byte(out, '}');
}

static int put_number(struct flags_set *f, const char *path, int64_t n)
{
	char text[24];
	snprintf(text, sizeof text, "%lld", (long long)n);
	flags_put(f, path, 0, NULL, text);
	return 0;
}

static int put_integer(struct flags_set *f, const char *path, const char *v)
{
	struct err ignored;
	uint64_t n;
	bool minus = *v == '-';
	if (str_to_u64(v + minus, INT64_MAX, &n, path, &ignored) < 0)
		return -1;
	return put_number(f, path, minus ? -(int64_t)n : (int64_t)n);
}

/* DEVICE:NUMBER */
static int put_rate(struct flags_set *f, const struct flag *flag, const char *v)
{
	const char *colon = strrchr(v, ':');
	int64_t n = colon ? flag_bytes(colon + 1) : -1;
	if (n < 0 || *v != '/')
		return -1;
	CLEANUP_FREE char *device = mem_dup(v, (size_t)(colon - v));
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b};
	json_begin(&w, '{');
	json_kstr(&w, "Path", device);
	json_ki64(&w, str_ends(flag->path, "WeightDevice") ? "Weight" : "Rate", n);
	json_end(&w, '}');
	flags_put(f, flag->path, '[', NULL, buf_cstr(&b));
	return 0;
}

/* Returns -1 when the value is none of the flag's type; *e is filled only by functions that know more. */
static int apply(struct flags_set *f, const struct flag *flag, const char *v, struct err *e)
{
	const char *path = flag->path && *flag->path == '+' ? flag->path + 1 : flag->path;
	const char *end;
	int64_t n;
	switch (flag->type) {
	case 'b':
		if (!str_eq(v, "true") && !str_eq(v, "false") && !str_eq(v, "1") && !str_eq(v, "0"))
			return -1;
		if (flag->path)
			flags_put(f, path, 0, NULL, *v == 't' || *v == '1' ? "true" : "false");
		return 0;
	case 'i':
		return put_integer(f, path, v);
	case 's':
		if (flag->path)
			flags_put_str(f, path, 0, NULL, v);
		return 0;
	case 'e':
	case 'l':
		flags_put_str(f, path, '[', NULL, v);
		return 0;
	case 'k': {
		CLEANUP_FREE char *key = mem_dup(v, strcspn(v, "="));
		flags_put_str(f, path, '{', key, v + strlen(key) + (v[strlen(key)] == '='));
		return *key ? 0 : -1;
	}
	case 'B':
	case 'd':
		n = str_eq(v, "-1") && str_eq(flag->name, "memory-swap") ? -1 : flag->type == 'B' ? flag_bytes(v) : flag_duration(v);
		return n < 0 && !str_eq(v, "-1") ? -1 : put_number(f, path, n);
	case 'c':
		n = flag_billionths(v, &end);
		return n < 0 || *end ? -1 : put_number(f, path, n);
	case 'w':
	case 'W':
		return put_rate(f, flag, v);
	default:
		return flag->set(f, v, e);
	}
}

int flags_apply(struct flags_set *f, struct err *e)
{
	for (int files = 1; files >= 0; files--) {
		for (size_t i = 0; i < f->n_given; i++) {
			const struct flag *flag = f->given[i].flag;
			const char *v = f->given[i].value;
			struct err own = {0};
			/* A bare name takes its value from here. */
			const char *ours = str_eq(flag->name, "env") && !strchr(v, '=') ? getenv(v) : NULL;
			CLEANUP_FREE char *both = ours ? str_printf("%s=%s", v, ours) : NULL;
			if ((flag->type == 'F') != files || (flag->type == 'n' && !str_eq(v, "true")))
				continue;
			if (apply(f, flag, both ? both : v, &own) < 0)
				return err_set(e, ERR_USAGE, "invalid argument \"%s\" for the flag --%s%s%s", v, flag->name,
					*own.msg ? ": " : "", own.msg);
			if (str_eq(flag->name, "network-alias") || str_eq(flag->name, "net-alias"))
				strvec_push(&f->aliases, v);
			if (str_eq(flag->name, "link"))
				strvec_push(&f->links, v);
		}
	}
	return 0;
}
