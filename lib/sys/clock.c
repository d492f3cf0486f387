/*
 * Days are counted from 1 March of year 0, so that the leap day is a year's last: a date is then a linear function of
 * year, month and day (the proleptic Gregorian calendar repeats every 400 years, 146097 days).
 */
#include "sys/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DAYS_TO_EPOCH = 719468, DAYS_400 = 146097 };  /* 0000-03-01 to 1970-01-01 */

uint64_t clock_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

struct clock_time clock_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (struct clock_time){.sec = t.tv_sec, .nsec = (uint32_t)t.tv_nsec};
}

static int64_t days_from_date(int y, int m, int d)
{
	if (m < 3)
		y--;
	int era = (y >= 0 ? y : y - 399) / 400;
	int yoe = y - era * 400;
	int doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	return (int64_t)era * DAYS_400 + yoe * 365 + yoe / 4 - yoe / 100 + doy - DAYS_TO_EPOCH;
}

void clock_format(char out[24], int64_t sec)
{
	const int64_t min = -62167219200, max = 253402300799;  /* 0000-01-01T00:00:00Z, 9999-12-31T23:59:59Z */
	sec = sec < min ? min : sec > max ? max : sec;
	/* Shifted by 400 years of days: every division below is of a positive number. */
	int64_t shifted = sec + (int64_t)(DAYS_TO_EPOCH + DAYS_400) * 86400;
	int days = (int)(shifted / 86400), rest = (int)(shifted % 86400);
	int era = days / DAYS_400, doe = days % DAYS_400;
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int mp = (5 * doy + 2) / 153;
	int d = doy - (153 * mp + 2) / 5 + 1;
	int m = mp < 10 ? mp + 3 : mp - 9;
	int y = yoe + (era - 1) * 400 + (m < 3);
	snprintf(out, 24, "%04d-%02d-%02dT%02d:%02d:%02dZ", y, m, d, rest / 3600, rest / 60 % 60, rest % 60);
}

/* n digits at *s as a number, or -1. */
static int digits(const char **s, int n)
{
	int v = 0;
	for (; n; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return -1;
		v = v * 10 + (**s - '0');
	}
	return v;
}

/* The digits of a number, then one of the characters in `then`, which is skipped. */
static int field(const char **s, int n, const char *then)
{
	int v = digits(s, n);
	if (v < 0)
		return -1;
	for (; *then; then++)
		if (**s == *then) {
			(*s)++;
			return v;
		}
	return -1;
}

static bool fraction(const char **s, uint32_t *nsec)
{
	uint32_t unit = 100000000;
	*nsec = 0;
	if (**s != '.')
		return true;
	(*s)++;
	if (**s < '0' || **s > '9')
		return false;
	for (; **s >= '0' && **s <= '9'; (*s)++, unit /= 10)
		*nsec += (uint32_t)(**s - '0') * unit;
	return true;
}

/* "Z" or "+hh:mm" or "-hh:mm", in seconds. */
static bool offset(const char **s, int *sec)
{
	char c = **s;
	*sec = 0;
	if (c != 'Z' && c != 'z' && c != '+' && c != '-')
		return false;
	(*s)++;
	if (c == 'Z' || c == 'z')
		return true;
	int h = field(s, 2, ":"), m = h < 0 ? -1 : digits(s, 2);
	if (h < 0 || h > 23 || m < 0 || m > 59)
		return false;
	*sec = (c == '-' ? -1 : 1) * (h * 3600 + m * 60);
	return true;
}

static int month_days(int y, int m)
{
	return (int)(days_from_date(m == 12 ? y + 1 : y, m == 12 ? 1 : m + 1, 1) - days_from_date(y, m, 1));
}

static bool parse(const char *s, struct clock_time *t)
{
	int y, mo, d, h, mi, sec, off;
	if ((y = field(&s, 4, "-")) < 0 || (mo = field(&s, 2, "-")) < 1 || mo > 12)
		return false;
	if ((d = field(&s, 2, "Tt ")) < 1 || d > month_days(y, mo))
		return false;
	if ((h = field(&s, 2, ":")) < 0 || h > 23 || (mi = field(&s, 2, ":")) < 0 || mi > 59)
		return false;
	if ((sec = digits(&s, 2)) < 0 || sec > 60 || !fraction(&s, &t->nsec) || !offset(&s, &off) || *s)
		return false;
	t->sec = days_from_date(y, mo, d) * 86400 + h * 3600 + mi * 60 + (sec > 59 ? 59 : sec) - off;
	return true;
}

int clock_parse(const char *s, struct clock_time *t, struct err *e)
{
	struct clock_time parsed;
	if (!parse(s, &parsed))
		return err_set(e, ERR_FORMAT, "not an RFC 3339 time: \"%.40s\"", s);
	*t = parsed;
	return 0;
}

int clock_duration(const char *s, int64_t *sec, const char *what, struct err *e)
{
	static const char units[] = "smhd";
	static const int64_t seconds[] = {1, 60, 3600, 86400};
	const char *p = s, *unit = NULL;
	*sec = 0;
	do {
		int64_t n = 0;
		const char *digits = p;
		while (*p >= '0' && *p <= '9' && n < INT32_MAX)
			n = n * 10 + (*p++ - '0');
		unit = *p && p > digits ? strchr(units, *p++) : NULL;
		if (unit)
			*sec += n * seconds[unit - units];
	} while (unit && *p);
	return unit ? 0 : err_set(e, ERR_USAGE, "%s: '%s' is no length of time: write 26h, 90m or 7d", what, s);
}
