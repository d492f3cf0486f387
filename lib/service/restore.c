/*
 * What is where, and when (restore_parts.h has the journal's facts):
 *     read        TEMP, a volume of a random name that begins with dr-NAME-, and DIRECTORY/.dr/work/NAME are filled
 *     install     only where there was no such service: as dr install, with its script
 *     exchange    the roots of dr-NAME-config and TEMP, of the other volumes and empty ones, of DIRECTORY/NAME and work/service
 *     script      the image's restore script
 *     decide      from here on there is only forward
 *     let go      the TEMPs, which hold the old now, and the work folder are removed
 */
#include "service/restore.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/scratch.h"
#include "engine/volume.h"
#include "service/account.h"
#include "service/backup.h"
#include "service/backup_file.h"
#include "service/contract.h"
#include "service/install.h"
#include "service/launcher.h"
#include "service/name.h"
#include "service/owned.h"
#include "service/recover.h"
#include "service/restore_image.h"
#include "service/restore_parts.h"
#include "service/restore_stage.h"
#include "service/script.h"
#include "service/volume_fill.h"
#include "sys/file.h"
#include "sys/place.h"
#include "sys/rand.h"
#include "sys/signal.h"

#include <string.h>

enum { TEMP_LETTERS = 10 };

struct job {
	struct service *s;
	struct host *h;
	bool there;
	char *launcher;
	struct journal journal;
	struct backup_source source;
	struct backup_keys keys;
	struct backup_reader reader;
	struct restore_image image;
	struct contract contract;
	struct volume_swap swap;
	char *volume, *temp;         /* dr-NAME-config, and the one that is filled */
	int file;                    /* the backup's image */
};

static void fact_number(struct job *b, const char *which, const char *what, uint64_t n)
{
	CLEANUP_FREE char *key = str_printf("%s %s", which, what);
	CLEANUP_FREE char *value = str_printf("%llu", (unsigned long long)n);
	journal_fact(&b->journal, key, value);
}

/* An empty volume beside another; the journal knows of it first. `more` labels may be NULL. *temp is the caller's. */
static int make_temp(struct job *b, const char *fact, const char *volume, const struct strvec *more, char **temp, struct err *e)
{
	char letters[TEMP_LETTERS + 1];
	CLEANUP_STRVEC struct strvec labels = {0};
	CLEANUP_FREE char *key = str_printf("%s %s", fact, volume);
	for (size_t i = 0; more && i < more->n; i++)
		strvec_push(&labels, more->items[i]);
	if (rand_name(letters, TEMP_LETTERS, e) < 0)
		return -1;
	*temp = str_printf("%s.%s", volume, letters);
	strvec_pushf(&labels, SCRATCH_LABEL "=%s", b->s->name);
	journal_fact(&b->journal, key, *temp);
	return journal_write(&b->journal, e) < 0 ? -1 : volume_create(&b->h->engine, *temp, &labels, e);
}

/* Whether dr runs on the engine's host; else volumes are copied. */
static int try_guest(struct job *b, struct err *e)
{
	struct err why;
	uint64_t number;
	if (volume_swap_look(&b->swap, b->temp, &number, &why) == 0)
		return 0;
	/* Podman's archives of volumes have lost their owners. */
	if (b->h->engine.podman) {
		*e = why;
		return -1;
	}
	b->swap.copied = true;
	journal_fact(&b->journal, "copied", "yes");
	host_note(b->h, "the volume is written through the engine, which leaves out attributes, holes and parts of a second, since dr does "
		"not run there: %s", why.msg);
	return signal_check(e);
}

/* All of the backup, beside the service. From here on it is known to be good. */
static int read_backup(struct job *b, struct err *e)
{
	struct restore_stage st = {.host = b->h, .work = b->journal.dir, .image = -1, .size = b->source.size, .swap = &b->swap,
		.keep_image = b->image.wanted};
	if (make_temp(b, "temp", b->volume, NULL, &b->temp, e) < 0 || volume_swap_open(&b->swap, b->h, b->s->name, b->temp, e) < 0)
		return -1;
	st.volume = b->temp;
	journal_fact(&b->journal, b->swap.here ? "here" : "guest", b->swap.base);
	journal_fact(&b->journal, "tail", b->swap.tail);
	if (!b->swap.here && (journal_write(&b->journal, e) < 0 || try_guest(b, e) < 0))
		return -1;
	int rc = restore_stage(&st, &b->reader, e);
	b->file = st.image;
	return rc;
}

/* The new folder of the service: the backup's config, and the image's scripts. */
static int make_folder(struct job *b, struct err *e)
{
	struct service *s = b->s;
	const struct manifest *m = &b->reader.manifest;
	int work = b->journal.dir;
	if (file_mkdir_p(work, "service/bin", 0755, e) < 0)
		return -1;
	CLEANUP_FD int bin = file_open_dir(work, "service/bin", e);
	if (bin < 0 || contract_examine(&b->contract, &b->h->engine, m->image, s->name, bin, e) < 0 ||
	    contract_judge(&b->contract, m->image, e) < 0)
		return -1;
	CLEANUP_FREE char *image = str_printf("%s\n", m->image);
	CLEANUP_FREE char *name = str_printf("%s\n", s->name);
	struct state st = state_new(&b->contract.image, b->launcher, b->h->self, b->there ? &s->state : NULL);
	int rc = file_replace(work, "service/config/imagename.txt", image, strlen(image), 0644, e) < 0 ||
		file_replace(work, "service/config/servicename.txt", name, strlen(name), 0644, e) < 0 ||
		state_write(&st, work, "service/config/state.json", e) < 0 ? -1 : 0;
	state_free(&st);
	return rc == 0 && syncfs(work) < 0 ? err_sys(e, "cannot write the scripts of %s to disk", s->name) : rc;
}

/* What is there before anything is changed. */
static int record(struct job *b, struct err *e)
{
	CLEANUP_STRVEC struct strvec volumes = {0};
	struct journal *j = &b->journal;
	if (owned_volumes(b->s, &volumes, e) < 0 || owned_record(b->s, j, b->contract.image.id, e) < 0)
		return -1;
	for (size_t i = 0; i < volumes.n; i++) {
		CLEANUP_CONTAINER_LIST struct container_list list = {0};
		if (str_eq(volumes.items[i], b->temp))
			continue;
		if (container_list_by_volume(&b->h->engine, volumes.items[i], &list, e) < 0)
			return -1;
		journal_fact(j, "volume", volumes.items[i]);
		for (size_t k = 0; k < list.n; k++)
			journal_fact(j, "container", list.items[k].id);
	}
	if (!b->there)
		journal_fact(j, "fresh", b->launcher);
	if (b->h->root && !account_present())
		journal_fact(j, "account", "druser");
	journal_fact(j, "image", b->contract.image.id);
	return journal_write(j, e);
}

/* What dr install does, as far as it is not there; the exchange comes after its script, so that the restored volume is the last
   word. */
static int install(struct job *b, struct err *e)
{
	struct service *s = b->s;
	if (!journal_has(&b->journal, "volume", b->volume) && install_volume(s, b->contract.image.id, e) < 0)
		return -1;
	if (b->there)
		return 0;
	if (account_add(b->h, e) < 0 || file_rename(b->journal.dir, "service", b->h->dir, s->name, e) < 0 || service_load(s, e) < 0 ||
	    launcher_create(b->h, b->launcher, s->name, e) < 0 || script_run_own(s, "install", NULL, e) < 0)
		return -1;
	return signal_check(e);
}

static int plan_copy(struct job *b, const char *volume, struct err *e)
{
	CLEANUP_VOLUME struct volume v = {0};
	CLEANUP_FREE char *kept = NULL;
	if (volume_inspect(&b->h->engine, volume, &v, e) < 0 || make_temp(b, "keep", volume, &v.labels, &kept, e) < 0)
		return -1;
	return volume_fill_copy(&b->swap, volume, kept, false, e);
}

/* An empty volume, with the owner and mode of the one that it is to stand for. */
static int plan_other(struct job *b, const char *volume, struct err *e)
{
	uint64_t old, new;
	struct err why;
	CLEANUP_FREE char *temp = NULL;
	if (volume_swap_check(&b->swap, volume, &why) < 0) {
		host_note(b->h, "%s; it is used as it is", why.msg);
		return 0;
	}
	if (b->swap.copied)
		return plan_copy(b, volume, e);
	if (make_temp(b, "temp", volume, NULL, &temp, e) < 0 || volume_swap_like(&b->swap, temp, volume, e) < 0 ||
	    volume_swap_look(&b->swap, volume, &old, e) < 0 || volume_swap_look(&b->swap, temp, &new, e) < 0)
		return -1;
	fact_number(b, "old", volume, old);
	fact_number(b, "new", volume, new);
	return 0;
}

static int plan_running(struct job *b, const char *volume, struct err *e)
{
	CLEANUP_CONTAINER_LIST struct container_list list = {0};
	struct engine *g = &b->h->engine;
	if (container_list_by_volume(g, volume, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		CLEANUP_CONTAINER struct container c = {0};
		const char *id = list.items[i].id, *state = list.items[i].state;
		if (!str_eq(state, "running") && !str_eq(state, "paused") && !str_eq(state, "restarting"))
			continue;
		int rc = container_inspect(g, id, &c, e);
		const char *fact = c.auto_remove ? "transient" : "running";
		if (rc < 0)
			return -1;
		if (rc > 0 && !journal_has(&b->journal, fact, id))
			journal_fact(&b->journal, fact, id);
	}
	return 0;
}

static int plan(struct job *b, struct err *e)
{
	CLEANUP_STRVEC struct strvec volumes = {0};
	uint64_t old = 0, new = 0;
	struct journal *j = &b->journal;
	if (volume_swap_check(&b->swap, b->volume, e) < 0 || owned_volumes(b->s, &volumes, e) < 0)
		return -1;
	if (b->swap.copied ? plan_copy(b, b->volume, e) < 0 : volume_swap_look(&b->swap, b->volume, &old, e) < 0 ||
	    volume_swap_look(&b->swap, b->temp, &new, e) < 0)
		return -1;
	if (!b->swap.copied) {
		fact_number(b, "old", b->volume, old);
		fact_number(b, "new", b->volume, new);
	}
	for (size_t i = 0; i < volumes.n; i++) {
		const char *volume = volumes.items[i];
		bool other = b->there && journal_has(j, "volume", volume) && !str_eq(volume, b->volume);
		if (plan_running(b, volume, e) < 0 || (other && plan_other(b, volume, e) < 0))
			return -1;
	}
	if (b->there) {
		CLEANUP_FREE char *beside = journal_path(j, "service");
		if (place_look(b->s->path, &old, e) < 0 || place_look(beside, &new, e) < 0)
			return -1;
		fact_number(b, "old", "folder", old);
		fact_number(b, "new", "folder", new);
	}
	return journal_write(j, e);
}

static int switch_over(struct job *b, struct err *e)
{
	struct service *s = b->s;
	struct journal *j = &b->journal;
	CLEANUP_FREE char *path = journal_path(j, RESTORE_PATH);
	char *const args[] = {path, NULL};
	if (restore_each(s, j, "running", restore_stop, e) < 0 || restore_exchange(s, j, "new", e) < 0)
		return -1;
	if (service_load(s, e) <= 0 || launcher_create(b->h, b->launcher, s->name, e) < 0)
		return -1;
	return script_run_own(s, "restore", args, e) < 0 || signal_check(e) < 0 ? -1 : restore_each(s, j, "running", restore_start, e);
}

/* What undoing takes off the engine again, and whose name goes back. */
static int record_image(struct job *b, struct err *e)
{
	const char *name = b->reader.manifest.image;
	if (b->image.renamed) {
		journal_fact(&b->journal, "renamed", b->image.renamed);
		journal_fact(&b->journal, "image_name", name);
	} else if (b->image.wanted || b->image.fetched)
		journal_fact(&b->journal, "fetched", name);
	else
		return 0;
	return journal_write(&b->journal, e);
}

static int carry_out(struct job *b, struct err *e)
{
	if (journal_begin(&b->journal, b->s, "restore", e) < 0 || read_backup(b, e) < 0 || record_image(b, e) < 0 ||
	    restore_image_get(&b->image, b->h, &b->reader.manifest, b->file, e) < 0 || make_folder(b, e) < 0 ||
	    signal_check(e) < 0 || record(b, e) < 0 || install(b, e) < 0 || plan(b, e) < 0 || switch_over(b, e) < 0)
		return -1;
	return journal_decide(&b->journal, e);
}

/* After carry_out. */
static int settle(struct job *b, int rc, struct err *e)
{
	struct err why;
	CLEANUP_FREE char *told = NULL;
	signal_defer();
	if (rc == 0) {
		rc = restore_finish(b->s, &b->journal, e);
		if (rc < 0)
			err_hint(e, "; the service is restored, and the next dr command on %s removes what is left of the old", b->s->name);
	} else if (b->journal.op) {
		/* Whether the decision is on disk is not known when writing it failed, and it must not be when it is undone. */
		bool decided = b->journal.decided;
		b->journal.decided = false;
		if ((decided && journal_write(&b->journal, &why) < 0) || restore_settle(b->s, &b->journal, &told, &why) < 0)
			err_hint(e, "; undoing it failed as well (%s): the next dr command on %s tries again", why.msg, b->s->name);
		else
			err_hint(e, b->there ? "; %s is as it was" : "; nothing is left of %s", b->s->name);
	}
	if (rc < 0 && !b->there && !b->journal.op)
		service_forget(b->s);
	signal_undefer();
	return rc;
}

/* What must be so before anything is begun. */
static int check(struct job *b, struct err *e)
{
	struct service *s = b->s;
	if (!b->there && file_exists(b->h->dir, s->name))
		return err_set(e, ERR_EXISTS, "%s is there already and is no service: move it away, or choose another name", s->path);
	if (b->there)
		b->launcher = launcher_of(s, e);
	else if (install_check_name(b->h, s->name, &b->launcher, e) < 0)
		return -1;
	if (!b->launcher || !host_engine(b->h, e))
		return -1;
	if (backup_reader_open(&b->reader, b->source.in, &b->keys, e) < 0 || backup_check_names(&b->reader.manifest, e) < 0)
		return -1;
	return restore_image_look(&b->image, b->h, &b->reader.manifest, e);
}

static int dry_run(struct job *b, struct err *e)
{
	struct restore_stage st = {.host = b->h, .work = -1, .image = -1, .size = b->source.size};
	const struct manifest *m = &b->reader.manifest;
	if (restore_stage(&st, &b->reader, e) < 0)
		return -1;
	host_note(b->h, "the backup is good: %s from the image %s, of %s, %llu files", m->service, m->image, m->time,
		(unsigned long long)b->reader.files);
	if (b->image.wanted)
		host_note(b->h, "the image %s would be taken from the backup if it is in it, else pulled", m->image);
	host_note(b->h, b->there ? "would replace %s and its volumes, and run its restore script" : "would make %s, its volume and its "
		"launcher, and run its install and restore scripts", b->s->path);
	if (!b->there)
		b->s->image = mem_strdup(m->image);
	return 0;
}

static void release(struct job *b)
{
	backup_reader_free(&b->reader);
	backup_source_close(&b->source);
	keys_free(&b->keys);
	contract_free(&b->contract);
	restore_image_free(&b->image);
	volume_swap_free(&b->swap);
	journal_close(&b->journal);
	free(b->launcher);
	free(b->volume);
	free(b->temp);
	if (b->file >= 0)
		close(b->file);
}

int service_restore(struct service *s, struct host *h, const char *name, const char *from, const struct restore_options *o,
	struct err *e)
{
	struct job b = {.s = s, .h = h, .journal = JOURNAL_INIT, .file = -1, .volume = owned_config_volume(name),
		.image = {.exact = o->with_image}};
	int rc = -1;
	if (name_check(name, e) == 0 && keys_load(&b.keys, &o->keys, e) == 0 && backup_source_open(&b.source, from, e) == 0) {
		int there = service_open(s, h, name, SERVICE_LOCK | SERVICE_NEW, e);
		b.there = there > 0;
		rc = there < 0 || check(&b, e) < 0 ? -1 : h->ui.dry_run ? dry_run(&b, e) : 0;
		if (rc == 0 && !h->ui.dry_run)
			rc = settle(&b, carry_out(&b, e), e);
		else if (rc < 0 && there == 0)
			service_forget(s);
	}
	release(&b);
	return rc < 0 ? err_wrap(e, "cannot restore %s", name) : 1;
}
