/*
 * report: what an examination (doctor, lint) found, line by line.
 *
 *     CLEANUP_REPORT struct report r = {0};
 *     report_add(&r, REPORT_NOTE, "druser", "there is no druser; only the number %d matters", CONTRACT_ID);
 *     return r.count[REPORT_PROBLEM] ? EXIT_ERROR : EXIT_DONE;
 */
#ifndef SERVICE_REPORT_H
#define SERVICE_REPORT_H

#include "base/cleanup.h"

#include <stddef.h>

enum report_level { REPORT_OK, REPORT_NOTE, REPORT_PROBLEM, REPORT_LEVELS };

struct finding {
	enum report_level level;
	char *topic;    /* what it is about: a word, or a file */
	char *text;     /* what was found, and what to do about it; no control characters */
};

struct report {
	struct finding *items;
	size_t n, cap;
	size_t count[REPORT_LEVELS];
};

#define CLEANUP_REPORT CLEANUP_WITH(report_free)

void report_free(struct report *r);

__attribute__((format(printf, 4, 5))) void report_add(struct report *r, enum report_level level, const char *topic,
	const char *fmt, ...);

/* "ok", "note", "problem" */
const char *report_word(enum report_level level);

#endif
