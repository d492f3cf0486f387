/* The flags of create and run whose values have a grammar of their own. They return -1 with *e filled or not. */
#include "docker/flags.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/json.h"
#include "sys/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define H "HostConfig:"

int flag_volume(struct flags_set *f, const char *v, struct err *e)
{
	size_t n = strcspn(v, ":");
	if (!*v || (v[n] && (!n || !v[n + 1])))
		return err_set(e, ERR_USAGE, "write [SOURCE:]/TARGET[:OPTIONS]");
	if (!v[n]) {
		flags_put(f, "Volumes", '{', v, "{}");
		return 0;
	}
	/* The engine knows no working directory. */
	CLEANUP_FREE char *source = mem_dup(v, n);
	CLEANUP_FREE char *full = *v == '.' ? flag_full_path(source) : mem_strdup(source);
	CLEANUP_FREE char *bind = str_printf("%s%s", full, v + n);
	CLEANUP_BUF struct buf b = {0};
	json_quote(&b, bind, strlen(bind));
	flags_put(f, H "Binds", '[', bind, buf_cstr(&b));
	return 0;
}

int flag_tmpfs(struct flags_set *f, const char *v, struct err *e)
{
	CLEANUP_FREE char *dir = mem_dup(v, strcspn(v, ":"));
	(void)e;
	flags_put_str(f, H "Tmpfs", '{', dir, v + strlen(dir) + (v[strlen(dir)] == ':'));
	return *dir == '/' ? 0 : -1;
}

/* The keys of --mount: where in the API's Mount the value goes, and its type as in flags.c; p is a path, t a word in lower
   case, o an octal number. */
static const struct { const char *key, *path; char type; } mount_keys[] = {
	{"type", "Type", 't'}, {"source", "Source", 'p'}, {"src", "Source", 'p'}, {"target", "Target", 's'},
	{"destination", "Target", 's'}, {"dst", "Target", 's'}, {"readonly", "ReadOnly", 'b'}, {"ro", "ReadOnly", 'b'},
	{"consistency", "Consistency", 't'}, {"bind-propagation", "BindOptions:Propagation", 't'},
	{"bind-nonrecursive", "BindOptions:NonRecursive", 'b'}, {"bind-recursive", "BindOptions", 'r'},
	{"volume-nocopy", "VolumeOptions:NoCopy", 'b'},
	{"volume-subpath", "VolumeOptions:Subpath", 's'}, {"volume-label", "VolumeOptions:Labels", 'k'},
	{"volume-driver", "VolumeOptions:DriverConfig:Name", 's'}, {"volume-opt", "VolumeOptions:DriverConfig:Options", 'k'},
	{"image-subpath", "ImageOptions:Subpath", 's'},
	{"tmpfs-size", "TmpfsOptions:SizeBytes", 'B'}, {"tmpfs-mode", "TmpfsOptions:Mode", 'o'},
};

/* bind-recursive: enabled, disabled, writable or readonly. */
static int put_recursive(struct flags_set *m, const char *v)
{
	static const char *const paths[] = {"NonRecursive", "ReadOnlyNonRecursive", "ReadOnlyForceRecursive"};
	static const char *const words[] = {"disabled", "writable", "readonly"};
	for (size_t i = 0; i < 3; i++) {
		if (str_eq(v, words[i])) {
			CLEANUP_FREE char *path = str_printf("BindOptions:%s", paths[i]);
			flags_put(m, path, 0, NULL, "true");
			return 0;
		}
	}
	return str_eq(v, "enabled") ? 0 : -1;
}

/* Returns -1 when the value is none of that type. */
static int put_field(struct flags_set *m, const char *path, char type, const char *v)
{
	char number[24], *end;
	long long n;
	switch (type) {
	case 'b':
		n = flag_bool(v);
		flags_put(m, path, 0, NULL, n > 0 ? "true" : "false");
		return n < 0 ? -1 : 0;
	case 'r':
		return put_recursive(m, v);
	case 'k': {
		CLEANUP_FREE char *key = mem_dup(v, strcspn(v, "="));
		v += strlen(key);
		flags_put_str(m, path, '{', key, v + (*v == '='));
		return 0;
	}
	case 'o':
	case 'B':
		n = type == 'B' ? flag_bytes(v) : strtoll(v, &end, 8);
		snprintf(number, sizeof number, "%lld", n);
		flags_put(m, path, 0, NULL, number);
		return n < 0 || (type == 'o' && (end == v || *end)) ? -1 : 0;
	default: {
		bool here = type == 'p' && (str_starts(v, "./") || str_eq(v, "."));
		CLEANUP_FREE char *text = type == 't' ? flag_lower(v, strlen(v)) : here ? flag_full_path(v) : mem_strdup(v);
		flags_put_str(m, path, 0, NULL, text);
		return 0;
	}
	}
}

static int mount_field(struct flags_set *m, const char *field, struct err *e)
{
	size_t len = strcspn(field, "=");
	CLEANUP_FREE char *key = flag_lower(field, len);
	for (size_t i = 0; i < sizeof mount_keys / sizeof *mount_keys; i++) {
		if (!str_eq(key, mount_keys[i].key))
			continue;
		if (!field[len] && mount_keys[i].type != 'b')
			return err_set(e, ERR_USAGE, "'%s' needs a value", key);
		if (put_field(m, mount_keys[i].path, mount_keys[i].type, field[len] ? field + len + 1 : "true") < 0)
			return err_set(e, ERR_USAGE, "'%s' is no value for %s", field + len + 1, key);
		return 0;
	}
	return err_set(e, ERR_USAGE, "unexpected key '%s'", key);
}

int flag_mount(struct flags_set *f, const char *v, struct err *e)
{
	static const char *const types[] = {"bind", "Bind", "volume", "Volume", "tmpfs", "Tmpfs", "image", "Image"};
	CLEANUP_STRVEC struct strvec fields = {0};
	CLEANUP_WITH(flags_free) struct flags_set m = {0};
	CLEANUP_BUF struct buf b = {0};
	flags_put_str(&m, "Type", 0, NULL, "volume");
	if (flag_csv(&fields, v, e) < 0)
		return -1;
	for (size_t i = 0; i < fields.n; i++)
		if (mount_field(&m, fields.items[i], e) < 0)
			return -1;
	flags_json(&m, "", &b);
	if (!strstr(buf_cstr(&b), "\"Target\":"))
		return err_set(e, ERR_USAGE, "target is required");
	for (size_t i = 0; i < 8; i += 2) {
		CLEANUP_FREE char *own = str_printf("%sOptions", types[i + 1]);
		CLEANUP_FREE char *type = str_printf("\"Type\":\"%s\"", types[i]);
		for (size_t k = 0; k < m.n_values; k++)
			if (str_starts(m.values[k].path, own) && !strstr(buf_cstr(&b), type))
				return err_set(e, ERR_USAGE, "%s-* is for mounts of type %s alone", types[i], types[i]);
	}
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
	if (*spec != '/' && strchr(spec, '/') && strchr(spec, '=')) {  /* vendor.com/class=name, for CDI */
		buf_str(&b, "{\"Driver\":\"cdi\",\"DeviceIDs\":[");
		json_quote(&b, v, strlen(v));
		buf_str(&b, "]}");
		flags_put(f, H "DeviceRequests", '[', NULL, buf_cstr(&b));
		return 0;
	}
	if (*spec != '/')
		return err_set(e, ERR_USAGE, "'%s' is no absolute path", spec);
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
	static const char names[] = "core|cpu|data|fsize|locks|memlock|msgqueue|nice|nofile|nproc|rss|rtprio|rttime|sigpending|stack";
	char *end;
	size_t n = strcspn(v, "=");
	CLEANUP_FREE char *name = mem_dup(v, n);
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b};
	if (!n || !v[n] || !v[n + 1])
		return err_set(e, ERR_USAGE, "write NAME=SOFT[:HARD]");
	if (!flag_allows(names, name))
		return err_set(e, ERR_USAGE, "there is no limit of that name; there are %s", names);
	long long soft = strtoll(v + n + 1, &end, 10);
	long long hard = *end == ':' ? strtoll(end + 1, &end, 10) : soft;
	if (*end || (hard >= 0 && (soft > hard || soft < 0)))
		return err_set(e, ERR_USAGE, "write NAME=SOFT[:HARD], SOFT no more than HARD");
	json_begin(&w, '{');
	json_kstr(&w, "Name", name);
	json_ki64(&w, "Hard", hard);
	json_ki64(&w, "Soft", soft);
	json_end(&w, '}');
	flags_put(f, H "Ulimits", '[', name, buf_cstr(&b));
	return 0;
}

/* The words of a list in v, with more words behind them, as a JSON array. */
static int put_words(struct flags_set *f, const char *path, const char *v, struct err *e)
{
	CLEANUP_STRVEC struct strvec words = {0};
	if (flag_csv(&words, v, e) < 0)
		return -1;
	for (size_t i = 0; i < words.n; i++)
		flags_put_str(f, path, '[', NULL, words.items[i]);
	return 0;
}

static int gpu_field(struct flags_set *g, const char *field, struct err *e)
{
	const char *value = strchr(field, '=');
	size_t n = value ? (size_t)(value - field) : 0;
	CLEANUP_FREE char *key = n ? mem_dup(field, n) : mem_strdup("count");
	CLEANUP_STRVEC struct strvec pairs = {0};
	bool ok = true;
	char number[24];
	value = value ? value + 1 : field;
	if (str_eq(key, "driver")) {
		flags_put_str(g, "Driver", 0, NULL, value);
	} else if (str_eq(key, "count")) {
		int64_t count = str_eq(value, "all") ? -1 : flag_integer(value, -1, INT32_MAX, &ok);
		if (!str_eq(value, "all") && !ok)
			return err_set(e, ERR_USAGE, "'%s' is no number of GPUs: write all, a number, or device=ID", value);
		snprintf(number, sizeof number, "%lld", (long long)count);
		flags_put(g, "Count", 0, NULL, number);
	} else if (str_eq(key, "device")) {
		return put_words(g, "DeviceIDs", value, e);
	} else if (str_eq(key, "capabilities")) {
		return put_words(g, "caps", value, e);
	} else if (str_eq(key, "options")) {
		if (flag_csv(&pairs, value, e) < 0)
			return -1;
		for (size_t i = 0; i < pairs.n; i++)
			if (put_field(g, "Options", 'k', pairs.items[i]) < 0)
				return -1;
	} else {
		return err_set(e, ERR_USAGE, "unexpected key '%s'", key);
	}
	return 0;
}

int flag_gpus(struct flags_set *f, const char *v, struct err *e)
{
	CLEANUP_STRVEC struct strvec fields = {0};
	CLEANUP_WITH(flags_free) struct flags_set g = {0};
	CLEANUP_BUF struct buf b = {0};
	if (flag_csv(&fields, v, e) < 0)
		return -1;
	for (size_t i = 0; i < fields.n; i++)
		if (gpu_field(&g, fields.items[i], e) < 0)
			return -1;
	flags_json(&g, "", &b);
	if (!strstr(buf_cstr(&b), "\"Count\":") && !strstr(buf_cstr(&b), "\"DeviceIDs\":"))
		flags_put(&g, "Count", 0, NULL, "1");
	flags_put_str(&g, "caps", '[', NULL, "gpu");
	flags_put(&g, "Options", '{', NULL, NULL);
	/* The API's is a list of lists. */
	for (size_t i = 0; i < g.n_values; i++)
		if (str_eq(g.values[i].path, "caps")) {
			CLEANUP_FREE char *caps = strvec_join(&g.values[i].json, ",");
			CLEANUP_FREE char *list = str_printf("[%s]", caps);
			flags_put(&g, "Capabilities", '[', NULL, list);
			break;
		}
	flags_drop(&g, "caps");
	buf_reset(&b);
	flags_json(&g, "", &b);
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
	size_t n = strcspn(v, strchr(v, '=') ? "=" : ":");
	if (str_eq(v, "systempaths=unconfined")) {
		flags_put(f, H "MaskedPaths", 0, NULL, "[]");
		flags_put(f, H "ReadonlyPaths", 0, NULL, "[]");
		flags_put(f, H "SecurityOpt", '[', NULL, NULL);
		return 0;
	}
	if (!v[n] && !str_eq(v, "no-new-privileges"))
		return err_set(e, ERR_USAGE, "write NAME=VALUE");
	if (n != 7 || memcmp(v, "seccomp", 7) != 0 || flag_allows("unconfined|builtin", v + n + 1)) {
		flags_put_str(f, H "SecurityOpt", '[', NULL, v);
		return 0;
	}
	CLEANUP_BUF struct buf text = {0};
	CLEANUP_BUF struct buf profile = {0};
	struct json_writer w = {.out = &profile};
	if (file_read(AT_FDCWD, v + n + 1, 1 << 20, &text, e) < 0)
		return -1;
	CLEANUP_JSON struct json *doc = json_parse(buf_cstr(&text), text.len, e);
	if (!doc)
		return -1;
	buf_str(&profile, "seccomp=");
	json_write_tree(&w, doc);
	flags_put_str(f, H "SecurityOpt", '[', NULL, buf_cstr(&profile));
	return 0;
}

/* A bare name takes its value from here. */
int flag_env(struct flags_set *f, const char *v, struct err *e)
{
	CLEANUP_FREE char *name = mem_dup(v, strcspn(v, "="));
	const char *here = v[strlen(name)] ? NULL : getenv(name);
	CLEANUP_FREE char *both = str_printf(here ? "%s=%s" : "%s", v, here);
	CLEANUP_BUF struct buf b = {0};
	if (check_env(f, v, e) < 0)
		return -1;
	json_quote(&b, both, strlen(both));
	flags_put(f, "Env", '[', name, buf_cstr(&b));
	return 0;
}

/* NAME:IP, or NAME=IP; one of IPv6 may stand in brackets. */
int flag_add_host(struct flags_set *f, const char *v, struct err *e)
{
	size_t n = strcspn(v, strchr(v, '=') ? "=" : ":");
	CLEANUP_FREE char *ip = mem_strdup(v[n] ? v + n + 1 : "");
	size_t len = strlen(ip);
	if (len > 1 && *ip == '[' && ip[len - 1] == ']') {
		memmove(ip, ip + 1, len - 2);
		ip[len - 2] = '\0';
	}
	if (!n || (!flag_is_ip(ip) && !str_eq(ip, "host-gateway")))
		return err_set(e, ERR_USAGE, "write NAME:IP");
	CLEANUP_FREE char *entry = str_printf("%.*s:%s", (int)n, v, ip);
	flags_put_str(f, H "ExtraHosts", '[', NULL, entry);
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
