/*
 * tty: what dr does only with a terminal: raw mode, passphrases, sizes, colour.
 *
 * Terminal settings are put back at exit() in any case, besides by tty_raw_leave(): a struct err that unwinds, or a
 * signal that becomes ERR_INTR, cannot leave the terminal raw.
 */
#ifndef SYS_TTY_H
#define SYS_TTY_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

bool tty_is(int fd);

/* Columns and rows; false (80 and 24 filled in) when fd is no terminal or does not know. */
bool tty_size(int fd, unsigned *cols, unsigned *rows);

/* Raw mode: bytes as they come, no echo, no signals from keys. One terminal at a time. */
int tty_raw_enter(int fd, struct err *e) MUST_CHECK;
void tty_raw_leave(void);

/* Asks "prompt: " on /dev/tty and reads a line of at most 1024 bytes without echo into out, which the caller wipes
   (buf_wipe). With confirm it asks twice; three attempts that differ are ERR_REFUSED. An empty answer is ERR_REFUSED,
   no terminal is ERR_NOT_FOUND. */
int tty_passphrase(const char *prompt, bool confirm, struct buf *out, struct err *e) MUST_CHECK;

#endif
