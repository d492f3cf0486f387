/*
 * dr: what the commands of dr share: opening the host with a ui of their own, and answering.
 *
 *     CLEANUP_HOST struct host h = HOST_INIT;
 *     if (dr_host(&h, json, e) < 0) return -1;
 *     int rc = service_update(&s, &h, name, pull, e);
 *     return dr_answer(&(struct dr_answer){.command = "update", ...}, rc);
 *
 * Answers go to stdout, everything else to stderr. With --json the answer is one object on stdout and nothing else:
 *     {"command":"install","changed":true,"service":...,"image":...,"image_id":...,"directory":...,"launcher":...}
 * with "dry_run":true when nothing was done; what does not apply is left out. On failure, which run functions tell by returning
 * -1, it is {"command":...,"changed":false,"service":...,"error":...}.
 */
#ifndef DR_DR_H
#define DR_DR_H

#include "codec/json_write.h"
#include "service/report.h"
#include "service/store.h"

/* Fills the host in. With json, what the image's scripts print on stdout goes to stderr. */
int dr_host(struct host *h, bool json, struct err *e) MUST_CHECK;

struct dr_answer {
	const char *command;
	bool json;
	const char *name;             /* of the service; may be NULL */
	const struct service *s;      /* for its facts, when it is there; may be NULL */
	const char *directory;        /* the main folder, for configure; NULL otherwise */
	bool dry_run;                 /* nothing was done: the answer is what would be */
	const char *changed, *same;   /* what follows the name (or the folder) in the sentence for people, for rc 1 and rc 0 */
};

/* Answers for a command that changed something (rc 1), had nothing to change (0) or failed (-1). Returns what the
   command's run function returns: an exit status, or -1. */
int dr_answer(const struct dr_answer *a, int rc);

/* The frame's hook for what failed, bad usage included: the failure as JSON when --json is among the words of one of dr's
   commands, or of a word that is nothing at all. */
void dr_failed(int argc, char **argv, const struct err *e);

/* The names of the services; none on a host that has no settings. */
void dr_services(struct strvec *names);

/* Answers what is in a backup: as an object, or with the sentence for people, on stderr when the backup itself went to stdout.
   Returns the exit status. */
struct backup_facts;
int dr_backup_answer(const char *command, const char *file, const struct backup_facts *f, bool json, bool changed,
	const char *sentence);

/* Prints what was found: a line each, or {"command":...,"image":...,"problems":N,"notes":N,"findings":[{"level":...,"topic":...,
   "text":...}]}. Returns 1 when a problem is among it, else 0. `image` may be NULL. */
int dr_report(const char *command, const char *image, const struct report *r, bool json);

/* Prints the buffer as a line on stdout. */
void dr_print(const struct buf *b);

/* The commands of dr, NULL behind the last. */
extern const struct command *const dr_verbs[];

#endif
