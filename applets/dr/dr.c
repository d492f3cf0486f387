#include "dr/dr.h"

#include "base/mem.h"
#include "base/str.h"
#include "command.h"
#include "dr/licenses.h"
#include "service/command.h"
#include "service/self.h"
#include "service/version.h"
#include "sys/file.h"

#include <errno.h>
#include <stdio.h>

#define VERB(x) extern const struct command verb_##x;
#include "verbs.def"
#undef VERB

const struct command *const dr_verbs[] = {
#define VERB(x) &verb_##x,
#include "verbs.def"
#undef VERB
	NULL,
};

struct dr_opts {
	bool list, install, symbolic, version, licenses;
};

static const struct opt options[] = {
	{0, "list", OPT_FLAG, NULL, "print the names of the applets in this file", offsetof(struct dr_opts, list)},
	{0, "install", OPT_FLAG, NULL, "link the applets into the folder DIR", offsetof(struct dr_opts, install)},
	{'s', NULL, OPT_FLAG, NULL, "with --install: make symbolic links", offsetof(struct dr_opts, symbolic)},
	{0, "version", OPT_FLAG, NULL, "print the version", offsetof(struct dr_opts, version)},
	{0, "licenses", OPT_FLAG, NULL, "print the licences of what is in this file", offsetof(struct dr_opts, licenses)},
	{0},
};

static int list_applets(void)
{
	for (size_t i = 0; applet_at(i); i++)
		puts(applet_at(i)->name);
	return EXIT_DONE;
}

/* One link of the name in the folder; what is there and is no link to dr stays. */
static int link_applet(const char *self, const char *folder, const char *name, bool symbolic, struct err *e)
{
	struct stat a, b;
	CLEANUP_FREE char *path = str_printf("%s/%s", folder, name);
	if (stat(path, &a) == 0 && stat(self, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		return 0;
	if (file_exists(AT_FDCWD, path))
		return err_set(e, ERR_EXISTS, "%s is there already: it was left as it is", path);
	if (symbolic)
		return file_symlink(self, AT_FDCWD, path, e);
	return link(self, path) < 0 ? err_sys(e, "cannot make the link %s (try --install -s)", path) : 0;
}

static int install_applets(const struct invocation *in, bool symbolic, struct err *e)
{
	int status = EXIT_DONE;
	CLEANUP_FREE char *self = self_path(program_invocation_name, e);
	if (in->argc != 1)
		return err_set(e, ERR_USAGE, "which folder? usage: dr --install [-s] DIR");
	for (size_t i = 0; self && applet_at(i); i++) {
		if (link_applet(self, in->argv[0], applet_at(i)->name, symbolic, e) == 0)
			continue;
		if (e->kind != ERR_EXISTS)
			return -1;
		command_wrap(stderr, (unsigned)fprintf(stderr, "dr: "), 0, e->msg);
		status = EXIT_ERROR;
	}
	return self ? status : -1;
}

static int run(struct invocation *in, struct err *e)
{
	const struct dr_opts *o = in->opts;
	if (o->version)
		return printf("dr %s\n", DR_VERSION) < 0 ? EXIT_ERROR : EXIT_DONE;
	if (o->licenses) {
		licenses_print();
		return EXIT_DONE;
	}
	if (o->list)
		return list_applets();
	if (o->install)
		return install_applets(in, o->symbolic, e);
	if (in->argc == 0) {
		command_help(in->command, in->name);
		return EXIT_DONE;
	}
	const struct command *applet = applet_find(in->argv[0]);
	if (applet)
		return command_main(applet, applet->name, in->argc, in->argv);
	CLEANUP_HOST struct host h = HOST_INIT;
	if (dr_host(&h, false, e) < 0)
		return -1;
	return service_command(&h, in->argv[0], in->argv + 1, e);
}

const struct command applet_dr = {
	.name = "dr",
	.summary = "Docker Runner: turns Docker images into installed services",
	.args = "COMMAND [ARGS...] | SERVICENAME [COMMAND ARGS...]",
	.about = "A service's own commands: dr SERVICENAME shows them.\n"
		 "Exit status: 0 done, 1 error, 3 nothing to change; a service's command gives its own.\n",
	.example = "  dr configure /opt/dr\n  dr install j842/dr-helloworld helloworld\n  helloworld run\n",
	.opts = options,
	.opts_size = sizeof(struct dr_opts),
	.max_args = ARGS_ANY,
	.stop_at_operand = true,
	.verbs = dr_verbs,
	.run = run,
	.failed = dr_failed,
};
