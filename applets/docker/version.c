/* docker version and docker info: both fill a template of ours with what the engine says, or the user's */
#include "docker/format.h"

#include "docker/columns.h"
#include "docker/units.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/context.h"
#include "service/version.h"
#include "sys/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct version_opts {
	const char *format;
};

static const struct opt options[] = {
	{'f', "format", OPT_STR, "TEMPLATE", "json, or a Go template", offsetof(struct version_opts, format)},
	{0},
};

#ifdef __x86_64__
#define ARCH "amd64"
#elif defined(__aarch64__)
#define ARCH "arm64"
#else
#define ARCH "unknown"
#endif

static const char version_layout[] =
	"{{with .Client}}Client: dr\n Version:\t{{.Version}}\n API version:\t{{.ApiVersion}}"
	"{{if ne .ApiVersion .DefaultAPIVersion}} (downgraded from {{.DefaultAPIVersion}}){{end}}\n"
	" OS/Arch:\t{{.Os}}/{{.Arch}}\n Context:\t{{.Context}}\n{{end}}"
	"{{with .Server}}\nServer:{{with .Platform.Name}} {{.}}{{end}}\n"
	"{{range .Components}} {{.Name}}:\n  Version:\t{{.Version}}\n"
	"{{if eq .Name \"Engine\"}}{{with .Details}}"
	"  API version:\t{{.ApiVersion}} (minimum version {{.MinAPIVersion}})\n  Go version:\t{{.GoVersion}}\n"
	"  Git commit:\t{{.GitCommit}}\n  Built:\t{{.BuildTime}}\n  OS/Arch:\t{{.Os}}/{{.Arch}}\n"
	"  Experimental:\t{{.Experimental}}\n{{end}}{{else}}{{range $k, $v := .Details}}  {{$k}}:\t{{$v}}\n{{end}}{{end}}"
	/* Engines before 18.06 have no components. */
	"{{else}} Engine:\n  Version:\t{{.Version}}\n  API version:\t{{.ApiVersion}} (minimum version {{.MinAPIVersion}})\n"
	"  Go version:\t{{.GoVersion}}\n  Git commit:\t{{.GitCommit}}\n  Built:\t{{.BuildTime}}\n"
	"  OS/Arch:\t{{.Os}}/{{.Arch}}\n{{end}}{{end}}";

#define LINE(label, field) "{{with ." field "}} " label ": {{.}}\n{{end}}"
#define LINES(label, list, text) "{{if ." list "}} " label ":\n{{range ." list "}}" text "\n{{end}}{{end}}"
#define COMMIT(name, field) " " name " version: {{." field ".ID}}{{if and ." field ".Expected (ne ." field ".ID ." field \
	".Expected)}} (expected: {{." field ".Expected}}){{end}}\n"
static const char info_layout[] =
	"Client:\n Context:    {{.ClientInfo.Context}}\n Debug Mode: {{.ClientInfo.Debug}}\n\nServer:\n"
	"{{if not .ServerErrors}} Containers: {{.Containers}}\n  Running: {{.ContainersRunning}}\n  Paused: {{.ContainersPaused}}\n"
	"  Stopped: {{.ContainersStopped}}\n Images: {{.Images}}\n" LINE("Server Version", "ServerVersion")
	LINE("Storage Driver", "Driver") "{{range .DriverStatus}}  {{index . 0}}: {{index . 1}}\n{{end}}"
	LINE("Logging Driver", "LoggingDriver") LINE("Cgroup Driver", "CgroupDriver") LINE("Cgroup Version", "CgroupVersion")
	" Plugins:\n  Volume: {{join .Plugins.Volume \" \"}}\n  Network: {{join .Plugins.Network \" \"}}\n"
	"{{with .Plugins.Authorization}}  Authorization: {{join . \" \"}}\n{{end}}  Log: {{join .Plugins.Log \" \"}}\n"
	" Swarm: {{.Swarm.LocalNodeState}}\n"
	"{{if eq .Swarm.LocalNodeState \"active\"}}  NodeID: {{.Swarm.NodeID}}\n  Is Manager: {{.Swarm.ControlAvailable}}\n"
	"  Node Address: {{.Swarm.NodeAddr}}\n{{end}}"
	"{{if .Runtimes}} Runtimes:{{range $name, $x := .Runtimes}} {{$name}}{{end}}\n Default Runtime: {{.DefaultRuntime}}\n{{end}}"
	"{{if eq .OSType \"linux\"}} Init Binary: {{.InitBinary}}\n" COMMIT("containerd", "ContainerdCommit")
	COMMIT("runc", "RuncCommit") COMMIT("init", "InitCommit")
	"{{with .SecurityOptions}} Security Options:\n{{range .}}{{range split . \",\"}}"
	"{{if eq (truncate . 5) \"name=\"}}  {{slice . 5}}\n{{end}}{{if eq (truncate . 8) \"profile=\"}}   Profile: {{slice . 8}}\n"
	"{{end}}{{end}}{{end}}{{end}}{{end}}"
	LINE("Kernel Version", "KernelVersion") LINE("Operating System", "OperatingSystem") LINE("OSType", "OSType")
	LINE("Architecture", "Architecture") " CPUs: {{.NCPU}}\n Total Memory: {{.Memory}}\n" LINE("Name", "Name") LINE("ID", "ID")
	" Docker Root Dir: {{.DockerRootDir}}\n Debug Mode: {{.Debug}}\n"
	"{{if .Debug}}  File Descriptors: {{.NFd}}\n  Goroutines: {{.NGoroutines}}\n  System Time: {{.SystemTime}}\n"
	"  EventsListeners: {{.NEventsListener}}\n{{end}}"
	LINE("HTTP Proxy", "HttpProxy") LINE("HTTPS Proxy", "HttpsProxy") LINE("No Proxy", "NoProxy")
	LINE("Registry", "IndexServerAddress") " Labels:\n{{range .Labels}}  {{.}}\n{{end}} Experimental: {{.ExperimentalBuild}}\n"
	"{{with .RegistryConfig}} Insecure Registries:\n{{range .IndexConfigs}}{{if not .Secure}}  {{.Name}}\n{{end}}{{end}}"
	"{{range .InsecureRegistryCIDRs}}  {{.}}\n{{end}}" LINES("Registry Mirrors", "Mirrors", "  {{.}}") "{{end}}"
	" Live Restore Enabled: {{.LiveRestoreEnabled}}\n" LINE("Product License", "ProductLicense")
	LINES("Default Address Pools", "DefaultAddressPools", "   Base: {{.Base}}, Size: {{.Size}}") "\n{{end}}";

static char *context_name(void)
{
	const struct endpoint_options *o = docker_options();
	const char *variable = getenv("DOCKER_CONTEXT"), *host = getenv("DOCKER_HOST");
	CLEANUP_FREE char *folder = context_folder(o->config);
	struct err ignored;
	char *name = NULL;
	if (o->context && *o->context)
		return mem_strdup(o->context);
	if ((o->host && *o->host) || (host && *host))
		return mem_strdup("default");
	if (variable && *variable)
		return mem_strdup(variable);
	if (!folder || context_current(folder, &name, &ignored) < 0 || !name)
		return mem_strdup("default");
	return name;
}

/* "2023-05-18T17:44:39.000000000+00:00" as "Thu May 18 17:44:39 2023". */
static void date(struct json *v)
{
	static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct clock_time at;
	struct err ignored;
	struct tm tm;
	if (!v || v->type != JSON_T_STRING || clock_parse(v->text, &at, &ignored) < 0)
		return;
	time_t t = (time_t)at.sec;
	gmtime_r(&t, &tm);
	free(v->text);
	v->text = str_printf("%.3s %.3s %2d %02d:%02d:%02d %d", days + (size_t)tm.tm_wday * 3, months + (size_t)tm.tm_mon * 3, tm.tm_mday,
		tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_year + 1900);
	v->len = strlen(v->text);
}

/* The member, to change it. */
static struct json *own(struct json *v, const char *name)
{
	for (size_t i = 0; v && v->type == JSON_T_OBJECT && i < v->len; i++)
		if (str_eq(v->items[i].name, name))
			return &v->items[i];
	return NULL;
}

static void engine_date(struct json *server)
{
	struct json *parts = own(server, "Components");
	for (size_t i = 0; parts && i < json_count(parts); i++)
		if (str_eq(text_at(&parts->items[i], "Name"), "Engine"))
			date(own(own(&parts->items[i], "Details"), "BuildTime"));
	if (!parts)
		date(own(server, "BuildTime"));
}

static int parse(const char *format, const char *layout, struct template **t, struct err *e)
{
	if (!format || !*format)
		format = layout;
	else if (str_eq(format, "json"))
		format = "{{json .}}";
	*t = template_parse(format, e);
	return *t ? 0 : -1;
}

static void client_version(const struct engine *g, struct json_writer *w)
{
	CLEANUP_FREE char *context = context_name();
	CLEANUP_FREE char *newest = str_printf("1.%d", ENGINE_API_NEWEST);
	CLEANUP_FREE char *api = str_printf("1.%u", g->api ? g->api : ENGINE_API_NEWEST);
	json_key(w, "Client");
	json_begin(w, '{');
	json_key(w, "Platform");
	json_begin(w, '{');
	json_kstr(w, "Name", "");
	json_end(w, '}');
	json_kstr(w, "Version", DR_VERSION);
	json_kstr(w, "ApiVersion", api);
	json_kstr(w, "DefaultAPIVersion", newest);
	json_kstr(w, "GitCommit", "dr");
	json_kstr(w, "GoVersion", "");
	json_kstr(w, "Os", "linux");
	json_kstr(w, "Arch", ARCH);
	json_kstr(w, "BuildTime", "");
	json_kstr(w, "Context", context);
	json_end(w, '}');
}

/* Fills the layout, or the user's template. */
static int fill(const struct template *t, bool layout, struct buf *doc, struct buf *out, struct err *e)
{
	CLEANUP_JSON struct json *v = json_parse(buf_cstr(doc), doc->len, e);
	if (!v)
		return -1;
	int rc = template_run(t, v, layout ? TEMPLATE_LOOSE : TEMPLATE_GO, out, e);
	if (rc == 0 && !layout)
		buf_byte(out, '\n');
	return rc;
}

static int run_version(struct invocation *in, struct err *e)
{
	const struct version_opts *o = in->opts;
	bool layout = !o->format || !*o->format;
	CLEANUP_TEMPLATE struct template *t = NULL;
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_BUF struct buf doc = {0}, text = {0}, aligned = {0};
	struct json_writer w = {.out = &doc};
	struct err failed = {0};
	if (parse(o->format, version_layout, &t, e) < 0) {
		docker_error(e);
		return 64;
	}
	CLEANUP_JSON struct json *server = docker_engine(&g, &failed) < 0 ? NULL : docker_json(&g, NULL, &failed, "/version");
	if (server)
		engine_date(server);
	json_begin(&w, '{');
	client_version(&g, &w);
	json_key(&w, "Server");
	if (server)
		json_write_tree(&w, server);
	else
		json_null(&w);
	json_end(&w, '}');
	int rc = fill(t, layout, &doc, &text, e);
	if (rc == 0) {
		columns_align(text.data, text.len, 20, 1, &aligned);
		docker_put(&aligned);
	}
	if (!server)
		*e = failed;
	return rc < 0 || !server ? -1 : EXIT_DONE;
}

static int run_info(struct invocation *in, struct err *e)
{
	const struct version_opts *o = in->opts;
	bool layout = !o->format || !*o->format;
	CLEANUP_TEMPLATE struct template *t = NULL;
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_BUF struct buf doc = {0}, text = {0}, memory = {0};
	CLEANUP_FREE char *context = context_name();
	struct json_writer w = {.out = &doc};
	if (parse(o->format, info_layout, &t, e) < 0) {
		docker_error(e);
		return 64;
	}
	struct err failed = {0};
	CLEANUP_JSON struct json *info = docker_engine(&g, &failed) < 0 ? NULL : docker_json(&g, NULL, &failed, "/info");
	json_begin(&w, '{');
	if (!info) {
		json_key(&w, "ServerErrors");
		json_begin(&w, '[');
		json_str(&w, failed.msg);
		json_end(&w, ']');
	}
	for (size_t i = 0; info && i < json_count(info); i++) {
		json_key(&w, info->items[i].name);
		json_write_tree(&w, &info->items[i]);
	}
	if (info && layout) {
		units_bytes((double)json_int(json_get(info, "MemTotal"), 0), &memory);
		json_kstr(&w, "Memory", buf_cstr(&memory));
	}
	json_key(&w, "ClientInfo");
	json_begin(&w, '{');
	json_kbool(&w, "Debug", false);
	json_kstr(&w, "Context", context);
	json_key(&w, "Plugins");
	json_begin(&w, '[');
	json_end(&w, ']');
	json_key(&w, "Warnings");
	json_null(&w);
	json_end(&w, '}');
	json_end(&w, '}');
	if (fill(t, layout, &doc, &text, e) < 0)
		return -1;
	docker_put(&text);
	const struct json *warnings = json_get(info, "Warnings");
	for (size_t i = 0; layout && i < json_count(warnings); i++)
		fprintf(stderr, "%s\n", docker_text(&warnings->items[i]));
	if (!info)
		*e = failed;
	return info ? EXIT_DONE : -1;
}

const struct command docker_version = {
	.name = "version", .summary = "show the versions of dr and of the engine", .opts = options,
	.opts_size = sizeof(struct version_opts), .run = run_version,
};
const struct command docker_info = {
	.name = "info", .summary = "show what the engine says of itself", .opts = options,
	.opts_size = sizeof(struct version_opts), .run = run_info,
};
