#include "check.h"
#include "pty.h"

#include "base/str.h"
#include "sys/progress.h"

/* A small terminal: what the user sees after the bytes that it was sent. Wraps at the last column, and
   scrolls. */
struct screen {
	int cols, rows, x, y;
	char cell[64][128];
};

static void screen_newline(struct screen *s)
{
	s->x = 0;
	if (++s->y < s->rows)
		return;
	s->y = s->rows - 1;
	memmove(s->cell[0], s->cell[1], sizeof s->cell[0] * (size_t)(s->rows - 1));
	memset(s->cell[s->rows - 1], 0, sizeof s->cell[0]);
}

/* One escape sequence; returns how many bytes it had. */
static size_t screen_escape(struct screen *s, const char *p)
{
	char *end;
	long n = strtol(p + 2, &end, 10);
	if (*end == 'A')
		s->y = s->y - (int)n < 0 ? 0 : s->y - (int)n;
	if (*end == 'J') {
		memset(s->cell[s->y] + s->x, 0, sizeof s->cell[0] - (size_t)s->x);
		for (int i = s->y + 1; i < s->rows; i++)
			memset(s->cell[i], 0, sizeof s->cell[0]);
	}
	return (size_t)(end - p) + 1;
}

static void screen_feed(struct screen *s, const char *p)
{
	while (*p) {
		if (*p == '\033') {
			p += screen_escape(s, p);
			continue;
		}
		if (*p == '\r') {
			s->x = 0;
		} else if (*p == '\n') {
			screen_newline(s);
		} else {
			if (s->x == s->cols)
				screen_newline(s);
			s->cell[s->y][s->x++] = *p;
		}
		p++;
	}
}

static char sent[1 << 20];

static void screen_read(struct screen *s, const struct pty *p)
{
	sent[0] = '\0';
	pty_read(p, sent, sizeof sent, 20);
	screen_feed(s, sent);
}

static void wait_for_next_drawing(void)
{
	usleep(120000);
}

TEST(sizes)
{
	static const struct {
		uint64_t n;
		const char *text;
	} known[] = {{0, "0B"}, {7, "7B"}, {999, "999B"}, {1000, "1kB"}, {1004, "1kB"}, {1005, "1.01kB"}, {1234, "1.23kB"},
		{1500, "1.5kB"}, {9994, "9.99kB"}, {9995, "10kB"}, {12345, "12.3kB"}, {99949, "99.9kB"},
		{99950, "100kB"}, {999499, "999kB"}, {999500, "1MB"}, {1000000, "1MB"}, {123456789, "123MB"},
		{UINT64_C(1500000000), "1.5GB"}, {UINT64_C(2000000000000), "2TB"},
		{UINT64_C(3210000000000000), "3.21PB"}, {UINT64_C(999999999999999999), "1EB"},
		{UINT64_MAX, "18.4EB"}};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		char s[16];
		progress_size(s, known[i].n);
		CHECK_STR(s, known[i].text);
	}
}

TEST(nothing_without_terminal)
{
	int p[2];
	char c;
	CHECK_EQ(pipe(p), 0);
	CHECK(!progress_new(p[1], PROGRESS_TERMINAL));
	struct pty t = pty_open(80, 24);
	setenv("TERM", "dumb", 1);
	CHECK(!progress_new(t.slave, PROGRESS_TERMINAL));
	pty_close(&t);
	/* Every function takes NULL. */
	size_t line = progress_line(NULL, "x");
	progress_set(NULL, line, "y", 1, 2);
	progress_add(NULL, line, 1);
	progress_clear(NULL);
	progress_free(NULL);
	close(p[1]);
	CHECK_EQ(read(p[0], &c, 1), 0);
	close(p[0]);
}

TEST(plain_lines)
{
	int p[2];
	char text[200] = "";
	CHECK_EQ(pipe(p), 0);
	struct progress *pr = progress_new(p[1], PROGRESS_LINES);
	CHECK(pr);
	size_t a = progress_line(pr, "a"), b = progress_line(pr, "b");
	CHECK_EQ(progress_line(pr, "a"), a);
	progress_set(pr, a, "Downloading", 1, 10);
	progress_set(pr, a, "Downloading", 5, 10);
	progress_add(pr, a, 3);
	progress_set(pr, b, "Wait\033[2J\n\303\244", 0, 0);
	progress_set(pr, a, "Done", 10, 10);
	progress_set(pr, 99, "no such line", 1, 1);
	progress_clear(pr);
	progress_free(pr);
	close(p[1]);
	ssize_t n = read(p[0], text, sizeof text - 1);
	close(p[0]);
	CHECK(n > 0);
	CHECK_STR(text, "a: Downloading\nb: Wait?[2J??\na: Done\n");
}

/* Three layers to the end, on a terminal of that width. */
static void layers(unsigned short cols)
{
	struct pty p = pty_open(cols, 24);
	struct screen s = {.cols = cols, .rows = 24};
	setenv("TERM", "xterm", 1);
	screen_feed(&s, "before\r\n");
	struct progress *pr = progress_new(p.slave, PROGRESS_TERMINAL);
	CHECK(pr);
	size_t line[3];
	line[0] = progress_line(pr, "a3ed95caeb02");
	line[1] = progress_line(pr, "b4ed95caeb02");
	line[2] = progress_line(pr, "a label that is much too long for a terminal of forty columns");
	for (int step = 0; step <= 3; step++) {
		for (int i = 0; i < 3; i++)
			progress_set(pr, line[i], "Downloading", (uint64_t)step * 4000000 / 3, 4000000);
		wait_for_next_drawing();
		screen_read(&s, &p);
		CHECK_STR(s.cell[0], "before");
		for (int y = 1; y < 3; y++)
			CHECK((int)strlen(s.cell[y]) < cols);
		CHECK_EQ(strlen(s.cell[4]), 0);
	}
	progress_free(pr);
	screen_read(&s, &p);
	CHECK_STR(s.cell[0], "before");
	CHECK_STR(s.cell[1], "a3ed95caeb02: Downloading 4MB/4MB");
	CHECK_STR(s.cell[2], "b4ed95caeb02: Downloading 4MB/4MB");
	CHECK(str_starts(s.cell[3], "a label that is much too long for a ter"));
	CHECK((int)strlen(s.cell[3]) < cols);
	CHECK_EQ(s.y, 4);
	CHECK_EQ(s.x, 0);
	pty_close(&p);
}

TEST(layers_at_80)
{
	layers(80);
}

TEST(layers_at_40)
{
	layers(40);
}

TEST(tiny_terminals)
{
	for (unsigned short cols = 1; cols < 14; cols++) {
		struct pty p = pty_open(cols, 1);
		struct progress *pr = progress_new(p.slave, PROGRESS_TERMINAL);
		CHECK(pr);
		for (int i = 0; i < 4; i++) {
			char label[8];
			snprintf(label, sizeof label, "l%d", i);
			progress_set(pr, progress_line(pr, label), "x", 5, UINT64_MAX);
		}
		progress_free(pr);
		sent[0] = '\0';
		CHECK(pty_read(&p, sent, sizeof sent, 20) > 0);
		pty_close(&p);
	}
}

TEST(bar_rate_and_time_left)
{
	struct pty p = pty_open(100, 24);
	struct screen s = {.cols = 100, .rows = 24};
	struct progress *pr = progress_new(p.slave, PROGRESS_TERMINAL);
	CHECK(pr);
	size_t line = progress_line(pr, "backup");
	progress_set(pr, line, "Reading", 0, 1000);
	usleep(600000);
	progress_add(pr, line, 500);
	screen_read(&s, &p);
	/* 500 bytes in a little more than 0.6 s, on however slow a machine. */
	CHECK(str_starts(s.cell[0], "backup: Reading [======="));
	CHECK_HAS(s.cell[0], "] 500B/1kB ");
	CHECK_HAS(s.cell[0], "B/s ");
	CHECK(str_ends(s.cell[0], "s"));
	progress_set(pr, line, "Done", 1000, 1000);
	progress_free(pr);
	screen_read(&s, &p);
	CHECK_STR(s.cell[0], "backup: Done 1kB/1kB");
	CHECK_EQ(s.y, 1);
	pty_close(&p);
}

TEST(count_without_total)
{
	struct pty p = pty_open(80, 24);
	struct screen s = {.cols = 80, .rows = 24};
	struct progress *pr = progress_new(p.slave, PROGRESS_TERMINAL);
	CHECK(pr);
	size_t line = progress_line(pr, "");
	progress_set(pr, line, "Packing", 123456, 0);
	progress_free(pr);
	screen_read(&s, &p);
	CHECK_STR(s.cell[0], "Packing 123kB");
	pty_close(&p);
}

TEST(more_tasks_than_rows)
{
	struct pty p = pty_open(60, 10);
	struct screen s = {.cols = 60, .rows = 10};
	struct progress *pr = progress_new(p.slave, PROGRESS_TERMINAL);
	CHECK(pr);
	for (int step = 0; step < 3; step++) {
		for (int i = 0; i < 30; i++) {
			char label[16];
			snprintf(label, sizeof label, "layer%02d", i);
			progress_set(pr, progress_line(pr, label), "Downloading", i >= 25 ? 5 : 10, 10);
		}
		wait_for_next_drawing();
	}
	progress_free(pr);
	screen_read(&s, &p);
	/* Eight tasks, those in motion among them, and the line that counts the others. */
	for (int i = 0; i < 5; i++) {
		char label[16];
		snprintf(label, sizeof label, "layer%02d", 25 + i);
		CHECK(str_starts(s.cell[3 + i], label));
	}
	CHECK_STR(s.cell[8], "(22 more)");
	CHECK(str_starts(s.cell[0], "layer00"));
	CHECK_EQ(s.y, 9);
	pty_close(&p);
}

TEST(clear_leaves_no_trace)
{
	struct pty p = pty_open(80, 24);
	struct screen s = {.cols = 80, .rows = 24};
	struct progress *pr = progress_new(p.slave, PROGRESS_TERMINAL);
	CHECK(pr);
	size_t a = progress_line(pr, "a"), b = progress_line(pr, "b");
	progress_set(pr, a, "one", 0, 0);
	wait_for_next_drawing();
	progress_set(pr, b, "two", 0, 0);
	screen_read(&s, &p);
	CHECK_STR(s.cell[1], "b: two");
	progress_clear(pr);
	screen_read(&s, &p);
	CHECK_EQ(strlen(s.cell[0]), 0);
	CHECK_EQ(s.y, 0);
	CHECK_EQ(write(p.slave, "message\n", 8), 8);
	progress_set(pr, b, "three", 0, 0);
	progress_free(pr);
	screen_read(&s, &p);
	CHECK_STR(s.cell[0], "message");
	CHECK_STR(s.cell[1], "a: one");
	CHECK_STR(s.cell[2], "b: three");
	pty_close(&p);
}

/* The terminal becomes narrower: it has wrapped the lines that stand, and they are still erased whole. */
TEST(narrower_terminal)
{
	struct pty p = pty_open(80, 24);
	struct screen s = {.cols = 80, .rows = 24};
	struct progress *pr = progress_new(p.slave, PROGRESS_TERMINAL);
	CHECK(pr);
	size_t a = progress_line(pr, "0123456789012345678901234567890123456789"), b = progress_line(pr, "b");
	progress_set(pr, a, "0123456789", 0, 0);
	wait_for_next_drawing();
	progress_set(pr, b, "two", 0, 0);
	screen_read(&s, &p);
	CHECK_EQ(strlen(s.cell[0]), 52);
	/* What a terminal that wraps makes of it. */
	pty_resize(&p, 30, 24);
	s = (struct screen){.cols = 30, .rows = 24};
	screen_feed(&s, "0123456789012345678901234567890123456789: 0123456789\r\nb: two\r\n");
	CHECK_EQ(s.y, 3);
	progress_free(pr);
	screen_read(&s, &p);
	CHECK_STR(s.cell[0], "01234567890123456789012345678");
	CHECK_STR(s.cell[1], "b: two");
	CHECK_EQ(strlen(s.cell[2]), 0);
	CHECK_EQ(s.y, 2);
	pty_close(&p);
}

TEST(updates_are_limited)
{
	struct pty p = pty_open(80, 24);
	struct progress *pr = progress_new(p.slave, PROGRESS_TERMINAL);
	CHECK(pr);
	size_t line = progress_line(pr, "a");
	progress_set(pr, line, "Copying", 0, 1000000);
	for (int i = 0; i < 100000; i++)
		progress_add(pr, line, 10);
	sent[0] = '\0';
	/* Each drawing is less than 100 bytes; without a limit there would be 100000. */
	size_t n = pty_read(&p, sent, sizeof sent, 20);
	CHECK(n > 0);
	CHECK(n < 20000);
	progress_free(pr);
	pty_close(&p);
}

CHECK_MAIN
