#include "service/self.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/file.h"
#include "sys/spawn.h"

#include <limits.h>
#include <string.h>

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;
	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* What the kernel says, or NULL. A dr that was replaced while it runs has " (deleted)" behind its name: the new file of
   that name is as good. */
static char *from_kernel(void)
{
	struct err ignored;
	char *exe = file_readlink(AT_FDCWD, "/proc/self/exe", &ignored);
	if (!exe)
		return NULL;
	if (str_ends(exe, " (deleted)"))
		exe[strlen(exe) - strlen(" (deleted)")] = '\0';
	if (exe[0] == '/' && file_exists(AT_FDCWD, exe))
		return exe;
	free(exe);
	return NULL;
}

char *self_path(const char *argv0, struct err *e)
{
	CLEANUP_FREE char *exe = from_kernel();
	if (!exe) {
		CLEANUP_FREE char *found = spawn_find(argv0, NULL);
		char full[PATH_MAX];
		if (!found || !realpath(found, full)) {
			err_set(e, ERR_NOT_FOUND, "cannot find dr's own file: /proc is not there, and '%s' is not on PATH", argv0);
			return NULL;
		}
		exe = mem_strdup(full);
	}
	CLEANUP_FREE char *command = spawn_find("dr", NULL);
	if (command && command[0] == '/' && same_file(command, exe))
		return ptr_steal(&command);
	return ptr_steal(&exe);
}

bool self_is_called(const char *name)
{
	CLEANUP_FREE char *exe = from_kernel();
	return exe && str_eq(str_basename(exe), name);
}
