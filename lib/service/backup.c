#include "service/backup.h"

#include "base/mem.h"
#include "base/str.h"
#include "service/backup_file.h"
#include "service/contract.h"
#include "service/journal.h"
#include "service/name.h"
#include "service/owned.h"
#include "service/pause.h"
#include "service/pull.h"
#include "service/recover.h"
#include "service/script.h"
#include "service/version.h"
#include "service/volume_pack.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/progress.h"
#include "sys/signal.h"

#include <stdio.h>

struct job {
	struct service *s;
	struct host *h;
	const struct backup_options *o;
	struct journal journal;
	struct image image;
	struct backup_keys keys;
	struct backup_target target;
	struct pause pause;
	struct volume_place place;
	struct backup_writer writer;
	struct progress *progress;
	size_t line;
	uint64_t changed;
};

void backup_facts_free(struct backup_facts *f)
{
	manifest_free(&f->manifest);
}

int backup_settle(struct service *s, struct journal *j, char **told, struct err *e)
{
	struct engine *g = host_engine(s->host, e);
	if (!g || scratch_sweep(g, s->name, e) < 0)
		return -1;
	*told = str_printf("the backup of %s was interrupted; what it left behind has been removed", s->name);
	return journal_end(j, e);
}

static void on_note(void *arg, const char *message)
{
	struct job *b = arg;
	progress_clear(b->progress);
	host_note(b->h, "%s", message);
}

static void on_bytes(void *arg, size_t n)
{
	struct job *b = arg;
	progress_add(b->progress, b->line, n);
}

/* The image whose scripts the service has, as far as the engine still has it. */
static int find_image(struct job *b, struct err *e)
{
	struct engine *g = host_engine(b->h, e);
	const char *id = b->s->state.image_id;
	int rc = !g ? -1 : id ? image_inspect(g, id, &b->image, e) : 0;
	return rc == 0 ? pull_if_absent(b->h, b->s->image, &b->image, e) : rc;
}

/* The image's own backup script, with PATH a folder that it and uid 22022 can write, beneath one that only root can enter. */
static int run_script(struct job *b, struct err *e)
{
	CLEANUP_FREE char *path = journal_path(&b->journal, "service");
	char *const args[] = {path, NULL};
	if (file_mkdir_p(b->journal.dir, "service", 0700, e) < 0)
		return -1;
	if (b->h->root && fchownat(b->journal.dir, "service", CONTRACT_ID, CONTRACT_ID, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "cannot give %s to uid %d", path, CONTRACT_ID);
	return script_run_own(b->s, "backup", args, e);
}

static struct manifest make_manifest(struct job *b)
{
	char now[24];
	clock_format(now, clock_now().sec);
	return (struct manifest){
		.service = mem_strdup(b->s->name),
		.image = mem_strdup(b->s->image),
		.image_id = mem_strdup(b->image.id),
		.digest = mem_strdup(b->image.digests.n ? b->image.digests.items[0] : NULL),
		.os = mem_strdup(b->image.os),
		.architecture = mem_strdup(b->image.architecture),
		.time = mem_strdup(now),
		.dr = mem_strdup(DR_VERSION),
		.trailer = true,
		.live = b->o->live,
	};
}

static int write_volume(struct job *b, struct err *e)
{
	CLEANUP_FREE char *volume = owned_config_volume(b->s->name);
	if (!b->o->live && pause_volume(&b->pause, volume, e) < 0)
		return -1;
	if (volume_place_open(&b->place, b->h, volume, b->image.id, b->s->name, e) < 0)
		return -1;
	progress_set(b->progress, b->line, "Reading the volume", 0, b->progress ? volume_place_size(&b->place) : 0);
	if (volume_pack(&b->place, b->h, b->o->live, &b->writer, &b->changed, e) < 0)
		return err_wrap(e, "cannot read the volume %s", volume);
	return volume_place_close(&b->place, e) < 0 ? -1 : pause_end(&b->pause, e);
}

/* Its length must be known before its first byte: it goes through a file without a name. */
static int write_image(struct job *b, struct err *e)
{
	CLEANUP_REPLY struct engine_reply rp = {0};
	CLEANUP_IMAGE struct image named = {0};
	struct fd_writer spool;
	struct fd_reader again;
	const unsigned char *p;
	CLEANUP_FD int fd = file_nameless(b->journal.dir, e);
	if (fd < 0)
		return -1;
	/* By its name, so that it has it again where it is loaded. */
	int rc = image_inspect(&b->h->engine, b->s->image, &named, e);
	bool by_name = rc > 0 && str_eq(named.id, b->image.id);
	if (rc < 0 || image_save(&b->h->engine, by_name ? b->s->image : b->image.id, &rp, e) < 0)
		return -1;
	fd_writer_init(&spool, fd, FD_BORROWED, "the image");
	int64_t size = stream_copy(rp.body, &spool.base, e);
	writer_free(&spool.base);
	if (size < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return size < 0 ? -1 : err_sys(e, "cannot read the image again");
	CLEANUP_TAR_ENTRY struct tar_entry x = {.path = mem_strdup(section_path(SECTION_IMAGE)), .type = TAR_FILE, .mode = 0600,
		.size = (uint64_t)size, .mtime = clock_now().sec};
	progress_set(b->progress, b->line, "Reading the image", 0, (uint64_t)size);
	fd_reader_init(&again, fd, FD_BORROWED, "the image");
	ssize_t n = 0;
	rc = backup_write_member(&b->writer, &x, e);
	while (rc == 0 && (n = reader_block(&again.base, &p, e)) > 0) {
		rc = backup_write_data(&b->writer, p, (size_t)n, e);
		reader_consume(&again.base, (size_t)n);
	}
	reader_free(&again.base);
	return rc < 0 || n < 0 ? -1 : 0;
}

static int write_all(struct job *b, struct err *e)
{
	struct backup_writer *w = &b->writer;
	char config[NAME_MAX_LEN + 8];
	snprintf(config, sizeof config, "%s/config", b->s->name);
	if (volume_pack_dir(b->h->dir, config, SECTION_CONFIG, 0, w, &b->changed, e) < 0 || write_volume(b, e) < 0 ||
	    volume_pack_dir(b->journal.dir, "service", SECTION_SERVICE, 0, w, &b->changed, e) < 0)
		return -1;
	if (b->changed)
		return err_set(e, ERR_REFUSED, "%llu files changed while they were read, so that the backup would be torn%s",
			(unsigned long long)b->changed, b->o->live ? "; try again, or leave --live out" : ": something outside the service's "
			"containers writes to its volume");
	return b->o->with_image ? write_image(b, e) : 0;
}

/* The guard is forked off before the first thread starts. */
static int carry_out(struct job *b, struct backup_facts *f, struct err *e)
{
	struct backup_writer *w = &b->writer;
	if (find_image(b, e) < 0 || journal_begin(&b->journal, b->s, "backup", e) < 0 || run_script(b, e) < 0)
		return -1;
	if (!b->o->live && pause_begin(&b->pause, b->h, b->s->lock.fd, e) < 0)
		return -1;
	if (backup_writer_open(w, b->target.out, &b->keys, b->o->level, b->journal.dir, e) < 0)
		return -1;
	w->progress = on_bytes;
	w->note = on_note;
	w->arg = b;
	f->manifest = make_manifest(b);
	if (backup_write_manifest(w, &f->manifest, e) < 0 || write_all(b, e) < 0 || backup_writer_finish(w, e) < 0 ||
	    signal_check(e) < 0)
		return -1;
	f->files = w->files;
	f->bytes = w->bytes;
	f->size = b->target.out->written;
	f->encrypted = w->sealed;
	return backup_target_commit(&b->target, e);
}

/* The backup is good: that this cannot be recorded does not change that. */
static void record(struct job *b, const struct backup_facts *f)
{
	struct err e;
	struct state *st = &b->s->state;
	char path[NAME_MAX_LEN + 32];
	snprintf(path, sizeof path, "%s/config/state.json", b->s->name);
	free(st->backup_time);
	free(st->backup_file);
	st->backup_time = mem_strdup(f->manifest.time);
	st->backup_file = mem_strdup(b->target.name);
	/* By way of the work folder: beside state.json a dr that is killed would leave half of it. */
	if (state_write(st, b->journal.dir, "state.json", &e) < 0 ||
	    file_rename(b->journal.dir, "state.json", b->h->dir, path, &e) < 0)
		host_note(b->h, "the backup is complete, but cannot be recorded: %s", e.msg);
}

static void release(struct job *b)
{
	struct err e;
	signal_defer();
	progress_free(b->progress);
	backup_writer_free(&b->writer);
	volume_place_cleanup(&b->place);
	pause_cleanup(&b->pause);
	backup_target_close(&b->target);
	keys_free(&b->keys);
	image_free(&b->image);
	if (b->journal.op && journal_end(&b->journal, &e) < 0)
		host_note(b->h, "%s", e.msg);
	journal_close(&b->journal);
	signal_undefer();
}

int service_backup(struct service *s, struct host *h, const char *name, const struct backup_options *o,
	struct backup_facts *f, struct err *e)
{
	struct job b = {.s = s, .h = h, .o = o, .journal = JOURNAL_INIT, .pause = PAUSE_INIT, .place = VOLUME_PLACE_INIT,
		.target = {.file = FILE_ATOMIC_INIT}, .writer = {.spool = -1}};
	int there = service_open(s, h, name, SERVICE_LOCK, e);
	if (there <= 0)
		return there < 0 ? -1 : service_missing(h, name, false, e);
	if (keys_load(&b.keys, &o->keys, e) < 0 || backup_target_open(&b.target, o->file,
		(o->replace ? BACKUP_REPLACE : 0) | (h->ui.dry_run ? BACKUP_CHECK : 0), e) < 0) {
		release(&b);
		return err_wrap(e, "cannot back up %s", name);
	}
	b.progress = h->ui.progress ? progress_new(STDERR_FILENO, PROGRESS_TERMINAL) : NULL;
	b.line = progress_line(b.progress, name);
	int rc = h->ui.dry_run ? 0 : carry_out(&b, f, e);
	if (rc == 0 && !h->ui.dry_run)
		record(&b, f);
	release(&b);
	return rc < 0 ? err_wrap(e, "cannot back up %s", name) : 1;
}
