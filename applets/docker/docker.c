#include "docker/docker.h"
#include "docker/flags.h"
#include "docker/settings.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/registry_auth.h"
#include "service/version.h"
#include "sys/signal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define VERB(x, spellings) extern const struct command docker_##x;
#include "verbs.def"
#undef VERB

static const struct verb {
	const char *spellings;
	const struct command *command;
} verbs[] = {
#define VERB(x, spellings) {spellings, &docker_##x},
#include "verbs.def"
#undef VERB
};

enum { VERBS = sizeof verbs / sizeof *verbs };

struct docker_opts {
	struct endpoint_options engine;
	const char *level;
	bool debug, version;
};

static const struct opt options[] = {
	{'H', "host", OPT_STR, "ADDRESS", "the engine: unix://, tcp:// or ssh://", offsetof(struct docker_opts, engine.host)},
	{'c', "context", OPT_STR, "NAME", "name of the context to use", offsetof(struct docker_opts, engine.context)},
	{0, "config", OPT_STR, "DIR", "folder of docker's client settings", offsetof(struct docker_opts, engine.config)},
	{0, "tls", OPT_FLAG, NULL, "speak TLS to tcp:// (and verify the engine)", offsetof(struct docker_opts, engine.tls)},
	{0, "tlsverify", OPT_FLAG, NULL, "likewise", offsetof(struct docker_opts, engine.verify)},
	{0, "tlscacert", OPT_STR, "FILE", "the authorities that are trusted", offsetof(struct docker_opts, engine.ca)},
	{0, "tlscert", OPT_STR, "FILE", "our certificate", offsetof(struct docker_opts, engine.cert)},
	{0, "tlskey", OPT_STR, "FILE", "and its key", offsetof(struct docker_opts, engine.key)},
	{'l', "log-level", OPT_STR, "LEVEL", NULL, offsetof(struct docker_opts, level)},
	{'D', "debug", OPT_FLAG, NULL, NULL, offsetof(struct docker_opts, debug)},
	{'v', "version", OPT_FLAG, NULL, "print the version", offsetof(struct docker_opts, version)},
	{0},
};

/* The one engine of this process. */
static const struct endpoint_options *engine_options;

int docker_engine(struct engine *g, struct err *e)
{
	return engine_open_by(g, engine_options, e) < 0 || docker_headers(&g->headers, e) < 0 ? -1 : 0;
}

const char *docker_folder(void)
{
	return engine_options->config;
}

int docker_auth(const char *image, char **header, struct err *e)
{
	return registry_auth_header(docker_folder(), image, header, e);
}

const struct endpoint_options *docker_options(void)
{
	return engine_options;
}

void docker_error(const struct err *e)
{
	CLEANUP_FREE char *msg = mem_strdup(e->msg);
	for (char *p = msg; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	fflush(stdout);
	fprintf(stderr, "docker: %s\n", msg);
}

int docker_each(const struct invocation *in, struct engine *g, docker_each_fn *fn, struct err *e)
{
	int status = EXIT_DONE;
	for (int i = 0; i < in->argc; i++) {
		struct err one = {0};
		int rc = signal_check(e) < 0 ? -1 : fn(in, g, in->argv[i], &one);
		if (signal_pending())
			return signal_check(e);
		if (rc < 0) {
			docker_error(&one);
			status = EXIT_ERROR;
		} else if (rc > 0) {
			puts(in->argv[i]);
			fflush(stdout);
		}
	}
	return status;
}

/* Whether one of the spellings is the first word, or the first two. Returns how many words it took, or 0. */
static int spelled(const char *spellings, int argc, char **argv)
{
	for (const char *p = spellings; *p; p += *p == '|') {
		size_t n = strcspn(p, "|"), first = strlen(argv[0]);
		const char *rest = p + first;
		bool begins = n >= first && memcmp(p, argv[0], first) == 0;
		if (begins && n == first)
			return 1;
		if (begins && *rest == ' ' && argc > 1 && n - first - 1 == strlen(argv[1]) &&
		    memcmp(rest + 1, argv[1], n - first - 1) == 0)
			return 2;
		p += n;
	}
	return 0;
}

/* The spelling that begins with the word and a blank, as `container ls` does with `container`; or NULL. */
static const char *in_group(const char *spellings, const char *word)
{
	size_t n = strlen(word);
	for (const char *p = spellings; p; p = strchr(p, '|'), p = p ? p + 1 : NULL)
		if (strncmp(p, word, n) == 0 && p[n] == ' ')
			return p;
	return NULL;
}

/* All commands, or those of a group, such as `container`. */
static int help(const struct command *cmd, const char *group)
{
	if (!group)
		command_help(cmd, "docker");
	printf(group ? "Usage: docker %s COMMAND [ARGS...]\n\nCommands:\n" : "\nCommands:\n", group);
	for (size_t i = 0; i < VERBS; i++) {
		const char *p = group ? in_group(verbs[i].spellings, group) : verbs[i].spellings;
		if (p)
			printf("  %-19.*s %s\n", (int)strcspn(p, "|"), p, verbs[i].command->summary);
	}
	return EXIT_DONE;
}

/* Whether the word is a group's: then the word behind it was not known. */
static bool is_group(const char *word)
{
	for (size_t i = 0; i < VERBS; i++)
		if (in_group(verbs[i].spellings, word))
			return true;
	return false;
}

static int absent(int argc, char **argv, struct err *e)
{
	bool group = argc > 1 && is_group(argv[0]);
	return err_set(e, ERR_USAGE, "'%s%s%s' is not in dr's docker; install the docker CLI for it", argv[0],
		group ? " " : "", group ? argv[1] : "");
}

/* Parses and runs one command. *status is what an error exits with. */
static int run_verb(const struct verb *v, int argc, char **argv, int *status, struct err *e)
{
	const struct command *cmd = v->command;
	bool wants_help = false;
	CLEANUP_FREE void *opts = mem_alloc(cmd->opts_size);
	CLEANUP_FREE char *path = str_printf("docker %.*s", (int)strcspn(v->spellings, "|"), v->spellings);
	struct invocation in = {.command = cmd, .name = path, .opts = opts, .argc = argc - 1, .argv = argv + 1};
	int first = cmd->raw ? 1 : command_parse(cmd, argc, argv, opts, &wants_help, e), rc = -1;
	if (first < 0) {
		if (str_starts(e->msg, "unknown"))
			err_hint(e, ": not in dr's docker; install the docker CLI for it");
	} else if (wants_help) {
		command_help(cmd, path);
		rc = EXIT_DONE;
	} else {
		in.argc = argc - first;
		in.argv = argv + first;
		*status = cmd->error_status ? cmd->error_status : EXIT_ERROR;
		if (in.argc < cmd->min_args || (cmd->max_args != ARGS_ANY && in.argc > cmd->max_args)) {
			*status = EXIT_ERROR;
			err_set(e, ERR_USAGE, "\"%s\" takes other operands; usage: %s %s", path, path,
				cmd->args ? cmd->args : "(none)");
		} else {
			rc = cmd->run(&in, e);
		}
	}
	command_opts_free(cmd, opts);
	return rc;
}

static int run(struct invocation *in, struct err *e)
{
	const struct docker_opts *o = in->opts;
	int status = DOCKER_FAILED, words = 0;
	engine_options = &o->engine;
	if (o->level && !flag_allows("debug|info|warn|error|fatal|panic", o->level)) {
		err_set(e, ERR_USAGE, "invalid argument \"%s\" for the flag --log-level", o->level);
		docker_error(e);
		return EXIT_ERROR;
	}
	if (o->version)
		return printf("Docker version %s, build dr\n", DR_VERSION) < 0 ? -1 : EXIT_DONE;
	if (in->argc == 0 || (in->argc == 1 && str_eq(in->argv[0], "help")))
		return help(in->command, NULL);
	/* help X is X --help. */
	char option[] = "--help", *asked[] = {in->argv[in->argc > 1], in->argc > 2 ? in->argv[2] : option, option, NULL};
	bool ask = str_eq(in->argv[0], "help");
	int argc = ask && in->argc > 3 ? 3 : in->argc;
	char **argv = ask ? asked : in->argv;
	if (is_group(argv[0]) && (argc == 1 || str_eq(argv[1], option)))
		return help(in->command, argv[0]);
	for (size_t i = 0; i < VERBS; i++) {
		words = spelled(verbs[i].spellings, argc, argv);
		if (!words)
			continue;
		int rc = run_verb(&verbs[i], argc - words + 1, argv + words - 1, &status, e);
		if (rc < 0 && status != DOCKER_FAILED) {
			docker_error(e);
			return status;
		}
		return rc;
	}
	return absent(argc, argv, e);
}

const struct command applet_docker = {
	.name = "docker",
	.summary = "the part of the docker CLI that services' scripts and people use",
	.args = "COMMAND [ARGS...]",
	.example = "  docker run --rm -v web:/data IMAGE ls /data\n",
	.opts = options,
	.opts_size = sizeof(struct docker_opts),
	.max_args = ARGS_ANY,
	.stop_at_operand = true,
	.error_status = DOCKER_FAILED,
	.run = run,
};
