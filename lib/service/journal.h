/*
 * journal: what a command that changes a service is about to do, on disk before it does it, so that a dr that is killed at
 * any instant leaves something that the next dr can undo or finish.
 *
 *     CLEANUP_JOURNAL struct journal j = JOURNAL_INIT;
 *     if (journal_begin(&j, s, "install", e) < 0) return -1;     makes DIRECTORY/.dr/work/NAME, j.dir
 *     ... prepare beneath j.dir, which disappears with the journal ...
 *     journal_fact(&j, "volume", "dr-x-config");                 what undoing needs to know
 *     if (journal_write(&j, e) < 0) return -1;                   on disk from here on: now the thing may be done
 *     if (journal_decide(&j, e) < 0) return -1;                  from here on it is finished, not undone
 *     return journal_end(&j, e);
 *
 * A journal that is not decided is undone by whoever finds it; one that is decided is finished. Settling is repeatable:
 * it may be killed too. Facts are words and values without newlines; a fact may have many values. The file has a line for
 * each, after "dr-journal 1", "op NAME" and, when it is so, "decided". It is replaced whole and synced.
 */
#ifndef SERVICE_JOURNAL_H
#define SERVICE_JOURNAL_H

#include "base/vec.h"
#include "service/store.h"

/* In the work folder: the lock that an own script of the image (script_run_own) and all that it starts hold with dr. */
#define JOURNAL_SCRIPT "script"

struct journal {
	struct host *host;
	char *name;             /* the service's */
	char *op;               /* NULL: none is open */
	int dir;                /* DIRECTORY/.dr/work/NAME */
	bool decided;
	struct strvec facts;    /* "key value" */
};

#define JOURNAL_INIT {.dir = -1}
#define CLEANUP_JOURNAL CLEANUP_WITH(journal_close)

/* Begins one; what lay in the work folder is removed. The caller holds the service's lock and has settled what there
   was. */
int journal_begin(struct journal *j, struct service *s, const char *op, struct err *e) MUST_CHECK;

/* Adds a fact, in memory until journal_write. */
void journal_fact(struct journal *j, const char *key, const char *value);
/* Takes facts out again, likewise; value NULL: all of that key. */
void journal_drop(struct journal *j, const char *key, const char *value);
int journal_write(struct journal *j, struct err *e) MUST_CHECK;
int journal_decide(struct journal *j, struct err *e) MUST_CHECK;

/* The path of what stands in j.dir, for who needs one: DIRECTORY/.dr/work/NAME/FILE (the caller's). */
char *journal_path(const struct journal *j, const char *file);

/* Removes the journal, then the rest of the work folder. */
int journal_end(struct journal *j, struct err *e) MUST_CHECK;

/* Releases j; on disk it stays, to be settled by the next dr. */
void journal_close(struct journal *j);

/* The service's journal, for who holds its lock. Returns 1, 0 when there is none, or -1. */
int journal_load(struct journal *j, struct service *s, struct err *e) MUST_CHECK;

/* What a service's journal says is going on ("install"; the caller's), without its lock; NULL: nothing, or unreadable. */
char *journal_peek(struct host *h, const char *name);

/* The value of a fact (borrowed), or NULL; and whether one of the values of the fact is that. */
const char *journal_get(const struct journal *j, const char *key);
bool journal_has(const struct journal *j, const char *key, const char *value);

#endif
