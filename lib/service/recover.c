#include "service/recover.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/container.h"
#include "service/script_container.h"
#include "sys/file.h"
#include "sys/signal.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

static const struct {
	const char *op;
	settle_fn *settle;
} kinds[] = {
	{"install", install_settle},
	{"update", update_settle},
	{"restore", restore_settle},
	{"destroy", destroy_settle},
	{"backup", backup_settle},
};

/* What a script has the work folder mounted in writes on there, or reads what is about to go. */
static int remove_users(struct service *s, const struct journal *j, struct err *e)
{
	CLEANUP_CONTAINER_LIST struct container_list list = {0};
	CLEANUP_FREE char *work = journal_path(j, "");
	struct engine *g = host_engine(s->host, e);
	if (!g || container_list(g, NULL, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		for (size_t k = 0; k < list.items[i].n_mounts; k++)
			if (str_starts(list.items[i].mounts[k].source, work) &&
			    container_remove(g, list.items[i].id, CONTAINER_FORCE | CONTAINER_VOLUMES, e) < 0)
				return -1;
	return script_sweep(s, e) < 0 ? -1 : 0;
}

static void ending(void *arg)
{
	const struct service *s = arg;
	host_note(s->host, "a script of %s goes on though its dr was killed: it is ended", s->name);
}

/* Before anything that a script has done is undone. */
static int end_script(struct service *s, const struct journal *j, struct err *e)
{
	CLEANUP_LOCK struct lock l = LOCK_INIT;
	if (j->decided || !file_exists(j->dir, JOURNAL_SCRIPT))
		return 0;
	return lock_break(&l, j->dir, JOURNAL_SCRIPT, ending, s, e) < 0 ? -1 : remove_users(s, j, e);
}

int recover(struct service *s, struct err *e)
{
	CLEANUP_JOURNAL struct journal j = JOURNAL_INIT;
	CLEANUP_FREE char *told = NULL;
	int rc = journal_load(&j, s, e);
	if (rc <= 0)
		return rc;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (!str_eq(kinds[i].op, j.op))
			continue;
		s->settled = mem_strdup(j.op);
		if (end_script(s, &j, e) < 0 || kinds[i].settle(s, &j, &told, e) < 0)
			return err_wrap(e, "cannot settle the interrupted %s of %s", s->settled, s->name);
		host_note(s->host, "%s", told);
		return 0;
	}
	return err_set(e, ERR_REFUSED, "a newer dr was interrupted in the %s of %s: use that one to settle it", j.op, s->name);
}

/* Everything beneath dir, and dir itself, to root, writable by no one else. Symlinks are not followed. */
static int to_root(int dir, struct err *e)
{
	struct stat st;
	DIR *d = fdopendir(dir);
	if (!d) {
		close(dir);
		return err_sys(e, "cannot read a folder of the service");
	}
	int rc = 0;
	for (struct dirent *entry; rc == 0 && (entry = readdir(d));) {
		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
			continue;
		if (fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    fchownat(dir, entry->d_name, 0, 0, AT_SYMLINK_NOFOLLOW) < 0)
			rc = err_sys(e, "cannot give %s to root", entry->d_name);
		else if (S_ISDIR(st.st_mode)) {
			int sub = openat(dir, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
			rc = sub < 0 ? err_sys(e, "cannot open %s", entry->d_name) : to_root(sub, e);
		} else if (S_ISREG(st.st_mode) && fchmodat(dir, entry->d_name, st.st_mode & 0755, 0) < 0)
			rc = err_sys(e, "cannot change the mode of %s", entry->d_name);
	}
	if (rc == 0 && (fstat(dir, &st) < 0 || fchown(dir, 0, 0) < 0 || fchmod(dir, st.st_mode & 0755) < 0))
		rc = err_sys(e, "cannot give a folder of the service to root");
	closedir(d);
	return rc;
}

static bool root_only(const struct service *s, const char *sub)
{
	struct stat st;
	CLEANUP_FREE char *path = str_printf("%s%s", s->name, sub);
	return fstatat(s->host->dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0 || (st.st_uid == 0 && !(st.st_mode & 022));
}

int recover_owner(struct service *s, struct err *e)
{
	if (!s->host->root || (root_only(s, "") && root_only(s, "/bin")))
		return 0;
	int dir = openat(s->host->dir, s->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (dir < 0)
		return err_sys(e, "cannot open %s", s->path);
	if (to_root(dir, e) < 0)
		return err_wrap(e, "cannot make the scripts of %s safe to run", s->name);
	host_note(s->host, "%s belonged to another user than root, who runs its scripts; it belongs to root now", s->path);
	return 0;
}
