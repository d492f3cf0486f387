/*
 * Invariant: while lines are on the screen the cursor stands at the start of the line behind the last of them, and
 * every task's `width` is what its line took when drawn (0: not drawn). A terminal that became narrower has wrapped
 * those lines by then, so the way back up is computed from widths and the present number of columns.
 */
#include "sys/progress.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/clock.h"
#include "sys/tty.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	DRAW_MS = 100,      /* ten drawings a second */
	SAMPLE_MS = 500,    /* a rate over less than that jumps about */
	TEXT_MAX = 160,     /* of a label or a status */
	BAR_MIN = 10, BAR_MAX = 40,
};

struct task {
	char *label;
	char *status;
	uint64_t done, total;
	uint64_t sample_ms, sample_done, rate;  /* rate in bytes/s, 0: not known yet */
	size_t width;
};

struct progress {
	int fd;
	bool terminal;
	struct task *tasks;
	size_t n, cap;
	uint64_t drawn_ms;
	size_t more_width;  /* of the line "N more", likewise */
};

void progress_size(char out[16], uint64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	uint64_t scale = 1;
	size_t unit = 0;
	while (bytes / scale >= 1000) {
		scale *= 1000;
		unit++;
	}
	/* In thousandths of the unit, then rounded to three digits. */
	uint64_t v = unit ? bytes / (scale / 1000) : bytes * 1000;
	uint64_t step = v < 9995 ? 10 : v < 99950 ? 100 : 1000;
	v = (v + step / 2) / step * step;
	if (v == 1000000) {
		v = 1000;
		unit++;
	}
	int n = snprintf(out, 16, "%u.%03u", (unsigned)(v / 1000), (unsigned)(v % 1000));
	while (out[n - 1] == '0')
		n--;
	if (out[n - 1] == '.')
		n--;
	snprintf(out + n, 16 - (size_t)n, "%s", units[unit]);
}

/* A copy that is safe to print and takes one column a byte. */
static char *printable(const char *s)
{
	CLEANUP_BUF struct buf b = {0};
	for (; *s && b.len < TEXT_MAX; s++)
		if (((unsigned char)*s & 0xc0) != 0x80)  /* the later bytes of a UTF-8 character add nothing */
			buf_byte(&b, *s >= ' ' && *s <= '~' ? *s : '?');
	return buf_steal(&b);
}

static void put(const struct progress *p, const struct buf *b)
{
	for (size_t at = 0; at < b->len;) {
		ssize_t n = write(p->fd, b->data + at, b->len - at);
		if (n < 0 && errno != EINTR)
			return;  /* progress that nobody can see is no reason to fail */
		at += n > 0 ? (size_t)n : 0;
	}
}

struct progress *progress_new(int fd, enum progress_mode mode)
{
	const char *term = getenv("TERM");
	bool terminal = tty_is(fd) && term && *term && strcmp(term, "dumb") != 0;
	if (!terminal && mode != PROGRESS_LINES)
		return NULL;
	struct progress *p = mem_alloc(sizeof *p);
	p->fd = fd;
	p->terminal = terminal;
	return p;
}

size_t progress_line(struct progress *p, const char *label)
{
	if (!p)
		return 0;
	CLEANUP_FREE char *clean = printable(label);
	for (size_t i = 0; i < p->n; i++)
		if (str_eq(p->tasks[i].label, clean))
			return i;
	p->tasks = mem_grow(p->tasks, p->n, &p->cap, sizeof *p->tasks);
	p->tasks[p->n] = (struct task){.label = ptr_steal(&clean), .status = mem_strdup("")};
	return p->n++;
}

static void add_duration(struct buf *b, uint64_t s)
{
	if (s < 60)
		buf_printf(b, " %us", (unsigned)s);
	else if (s < 3600)
		buf_printf(b, " %um%02us", (unsigned)(s / 60), (unsigned)(s % 60));
	else if (s < 360000)
		buf_printf(b, " %uh%02um", (unsigned)(s / 3600), (unsigned)(s / 60 % 60));
	else
		buf_str(b, " >99h");
}

static void add_bar(struct buf *b, const struct task *t, size_t room)
{
	size_t inner = (room < BAR_MAX ? room : BAR_MAX) - 3;  /* a blank and the brackets */
	uint64_t done = t->done < t->total ? t->done : t->total, total = t->total;
	/* Without overflow of the product: the bar needs few digits. */
	while (total > UINT32_MAX) {
		total >>= 8;
		done >>= 8;
	}
	size_t full = (size_t)(done * inner / total);
	buf_str(b, " [");
	for (size_t i = 0; i < inner; i++)
		buf_byte(b, i < full ? '=' : i == full ? '>' : ' ');
	buf_byte(b, ']');
}

/* The line of a task in at most `cols` columns: words first, then numbers, rate, time left and a bar as they fit. */
static void format_line(const struct task *t, size_t cols, struct buf *out)
{
	char done[16], total[16], rate[16];
	CLEANUP_BUF struct buf head = {0}, tail = {0}, piece = {0};
	bool moving = t->total && t->done < t->total;
	buf_str(&head, t->label);
	if (*t->status)
		buf_printf(&head, "%s%s", *t->label ? ": " : "", t->status);
	progress_size(done, t->done);
	progress_size(total, t->total);
	progress_size(rate, t->rate);
	for (int i = 0; i < 3; i++) {
		buf_reset(&piece);
		if (i == 0 && t->total)
			buf_printf(&piece, " %s/%s", done, total);
		else if (i == 0 && t->done)
			buf_printf(&piece, " %s", done);
		else if (i == 1 && t->rate && (moving || !t->total))
			buf_printf(&piece, " %s/s", rate);
		else if (i == 2 && t->rate && moving)
			add_duration(&piece, (t->total - t->done) / t->rate);
		if (head.len + tail.len + piece.len > cols)
			break;
		buf_add(&tail, piece.data, piece.len);
	}
	size_t used = head.len + tail.len;
	buf_add(out, head.data, head.len < cols ? head.len : cols);
	if (moving && used + BAR_MIN <= cols)
		add_bar(out, t, cols - used);
	buf_add(out, tail.data, tail.len);
}

static void measure(struct task *t, uint64_t now)
{
	if (!t->sample_ms || t->done < t->sample_done) {
		t->sample_ms = now;
		t->sample_done = t->done;
		return;
	}
	uint64_t ms = now - t->sample_ms;
	if (ms < SAMPLE_MS)
		return;
	uint64_t rate = (t->done - t->sample_done) / ms * 1000 + (t->done - t->sample_done) % ms * 1000 / ms;
	t->rate = t->rate ? (t->rate * 3 + rate) / 4 : rate;
	t->sample_ms = now;
	t->sample_done = t->done;
}

/* Goes up over what is drawn, and erases it. */
static void erase(struct progress *p, unsigned cols, struct buf *out)
{
	size_t up = p->more_width ? (p->more_width + cols - 1) / cols : 0;
	p->more_width = 0;
	for (size_t i = 0; i < p->n; i++) {
		up += (p->tasks[i].width + cols - 1) / cols;
		p->tasks[i].width = 0;
	}
	if (up)
		buf_printf(out, "\r\033[%zuA\033[J", up);
}

static void draw_task(struct task *t, unsigned cols, struct buf *out)
{
	size_t before = out->len;
	format_line(t, cols - 1, out);  /* a full last column would wrap on some terminals */
	t->width = out->len > before ? out->len - before : 1;
	buf_byte(out, '\n');
}

/* Draws all tasks, or where the terminal has too few rows those in motion first, in their order. */
static void draw(struct progress *p, uint64_t now)
{
	unsigned cols, rows;
	CLEANUP_BUF struct buf out = {0};
	tty_size(p->fd, &cols, &rows);
	erase(p, cols < 2 ? 2 : cols, &out);
	cols = cols < 2 ? 2 : cols;
	size_t room = rows > 3 ? rows - 1 : 2, shown = p->n <= room ? p->n : room - 1, moving = 0;
	for (size_t i = 0; i < p->n; i++)
		moving += p->tasks[i].done < p->tasks[i].total;
	size_t movers = moving < shown ? moving : shown, others = shown - movers;
	for (size_t i = 0; i < p->n; i++) {
		struct task *t = &p->tasks[i];
		size_t *left = t->done < t->total ? &movers : &others;
		measure(t, now);
		if (*left) {
			--*left;
			draw_task(t, cols, &out);
		}
	}
	if (shown < p->n) {
		size_t before = out.len;
		buf_printf(&out, "(%zu more)", p->n - shown);
		p->more_width = out.len - before;
		buf_byte(&out, '\n');
	}
	put(p, &out);
	p->drawn_ms = now;
}

static void update(struct progress *p)
{
	if (!p->terminal)
		return;
	uint64_t now = clock_ms();
	if (now - p->drawn_ms >= DRAW_MS)
		draw(p, now);
}

void progress_set(struct progress *p, size_t line, const char *status, uint64_t done, uint64_t total)
{
	if (!p || line >= p->n)
		return;
	struct task *t = &p->tasks[line];
	CLEANUP_FREE char *clean = printable(status);
	bool changed = !str_eq(clean, t->status);
	if (changed) {
		free(t->status);
		t->status = ptr_steal(&clean);
		t->rate = t->sample_ms = 0;
	}
	t->done = done;
	t->total = total;
	if (changed && !p->terminal) {
		CLEANUP_BUF struct buf out = {0};
		buf_printf(&out, "%s%s%s\n", t->label, *t->label && *t->status ? ": " : "", t->status);
		put(p, &out);
	}
	update(p);
}

void progress_add(struct progress *p, size_t line, uint64_t n)
{
	if (!p || line >= p->n)
		return;
	p->tasks[line].done += n;
	update(p);
}

void progress_clear(struct progress *p)
{
	if (!p || !p->terminal)
		return;
	unsigned cols, rows;
	CLEANUP_BUF struct buf out = {0};
	tty_size(p->fd, &cols, &rows);
	erase(p, cols < 2 ? 2 : cols, &out);
	put(p, &out);
	p->drawn_ms = 0;
}

void progress_free(struct progress *p)
{
	if (!p)
		return;
	if (p->terminal && p->n)
		draw(p, clock_ms());
	for (size_t i = 0; i < p->n; i++) {
		free(p->tasks[i].label);
		free(p->tasks[i].status);
	}
	free(p->tasks);
	free(p);
}
