#include "command.h"

#include "base/mem.h"
#include "base/str.h"
#include "service/script_container.h"
#include "service/self.h"
#include "sys/fd.h"
#include "sys/signal.h"
#include "sys/spawn.h"
#include "sys/tty.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

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

static char dr[] = "dr";

/* A link to dr with another name is a service's launcher: `helloworld run` is `dr helloworld run`. */
static int run_service(int argc, char **argv)
{
	char **longer = mem_array((size_t)argc + 2, sizeof *longer);
	char *base = mem_strdup(str_basename(argv[0]));
	longer[0] = dr;
	longer[1] = base;
	for (int i = 1; i < argc; i++)
		longer[i + 1] = argv[i];
	int status = command_main(applet_find("dr"), "dr", argc + 1, longer);
	free(base);
	free(longer);
	return status;
}

/* The first process of a script's container, with dr's umask and the script's words: without it the script would be that, to
   which signals do nothing. Images have their interpreters in other places than hosts. */
static int run_init(int argc, char **argv)
{
	struct err e;
	struct spawn s = {.argv = argv + 2};
	if (argc < 3)
		return EXIT_ERROR;
	umask((mode_t)strtoul(argv[1], NULL, 8));
	char *file = spawn_find(argv[2], NULL);
	if (!file)
		file = spawn_find(str_basename(argv[2]), NULL);
	s.file = file ? file : argv[2];
	int code = spawn_run(&s, &e);
	if (code < 0)
		fprintf(stderr, "dr: cannot run %s in the container: %s\n", argv[2], e.msg);
	free(file);
	return code < 0 ? EXIT_ERROR : code;
}

int main(int argc, char **argv)
{
	static char *bare[] = {dr, NULL};
	fd_ensure_standard();
	signal_setup();
	if (argc < 1) {
		argc = 1;
		argv = bare;
	}
	const char *name = str_basename(argv[0]);
	/* Ansible calls its copy of the module AnsiballZ_dr_service, and may put more behind the name. */
	const char *module = str_after(name, "AnsiballZ_");
	bool ansible = str_starts(module ? module : name, "dr_service");
	const struct command *cmd = applet_find(ansible ? "dr_service" : name);
	int status;
	if (str_eq(name, SCRIPT_INIT))
		return run_init(argc, argv);
	if (cmd)
		status = command_main(cmd, cmd->name, argc, argv);
	else if (self_is_called(name))
		status = command_main(applet_find("dr"), "dr", argc, argv);
	else
		status = run_service(argc, argv);
	/* A run that a signal ended tells the shell so: it dies by that signal, 128+n. */
	if (status != EXIT_DONE) {
		fflush(NULL);
		tty_raw_leave();
		signal_die();
	}
	return status;
}
