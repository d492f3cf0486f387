/*
 * path: names from outside, kept beneath a directory.
 *
 *     CLEANUP_FREE char *name = path_clean(member, e);         "a//./b/" is "a/b"; "a/../b" is refused
 *     CLEANUP_FD int dir = path_open_parent(root, name, PATH_MKDIR, &base, e);
 *     openat(dir, base, O_CREAT | O_EXCL | O_NOFOLLOW, ...);
 *
 * No component is followed if it is a symlink, so nothing that an archive has put there can lead elsewhere. With
 * PATH_FOLLOW links are followed as long as they stay beneath the root (openat2 with RESOLVE_BENEATH; where the kernel
 * lacks it, not at all).
 */
#ifndef SYS_PATH_H
#define SYS_PATH_H

#include "base/err.h"

#include <stdbool.h>

enum {
	PATH_MKDIR = 1,   /* make missing directories, mode 0755 */
	PATH_FOLLOW = 2,
};

/* The name without leading slashes, empty and "." components; "." for nothing. A ".." component is ERR_REFUSED. The
   caller's, or NULL. *was_absolute (may be NULL) tells of leading slashes. */
char *path_clean(const char *name, bool *was_absolute, struct err *e) MUST_CHECK;

/* The name with empty, "." and ".." components resolved by its words alone, as Go's filepath.Clean does: "/a/../b//" is
   "/b", "../a/." stays "../a"; "." for nothing. The caller's. */
char *path_lexical(const char *name);

/* Opens (O_PATH) the directory in which a cleaned name stands, beneath the directory `root`. *base is its last component,
   within `name`. A component that is a symlink or no directory is ERR_REFUSED. Returns the fd, the caller's, or -1. */
int path_open_parent(int root, const char *name, int flags, const char **base, struct err *e) MUST_CHECK;

#endif
