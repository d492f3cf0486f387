/*
 * Scripts are looked at line by line, without a shell's grammar: what is found are notes, worded as what to look at.
 */
#include "service/lint.h"

#include "base/mem.h"
#include "base/str.h"
#include "service/script.h"

#include <string.h>

/* Backslash-newline becomes two blanks, so that a command is one line. */
static void join_lines(char *text)
{
	for (char *p = text; (p = strstr(p, "\\\n"));)
		p[0] = p[1] = ' ';
}

/* "-t", "-it", "-dti", "--tty" */
static bool wants_terminal(const char *word)
{
	return str_eq(word, "--tty") || (word[0] == '-' && word[1] != '-' && strchr(word, 't') &&
		word[1 + strspn(word + 1, "itd")] == '\0');
}

/* The options of one `docker run`, `exec` or `create`; args begins behind that word. */
static void look_at_docker(const char *name, const char *args, bool asks, struct report *r)
{
	CLEANUP_FREE char *copy = mem_strdup(args);
	bool option = true;
	char *rest = copy;
	for (char *word; option && (word = strsep(&rest, " \t"));) {
		if (!*word)
			continue;
		const char *fixed = str_after(word, "--name=");
		if (str_eq(word, "--name") && rest)
			fixed = rest += strspn(rest, " \t");
		if (!asks && wants_terminal(word))
			report_add(r, REPORT_NOTE, name, "docker %s needs a terminal, which cron and Ansible have not; "
				"give it only when there is one: [ -t 0 ] && tty=-t", word);
		if (fixed && !memchr(fixed, '$', strcspn(fixed, " \t")))
			report_add(r, REPORT_NOTE, name, "the container name %.*s is fixed, so that two services of this image "
				"collide: make it of $1", (int)strcspn(fixed, " \t"), fixed);
		/* The word behind an option may be its value; another without a dash is the image. */
		option = *word == '-';
		if (*word == '-' && !strchr(word, '=') && rest) {
			rest += strspn(rest, " \t");
			if (*rest != '-')
				strsep(&rest, " \t");
		}
	}
}

static bool unquoted_args(const char *line)
{
	bool quoted = false, single = false;
	for (const char *p = line; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '\'' && !quoted)
			single = !single;
		else if (*p == '"' && !single)
			quoted = !quoted;
		else if (!quoted && !single && p[0] == '$' && p[1] == '@')
			return true;
	}
	return false;
}

static void look_at_line(const char *name, const char *line, bool asks, struct report *r)
{
	static const char *const verbs[] = {"docker run ", "docker exec ", "docker create ", "docker container run "};
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		const char *found = strstr(line, verbs[i]);
		if (found)
			look_at_docker(name, found + strlen(verbs[i]), asks, r);
	}
	if (unquoted_args(line))
		report_add(r, REPORT_NOTE, name, "$@ without quotes breaks arguments with blanks: write \"$@\"");
}

void lint_script(const char *name, char *text, size_t n, struct report *r)
{
	struct err e;
	CLEANUP_FREE char *interpreter = NULL;
	CLEANUP_FREE char *arg = NULL;
	if (n >= 4 && memcmp(text, "\177ELF", 4) == 0)
		return;
	int rc = script_interpreter(text, strcspn(text, "\n"), &interpreter, &arg, &e);
	if (rc < 0)
		report_add(r, REPORT_PROBLEM, name, "%s", e.msg);
	else if (rc == 0)
		report_add(r, REPORT_NOTE, name, "it has no #! line, so that sh runs it: name its interpreter first, #!/bin/bash");
	else if (memchr(text, '\r', n))
		report_add(r, REPORT_NOTE, name, "it has CR characters, as Windows ends lines with: sed -i 's/\\r$//'");
	static const char *const shells[] = {"sh", "bash", "dash", "ash", "ksh"};
	const char *base = !interpreter ? "sh" : arg && str_eq(str_basename(interpreter), "env") ? arg : str_basename(interpreter);
	CLEANUP_BUF struct buf broken = {0};
	for (size_t i = 0; rc >= 0 && i < sizeof shells / sizeof *shells; i++)
		if (str_eq(base, shells[i]) && !lint_shell(text, &broken))
			report_add(r, REPORT_NOTE, name, "%s", buf_cstr(&broken));
	bool asks = strstr(text, "-t 0") || strstr(text, "-t 1") || strstr(text, "tty -s");
	bool runs = strstr(text, "docker run") || strstr(text, "docker wait");
	const char *last = "";
	join_lines(text);
	for (char *line; (line = strsep(&text, "\n"));) {
		line += strspn(line, " \t");
		if (!*line || *line == '#')
			continue;
		look_at_line(name, line, asks, r);
		last = line;
	}
	if (runs && (str_starts(last, "docker rm ") || str_starts(last, "docker container rm ")))
		report_add(r, REPORT_NOTE, name, "it ends with docker rm, whose exit code hides that of the program: "
			"use docker run --rm, or keep it: rc=$?; ...; exit $rc");
}
