/* docker build, through the engine's own builder (POST /build). */
#include "docker/context.h"
#include "docker/flags.h"
#include "docker/messages.h"
#include "docker/settings.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/gzip.h"
#include "engine/api_path.h"
#include "engine/image_ref.h"
#include "engine/json_words.h"
#include "engine/registry_auth.h"
#include "sys/file.h"
#include "sys/tty.h"

#include <stdio.h>
#include <string.h>

struct build_opts {
	struct strvec tags, hosts, args, labels, cache_from, security, ulimits;
	const char *file, *target, *network, *platform, *iidfile, *cgroup, *isolation, *progress;
	const char *cpu_period, *cpu_quota, *cpu_shares, *cpus, *mems, *memory, *swap, *shm;
	bool no_cache, pull, keep, force_rm, quiet, squash, compress, trust, load;
};

#define AT(f) offsetof(struct build_opts, f)
static const struct opt options[] = {
	{0, "add-host", OPT_LIST, "HOST:IP", "add a line to /etc/hosts", AT(hosts)},
	{0, "build-arg", OPT_LIST, "NAME=VALUE", "set a variable of the Dockerfile", AT(args)},
	{0, "cache-from", OPT_LIST, "IMAGE", "images whose layers may be used", AT(cache_from)},
	{0, "cgroup-parent", OPT_STR, "CGROUP", "parent cgroup of RUN", AT(cgroup)},
	{0, "compress", OPT_FLAG, NULL, "send the context compressed", AT(compress)},
	{0, "cpu-period", OPT_STR, "N", "CPU period of RUN in µs", AT(cpu_period)},
	{0, "cpu-quota", OPT_STR, "N", "CPU quota of RUN in µs", AT(cpu_quota)},
	{'c', "cpu-shares", OPT_STR, "N", "CPU shares of RUN", AT(cpu_shares)},
	{0, "cpuset-cpus", OPT_STR, "LIST", "CPUs of RUN", AT(cpus)},
	{0, "cpuset-mems", OPT_STR, "LIST", "memory nodes of RUN", AT(mems)},
	{0, "disable-content-trust", OPT_FLAG, NULL, NULL, AT(trust)},
	{'f', "file", OPT_STR, "FILE", "the Dockerfile; - is stdin", AT(file)},
	{0, "force-rm", OPT_FLAG, NULL, "remove containers even when the build fails", AT(force_rm)},
	{0, "iidfile", OPT_STR, "FILE", "write the image's id there", AT(iidfile)},
	{0, "isolation", OPT_STR, "NAME", NULL, AT(isolation)},
	{0, "label", OPT_LIST, "KEY=VALUE", "label the image", AT(labels)},
	{0, "load", OPT_FLAG, NULL, NULL, AT(load)},
	{'m', "memory", OPT_STR, "BYTES", "memory of RUN", AT(memory)},
	{0, "memory-swap", OPT_STR, "BYTES", "memory and swap of RUN", AT(swap)},
	{0, "network", OPT_STR, "NAME", "network of RUN", AT(network)},
	{0, "no-cache", OPT_FLAG, NULL, "build every step anew", AT(no_cache)},
	{0, "platform", OPT_STR, "OS/ARCH", "build for that platform", AT(platform)},
	{0, "progress", OPT_STR, "KIND", NULL, AT(progress)},
	{0, "pull", OPT_FLAG, NULL, "pull the image of FROM even when it is there", AT(pull)},
	{'q', "quiet", OPT_FLAG, NULL, "print the image's id only", AT(quiet)},
	{0, "rm", OPT_UNSET, NULL, "remove containers when the build succeeded (the default; or --rm=false)", AT(keep)},
	{0, "security-opt", OPT_LIST, "OPTION", "security of RUN", AT(security)},
	{0, "shm-size", OPT_STR, "BYTES", "size of /dev/shm of RUN", AT(shm)},
	{0, "squash", OPT_FLAG, NULL, "make one layer of the new ones", AT(squash)},
	{'t', "tag", OPT_LIST, "NAME[:TAG]", "name the image", AT(tags)},
	{0, "target", OPT_STR, "STAGE", "build this stage", AT(target)},
	{0, "ulimit", OPT_LIST, "NAME=SOFT[:HARD]", "limit of RUN", AT(ulimits)},
	{0},
};

/* What goes into the query as it is. B: bytes. */
static const struct param {
	const char *name;
	enum opt_kind kind;
	bool bytes;
	size_t offset;
} params[] = {
	{"t", OPT_LIST, false, AT(tags)},
	{"extrahosts", OPT_LIST, false, AT(hosts)},
	{"securityopt", OPT_LIST, false, AT(security)},
	{"target", OPT_STR, false, AT(target)},
	{"networkmode", OPT_STR, false, AT(network)},
	{"platform", OPT_STR, false, AT(platform)},
	{"cgroupparent", OPT_STR, false, AT(cgroup)},
	{"isolation", OPT_STR, false, AT(isolation)},
	{"cpuperiod", OPT_STR, false, AT(cpu_period)},
	{"cpuquota", OPT_STR, false, AT(cpu_quota)},
	{"cpushares", OPT_STR, false, AT(cpu_shares)},
	{"cpusetcpus", OPT_STR, false, AT(cpus)},
	{"cpusetmems", OPT_STR, false, AT(mems)},
	{"memory", OPT_STR, true, AT(memory)},
	{"memswap", OPT_STR, true, AT(swap)},
	{"shmsize", OPT_STR, true, AT(shm)},
	{"nocache", OPT_FLAG, false, AT(no_cache)},
	{"pull", OPT_FLAG, false, AT(pull)},
	{"forcerm", OPT_FLAG, false, AT(force_rm)},
	{"squash", OPT_FLAG, false, AT(squash)},
	{"q", OPT_FLAG, false, AT(quiet)},
};

static int add_bytes(struct buf *query, const char *name, const char *value, struct err *e)
{
	int64_t n = flag_bytes(value);
	if (n < 0 && !str_eq(value, "-1"))
		return err_set(e, ERR_USAGE, "invalid argument \"%s\": a size such as 512m was expected", value);
	CLEANUP_FREE char *number = str_printf("%lld", (long long)n);
	api_query_add(query, name, number);
	return 0;
}

static int add_params(struct buf *query, const struct build_opts *o, struct err *e)
{
	for (size_t i = 0; i < sizeof params / sizeof *params; i++) {
		const struct param *p = &params[i];
		const char *field = (const char *)o + p->offset;
		const struct strvec *list = (const void *)field;
		const char *const *text = (const void *)field;
		if (p->kind == OPT_LIST)
			for (size_t k = 0; k < list->n; k++)
				api_query_add(query, p->name, list->items[k]);
		else if (p->kind == OPT_FLAG && *(const bool *)field)
			api_query_add(query, p->name, "1");
		else if (p->kind == OPT_STR && p->bytes && *text && add_bytes(query, p->name, *text, e) < 0)
			return -1;
		else if (p->kind == OPT_STR && !p->bytes)
			api_query_add(query, p->name, *text);
	}
	return 0;
}

/* NAME=VALUE words as a JSON object; NAME alone takes its value from here, and is null when there is none. */
static void add_map(struct buf *query, const char *name, const struct strvec *words, bool env)
{
	CLEANUP_BUF struct buf json = {0};
	struct json_writer w = {.out = &json};
	json_begin(&w, '{');
	for (size_t i = 0; i < words->n; i++) {
		CLEANUP_FREE char *key = mem_dup(words->items[i], strcspn(words->items[i], "="));
		const char *eq = strchr(words->items[i], '=');
		json_key(&w, key);
		json_str(&w, eq ? eq + 1 : env ? getenv(key) : "");
	}
	json_end(&w, '}');
	if (words->n)
		api_query_add(query, name, buf_cstr(&json));
}

static int add_lists(struct buf *query, const struct build_opts *o, struct err *e)
{
	CLEANUP_WITH(flags_free) struct flags_set f = {0};
	CLEANUP_BUF struct buf images = {0};
	struct json_writer w = {.out = &images};
	add_map(query, "labels", &o->labels, false);
	json_begin(&w, '[');
	for (size_t i = 0; i < o->cache_from.n; i++)
		json_str(&w, o->cache_from.items[i]);
	json_end(&w, ']');
	if (o->cache_from.n)
		api_query_add(query, "cachefrom", buf_cstr(&images));
	for (size_t i = 0; i < o->ulimits.n; i++)
		if (flag_ulimit(&f, o->ulimits.items[i], e) < 0)
			return err_wrap(e, "--ulimit %s", o->ulimits.items[i]);
	if (f.n_values) {
		CLEANUP_FREE char *limits = strvec_join(&f.values[0].json, ",");
		CLEANUP_FREE char *json = str_printf("[%s]", limits);
		api_query_add(query, "ulimits", json);
	}
	return 0;
}

/* Refused here, before a large context goes out. */
static int check(const struct build_opts *o, struct err *e)
{
	for (size_t i = 0; i < o->tags.n; i++) {
		CLEANUP_IMAGE_REF struct image_ref ref = {0};
		if (image_ref_parse(&ref, o->tags.items[i], e) < 0)
			return err_wrap(e, "invalid argument for --tag");
	}
	return o->iidfile ? file_unlink(AT_FDCWD, o->iidfile, e) : 0;
}

static int send(struct context *c, const struct build_opts *o, struct engine_reply *rp, struct err *e)
{
	char size[16];
	struct gzip_writer gz;
	if (!o->quiet)
		c->progress = progress_new(STDOUT_FILENO, PROGRESS_TERMINAL);
	int rc;
	if (o->compress && !c->stream) {
		gzip_writer_init(&gz, rp->out, 1, 0);
		rc = context_send(c, &gz.base, e);
		writer_free(&gz.base);
	} else {
		rc = context_send(c, rp->out, e);
	}
	if (rc < 0 || writer_finish(rp->out, e) < 0)
		return -1;
	progress_size(size, c->bytes);
	if (!o->quiet)
		printf("Sending build context to Docker daemon %8s\n", size);
	return fflush(stdout) < 0 ? err_sys(e, "cannot write to stdout") : engine_receive(rp, e);
}

static int finish(const struct build_opts *o, const struct messages *m, struct err *e)
{
	if (o->quiet)
		fputs(buf_cstr(m->kept), stdout);
	if (!o->iidfile)
		return EXIT_DONE;
	if (!m->id)
		return err_set(e, ERR_PROTOCOL, "the engine did not say which image it made: cannot write %s", o->iidfile);
	return file_replace(AT_FDCWD, o->iidfile, m->id, strlen(m->id), 0644, e) < 0 ? -1 : EXIT_DONE;
}

static int run(struct invocation *in, struct err *e)
{
	const struct build_opts *o = in->opts;
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_REPLY struct engine_reply rp = {0};
	CLEANUP_CONTEXT struct context c = CONTEXT_INIT;
	CLEANUP_BUF struct buf query = {0};
	CLEANUP_BUF struct buf kept = {0};
	CLEANUP_WITH(messages_free) struct messages m = {.quiet = o->quiet, .kept = &kept};
	c.path = in->argv[0];
	c.file = o->file;
	if (check(o, e) < 0 || add_params(&query, o, e) < 0 || add_lists(&query, o, e) < 0) {
		docker_error(e);
		return DOCKER_FAILED;
	}
	if (context_find(&c, e) < 0 || docker_engine(&g, e) < 0)
		return -1;
	CLEANUP_FREE char *auth = NULL;
	if (registry_auth_all(docker_folder(), &auth, e) < 0)
		return -1;
	CLEANUP_FREE char *header = str_printf("X-Registry-Config: %s", auth);
	CLEANUP_STRVEC struct strvec args = {0};
	for (size_t i = 0; i < o->args.n; i++)
		strvec_push(&args, o->args.items[i]);
	docker_proxies(&g, &args);
	add_map(&query, "buildargs", &args, true);
	api_query_add(&query, "dockerfile", c.dockerfile);
	api_query_add(&query, "remote", c.remote);
	api_query_add(&query, "rm", o->keep ? "0" : "1");
	struct engine_request rq = {.method = "POST", .writer = !c.remote, .length = -1, .query = buf_cstr(&query),
		.headers = (const char *const[]){header, NULL}};
	if (engine_start(&g, &rq, &rp, e, "/build") < 0 || (!c.remote && send(&c, o, &rp, e) < 0))
		return -1;
	if (messages_show(&m, rp.body, e) == 0)
		return finish(o, &m, e);
	/* What RUN said, and its exit code. */
	fputs(buf_cstr(&kept), stderr);
	if (e->kind != ERR_STATUS || e->status <= 0 || e->status > 255)
		return -1;
	docker_error(e);
	return e->status;
}

const struct command docker_build = {
	.name = "build",
	.summary = "build an image from a Dockerfile",
	.args = "PATH|URL|-",
	.opts = options,
	.opts_size = sizeof(struct build_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
