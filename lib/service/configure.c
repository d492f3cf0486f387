#include "service/configure.h"

#include "base/mem.h"
#include "base/str.h"
#include "sys/file.h"

#include <string.h>

/* An absolute path without control characters, with the slashes at its end taken off; the caller's, or NULL. */
static char *clean_path(const char *path, const char *what, struct err *e)
{
	if (path[0] != '/') {
		err_set(e, ERR_USAGE, "%s must be an absolute path, not '%s'", what, path);
		return NULL;
	}
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f) {
			err_set(e, ERR_USAGE, "%s may not have control characters in its name", what);
			return NULL;
		}
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	if (n == 1) {
		err_set(e, ERR_USAGE, "%s cannot be the root folder", what);
		return NULL;
	}
	return mem_dup(path, n);
}

/* The uppermost folder of the path that does not exist, which is what undoing removes; NULL when all of it exists. */
static char *first_missing(const char *path)
{
	for (const char *p = strchr(path + 1, '/');; p = strchr(p + 1, '/')) {
		char *part = p ? mem_dup(path, p - path) : mem_strdup(path);
		if (!file_exists(AT_FDCWD, part))
			return part;
		free(part);
		if (!p)
			return NULL;
	}
}

static bool same_folder(const char *a, const char *b)
{
	struct stat x, y;
	return str_eq(a, b) || (stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino);
}

/* Services stay where they are: another main folder would lose sight of them. */
static int check_old(struct host *h, const char *directory, struct err *e)
{
	struct err ignored;
	CLEANUP_STRVEC struct strvec names = {0};
	if (!h->directory || same_folder(h->directory, directory) || host_services(h, &names, NULL, &ignored) < 0 ||
	    names.n == 0)
		return 0;
	return err_set(e, ERR_REFUSED, "the main folder is %s, and %zu service%s installed there (%s%s): destroy %s first",
		h->directory, names.n, names.n == 1 ? " is" : "s are", names.items[0], names.n > 1 ? ", ..." : "",
		names.n == 1 ? "it" : "them");
}

/* The folder, .dr in it, and the launchers' folder. Returns 1 when something was changed. */
static int set_up_folder(struct host *h, const char *directory, const char *bin, struct err *e)
{
	CLEANUP_FREE char *old = NULL;
	int made = file_mkdir_p(AT_FDCWD, directory, 0755, e);
	CLEANUP_FD int dir = made < 0 ? -1 : file_open_dir(AT_FDCWD, directory, e);
	if (dir < 0 || host_check_owner(h, dir, directory, e) < 0)
		return -1;
	CLEANUP_FD int own = -1;
	if (host_open_own(dir, true, &own, e) < 0)
		return -1;
	if (!bin)
		return made;
	if (host_setting(own, "bin", &old, e) < 0)
		return -1;
	if (str_eq(old, bin))
		return made;
	CLEANUP_FREE char *line = str_printf("%s\n", bin);
	if (file_mkdir_p(AT_FDCWD, bin, 0755, e) < 0 || file_replace(own, "bin", line, strlen(line), 0644, e) < 0)
		return -1;
	return 1;
}

static int set_setting(struct host *h, const char *directory, struct err *e)
{
	if (str_eq(h->directory, directory))
		return 0;
	CLEANUP_FREE char *file = str_printf("%s/directory", h->settings);
	CLEANUP_FREE char *line = str_printf("%s\n", directory);
	if (file_mkdir_p(AT_FDCWD, h->settings, 0755, e) < 0 ||
	    file_replace(AT_FDCWD, file, line, strlen(line), 0644, e) < 0)
		return -1;
	free(h->directory);
	h->directory = mem_strdup(directory);
	return 1;
}

/* Whether configure would change something. */
static int would_change(struct host *h, const char *directory, const char *bin, struct err *e)
{
	CLEANUP_FREE char *old = NULL;
	CLEANUP_FD int own = -1;
	if (!str_eq(h->directory, directory) || !file_exists(AT_FDCWD, directory))
		return 1;
	CLEANUP_FD int dir = file_open_dir(AT_FDCWD, directory, e);
	if (dir < 0 || host_check_owner(h, dir, directory, e) < 0 || host_open_own(dir, false, &own, e) < 0 ||
	    host_setting(own, "bin", &old, e) < 0)
		return -1;
	return bin && !str_eq(old, bin);
}

int host_configure(struct host *h, const char *directory, const char *bin, struct err *e)
{
	struct err ignored;
	CLEANUP_FREE char *dir = clean_path(directory, "the main folder", e);
	CLEANUP_FREE char *launchers = dir && bin ? clean_path(bin, "the launchers' folder", e) : NULL;
	if (!dir || (bin && !launchers) || check_old(h, dir, e) < 0)
		return -1;
	if (h->ui.dry_run)
		return would_change(h, dir, launchers, e);
	CLEANUP_FREE char *undo = first_missing(dir);
	CLEANUP_FREE char *undo_bin = launchers ? first_missing(launchers) : NULL;
	int made = set_up_folder(h, dir, launchers, e);
	int set = made < 0 ? -1 : set_setting(h, dir, e);
	if (set < 0) {
		if (undo && file_rm_tree(AT_FDCWD, undo, &ignored) < 0)
			err_hint(e, "; %s stays behind", undo);
		if (undo_bin && file_rm_tree(AT_FDCWD, undo_bin, &ignored) < 0)
			err_hint(e, "; %s stays behind", undo_bin);
		return err_wrap(e, "cannot set up %s", dir);
	}
	return made || set;
}
