#include "docker/units.h"

#include "base/str.h"
#include "codec/utf8.h"
#include "sys/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* v * 10^decimals, rounded to the nearest whole number as printf rounds: exactly, halves to even. v is below 2^40. */
static uint64_t scaled(double v, int decimals)
{
	uint64_t bits;
	memcpy(&bits, &v, sizeof bits);
	int shift = 1075 - (int)(bits >> 52 & 0x7ff);
	uint64_t m = (bits & 0xfffffffffffff) | 0x10000000000000;
	if (v < 1e-9)
		return 0;
	/* At most 10^3 is multiplied: 53 + 10 bits. */
	for (; decimals; decimals--)
		m *= 10;
	if (shift <= 0)
		return m << -shift;
	if (shift > 63)
		return 0;
	uint64_t whole = m >> shift, rest = m & ((UINT64_C(1) << shift) - 1), half = UINT64_C(1) << (shift - 1);
	return whole + (rest > half || (rest == half && (whole & 1)));
}

void units_fixed(double v, int decimals, struct buf *out)
{
	uint64_t unit = decimals == 2 ? 100 : 1000, n = scaled(v, decimals);
	buf_printf(out, "%llu.%0*llu", (unsigned long long)(n / unit), decimals, (unsigned long long)(n % unit));
}

/* As "%.*g" of C and Go: v is between 1 and 1024, or a small whole number. */
static void significant(double v, int digits, struct buf *out)
{
	int whole = v < 10 ? 1 : v < 100 ? 2 : v < 1000 ? 3 : 4;
	int decimals = digits > whole ? digits - whole : 0;
	uint64_t n = scaled(v, decimals), unit = 1, limit = 1;
	for (int i = 0; i < decimals; i++)
		unit *= 10;
	for (int i = 0; i < digits; i++)
		limit *= 10;
	if (n / unit >= limit) {
		/* It does not fit: one digit and an exponent, as 999.9 kB with three digits is 1e+03kB. */
		buf_str(out, "1e+03");
		return;
	}
	buf_printf(out, "%llu", (unsigned long long)(n / unit));
	if (n % unit == 0)
		return;
	char text[24];
	int len = snprintf(text, sizeof text, "%0*llu", decimals, (unsigned long long)(n % unit));
	while (len > 1 && text[len - 1] == '0')
		text[--len] = 0;
	buf_printf(out, ".%s", text);
}

static void scale(double v, double base, int digits, const char *units, struct buf *out)
{
	if (v < 0) {
		buf_byte(out, '-');
		v = -v;
	}
	for (; v >= base && units[1]; units++)
		v /= base;
	significant(v, digits, out);
	if (*units != 'B')
		buf_printf(out, base > 1000 ? "%ci" : "%c", *units);
	buf_byte(out, 'B');
}

void units_size(double bytes, int digits, struct buf *out)
{
	scale(bytes, 1000, digits, "BkMGTPEZY", out);
}

void units_bytes(double bytes, struct buf *out)
{
	scale(bytes, 1024, 4, "BKMGTPEZY", out);
}

void units_duration(int64_t s, struct buf *out)
{
	static const struct {
		int64_t below, unit;
		const char *name;
	} steps[] = {{60, 1, "seconds"}, {3600, 60, "minutes"}, {0, 0, NULL}};
	int64_t hours = (s + 1800) / 3600;
	if (s < 1) {
		buf_str(out, "Less than a second");
	} else if (s == 1) {
		buf_str(out, "1 second");
	} else if (s >= 60 && s < 120) {
		buf_str(out, "About a minute");
	} else if (s < 3600) {
		size_t i = s >= steps[0].below;
		buf_printf(out, "%lld %s", (long long)(s / steps[i].unit), steps[i].name);
	} else if (hours == 1) {
		buf_str(out, "About an hour");
	} else if (hours < 48) {
		buf_printf(out, "%lld hours", (long long)hours);
	} else if (hours < 24 * 7 * 2) {
		buf_printf(out, "%lld days", (long long)(hours / 24));
	} else if (hours < 24 * 30 * 2) {
		buf_printf(out, "%lld weeks", (long long)(hours / 24 / 7));
	} else if (hours < 24 * 365 * 2) {
		buf_printf(out, "%lld months", (long long)(hours / 24 / 30));
	} else {
		buf_printf(out, "%lld years", (long long)(s / 3600 / 24 / 365));
	}
}

void units_ago(int64_t since_epoch, struct buf *out)
{
	units_duration(clock_now().sec - since_epoch, out);
	buf_str(out, " ago");
}

static void moment(int64_t since_epoch, char between, struct tm *tm, struct buf *out)
{
	time_t t = (time_t)since_epoch;
	if (!localtime_r(&t, tm))
		*tm = (struct tm){.tm_year = 70, .tm_mday = 1};
	buf_printf(out, "%04d-%02d-%02d%c%02d:%02d:%02d", tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday, between, tm->tm_hour,
		tm->tm_min, tm->tm_sec);
}

static void zone(long offset, const char *colon, struct buf *out)
{
	long minutes = (offset < 0 ? -offset : offset) / 60;
	buf_printf(out, "%c%02ld%s%02ld", offset < 0 ? '-' : '+', minutes / 60, colon, minutes % 60);
}

void units_time(int64_t since_epoch, struct buf *out)
{
	struct tm tm;
	moment(since_epoch, ' ', &tm, out);
	buf_byte(out, ' ');
	zone(tm.tm_gmtoff, "", out);
	buf_printf(out, " %s", tm.tm_zone ? tm.tm_zone : "UTC");
}

void units_rfc3339(int64_t since_epoch, int64_t nsec, struct buf *out)
{
	struct tm tm;
	moment(since_epoch, 'T', &tm, out);
	if (nsec >= 0)
		buf_printf(out, ".%09lld", (long long)nsec);
	if (tm.tm_gmtoff)
		zone(tm.tm_gmtoff, ":", out);
	else
		buf_byte(out, 'Z');
}

void units_read_time(const char *s, struct buf *out)
{
	size_t n = strcspn(s, "Zz+");
	const char *minus = n > 19 ? strchr(s + 19, '-') : NULL;
	if (minus && (size_t)(minus - s) < n)
		n = (size_t)(minus - s);
	if (n < 19 || s[10] != 'T') {
		buf_str(out, s);
		return;
	}
	size_t len = n;
	if (n > 19)
		while (s[len - 1] == '0' || s[len - 1] == '.')
			if (s[--len] == '.')
				break;
	buf_add(out, s, 10);
	buf_byte(out, ' ');
	buf_add(out, s + 11, len - 11);
	if (s[n] == 'Z' || s[n] == 'z')
		buf_str(out, " +0000 UTC");
	else
		buf_printf(out, " %.3s%.2s %.3s%.2s", s + n, s + n + 4, s + n, s + n + 4);
}

void units_short_id(const char *id, struct buf *out)
{
	const char *colon = strchr(id, ':');
	if (colon)
		id = colon + 1;
	buf_printf(out, "%.12s", id);
}

void units_ellipsis(const char *s, size_t columns, struct buf *out)
{
	size_t n = strlen(s), count = 0, cut = 0;
	for (size_t i = 0; i < n; count++) {
		size_t len = utf8_decode(s + i, n - i, NULL);
		i += len ? len : 1;
		if (count + 2 == columns)
			cut = i;
	}
	if (count <= columns)
		buf_str(out, s);
	else
		buf_printf(out, "%.*s\xe2\x80\xa6", (int)cut, s);
}
