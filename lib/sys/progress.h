/*
 * progress: what is going on, on stderr, one line a task (an image layer, the bytes of a backup).
 *
 *     struct progress *p = progress_new(2, PROGRESS_TERMINAL);
 *     size_t line = progress_line(p, "a3ed95caeb02");
 *     progress_set(p, line, "Downloading", done, total);
 *     progress_free(p);
 *
 * progress_new returns NULL when nothing is to be shown, and every function takes NULL, so callers need no condition.
 * Updates are cheap: the terminal is written at most ten times a second. Lines are cut to the width of the terminal,
 * which is asked for at every drawing, and only as many lines as the terminal has rows are drawn.
 */
#ifndef SYS_PROGRESS_H
#define SYS_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

struct progress;

enum progress_mode {
	PROGRESS_TERMINAL,  /* only when fd is a terminal that can move its cursor */
	PROGRESS_LINES,     /* elsewhere, one plain line whenever the status of a task changes */
};

struct progress *progress_new(int fd, enum progress_mode mode);

/* The task of that label, added at the end when new. In labels and statuses every character outside
   printable ASCII shows as '?'. */
size_t progress_line(struct progress *p, const char *label);

/* Sets a task's words and numbers. total 0: unknown, the count alone is shown; done and total both 0: words only.
   Numbers are bytes; rate and time left are shown while done < total. */
void progress_set(struct progress *p, size_t line, const char *status, uint64_t done, uint64_t total);

/* done += n: the cheap call for a copy loop. */
void progress_add(struct progress *p, size_t line, uint64_t n);

/* Removes the lines from the terminal, so that something else can be printed; the next update draws them again. */
void progress_clear(struct progress *p);

/* Draws the last state, leaves it standing, and releases. */
void progress_free(struct progress *p);

/* "999B", "1.23kB", "45.6MB", "789GB": powers of 1000 and three digits, as the docker CLI shows sizes. */
void progress_size(char out[16], uint64_t bytes);

#endif
