/*
 * lint: an image as its author should see it: the contract, and what bites in practice.
 */
#ifndef SERVICE_LINT_H
#define SERVICE_LINT_H

#include "base/buf.h"
#include "service/host.h"
#include "service/report.h"

/* Examines the image, which is pulled when it is not there, without running anything of it. What breaks the contract, or
   can never run, is a problem; the rest are notes. */
int lint_image(struct host *h, const char *image, struct report *r, struct err *e) MUST_CHECK;

/* Looks at one script of /dr: its text of n bytes with a NUL behind them. */
void lint_script(const char *name, char *text, size_t n, struct report *r);

/* Whether all that a shell script opens is closed: quotes, substitutions, if, do, case. If not, *said has the line and what. */
bool lint_shell(const char *text, struct buf *said);

/* Installs the image as two services of names that nobody has, runs help, backup and restore of each without a terminal,
   destroys them, and reports what failed or stayed behind. */
int lint_run(struct host *h, const char *image, struct report *r, struct err *e) MUST_CHECK;

#endif
