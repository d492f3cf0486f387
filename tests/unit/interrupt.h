/*
 * interrupt: a child that sends its parent a signal again and again, until it is stopped: one alone could come just before
 * the system call that it is to interrupt.
 */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/signal.h"

static inline pid_t interrupt_start(int sig)
{
	pid_t parent = getpid(), pid = fork();
	while (pid == 0) {
		usleep(30000);
		if (getppid() != parent || kill(parent, sig) != 0)
			_exit(1);
	}
	return pid;
}

/* Nothing is pending afterwards. */
static inline void interrupt_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	signal_note(0);
}

#endif
