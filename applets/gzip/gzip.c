#include "gzip/gzip.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/str.h"
#include "codec/deflate.h"
#include "command.h"
#include "sys/tty.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static void say(const struct gzip_run *g, const char *fmt, va_list ap)
{
	fprintf(stderr, "%s: ", g->prog);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void gzip_warn(struct gzip_run *g, const char *fmt, ...)
{
	va_list ap;
	if (g->status == GZIP_OK)
		g->status = GZIP_WARNING;
	if (g->o.quiet)
		return;
	va_start(ap, fmt);
	say(g, fmt, ap);
	va_end(ap);
}

void gzip_error(struct gzip_run *g, const char *fmt, ...)
{
	va_list ap;
	g->status = GZIP_ERROR;
	va_start(ap, fmt);
	say(g, fmt, ap);
	va_end(ap);
}

static bool strips(const struct gzip_run *g)
{
	return g->o.decompress || g->o.test || g->o.list;
}

static bool only_reads(const struct gzip_run *g)
{
	return g->o.to_stdout || g->o.test || g->o.list;
}

char *gzip_strip(const struct gzip_run *g, const char *path)
{
	static const char *const known[] = {".gz", ".tgz", ".taz", "-gz", ".z", "-z", "_z"};
	const char *base = str_basename(path);
	if (g->o.suffix && strlen(base) > strlen(g->o.suffix) && str_ends(base, g->o.suffix))
		return mem_dup(path, strlen(path) - strlen(g->o.suffix));
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (strlen(base) <= strlen(known[i]) || !str_ends(base, known[i]))
			continue;
		size_t n = strlen(path) - strlen(known[i]);
		return str_printf("%.*s%s", (int)n, path, known[i][1] == 't' ? ".tar" : "");
	}
	return NULL;
}

static void use(struct gzip_run *g, const struct gzip_input *in)
{
	if (g->o.list)
		gzip_list(g, in);
	else if (g->o.test)
		gzip_test(g, in);
	else if (g->o.to_stdout || !in->is_file)
		gzip_to_stdout(g, in);
	else
		gzip_replace(g, in);
}

static void take_folder(struct gzip_run *g, const char *path);

/* Whether a regular file may be replaced, as gzip judges it; says why not. */
static bool may_replace(struct gzip_run *g, const struct gzip_input *in)
{
	if (only_reads(g) || g->o.force)
		return true;
	if (in->st.st_mode & (S_ISUID | S_ISGID | S_ISVTX)) {
		gzip_warn(g, "%s is set-user-ID, set-group-ID or sticky -- ignored", in->path);
		return false;
	}
	if (in->st.st_nlink > 1 && !g->o.keep) {
		gzip_warn(g, "%s has %ju other link%s -- file ignored", in->path, (uintmax_t)in->st.st_nlink - 1,
			  in->st.st_nlink > 2 ? "s" : "");
		return false;
	}
	return true;
}

static int open_input(const struct gzip_run *g, const char *path)
{
	/* A pipe that is only read is waited for; one that was to be replaced is turned down without waiting. */
	int wait = only_reads(g) ? 0 : O_NONBLOCK, follow = only_reads(g) || g->o.force ? 0 : O_NOFOLLOW;
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | wait | follow);
}

static void take_path(struct gzip_run *g, const char *path)
{
	CLEANUP_FREE char *longer = NULL;
	CLEANUP_FREE char *plain = gzip_strip(g, path);
	CLEANUP_FD int fd = open_input(g, path);
	if (fd < 0 && errno == ENOENT && strips(g) && !plain) {
		longer = str_printf("%s%s", path, g->o.suffix ? g->o.suffix : ".gz");
		fd = open_input(g, longer);
		path = fd < 0 ? path : longer;
	} else if (fd >= 0 && strips(g) && !plain && !only_reads(g) && !g->o.recursive) {
		gzip_warn(g, "%s: unknown suffix -- ignored", path);
		return;
	}
	struct gzip_input in = {.path = path, .fd = fd, .is_file = true};
	if (fd < 0 || fstat(fd, &in.st) < 0) {
		gzip_error(g, "%s: %s", path, strerror(errno));
		return;
	}
	if (S_ISDIR(in.st.st_mode)) {
		if (g->o.recursive)
			take_folder(g, path);
		else
			gzip_warn(g, "%s is a directory -- ignored", path);
		return;
	}
	if (!S_ISREG(in.st.st_mode) && !only_reads(g)) {
		gzip_warn(g, "%s is not a directory or a regular file - ignored", path);
		return;
	}
	CLEANUP_FREE char *stripped = gzip_strip(g, path);
	if (!only_reads(g) && strips(g) && !stripped)  /* met in a folder: passed over */
		return;
	if (!strips(g) && stripped && !only_reads(g) && !g->o.force) {
		const char *dot = strrchr(path, '.');
		if (!g->o.recursive)
			gzip_warn(g, "%s already has %s suffix -- unchanged", path, dot ? dot : "a known");
		return;
	}
	if (may_replace(g, &in))
		use(g, &in);
}

static void take_folder(struct gzip_run *g, const char *path)
{
	struct strvec names = {0};
	DIR *dir = opendir(path);
	if (!dir) {
		gzip_error(g, "%s: %s", path, strerror(errno));
		return;
	}
	for (struct dirent *d; (d = readdir(dir));)
		if (!str_eq(d->d_name, ".") && !str_eq(d->d_name, ".."))
			strvec_pushf(&names, "%s%s%s", path, str_ends(path, "/") ? "" : "/", d->d_name);
	closedir(dir);
	strvec_sort(&names);
	for (size_t i = 0; i < names.n; i++)
		take_path(g, names.items[i]);
	strvec_free(&names);
}

static void take_stdin(struct gzip_run *g)
{
	struct gzip_input in = {.path = "stdin", .fd = STDIN_FILENO};
	bool packs = !strips(g);
	if (!g->o.force && !g->o.list && tty_is(packs ? STDOUT_FILENO : STDIN_FILENO)) {
		gzip_error(g,
			   "compressed data not %s a terminal. Use -f to force %scompression.\nFor help, type: %s -h",
			   packs ? "written to" : "read from", packs ? "" : "de", g->prog);
		return;
	}
	if (fstat(STDIN_FILENO, &in.st) < 0)
		gzip_error(g, "stdin: %s", strerror(errno));
	else
		use(g, &in);
}

/* The highest of the levels given, or the default. */
static int chosen_level(const struct gzip_opts *o)
{
	int level = DEFLATE_LEVEL_DEFAULT;
	for (int i = 1; i < 10; i++)
		level = o->levels[i] ? i : level;
	return level;
}

static int run(struct invocation *in, struct err *e)
{
	struct gzip_run g = {.prog = str_basename(in->name), .o = *(struct gzip_opts *)in->opts};
	uint64_t threads = 0;
	if (g.o.help) {
		command_help(in->command, in->name);
		return GZIP_OK;
	}
	if (g.o.processes && str_to_u64(g.o.processes, 1024, &threads, "--processes", e) < 0)
		return -1;
	if (g.o.suffix && (!*g.o.suffix || strchr(g.o.suffix, '/')))
		return err_set(e, ERR_USAGE, "invalid suffix '%s'", g.o.suffix);
	g.threads = (unsigned)threads;
	g.level = chosen_level(&g.o);
	g.o.decompress |= str_eq(in->command->name, "gunzip") || str_eq(in->command->name, "zcat");
	g.o.to_stdout |= str_eq(in->command->name, "zcat");
	if (in->argc == 0)
		take_stdin(&g);
	for (int i = 0; i < in->argc; i++) {
		if (str_eq(in->argv[i], "-"))
			take_stdin(&g);
		else if (!strips(&g) && g.o.to_stdout && !g.o.force && tty_is(STDOUT_FILENO))
			gzip_error(&g, "compressed data not written to a terminal. Use -f to force compression.");
		else
			take_path(&g, in->argv[i]);
	}
	gzip_list_total(&g);
	return g.status;
}

#define FLAG(letter, name, help, field) {letter, name, OPT_FLAG, NULL, help, offsetof(struct gzip_opts, field)}

static const struct opt options[] = {
	FLAG('c', "stdout", "write on standard output, keep input files", to_stdout),
	FLAG('d', "decompress", "decompress", decompress),
	FLAG(0, "uncompress", NULL, decompress),
	FLAG(0, "to-stdout", NULL, to_stdout),
	FLAG('f', "force", "overwrite outputs; take links, and data on terminals", force),
	FLAG('h', NULL, NULL, help),
	FLAG('k', "keep", "keep input files", keep),
	FLAG('l', "list", "list sizes of compressed files", list),
	FLAG('n', "no-name", "do not save or restore name and time", no_name),
	FLAG('N', "name", "save or restore name and time", name),
	FLAG('q', "quiet", "suppress warnings", quiet),
	FLAG('r', "recursive", "work on folders", recursive),
	{'S', "suffix", OPT_STR, "SUF", "use SUF instead of .gz", offsetof(struct gzip_opts, suffix)},
	FLAG('t', "test", "test the integrity of compressed files", test),
	FLAG('v', "verbose", "say what is done", verbose),
	{'p', "processes", OPT_STR, "N", "compress on N threads", offsetof(struct gzip_opts, processes)},
	FLAG('1', "fast", "compress faster", levels[1]),
	FLAG('2', NULL, NULL, levels[2]),
	FLAG('3', NULL, NULL, levels[3]),
	FLAG('4', NULL, NULL, levels[4]),
	FLAG('5', NULL, NULL, levels[5]),
	FLAG('6', NULL, NULL, levels[6]),
	FLAG('7', NULL, NULL, levels[7]),
	FLAG('8', NULL, NULL, levels[8]),
	FLAG('9', "best", "compress better; -2 to -8 lie between, -6 is the default", levels[9]),
	{0},
};

const struct command applet_gzip = {
	.name = "gzip",
	.summary = "compress or expand files in the gzip format",
	.args = "[FILE]...",
	.example = "  gzip -k notes.txt\n",
	.opts = options,
	.opts_size = sizeof(struct gzip_opts),
	.max_args = ARGS_ANY,
	.run = run,
};

const struct command applet_gunzip = {
	.name = "gunzip",
	.summary = "expand files in the gzip format",
	.args = "[FILE]...",
	.example = "  gunzip notes.txt.gz\n",
	.opts = options,
	.opts_size = sizeof(struct gzip_opts),
	.max_args = ARGS_ANY,
	.run = run,
};

const struct command applet_zcat = {
	.name = "zcat",
	.summary = "expand files in the gzip format to standard output",
	.args = "[FILE]...",
	.example = "  zcat notes.txt.gz\n",
	.opts = options,
	.opts_size = sizeof(struct gzip_opts),
	.max_args = ARGS_ANY,
	.run = run,
};
