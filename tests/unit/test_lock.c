#include "check.h"
#include "interrupt.h"
#include "tmpdir.h"

#include <errno.h>
#include <sys/wait.h>

#include "sys/lock.h"
#include "sys/signal.h"

static void count(void *arg)
{
	++*(int *)arg;
}

static void tell(void *arg)
{
	if (write(*(int *)arg, "x", 1) != 1)
		exit(1);
}

TEST(exclusive_excludes)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CLEANUP_LOCK struct lock a = LOCK_INIT, b = LOCK_INIT;
	int notices = 0;
	CHECK_EQ_OK(lock_take(&a, d.fd, "l", LOCK_EXCLUSIVE, count, &notices, &e), 0);
	CHECK_EQ_OK(lock_take(&b, d.fd, "l", LOCK_EXCLUSIVE | LOCK_TRY, count, &notices, &e), 1);
	CHECK_EQ_OK(lock_take(&b, d.fd, "l", LOCK_SHARED | LOCK_TRY, count, &notices, &e), 1);
	CHECK_EQ(notices, 0);
	lock_release(&a);
	CHECK_EQ_OK(lock_take(&b, d.fd, "l", LOCK_SHARED | LOCK_TRY, NULL, NULL, &e), 0);
	CHECK_EQ_OK(lock_take(&a, d.fd, "l", LOCK_SHARED | LOCK_TRY, NULL, NULL, &e), 0);
	CHECK(fcntl(a.fd, F_GETFD) & FD_CLOEXEC);
	CHECK_OK(lock_inherit(&a, &e));
	CHECK_EQ(fcntl(a.fd, F_GETFD) & FD_CLOEXEC, 0);
}

TEST(other_folder_fails)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CLEANUP_LOCK struct lock a = LOCK_INIT;
	CHECK_ERR(lock_take(&a, d.fd, "none/l", LOCK_EXCLUSIVE, NULL, NULL, &e), ERR_NOT_FOUND);
	CHECK_EQ(symlinkat("elsewhere", d.fd, "l"), 0);
	CHECK_ERR(lock_take(&a, d.fd, "l", LOCK_EXCLUSIVE, NULL, NULL, &e), ERR_SYS);
	CHECK_EQ(e.sys, ELOOP);
}

/* In a child: holds the lock, says so through a pipe, and when told by another that somebody waits removes the file or
   just ends. */
static pid_t holder(const struct tmpdir *d, int ready, int go, bool removes)
{
	pid_t pid = fork();
	if (pid)
		return pid;
	char c;
	struct err e;
	struct lock l = LOCK_INIT;
	if (lock_take(&l, d->fd, "l", LOCK_EXCLUSIVE, NULL, NULL, &e) != 0 || write(ready, "x", 1) != 1 ||
	    read(go, &c, 1) != 1)
		_exit(1);
	usleep(10000);
	if (removes)
		lock_remove(&l, d->fd, "l");
	_exit(0);
}

static void waits(bool removes)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CLEANUP_LOCK struct lock l = LOCK_INIT;
	int ready[2], go[2], status;
	char c;
	CHECK_EQ(pipe(ready), 0);
	CHECK_EQ(pipe(go), 0);
	pid_t pid = holder(&d, ready[1], go[0], removes);
	CHECK_EQ(read(ready[0], &c, 1), 1);
	CHECK_EQ_OK(lock_take(&l, d.fd, "l", LOCK_EXCLUSIVE, tell, &go[1], &e), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	/* What is held is the file that has the name now. */
	CHECK(file_exists(d.fd, "l"));
	CLEANUP_LOCK struct lock second = LOCK_INIT;
	CHECK_EQ_OK(lock_take(&second, d.fd, "l", LOCK_EXCLUSIVE | LOCK_TRY, NULL, NULL, &e), 1);
	for (int i = 0; i < 2; i++) {
		close(ready[i]);
		close(go[i]);
	}
}

TEST(waits_for_the_end_of_another)
{
	waits(false);
}

TEST(takes_the_new_file_after_removal)
{
	waits(true);
}

TEST(waiting_is_interrupted)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CLEANUP_LOCK struct lock a = LOCK_INIT, b = LOCK_INIT;
	signal_setup();
	CHECK_OK(lock_take(&a, d.fd, "l", LOCK_EXCLUSIVE, NULL, NULL, &e));
	pid_t pid = interrupt_start(SIGINT);
	int r = lock_take(&b, d.fd, "l", LOCK_EXCLUSIVE, NULL, NULL, &e);
	interrupt_stop(pid);
	CHECK_ERR(r, ERR_INTR);
}

/* A program with a child, both of which inherited the lock; the parent does not hear SIGTERM when it is deaf. */
static pid_t heirs(struct lock *l, bool deaf)
{
	int ready[2];
	char c;
	pid_t pid = pipe(ready) < 0 ? -1 : fork();
	if (pid == 0) {
		signal(SIGTERM, deaf ? SIG_IGN : SIG_DFL);
		if (fork() == 0)
			setsid();
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	for (int i = 0; i < 2; i++)
		if (read(ready[0], &c, 1) != 1)
			exit(1);
	close(ready[0]);
	close(ready[1]);
	lock_release(l);
	return pid;
}

static void breaks(bool deaf)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CLEANUP_LOCK struct lock a = LOCK_INIT, b = LOCK_INIT;
	int notices = 0, status;
	CHECK_OK(lock_take(&a, d.fd, "l", LOCK_SHARED, NULL, NULL, &e));
	pid_t pid = heirs(&a, deaf);
	CHECK_OK(lock_break(&b, d.fd, "l", count, &notices, &e));
	CHECK_EQ(notices, 1);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WTERMSIG(status), deaf ? SIGKILL : SIGTERM);
	lock_release(&b);
	CHECK_OK(lock_break(&b, d.fd, "l", count, &notices, &e));
	CHECK_EQ(notices, 1);
	/* Not from itself. */
	CHECK_ERR(lock_break(&a, d.fd, "l", count, &notices, &e), ERR_REFUSED);
	CHECK_ERR(lock_break(&a, d.fd, "none", count, &notices, &e), ERR_NOT_FOUND);
}

TEST(heirs_are_ended)
{
	breaks(false);
}

TEST(deaf_heirs_are_ended)
{
	breaks(true);
}

CHECK_MAIN
