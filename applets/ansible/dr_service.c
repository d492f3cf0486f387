/*
 * The same functions as the commands of dr: only asking and answering differ. Check mode is the host's dry run. The file
 * in Ansible's folder disappears after the task, so services need a dr that stays: the command dr of the host, or a copy
 * that is put beside the launchers.
 */
#include "ansible/args.h"
#include "base/mem.h"
#include "base/str.h"
#include "command.h"
#include "engine/image_ref.h"
#include "service/backup.h"
#include "service/destroy.h"
#include "service/install.h"
#include "service/launcher.h"
#include "service/owned.h"
#include "service/pull.h"
#include "service/restore.h"
#include "service/script.h"
#include "service/update.h"
#include "service/version.h"
#include "sys/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	ARGS_MAX = 1 << 20,
	SELF_MAX = 8 << 20,
	OUTPUT_MAX = 16 << 20,  /* of scripts, which Ansible keeps in memory many times over */
};

struct task {
	struct args args;
	struct host host;
	struct service s;
	struct buf out, err, before, after;
	struct strvec notes;
	bool changed;
	int rc;                 /* of the command; -1: none was run */
};

static void note(void *arg, const char *text)
{
	strvec_push(arg, text);
}

static void words(struct strvec *out)
{
	for (const struct command *const *v = applet_find("dr")->verbs; *v; v++)
		strvec_push(out, (*v)->name);
	for (size_t i = 0; applet_at(i); i++)
		strvec_push(out, applet_at(i)->name);
}

static int set_environment(const struct args *a, struct err *e)
{
	for (size_t i = 0; i < a->environment.n; i++)
		if (putenv(a->environment.items[i]) != 0)
			return err_sys(e, "cannot set the environment");
	if ((a->docker_host && setenv("DOCKER_HOST", a->docker_host, 1) < 0) ||
	    (a->docker_cert_path && setenv("DOCKER_CERT_PATH", a->docker_cert_path, 1) < 0) ||
	    ((a->docker_tls_verify || a->docker_cert_path) && setenv("DOCKER_TLS_VERIFY", "1", 1) < 0))
		return err_sys(e, "cannot set DOCKER_HOST");
	return 0;
}

/* What there is of the service, as JSON; empty when there is none. */
static void facts(struct task *t, struct service *s, struct buf *out)
{
	struct err ignored;
	CLEANUP_STRVEC struct strvec volumes = {0};
	struct json_writer w = {.out = out, .indent = 2};
	json_begin(&w, '{');
	json_kstr(&w, "name", s->name);
	json_kstr(&w, "image", s->image);
	json_kstr(&w, "image_id", s->state.image_id);
	json_kstr(&w, "digest", s->state.digest);
	json_kstr(&w, "directory", s->path);
	json_kstr(&w, "launcher", s->state.launcher);
	json_kstr(&w, "backup", s->state.backup_time);
	json_kstr(&w, "backup_file", s->state.backup_file);
	if (owned_volumes(s, &volumes, &ignored) == 0) {
		if (t->host.ui.dry_run && volumes.n == 0)
			strvec_take(&volumes, owned_config_volume(s->name));
		json_key(&w, "volumes");
		json_begin(&w, '[');
		for (size_t i = 0; i < volumes.n; i++)
			json_str(&w, volumes.items[i]);
		json_end(&w, ']');
	}
	json_end(&w, '}');
	buf_byte(out, '\n');
}

/* Reads the service, without its lock. Returns whether it is there. */
static int look(struct task *t, struct buf *out, struct err *e)
{
	CLEANUP_SERVICE struct service s = SERVICE_INIT;
	int there = service_open(&s, &t->host, t->args.name, 0, e);
	if (there > 0 && host_engine(&t->host, e))
		facts(t, &s, out);
	return there;
}

/* A dr that stays on the host when Ansible's copy goes. */
static int settle_self(struct task *t, struct err *e)
{
	struct host *h = &t->host;
	CLEANUP_BUF struct buf b = {0};
	CLEANUP_FREE char *folder = launcher_folder(h, e);
	char *path = folder ? spawn_find("dr", NULL) : NULL;
	if (!folder)
		return -1;
	if (!path)
		path = str_printf("%s/dr", folder);
	CLEANUP_FREE char *self = h->self;
	h->self = path;
	if (file_exists(AT_FDCWD, path)) {
		if (file_read(AT_FDCWD, path, SELF_MAX, &b, e) < 0)
			return -1;
		return str_starts(buf_cstr(&b), "\177ELF") ? 0 : err_set(e, ERR_EXISTS,
			"%s is not this dr, but perhaps the original script: copy the module's file over it", path);
	}
	t->changed = true;
	host_note(h, "dr itself %s %s", h->ui.dry_run ? "would be copied to" : "is now", path);
	if (h->ui.dry_run)
		return 0;
	return file_read(AT_FDCWD, self, SELF_MAX, &b, e) < 0 || file_mkdir_p(AT_FDCWD, folder, 0755, e) < 0 ||
	       file_replace(AT_FDCWD, path, b.data, b.len, 0755, e) < 0 ? -1 : 0;
}

/* Returns 1 when the host is ready, 0 when there is nothing more to find out about it, or -1. */
static int prepare(struct task *t, struct err *e)
{
	struct host *h = &t->host;
	const struct args *a = &t->args;
	if (str_eq(a->state, "absent"))
		return h->directory != NULL;
	int rc = a->directory ? host_configure(h, a->directory, a->bin_dir, e) : 0;
	if (rc < 0)
		return -1;
	t->changed = rc > 0;
	if (rc && h->ui.dry_run && (!h->directory || !file_exists(AT_FDCWD, h->directory))) {
		host_note(h, "dr would be configured with %s first: the rest cannot be checked before", a->directory);
		return 0;
	}
	return host_open(h, e) < 0 || settle_self(t, e) < 0 ? -1 : 1;
}

static int check_pull(struct task *t, const char *image, struct err *e)
{
	CLEANUP_IMAGE struct image img = {0};
	if (str_eq(t->args.pull, "always"))
		return pull_image(&t->host, image, e);
	if (!str_eq(t->args.pull, "never"))
		return 0;
	struct engine *g = host_engine(&t->host, e);
	int rc = g ? image_inspect(g, image, &img, e) : -1;
	return rc ? rc : err_set(e, ERR_NOT_FOUND, "the engine has no image %s, and pull is never", image);
}

/* Whether the file is a good backup of the service already: 1, 0 when there is none of that name. */
static int is_backed_up(struct task *t, const struct keys_options *keys, struct err *e)
{
	struct err why = {0};
	const struct args *a = &t->args;
	CLEANUP_BACKUP_FACTS struct backup_facts f = {0};
	if (backup_verify(a->backup, keys, false, &f, &why) == 0)
		return str_eq(f.manifest.service, a->name) ? 1 : err_set(e, ERR_EXISTS, "%s is a backup of %s already; "
			"force replaces it", a->backup, f.manifest.service);
	if (why.kind == ERR_NOT_FOUND)
		return 0;
	/* Whoever has only the public keys cannot open it. */
	if (why.kind == ERR_REFUSED && a->recipients.n && !a->identity.n) {
		host_note(&t->host, "%s is there and encrypted: without identity it was not verified", a->backup);
		return 1;
	}
	*e = why;
	return err_hint(e, "; force replaces it");
}

static int back_up(struct task *t, struct err *e)
{
	const struct args *a = &t->args;
	CLEANUP_BACKUP_FACTS struct backup_facts f = {0};
	struct backup_options o = {.file = a->backup, .level = BACKUP_LEVEL, .with_image = a->with_image, .live = a->live,
		.replace = a->force, .keys = {.recipients = &a->recipients, .identities = &a->identity, .passphrase = a->passphrase}};
	int is = a->force ? 0 : is_backed_up(t, &o.keys, e);
	return is ? is < 0 ? -1 : 0 : service_backup(&t->s, &t->host, a->name, &o, &f, e);
}

/* A service that is there must be from the image that is given: it is neither removed nor saved in another's place. */
static int check_image(struct task *t, struct err *e)
{
	const struct args *a = &t->args;
	CLEANUP_FREE char *image = service_image(&t->host, a->name, e);
	if (!image)
		return -1;
	return !a->image || image_ref_same(a->image, image) ? 0 : err_set(e, ERR_REFUSED, "%s is installed from %s, not from %s: "
		"nothing was done", a->name, image, a->image);
}

static int set_state(struct task *t, int there, struct err *e)
{
	const struct args *a = &t->args;
	const struct restore_options o = {.with_image = a->with_image, .keys = {.identities = &a->identity, .passphrase = a->passphrase}};
	if (str_eq(a->state, "restored"))
		return service_restore(&t->s, &t->host, a->name, a->backup, &o, e);
	if (there && !str_eq(a->state, "present") && check_image(t, e) < 0)
		return -1;
	if (str_eq(a->state, "absent"))
		return service_destroy(&t->host, a->name, a->force, e);
	if (!there && (!a->image || str_eq(a->state, "backed_up")))
		return service_missing(&t->host, a->name, false, e);
	if (str_eq(a->state, "backed_up"))
		return back_up(t, e);
	if (!there)
		return check_pull(t, a->image, e) < 0 ? -1 : service_install(&t->s, &t->host, a->image, a->name, e);
	if (str_eq(a->state, "updated")) {
		CLEANUP_FREE char *image = service_image(&t->host, a->name, e);
		return !image || check_pull(t, image, e) < 0 ? -1 : service_update(&t->s, &t->host, a->name, false, e);
	}
	return a->image ? service_install(&t->s, &t->host, a->image, a->name, e) : 0;
}

/* Exit codes 0, 1 and 3 become changed, failed and unchanged. */
static int run_command(struct task *t, struct err *e)
{
	CLEANUP_SERVICE struct service s = SERVICE_INIT;
	const struct host_ui *ui = &t->host.ui;
	struct script sc = {.command = t->args.command, .args = t->args.args.items, .in = {.kind = SPAWN_NULL},
		.out = ui->script_out, .err = ui->script_err};
	if (ui->dry_run) {
		host_note(&t->host, "the command %s would be run", sc.command);
		return 0;
	}
	int there = service_open(&s, &t->host, t->args.name, SERVICE_LOCK, e);
	if (there <= 0)
		return there < 0 ? -1 : service_missing(&t->host, t->args.name, false, e);
	buf_reset(&t->out);
	buf_reset(&t->err);
	t->rc = script_run(&s, &sc, e);
	if (t->rc < 0)
		return -1;
	t->changed |= t->rc == 0;
	return t->rc == 0 || t->rc == 3 ? 0 : err_set(e, ERR_REFUSED, "%s %s failed with exit code %d", t->args.name,
		sc.command, t->rc);
}

static int work(struct task *t, const char *file, struct err *e)
{
	CLEANUP_BUF struct buf text = {0};
	struct host_ui ui = {.note = note, .arg = &t->notes, .words = words, .docker = applet_find("docker") != NULL,
		.script_out = {.kind = SPAWN_CAPTURE, .buf = &t->out, .max = OUTPUT_MAX},
		.script_err = {.kind = SPAWN_CAPTURE, .buf = &t->err, .max = OUTPUT_MAX}};
	if (file_read(AT_FDCWD, file, ARGS_MAX, &text, e) < 0 || args_parse(&t->args, buf_cstr(&text), text.len, e) < 0 ||
	    set_environment(&t->args, e) < 0)
		return -1;
	ui.dry_run = t->args.check;
	int ready = host_init(&t->host, &ui, program_invocation_name, e) < 0 ? -1 : prepare(t, e);
	if (ready <= 0)
		return ready;
	int there = look(t, &t->before, e);
	int rc = there < 0 ? -1 : set_state(t, there, e);
	if (rc < 0)
		return -1;
	t->changed |= rc > 0;
	bool absent = str_eq(t->args.state, "absent");
	if (rc && ui.dry_run && !absent)
		facts(t, &t->s, &t->after);
	/* The command waits for the lock. */
	service_close(&t->s);
	if (t->args.command && run_command(t, e) < 0)
		return -1;
	if (!(rc && ui.dry_run) && look(t, &t->after, e) < 0)
		return -1;
	return 0;
}

static void output(struct json_writer *w, const char *key, const struct buf *b)
{
	json_key(w, key);
	json_strn(w, buf_cstr(b), b->len);
}

static void details(const struct task *t, struct json_writer *w)
{
	if (t->out.len || t->err.len || t->rc >= 0) {
		output(w, "stdout", &t->out);
		output(w, "stderr", &t->err);
	}
	if (t->args.diff) {
		json_key(w, "diff");
		json_begin(w, '{');
		output(w, "before", &t->before);
		output(w, "after", &t->after);
		json_end(w, '}');
	}
	json_key(w, "notes");
	json_begin(w, '[');
	for (size_t i = 0; i < t->notes.n; i++)
		json_str(w, t->notes.items[i]);
	json_end(w, ']');
	if (t->after.len) {
		json_key(w, "service");
		json_raw(w, t->after.data, t->after.len - 1);
	}
	if (t->args.verbosity >= 3) {
		json_key(w, "invocation");
		json_begin(w, '{');
		json_key(w, "module_args");
		args_write(w, &t->args);
		json_end(w, '}');
	}
}

static void answer(const struct task *t, bool failed, const struct err *e)
{
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b};
	bool will = t->args.check && t->changed;
	CLEANUP_FREE char *msg = failed ? mem_strdup(e->msg) : str_printf("%s %s%s", t->args.name, will ? "would be " : "is ",
		t->args.state);
	for (char *p = msg + (failed ? strlen(msg) : strlen(t->args.name)); *p; p++)
		*p = *p == '_' ? ' ' : *p;
	json_begin(&w, '{');
	json_kbool(&w, "changed", t->changed);
	/* Always: without it Ansible takes any rc but 0, 3 too, for a failure. */
	json_kbool(&w, "failed", failed);
	json_kstr(&w, "msg", msg);
	json_kstr(&w, "dr_version", DR_VERSION);
	if (t->rc >= 0)
		json_ki64(&w, "rc", t->rc);
	if (!t->args.no_log)
		details(t, &w);
	json_end(&w, '}');
	puts(buf_cstr(&b));
}

static int run(struct invocation *in, struct err *e)
{
	struct task t = {.host = HOST_INIT, .s = SERVICE_INIT, .rc = -1};
	bool failed = work(&t, in->argv[0], e) < 0;
	answer(&t, failed, e);
	service_close(&t.s);
	host_free(&t.host);
	buf_free(&t.out);
	buf_free(&t.err);
	buf_free(&t.before);
	buf_free(&t.after);
	strvec_free(&t.notes);
	args_free(&t.args);
	return failed ? EXIT_ERROR : EXIT_DONE;
}

const struct command applet_dr_service = {
	.name = "dr_service",
	.summary = "manage a service as an Ansible module",
	.args = "ARGSFILE",
	.about = "Copy dr to a playbook's library/dr_service. ARGSFILE is the JSON object that Ansible hands over.\n",
	.example = "  ansible all -m dr_service -a '{\"name\":\"helloworld\",\"image\":\"j842/dr-helloworld\",\"directory\":\"/opt/dr\"}'\n",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
