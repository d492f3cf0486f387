#include "base/str.h"
#include "command.h"
#include "dr/dr.h"
#include "service/command.h"
#include "service/version.h"

#include <stdio.h>

struct help_opts {
	bool man;
};

static const struct opt options[] = {
	{0, "man", OPT_FLAG, NULL, NULL, offsetof(struct help_opts, man)},
	{0},
};

/* Text in the source of a man page (man(7)): what begins a line is no request, and - is not a hyphen. */
static void roff(const char *text)
{
	for (const char *p = text; *p; p++) {
		if ((p == text || p[-1] == '\n') && (*p == '.' || *p == '\''))
			fputs("\\&", stdout);
		if (*p == '-' || *p == '\\')
			putchar('\\');
		putchar(*p == '\\' ? 'e' : *p);
	}
}

static void man_block(const char *before, const char *text, const char *after)
{
	if (!text)
		return;
	fputs(before, stdout);
	roff(text);
	fputs(after, stdout);
}

static void man_command(const char *heading, const char *prefix, const struct command *c)
{
	if (prefix) {
		printf(".%s \"%s%s", heading, prefix, c->name);
		man_block(" ", c->args, "");
		man_block("\"\n", c->summary, ".\n");
	} else {
		printf(".%s\n", heading);
	}
	man_block(prefix ? ".PP\n" : "", c->about, "");
	for (const struct opt *o = c->opts; o && (o->letter || o->name); o++) {
		if (!o->help)
			continue;
		fputs(".TP\n.B ", stdout);
		if (o->letter)
			printf("\\-%c%s", o->letter, o->name ? ", " : "");
		man_block("\\-\\-", o->name, "");
		man_block(" \\fI", o->arg, "\\fR");
		man_block("\n", o->help, "\n");
	}
	man_block(".PP\n.nf\n", c->example, ".fi\n");
}

static int man(void)
{
	const struct command *dr = applet_find("dr");
	printf(".TH DR 1 2026-11-28 \"dr %s\"\n.SH NAME\ndr \\- %s\n.SH SYNOPSIS\n", DR_VERSION, dr->summary);
	man_block(".B dr\n", dr->args, "\n");
	man_command("SH DESCRIPTION", NULL, dr);
	puts(".SH COMMANDS");
	for (const struct command *const *v = dr->verbs; *v; v++)
		if (!(*v)->hidden)
			man_command("SS", "dr ", *v);
	puts(".SH APPLETS");
	for (size_t i = 0; applet_at(i); i++)
		if (applet_at(i) != dr)
			man_command("SS", "", applet_at(i));
	return EXIT_DONE;
}

static int run(struct invocation *in, struct err *e)
{
	char *const none[] = {NULL};
	const struct help_opts *o = in->opts;
	const char *name = in->argc ? in->argv[0] : "dr";
	const struct command *verb = command_verb(applet_find("dr"), name), *c = verb ? verb : applet_find(name);
	CLEANUP_HOST struct host h = HOST_INIT;
	if (o->man)
		return man();
	if (!c)
		return dr_host(&h, false, e) < 0 ? -1 : service_command(&h, name, none, e);
	CLEANUP_FREE char *path = str_printf("%s%s", verb ? "dr " : "", name);
	command_help(c, path);
	return EXIT_DONE;
}

const struct command verb_help = {
	.name = "help",
	.summary = "explain a command, an applet or a service",
	.args = "[COMMAND]",
	.example = "  dr help install\n",
	.opts = options,
	.opts_size = sizeof(struct help_opts),
	.max_args = 1,
	.run = run,
};
