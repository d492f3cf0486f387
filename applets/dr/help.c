#include "base/str.h"
#include "command.h"
#include "dr/dr.h"
#include "service/command.h"

static const struct command *find(const char *name)
{
	for (const struct command *const *v = dr_verbs; *v; v++)
		if (str_eq((*v)->name, name))
			return *v;
	return applet_find(name);
}

static int run(struct invocation *in, struct err *e)
{
	char *const none[] = {NULL};
	const char *name = in->argc ? in->argv[0] : "dr";
	const struct command *c = find(name);
	CLEANUP_HOST struct host h = HOST_INIT;
	if (!c)
		return dr_host(&h, false, e) < 0 ? -1 : service_command(&h, name, none, e);
	CLEANUP_FREE char *path = str_printf("%s%s", applet_find(name) ? "" : "dr ", name);
	command_help(c, path);
	return EXIT_DONE;
}

const struct command verb_help = {
	.name = "help",
	.summary = "explain a command, an applet or a service",
	.args = "[COMMAND]",
	.example = "  dr help install\n",
	.max_args = 1,
	.run = run,
};
