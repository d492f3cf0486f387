#include "service/host.h"

#include "base/mem.h"
#include "base/str.h"
#include "service/configure.h"
#include "service/contract.h"
#include "service/name.h"
#include "service/self.h"
#include "sys/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A line of a settings file; longer than any path. */
enum { SETTING_MAX = 8192 };

static char *settings_folder(bool root, struct err *e)
{
	if (root)
		return mem_strdup("/etc/dr");
	const char *xdg = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	if (xdg && xdg[0] == '/')
		return str_printf("%s/dr", xdg);
	if (home && home[0] == '/')
		return str_printf("%s/.config/dr", home);
	err_set(e, ERR_NOT_FOUND, "cannot find the settings: neither XDG_CONFIG_HOME nor HOME is set to an absolute path");
	return NULL;
}

int host_setting(int dirfd, const char *path, char **value, struct err *e)
{
	CLEANUP_BUF struct buf b = {0};
	if (dirfd == -1)
		return 0;
	if (file_read(dirfd, path, SETTING_MAX, &b, e) < 0)
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	char *text = buf_steal(&b);
	text[strcspn(text, "\r\n")] = '\0';
	free(*value);
	*value = text;
	return 1;
}

int host_init(struct host *h, const struct host_ui *ui, const char *argv0, struct err *e)
{
	*h = (struct host)HOST_INIT;
	h->ui = *ui;
	h->root = geteuid() == 0;
	h->self = self_path(argv0, e);
	if (!h->self)
		return -1;
	h->settings = settings_folder(h->root, e);
	if (!h->settings)
		return -1;
	CLEANUP_FREE char *file = str_printf("%s/directory", h->settings);
	if (host_setting(AT_FDCWD, file, &h->directory, e) < 0)
		return err_wrap(e, "cannot read the settings");
	return 0;
}

void host_free(struct host *h)
{
	if (h->engine_ready)
		engine_free(&h->engine);
	if (h->dir >= 0)
		close(h->dir);
	if (h->own >= 0)
		close(h->own);
	free(h->settings);
	free(h->directory);
	free(h->self);
	*h = (struct host)HOST_INIT;
}

/* Scripts that root runs lie in this folder: nobody else may be able to put others in their place. */
int host_check_owner(struct host *h, int dir, const char *path, struct err *e)
{
	struct stat st;
	if (!h->root)
		return 0;
	if (fstat(dir, &st) < 0)
		return err_sys(e, "cannot examine %s", path);
	if (st.st_uid == CONTRACT_ID) {
		if (h->ui.dry_run)
			return 0;
		if (fchown(dir, 0, 0) < 0 || fchmod(dir, st.st_mode & 0755) < 0)
			return err_sys(e, "cannot take %s back from uid %d", path, CONTRACT_ID);
		host_note(h, "%s belonged to uid %d, which services run as; it belongs to root now", path, CONTRACT_ID);
		return 0;
	}
	if (st.st_uid != 0)
		return err_set(e, ERR_REFUSED, "%s belongs to uid %u, but root runs the scripts in it; run: chown root %s", path,
			(unsigned)st.st_uid, path);
	if (st.st_mode & 022)
		return err_set(e, ERR_REFUSED, "others than root can write %s, but root runs the scripts in it; run: chmod go-w %s",
			path, path);
	return 0;
}

int host_open_own(int dir, bool make, int *out, struct err *e)
{
	*out = -1;
	CLEANUP_FREE char *version = NULL;
	CLEANUP_FD int own = openat(dir, ".dr", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (own < 0 && errno != ENOENT)
		return err_sys(e, "cannot open .dr");
	if (own < 0) {
		if (!make)
			return 0;
		if (file_mkdir_p(dir, ".dr", 0755, e) < 0)
			return -1;
		own = file_open_dir(dir, ".dr", e);
		if (own < 0)
			return -1;
	}
	int rc = host_setting(own, "version", &version, e);
	if (rc < 0)
		return -1;
	if (rc == 0 && make) {
		if (file_mkdir_p(own, "lock", 0700, e) < 0 || file_mkdir_p(own, "work", 0700, e) < 0 ||
		    file_replace(own, "version", "1\n", 2, 0644, e) < 0)
			return -1;
	} else if (rc && !str_eq(version, "1")) {
		return err_set(e, ERR_REFUSED, "it was set up by a newer dr (format %.20s): use that one", version);
	}
	*out = fd_steal(&own);
	return 0;
}

int host_open(struct host *h, struct err *e)
{
	if (h->dir >= 0)
		return 0;
	if (!h->directory) {
		err_set(e, ERR_NOT_FOUND, "dr is not configured%s; run: dr configure DIRECTORY (for example /opt/dr)",
			h->root ? "" : " for this user");
		if (!h->root && file_exists(AT_FDCWD, "/etc/dr/directory"))
			err_hint(e, ", or run dr as root, for whom it is");
		return -1;
	}
	if (h->directory[0] != '/')
		return err_set(e, ERR_FORMAT, "%s/directory names no absolute path; set one: dr configure DIRECTORY", h->settings);
	CLEANUP_FD int dir = file_open_dir(AT_FDCWD, h->directory, e);
	if (dir < 0) {
		if (e->kind == ERR_NOT_FOUND)
			return err_set(e, ERR_NOT_FOUND, "the main folder %s is not there; if it is on a disk, mount it; "
				"else run: dr configure DIRECTORY", h->directory);
		return -1;
	}
	if (host_check_owner(h, dir, h->directory, e) < 0)
		return -1;
	if (host_open_own(dir, !h->ui.dry_run, &h->own, e) < 0)
		return err_wrap(e, "cannot use the main folder %s", h->directory);
	h->dir = fd_steal(&dir);
	return 0;
}

const struct endpoint *host_endpoint(struct host *h, struct err *e)
{
	if (!h->engine_ready && engine_open(&h->engine, NULL, e) < 0)
		return NULL;
	h->engine_ready = true;
	return &h->engine.endpoint;
}

struct engine *host_engine(struct host *h, struct err *e)
{
	return host_endpoint(h, e) && engine_connect(&h->engine, e) == 0 ? &h->engine : NULL;
}

void host_note(struct host *h, const char *fmt, ...)
{
	if (!h->ui.note)
		return;
	CLEANUP_BUF struct buf b = {0};
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	h->ui.note(h->ui.arg, buf_cstr(&b));
}

/* The valid names of the folders in dir beneath which `file` exists (NULL: of all), sorted. */
static int folders(int dir, const char *file, struct strvec *names, struct err *e)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		err_sys(e, "cannot read the folder of services");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	struct dirent *entry;
	errno = 0;
	while ((entry = readdir(d))) {
		char path[NAME_MAX_LEN + 64];
		bool folder = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN || entry->d_type == DT_LNK;
		if (folder && name_valid(entry->d_name)) {
			if (file)
				snprintf(path, sizeof path, "%s/%s", entry->d_name, file);
			if (!file || faccessat(dir, path, F_OK, 0) == 0)
				strvec_push(names, entry->d_name);
		}
		errno = 0;
	}
	int rc = errno ? err_sys(e, "cannot read the folder of services") : 0;
	closedir(d);
	strvec_sort(names);
	return rc;
}

int host_folders(struct host *h, struct strvec *names, struct err *e)
{
	return host_open(h, e) < 0 ? -1 : folders(h->dir, NULL, names, e);
}

int host_services(struct host *h, struct strvec *names, struct strvec *busy, struct err *e)
{
	if (host_open(h, e) < 0 || (names && folders(h->dir, "config/imagename.txt", names, e) < 0))
		return -1;
	if (h->own < 0)
		return 0;
	CLEANUP_FD int work = busy ? file_open_dir(h->own, "work", e) : -1;
	return busy && (work < 0 || folders(work, NULL, busy, e) < 0) ? -1 : 0;
}
