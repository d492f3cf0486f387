#include "command.h"

#include "base/str.h"
#include "sys/fd.h"
#include "sys/signal.h"
#include "sys/tty.h"

#include <stdio.h>

#define APPLET(x) extern const struct command applet_##x;
#include "applets.def"
#undef APPLET

static const struct command *const applets[] = {
#define APPLET(x) &applet_##x,
#include "applets.def"
#undef APPLET
	NULL,
};

const struct command *applet_find(const char *name)
{
	for (size_t i = 0; applets[i]; i++)
		if (str_eq(applets[i]->name, name))
			return applets[i];
	return NULL;
}

const struct command *applet_at(size_t i)
{
	return applets[i];
}

int main(int argc, char **argv)
{
	static char dr[] = "dr";
	static char *bare[] = {dr, NULL};
	fd_ensure_standard();
	signal_setup();
	if (argc < 1) {
		argc = 1;
		argv = bare;
	}
	const char *name = str_basename(argv[0]);
	const struct command *cmd = applet_find(name);
	if (!cmd)
		cmd = applet_find("dr");
	int status = command_main(cmd, cmd->name, argc, argv);
	/* A run that a signal ended tells the shell so: it dies by that signal, 128+n. */
	if (status != EXIT_DONE) {
		fflush(NULL);
		tty_raw_leave();
		signal_die();
	}
	return status;
}
