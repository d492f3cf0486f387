/*
 * Not a shell's grammar, but its nesting: quotes, substitutions, and the words that open and close compound commands where a
 * command may begin (POSIX 1003.1, Shell Command Language, 2.4 and 2.10; bash's (( )), [[ ]], arrays and $'...'). What bash -n
 * takes is never complained of.
 */
#include "service/lint.h"

#include "base/mem.h"
#include "base/str.h"

#include <ctype.h>
#include <string.h>

enum {
	DEPTH_MAX = 200,
	HEREDOCS_MAX = 8,
	WORD_MAX = 64,
};

/* What is open: one of
   ( $( or subshell   A array   a arithmetic   " quotes   { ${   i if   d do   c case   b brace group   t [[ */
struct frame {
	char what;
	char part;       /* of a case: h before "in", p where a pattern stands, c in its commands */
	unsigned words;  /* of a case's head */
	size_t line;
};

struct scan {
	const char *p, *text;
	size_t line, n, n_docs;
	struct frame open[DEPTH_MAX];
	char docs[HEREDOCS_MAX][WORD_MAX];
	bool docs_tabs[HEREDOCS_MAX];
	char word[WORD_MAX];        /* the one that is being read, without quoted parts */
	size_t len;
	bool quoted, command;       /* parts of it were quoted; it stands where a command begins */
	int name_next;              /* words until a command may begin: behind function, for */
	struct buf *said;
};

static struct frame *top(struct scan *s)
{
	return &s->open[s->n];
}

static bool fail(struct scan *s, size_t line, const char *what)
{
	buf_printf(s->said, "line %zu: %s", line, what);
	return false;
}

static bool push(struct scan *s, char what)
{
	if (s->n + 1 == DEPTH_MAX)
		return false;
	s->open[++s->n] = (struct frame){.what = what, .part = 'h', .line = s->line};
	return true;
}

/* Closes what must be on top. */
static bool pop(struct scan *s, char what, const char *word)
{
	CLEANUP_FREE char *said = str_printf("there is nothing that this %s could end", word);
	if (top(s)->what != what)
		return fail(s, s->line, said);
	s->n--;
	return true;
}

static bool skip_to(struct scan *s, char end, bool escapes)
{
	size_t line = s->line;
	for (; *s->p && *s->p != end; s->p++) {
		if (escapes && *s->p == '\\' && s->p[1])
			s->p++;
		s->line += *s->p == '\n';
	}
	if (!*s->p)
		return fail(s, line, end == '`' ? "the ` there is never closed" : "the quote ' there is never closed");
	s->p++;
	return true;
}

/* (( up to its )). */
static bool skip_arithmetic(struct scan *s)
{
	size_t line = s->line;
	for (int depth = 0; *s->p; s->p++) {
		s->line += *s->p == '\n';
		if (*s->p == '(')
			depth++;
		else if (*s->p == ')' && --depth == 0)
			return s->p++, true;
	}
	return fail(s, line, "the (( there is never closed");
}

static bool skip_heredocs(struct scan *s)
{
	for (size_t i = 0; i < s->n_docs; i++) {
		bool ended = false;
		while (*s->p && !ended) {
			size_t tabs = s->docs_tabs[i] ? strspn(s->p, "\t") : 0, n = strcspn(s->p, "\n");
			ended = n - tabs == strlen(s->docs[i]) && memcmp(s->p + tabs, s->docs[i], n - tabs) == 0;
			s->p += n + (s->p[n] == '\n');
			s->line++;
		}
	}
	s->n_docs = 0;
	return true;
}

/* Behind <<: the word that ends the document. */
static void take_heredoc(struct scan *s)
{
	size_t n = 0;
	bool tabs = *s->p == '-';
	s->p += tabs;
	s->p += strspn(s->p, " \t");
	for (char quote = 0; *s->p && *s->p != '\n' && (quote || !strchr(" \t;&|)<>", *s->p)); s->p++) {
		if (quote ? *s->p == quote : *s->p == '\'' || *s->p == '"')
			quote = quote ? 0 : *s->p;
		else if (*s->p != '\\' && n + 1 < WORD_MAX && s->n_docs < HEREDOCS_MAX)
			s->docs[s->n_docs][n++] = *s->p;
	}
	if (s->n_docs < HEREDOCS_MAX) {
		s->docs[s->n_docs][n] = '\0';
		s->docs_tabs[s->n_docs++] = tabs;
	}
}

static const struct keyword {
	const char *word;
	char opens, closes;
	bool more;          /* a command may follow at once */
} keywords[] = {
	{"if", 'i', 0, true}, {"fi", 0, 'i', false}, {"do", 'd', 0, true}, {"done", 0, 'd', false}, {"case", 'c', 0, false},
	{"esac", 0, 'c', false}, {"{", 'b', 0, true}, {"}", 0, 'b', false}, {"[[", 't', 0, false}, {"then", 0, 0, true},
	{"else", 0, 0, true}, {"elif", 0, 0, true}, {"while", 0, 0, true}, {"until", 0, 0, true}, {"!", 0, 0, true},
	{"time", 0, 0, true},
};

/* A word has ended, where more of the command may follow. */
static bool end_word(struct scan *s)
{
	struct frame *f = top(s);
	bool begins = s->command, plain = !s->quoted;
	if (!s->len && plain)
		return true;
	s->word[s->len < WORD_MAX ? s->len : WORD_MAX - 1] = '\0';
	s->len = 0;
	s->quoted = false;
	s->command = s->name_next && --s->name_next == 0;
	if (f->what == 't')
		return !plain || !str_eq(s->word, "]]") || pop(s, 't', "]]");
	if (f->what == 'A' || f->what == 'a')
		return true;
	if (f->what == 'c' && f->part == 'h') {
		if (++f->words >= 2 && str_eq(s->word, "in"))
			f->part = 'p';
		return true;
	}
	if (f->what == 'c' && f->part == 'p')
		return !plain || f->words == 0 || !str_eq(s->word, "esac") || pop(s, 'c', "esac");
	if (!begins || !plain)
		return true;
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
		const struct keyword *k = &keywords[i];
		if (!str_eq(k->word, s->word))
			continue;
		s->command = k->more;
		return (!k->closes || pop(s, k->closes, k->word)) && (!k->opens || push(s, k->opens));
	}
	if (str_eq(s->word, "function"))
		s->name_next = 1;
	else if (str_eq(s->word, "for") || str_eq(s->word, "select"))
		s->name_next = *s->p == ' ' ? 1 : 0;
	return true;
}

static bool dollar(struct scan *s)
{
	s->quoted = true;
	if (str_starts(s->p, "$((")) {
		s->p++;
		return skip_arithmetic(s);
	}
	char next = s->p[1];
	s->p += next && (isalnum((unsigned char)next) || strchr("_@*#?$!-({", next)) ? 2 : 1;
	if (next == '(') {
		s->command = true;
		s->quoted = false;
		s->len = 0;
		return push(s, '(');
	}
	if (next == '{')
		return push(s, '{');
	if (next != '\'' || top(s)->what == '"')
		return true;
	s->p++;
	return skip_to(s, '\'', true);
}

/* Inside "..." and ${...}. */
static bool in_quotes(struct scan *s)
{
	char c = *s->p, what = top(s)->what;
	if (c == '\\' && s->p[1]) {
		s->line += s->p[1] == '\n';
		s->p += 2;
		return true;
	}
	if (c == '$')
		return dollar(s);
	s->p++;
	s->line += c == '\n';
	if (c == (what == '"' ? '"' : '}'))
		s->n--;
	else if (c == '"')
		return push(s, '"');
	else if (c == '`')
		return skip_to(s, '`', true);
	else if (c == '\'' && what == '{' && s->open[s->n - 1].what != '"')
		return skip_to(s, '\'', false);
	s->quoted = true;
	return true;
}

static bool close_paren(struct scan *s)
{
	struct frame *f = top(s);
	bool empty = s->p > s->text && s->p[-1] == '(';
	s->p++;
	if (f->what == 'c' && f->part == 'p') {
		f->part = 'c';
		s->command = true;
		return true;
	}
	if (f->what == 't')
		return true;
	if (f->what != 'A' && !pop(s, '(', ")"))
		return false;
	if (f->what == 'A')
		s->n--;
	/* name() {, or the end of a substitution within a word. */
	s->command = empty;
	s->quoted = !empty;
	return true;
}

static bool open_paren(struct scan *s)
{
	struct frame *f = top(s);
	bool array = s->p > s->text && s->p[-1] == '=' && s->len;
	if (!s->len && s->p[1] == '(' && f->what != 't' && f->what != 'c')
		return skip_arithmetic(s);
	s->p++;
	if (f->what == 't' || (f->what == 'c' && f->part == 'p' && !s->len))
		return true;
	s->len = 0;
	s->command = !array;
	return push(s, array ? 'A' : '(');
}

static bool separator(struct scan *s)
{
	char c = *s->p, before = s->p > s->text ? s->p[-1] : '\n';
	if (!end_word(s))
		return false;
	struct frame *f = top(s);
	s->p++;
	if (c == '\n') {
		s->line++;
		if (!skip_heredocs(s))
			return false;
	}
	if (f->what == 'c' && f->part == 'c' && c == ';' && (*s->p == ';' || *s->p == '&')) {
		f->part = 'p';
		f->words = 2;
		s->p += 1 + (s->p[1] == '&');
		return true;
	}
	if (f->what == 't' || f->what == 'A' || (f->what == 'c' && f->part != 'c'))
		return true;
	s->command = !(c == '&' && (before == '>' || before == '<'));
	if (s->command)
		s->name_next = 0;
	return true;
}

static bool step(struct scan *s)
{
	char c = *s->p, what = top(s)->what;
	if (what == '"' || what == '{')
		return in_quotes(s);
	switch (c) {
	case '\\':
		s->quoted |= s->p[1] != '\n';
		s->line += s->p[1] == '\n';
		s->p += s->p[1] ? 2 : 1;
		return true;
	case '\'':
	case '`':
		s->quoted = true;
		s->p++;
		return skip_to(s, c, c == '`');
	case '"':
		s->quoted = true;
		s->p++;
		return push(s, '"');
	case '$':
		return dollar(s);
	case ' ':
	case '\t':
		if (!end_word(s))
			return false;
		s->p++;
		return true;
	case '\n':
	case ';':
	case '&':
	case '|':
		return separator(s);
	case '#':
		if (!s->len && !s->quoted) {
			s->p += strcspn(s->p, "\n");
			return true;
		}
		break;
	case '<':
		if (s->p[1] == '<' && s->p[2] != '<' && what != 't') {
			if (!end_word(s))
				return false;
			s->p += 2;
			take_heredoc(s);
			return true;
		}
		if (s->p[1] == '<')
			s->p += 2;
		break;
	case '(':
		return open_paren(s);
	case ')':
		return end_word(s) && close_paren(s);
	default:
		break;
	}
	if (s->len < WORD_MAX)
		s->word[s->len] = *s->p;
	s->len++;
	s->p++;
	return true;
}

bool lint_shell(const char *text, struct buf *said)
{
	static const struct { char what; const char *words; } ends[] = {{'(', "the ( there is never closed"},
		{'A', "the ( there is never closed"}, {'"', "the quote \" there is never closed"},
		{'{', "the ${ there is never closed"}, {'i', "the if there is never ended by fi"},
		{'d', "the do there is never ended by done"}, {'c', "the case there is never ended by esac"},
		{'b', "the { there is never closed"}, {'t', "the [[ there is never closed"}};
	struct scan *s = mem_alloc(sizeof *s);
	s->p = s->text = text;
	s->line = 1;
	s->command = true;
	s->said = said;
	while (*s->p && step(s))
		;
	if (!said->len && !*s->p && end_word(s))
		for (size_t i = 0; s->n && i < sizeof ends / sizeof *ends; i++)
			if (ends[i].what == top(s)->what)
				fail(s, top(s)->line, ends[i].words);
	free(s);
	return said->len == 0;
}
