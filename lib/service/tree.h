/*
 * tree: comparing two folders.
 */
#ifndef SERVICE_TREE_H
#define SERVICE_TREE_H

#include "base/err.h"

/* Whether two folders hold the same: names, kinds, permissions, owners, contents and targets of symlinks, at every depth.
   Returns 1, 0, or -1. Both fds stay the caller's. */
int tree_same(int a, int b, struct err *e) MUST_CHECK;

#endif
