#include "check.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/signal.h"

TEST(check_and_defer)
{
	struct err e;
	signal_setup();
	CHECK_EQ(signal_pending(), 0);
	CHECK_OK(signal_check(&e));
	raise(SIGHUP);
	CHECK_EQ(signal_pending(), SIGHUP);
	CHECK_ERR(signal_check(&e), ERR_INTR);
	signal_defer();
	signal_defer();
	CHECK_EQ(signal_pending(), 0);
	CHECK_EQ(signal_raised(), SIGHUP);
	signal_undefer();
	CHECK_OK(signal_check(&e));
	signal_undefer();
	CHECK_ERR(signal_check(&e), ERR_INTR);
	signal_note(0);
	CHECK_OK(signal_check(&e));
}

/* The wait status of a child that runs f. */
static int status_of(int (*f)(void))
{
	int status = -1;
	pid_t pid = fork();
	if (pid == 0)
		_exit(f());
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	return status;
}

static int die_by_term(void)
{
	signal_setup();
	signal_die();
	raise(SIGTERM);
	signal_die();
	return 7;
}

TEST(dies_by_the_signal)
{
	int status = status_of(die_by_term);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGTERM);
}

static int stay_ignored(void)
{
	signal(SIGHUP, SIG_IGN);
	signal_setup();
	raise(SIGHUP);
	return signal_pending();
}

TEST(ignored_stays_ignored)
{
	CHECK_EQ(status_of(stay_ignored), 0);
}

static int pipe_default(void)
{
	sigset_t set;
	signal(SIGPIPE, SIG_DFL);
	signal_setup();
	raise(SIGPIPE);
	signal_ignored(&set);
	return sigismember(&set, SIGPIPE) != 1;
}

TEST(pipe_signal_is_ignored)
{
	CHECK_EQ(status_of(pipe_default), 0);
}

CHECK_MAIN
