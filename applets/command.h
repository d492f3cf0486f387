/*
 * command: what an applet, and each verb of an applet, is made of.
 *
 * A command is one const struct: its name and words for people, its option table, its verbs or its run function. The
 * frame parses the options, renders --help from the same table, checks the number of operands and prints the error line,
 * so that a command's run function is left with the work itself.
 *
 *     struct opts { bool force; const char *dir; struct strvec excludes; };
 *     static const struct opt options[] = {
 *             {'f', "force", OPT_FLAG, NULL, "go on when the destroy script fails", offsetof(struct opts, force)},
 *             {'C', "directory", OPT_STR, "DIR", "work in DIR", offsetof(struct opts, dir)},
 *             {0},
 *     };
 *     const struct command applet_x = {.name = "x", .summary = "...", .args = "FILE...", .opts = options,
 *             .opts_size = sizeof(struct opts), .min_args = 1, .max_args = ARGS_ANY, .run = run};
 *
 * run returns the exit status (>= 0), or -1 with *e filled: then the frame prints "NAME: message" and exits with
 * error_status (1 when that is 0).
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "base/err.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum opt_kind {
	OPT_FLAG,   /* bool: --name; --name=true and --name=false are taken too */
	OPT_UNSET,  /* bool, of what is on by itself: set by --name=false, cleared by --name */
	OPT_COUNT,  /* int: counts how often it was given */
	OPT_STR,    /* const char *: the last one given, borrowed from argv */
	OPT_LIST,   /* struct strvec: every one given, in order */
};

struct opt {
	char letter;         /* 0: no short form */
	const char *name;    /* NULL: no long form; a row with neither ends the table */
	enum opt_kind kind;
	const char *arg;     /* the value's name in --help, for OPT_STR and OPT_LIST */
	const char *help;    /* one line; NULL: taken, but not shown in --help */
	size_t offset;       /* of the field in the command's options struct */
};

enum { ARGS_ANY = -1 };

/* Exit statuses of dr and its applets (the spec's table). */
enum { EXIT_DONE = 0, EXIT_ERROR = 1, EXIT_UNCHANGED = 3 };

struct command;

struct invocation {
	const struct command *command;
	const char *name;  /* as it was called: the base name of argv[0] or the word behind dr */
	void *opts;        /* the options struct, filled; released by the frame */
	int argc;          /* operands */
	char **argv;       /* operands, NULL-terminated; with .raw all words behind the name */
};

struct command {
	const char *name;
	const char *summary;              /* one line, lower case, no full stop */
	const char *args;                 /* operands as the usage line shows them; NULL: none */
	const char *about;                /* more lines for --help, each ended by a newline; may be NULL */
	const char *example;              /* example lines for help; may be NULL */
	const struct opt *opts;           /* NULL: no options but --help */
	size_t opts_size;
	int min_args, max_args;           /* operands; ARGS_ANY: no upper bound */
	bool stop_at_operand;             /* options end at the first operand (docker run, service commands) */
	bool raw;                         /* run gets all words unparsed */
	bool hidden;                      /* not listed */
	int error_status;                 /* exit status for errors; 0 means 1 */
	const struct command *const *verbs;  /* NULL-terminated: the first operand chooses one of these */
	int (*run)(struct invocation *in, struct err *e);  /* with verbs: called when the first operand is no verb's name */
	void (*failed)(int argc, char **argv, const struct err *e);  /* hears of an error before its line is printed; may be NULL */
};

/* Runs a command with the words behind its name (argv[0] is its name) and returns the exit status. Prints the error
   line "PREFIX: message" on stderr, PREFIX being `prefix`. */
int command_main(const struct command *cmd, const char *prefix, int argc, char **argv);

/* Parses argv[1..] by cmd's table into *opts (zeroed by the caller); operands are moved to the end in order. Returns the
   index of the first operand, or -1. *help is set when --help was met. Exposed for raw commands. */
int command_parse(const struct command *cmd, int argc, char **argv, void *opts, bool *help, struct err *e) MUST_CHECK;

/* The verb of that name, or NULL. */
const struct command *command_verb(const struct command *cmd, const char *name);

/* Whether the word is an option of cmd whose value is the next word. */
bool command_wants_value(const struct command *cmd, const char *word);

/* Releases the lists in an options struct. */
void command_opts_free(const struct command *cmd, void *opts);

/* Prints usage, summary, options and verbs to stdout; `path` is how the command is called ("dr install"). */
void command_help(const struct command *cmd, const char *path);

/* Prints text and a newline where `column` characters stand already. On a terminal, lines break between words and go on
   behind `indent` blanks, or few when it is narrow; elsewhere the text is one line. */
void command_wrap(FILE *f, unsigned column, unsigned indent, const char *text);

/* The applet of that name, or NULL; applet_at(i) is NULL behind the last. */
const struct command *applet_find(const char *name);
const struct command *applet_at(size_t i);

#endif
