#include "service/update.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/scratch.h"
#include "service/contract.h"
#include "service/journal.h"
#include "service/launcher.h"
#include "service/name.h"
#include "service/pull.h"
#include "service/recover.h"
#include "service/tree.h"
#include "sys/file.h"
#include "sys/signal.h"

#include <stdio.h>

struct places {
	char bin[NAME_MAX_LEN + 8];
	char state[NAME_MAX_LEN + 32];
};

static struct places places_of(const char *name)
{
	struct places p;
	snprintf(p.bin, sizeof p.bin, "%s/bin", name);
	snprintf(p.state, sizeof p.state, "%s/config/state.json", name);
	return p;
}

/* From the work folder to the service; each step is done only if it has not been done. */
static int switch_over(struct service *s, struct journal *j, struct err *e)
{
	struct places p = places_of(s->name);
	if (file_exists(j->dir, "bin")) {
		if (file_exists(s->host->dir, p.bin) &&
		    (file_rm_tree(j->dir, "old", e) < 0 || file_rename(s->host->dir, p.bin, j->dir, "old", e) < 0))
			return -1;
		if (file_rename(j->dir, "bin", s->host->dir, p.bin, e) < 0)
			return -1;
	}
	if (file_exists(j->dir, "state.json") && file_rename(j->dir, "state.json", s->host->dir, p.state, e) < 0)
		return -1;
	return journal_end(j, e);
}

int update_settle(struct service *s, struct journal *j, char **told, struct err *e)
{
	struct engine *g = j->decided ? NULL : host_engine(s->host, e);
	if (!j->decided && (!g || scratch_sweep(g, s->name, e) < 0))
		return -1;
	*told = str_printf("the update of %s was interrupted; it has been %s", s->name, j->decided ? "finished" : "undone");
	return j->decided ? switch_over(s, j, e) : journal_end(j, e);
}

/* Whether the scripts that are installed are those that were unpacked. */
static int same_scripts(struct service *s, struct journal *j, struct err *e)
{
	struct err ignored;
	struct places p = places_of(s->name);
	CLEANUP_FD int old = file_open_dir(s->host->dir, p.bin, &ignored);
	CLEANUP_FD int new = file_open_dir(j->dir, "bin", e);
	return new < 0 ? -1 : old < 0 ? 0 : tree_same(old, new, e);
}

static int prepare(struct service *s, struct journal *j, struct contract *c, struct err *e)
{
	if (file_mkdir_p(j->dir, "bin", 0755, e) < 0)
		return -1;
	CLEANUP_FD int bin = file_open_dir(j->dir, "bin", e);
	return bin < 0 || contract_examine(c, &s->host->engine, s->image, s->name, bin, e) < 0 ||
	       contract_judge(c, s->image, e) < 0 || signal_check(e) < 0 ? -1 : 0;
}

static bool is_state_of(const struct service *s, const struct contract *c)
{
	return str_eq(s->state.image_id, c->image.id) && str_eq(s->state.target, s->host->self);
}

/* Returns 1 when there is something to switch over, which is decided then. */
static int decide(struct service *s, struct journal *j, struct contract *c, const char *launcher, struct err *e)
{
	int same = same_scripts(s, j, e);
	if (same < 0)
		return -1;
	if (same && is_state_of(s, c))
		return 0;
	struct state new = state_new(&c->image, launcher, s->host->self, &s->state);
	int rc = state_write(&new, j->dir, "state.json", e);
	state_free(&s->state);
	s->state = new;
	if (rc < 0)
		return -1;
	if (syncfs(j->dir) < 0)
		return err_sys(e, "cannot write the scripts of %s to disk", s->name);
	return signal_check(e) < 0 || journal_decide(j, e) < 0 ? -1 : 1;
}

static int finish(struct service *s, struct journal *j, int changed, const char *launcher, struct err *e)
{
	signal_defer();
	int linked = launcher_create(s->host, launcher, s->name, e);
	int rc = linked < 0 ? -1 : changed ? switch_over(s, j, e) : journal_end(j, e);
	signal_undefer();
	return rc < 0 ? -1 : changed || linked;
}

/* Compares in a folder of its own, which no service's name can be; absent images cannot be compared. */
static int dry_run(struct service *s, const char *launcher, bool absent, struct err *e)
{
	struct err ignored;
	CLEANUP_CONTRACT struct contract c = {0};
	CLEANUP_JOURNAL struct journal j = JOURNAL_INIT;
	char path[64];
	CLEANUP_FREE char *target = file_readlink(AT_FDCWD, launcher, &ignored);
	if (absent)
		return 1;
	snprintf(path, sizeof path, "work/.dry-run.%d", (int)getpid());
	if (s->host->own < 0 || file_mkdir_p(s->host->own, path, 0700, e) < 0)
		return s->host->own < 0 ? 1 : -1;
	j.dir = file_open_dir(s->host->own, path, e);
	int same = j.dir < 0 || prepare(s, &j, &c, e) < 0 ? -1 : same_scripts(s, &j, e);
	if (file_rm_tree(s->host->own, path, &ignored) < 0)
		host_note(s->host, "%s", ignored.msg);
	if (same < 0)
		return -1;
	bool changed = !same || !is_state_of(s, &c) || !str_eq(target, s->host->self);
	state_free(&s->state);
	s->state = state_new(&c.image, launcher, s->host->self, NULL);
	return changed;
}

int service_update(struct service *s, struct host *h, const char *name, bool pull, struct err *e)
{
	CLEANUP_JOURNAL struct journal j = JOURNAL_INIT;
	CLEANUP_CONTRACT struct contract c = {0};
	CLEANUP_IMAGE struct image img = {0};
	int there = service_open(s, h, name, SERVICE_LOCK, e);
	if (there <= 0)
		return there < 0 ? -1 : service_missing(h, name, false, e);
	CLEANUP_FREE char *launcher = launcher_of(s, e);
	if (!launcher || (pull && pull_again(h, s->image, e) < 0))
		return -1;
	int absent = pull_if_absent(h, s->image, &img, e);
	if (absent >= 0 && h->ui.dry_run) {
		int would = dry_run(s, launcher, absent, e);
		return would < 0 ? err_wrap(e, "cannot update %s", name) : would;
	}
	if (absent < 0 || journal_begin(&j, s, "update", e) < 0)
		return -1;
	int changed = prepare(s, &j, &c, e) < 0 ? -1 : decide(s, &j, &c, launcher, e);
	if (changed >= 0)
		changed = finish(s, &j, changed, launcher, e);
	if (changed < 0 && j.op) {
		struct err why;
		CLEANUP_FREE char *told = NULL;
		signal_defer();
		if (update_settle(s, &j, &told, &why) < 0)
			err_hint(e, "; the next dr command on %s puts it in order (%s)", name, why.msg);
		signal_undefer();
	}
	return changed < 0 ? err_wrap(e, "cannot update %s", name) : changed;
}
