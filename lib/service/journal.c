#include "service/journal.h"

#include "base/mem.h"
#include "base/str.h"
#include "service/name.h"
#include "sys/file.h"

#include <stdio.h>
#include <string.h>

/* A fact for each container of the image is the longest list there is. */
enum { JOURNAL_MAX = 4 << 20 };

#define MAGIC "dr-journal 1"

static void work_path(char path[NAME_MAX_LEN + 16], const char *name)
{
	snprintf(path, NAME_MAX_LEN + 16, "work/%s", name);
}

int journal_begin(struct journal *j, struct service *s, const char *op, struct err *e)
{
	char path[NAME_MAX_LEN + 16];
	struct err ignored;
	work_path(path, s->name);
	if (file_rm_tree(s->host->own, path, e) < 0 || file_mkdir_p(s->host->own, path, 0700, e) < 0)
		return err_wrap(e, "cannot begin the %s of %s", op, s->name);
	int dir = file_open_dir(s->host->own, path, e);
	if (dir < 0)
		return -1;
	*j = (struct journal){.host = s->host, .name = mem_strdup(s->name), .op = mem_strdup(op), .dir = dir};
	if (journal_write(j, e) == 0)
		return 0;
	/* A full disk: without a journal in it the folder means nothing, but need not stay either. */
	if (file_rm_tree(s->host->own, path, &ignored) < 0)
		err_hint(e, " (%s)", ignored.msg);
	journal_close(j);
	return -1;
}

void journal_fact(struct journal *j, const char *key, const char *value)
{
	strvec_pushf(&j->facts, "%s %s", key, value);
}

void journal_drop(struct journal *j, const char *key, const char *value)
{
	CLEANUP_STRVEC struct strvec all = j->facts;
	j->facts = (struct strvec){0};
	for (size_t i = 0; i < all.n; i++) {
		const char *rest = str_after(all.items[i], key);
		if (!rest || *rest != ' ' || (value && !str_eq(rest + 1, value)))
			strvec_push(&j->facts, all.items[i]);
	}
}

int journal_write(struct journal *j, struct err *e)
{
	CLEANUP_BUF struct buf b = {0};
	buf_printf(&b, MAGIC "\nop %s\n", j->op);
	if (j->decided)
		buf_str(&b, "decided\n");
	for (size_t i = 0; i < j->facts.n; i++)
		buf_printf(&b, "%s\n", j->facts.items[i]);
	if (file_replace(j->dir, "journal", b.data, b.len, 0600, e) < 0)
		return err_wrap(e, "cannot write the journal of %s", j->name);
	return 0;
}

int journal_decide(struct journal *j, struct err *e)
{
	j->decided = true;
	return journal_write(j, e);
}

char *journal_path(const struct journal *j, const char *file)
{
	return str_printf("%s/.dr/work/%s/%s", j->host->directory, j->name, file);
}

int journal_end(struct journal *j, struct err *e)
{
	char path[NAME_MAX_LEN + 16];
	work_path(path, j->name);
	if (file_unlink(j->dir, "journal", e) < 0 || file_sync_parent(j->dir, "journal", e) < 0 ||
	    file_rm_tree(j->host->own, path, e) < 0)
		return err_wrap(e, "cannot end the %s of %s", j->op, j->name);
	journal_close(j);
	return 0;
}

void journal_close(struct journal *j)
{
	if (j->dir >= 0)
		close(j->dir);
	free(j->name);
	free(j->op);
	strvec_free(&j->facts);
	*j = (struct journal)JOURNAL_INIT;
}

static int parse(struct journal *j, char *text, struct err *e)
{
	unsigned n = 0;
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, n++) {
		*end = '\0';
		const char *op = str_after(line, "op ");
		if (n == 0 && !str_eq(line, MAGIC))
			break;
		if (n == 1 && op)
			j->op = mem_strdup(op);
		else if (str_eq(line, "decided"))
			j->decided = true;
		else if (n > 1)
			strvec_push(&j->facts, line);
	}
	CLEANUP_FREE char *path = journal_path(j, "journal");
	if (!j->op)
		return err_set(e, ERR_FORMAT, "the journal of %s is damaged, or written by a newer dr: %s", j->name, path);
	return 0;
}

int journal_load(struct journal *j, struct service *s, struct err *e)
{
	char path[NAME_MAX_LEN + 16];
	CLEANUP_BUF struct buf b = {0};
	work_path(path, s->name);
	*j = (struct journal)JOURNAL_INIT;
	if (!file_exists(s->host->own, path))
		return 0;
	j->host = s->host;
	j->name = mem_strdup(s->name);
	j->dir = file_open_dir(s->host->own, path, e);
	if (j->dir < 0)
		return -1;
	if (file_read(j->dir, "journal", JOURNAL_MAX, &b, e) < 0) {
		if (e->kind != ERR_NOT_FOUND)
			return -1;
		/* It had not begun, or had ended: only the folder is left. */
		int rc = file_rm_tree(s->host->own, path, e);
		journal_close(j);
		return rc < 0 ? -1 : 0;
	}
	buf_byte(&b, '\0');
	return parse(j, b.data, e) < 0 ? -1 : 1;
}

char *journal_peek(struct host *h, const char *name)
{
	struct err ignored;
	CLEANUP_BUF struct buf b = {0};
	char path[NAME_MAX_LEN + 32];
	snprintf(path, sizeof path, "work/%s/journal", name);
	if (h->own < 0 || file_read(h->own, path, JOURNAL_MAX, &b, &ignored) < 0)
		return NULL;
	const char *op = strstr(buf_cstr(&b), "\nop ");
	op = op ? op + strlen("\nop ") : NULL;
	return op ? mem_dup(op, strcspn(op, "\n")) : NULL;
}

const char *journal_get(const struct journal *j, const char *key)
{
	for (size_t i = 0; i < j->facts.n; i++) {
		const char *rest = str_after(j->facts.items[i], key);
		if (rest && *rest == ' ')
			return rest + 1;
	}
	return NULL;
}

bool journal_has(const struct journal *j, const char *key, const char *value)
{
	for (size_t i = 0; i < j->facts.n; i++) {
		const char *rest = str_after(j->facts.items[i], key);
		if (rest && *rest == ' ' && str_eq(rest + 1, value))
			return true;
	}
	return false;
}
