#include "check.h"

#include "sys/clock.h"

static void both(const char *text, int64_t sec, uint32_t nsec)
{
	struct err e;
	struct clock_time t;
	CHECK_OK(clock_parse(text, &t, &e));
	CHECK_EQ(t.sec, sec);
	CHECK_EQ(t.nsec, nsec);
}

TEST(format_known)
{
	char s[24];
	clock_format(s, 0);
	CHECK_STR(s, "1970-01-01T00:00:00Z");
	clock_format(s, 1709210096);
	CHECK_STR(s, "2024-02-29T12:34:56Z");
	clock_format(s, -1);
	CHECK_STR(s, "1969-12-31T23:59:59Z");
	clock_format(s, 951782400);
	CHECK_STR(s, "2000-02-29T00:00:00Z");
	clock_format(s, 4107542400);
	CHECK_STR(s, "2100-03-01T00:00:00Z");
}

TEST(format_bounds)
{
	char s[24];
	clock_format(s, INT64_MAX);
	CHECK_STR(s, "9999-12-31T23:59:59Z");
	clock_format(s, INT64_MIN);
	CHECK_STR(s, "0000-01-01T00:00:00Z");
}

TEST(parse_forms)
{
	both("2024-02-29T12:34:56Z", 1709210096, 0);
	both("2024-02-29T12:34:56.123456789Z", 1709210096, 123456789);
	both("2024-02-29T12:34:56.5Z", 1709210096, 500000000);
	both("2024-02-29T12:34:56.1234567899999Z", 1709210096, 123456789);
	both("2024-02-29T13:34:56+01:00", 1709210096, 0);
	both("2024-02-29t08:04:56-04:30", 1709210096, 0);
	both("1990-12-31T23:59:60Z", 662687999, 0);
	both("0001-01-01T00:00:00Z", -62135596800, 0);
}

TEST(parse_rejects)
{
	static const char *const bad[] = {"", "2024", "2024-02-29", "2024-02-29T12:34:56", "2023-02-29T12:34:56Z",
		"2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z", "2024-01-00T00:00:00Z", "2024-01-32T00:00:00Z",
		"2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:61Z", "2024-01-01T00:00:00.Z",
		"2024-01-01T00:00:00+1:00", "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00Zx",
		" 2024-01-01T00:00:00Z", "+024-01-01T00:00:00Z", "1900-02-29T00:00:00Z"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e;
		struct clock_time t = {.sec = 7};
		CHECK_ERR(clock_parse(bad[i], &t, &e), ERR_FORMAT);
		CHECK_EQ(t.sec, 7);
	}
}

TEST(round_trip)
{
	struct err e;
	for (int64_t sec = -62167219200; sec < 253402300800; sec += 86400 * 27 + 12345) {
		char s[24];
		struct clock_time t;
		clock_format(s, sec);
		CHECK_OK(clock_parse(s, &t, &e));
		CHECK_EQ(t.sec, sec);
	}
}

TEST(monotonic)
{
	uint64_t a = clock_ms();
	CHECK(clock_ms() >= a);
	CHECK(clock_now().sec > 1700000000);
	CHECK(clock_now().nsec < 1000000000);
}

TEST(durations)
{
	struct err e = {0};
	int64_t sec = 0;
	static const struct { const char *text; int64_t sec; } good[] = {{"30s", 30}, {"90m", 5400}, {"26h", 93600}, {"7d", 604800},
		{"1d12h", 129600}, {"0s", 0}};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		CHECK_OK(clock_duration(good[i].text, &sec, "--age", &e));
		CHECK_EQ(sec, good[i].sec);
	}
	static const char *const bad[] = {"", "h", "26", "1.5h", "-1h", "1h ", "1h2", "1y", "99999999999999999999h"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(clock_duration(bad[i], &sec, "--age", &e) < 0);
}

CHECK_MAIN
