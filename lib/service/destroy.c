#include "service/destroy.h"

#include "base/str.h"
#include "engine/scratch.h"
#include "service/journal.h"
#include "service/launcher.h"
#include "service/owned.h"
#include "service/recover.h"
#include "service/script.h"
#include "service/script_container.h"
#include "sys/file.h"
#include "sys/signal.h"

static int remove_all(struct service *s, struct journal *j, struct err *e)
{
	const char *launcher = journal_get(j, "launcher");
	struct engine *g = host_engine(s->host, e);
	if (!g || scratch_sweep(g, s->name, e) < 0 || script_sweep(s, e) < 0 || owned_remove(s, NULL, e) < 0)
		return -1;
	if (launcher && launcher_remove(s->host, launcher, s->name, journal_get(j, "target"), e) < 0)
		return -1;
	/* Under its own name the folder is whole or not there. */
	if (file_exists(s->host->dir, s->name) &&
	    (file_rm_tree(j->dir, "gone", e) < 0 || file_rename(s->host->dir, s->name, j->dir, "gone", e) < 0))
		return -1;
	return journal_end(j, e);
}

int destroy_settle(struct service *s, struct journal *j, char **told, struct err *e)
{
	if (!j->decided) {
		*told = str_printf("the destroy of %s was interrupted before its destroy script had ended; the service is still there",
			s->name);
		return journal_end(j, e);
	}
	*told = str_printf("the destroy of %s was interrupted; it has been finished", s->name);
	return remove_all(s, j, e);
}

/* The launcher of a service of the original is where the launchers are. */
static int record_launcher(struct service *s, struct journal *j, struct err *e)
{
	if (s->state.launcher) {
		journal_fact(j, "launcher", s->state.launcher);
		if (s->state.target)
			journal_fact(j, "target", s->state.target);
		return 0;
	}
	CLEANUP_FREE char *path = launcher_of(s, e);
	if (!path)
		return -1;
	journal_fact(j, "launcher", path);
	return 0;
}

/* The script fails: the service stays, unless the user insists. */
static int run_script(struct service *s, struct journal *j, bool force, struct err *e)
{
	if (script_run_own(s, "destroy", NULL, e) == 0)
		return 0;
	if (force && e->kind != ERR_INTR) {
		host_note(s->host, "%s; going on, as --force says", e->msg);
		return 0;
	}
	struct err ignored;
	signal_defer();
	if (journal_end(j, &ignored) < 0)
		err_hint(e, " (%s)", ignored.msg);
	signal_undefer();
	if (e->kind == ERR_INTR)
		return -1;
	err_wrap(e, "%s stays as it is", s->name);
	return err_hint(e, "; dr destroy --force %s goes on all the same", s->name);
}

static int dry_run(struct service *s, struct err *e)
{
	CLEANUP_STRVEC struct strvec gone = {0};
	if (!host_engine(s->host, e) || owned_volumes(s, &gone, e) < 0)
		return -1;
	strvec_push(&gone, s->path);
	if (s->state.launcher)
		strvec_push(&gone, s->state.launcher);
	CLEANUP_FREE char *all = strvec_join(&gone, ", ");
	host_note(s->host, "would run the destroy script, then remove: containers of %s, %s", s->name, all);
	return 1;
}

int service_destroy(struct host *h, const char *name, bool force, struct err *e)
{
	CLEANUP_SERVICE struct service s = SERVICE_INIT;
	CLEANUP_JOURNAL struct journal j = JOURNAL_INIT;
	int there = service_open(&s, h, name, SERVICE_LOCK, e);
	if (there == 0)
		return str_eq(s.settled, "destroy");
	if (there > 0 && h->ui.dry_run)
		return dry_run(&s, e);
	/* Without an engine nothing could be removed: say so before the script does its part. */
	if (there < 0 || !host_engine(h, e) || journal_begin(&j, &s, "destroy", e) < 0)
		return -1;
	if (record_launcher(&s, &j, e) < 0 || run_script(&s, &j, force, e) < 0 || journal_decide(&j, e) < 0)
		return -1;
	signal_defer();
	int rc = remove_all(&s, &j, e);
	signal_undefer();
	if (rc < 0)
		return err_hint(e, "; the next dr command on %s goes on with the destroy", name);
	service_forget(&s);
	return 1;
}
