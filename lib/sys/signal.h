/*
 * signal: SIGINT, SIGTERM and SIGHUP become an ERR_INTR that unwinds like any other error.
 *
 *     signal_setup();                          once, first thing in main
 *     if (signal_check(e) < 0) return -1;      in loops that do not block in a call of sys/fd or net
 *     signal_defer(); ...undo...; signal_undefer();
 *     signal_die();                            last thing in main, when the run ended in ERR_INTR
 *
 * The handlers are installed without SA_RESTART, so a blocking call returns EINTR: whoever makes such a call retries
 * when signal_pending() is 0 and gives up with signal_check() otherwise. A signal that was ignored when dr started
 * (nohup, a shell's background job) stays ignored. SIGPIPE is ignored: a closed pipe is EPIPE from write.
 * This is the one module of lib with state of the whole process: signals belong to the process.
 */
#ifndef SYS_SIGNAL_H
#define SYS_SIGNAL_H

#include "base/err.h"

#include <signal.h>

void signal_setup(void);

/* The signal that asked dr to stop, or 0. Always 0 between signal_defer and signal_undefer of the thread. It stays pending. */
int signal_pending(void);

/* 0, or -1 with ERR_INTR "interrupted" when a signal is pending. */
int signal_check(struct err *e) MUST_CHECK;

/* The same even between signal_defer and signal_undefer: for the undoing itself to end what the signal is about. */
int signal_raised(void);

/* Hides pending signals from the calling thread while something is cleaned up or undone; calls nest. */
void signal_defer(void);
void signal_undefer(void);

/* Records a signal as if its handler had run (sys/spawn, whose wait takes signals off a signalfd). */
void signal_note(int sig);

/* Dies by the pending signal with its default action, so that the shell sees 128+n; returns when none is pending. */
void signal_die(void);

/* The signals whose disposition dr changed to "ignored" and that a child gets back as default. */
void signal_ignored(sigset_t *set);

#endif
