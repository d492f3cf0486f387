/*
 * The folder that is wanted is in one of three slots: path, other, and other.old, which is used only where the file system
 * cannot exchange. Whatever step was the last before an interruption, the next call finds it in one of them.
 */
#include "sys/place.h"

#include "base/str.h"
#include "sys/file.h"

#include <errno.h>
#include <sys/syscall.h>

enum { EXCHANGE = 2 };  /* RENAME_EXCHANGE of renameat2(2): the C library may have no name for it */

/* 0 for what is not there, or is no folder: no inode has that number. */
static uint64_t number_of(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) ? st.st_ino : 0;
}

int place_look(const char *path, uint64_t *number, struct err *e)
{
	*number = number_of(path);
	return *number ? 0 : err_set(e, ERR_NOT_FOUND, "there is no folder %s", path);
}

static int move(const char *from, const char *to, struct err *e)
{
	return file_rename(AT_FDCWD, from, AT_FDCWD, to, e);
}

static int exchange(const char *path, const char *from, const char *spare, struct err *e)
{
	if (syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, from, EXCHANGE) == 0)
		return file_sync_parent(AT_FDCWD, path, e) < 0 ? -1 : file_sync_parent(AT_FDCWD, from, e);
	if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
		return err_sys(e, "cannot exchange %s and %s", path, from);
	return move(path, spare, e) < 0 ? -1 : move(from, path, e);
}

int place_folder(const char *path, const char *other, uint64_t number, struct err *e)
{
	CLEANUP_FREE char *spare = str_printf("%s.old", other);
	uint64_t has = number_of(path);
	const char *from = number_of(other) == number ? other : number_of(spare) == number ? spare : NULL;
	int rc = 0;
	if (has != number && !from)
		return err_set(e, ERR_NOT_FOUND, "neither %s nor %s is the folder that was put aside", path, other);
	if (has != number)
		rc = has ? exchange(path, from, spare, e) : move(from, path, e);
	if (rc == 0 && number_of(spare) && !number_of(other))
		rc = move(spare, other, e);
	return rc < 0 ? -1 : has != number;
}

int place_like(const char *path, const char *other, struct err *e)
{
	struct stat st;
	CLEANUP_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || lstat(other, &st) < 0 || fchown(fd, st.st_uid, st.st_gid) < 0 || fchmod(fd, st.st_mode & 07777) < 0)
		return err_sys(e, "cannot make the folder %s like %s", path, other);
	return 0;
}
