#include "service/status.h"

#include "base/str.h"
#include "command.h"
#include "dr/dr.h"
#include "service/journal.h"
#include "sys/clock.h"
#include "sys/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct status_opts {
	bool json;
	const char *max_age;
};

static const struct opt options[] = {
	{0, "max-backup-age", OPT_STR, "AGE", "exit with 1 when the last good backup is older, or there is none: 26h, 7d",
		offsetof(struct status_opts, max_age)},
	{0, "json", OPT_FLAG, NULL, "answer with a JSON object", offsetof(struct status_opts, json)},
	{0},
};

/* One service as it is shown; st is NULL when the engine did not answer. */
struct view {
	struct service *s;
	const struct status *st;
	const struct json *usage;
	const char *busy;
	int64_t age, max_age;    /* of the backup, in seconds; -1: none */
};

static bool too_old(const struct view *v)
{
	return v->max_age >= 0 && (v->age < 0 || v->age > v->max_age);
}

__attribute__((format(printf, 2, 3))) static void line(const char *label, const char *fmt, ...)
{
	CLEANUP_BUF struct buf b = {0};
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	command_wrap(stdout, (unsigned)printf("%-11s ", label), 12, buf_cstr(&b));
}

static const char *image_words(const struct status *st, const struct service *s)
{
	if (!*st->image_now)
		return "the engine does not have it";
	if (!s->state.image_id)
		return "not known which one the scripts are from: run dr update";
	return status_outdated(st, s) ? "the engine has a newer one of that name: run dr update" : "up to date";
}

/* The first 12 digits, which docker shows as well. */
static int short_id(const char **id)
{
	const char *digits = str_after(*id, "sha256:");
	*id = digits ? digits : *id;
	return 12;
}

static void print_backup(const struct view *v)
{
	static const struct { int64_t seconds; const char *word; } units[] = {{86400, "days"}, {3600, "hours"},
		{60, "minutes"}, {1, "seconds"}};
	size_t i = 0;
	if (v->age < 0) {
		line("backup", "none yet: run dr backup %s BACKUPFILE", v->s->name);
		return;
	}
	while (i < 3 && v->age < 2 * units[i].seconds)
		i++;
	line("backup", "%s, %lld %s old, %s%s", v->s->state.backup_time, (long long)(v->age / units[i].seconds), units[i].word,
		v->s->state.backup_file, too_old(v) ? ": too old" : "");
}

static void print_text(const struct view *v)
{
	struct service *s = v->s;
	const char *id = s->state.image_id;
	line("service", "%s", s->name);
	line("image", "%s", s->image);
	if (id) {
		int n = short_id(&id);
		line("image id", "%.*s", n, id);
	}
	if (v->st)
		line("", "%s", image_words(v->st, s));
	line("folder", "%s", s->path);
	if (s->state.launcher)
		line("launcher", "%s%s", s->state.launcher, status_launcher(s) ? "" : " (missing: run dr update)");
	if (v->busy)
		line("interrupted", "%s: the next dr command on %s settles it", v->busy, s->name);
	for (size_t i = 0; v->st && i < v->st->volumes.n; i++) {
		char size[16] = "size not known";
		int64_t bytes = status_size(v->usage, v->st->volumes.items[i]);
		if (bytes >= 0)
			progress_size(size, (uint64_t)bytes);
		line("volume", "%s  %s", v->st->volumes.items[i], size);
	}
	for (size_t i = 0; v->st && i < v->st->containers.n; i++)
		line("container", "%s  %s", v->st->containers.items[i].name, v->st->containers.items[i].status);
	print_backup(v);
}

static void engine_json(struct json_writer *w, const struct view *v)
{
	const struct container_list *list = &v->st->containers;
	json_kbool(w, "image_present", *v->st->image_now != '\0');
	json_kbool(w, "outdated", status_outdated(v->st, v->s));
	json_key(w, "volumes");
	json_begin(w, '[');
	for (size_t i = 0; i < v->st->volumes.n; i++) {
		int64_t bytes = status_size(v->usage, v->st->volumes.items[i]);
		json_begin(w, '{');
		json_kstr(w, "name", v->st->volumes.items[i]);
		if (bytes >= 0)
			json_ki64(w, "size", bytes);
		json_end(w, '}');
	}
	json_end(w, ']');
	json_key(w, "containers");
	json_begin(w, '[');
	for (size_t i = 0; i < list->n; i++) {
		json_begin(w, '{');
		json_kstr(w, "id", list->items[i].id);
		json_kstr(w, "name", list->items[i].name);
		json_kstr(w, "state", list->items[i].state);
		json_end(w, '}');
	}
	json_end(w, ']');
}

static void print_json(struct json_writer *w, const struct view *v)
{
	struct service *s = v->s;
	json_begin(w, '{');
	json_kstr(w, "service", s->name);
	json_kstr(w, "image", s->image);
	json_kstr(w, "image_id", s->state.image_id);
	json_kstr(w, "digest", s->state.digest);
	json_kstr(w, "directory", s->path);
	json_kstr(w, "launcher", s->state.launcher);
	json_kbool(w, "launcher_present", status_launcher(s));
	json_kstr(w, "installed", s->state.installed);
	json_kstr(w, "updated", s->state.updated);
	json_kstr(w, "interrupted", v->busy);
	json_kstr(w, "backup", s->state.backup_time);
	json_kstr(w, "backup_file", s->state.backup_file);
	if (v->age >= 0)
		json_ki64(w, "backup_age", v->age);
	if (v->max_age >= 0)
		json_kbool(w, "backup_too_old", too_old(v));
	if (v->st)
		engine_json(w, v);
	json_end(w, '}');
}

/* What is on the host is shown in any case, with 0 and *why filled when the engine could not tell the rest. Returns 1 when
   the backup is too old. */
static int show(struct host *h, const char *name, struct view v, struct json_writer *w, struct err *why, struct err *e)
{
	CLEANUP_SERVICE struct service s = SERVICE_INIT;
	CLEANUP_STATUS struct status st = {0};
	int there = service_open(&s, h, name, 0, e);
	if (there <= 0)
		return there < 0 ? -1 : service_missing(h, name, false, e);
	CLEANUP_FREE char *busy = journal_peek(h, name);
	v.s = &s;
	v.busy = busy;
	v.age = status_backup_age(&s);
	if (why->kind == ERR_NONE && status_ask(&st, &s, why) == 0)
		v.st = &st;
	if (w)
		print_json(w, &v);
	else
		print_text(&v);
	if (too_old(&v) && v.age < 0)
		host_note(h, "there is no good backup of %s", name);
	else if (too_old(&v))
		host_note(h, "the last good backup of %s, of %s, is too old", name, s.state.backup_time);
	return too_old(&v);
}

static int run(struct invocation *in, struct err *e)
{
	const struct status_opts *o = in->opts;
	struct err why = {0};
	struct view v = {.max_age = -1};
	bool old = false;
	CLEANUP_HOST struct host h = HOST_INIT;
	CLEANUP_STRVEC struct strvec names = {0};
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b};
	if ((o->max_age && clock_duration(o->max_age, &v.max_age, "--max-backup-age", e) < 0) ||
	    dr_host(&h, o->json, e) < 0 || host_open(&h, e) < 0)
		return -1;
	if (in->argc)
		strvec_push(&names, in->argv[0]);
	else if (host_services(&h, &names, NULL, e) < 0)
		return -1;
	CLEANUP_JSON struct json *usage = names.n ? status_usage(&h) : NULL;
	v.usage = usage;
	json_begin(&w, '{');
	json_kstr(&w, "command", "status");
	json_key(&w, "services");
	json_begin(&w, '[');
	for (size_t i = 0; i < names.n; i++) {
		if (i && !o->json)
			putchar('\n');
		int rc = show(&h, names.items[i], v, o->json ? &w : NULL, &why, e);
		if (rc < 0)
			return -1;
		old |= rc;
	}
	json_end(&w, ']');
	if (why.kind)
		json_kstr(&w, "error", why.msg);
	json_end(&w, '}');
	if (o->json)
		dr_print(&b);
	else if (names.n == 0)
		host_note(&h, "no service is installed; dr install IMAGENAME SERVICENAME installs one");
	if (why.kind)
		host_note(&h, "%s", why.msg);
	return old || why.kind ? EXIT_ERROR : EXIT_DONE;
}

const struct command verb_status = {
	.name = "status",
	.summary = "show what there is of a service, or of all",
	.args = "[SERVICENAME]",
	.about = "Its image and whether the engine has a newer one of that name, volumes and their sizes, the containers that\n"
		 "use them, the launcher, the last good backup and how old it is.\n",
	.example = "  dr status helloworld\n  dr status --max-backup-age 26h || echo \"no backup since yesterday\"\n",
	.opts = options,
	.opts_size = sizeof(struct status_opts),
	.max_args = 1,
	.run = run,
};
