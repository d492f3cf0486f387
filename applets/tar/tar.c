#include "command.h"
#include "tar/tar.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/glob.h"
#include "sys/fd.h"
#include "sys/file.h"

#include <fcntl.h>
#include <string.h>

void tar_note(void *job, const char *message)
{
	(void)job;
	fflush(stdout);
	fprintf(stderr, "tar: %s\n", message);
}

void tar_complain(struct tar_job *job, const char *message)
{
	tar_note(job, message);
	job->status = 2;
}

bool tar_excluded(const struct tar_job *job, const char *name)
{
	for (size_t i = 0; i < job->o.excludes.n; i++)
		for (const char *p = name; p; p = strchr(p, '/')) {
			p += *p == '/' && p > name;
			if (glob_match(job->o.excludes.items[i], p, GLOB_LEADING_DIR))
				return true;
		}
	return false;
}

/* Each line (or with --null each string) of a file or of standard input. */
static int read_names(const char *file, bool null, struct strvec *out, struct err *e)
{
	CLEANUP_BUF struct buf text = {0};
	enum { MAX = 256 << 20 };
	if (str_eq(file, "-") ? fd_read_all(0, MAX, &text, "standard input", e) : file_read(AT_FDCWD, file, MAX, &text, e))
		return -1;
	for (char *p = text.data, *end = p + text.len; p && p < end;) {
		size_t n = (size_t)(end - p);
		char *stop = memchr(p, null ? '\0' : '\n', n);
		n = stop ? (size_t)(stop - p) : n;
		if (n)
			strvec_take(out, mem_dup(p, n));
		p += n + 1;
	}
	return 0;
}

static void add_operand(struct tar_job *job, const char *name)
{
	job->operands = mem_grow(job->operands, job->n_operands, &job->cap_operands, sizeof *job->operands);
	job->operands[job->n_operands++] = (struct tar_operand){mem_strdup(job->dir), mem_strdup(name), false};
}

/* A relative -C counts from the one before, as if each were a cd. */
static void change_dir(struct tar_job *job, const char *dir)
{
	char *joined = job->dir && dir[0] != '/' ? str_printf("%s/%s", job->dir, dir) : mem_strdup(dir);
	free(job->dir);
	job->dir = joined;
}

static int take_lists(struct tar_job *job, struct err *e)
{
	CLEANUP_STRVEC struct strvec names = {0};
	for (size_t i = 0; i < job->o.dirs.n; i++)
		change_dir(job, job->o.dirs.items[i]);
	strvec_free(&job->o.dirs);
	for (size_t i = 0; i < job->o.names_from.n; i++)
		if (read_names(job->o.names_from.items[i], job->o.null, &names, e) < 0)
			return -1;
	strvec_free(&job->o.names_from);
	for (size_t i = 0; i < names.n; i++)
		add_operand(job, names.items[i]);
	return 0;
}

/* Options and operands in their order, since -C counts for what follows it. */
static int parse(const struct command *cmd, struct tar_job *job, int argc, char **argv, bool *help, struct err *e)
{
	bool operands_only = false;
	while (argc > 0) {
		int first = 1;
		if (!operands_only)
			first = command_parse(cmd, argc, argv, &job->o, help, e);
		if (first < 0 || take_lists(job, e) < 0)
			return -1;
		if (*help || first >= argc)
			return 0;
		operands_only = operands_only || (first > 1 && str_eq(argv[first - 1], "--"));
		add_operand(job, argv[first]);
		argc -= first;
		argv += first;
	}
	return 0;
}

static int check(struct tar_job *job, struct err *e)
{
	const struct tar_opts *o = &job->o;
	if (o->create + o->extract + o->list != 1)
		return err_set(e, ERR_USAGE, "give one of -c (create), -x (extract) and -t (list); see tar --help");
	if (o->strip && str_to_u64(o->strip, 10000, &job->strip, "--strip-components", e) < 0)
		return -1;
	if (o->format && !str_eq(o->format, "gnu") && !str_eq(o->format, "ustar") && !str_eq(o->format, "pax") &&
	    !str_eq(o->format, "posix"))
		return err_set(e, ERR_USAGE, "--format: '%s' is not one of gnu, ustar, pax, posix", o->format);
	if (o->create && job->n_operands == 0)
		return err_set(e, ERR_USAGE, "refusing to create an empty archive: name what to put into it");
	for (size_t i = 0; i < o->exclude_files.n; i++)
		if (read_names(o->exclude_files.items[i], false, &job->o.excludes, e) < 0)
			return -1;
	return 0;
}

static void release(const struct command *cmd, struct tar_job *job)
{
	command_opts_free(cmd, &job->o);
	for (size_t i = 0; i < job->n_operands; i++) {
		free(job->operands[i].dir);
		free(job->operands[i].name);
	}
	free(job->operands);
	free(job->dir);
	buf_free(&job->passwd);
	buf_free(&job->group);
}

/* "tar cvf x" of old is "tar -c -v -f x": letters that take a value take the words behind the bundle, in order. */
static void expand_old_style(int argc, char **argv, struct strvec *out)
{
	int next = 2;
	strvec_push(out, argv[0]);
	if (argc > 1 && argv[1][0] != '-' && argv[1][0]) {
		for (const char *p = argv[1]; *p; p++) {
			strvec_pushf(out, "-%c", *p);
			if (strchr("fCTX", *p) && next < argc)
				strvec_push(out, argv[next++]);
		}
	} else {
		next = 1;
	}
	for (; next < argc; next++)
		strvec_push(out, argv[next]);
}

static int run(struct invocation *in, struct err *e)
{
	struct tar_job job = {.listing = stdout, .width = 19};
	CLEANUP_STRVEC struct strvec words = {0};
	bool help = false;
	expand_old_style(in->argc + 1, in->argv - 1, &words);
	/* command_parse moves words about: it gets an array of its own. */
	char **argv = mem_array(words.n + 1, sizeof *argv);
	memcpy(argv, words.items, words.n * sizeof *argv);
	int rc = parse(in->command, &job, (int)words.n, argv, &help, e);
	if (rc == 0 && help)
		command_help(in->command, in->command->name);
	else if (rc == 0)
		rc = check(&job, e) < 0 ? -1 : job.o.create ? tar_create(&job, e) : tar_extract(&job, e);
	if (rc == 0 && job.status == 2)
		tar_note(&job, "Exiting with failure status due to previous errors");
	release(in->command, &job);
	free(argv);
	return rc < 0 ? -1 : job.status;
}

#define OPT(letter, name, kind, arg, help, field) {letter, name, kind, arg, help, offsetof(struct tar_opts, field)}

static const struct opt options[] = {
	OPT('c', "create", OPT_FLAG, NULL, "create an archive", create),
	OPT('x', "extract", OPT_FLAG, NULL, "extract from an archive", extract),
	OPT(0, "get", OPT_FLAG, NULL, NULL, extract),
	OPT('t', "list", OPT_FLAG, NULL, "list an archive", list),
	OPT('f', "file", OPT_STR, "ARCHIVE", "the archive; - (and nothing) is standard input or output", file),
	OPT('C', "directory", OPT_LIST, "DIR", "change to DIR for what follows", dirs),
	OPT('z', "gzip", OPT_FLAG, NULL, "compress with gzip; reading finds that out by itself", gzip),
	OPT(0, "gunzip", OPT_FLAG, NULL, NULL, gzip),
	OPT('v', "verbose", OPT_COUNT, NULL, "name the members; twice, or with -t: in a long listing", verbose),
	OPT('p', "preserve-permissions", OPT_FLAG, NULL, "keep modes exactly, whatever the umask (root does)", preserve),
	OPT(0, "same-permissions", OPT_FLAG, NULL, NULL, preserve),
	OPT(0, "no-same-permissions", OPT_FLAG, NULL, "apply the umask to modes", no_preserve),
	OPT(0, "same-owner", OPT_FLAG, NULL, "give files to their owners (root does)", same_owner),
	OPT('o', "no-same-owner", OPT_FLAG, NULL, "extracted files are yours", no_owner),
	OPT(0, "numeric-owner", OPT_FLAG, NULL, "owners are numbers, not names", numeric),
	OPT(0, "exclude", OPT_LIST, "PATTERN", "leave out what matches", excludes),
	OPT('X', "exclude-from", OPT_LIST, "FILE", "leave out what matches a line of FILE", exclude_files),
	OPT(0, "strip-components", OPT_STR, "N", "drop the first N parts of names when extracting", strip),
	OPT('T', "files-from", OPT_LIST, "FILE", "names to archive or extract, a line each", names_from),
	OPT(0, "null", OPT_FLAG, NULL, "names of a following -T end in a NUL byte", null),
	OPT(0, "no-recursion", OPT_FLAG, NULL, "do not descend into directories", no_recursion),
	OPT('O', "to-stdout", OPT_FLAG, NULL, "extract to standard output", to_stdout),
	OPT('k', "keep-old-files", OPT_FLAG, NULL, "do not replace files: an error instead", keep_old),
	OPT('S', "sparse", OPT_FLAG, NULL, "do not store holes", sparse),
	OPT(0, "xattrs", OPT_FLAG, NULL, "keep extended attributes and ACLs", xattrs),
	OPT(0, "acls", OPT_FLAG, NULL, NULL, xattrs),
	OPT(0, "still", OPT_FLAG, NULL, NULL, still),
	OPT(0, "one-file-system", OPT_FLAG, NULL, "stay on the file system of each operand", one_fs),
	OPT('H', "format", OPT_STR, "FORMAT", "gnu (default), ustar; pax keeps fractions of seconds", format),
	OPT(0, "level", OPT_STR, "N", "how hard -z compresses, 1 to 9 (default 6)", level),
	{0},
};

const struct command applet_tar = {
	.name = "tar",
	.summary = "create, extract and list tar archives, as GNU tar does",
	.args = "-c|-x|-t [-f ARCHIVE] [NAME...]",
	.example = "  tar -czf etc.tar.gz -C / etc\n  tar -xzf etc.tar.gz -C /tmp\n",
	.opts = options,
	.opts_size = sizeof(struct tar_opts),
	.max_args = ARGS_ANY,
	.raw = true,
	.stop_at_operand = true,
	.error_status = 2,
	.run = run,
};
