#include "command.h"

#include "base/mem.h"
#include "base/str.h"
#include "sys/tty.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct opt *find_long(const struct command *cmd, const char *name, size_t n)
{
	for (const struct opt *o = cmd->opts; o && (o->letter || o->name); o++)
		if (o->name && strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
	return NULL;
}

static const struct opt *find_letter(const struct command *cmd, char letter)
{
	for (const struct opt *o = cmd->opts; o && (o->letter || o->name); o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

static bool takes_value(const struct opt *o)
{
	return o->kind == OPT_STR || o->kind == OPT_LIST;
}

static void store(const struct opt *o, void *opts, const char *value)
{
	void *field = (char *)opts + o->offset;
	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)field = true;
		break;
	case OPT_UNSET:
		*(bool *)field = false;
		break;
	case OPT_COUNT:
		++*(int *)field;
		break;
	case OPT_STR:
		*(const char **)field = value;
		break;
	case OPT_LIST:
		strvec_push(field, value);
		break;
	}
}

/* One word that starts with "--"; *next is the word behind it, and is set to NULL when it was not used. */
static int parse_long(const struct command *cmd, const char *word, char **next, void *opts, bool *help, struct err *e)
{
	const char *eq = strchr(word, '=');
	size_t n = eq ? (size_t)(eq - word) : strlen(word);
	const struct opt *o = find_long(cmd, word + 2, n - 2);
	if (!o && strcmp(word, "--help") == 0) {
		*help = true;
		*next = NULL;
		return 0;
	}
	if (!o)
		return err_set(e, ERR_USAGE, "unknown option %.*s (see %s --help)", (int)n, word, cmd->name);
	if (takes_value(o)) {
		if (!eq && !*next)
			return err_set(e, ERR_USAGE, "option %s needs a value: %s", word, o->arg);
		store(o, opts, eq ? eq + 1 : *next);
		if (eq)
			*next = NULL;
		return 0;
	}
	*next = NULL;
	bool yes = eq && (str_eq(eq + 1, "true") || str_eq(eq + 1, "1"));
	bool no = eq && (str_eq(eq + 1, "false") || str_eq(eq + 1, "0"));
	if ((o->kind == OPT_FLAG || o->kind == OPT_UNSET) && (yes || no)) {
		*(bool *)((char *)opts + o->offset) = o->kind == OPT_FLAG ? yes : no;
		return 0;
	}
	if (eq)
		return err_set(e, ERR_USAGE, "option %.*s takes no value", (int)n, word);
	store(o, opts, NULL);
	return 0;
}

/* One word of short options, such as -xvf FILE or -fFILE. */
static int parse_letters(const struct command *cmd, const char *word, char **next, void *opts, bool *help, struct err *e)
{
	for (const char *p = word + 1; *p; p++) {
		const struct opt *o = find_letter(cmd, *p);
		if (!o && *p == 'h' && cmd->opts_size == 0) {
			*help = true;
			continue;
		}
		if (!o)
			return err_set(e, ERR_USAGE, "unknown option -%c (see %s --help)", *p, cmd->name);
		if (!takes_value(o)) {
			store(o, opts, NULL);
			continue;
		}
		if (p[1]) {
			store(o, opts, p[1] == '=' ? p + 2 : p + 1);
			*next = NULL;
			return 0;
		}
		if (!*next)
			return err_set(e, ERR_USAGE, "option -%c needs a value: %s", *p, o->arg);
		store(o, opts, *next);
		return 0;
	}
	*next = NULL;
	return 0;
}

int command_parse(const struct command *cmd, int argc, char **argv, void *opts, bool *help, struct err *e)
{
	char **operands = mem_array((size_t)argc + 1, sizeof *operands);
	int n = 0, i = 1, rc = 0;
	for (; i < argc && rc == 0; i++) {
		char *word = argv[i];
		if (word[0] != '-' || word[1] == '\0') {
			operands[n++] = word;
			if (!cmd->stop_at_operand)
				continue;
			i++;
			break;
		}
		if (strcmp(word, "--") == 0) {
			i++;
			break;
		}
		char *next = i + 1 < argc ? argv[i + 1] : NULL;
		rc = word[1] == '-' ? parse_long(cmd, word, &next, opts, help, e)
				    : parse_letters(cmd, word, &next, opts, help, e);
		if (next)
			i++;
	}
	while (rc == 0 && i < argc)
		operands[n++] = argv[i++];
	if (rc == 0)
		for (int k = 0; k < n; k++)
			argv[argc - n + k] = operands[k];
	free(operands);
	return rc < 0 ? -1 : argc - n;
}

const struct command *command_verb(const struct command *cmd, const char *name)
{
	for (const struct command *const *v = cmd->verbs; v && *v; v++)
		if (str_eq((*v)->name, name))
			return *v;
	return NULL;
}

bool command_wants_value(const struct command *cmd, const char *word)
{
	const struct opt *o = NULL;
	if (str_starts(word, "--"))
		o = find_long(cmd, word + 2, strlen(word + 2));
	else if (word[0] == '-' && word[1] && !word[2])
		o = find_letter(cmd, word[1]);
	return o && takes_value(o);
}

void command_opts_free(const struct command *cmd, void *opts)
{
	for (const struct opt *o = cmd->opts; o && (o->letter || o->name); o++)
		if (o->kind == OPT_LIST)
			strvec_free((void *)((char *)opts + o->offset));
}

void command_wrap(FILE *f, unsigned column, unsigned indent, const char *text)
{
	unsigned width = UINT_MAX, rows;
	if (tty_is(fileno(f)))
		tty_size(fileno(f), &width, &rows);
	if (indent > width / 2)
		indent = 4;
	const char *p = text;
	while (*p) {
		unsigned blanks = (unsigned)strspn(p, " "), n = 0;
		size_t word = strcspn(p + blanks, " ");
		for (size_t i = 0; i < word; i++)
			n += (p[blanks + i] & 0xc0) != 0x80;
		/* A long word, which people copy, gets more of a line than others. */
		unsigned begin = indent + n <= width ? indent : n < width ? width - n : 0;
		if (column + blanks + n > width && column > begin) {
			fprintf(f, "\n%*s", (int)begin, "");
			column = begin;
			blanks = 0;
		}
		fprintf(f, "%*s%.*s", (int)blanks, "", (int)word, p + strspn(p, " "));
		column += blanks + n;
		p += strspn(p, " ") + word;
	}
	putc('\n', f);
}

/* A left column of `left` characters, then text; on a narrow terminal beneath it. */
static void print_row(const char *word, unsigned left, const char *text)
{
	unsigned width = UINT_MAX, rows, n = (unsigned)printf("  %s", word), indent = left + 2;
	if (tty_is(STDOUT_FILENO))
		tty_size(STDOUT_FILENO, &width, &rows);
	if (width < 2 * left + 20)
		indent = 8;
	if (n + 1 > indent || indent == 8) {
		putchar('\n');
		n = 0;
	}
	printf("%*s", (int)(indent - n), "");
	command_wrap(stdout, indent, indent, text);
}

/* Paragraphs, whose lines are filled anew on a terminal; a line that begins with a blank stands as it is. */
static void print_about(const char *about)
{
	if (!tty_is(STDOUT_FILENO)) {
		fputs(about, stdout);
		return;
	}
	while (*about) {
		size_t n = strcspn(about, "\n");
		while (*about != ' ' && about[n] && about[n + 1] && !strchr(" \n", about[n + 1]))
			n += 1 + strcspn(about + n + 1, "\n");
		CLEANUP_FREE char *paragraph = mem_dup(about, n);
		for (char *p = paragraph; *p; p++)
			*p = *p == '\n' ? ' ' : *p;
		command_wrap(stdout, 0, *about == ' ' ? 4 : 0, paragraph);
		about += n + (about[n] != '\0');
	}
}

static void print_opts(const struct command *cmd)
{
	printf("\nOptions:\n");
	for (const struct opt *o = cmd->opts; o && (o->letter || o->name); o++) {
		char left[64];
		char letter[8] = "    ";
		if (!o->help)
			continue;
		if (o->letter)
			snprintf(letter, sizeof letter, "-%c%s", o->letter, o->name ? ", " : "");
		snprintf(left, sizeof left, "%s%s%s%s%s", letter, o->name ? "--" : "", o->name ? o->name : "",
			 o->arg ? " " : "", o->arg ? o->arg : "");
		print_row(left, 28, o->help);
	}
	print_row("    --help", 28, "show this help");
}

void command_help(const struct command *cmd, const char *path)
{
	CLEANUP_FREE char *usage = str_printf("Usage: %s%s%s%s", path, cmd->opts ? " [OPTIONS]" : "", cmd->args ? " " : "",
		cmd->args ? cmd->args : cmd->verbs ? " COMMAND" : "");
	command_wrap(stdout, 0, 7, usage);
	putchar('\n');
	command_wrap(stdout, 0, 0, cmd->summary);
	if (cmd->about) {
		putchar('\n');
		print_about(cmd->about);
	}
	if (cmd->verbs) {
		printf("\nCommands:\n");
		for (const struct command *const *v = cmd->verbs; *v; v++)
			if (!(*v)->hidden)
				print_row((*v)->name, 15, (*v)->summary);
	}
	if (!cmd->raw || cmd->opts)
		print_opts(cmd);
	if (cmd->example)
		printf("\nExample:\n%s", cmd->example);
}

static int check_count(const struct command *cmd, const char *path, int n, struct err *e)
{
	const char *args = cmd->args ? cmd->args : "no operands";
	if (n < cmd->min_args)
		return err_set(e, ERR_USAGE, "%s: operand missing; usage: %s %s", cmd->name, path, args);
	if (cmd->max_args != ARGS_ANY && n > cmd->max_args)
		return err_set(e, ERR_USAGE, "%s: one operand too many; usage: %s %s", cmd->name, path, args);
	return 0;
}

static int dispatch(const struct command *cmd, const char *path, int argc, char **argv, struct err *e, int *error_status);

static int run_verb(const struct command *cmd, const char *path, int argc, char **argv, struct err *e, int *error_status)
{
	const struct command *verb = argc ? command_verb(cmd, argv[0]) : NULL;
	if (!verb)
		return -2;
	char *longer = mem_alloc(strlen(path) + strlen(argv[0]) + 2);
	stpcpy(stpcpy(stpcpy(longer, path), " "), argv[0]);
	int rc = dispatch(verb, longer, argc, argv, e, error_status);
	free(longer);
	return rc;
}

static int dispatch(const struct command *cmd, const char *path, int argc, char **argv, struct err *e, int *error_status)
{
	struct invocation in = {.command = cmd, .name = argv[0]};
	bool help = false;
	int first = 1;
	if (cmd->error_status)
		*error_status = cmd->error_status;
	in.opts = mem_alloc(cmd->opts_size);
	if (!cmd->raw)
		first = command_parse(cmd, argc, argv, in.opts, &help, e);
	int rc = first < 0 ? -1 : 0;
	if (first >= 0) {
		in.argc = argc - first;
		in.argv = argv + first;
		if (help) {
			command_help(cmd, path);
		} else {
			rc = cmd->verbs ? run_verb(cmd, path, in.argc, in.argv, e, error_status) : -2;
			if (rc == -2)
				rc = !cmd->raw && check_count(cmd, path, in.argc, e) < 0 ? -1 : cmd->run(&in, e);
		}
	}
	command_opts_free(cmd, in.opts);
	free(in.opts);
	return rc;
}

/* The error line. Names in it may come from an image or an archive: they do not get to move the cursor. */
static void print_error(const char *prefix, char *msg)
{
	for (char *p = msg; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	command_wrap(stderr, (unsigned)fprintf(stderr, "%s: ", prefix), 0, msg);
}

int command_main(const struct command *cmd, const char *prefix, int argc, char **argv)
{
	struct err e = {0};
	int error_status = EXIT_ERROR;
	/* Parsing moves words. */
	char **words = mem_array((size_t)argc + 1, sizeof *words);
	memcpy(words, argv, (size_t)argc * sizeof *words);
	int rc = dispatch(cmd, cmd->name, argc, argv, &e, &error_status);
	if (rc >= 0 && (fflush(stdout) != 0 || ferror(stdout)))
		rc = err_sys(&e, "cannot write the output");
	if (rc < 0) {
		if (cmd->failed)
			cmd->failed(argc, words, &e);
		fflush(stdout);
		print_error(prefix, e.msg);
		rc = error_status;
	}
	free(words);
	return rc;
}
