#include "docker/flags.h"
#include "docker/format.h"
#include "docker/session.h"
#include "docker/settings.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/container.h"
#include "engine/image.h"
#include "engine/image_ref.h"
#include "sys/file.h"
#include "sys/signal.h"
#include "sys/tty.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* What create and run have parsed. */
struct job {
	struct engine g;
	struct flags_set f;
	char *id, *keys;
	bool run, detach, tty, input, remove;
	bool streams[3];
	int status;                  /* for an error, where docker has another than usual */
};

#define CLEANUP_JOB CLEANUP_WITH(job_free)

static void job_free(struct job *j)
{
	engine_free(&j->g);
	flags_free(&j->f);
	free(j->id);
	free(j->keys);
}

static int pull_line(void *arg, const struct engine_message *m, struct err *e)
{
	(void)arg;
	(void)e;
	if (*m->status && !m->total)
		fprintf(stderr, "%s%s%s\n", m->id, *m->id ? ": " : "", m->status);
	return 0;
}

static int pull(struct job *j, const char *image, struct err *e)
{
	CLEANUP_FREE char *auth = NULL;
	if (docker_auth(image, &auth, e) < 0)
		return -1;
	return image_pull(&j->g, image, flags_get(&j->f, "platform"), auth, flags_on(&j->f, "quiet") ? NULL : pull_line,
		NULL, e);
}

/* -a, or all that -d and -i leave. */
static int choose_streams(struct job *j, struct err *e)
{
	static const char *const names[] = {"stdin", "stdout", "stderr"};
	bool given = false;
	for (size_t i = 0; i < j->f.n_given; i++) {
		bool known = false;
		if (!str_eq(j->f.given[i].flag->name, "attach"))
			continue;
		for (int k = 0; k < 3; k++)
			if (strcasecmp(j->f.given[i].value, names[k]) == 0)
				known = j->streams[k] = true;
		if (!known)
			return err_set(e, ERR_USAGE, "invalid argument \"%s\" for the flag --attach: stdin, stdout or stderr",
				j->f.given[i].value);
		given = true;
	}
	if (given && j->detach)
		return j->status = EXIT_ERROR, err_set(e, ERR_USAGE, "conflicting options: -a and -d");
	j->streams[0] |= j->input && !j->detach;
	j->streams[1] |= !given && !j->detach;
	j->streams[2] |= !given && !j->detach;
	return 0;
}

static void put_bool(struct job *j, const char *path, bool v)
{
	flags_put(&j->f, path, 0, NULL, v ? "true" : "false");
}

static int fill(struct job *j, char **argv, struct err *e)
{
	/* Those that docker inspect is to show as empty, not as null. */
	static const char *const lists[] = {"BlkioWeightDevice", "Devices", "Dns", "DnsOptions", "DnsSearch", "PortBindings"};
	if (flags_apply(&j->f, e) < 0)
		return -1;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		CLEANUP_FREE char *path = str_printf("HostConfig:%s", lists[i]);
		if (*lists[i] != 'P' || !flags_get(&j->f, "publish"))
			flags_put(&j->f, path, *lists[i] == 'P' ? '{' : '[', NULL, NULL);
	}
	flags_put_str(&j->f, "HostConfig:NetworkMode", 0, NULL, j->f.networks.n ? j->f.networks.items[0] : "default");
	if (!flags_get(&j->f, "restart"))
		flags_put_str(&j->f, "HostConfig:RestartPolicy:Name", 0, NULL, "no");
	j->detach = flags_on(&j->f, "detach");
	j->input = flags_on(&j->f, "interactive");
	j->remove = flags_on(&j->f, "rm");
	/* Where docker refuses -t without a terminal, dr goes on without one: scripts run under cron, too. */
	j->tty = flags_on(&j->f, "tty") && (!j->run || j->detach || !j->input || tty_is(STDIN_FILENO));
	if (choose_streams(j, e) < 0 || docker_keys(flags_get(&j->f, "detach-keys"), &j->keys, e) < 0)
		return -1;
	if (j->remove && flags_get(&j->f, "restart") && !str_eq(flags_get(&j->f, "restart"), "no"))
		return err_set(e, ERR_USAGE, "conflicting options: --restart and --rm");
	put_bool(j, "AttachStdin", j->streams[0]);
	put_bool(j, "AttachStdout", j->streams[1]);
	put_bool(j, "AttachStderr", j->streams[2]);
	put_bool(j, "OpenStdin", j->input);
	put_bool(j, "StdinOnce", j->input && !j->detach && j->streams[0]);
	put_bool(j, "Tty", j->tty);
	flags_put_str(&j->f, "Image", 0, NULL, argv[0]);
	for (argv++; *argv; argv++)
		flags_put_str(&j->f, "Cmd", '[', NULL, *argv);
	return 0;
}

/* The variables of the proxies that the docker CLI's settings name, unless -e names them: stronger than a file's. */
static int add_proxies(struct job *j, struct err *e)
{
	CLEANUP_STRVEC struct strvec words = {0};
	for (size_t i = 0; i < j->f.n_given; i++)
		if (str_eq(j->f.given[i].flag->name, "env"))
			strvec_push(&words, j->f.given[i].value);
	size_t given = words.n;
	docker_proxies(&j->g, &words);
	for (size_t i = given; i < words.n; i++)
		if (flag_env(&j->f, words.items[i], e) < 0)
			return -1;
	return 0;
}

/* The size that the terminal has from its start; later ones are told as they change. */
static int add_size(struct job *j, struct err *e)
{
	unsigned cols, rows;
	char json[32];
	if (!tty_size(STDOUT_FILENO, &cols, &rows))
		return 0;
	if (engine_connect(&j->g, e) < 0)
		return -1;
	snprintf(json, sizeof json, "[%u,%u]", rows, cols);
	if (j->g.api >= API_CONSOLE_SIZE)
		flags_put(&j->f, "HostConfig:ConsoleSize", 0, NULL, json);
	return 0;
}

/* Creates the container, after a pull where that is wanted or needed. */
static int create(struct job *j, const char *image, struct err *e)
{
	const char *when = flags_get(&j->f, "pull"), *platform = flags_get(&j->f, "platform");
	const char *cidfile = flags_get(&j->f, "cidfile");
	CLEANUP_STRVEC struct strvec warnings = {0};
	CLEANUP_BUF struct buf json = {0};
	if (cidfile && file_exists(AT_FDCWD, cidfile))
		return err_set(e, ERR_EXISTS, "--cidfile %s: the file is there already; remove it", cidfile);
	/* So that what cannot be written down is not made. */
	if (cidfile && file_replace(AT_FDCWD, cidfile, "", 0, 0644, e) < 0)
		return err_wrap(e, "--cidfile %s", cidfile);
	flags_json(&j->f, "", &json);
	if (str_eq(when, "always") && pull(j, image, e) < 0)
		return -1;
	int rc = container_create_json(&j->g, flags_get(&j->f, "name"), platform, buf_cstr(&json), &j->id, &warnings, e);
	if (rc < 0 && e->status == 404 && strstr(e->msg, "o such image") && !str_eq(when, "never")) {
		if (!flags_on(&j->f, "quiet"))
			fprintf(stderr, "Unable to find image '%s' locally\n", image);
		if (pull(j, image, e) < 0)
			return -1;
		rc = container_create_json(&j->g, flags_get(&j->f, "name"), platform, buf_cstr(&json), &j->id, &warnings, e);
	}
	if (rc < 0)
		return -1;
	for (size_t i = 0; i < warnings.n; i++)
		fprintf(stderr, "WARNING: %s\n", warnings.items[i]);
	return cidfile ? file_replace(AT_FDCWD, cidfile, j->id, strlen(j->id), 0644, e) : 0;
}

/* Parses and creates. Returns 1 when only help was asked for. */
static int prepare(struct job *j, const struct invocation *in, struct err *e)
{
	int first = flags_parse(&j->f, in->argc, in->argv, j->run ? FLAGS_RUN : FLAGS_CREATE, e);
	if (first < 0)
		return -1;
	if (flags_on(&j->f, "help")) {
		command_help(in->command, in->name);
		flags_help(j->run ? FLAGS_RUN : FLAGS_CREATE);
		return 1;
	}
	if (first == in->argc)
		return j->status = EXIT_ERROR, err_set(e, ERR_USAGE, "which image? usage: %s [FLAGS] IMAGE [COMMAND] [ARG...]", in->name);
	char **argv = in->argv + first;
	if (fill(j, argv, e) < 0 || docker_engine(&j->g, e) < 0 || add_proxies(j, e) < 0 || add_size(j, e) < 0)
		return -1;
	const char *cidfile = flags_get(&j->f, "cidfile");
	bool before = cidfile && file_exists(AT_FDCWD, cidfile);
	int rc = create(j, argv[0], e);
	if (rc < 0 && cidfile && !before)
		unlink(cidfile);
	return rc;
}

static int run_create(struct invocation *in, struct err *e)
{
	CLEANUP_JOB struct job j = {0};
	int rc = prepare(&j, in, e);
	if (rc < 0 && (j.status || e->kind != ERR_USAGE)) {
		docker_error(e);
		return EXIT_ERROR;
	}
	if (rc == 0)
		puts(j.id);
	return rc < 0 ? -1 : EXIT_DONE;
}

/* The exit status for a container that could not be started, as docker gives it. */
static int start_failure(const struct err *e)
{
	if (strstr(e->msg, "executable file not found") || strstr(e->msg, "no such file or directory"))
		return 127;
	return strstr(e->msg, "permission denied") ? 126 : DOCKER_FAILED;
}

static int start_failed(struct job *j, const struct err *e)
{
	struct err ignored;
	docker_error(e);
	signal_defer();
	if (j->remove && container_remove(&j->g, j->id, CONTAINER_FORCE | CONTAINER_VOLUMES, &ignored) < 0)
		docker_error(&ignored);
	signal_undefer();
	return start_failure(e);
}

/* Attached: the streams, then the exit code. Old engines answer the wait only at its end. */
static int run_attached(struct job *j, struct session *s, struct err *e)
{
	CLEANUP_REPLY struct engine_reply streams = {0};
	CLEANUP_REPLY struct engine_reply waiting = {0};
	const char *until = j->remove ? "removed" : "next-exit";
	bool early = j->g.api >= 30;
	if (session_attach(s, &streams, e) < 0 || (early && container_wait_begin(&j->g, j->id, until, &waiting, e) < 0))
		return start_failed(j, e);
	if (container_start(&j->g, j->id, e) < 0)
		return start_failed(j, e);
	int rc = session_run(s, &streams, e);
	engine_reply_end(&streams);
	/* Nobody takes its output any more, or it cannot be had: a process of the host would end by that. */
	if (rc < 0 && e->kind != ERR_INTR && j->remove)
		return start_failed(j, e), DOCKER_FAILED;
	if (rc)
		return rc < 0 ? -1 : EXIT_DONE;
	return early ? container_wait_end(&waiting, j->id, e) : container_wait(&j->g, j->id, NULL, e);
}

static int run_run(struct invocation *in, struct err *e)
{
	CLEANUP_JOB struct job j = {.run = true};
	int rc = prepare(&j, in, e);
	if (rc < 0 && j.status) {
		docker_error(e);
		return j.status;
	}
	if (rc)
		return rc < 0 ? -1 : EXIT_DONE;
	const char *proxy = flags_get(&j.f, "sig-proxy");
	struct session s = {.g = &j.g, .id = j.id, .tty = j.tty, .input = j.streams[0], .no_output = !j.streams[1],
		.no_errors = !j.streams[2], .keys = j.keys, .proxy = !proxy || flags_on(&j.f, "sig-proxy")};
	if (j.streams[0] || j.streams[1] || j.streams[2])
		return run_attached(&j, &s, e);
	if (container_start(&j.g, j.id, e) < 0)
		return start_failed(&j, e);
	puts(j.id);
	return EXIT_DONE;
}

struct update {
	struct buf json;
	struct strvec warnings;
};

static void update_free(struct update *u)
{
	buf_free(&u->json);
	strvec_free(&u->warnings);
}

static int update_one(const struct invocation *in, struct engine *g, const char *name, struct err *e)
{
	struct update *u = in->opts;
	struct engine_request rq = {.method = "POST", .json = buf_cstr(&u->json)};
	CLEANUP_JSON struct json *v = docker_json(g, &rq, e, "/containers/%s/update", name);
	const struct json *warnings = json_get(v, "Warnings");
	for (size_t i = 0; i < json_count(warnings); i++)
		strvec_push(&u->warnings, docker_text(&warnings->items[i]));
	return v ? 1 : -1;
}

static int run_update(struct invocation *in, struct err *e)
{
	CLEANUP_WITH(flags_free) struct flags_set f = {0};
	CLEANUP_WITH(update_free) struct update u = {0};
	CLEANUP_ENGINE struct engine g = {0};
	int first = flags_parse(&f, in->argc, in->argv, FLAGS_UPDATE, e);
	if (first < 0 || flags_apply(&f, e) < 0)
		return -1;
	if (flags_on(&f, "help")) {
		command_help(in->command, in->name);
		flags_help(FLAGS_UPDATE);
		return EXIT_DONE;
	}
	if (first == in->argc) {
		err_set(e, ERR_USAGE, "which container? usage: %s [FLAGS] CONTAINER...", in->name);
		docker_error(e);
		return EXIT_ERROR;
	}
	if (docker_engine(&g, e) < 0)
		return -1;
	flags_json(&f, "HostConfig:", &u.json);
	struct invocation each = {.opts = &u, .argc = in->argc - first, .argv = in->argv + first};
	int status = docker_each(&each, &g, update_one, e);
	for (size_t i = 0; i < u.warnings.n; i++)
		puts(u.warnings.items[i]);
	return status;
}

const struct command docker_create = {.name = "create", .summary = "create a container", .args = "IMAGE [COMMAND] [ARG...]",
	.raw = true, .max_args = ARGS_ANY, .error_status = DOCKER_FAILED, .run = run_create};
const struct command docker_run = {.name = "run", .summary = "create and start a container",
	.args = "IMAGE [COMMAND] [ARG...]", .raw = true, .max_args = ARGS_ANY, .error_status = DOCKER_FAILED, .run = run_run};
const struct command docker_update = {.name = "update", .summary = "change the limits of containers", .args = "CONTAINER...",
	.raw = true, .max_args = ARGS_ANY, .error_status = DOCKER_FAILED, .run = run_update};
