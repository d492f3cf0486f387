#include "dr/dr.h"

#include "base/str.h"
#include "command.h"
#include "service/backup.h"
#include "sys/progress.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void note(void *arg, const char *text)
{
	(void)arg;
	fflush(stdout);
	command_wrap(stderr, (unsigned)fprintf(stderr, "dr: "), 0, text);
}

static void words(struct strvec *out)
{
	for (const struct command *const *v = dr_verbs; *v; v++)
		strvec_push(out, (*v)->name);
	for (size_t i = 0; applet_at(i); i++)
		strvec_push(out, applet_at(i)->name);
}

int dr_host(struct host *h, bool json, struct err *e)
{
	struct host_ui ui = {.note = note, .words = words, .progress = true, .docker = applet_find("docker") != NULL};
	if (json)
		ui.script_out = (struct spawn_stream){.kind = SPAWN_FD, .fd = STDERR_FILENO};
	return host_init(h, &ui, program_invocation_name, e);
}

void dr_print(const struct buf *b)
{
	fwrite(buf_cstr(b), 1, b->len, stdout);
	putchar('\n');
}

static void begin(struct json_writer *w, const char *command, bool changed, const char *name)
{
	json_begin(w, '{');
	json_kstr(w, "command", command);
	json_kbool(w, "changed", changed);
	json_kstr(w, "service", name);
}

void dr_services(struct strvec *names)
{
	struct err ignored;
	CLEANUP_HOST struct host h = HOST_INIT;
	if (dr_host(&h, false, &ignored) < 0 || host_services(&h, names, NULL, &ignored) < 0)
		strvec_free(names);
}

/* What stands where the usage line says SERVICENAME; NULL: nothing. */
static const char *service_word(const struct command *verb, int argc, char **argv)
{
	const char *args = verb->args ? verb->args : "", *at = strstr(args, "SERVICENAME");
	int k = 0;
	for (const char *p = args; at && p < at; p++)
		k += *p == ' ';
	for (int i = 0; at && i < argc; i++) {
		if (command_wants_value(verb, argv[i]))
			i++;
		else if (argv[i][0] != '-' && k-- == 0)
			return argv[i];
	}
	return NULL;
}

void dr_failed(int argc, char **argv, const struct err *e)
{
	CLEANUP_BUF struct buf b = {0};
	CLEANUP_STRVEC struct strvec names = {0};
	struct json_writer w = {.out = &b};
	int json = 1, word = 1;
	while (json < argc && !str_eq(argv[json], "--json"))
		if (str_eq(argv[json++], "--"))
			return;
	while (word < argc && argv[word][0] == '-')
		word++;
	const char *command = word < argc ? argv[word] : "dr";
	const struct command *verb = command_verb(applet_find("dr"), command);
	if (json >= argc || (!verb && applet_find(command) && word < argc))
		return;
	/* The words of a service's own command are its own. */
	if (!verb)
		dr_services(&names);
	if (strvec_has(&names, command))
		return;
	begin(&w, command, false, verb ? service_word(verb, argc - word - 1, argv + word + 1) : NULL);
	json_kstr(&w, "error", e->msg);
	json_end(&w, '}');
	dr_print(&b);
}

static void facts(struct json_writer *w, const struct service *s)
{
	json_kstr(w, "image", s->image);
	json_kstr(w, "image_id", s->state.image_id);
	json_kstr(w, "directory", s->path);
	json_kstr(w, "launcher", s->state.launcher);
}

int dr_answer(const struct dr_answer *a, int rc)
{
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b};
	if (rc < 0)
		return -1;
	if (a->json) {
		begin(&w, a->command, rc > 0, a->name);
		if (a->dry_run)
			json_kbool(&w, "dry_run", true);
		if (a->s && a->s->image)
			facts(&w, a->s);
		json_kstr(&w, "directory", a->directory);
		json_end(&w, '}');
	} else {
		buf_str(&b, a->name ? a->name : a->directory);
		buf_str(&b, rc ? a->changed : a->same);
	}
	dr_print(&b);
	return rc ? EXIT_DONE : EXIT_UNCHANGED;
}

static void backup_json(struct json_writer *w, const char *file, const struct backup_facts *f)
{
	const struct manifest *m = &f->manifest;
	json_kstr(w, "file", file);
	json_kstr(w, "image", m->image);
	json_kstr(w, "image_id", m->image_id);
	json_kstr(w, "digest", m->digest);
	json_kstr(w, "architecture", m->architecture);
	json_kstr(w, "time", m->time);
	json_kstr(w, "dr", m->dr);
	json_kbool(w, "live", m->live);
	json_kbool(w, "encrypted", f->encrypted);
	json_ki64(w, "files", (int64_t)f->files);
	json_ki64(w, "bytes", (int64_t)f->bytes);
	json_ki64(w, "size", (int64_t)f->size);
}

int dr_backup_answer(const char *command, const char *file, const struct backup_facts *f, bool json, bool changed,
	const char *sentence)
{
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b};
	char bytes[16], size[16];
	if (json) {
		begin(&w, command, changed, f->manifest.service);
		backup_json(&w, file, f);
		json_end(&w, '}');
		dr_print(&b);
		return EXIT_DONE;
	}
	progress_size(bytes, f->bytes);
	progress_size(size, f->size);
	fprintf(str_eq(file, "-") && changed ? stderr : stdout, "%s%s: %llu files, %s in %s%s.\n", f->manifest.service, sentence,
		(unsigned long long)f->files, bytes, size, f->encrypted ? ", encrypted" : "");
	return EXIT_DONE;
}

int dr_report(const char *command, const char *image, const struct report *r, bool json)
{
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b};
	json_begin(&w, '{');
	json_kstr(&w, "command", command);
	json_kstr(&w, "image", image);
	json_ki64(&w, "problems", (int64_t)r->count[REPORT_PROBLEM]);
	json_ki64(&w, "notes", (int64_t)r->count[REPORT_NOTE]);
	json_key(&w, "findings");
	json_begin(&w, '[');
	for (size_t i = 0; i < r->n; i++) {
		const struct finding *f = &r->items[i];
		if (!json)
			command_wrap(stdout, (unsigned)printf("%-8s %-12s ", report_word(f->level), f->topic), 22, f->text);
		json_begin(&w, '{');
		json_kstr(&w, "level", report_word(f->level));
		json_kstr(&w, "topic", f->topic);
		json_kstr(&w, "text", f->text);
		json_end(&w, '}');
	}
	json_end(&w, ']');
	json_end(&w, '}');
	if (json)
		dr_print(&b);
	return r->count[REPORT_PROBLEM] ? EXIT_ERROR : EXIT_DONE;
}
