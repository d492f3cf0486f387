/*
 * place: two folders that change places, told apart by their inodes, so that it can be repeated after it was interrupted.
 */
#ifndef SYS_PLACE_H
#define SYS_PLACE_H

#include "base/err.h"

#include <stdint.h>

/* The inode of the folder at path. */
int place_look(const char *path, uint64_t *number, struct err *e) MUST_CHECK;

/* Gives `path` the folder whose inode is `number`, which it has already, or `other`, of the same file system, has: then the two
   change places, in one step where the file system can do that, else by way of OTHER.old. Returns 1 when that changed
   something, 0 when it was so; ERR_NOT_FOUND when none of them is that folder. */
int place_folder(const char *path, const char *other, uint64_t number, struct err *e) MUST_CHECK;

/* Gives the folder at path the owner and mode of the one at `other`. */
int place_like(const char *path, const char *other, struct err *e) MUST_CHECK;

#endif
