/* docker top, port and diff */
#include "docker/rows.h"

#include "docker/columns.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void cells(const struct json *row, struct buf *out)
{
	for (size_t i = 0; i < json_count(row); i++)
		buf_printf(out, "%s%s", i ? "\t" : "", docker_text(&row->items[i]));
	buf_byte(out, '\n');
}

static int run_top(struct invocation *in, struct err *e)
{
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_BUF struct buf text = {0}, aligned = {0}, args = {0};
	for (int i = 1; i < in->argc; i++)
		buf_printf(&args, "%s%s", i > 1 ? " " : "", in->argv[i]);
	if (docker_engine(&g, e) < 0)
		return -1;
	CLEANUP_JSON struct json *v = args.len ?
		docker_json(&g, NULL, e, "/containers/%s/top?ps_args=%s", in->argv[0], buf_cstr(&args)) :
		docker_json(&g, NULL, e, "/containers/%s/top", in->argv[0]);
	if (!v)
		return -1;
	const struct json *rows = json_get(v, "Processes");
	cells(json_get(v, "Titles"), &text);
	for (size_t i = 0; i < json_count(rows); i++)
		cells(&rows->items[i], &text);
	columns_align(text.data, text.len, 20, 3, &aligned);
	docker_put(&aligned);
	return EXIT_DONE;
}

static int natural(const void *a, const void *b)
{
	return docker_natural(*(char *const *)a, *(char *const *)b);
}

static int run_port(struct invocation *in, struct err *e)
{
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_STRVEC struct strvec lines = {0};
	const char *wanted = in->argc > 1 ? in->argv[1] : NULL;
	if (docker_engine(&g, e) < 0)
		return -1;
	CLEANUP_JSON struct json *v = docker_json(&g, NULL, e, "/containers/%s/json", in->argv[0]);
	if (!v)
		return -1;
	CLEANUP_FREE char *key = wanted ? str_printf(strchr(wanted, '/') ? "%s" : "%s/tcp", wanted) : NULL;
	uint64_t number;
	CLEANUP_FREE char *digits = key ? mem_dup(key, strcspn(key, "/")) : NULL;
	if (digits && str_to_u64(digits, 65535, &number, "the port", e) < 0)
		return -1;
	const struct json *ports = json_at(v, "NetworkSettings", "Ports");
	for (size_t i = 0; i < json_count(ports); i++) {
		const struct json *p = &ports->items[i];
		for (size_t k = 0; k < json_count(p) && (!key || str_eq(key, p->name)); k++) {
			CLEANUP_BUF struct buf b = {0};
			if (!key)
				buf_printf(&b, "%s -> ", p->name);
			docker_host_port(text_at(&p->items[k], "HostIp"), text_at(&p->items[k], "HostPort"), &b);
			strvec_take(&lines, buf_steal(&b));
		}
	}
	if (key && !lines.n)
		return err_set(e, ERR_NOT_FOUND, "no public port '%s' published for %s", wanted, in->argv[0]);
	if (lines.n)
		qsort(lines.items, lines.n, sizeof(char *), natural);
	for (size_t i = 0; i < lines.n; i++)
		puts(lines.items[i]);
	return EXIT_DONE;
}

static int run_diff(struct invocation *in, struct err *e)
{
	CLEANUP_ENGINE struct engine g = {0};
	if (docker_engine(&g, e) < 0)
		return -1;
	CLEANUP_JSON struct json *v = docker_json(&g, NULL, e, "/containers/%s/changes", in->argv[0]);
	if (!v)
		return -1;
	for (size_t i = 0; i < json_count(v); i++) {
		int64_t kind = json_int(json_get(&v->items[i], "Kind"), 0);
		printf("%c %s\n", kind == 0 ? 'C' : kind == 1 ? 'A' : 'D', text_at(&v->items[i], "Path"));
	}
	return EXIT_DONE;
}

const struct command docker_top = {
	.name = "top", .summary = "show a container's processes", .args = "CONTAINER [PS-OPTIONS...]", .min_args = 1,
	.max_args = ARGS_ANY, .stop_at_operand = true, .run = run_top,
};
const struct command docker_port = {
	.name = "port", .summary = "show a container's published ports", .args = "CONTAINER [PORT[/PROTOCOL]]", .min_args = 1,
	.max_args = 2, .run = run_port,
};
const struct command docker_diff = {
	.name = "diff", .summary = "show what a container changed in its file system", .args = "CONTAINER", .min_args = 1,
	.max_args = 1, .run = run_diff,
};
