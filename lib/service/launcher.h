/*
 * launcher: the command of a service's name: a symlink to dr in the launchers' folder.
 *
 * dr's own are symlinks that lead to dr's file, or that a service's state recorded, and the two-line scripts that the
 * original wrote ("#!/bin/bash", "dr NAME "$@""). Nothing else is ever replaced or removed.
 */
#ifndef SERVICE_LAUNCHER_H
#define SERVICE_LAUNCHER_H

#include "service/store.h"

/* The launchers' folder (the caller's), or NULL: what --bin said; else where dr stands, if that is on PATH and can be
   written; without root ~/.local/bin; /usr/local/bin, if it can be written; /opt/bin. It may not exist yet. */
char *launcher_folder(struct host *h, struct err *e);

/* Where the service's launcher is or should be (the caller's), or NULL. */
char *launcher_of(const struct service *s, struct err *e);

/* Whether what is at path is dr's own launcher. `recorded` is the target that the service's state has, or NULL. */
bool launcher_own(struct host *h, const char *path, const char *name, const char *recorded);

/* Fails when the name is taken: by a file at path that is not dr's own (ERR_EXISTS), or by another command on PATH, which
   one would hide the other (ERR_REFUSED). */
int launcher_check(struct host *h, const char *path, const char *name, struct err *e) MUST_CHECK;

/* Makes the link. Returns 1, or 0 when it was there. */
int launcher_create(struct host *h, const char *path, const char *name, struct err *e) MUST_CHECK;

/* Removes dr's own launcher. Returns 1, or 0 when there was none; a file that is not dr's own is left. */
int launcher_remove(struct host *h, const char *path, const char *name, const char *recorded, struct err *e) MUST_CHECK;

/* Whether a folder is on PATH. */
bool launcher_on_path(const char *folder);

#endif
