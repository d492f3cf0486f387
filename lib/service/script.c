#include "service/script.h"

#include "base/mem.h"
#include "base/str.h"
#include "service/journal.h"
#include "service/name.h"
#include "service/script_container.h"
#include "sys/file.h"
#include "sys/signal.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

/* What the kernel reads of a #! line (BINPRM_BUF_SIZE). */
enum { LINE_MAX = 256 };

int script_interpreter(const char *p, size_t n, char **interpreter, char **arg, struct err *e)
{
	*interpreter = *arg = NULL;
	if (n < 2 || p[0] != '#' || p[1] != '!')
		return 0;
	CLEANUP_FREE char *line = mem_dup(p + 2, n - 2);
	line[strcspn(line, "\n")] = '\0';
	size_t len = strlen(line);
	if (len && line[len - 1] == '\r')
		return err_set(e, ERR_FORMAT, "its lines end in CR LF, as on Windows, so that the system looks for an interpreter "
			"with a CR in its name: convert it in the image (sed -i 's/\\r$//')");
	while (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		line[--len] = '\0';
	const char *name = line + strspn(line, " \t");
	size_t name_len = strcspn(name, " \t");
	const char *rest = name + name_len + strspn(name + name_len, " \t");
	if (!name_len)
		return 0;
	*interpreter = mem_dup(name, name_len);
	*arg = *rest ? mem_strdup(rest) : NULL;
	return 1;
}

/* What runs the script on this host: *file is the interpreter's full name, *arg what stands behind it in the line. Returns 1,
   or 0 with *file the name of what is missing. */
static int find_interpreter(char **file, char **arg)
{
	const char *base = str_basename(*file);
	char *found = spawn_find(*file, NULL);
	if (!found)
		found = spawn_find(base, NULL);
	/* "#!/usr/bin/env bash" on a host without env. */
	if (!found && str_eq(base, "env") && *arg && !strpbrk(*arg, " \t=") && **arg != '-') {
		found = spawn_find(*arg, NULL);
		free(*file);
		*file = ptr_steal(arg);
	}
	if (!found)
		return 0;
	free(*file);
	*file = found;
	return 1;
}

/* The words with the interpreter in front, so that an exec bit is not needed there either. */
static int contain(struct service *s, const struct script *sc, const char *file, const char *arg, const struct strvec *argv,
	const struct strvec *env, struct err *e)
{
	CLEANUP_STRVEC struct strvec words = {0};
	if (file)
		strvec_push(&words, file);
	if (file && arg)
		strvec_push(&words, arg);
	for (size_t i = 0; i < argv->n; i++)
		strvec_push(&words, argv->items[i]);
	return script_in_container(s, sc, &words, env, e);
}

/* Where a script goes that nothing on the host can run: `missing` is its interpreter, NULL for a program, whose loader is
   missing when e says so. argv is that of the script alone. */
static int no_interpreter(struct service *s, const struct script *sc, const struct strvec *argv, const struct strvec *env,
	const char *missing, const char *arg, struct err *e)
{
	if (s->host->ui.docker && !str_eq(getenv("DR_SCRIPTS"), "host") && (missing || e->sys == ENOENT))
		return contain(s, sc, missing, arg, argv, env, e);
	if (!missing)
		return err_set(e, ERR_FORMAT, "cannot run %s: it is a program for another kind of machine, or its loader is not on "
			"this host, or it has no exec bit", argv->items[0]);
	return err_set(e, ERR_NOT_FOUND, "cannot run '%s': it is a script for %s, which this host does not have; install it",
		sc->command, str_basename(missing));
}

/* *file (NULL: a program) and *arg are what the script names; they become what runs it. */
static int run_interpreted(struct service *s, const struct script *sc, struct spawn *sp, const struct strvec *words,
	const struct strvec *env, char **file, char **arg, struct err *e)
{
	if (!*file || !find_interpreter(file, arg))
		return no_interpreter(s, sc, words, env, *file, *arg, e);
	CLEANUP_STRVEC struct strvec argv = {0};
	strvec_push(&argv, *file);
	if (*arg)
		strvec_push(&argv, *arg);
	for (char *const *p = sp->argv; *p; p++)
		strvec_push(&argv, *p);
	sp->file = *file;
	sp->argv = argv.items;
	return spawn_run(sp, e);
}

/* The folder with dr as `docker`, made when it is not there; the caller's. */
static char *docker_folder(struct host *h, struct err *e)
{
	struct err ignored;
	CLEANUP_FREE char *target = file_readlink(h->own, "path/docker", &ignored);
	if (!str_eq(target, h->self) && (file_mkdir_p(h->own, "path", 0755, e) < 0 ||
					 file_symlink(h->self, h->own, "path/docker", e) < 0)) {
		err_wrap(e, "cannot give the script a docker command");
		return NULL;
	}
	return str_printf("%s/.dr/path", h->directory);
}

static int make_env(struct service *s, struct strvec *env, struct err *e)
{
	const char *choice = getenv("DR_DOCKER");
	bool first = str_eq(choice, "internal");
	const char *outer = getenv("DR_LOCKED");
	struct err ignored;
	const struct endpoint *ep = host_endpoint(s->host, &ignored);
	strvec_pushf(env, "DR_LOCKED=%s/%d %s", s->name, (int)getpid(), outer ? outer : "");
	/* Any docker command finds the usual socket by itself, but not every place where dr looks. */
	if (ep && (ep->from || !str_eq(ep->path, "/var/run/docker.sock")))
		endpoint_environment(ep, env);
	if (!s->host->ui.docker)
		return 0;
	CLEANUP_FREE char *docker = spawn_find("docker", NULL);
	if (docker && !first)
		return 0;
	CLEANUP_FREE char *folder = docker_folder(s->host, e);
	if (!folder)
		return -1;
	strvec_pushf(env, "PATH=%s:%s", first ? folder : spawn_path(), first ? spawn_path() : folder);
	return 0;
}

static int unknown(struct service *s, const char *command, struct err *e)
{
	struct err ignored;
	CLEANUP_STRVEC struct strvec names = {0};
	if (script_commands(s, &names, &ignored) < 0)
		names.n = 0;
	const char *near = name_nearest(command, &names);
	err_set(e, ERR_NOT_FOUND, "%s has no command '%s'", s->name, command);
	return near ? err_hint(e, "; did you mean '%s'?", near) : err_hint(e, "; %s help shows what it has", s->name);
}

int script_run(struct service *s, const struct script *sc, struct err *e)
{
	struct stat st;
	char head[LINE_MAX];
	CLEANUP_STRVEC struct strvec argv = {0};
	CLEANUP_STRVEC struct strvec env = {0};
	CLEANUP_FREE char *path = str_printf("%s/bin/%s", s->path, sc->command);
	if (!*sc->command || *sc->command == '.' || strchr(sc->command, '/') || stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return unknown(s, sc->command, e);
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = fd < 0 ? -1 : fd_read(fd, head, sizeof head, path, e);
	if (n < 0)
		return fd < 0 ? err_sys(e, "cannot read %s", path) : -1;
	CLEANUP_FREE char *file = NULL;
	CLEANUP_FREE char *arg = NULL;
	int interpreted = script_interpreter(head, (size_t)n, &file, &arg, e);
	if (interpreted < 0)
		return err_wrap(e, "cannot run %s", path);
	if (!interpreted && (n < 4 || memcmp(head, "\177ELF", 4) != 0))
		file = mem_strdup("sh");  /* what shells do with a text that has no such line */
	strvec_push(&argv, path);
	strvec_push(&argv, s->name);
	strvec_push(&argv, s->image);
	for (char *const *p = sc->args; p && *p; p++)
		strvec_push(&argv, *p);
	if (make_env(s, &env, e) < 0)
		return -1;
	int contained = s->host->ui.docker ? script_wants_container(s, e) : 0;
	if (contained)
		return contained < 0 ? -1 : contain(s, sc, file, arg, &argv, &env, e);
	struct spawn sp = {.argv = argv.items, .file = path, .env = env.items, .in = sc->in, .out = sc->out, .err = sc->err,
		.note_signals = sc->note_signals};
	int code = spawn_run(&sp, e);
	if (code < 0 && (e->sys == ENOENT || e->sys == EACCES || e->sys == ENOEXEC))
		code = run_interpreted(s, sc, &sp, &argv, &env, &file, &arg, e);
	return code;
}

int script_run_own(struct service *s, const char *command, char *const *args, struct err *e)
{
	const struct host_ui *ui = &s->host->ui;
	struct script sc = {.command = command, .args = args, .out = ui->script_out, .err = ui->script_err,
		.note_signals = true};
	CLEANUP_LOCK struct lock running = LOCK_INIT;
	CLEANUP_FREE char *path = str_printf("work/%s/" JOURNAL_SCRIPT, s->name);
	/* Shared, since a script before this one may have left a program behind. */
	if (lock_take(&running, s->host->own, path, LOCK_SHARED, NULL, NULL, e) < 0 || lock_inherit(&running, e) < 0)
		return -1;
	int code = script_run(s, &sc, e);
	if (code < 0 || signal_check(e) < 0)
		return -1;
	if (code > 128)
		return err_set(e, ERR_REFUSED, "the %s script was killed by signal %d", command, code - 128);
	if (code != 0 && code != 3)
		return err_set(e, ERR_REFUSED, "the %s script failed with exit code %d", command, code);
	return 0;
}

int script_commands(struct service *s, struct strvec *names, struct err *e)
{
	CLEANUP_FREE char *path = str_printf("%s/bin", s->path);
	DIR *d = opendir(path);
	if (!d)
		return err_sys(e, "cannot read %s", path);
	for (struct dirent *entry; (entry = readdir(d));) {
		struct stat st;
		if (entry->d_name[0] != '.' && fstatat(dirfd(d), entry->d_name, &st, 0) == 0 && S_ISREG(st.st_mode))
			strvec_push(names, entry->d_name);
	}
	closedir(d);
	strvec_sort(names);
	return 0;
}
