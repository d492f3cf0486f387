#include "check.h"
#include "pty.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "sys/signal.h"
#include "sys/tty.h"

TEST(is_and_size)
{
	unsigned cols, rows;
	struct pty p = pty_open(40, 12);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	CHECK(tty_is(p.slave));
	CHECK(!tty_is(null));
	CHECK(!tty_is(-1));
	CHECK(tty_size(p.slave, &cols, &rows));
	CHECK_EQ(cols, 40);
	CHECK_EQ(rows, 12);
	CHECK(!tty_size(null, &cols, &rows));
	CHECK_EQ(cols, 80);
	CHECK_EQ(rows, 24);
	pty_resize(&p, 0, 0);
	CHECK(!tty_size(p.slave, &cols, &rows));
	close(null);
	pty_close(&p);
}

TEST(raw_and_back)
{
	struct err e;
	struct termios before, raw, after;
	struct pty p = pty_open(80, 24);
	CHECK_EQ(tcgetattr(p.slave, &before), 0);
	CHECK_OK(tty_raw_enter(p.slave, &e));
	CHECK_EQ(tcgetattr(p.slave, &raw), 0);
	CHECK_EQ(raw.c_lflag & (ECHO | ICANON | ISIG), 0);
	/* Entering again keeps the settings of the first time. */
	CHECK_OK(tty_raw_enter(p.slave, &e));
	tty_raw_leave();
	tty_raw_leave();
	CHECK_EQ(tcgetattr(p.slave, &after), 0);
	CHECK_EQ(after.c_lflag, before.c_lflag);
	CHECK_EQ(after.c_iflag, before.c_iflag);
	CHECK_EQ(after.c_oflag, before.c_oflag);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	CHECK_ERR(tty_raw_enter(null, &e), ERR_SYS);
	close(null);
	pty_close(&p);
}

TEST(exit_restores)
{
	struct termios before, after;
	struct pty p = pty_open(80, 24);
	int status;
	CHECK_EQ(tcgetattr(p.slave, &before), 0);
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		struct err e;
		exit(tty_raw_enter(p.slave, &e) < 0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(tcgetattr(p.slave, &after), 0);
	CHECK_EQ(after.c_lflag, before.c_lflag);
	pty_close(&p);
}

/* A child that has the pty as its terminal asks for a passphrase, and exits with 0 when it got
   `want`, or with 10 + the kind of the error. */
static pid_t asker(const struct pty *p, bool confirm, const char *want)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid)
		return pid;
	struct err e = {0};
	struct buf b = {0};
	char *name = ptsname(p->master);
	setsid();
	int fd = open(name, O_RDWR);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0)
		_exit(9);
	signal_setup();
	int r = tty_passphrase("Passphrase", confirm, &b, &e);
	struct termios t;
	if (tcgetattr(fd, &t) < 0 || !(t.c_lflag & ECHO))
		_exit(8);
	_exit(r < 0 ? b.data ? 7 : 10 + (int)e.kind : strcmp(buf_cstr(&b), want) != 0);
}

static int ended(pid_t pid)
{
	int status = -1;
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char seen[8192];

/* Waits for the n-th prompt, then types. */
static int answer(const struct pty *p, const char *prompt, const char *type)
{
	if (!pty_expect(p, seen, sizeof seen, prompt))
		return 0;
	seen[0] = '\0';
	return write(p->master, type, strlen(type)) == (ssize_t)strlen(type);
}

TEST(passphrase)
{
	struct pty p = pty_open(80, 24);
	seen[0] = '\0';
	pid_t pid = asker(&p, false, "correct horse");
	CHECK(answer(&p, "Passphrase: ", "correct horse\r"));
	CHECK_EQ(ended(pid), 0);
	pty_read(&p, seen, sizeof seen, 0);
	CHECK(!strstr(seen, "horse"));
	pty_close(&p);
}

TEST(passphrase_confirmed)
{
	struct pty p = pty_open(80, 24);
	seen[0] = '\0';
	pid_t pid = asker(&p, true, "one");
	CHECK(answer(&p, "Passphrase: ", "one\r"));
	CHECK(answer(&p, "Again, Passphrase: ", "two\r"));
	CHECK(answer(&p, "Passphrase: ", "one\r"));
	CHECK(answer(&p, "Again, Passphrase: ", "one\r"));
	CHECK_EQ(ended(pid), 0);
	seen[0] = '\0';
	pid = asker(&p, true, "");
	for (int i = 0; i < 3; i++) {
		CHECK(answer(&p, "Passphrase: ", "one\r"));
		CHECK(answer(&p, "Again, Passphrase: ", "two\r"));
	}
	CHECK_EQ(ended(pid), 10 + ERR_REFUSED);
	pty_close(&p);
}

TEST(passphrase_refused)
{
	struct pty p = pty_open(80, 24);
	seen[0] = '\0';
	pid_t pid = asker(&p, false, "");
	CHECK(answer(&p, "Passphrase: ", "\r"));
	CHECK_EQ(ended(pid), 10 + ERR_REFUSED);
	seen[0] = '\0';
	pid = asker(&p, false, "");
	CHECK(answer(&p, "Passphrase: ", "\004"));
	CHECK_EQ(ended(pid), 10 + ERR_REFUSED);
	pty_close(&p);
}

TEST(passphrase_interrupted)
{
	struct pty p = pty_open(80, 24);
	seen[0] = '\0';
	pid_t pid = asker(&p, false, "");
	CHECK(answer(&p, "Passphrase: ", "half\003"));
	CHECK_EQ(ended(pid), 10 + ERR_INTR);
	pty_close(&p);
}

static pid_t without_terminal(void)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid)
		return pid;
	struct err e = {0};
	struct buf b = {0};
	setsid();
	int r = tty_passphrase("Passphrase", false, &b, &e);
	_exit(r < 0 ? 10 + (int)e.kind : 0);
}

TEST(passphrase_without_terminal)
{
	CHECK_EQ(ended(without_terminal()), 10 + ERR_NOT_FOUND);
}

CHECK_MAIN
