/*
 * Types: b switch, i whole number, s text, e text that is a list of one, l text that joins a list, k key=value that joins a
 * map, B bytes, d duration, c CPUs, w DEVICE:NUMBER, W DEVICE:BYTES, f a function of its own, F likewise but before all
 * others, n a switch with a function. The function of s, l and k checks the value, `allow` holds the words of s, and
 * what an i may be is in low and high when these differ. A '+' in front of the path marks what docker update has too, a '-'
 * what only docker run has.
 */
#include "docker/flags.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/json_write.h"

#include <stdio.h>
#include <string.h>

#define H "HostConfig:"
static const struct flag flags[] = {
	{"add-host", 0, 'f', NULL, flag_add_host},
	{"annotation", 0, 'k', H "Annotations", NULL},
	{"attach", 'a', 's', NULL, NULL},
	{"blkio-weight", 0, 'i', "+" H "BlkioWeight", .high = 65535},
	{"blkio-weight-device", 0, 'w', H "BlkioWeightDevice", NULL},
	{"cap-add", 0, 'l', H "CapAdd", NULL},
	{"cap-drop", 0, 'l', H "CapDrop", NULL},
	{"cgroup-parent", 0, 's', H "CgroupParent", NULL},
	{"cgroupns", 0, 's', H "CgroupnsMode", .allow = "host|private|"},
	{"cidfile", 0, 's', H "ContainerIDFile", NULL},
	{"cpu-period", 0, 'i', "+" H "CpuPeriod", NULL},
	{"cpu-quota", 0, 'i', "+" H "CpuQuota", NULL},
	{"cpu-rt-period", 0, 'i', "+" H "CpuRealtimePeriod", NULL},
	{"cpu-rt-runtime", 0, 'i', "+" H "CpuRealtimeRuntime", NULL},
	{"cpu-shares", 'c', 'i', "+" H "CpuShares", NULL},
	{"cpus", 0, 'c', "+" H "NanoCpus", NULL},
	{"cpuset-cpus", 0, 's', "+" H "CpusetCpus", NULL},
	{"cpuset-mems", 0, 's', "+" H "CpusetMems", NULL},
	{"detach", 'd', 'b', "-", NULL},
	{"detach-keys", 0, 's', "-", NULL},
	{"device", 0, 'f', NULL, flag_device},
	{"device-cgroup-rule", 0, 'l', H "DeviceCgroupRules", check_device_rule},
	{"device-read-bps", 0, 'W', H "BlkioDeviceReadBps", NULL},
	{"device-read-iops", 0, 'w', H "BlkioDeviceReadIOps", NULL},
	{"device-write-bps", 0, 'W', H "BlkioDeviceWriteBps", NULL},
	{"device-write-iops", 0, 'w', H "BlkioDeviceWriteIOps", NULL},
	{"disable-content-trust", 0, 'b', NULL, NULL},
	{"dns", 0, 'l', H "Dns", check_ip},
	{"dns-opt", 0, 'l', H "DnsOptions", NULL},
	{"dns-option", 0, 'l', H "DnsOptions", NULL},
	{"dns-search", 0, 'l', H "DnsSearch", NULL},
	{"domainname", 0, 's', "Domainname", NULL},
	{"entrypoint", 0, 'e', "Entrypoint", NULL},
	{"env", 'e', 'f', NULL, flag_env},
	{"env-file", 0, 'F', NULL, flag_env_file},
	{"expose", 0, 'f', NULL, flag_expose},
	{"gpus", 0, 'f', NULL, flag_gpus},
	{"group-add", 0, 'l', H "GroupAdd", NULL},
	{"health-cmd", 0, 'f', NULL, flag_health},
	{"health-interval", 0, 'd', "Healthcheck:Interval", NULL},
	{"health-retries", 0, 'i', "Healthcheck:Retries", .high = INT32_MAX},
	{"health-start-interval", 0, 'd', "Healthcheck:StartInterval", NULL},
	{"health-start-period", 0, 'd', "Healthcheck:StartPeriod", NULL},
	{"health-timeout", 0, 'd', "Healthcheck:Timeout", NULL},
	{"help", 0, 'b', NULL, NULL},
	{"hostname", 'h', 's', "Hostname", NULL},
	{"init", 0, 'b', H "Init", NULL},
	{"interactive", 'i', 'b', NULL, NULL},
	{"ip", 0, 's', NULL, check_ip},
	{"ip6", 0, 's', NULL, check_ip},
	{"ipc", 0, 's', H "IpcMode", NULL},
	{"isolation", 0, 's', H "Isolation", NULL},
	{"kernel-memory", 0, 'B', "+" H "KernelMemory", NULL},
	{"label", 'l', 'k', "Labels", check_key},
	{"label-file", 0, 'F', NULL, flag_label_file},
	{"link", 0, 'f', NULL, flag_link},
	{"link-local-ip", 0, 's', NULL, check_ip},
	{"log-driver", 0, 's', H "LogConfig:Type", NULL},
	{"log-opt", 0, 'k', H "LogConfig:Config", NULL},
	{"mac-address", 0, 's', "MacAddress", check_mac},
	{"memory", 'm', 'B', "+" H "Memory", NULL},
	{"memory-reservation", 0, 'B', "+" H "MemoryReservation", NULL},
	{"memory-swap", 0, 'B', "+" H "MemorySwap", NULL},
	{"memory-swappiness", 0, 'i', H "MemorySwappiness", .low = -1, .high = 100},
	{"mount", 0, 'f', NULL, flag_mount},
	{"name", 0, 's', NULL, NULL},
	{"net", 0, 'f', NULL, flag_network},
	{"net-alias", 0, 's', NULL, NULL},
	{"network", 0, 'f', NULL, flag_network},
	{"network-alias", 0, 's', NULL, NULL},
	{"no-healthcheck", 0, 'n', NULL, flag_no_health},
	{"oom-kill-disable", 0, 'b', H "OomKillDisable", NULL},
	{"oom-score-adj", 0, 'i', H "OomScoreAdj", NULL},
	{"pid", 0, 's', H "PidMode", .allow = "host||container:*"},
	{"pids-limit", 0, 'i', "+" H "PidsLimit", NULL},
	{"platform", 0, 's', NULL, NULL},
	{"privileged", 0, 'b', H "Privileged", NULL},
	{"publish", 'p', 'f', NULL, flag_publish},
	{"publish-all", 'P', 'b', H "PublishAllPorts", NULL},
	{"pull", 0, 's', NULL, .allow = "always|missing|never"},
	{"quiet", 'q', 'b', NULL, NULL},
	{"read-only", 0, 'b', H "ReadonlyRootfs", NULL},
	{"restart", 0, 'f', "+", flag_restart},
	{"rm", 0, 'b', H "AutoRemove", NULL},
	{"runtime", 0, 's', H "Runtime", NULL},
	{"security-opt", 0, 'f', NULL, flag_security},
	{"shm-size", 0, 'B', H "ShmSize", NULL},
	{"sig-proxy", 0, 'b', "-", NULL},
	{"stop-signal", 0, 's', "StopSignal", NULL},
	{"stop-timeout", 0, 'i', "StopTimeout", NULL},
	{"storage-opt", 0, 'k', H "StorageOpt", check_pair},
	{"sysctl", 0, 'k', H "Sysctls", check_sysctl},
	{"tmpfs", 0, 'f', NULL, flag_tmpfs},
	{"tty", 't', 'b', NULL, NULL},
	{"ulimit", 0, 'f', NULL, flag_ulimit},
	{"user", 'u', 's', "User", NULL},
	{"userns", 0, 's', H "UsernsMode", .allow = "host|"},
	{"uts", 0, 's', H "UTSMode", .allow = "host|"},
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

/* Whether a command has the flag: docker update only some, docker create not those of run. */
static bool belongs(const struct flag *f, enum flags_for which)
{
	char mark = f->path ? *f->path : 0;
	return str_eq(f->name, "help") || (which == FLAGS_UPDATE ? mark == '+' : which == FLAGS_RUN || mark != '-');
}

void flags_help(enum flags_for which)
{
	printf("\nFlags:\n");
	for (size_t i = 0; i < FLAGS; i++)
		if (belongs(&flags[i], which))
			printf(flags[i].letter ? "  -%c, --%s%s\n" : "  %c   --%s%s\n", flags[i].letter ? flags[i].letter : ' ',
				flags[i].name, is_switch(&flags[i]) ? "" : " VALUE");
}

void flags_free(struct flags_set *f)
{
	for (size_t i = 0; i < f->n_values; i++) {
		free(f->values[i].path);
		strvec_free(&f->values[i].keys);
		strvec_free(&f->values[i].json);
	}
	free(f->values);
	free(f->given);
	strvec_free(&f->networks);
}

static const struct flag *find(const char *name, size_t n, char letter, enum flags_for which)
{
	for (size_t i = 0; i < FLAGS; i++) {
		const struct flag *f = &flags[i];
		if ((name ? strlen(f->name) == n && memcmp(f->name, name, n) == 0 : f->letter == letter) &&
		    belongs(f, which))
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
static int parse_word(struct flags_set *f, const char *word, const char *next, enum flags_for which, struct err *e)
{
	bool is_long = word[1] == '-';
	size_t n = is_long ? strcspn(word + 2, "=") : 0;
	for (const char *p = word + 1; *p; p++) {
		const struct flag *flag = is_long ? find(word + 2, n, 0, which) : find(NULL, 0, *p, which);
		const char *rest = is_long ? word + 2 + n : p + 1;
		if (!flag)
			return err_set(e, ERR_USAGE, "unknown flag %.*s: not in dr's docker; install the docker CLI for it", is_long ? (int)n + 2 : (int)strlen(word), word);
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

int flags_parse(struct flags_set *f, int argc, char **argv, enum flags_for which, struct err *e)
{
	int i = 0;
	while (i < argc && argv[i][0] == '-' && argv[i][1]) {
		if (str_eq(argv[i], "--"))
			return i + 1;
		int n = parse_word(f, argv[i], i + 1 < argc ? argv[i + 1] : NULL, which, e);
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
	return v && flag_bool(v) == 1;
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
	if (!json)
		return;
	if (!kind) {
		strvec_free(&v->keys);
		strvec_free(&v->json);
	}
	for (size_t i = 0; key && i < v->keys.n; i++) {
		if (str_eq(v->keys.items[i], key)) {
			free(v->json.items[i]);
			v->json.items[i] = mem_strdup(json);
			return;
		}
	}
	strvec_push(&v->keys, key ? key : "");
	strvec_push(&v->json, json);
}

void flags_drop(struct flags_set *f, const char *path)
{
	for (size_t i = 0; i < f->n_values; i++) {
		struct flag_value *v = &f->values[i];
		if (!str_eq(v->path, path))
			continue;
		free(v->path);
		strvec_free(&v->keys);
		strvec_free(&v->json);
		*v = f->values[--f->n_values];
		return;
	}
}

void flags_put_str(struct flags_set *f, const char *path, char kind, const char *key, const char *text)
{
	CLEANUP_BUF struct buf b = {0};
	json_quote(&b, text, strlen(text));
	flags_put(f, path, kind, key, buf_cstr(&b));
}

static void value_json(const struct flag_value *v, struct buf *out)
{
	if (v->kind)
		buf_byte(out, v->kind);
	for (size_t i = 0; i < v->json.n; i++) {
		buf_str(out, i ? "," : "");
		if (v->kind == '{') {
			json_quote(out, v->keys.items[i], strlen(v->keys.items[i]));
			buf_byte(out, ':');
		}
		buf_str(out, v->json.items[i]);
	}
	if (v->kind)
		buf_byte(out, v->kind == '{' ? '}' : ']');
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
		} else {
			value_json(v, out);
		}
	}
	buf_byte(out, '}');
}

static int put_number(struct flags_set *f, const char *path, int64_t n)
{
	char text[24];
	/* Nought is as if it were not given. */
	if (!n && str_starts(path, "Healthcheck:"))
		return 0;
	snprintf(text, sizeof text, "%lld", (long long)n);
	flags_put(f, path, 0, NULL, text);
	return 0;
}

static int put_integer(struct flags_set *f, const struct flag *flag, const char *path, const char *v)
{
	bool ok, bound = flag->low != flag->high;
	int64_t n = flag_integer(v, bound ? flag->low : INT64_MIN, bound ? flag->high : INT64_MAX, &ok);
	return ok ? put_number(f, path, n) : -1;
}

/* DEVICE:NUMBER */
static int put_rate(struct flags_set *f, const struct flag *flag, const char *v)
{
	const char *colon = strrchr(v, ':');
	bool weight = str_ends(flag->path, "WeightDevice"), ok = true;
	int64_t n = !colon ? -1 : flag->type == 'W' ? flag_bytes(colon + 1) : flag_integer(colon + 1, 0, INT64_MAX, &ok);
	if (n < 0 || !ok || *v != '/' || (weight && n && (n < 10 || n > 1000)))
		return -1;
	CLEANUP_FREE char *device = mem_dup(v, (size_t)(colon - v));
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b};
	json_begin(&w, '{');
	json_kstr(&w, "Path", device);
	json_ki64(&w, weight ? "Weight" : "Rate", n);
	json_end(&w, '}');
	flags_put(f, flag->path, '[', NULL, buf_cstr(&b));
	return 0;
}

/* Returns -1 when the value is none of the flag's type; *e is filled only by functions that know more. */
static int apply(struct flags_set *f, const struct flag *flag, const char *v, struct err *e)
{
	const char *path = flag->path ? flag->path + (*flag->path == '+' || *flag->path == '-') : "";
	const char *end;
	int64_t n;
	if (strchr("slk", flag->type) && ((flag->set && flag->set(f, v, e) < 0) || (flag->allow && !flag_allows(flag->allow, v))))
		return -1;
	switch (flag->type) {
	case 'b':
		n = flag_bool(v);
		if (*path && n >= 0)
			flags_put(f, path, 0, NULL, n ? "true" : "false");
		return n < 0 ? -1 : 0;
	case 'i':
		return put_integer(f, flag, path, v);
	case 's':
		if (*path)
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
		return flag->set ? flag->set(f, v, e) : -1;
	}
}

static int conflicts(const struct flags_set *f, struct err *e)
{
	static const char *const health[] = {"health-cmd", "health-interval", "health-retries", "health-start-interval",
		"health-start-period", "health-timeout"};
	for (size_t i = 0; flags_on(f, "no-healthcheck") && i < sizeof health / sizeof *health; i++)
		if (flags_get(f, health[i]))
			return err_set(e, ERR_USAGE, "conflicting options: --no-healthcheck and --%s", health[i]);
	if (str_eq(flags_get(f, "log-driver"), "none") && flags_get(f, "log-opt"))
		return err_set(e, ERR_USAGE, "conflicting options: --log-driver none and --log-opt %s", flags_get(f, "log-opt"));
	return 0;
}

int flags_apply(struct flags_set *f, struct err *e)
{
	for (int files = 1; files >= 0; files--) {
		for (size_t i = 0; i < f->n_given; i++) {
			const struct flag *flag = f->given[i].flag;
			const char *v = f->given[i].value;
			struct err own = {0};
			if ((flag->type == 'F') != files)
				continue;
			if (flag->type == 'n' && flag_bool(v) == 0)
				continue;
			if ((flag->type == 'n' && flag_bool(v) < 0) || apply(f, flag, v, &own) < 0)
				return err_set(e, ERR_USAGE, "invalid argument \"%s\" for the flag --%s%s%s%s%s", v, flag->name,
					*own.msg ? ": " : "", own.msg, flag->allow ? ": it takes " : "", flag->allow ? flag->allow : "");
		}
	}
	return conflicts(f, e) < 0 ? -1 : flags_networks(f, e);
}
