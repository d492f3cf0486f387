/*
 * The shells' scripts only call back: `dr completion --complete -- WORDS...` prints what may stand in place of the last
 * word, one a line; when it prints nothing, the shell offers files.
 */
#include "base/mem.h"
#include "base/str.h"
#include "command.h"
#include "dr/dr.h"
#include "service/script.h"

#include <stdio.h>
#include <string.h>

struct completion_opts {
	bool complete;
};

static const struct opt options[] = {
	{0, "complete", OPT_FLAG, NULL, NULL, offsetof(struct completion_opts, complete)},
	{0},
};

/* %s: the names of the services, each behind a blank. */
static const struct {
	const char *shell, *script;
} shells[] = {
	{"bash", "_dr() { local IFS=$'\\n'; COMPREPLY=($(dr completion --complete -- \"${COMP_WORDS[@]:0:COMP_CWORD+1}\" "
		"2>/dev/null)); }\n"
		"complete -o default -F _dr dr%s\n"},
	{"zsh", "#compdef dr\n"
		"_dr() { local -a w; w=(${(f)\"$(dr completion --complete -- \"${(@)words[1,CURRENT]}\" 2>/dev/null)\"})\n"
		"  if (( $#w )); then compadd -a w; else _files; fi }\n"
		"compdef _dr dr%s\n"},
	{"fish", "function __dr\n"
		"  set -l w (dr completion --complete -- (commandline -opc) (commandline -ct) 2>/dev/null)\n"
		"  if count $w >/dev/null; printf '%%s\\n' $w; else; __fish_complete_path (commandline -ct); end\n"
		"end\n"
		"for c in dr%s; complete -c $c -f -a '(__dr)'; end\n"},
};

static void offer(const char *word, const char *begun)
{
	if (str_starts(word, begun))
		puts(word);
}

static void offer_all(const struct strvec *words, const char *begun)
{
	for (size_t i = 0; i < words->n; i++)
		offer(words->items[i], begun);
}

static void offer_commands(const char *name, const char *begun)
{
	struct err ignored;
	CLEANUP_HOST struct host h = HOST_INIT;
	CLEANUP_SERVICE struct service s = SERVICE_INIT;
	CLEANUP_STRVEC struct strvec names = {0};
	if (dr_host(&h, false, &ignored) == 0 && host_open(&h, &ignored) == 0 &&
	    service_open(&s, &h, name, 0, &ignored) > 0 && script_commands(&s, &names, &ignored) == 0)
		offer_all(&names, begun);
}

static void offer_verbs(const struct command *const *v, const char *begun)
{
	for (; v && *v; v++)
		if (!(*v)->hidden)
			offer((*v)->name, begun);
}

static void offer_options(const struct command *c, const char *begun)
{
	for (const struct opt *o = c->opts; o && (o->letter || o->name); o++) {
		CLEANUP_FREE char *word = o->name ? str_printf("--%s", o->name) : str_printf("-%c", o->letter);
		if (o->help)
			offer(word, begun);
	}
	offer("--help", begun);
}

/* Operand number k, by its name in the usage line. */
static void offer_operand(const struct command *c, int k, const char *begun)
{
	CLEANUP_STRVEC struct strvec names = {0};
	CLEANUP_FREE char *args = mem_strdup(c->args ? c->args : "");
	char *rest = args, *word = NULL;
	for (int i = 0; i <= k; i++)
		word = strsep(&rest, " ");
	if (k == 0 && c->verbs)
		offer_verbs(c->verbs, begun);
	else if (word && strstr(word, "COMMAND"))
		offer_verbs(dr_verbs, begun);
	if (word && (strstr(word, "SERVICENAME") || c->verbs == dr_verbs)) {
		dr_services(&names);
		offer_all(&names, begun);
	}
	if (word && strchr(word, '|'))
		while ((rest = strsep(&word, "|")))
			offer(rest, begun);
}

static int complete(int argc, char **argv)
{
	const char *begun = argc > 1 ? argv[argc - 1] : "";
	const char *service = argc ? str_basename(argv[0]) : "dr";
	const struct command *c = applet_find(service);
	int operands = 0, i = 1;
	for (; c && i < argc - 1; i++) {
		if (argv[i][0] == '-') {
			if (command_wants_value(c, argv[i]) && ++i == argc - 1)
				return EXIT_DONE;
			continue;
		}
		if (operands++ || !c->verbs)
			continue;
		const struct command *verb = command_verb(c, argv[i]);
		service = argv[i];
		c = verb || c->verbs != dr_verbs ? verb : applet_find(service);
		operands = 0;
	}
	if (c && *begun == '-')
		offer_options(c, begun);
	else if (c)
		offer_operand(c, operands, begun);
	else if (i >= argc - 1)
		offer_commands(service, begun);
	return EXIT_DONE;
}

static int run(struct invocation *in, struct err *e)
{
	const struct completion_opts *o = in->opts;
	if (o->complete)
		return complete(in->argc, in->argv);
	for (size_t i = 0; in->argc == 1 && i < sizeof shells / sizeof *shells; i++) {
		if (!str_eq(shells[i].shell, in->argv[0]))
			continue;
		CLEANUP_STRVEC struct strvec names = {0};
		dr_services(&names);
		CLEANUP_FREE char *all = names.n ? strvec_join(&names, " ") : mem_strdup("");
		CLEANUP_FREE char *list = str_printf("%s%s", *all ? " " : "", all);
		for (const char *p = shells[i].script; *p; p++) {
			if (*p == '%' && *++p == 's')
				fputs(list, stdout);
			else
				putchar(*p);
		}
		return EXIT_DONE;
	}
	return err_set(e, ERR_USAGE, "which shell? usage: dr completion bash|zsh|fish");
}

const struct command verb_completion = {
	.name = "completion",
	.summary = "print a shell's completion of commands, services and their commands",
	.args = "bash|zsh|fish",
	.example = "  source <(dr completion bash)\n",
	.opts = options,
	.opts_size = sizeof(struct completion_opts),
	.max_args = ARGS_ANY,
	.run = run,
};
