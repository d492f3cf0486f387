/*
 * The terminal that is raw, and its old settings, are kept for the whole process: the handler of exit() needs them.
 */
#include "sys/tty.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

enum { LINE_MAX_BYTES = 1024, ATTEMPTS = 3 };

static int raw_fd = -1;
static struct termios before;

bool tty_is(int fd)
{
	return isatty(fd) == 1;
}

bool tty_size(int fd, unsigned *cols, unsigned *rows)
{
	struct winsize w;
	*cols = 80;
	*rows = 24;
	if (ioctl(fd, TIOCGWINSZ, &w) < 0 || w.ws_col == 0 || w.ws_row == 0)
		return false;
	*cols = w.ws_col;
	*rows = w.ws_row;
	return true;
}

void tty_raw_leave(void)
{
	if (raw_fd >= 0)
		while (tcsetattr(raw_fd, TCSADRAIN, &before) < 0 && errno == EINTR) {
		}
	raw_fd = -1;
}

/* Changes the settings to those that `change` makes of the present ones, to be put back at exit at the latest. */
static int enter(int fd, void change(struct termios *t), struct err *e)
{
	static bool registered;
	struct termios t;
	tty_raw_leave();
	if (tcgetattr(fd, &t) < 0)
		return err_sys(e, "cannot set up the terminal");
	before = t;
	change(&t);
	if (!registered && atexit(tty_raw_leave) != 0)
		return err_set(e, ERR_SYS, "cannot set up the terminal");
	registered = true;
	raw_fd = fd;
	/* TCSADRAIN keeps what was typed ahead. */
	return tcsetattr(fd, TCSADRAIN, &t) < 0 ? err_sys(e, "cannot set up the terminal") : 0;
}

int tty_raw_enter(int fd, struct err *e)
{
	return enter(fd, cfmakeraw, e);
}

/* Without echo; Ctrl-C still is SIGINT, but the keys that would stop or kill dr with the echo off do nothing. */
static void silent(struct termios *t)
{
	t->c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	t->c_lflag |= ICANON | ISIG;
	t->c_iflag |= ICRNL;
	t->c_cc[VSUSP] = _POSIX_VDISABLE;
	t->c_cc[VQUIT] = _POSIX_VDISABLE;
}

/* The rest of the line, up to the newline, into out. */
static int read_line(int fd, struct buf *out, struct err *e)
{
	/* Reserved at once: growing would leave copies of a secret behind. */
	buf_reserve(out, LINE_MAX_BYTES + 1);
	for (;;) {
		char c;
		ssize_t n = fd_read(fd, &c, 1, "the terminal", e);
		if (n < 0)
			return -1;
		if (n == 0 && out->len == 0)
			return err_set(e, ERR_REFUSED, "no passphrase was given");
		if (n == 0 || c == '\n')
			return 0;
		if (out->len >= LINE_MAX_BYTES)
			return err_set(e, ERR_LIMIT, "a passphrase is longer than %d bytes", LINE_MAX_BYTES);
		buf_byte(out, c);
	}
}

static int ask(int fd, const char *before_prompt, const char *prompt, struct buf *out, struct err *e)
{
	if (fd_write(fd, before_prompt, strlen(before_prompt), "the terminal", e) < 0 ||
	    fd_write(fd, prompt, strlen(prompt), "the terminal", e) < 0 || fd_write(fd, ": ", 2, "the terminal", e) < 0)
		return -1;
	int r = read_line(fd, out, e);
	/* The newline of the user was not echoed. */
	ssize_t echoed = write(fd, "\n", 1);
	(void)echoed;
	return r;
}

static int ask_all(int fd, const char *prompt, bool confirm, struct buf *out, struct err *e)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		buf_wipe(out);
		if (ask(fd, "", prompt, out, e) < 0)
			return -1;
		if (out->len == 0)
			return err_set(e, ERR_REFUSED, "no passphrase was given");
		if (!confirm)
			return 0;
		CLEANUP_WITH(buf_wipe) struct buf again = {0};
		if (ask(fd, "Again, ", prompt, &again, e) < 0)
			return -1;
		if (again.len == out->len && memcmp(again.data, out->data, out->len) == 0)
			return 0;
	}
	return err_set(e, ERR_REFUSED, "the passphrases differ");
}

int tty_passphrase(const char *prompt, bool confirm, struct buf *out, struct err *e)
{
	CLEANUP_FD int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_set(e, ERR_NOT_FOUND, "there is no terminal to ask for a passphrase on");
	if (enter(fd, silent, e) < 0)
		return -1;
	int r = ask_all(fd, prompt, confirm, out, e);
	tty_raw_leave();
	if (r < 0)
		buf_wipe(out);
	return r;
}
