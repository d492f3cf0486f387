#include "service/store.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/json.h"
#include "engine/image.h"
#include "service/journal.h"
#include "service/name.h"
#include "service/recover.h"
#include "service/version.h"
#include "sys/clock.h"
#include "sys/file.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum {
	IMAGE_NAME_MAX = 4096,   /* references are far shorter; the grammar bounds a path at 255 */
	STATE_MAX = 64 * 1024,
};

static const struct {
	const char *key;
	size_t offset;
} state_fields[] = {
	{"image_id", offsetof(struct state, image_id)},   {"digest", offsetof(struct state, digest)},
	{"launcher", offsetof(struct state, launcher)},   {"target", offsetof(struct state, target)},
	{"installed", offsetof(struct state, installed)}, {"updated", offsetof(struct state, updated)},
	{"scripts", offsetof(struct state, scripts)},     {"dr", offsetof(struct state, dr)},
	{"time", offsetof(struct state, backup_time)},    {"file", offsetof(struct state, backup_file)},
};

/* From BACKUP_FIELDS on they stand in "last_backup". */
enum { STATE_FIELDS = sizeof state_fields / sizeof *state_fields, BACKUP_FIELDS = STATE_FIELDS - 2 };

static char **field(const struct state *st, size_t i)
{
	return (char **)((uintptr_t)st + state_fields[i].offset);
}

void state_free(struct state *st)
{
	for (size_t i = 0; i < STATE_FIELDS; i++)
		free(*field(st, i));
	*st = (struct state){0};
}

int state_write(const struct state *st, int dirfd, const char *path, struct err *e)
{
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b, .indent = 2};
	json_begin(&w, '{');
	json_ki64(&w, "version", 1);
	for (size_t i = 0; i < (st->backup_time ? STATE_FIELDS : BACKUP_FIELDS); i++) {
		if (i == BACKUP_FIELDS) {
			json_key(&w, "last_backup");
			json_begin(&w, '{');
		}
		json_kstr(&w, state_fields[i].key, *field(st, i));
	}
	if (st->backup_time)
		json_end(&w, '}');
	json_end(&w, '}');
	buf_byte(&b, '\n');
	return file_replace(dirfd, path, b.data, b.len, 0644, e);
}

int state_read(struct state *st, int dirfd, const char *path, struct err *e)
{
	CLEANUP_BUF struct buf b = {0};
	if (file_read(dirfd, path, STATE_MAX, &b, e) < 0)
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	CLEANUP_JSON struct json *doc = json_parse(buf_cstr(&b), b.len, e);
	if (!doc)
		return err_wrap(e, "%s is damaged", path);
	state_free(st);
	const struct json *backup = json_get(doc, "last_backup");
	for (size_t i = 0; i < STATE_FIELDS; i++)
		*field(st, i) = mem_strdup(json_text(json_get(i < BACKUP_FIELDS ? doc : backup, state_fields[i].key)));
	return 1;
}

struct state state_new(const struct image *img, const char *launcher, const char *target, const struct state *old)
{
	char now[24];
	clock_format(now, clock_now().sec);
	return (struct state){
		.image_id = mem_strdup(img->id),
		.digest = mem_strdup(img->digests.n ? img->digests.items[0] : NULL),
		.launcher = mem_strdup(launcher),
		.target = mem_strdup(target),
		.installed = mem_strdup(old ? old->installed : now),
		.updated = mem_strdup(now),
		.scripts = mem_strdup(strvec_has(&img->labels, "dr.scripts=container") ? "container" : "host"),
		.dr = mem_strdup(DR_VERSION),
		.backup_time = mem_strdup(old ? old->backup_time : NULL),
		.backup_file = mem_strdup(old ? old->backup_file : NULL),
	};
}

char *service_image(struct host *h, const char *name, struct err *e)
{
	char path[NAME_MAX_LEN + 64];
	CLEANUP_BUF struct buf b = {0};
	snprintf(path, sizeof path, "%s/config/imagename.txt", name);
	if (file_read(h->dir, path, IMAGE_NAME_MAX, &b, e) < 0)
		return NULL;
	char *text = buf_steal(&b);
	text[strcspn(text, "\r\n")] = '\0';
	if (*text)
		return text;
	free(text);
	err_set(e, ERR_FORMAT, "%s/%s is empty: it must name the service's image", h->directory, path);
	return NULL;
}

int service_load(struct service *s, struct err *e)
{
	char path[NAME_MAX_LEN + 64];
	free(s->image);
	s->image = service_image(s->host, s->name, e);
	if (!s->image)
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	snprintf(path, sizeof path, "%s/config/state.json", s->name);
	return state_read(&s->state, s->host->dir, path, e) < 0 ? -1 : 1;
}

/* A script of a service that calls dr on the same service would wait for the lock that its own dr holds. DR_LOCKED has
   "NAME/PID" of each dr that runs a script around this one, with blanks between. */
static bool locked_by_caller(const char *name)
{
	const char *list = getenv("DR_LOCKED");
	for (const char *p = list ? list : ""; *p; p += strcspn(p, " "), p += *p == ' ') {
		const char *rest = str_after(p, name);
		if (!rest || *rest != '/')
			continue;
		struct err ignored;
		uint64_t pid;
		CLEANUP_FREE char *number = mem_dup(rest + 1, strcspn(rest + 1, " "));
		if (str_to_u64(number, INT32_MAX, &pid, "", &ignored) == 0 && pid > 1 &&
		    (kill((pid_t)pid, 0) == 0 || errno == EPERM))
			return true;
	}
	return false;
}

static void waiting(void *arg)
{
	struct service *s = arg;
	host_note(s->host, "waiting for another dr command on %s", s->name);
}

static int take_lock(struct service *s, int flags, struct err *e)
{
	char path[NAME_MAX_LEN + 16];
	if (locked_by_caller(s->name)) {
		if (!(flags & SERVICE_NESTED))
			return err_set(e, ERR_REFUSED, "a script of %s cannot change %s itself", s->name, s->name);
		s->nested = true;
		return 0;
	}
	snprintf(path, sizeof path, "lock/%s", s->name);
	return lock_take(&s->lock, s->host->own, path, LOCK_EXCLUSIVE, waiting, s, e);
}

int service_open(struct service *s, struct host *h, const char *name, int flags, struct err *e)
{
	char work[NAME_MAX_LEN + 16];
	if (name_check(name, e) < 0 || host_open(h, e) < 0)
		return -1;
	*s = (struct service)SERVICE_INIT;
	s->host = h;
	s->name = mem_strdup(name);
	s->path = str_printf("%s/%s", h->directory, name);
	if (h->ui.dry_run && flags & SERVICE_LOCK) {
		CLEANUP_FREE char *busy = journal_peek(h, name);
		if (busy)
			host_note(h, "the %s of %s is going on or was interrupted, and would be settled first", busy, name);
		flags &= ~SERVICE_LOCK;
	}
	if (flags & SERVICE_LOCK) {
		snprintf(work, sizeof work, "work/%s", name);
		if (!(flags & SERVICE_NEW) && !file_exists(h->dir, name) && !file_exists(h->own, work))
			return 0;
		if (take_lock(s, flags, e) < 0 || (!s->nested && recover(s, e) < 0))
			return -1;
	}
	int there = service_load(s, e);
	if (there == 0 && !(flags & SERVICE_NEW))
		service_forget(s);
	return there > 0 && s->lock.fd >= 0 && recover_owner(s, e) < 0 ? -1 : there;
}

void service_close(struct service *s)
{
	lock_release(&s->lock);
	state_free(&s->state);
	free(s->name);
	free(s->path);
	free(s->image);
	free(s->settled);
	*s = (struct service)SERVICE_INIT;
}

void service_forget(struct service *s)
{
	char path[NAME_MAX_LEN + 16];
	snprintf(path, sizeof path, "lock/%s", s->name);
	lock_remove(&s->lock, s->host->own, path);
}

int service_missing(struct host *h, const char *name, bool command, struct err *e)
{
	struct err ignored;
	CLEANUP_STRVEC struct strvec words = {0};
	if (h->directory && host_services(h, &words, NULL, &ignored) < 0)
		strvec_free(&words);
	if (command && h->ui.words)
		h->ui.words(&words);
	const char *near = name_nearest(name, &words);
	err_set(e, ERR_NOT_FOUND, "there is no %sservice '%s'", command ? "command and no " : "", name);
	if (near)
		return err_hint(e, "; did you mean '%s'?", near);
	if (!h->directory)
		return err_hint(e, ": dr is not configured; run: dr configure DIRECTORY");
	return err_hint(e, "; dr list shows the services%s", command ? ", dr help the commands" : "");
}
