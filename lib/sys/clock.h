/*
 * clock: time as numbers and as RFC 3339 text.
 */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include "base/err.h"

#include <stdint.h>

struct clock_time {
	int64_t sec;    /* since 1970-01-01T00:00:00Z */
	uint32_t nsec;
};

uint64_t clock_ms(void);              /* monotonic: for intervals only */
struct clock_time clock_now(void);    /* of day */

/* "2024-02-29T12:34:56Z": whole seconds, UTC. Years outside 0..9999 are shown as their nearest. */
void clock_format(char out[24], int64_t sec);

/* Reads RFC 3339 section 5.6 ("2024-02-29T12:34:56.123456789+01:00"), as Docker writes it: fractions beyond
   nanoseconds are cut; second 60 is taken as 59. Anything else is ERR_FORMAT. */
int clock_parse(const char *s, struct clock_time *t, struct err *e) MUST_CHECK;

/* "26h", "1d12h", "90m", "30s": whole numbers of days, hours, minutes and seconds, into seconds. `what` names the thing in
   the error, which is ERR_USAGE. */
int clock_duration(const char *s, int64_t *sec, const char *what, struct err *e) MUST_CHECK;

#endif
