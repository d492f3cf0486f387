#include "service/launcher.h"

#include "base/mem.h"
#include "base/str.h"
#include "service/configure.h"
#include "sys/file.h"

#include <string.h>

static bool writable(const char *folder)
{
	struct stat st;
	return stat(folder, &st) == 0 && S_ISDIR(st.st_mode) && faccessat(AT_FDCWD, folder, W_OK, AT_EACCESS) == 0;
}

bool launcher_on_path(const char *folder)
{
	size_t n = strlen(folder);
	for (const char *p = spawn_path(); *p;) {
		size_t len = strcspn(p, ":"), bare = len;
		while (bare > 1 && p[bare - 1] == '/')
			bare--;
		if (bare == n && memcmp(p, folder, n) == 0)
			return true;
		p += len + (p[len] == ':');
	}
	return false;
}

char *launcher_folder(struct host *h, struct err *e)
{
	CLEANUP_FREE char *chosen = NULL;
	if (host_setting(h->own, "bin", &chosen, e) < 0)
		return NULL;
	if (chosen)
		return ptr_steal(&chosen);
	CLEANUP_FREE char *mine = mem_dup(h->self, (size_t)(str_basename(h->self) - h->self - 1));
	if (*mine && launcher_on_path(mine) && writable(mine))
		return ptr_steal(&mine);
	const char *home = getenv("HOME");
	if (!h->root && home && home[0] == '/')
		return str_printf("%s/.local/bin", home);
	return mem_strdup(writable("/usr/local/bin") ? "/usr/local/bin" : "/opt/bin");
}

char *launcher_of(const struct service *s, struct err *e)
{
	if (s->state.launcher)
		return mem_strdup(s->state.launcher);
	CLEANUP_FREE char *folder = launcher_folder(s->host, e);
	return folder ? str_printf("%s/%s", folder, s->name) : NULL;
}

static bool leads_to_self(struct host *h, const char *path, const char *target)
{
	struct stat a, b;
	if (str_eq(target, h->self))
		return true;
	return stat(path, &a) == 0 && stat(h->self, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool original_script(const char *path, const char *name)
{
	struct err ignored;
	CLEANUP_BUF struct buf b = {0};
	CLEANUP_FREE char *text = str_printf("#!/bin/bash\ndr %s \"$@\"\n", name);
	return file_read(AT_FDCWD, path, strlen(text), &b, &ignored) == 0 && str_eq(buf_cstr(&b), text);
}

bool launcher_own(struct host *h, const char *path, const char *name, const char *recorded)
{
	struct err ignored;
	struct stat st;
	if (lstat(path, &st) < 0)
		return false;
	if (S_ISREG(st.st_mode))
		return original_script(path, name);
	CLEANUP_FREE char *target = file_readlink(AT_FDCWD, path, &ignored);
	return target && ((recorded && str_eq(target, recorded)) || leads_to_self(h, path, target));
}

static int check_path(struct host *h, const char *path, const char *name, const char *where, struct err *e)
{
	CLEANUP_FREE char *other = spawn_find(name, where);
	if (!other || str_eq(other, path) || launcher_own(h, other, name, NULL))
		return 0;
	return err_set(e, ERR_REFUSED, "the name '%s' is taken by the command %s: choose another name for the service", name,
		other);
}

int launcher_check(struct host *h, const char *path, const char *name, struct err *e)
{
	if (file_exists(AT_FDCWD, path) && !launcher_own(h, path, name, NULL))
		return err_set(e, ERR_EXISTS, "%s is there already and is not dr's own: choose another name for the service, "
			"or another folder with dr configure --bin", path);
	if (check_path(h, path, name, NULL, e) < 0 || check_path(h, path, name, SPAWN_DEFAULT_PATH, e) < 0)
		return -1;
	return 0;
}

int launcher_create(struct host *h, const char *path, const char *name, struct err *e)
{
	struct err ignored;
	CLEANUP_FREE char *target = file_readlink(AT_FDCWD, path, &ignored);
	if (str_eq(target, h->self))
		return 0;
	if (file_exists(AT_FDCWD, path) && !launcher_own(h, path, name, NULL))
		return err_set(e, ERR_EXISTS, "%s is there already and is not dr's own", path);
	CLEANUP_FREE char *folder = mem_dup(path, (size_t)(str_basename(path) - path - 1));
	if (file_mkdir_p(AT_FDCWD, folder, 0755, e) < 0 || file_symlink(h->self, AT_FDCWD, path, e) < 0)
		return err_wrap(e, "cannot make the launcher");
	return 1;
}

int launcher_remove(struct host *h, const char *path, const char *name, const char *recorded, struct err *e)
{
	if (!launcher_own(h, path, name, recorded))
		return 0;
	return file_unlink(AT_FDCWD, path, e);
}
