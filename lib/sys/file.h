/*
 * file: files and folders that dr owns: whole reads, atomic replacement, removal of trees.
 *
 *     CLEANUP_FILE_ATOMIC struct file_atomic f = FILE_ATOMIC_INIT;
 *     if (file_atomic_open(&f, AT_FDCWD, "/srv/a/backup.tgz", 0600, e) < 0) return -1;
 *     ... writer_write(&f.out.base, ...) ...
 *     return file_atomic_commit(&f, e);       the file appears under its name, whole and synced
 *
 * Every function takes a directory fd (AT_FDCWD for the working directory) and a path relative to it. Paths are
 * trusted: symlinks in the leading folders are followed. What comes from an archive or an image goes through sys/path
 * first. A symlink as last component is never followed, but by file_read: it is replaced or removed itself.
 */
#ifndef SYS_FILE_H
#define SYS_FILE_H

#include "base/buf.h"
#include "sys/fd.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct file_atomic {
	struct fd_writer out;  /* buffered; out.fd may be used directly after fd_writer_flush */
	int dir;               /* the folder it will appear in */
	char *name;            /* in dir; NULL: nothing is open */
	char temp[24];         /* the name in dir until commit: FILE_TEMP_PREFIX and random letters; "": none yet */
};

/* What every temporary name begins with: left behind only by a power cut or SIGKILL, and always safe to remove under
   the lock of what the folder belongs to. */
#define FILE_TEMP_PREFIX ".dr-"

#define FILE_ATOMIC_INIT {.out = {.fd = -1}, .dir = -1}
#define CLEANUP_FILE_ATOMIC CLEANUP_WITH(file_atomic_abort)

/* Creates the temporary file beside its later name. Its mode is exactly `mode`, whatever the umask. What is
   there and is no file or symlink (/dev/null) is ERR_REFUSED: it would be gone. */
int file_atomic_open(struct file_atomic *f, int dirfd, const char *path, mode_t mode, struct err *e) MUST_CHECK;

/* Likewise, but without a name until commit, where the file system has such: then nothing of it is left when dr is killed. */
int file_atomic_open_large(struct file_atomic *f, int dirfd, const char *path, mode_t mode, struct err *e) MUST_CHECK;

/* Flushes, syncs, renames over the name and syncs the folder; releases f in any case. On failure the name holds what it
   held before. */
int file_atomic_commit(struct file_atomic *f, struct err *e) MUST_CHECK;

/* Likewise, but fails with ERR_EXISTS when the name is taken. */
int file_atomic_create(struct file_atomic *f, struct err *e) MUST_CHECK;

/* Removes the temporary file and releases f; nothing happens after commit. Does not change errno. */
void file_atomic_abort(struct file_atomic *f);

/* Replaces the file at path with the n bytes at data, atomically, as above. */
int file_replace(int dirfd, const char *path, const void *data, size_t n, mode_t mode, struct err *e) MUST_CHECK;

/* Opens a new file without a name in the folder `dir`, for reading and writing: it is gone when it is closed. */
int file_nameless(int dir, struct err *e) MUST_CHECK;

/* Appends the whole file to out; more than max bytes is ERR_LIMIT, absence ERR_NOT_FOUND. */
int file_read(int dirfd, const char *path, size_t max, struct buf *out, struct err *e) MUST_CHECK;

/* True when something is there, a dangling symlink included. */
bool file_exists(int dirfd, const char *path);

/* Creates the folder and those above it that are missing, with exactly `mode`. What exists is left alone. Returns 1
   when path itself was created, 0 when it was there; something else than a folder in the way is an error. */
int file_mkdir_p(int dirfd, const char *path, mode_t mode, struct err *e) MUST_CHECK;

/* Opens a folder: O_DIRECTORY | O_CLOEXEC. */
int file_open_dir(int dirfd, const char *path, struct err *e) MUST_CHECK;

/* Removes the file, symlink or folder with everything beneath it. Follows no symlink, and does not cross into another
   mounted file system: that is ERR_REFUSED. Absence is fine. Returns 1 when something was removed, else 0. */
int file_rm_tree(int dirfd, const char *path, struct err *e) MUST_CHECK;

/* Removes one file or symlink. Absence is fine: returns 1 when it was there, else 0. */
int file_unlink(int dirfd, const char *path, struct err *e) MUST_CHECK;

/* Makes path a symlink to target, replacing a file or symlink there atomically. */
int file_symlink(const char *target, int dirfd, const char *path, struct err *e) MUST_CHECK;

/* The target of the symlink at path (the caller's), or NULL with *e filled: EINVAL in e->sys when it is none. */
char *file_readlink(int dirfd, const char *path, struct err *e) MUST_CHECK;

/* renameat, then fsync of both folders. */
int file_rename(int fromfd, const char *from, int tofd, const char *to, struct err *e) MUST_CHECK;

/* fsync of the folder that holds path. A file system that cannot sync a folder is no error. */
int file_sync_parent(int dirfd, const char *path, struct err *e) MUST_CHECK;

/* Bytes that an unprivileged user can still write to the file system of path. */
int file_free_space(int dirfd, const char *path, uint64_t *bytes, struct err *e) MUST_CHECK;

#endif
