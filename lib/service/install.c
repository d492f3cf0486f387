/*
 * The journal's facts: "image" (its id), "launcher", "volume" for each volume of the service's that was there before,
 * "container" for each container of the image's, and "account" when druser was not there. They are written before the first
 * thing that they describe is made, so undoing removes what is there now and was not there then.
 */
#include "service/install.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/image_ref.h"
#include "engine/scratch.h"
#include "service/account.h"
#include "service/contract.h"
#include "service/journal.h"
#include "service/launcher.h"
#include "service/name.h"
#include "service/owned.h"
#include "service/pull.h"
#include "service/recover.h"
#include "service/script.h"
#include "sys/file.h"
#include "sys/signal.h"

#include <stdio.h>
#include <string.h>

int install_check_name(struct host *h, const char *name, char **launcher, struct err *e)
{
	if (name_check(name, e) < 0)
		return -1;
	CLEANUP_STRVEC struct strvec words = {0};
	if (h->ui.words)
		h->ui.words(&words);
	if (strvec_has(&words, name))
		return err_set(e, ERR_REFUSED, "'%s' is the name of one of dr's own commands: choose another name for the service",
			name);
	CLEANUP_FREE char *folder = launcher_folder(h, e);
	if (!folder)
		return -1;
	*launcher = str_printf("%s/%s", folder, name);
	return launcher_check(h, *launcher, name, e);
}

/* Undoes an install, in an order that may stop anywhere and begin again. */
int install_settle(struct service *s, struct journal *j, char **told, struct err *e)
{
	const char *launcher = journal_get(j, "launcher");
	const char *image = journal_get(j, "image");
	struct engine *g = host_engine(s->host, e);
	if (!g || scratch_sweep(g, s->name, e) < 0)
		return -1;
	if (launcher) {
		if (launcher_remove(s->host, launcher, s->name, NULL, e) < 0 || owned_remove(s, j, e) < 0 ||
		    (image && owned_remove_strays(s, j, image, e) < 0) || file_rm_tree(s->host->dir, s->name, e) < 0)
			return -1;
		if (journal_get(j, "account") && account_remove(s->host, e) < 0)
			return -1;
	}
	*told = str_printf("the install of %s was interrupted; it has been undone", s->name);
	return journal_end(j, e);
}

/* The image's /dr and the service's own files, in the work folder. */
static int stage(struct service *s, struct journal *j, struct contract *c, const char *launcher, struct err *e)
{
	if (file_mkdir_p(j->dir, "service/bin", 0755, e) < 0 || file_mkdir_p(j->dir, "service/config", 0755, e) < 0)
		return -1;
	CLEANUP_FD int bin = file_open_dir(j->dir, "service/bin", e);
	if (bin < 0 || contract_examine(c, &s->host->engine, s->image, s->name, bin, e) < 0 ||
	    contract_judge(c, s->image, e) < 0)
		return -1;
	CLEANUP_FREE char *image = str_printf("%s\n", s->image);
	CLEANUP_FREE char *name = str_printf("%s\n", s->name);
	if (file_replace(j->dir, "service/config/imagename.txt", image, strlen(image), 0644, e) < 0 ||
	    file_replace(j->dir, "service/config/servicename.txt", name, strlen(name), 0644, e) < 0)
		return -1;
	s->state = state_new(&c->image, launcher, s->host->self, NULL);
	if (state_write(&s->state, j->dir, "service/config/state.json", e) < 0)
		return -1;
	/* One wait for the disk, where a sync of each file would be one for every script. */
	return syncfs(bin) < 0 ? err_sys(e, "cannot write the scripts of %s to disk", s->name) : 0;
}

/* What is there before anything is made, into the journal. */
static int record(struct service *s, struct journal *j, const struct contract *c, const char *launcher, struct err *e)
{
	CLEANUP_STRVEC struct strvec volumes = {0};
	if (owned_volumes(s, &volumes, e) < 0 || owned_record(s, j, c->image.id, e) < 0)
		return -1;
	for (size_t i = 0; i < volumes.n; i++) {
		journal_fact(j, "volume", volumes.items[i]);
		host_note(s->host, "the volume %s was there already: it is used as it is", volumes.items[i]);
	}
	if (s->host->root && !account_present())
		journal_fact(j, "account", "druser");
	journal_fact(j, "image", c->image.id);
	journal_fact(j, "launcher", launcher);
	return journal_write(j, e);
}

/* The engine fills the volume from the image's /config, owner and mode included, when a container is created with it; none
   needs to run. */
int install_volume(struct service *s, const char *image_id, struct err *e)
{
	CLEANUP_SCRATCH struct scratch box = {0};
	CLEANUP_STRVEC struct strvec binds = {0};
	CLEANUP_FREE char *volume = owned_config_volume(s->name);
	strvec_pushf(&binds, "%s:/config", volume);
	if (scratch_create(&box, &s->host->engine, image_id, s->name, &binds, e) < 0 || scratch_remove(&box, e) < 0)
		return err_wrap(e, "cannot make the volume %s", volume);
	return 0;
}

static int carry_out(struct service *s, struct journal *j, const char *launcher, struct err *e)
{
	CLEANUP_CONTRACT struct contract c = {0};
	if (stage(s, j, &c, launcher, e) < 0 || record(s, j, &c, launcher, e) < 0 || account_add(s->host, e) < 0 ||
	    install_volume(s, c.image.id, e) < 0 || file_rename(j->dir, "service", s->host->dir, s->name, e) < 0 ||
	    launcher_create(s->host, launcher, s->name, e) < 0)
		return -1;
	return script_run_own(s, "install", NULL, e) < 0 ? -1 : signal_check(e);
}

static int undo(struct service *s, struct journal *j, struct err *e)
{
	struct err why;
	CLEANUP_FREE char *told = NULL;
	signal_defer();
	if (install_settle(s, j, &told, &why) < 0)
		err_hint(e, "; undoing it failed as well (%s): the next dr command on %s tries again", why.msg, s->name);
	else
		service_forget(s);
	signal_undefer();
	return -1;
}

/* 0 when the service is there from the same image, 1 when there is nothing in the way, or -1. */
static int check_there(struct service *s, int there, const char *image, struct err *e)
{
	if (there && image_ref_same(s->image, image))
		return 0;
	if (there)
		return err_set(e, ERR_EXISTS, "%s is installed already, from the image %s; run dr destroy %s first, or choose another "
			"name", s->name, s->image, s->name);
	if (file_exists(s->host->dir, s->name))
		return err_set(e, ERR_EXISTS, "%s is there already and is no service: move it away, or choose another name", s->path);
	return 1;
}

/* All checks of an install, and what it would make. */
static int dry_run(struct service *s, const char *image, const char *launcher, bool absent, struct err *e)
{
	CLEANUP_CONTRACT struct contract c = {0};
	if (!absent && (contract_examine(&c, &s->host->engine, image, s->name, -1, e) < 0 || contract_judge(&c, image, e) < 0))
		return -1;
	s->image = mem_strdup(image);
	s->state = state_new(&c.image, launcher, s->host->self, NULL);
	host_note(s->host, "would make %s, the volume dr-%s-config and the launcher %s, and run the install script", s->path,
		s->name, launcher);
	return 1;
}

int service_install(struct service *s, struct host *h, const char *image, const char *name, struct err *e)
{
	CLEANUP_FREE char *launcher = NULL;
	CLEANUP_IMAGE struct image img = {0};
	CLEANUP_JOURNAL struct journal j = JOURNAL_INIT;
	if (name_check(name, e) < 0 || pull_check_name(image, e) < 0)
		return -1;
	int there = service_open(s, h, name, SERVICE_LOCK | SERVICE_NEW, e);
	int rc = there < 0 ? -1 : check_there(s, there, image, e);
	if (rc == 0)
		return 0;
	int pulled = rc < 0 || install_check_name(h, name, &launcher, e) < 0 ? -1 : pull_if_absent(h, image, &img, e);
	if (pulled >= 0 && h->ui.dry_run)
		return dry_run(s, image, launcher, pulled, e);
	if (pulled < 0 || journal_begin(&j, s, "install", e) < 0) {
		if (there == 0)
			service_forget(s);
		return -1;
	}
	s->image = mem_strdup(image);
	if (carry_out(s, &j, launcher, e) < 0) {
		bool refused = !journal_get(&j, "image") && e->kind == ERR_REFUSED;
		struct err ignored;
		if (pulled && refused && image_remove(&h->engine, image, false, &ignored) < 0)
			err_hint(e, "; the image stays on the engine");
		return undo(s, &j, e);
	}
	if (journal_end(&j, e) < 0)
		return -1;
	CLEANUP_FREE char *folder = mem_dup(launcher, (size_t)(str_basename(launcher) - launcher - 1));
	if (!launcher_on_path(folder))
		host_note(h, "%s is not on PATH: add it, or use dr %s", folder, name);
	return 1;
}
