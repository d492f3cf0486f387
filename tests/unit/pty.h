/*
 * pty: a pseudo-terminal for unit tests: the test is the terminal (master), the code under test has the other side.
 */
#ifndef PTY_H
#define PTY_H

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct pty {
	int master, slave;
};

static inline struct pty pty_open(unsigned short cols, unsigned short rows)
{
	struct pty p = {posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), -1};
	struct winsize w = {.ws_col = cols, .ws_row = rows};
	if (p.master < 0 || grantpt(p.master) < 0 || unlockpt(p.master) < 0 ||
	    (p.slave = open(ptsname(p.master), O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0 ||
	    ioctl(p.slave, TIOCSWINSZ, &w) < 0) {
		perror("pseudo-terminal");
		exit(1);
	}
	return p;
}

static inline void pty_close(struct pty *p)
{
	close(p->master);
	close(p->slave);
}

static inline void pty_resize(const struct pty *p, unsigned short cols, unsigned short rows)
{
	struct winsize w = {.ws_col = cols, .ws_row = rows};
	ioctl(p->slave, TIOCSWINSZ, &w);
}

/* Appends what the terminal was sent, up to `wait_ms` after the last byte, to text (NUL-terminated, size bytes). */
static inline size_t pty_read(const struct pty *p, char *text, size_t size, int wait_ms)
{
	size_t n = strlen(text);
	struct pollfd f = {.fd = p->master, .events = POLLIN};
	while (n + 1 < size && poll(&f, 1, wait_ms) > 0) {
		ssize_t got = read(p->master, text + n, size - 1 - n);
		if (got <= 0)
			break;
		n += (size_t)got;
		text[n] = '\0';
	}
	return n;
}

/* Reads until `what` has come, at most 10 s; whether it came. */
static inline int pty_expect(const struct pty *p, char *text, size_t size, const char *what)
{
	for (int i = 0; i < 1000 && !strstr(text, what); i++)
		pty_read(p, text, size, 10);
	return strstr(text, what) != NULL;
}

#endif
