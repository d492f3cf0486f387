/* The commands that show the streams of a container that is there: attach, exec, logs, start. */
#include "docker/flags.h"
#include "docker/format.h"
#include "docker/session.h"
#include "docker/settings.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/json.h"
#include "engine/attach.h"
#include "engine/container.h"
#include "engine/decode.h"
#include "engine/fetch.h"
#include "engine/json_words.h"
#include "sys/clock.h"
#include "sys/tty.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { EXEC_SIZE = 48 };

struct streams_opts {
	bool attach, input, tty, detach, no_stdin, privileged, follow, times, details;
	const char *keys, *user, *dir, *since, *until, *tail, *proxy;
	struct strvec env, env_files;
};

#define AT(f) offsetof(struct streams_opts, f)
#define KEYS {0, "detach-keys", OPT_STR, "KEYS", "the keys that detach", AT(keys)}
static const struct opt attach_options[] = {
	KEYS,
	{0, "no-stdin", OPT_FLAG, NULL, "pass no input on", AT(no_stdin)},
	{0, "sig-proxy", OPT_STR, "BOOL", "pass signals on", AT(proxy)},
	{0},
};
static const struct opt start_options[] = {
	KEYS,
	{'a', "attach", OPT_FLAG, NULL, "show its output, pass signals on", AT(attach)},
	{'i', "interactive", OPT_FLAG, NULL, "pass input on", AT(input)},
	{0},
};
static const struct opt exec_options[] = {
	KEYS,
	{'d', "detach", OPT_FLAG, NULL, "do not wait for it", AT(detach)},
	{'e', "env", OPT_LIST, "NAME=VALUE", "set a variable", AT(env)},
	{0, "env-file", OPT_LIST, "FILE", "set the variables in the file", AT(env_files)},
	{'i', "interactive", OPT_FLAG, NULL, "pass input on", AT(input)},
	{0, "privileged", OPT_FLAG, NULL, "with all privileges", AT(privileged)},
	{'t', "tty", OPT_FLAG, NULL, "with a terminal", AT(tty)},
	{'u', "user", OPT_STR, "USER", "as that user", AT(user)},
	{'w', "workdir", OPT_STR, "DIR", "in that folder", AT(dir)},
	{0},
};
static const struct opt logs_options[] = {
	{0, "details", OPT_FLAG, NULL, "with the attributes of --log-opt", AT(details)},
	{'f', "follow", OPT_FLAG, NULL, "go on with what comes", AT(follow)},
	{0, "since", OPT_STR, "TIME", "from then on (2026-01-02T13:23:37Z, or 42m ago)", AT(since)},
	{'n', "tail", OPT_STR, "N", "the last N lines", AT(tail)},
	{'t', "timestamps", OPT_FLAG, NULL, "with the time of each line", AT(times)},
	{0, "until", OPT_STR, "TIME", "up to then", AT(until)},
	{0},
};

static int inspect(struct engine *g, const char *name, struct container *c, struct err *e)
{
	int rc = container_inspect(g, name, c, e);
	return rc == 0 ? err_set(e, ERR_NOT_FOUND, "No such container: %s", name) : rc < 0 ? -1 : 0;
}

/* As docker has it for attach and exec, but not for run and start. */
static int detached(void)
{
	fputs("read escape sequence\n", stderr);
	return EXIT_ERROR;
}

static int attach_to(struct engine *g, const struct streams_opts *o, const char *name, bool start, struct err *e)
{
	CLEANUP_CONTAINER struct container c = {0};
	CLEANUP_REPLY struct engine_reply reply = {0};
	CLEANUP_REPLY struct engine_reply waiting = {0};
	if (inspect(g, name, &c, e) < 0)
		return -1;
	if (!start && !str_eq(c.state, "running"))
		return err_set(e, ERR_REFUSED, "the container %s is %s: it cannot be attached to", name, c.state);
	CLEANUP_FREE char *keys = NULL;
	if (docker_keys(o->keys, &keys, e) < 0)
		return -1;
	struct session s = {.g = g, .id = c.id, .tty = c.tty, .input = start ? o->input : !o->no_stdin, .keys = keys,
		.proxy = !str_eq(o->proxy, "false")};
	bool early = g->api >= 30;
	if (session_attach(&s, &reply, e) < 0 ||
	    (early && container_wait_begin(g, c.id, start ? "next-exit" : "not-running", &waiting, e) < 0) ||
	    (start && container_start(g, c.id, e) < 0))
		return -1;
	int rc = session_run(&s, &reply, e);
	engine_reply_end(&reply);
	if (rc)
		return rc < 0 ? -1 : start ? EXIT_DONE : detached();
	return early ? container_wait_end(&waiting, c.id, e) : container_wait(g, c.id, NULL, e);
}

static int run_attach(struct invocation *in, struct err *e)
{
	CLEANUP_ENGINE struct engine g = {0};
	return docker_engine(&g, e) < 0 ? -1 : attach_to(&g, in->opts, in->argv[0], false, e);
}

static int start_one(const struct invocation *in, struct engine *g, const char *name, struct err *e)
{
	(void)in;
	return container_start(g, name, e) < 0 ? -1 : 1;
}

static int run_start(struct invocation *in, struct err *e)
{
	const struct streams_opts *o = in->opts;
	CLEANUP_ENGINE struct engine g = {0};
	if (docker_engine(&g, e) < 0)
		return -1;
	if (!o->attach && !o->input)
		return docker_each(in, &g, start_one, e);
	if (in->argc > 1)
		return err_set(e, ERR_USAGE, "only one container can be started with -a or -i");
	return attach_to(&g, o, in->argv[0], true, e);
}

/* The size of the terminal for engines that want it at the start, as a member of an object, or "". */
static void exec_size(const struct engine *g, bool tty, char size[EXEC_SIZE])
{
	unsigned cols, rows;
	*size = '\0';
	if (tty && g->api >= API_CONSOLE_SIZE && tty_size(STDOUT_FILENO, &cols, &rows))
		snprintf(size, EXEC_SIZE, ",\"ConsoleSize\":[%u,%u]", rows, cols);
}

static int exec_json(const struct streams_opts *o, bool tty, const char *keys, const char *size, char **argv, struct buf *out,
	struct err *e)
{
	CLEANUP_STRVEC struct strvec env = {0};
	CLEANUP_STRVEC struct strvec words = {0};
	struct json_writer w = {.out = out};
	for (size_t i = 0; i < o->env_files.n; i++)
		if (flags_file(&env, o->env_files.items[i], true, e) < 0)
			return err_wrap(e, "the flag --env-file");
	for (size_t i = 0; i < o->env.n; i++) {
		const char *value = strchr(o->env.items[i], '=') ? NULL : getenv(o->env.items[i]);
		strvec_pushf(&env, value ? "%s=%s" : "%s", o->env.items[i], value);
	}
	for (; *argv; argv++)
		strvec_push(&words, *argv);
	json_begin(&w, '{');
	json_kbool(&w, "Detach", o->detach);
	json_kbool(&w, "AttachStdin", o->input && !o->detach);
	json_kbool(&w, "AttachStdout", !o->detach);
	json_kbool(&w, "AttachStderr", !o->detach);
	json_kbool(&w, "Tty", tty);
	json_kbool(&w, "Privileged", o->privileged);
	json_kstr(&w, "User", o->user);
	json_kstr(&w, "WorkingDir", o->dir);
	json_kstr(&w, "DetachKeys", keys);
	json_words_list(&w, "Env", &env);
	json_words_list(&w, "Cmd", &words);
	buf_str(out, size);
	json_end(&w, '}');
	return 0;
}

struct exec_facts {
	char *id;
	int64_t code;
};

static const struct decode_field exec_fields[] = {
	{"Id", DECODE_STR, offsetof(struct exec_facts, id)},
	{"ExitCode", DECODE_INT, offsetof(struct exec_facts, code)},
	{0},
};

static void facts_free(struct exec_facts *f)
{
	free(f->id);
}

static int exec_start(struct engine *g, const struct streams_opts *o, const char *id, bool tty, const char *keys,
	const char *size, struct err *e)
{
	CLEANUP_REPLY struct engine_reply reply = {0};
	CLEANUP_WITH(facts_free) struct exec_facts after = {0};
	CLEANUP_FREE char *json = str_printf("{\"Detach\":%s,\"Tty\":%s%s}", o->detach ? "true" : "false",
		tty ? "true" : "false", size);
	struct engine_request rq = {.method = "POST", .json = json, .upgrade = !o->detach};
	struct session s = {.g = g, .id = id, .exec = true, .tty = tty, .input = o->input, .keys = keys};
	if (engine_start(g, &rq, &reply, e, "/exec/%s/start", id) < 0)
		return -1;
	if (o->detach)
		return EXIT_DONE;
	int rc = session_run(&s, &reply, e);
	engine_reply_end(&reply);
	if (rc)
		return rc < 0 ? -1 : detached();
	return fetch_object(g, exec_fields, &after, e, "/exec/%s/json", id) < 0 ? -1 : (int)(after.code & 0xff);
}

static int run_exec(struct invocation *in, struct err *e)
{
	const struct streams_opts *o = in->opts;
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_BUF struct buf json = {0};
	CLEANUP_REPLY struct engine_reply reply = {0};
	CLEANUP_WITH(facts_free) struct exec_facts made = {0};
	/* As with run: no terminal here, none there. */
	bool tty = o->tty && (o->detach || !o->input || tty_is(STDIN_FILENO));
	char size[EXEC_SIZE];
	CLEANUP_FREE char *keys = NULL;
	for (size_t i = 0; i < o->env.n; i++) {
		if (*o->env.items[i] && *o->env.items[i] != '=')
			continue;
		err_set(e, ERR_USAGE, "invalid argument \"%s\" for the flag --env: the name is missing", o->env.items[i]);
		return docker_usage(e);
	}
	if (docker_keys(o->keys, &keys, e) < 0 || docker_engine(&g, e) < 0 || engine_connect(&g, e) < 0)
		return -1;
	exec_size(&g, tty, size);
	if (exec_json(o, tty, keys, size, in->argv + 1, &json, e) < 0)
		return -1;
	struct engine_request rq = {.method = "POST", .json = buf_cstr(&json)};
	if (engine_start(&g, &rq, &reply, e, "/containers/%s/exec", in->argv[0]) < 0 ||
	    fetch_reply(&reply, exec_fields, &made, e) < 0)
		return -1;
	return exec_start(&g, o, made.id, tty, keys, size, e);
}

/* "2026-01-02", "2026-01-02T13:23", with or without seconds and zone: what is missing is midnight, and the zone here. */
static int moment_of(const char *text, struct clock_time *t)
{
	struct err ignored;
	const char *clock = strchr(text, 'T'), *zone = clock ? strpbrk(clock, "Zz+-") : strpbrk(text, "Zz+");
	size_t n = zone ? (size_t)(zone - text) : strlen(text);
	int colons = 0;
	for (const char *p = clock ? clock : text; p < text + n; p++)
		colons += *p == ':';
	CLEANUP_FREE char *full = str_printf("%.*s%s%s", (int)n, text,
		!clock ? "T00:00:00" : colons == 0 ? ":00:00" : colons == 1 ? ":00" : "", zone ? zone : "Z");
	if (clock_parse(full, t, &ignored) < 0)
		return -1;
	if (!zone) {
		struct tm tm;
		time_t guess = t->sec;
		if (localtime_r(&guess, &tm))
			t->sec -= tm.tm_gmtoff;
	}
	return 0;
}

/* A moment as the API wants it: seconds since 1970. */
int docker_moment(const char *flag, const char *text, char out[DOCKER_MOMENT], struct err *e)
{
	struct clock_time t;
	int64_t ago = text ? flag_duration(text) : 0;
	out[0] = '\0';
	if (!text)
		return 0;
	size_t n = strspn(text, "0123456789");
	if (n && n < 20 && (!text[n] || (text[n] == '.' && strspn(text + n + 1, "0123456789") == strlen(text + n + 1))))
		return snprintf(out, DOCKER_MOMENT, "%s", text) < 0;
	if (ago >= 0) {
		t = clock_now();
		t.sec -= ago / 1000000000;
	} else if (moment_of(text, &t) < 0) {
		return err_set(e, ERR_USAGE, "invalid argument \"%s\" for the flag --%s: write 2026-01-02T13:23:37Z, "
			"seconds since 1970, or 42m", text, flag);
	}
	return snprintf(out, DOCKER_MOMENT, "%lld.%09u", (long long)t.sec, (unsigned)t.nsec) < 0;
}

static int run_logs(struct invocation *in, struct err *e)
{
	const struct streams_opts *o = in->opts;
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_CONTAINER struct container c = {0};
	CLEANUP_REPLY struct engine_reply reply = {0};
	struct engine_request rq = {0};
	char since[DOCKER_MOMENT], until[DOCKER_MOMENT];
	if (docker_engine(&g, e) < 0 || inspect(&g, in->argv[0], &c, e) < 0 || docker_moment("since", o->since, since, e) < 0 ||
	    docker_moment("until", o->until, until, e) < 0)
		return -1;
	if (engine_start(&g, &rq, &reply, e, "/containers/%s/logs?stdout=1&stderr=1&follow=%d&timestamps=%d&details=%d"
		"&tail=%s&since=%s&until=%s", c.id, o->follow, o->times, o->details, o->tail ? o->tail : "all", since, until) < 0)
		return -1;
	return attach_copy(reply.body, c.tty, STDOUT_FILENO, STDERR_FILENO, e) < 0 ? -1 : EXIT_DONE;
}

#define STREAMS(x, words, operands, most) \
	const struct command docker_##x = {.name = #x, .summary = words, .args = operands, .opts = x##_options, \
		.opts_size = sizeof(struct streams_opts), .min_args = 1, \
		.max_args = most, .run = run_##x}

STREAMS(attach, "attach to a running container", "CONTAINER", 1);
STREAMS(logs, "show what a container has written", "CONTAINER", 1);
STREAMS(start, "start stopped containers", "CONTAINER...", ARGS_ANY);
const struct command docker_exec = {.name = "exec", .summary = "run a command in a running container",
	.args = "CONTAINER COMMAND [ARG...]", .opts = exec_options, .opts_size = sizeof(struct streams_opts), .min_args = 2,
	.max_args = ARGS_ANY, .stop_at_operand = true, .run = run_exec};
