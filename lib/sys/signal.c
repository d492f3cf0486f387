#include "sys/signal.h"

#include <errno.h>
#include <stdbool.h>

static volatile sig_atomic_t got;
static _Thread_local int deferred;
static bool pipe_ignored;

static void handler(int sig)
{
	int saved = errno;
	got = sig;
	errno = saved;
}

static void install(int sig)
{
	struct sigaction old, sa = {.sa_handler = handler};
	if (sigaction(sig, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
		return;
	sigemptyset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
}

void signal_setup(void)
{
	struct sigaction old, ignore = {.sa_handler = SIG_IGN};
	install(SIGINT);
	install(SIGTERM);
	install(SIGHUP);
	sigemptyset(&ignore.sa_mask);
	/* With an inherited SIG_IGN for SIGCHLD there would be no exit codes to wait for. */
	signal(SIGCHLD, SIG_DFL);
	if (sigaction(SIGPIPE, &ignore, &old) == 0 && old.sa_handler != SIG_IGN)
		pipe_ignored = true;
}

int signal_pending(void)
{
	return deferred ? 0 : got;
}

int signal_raised(void)
{
	return got;
}

int signal_check(struct err *e)
{
	return signal_pending() ? err_set(e, ERR_INTR, "interrupted") : 0;
}

void signal_defer(void)
{
	deferred++;
}

void signal_undefer(void)
{
	deferred--;
}

void signal_note(int sig)
{
	got = sig;
}

void signal_die(void)
{
	int sig = got;
	if (!sig)
		return;
	struct sigaction sa = {.sa_handler = SIG_DFL};
	sigset_t set;
	sigemptyset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
}

void signal_ignored(sigset_t *set)
{
	sigemptyset(set);
	if (pipe_ignored)
		sigaddset(set, SIGPIPE);
}
