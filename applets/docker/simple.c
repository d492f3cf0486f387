/* The commands that ask one thing of the engine for each container named. */
#include "docker/flags.h"
#include "docker/docker.h"

#include "base/str.h"
#include "engine/container.h"

#include <stdio.h>

struct simple_opts {
	const char *time, *signal;
	bool force, volumes, link;
};

#define AT(f) offsetof(struct simple_opts, f)
static const struct opt signal_options[] = {
	{'s', "signal", OPT_STR, "SIGNAL", "the signal to send", AT(signal)},
	{0},
};
static const struct opt stop_options[] = {
	{'t', "time", OPT_STR, "SECONDS", "how long to wait before killing it", AT(time)},
	{0, "timeout", OPT_STR, "SECONDS", NULL, AT(time)},
	{'s', "signal", OPT_STR, "SIGNAL", "the signal to send", AT(signal)},
	{0},
};
static const struct opt rm_options[] = {
	{'f', "force", OPT_FLAG, NULL, "kill it first if it runs", AT(force)},
	{'v', "volumes", OPT_FLAG, NULL, "remove its anonymous volumes too", AT(volumes)},
	{'l', "link", OPT_FLAG, NULL, "remove the link of that name", AT(link)},
	{0},
};

static int post(const struct invocation *in, struct engine *g, const char *name, struct err *e)
{
	const struct simple_opts *o = in->opts;
	const char *verb = in->command->name, *usual = str_eq(verb, "kill") ? "KILL" : "";
	return engine_call(g, "POST", NULL, NULL, e, "/containers/%s/%s?t=%s&signal=%s", name, verb, o->time ? o->time : "",
		o->signal ? o->signal : usual) < 0 ? -1 : 1;
}

static int remove_one(const struct invocation *in, struct engine *g, const char *name, struct err *e)
{
	const struct simple_opts *o = in->opts;
	int rc = engine_call(g, "DELETE", NULL, NULL, e, "/containers/%s?force=%d&v=%d&link=%d", name, o->force,
		o->volumes, o->link);
	if (rc < 0)
		return o->force && e->status == 404 ? (docker_error(e), 0) : -1;
	return 1;
}

static int wait_one(const struct invocation *in, struct engine *g, const char *name, struct err *e)
{
	(void)in;
	int code = container_wait(g, name, "not-running", e);
	if (code < 0)
		return -1;
	printf("%d\n", code);
	return 0;
}

static int run(struct invocation *in, struct err *e)
{
	CLEANUP_ENGINE struct engine g = {0};
	const struct simple_opts *o = in->opts;
	bool ok = true;
	if (in->command->opts == stop_options && o->time)
		flag_integer(o->time, INT32_MIN, INT32_MAX, &ok);
	if (!ok) {
		err_set(e, ERR_USAGE, "invalid argument \"%s\" for the flag --time: it takes seconds", o->time);
		docker_error(e);
		return DOCKER_FAILED;
	}
	if (docker_engine(&g, e) < 0)
		return -1;
	const char *name = in->command->name;
	return docker_each(in, &g, str_eq(name, "rm") ? remove_one : str_eq(name, "wait") ? wait_one : post, e);
}

static int rename_one(struct invocation *in, struct err *e)
{
	CLEANUP_ENGINE struct engine g = {0};
	if (!*in->argv[0] || !*in->argv[1])
		return err_set(e, ERR_USAGE, "neither the old nor the new name may be empty");
	if (docker_engine(&g, e) < 0)
		return -1;
	return engine_call(&g, "POST", NULL, NULL, e, "/containers/%s/rename?name=%s", in->argv[0], in->argv[1]) < 0
		? -1 : EXIT_DONE;
}

#define SIMPLE(x, words, table) \
	const struct command docker_##x = {.name = #x, .summary = words, .args = "CONTAINER...", .opts = table, \
		.opts_size = sizeof(struct simple_opts), .min_args = 1, .max_args = ARGS_ANY, .run = run}

SIMPLE(kill, "kill running containers", signal_options);
SIMPLE(pause, "pause all processes of containers", NULL);
SIMPLE(restart, "restart containers", stop_options);
SIMPLE(rm, "remove containers", rm_options);
SIMPLE(stop, "stop running containers", stop_options);
SIMPLE(unpause, "resume paused containers", NULL);
SIMPLE(wait, "wait until containers stop, print their exit codes", NULL);

const struct command docker_rename = {
	.name = "rename", .summary = "rename a container", .args = "CONTAINER NEW_NAME", .min_args = 2, .max_args = 2,
	.run = rename_one,
};
