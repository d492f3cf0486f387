#include "service/script_container.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/json.h"
#include "codec/tar_write.h"
#include "engine/archive.h"
#include "engine/attach.h"
#include "engine/container.h"
#include "engine/image.h"
#include "service/script_remote.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/signal.h"
#include "sys/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define TOOLS "/.dr"

extern char **environ;

int script_wants_container(struct service *s, struct err *e)
{
	const char *way = getenv("DR_SCRIPTS");
	if (!way || !*way) {
		struct err ignored;
		CLEANUP_IMAGE struct image img = {0};
		/* The engine is not asked at every command. */
		if (s->state.scripts)
			return str_eq(s->state.scripts, "container");
		struct engine *g = host_engine(s->host, &ignored);
		return g && image_inspect(g, s->state.image_id ? s->state.image_id : s->image, &img, &ignored) > 0 &&
			strvec_has(&img.labels, "dr.scripts=container");
	}
	if (str_eq(way, "container"))
		return 1;
	return str_eq(way, "host") ? 0 : err_set(e, ERR_USAGE, "DR_SCRIPTS is '%s'; write host or container", way);
}

/* Whether the first n bytes of the word are one of the words. */
static bool is_one_of(const char *const *words, const char *word, size_t n)
{
	for (; *words; words++)
		if (strlen(*words) == n && memcmp(word, *words, n) == 0)
			return true;
	return false;
}

/* A working directory in one of these is the image's own: the host's would hide its programs. */
static bool is_system(const char *path)
{
	static const char *const own[] = {"", "bin", "sbin", "lib", "lib64", "usr", "etc", "dev", "proc", "sys", "dr", ".dr", NULL};
	return is_one_of(own, path + 1, strcspn(path + 1, "/"));
}

static void add_path(struct strvec *paths, const char *path)
{
	if (!strvec_has(paths, path))
		strvec_push(paths, path);
}

/* What is another thing in there: how the engine is reached, where programs and temporary files are. */
static bool is_local(const char *variable)
{
	static const char *const own[] = {"PATH", "HOSTNAME", "TMPDIR", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS", "DOCKER_TLS_VERIFY",
		"DOCKER_CERT_PATH", "DOCKER_CONFIG", NULL};
	return is_one_of(own, variable, strcspn(variable, "="));
}

static void add_env(struct strvec *env, const struct strvec *more, const char *path)
{
	char host[256] = "";
	for (char **p = environ; p && *p; p++)
		if (!is_local(*p) && !str_starts(*p, "DR_LOCKED="))
			strvec_push(env, *p);
	for (size_t i = 0; i < more->n; i++)
		if (!is_local(more->items[i]))
			strvec_push(env, more->items[i]);
	if (gethostname(host, sizeof host - 1) == 0)
		strvec_pushf(env, "HOSTNAME=%s", host);
	strvec_pushf(env, "PATH=%s:" TOOLS, path);
}

/* The image's own PATH (the caller's). */
static char *image_path(struct engine *g, const char *image, struct err *e)
{
	CLEANUP_BUF struct buf answer = {0};
	if (engine_call(g, "GET", NULL, &answer, e, "/images/%s/json", image) < 0)
		return NULL;
	CLEANUP_JSON struct json *doc = json_parse(buf_cstr(&answer), answer.len, e);
	const struct json *env = json_at(doc, "Config", "Env");
	for (size_t i = 0; i < json_count(env); i++) {
		const char *text = json_text(&env->items[i]), *path = text ? str_after(text, "PATH=") : NULL;
		if (path && *path)
			return mem_strdup(path);
	}
	return doc ? mem_strdup(SPAWN_DEFAULT_PATH) : NULL;
}

/* The PATH of backup and restore, or NULL. */
static const char *path_of(const struct script *sc)
{
	bool about_path = str_eq(sc->command, "backup") || str_eq(sc->command, "restore");
	return about_path && sc->args && sc->args[0] && *sc->args[0] == '/' ? sc->args[0] : NULL;
}

/* far: nothing of this host can be mounted where the engine is. */
static int create(struct service *s, const struct script *sc, struct engine *g, const struct strvec *argv,
	const struct strvec *more, bool tty, bool far, char **id, struct err *e)
{
	static const struct strvec none;
	const char *image = s->state.image_id ? s->state.image_id : s->image;
	CLEANUP_FREE char *cwd = getcwd(NULL, 0);
	CLEANUP_FREE char *path = image_path(g, image, e);
	CLEANUP_STRVEC struct strvec env = {0};
	CLEANUP_STRVEC struct strvec paths = {0};
	CLEANUP_STRVEC struct strvec labels = {0};
	CLEANUP_STRVEC struct strvec words = {0};
	if (!path)
		return -1;
	mode_t mask = umask(0);
	umask(mask);
	strvec_push(&words, TOOLS "/" SCRIPT_INIT);
	strvec_pushf(&words, "%o", (unsigned)mask);
	for (size_t i = 0; i < argv->n; i++)
		strvec_push(&words, argv->items[i]);
	add_env(&env, more, path);
	strvec_pushf(&labels, SCRIPT_LABEL "=%s", s->name);
	if (far) {
		script_remote_engine(g, &env, &paths);
	} else {
		strvec_pushf(&env, "DOCKER_HOST=%s", g->endpoint.text);
		add_path(&paths, s->path);
		add_path(&paths, g->endpoint.path);
		if (cwd && *cwd == '/' && !is_system(cwd))
			add_path(&paths, cwd);
		if (path_of(sc))
			add_path(&paths, path_of(sc));
	}
	struct container_config c = {.image = image, .user = "0:0", .workdir = cwd && *cwd == '/' ? cwd : "/", .network = "host",
		.cmd = &words, .entrypoint = &none, .env = &env, .labels = &labels, .paths = &paths, .tty = tty,
		.open_stdin = sc->in.kind != SPAWN_NULL, .auto_remove = !far};
	return container_create(g, NULL, &c, id, e);
}

int script_copy_dr(struct engine *g, const char *id, const char *self, const char *as, struct err *e)
{
	char dir[] = ".dr", own_init[] = ".dr/" SCRIPT_INIT;
	CLEANUP_FREE char *name = str_printf("%s/%s", dir, as);
	CLEANUP_FREE char *block = mem_alloc(FD_BLOCK);
	struct archive_writer w;
	struct tar_writer t;
	struct stat st;
	CLEANUP_FD int fd = open(self, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "cannot read %s", self);
	if (archive_writer_open(&w, g, id, "/", e) < 0)
		return -1;
	tar_writer_init(&t, &w.base);
	struct tar_entry folder = {.path = dir, .type = TAR_DIR, .mode = 0755};
	struct tar_entry init = {.path = own_init, .type = TAR_SYMLINK, .mode = 0777, .link = name + sizeof dir};
	struct tar_entry file = {.path = name, .type = TAR_FILE, .mode = 0755, .size = (uint64_t)st.st_size};
	int rc = tar_write_entry(&t, &folder, e) < 0 || tar_write_entry(&t, &init, e) < 0 || tar_write_entry(&t, &file, e) < 0
		? -1 : 0;
	ssize_t n;
	while (rc == 0 && (n = fd_read(fd, block, FD_BLOCK, self, e)) != 0)
		rc = n < 0 ? -1 : tar_write_data(&t, block, (size_t)n, e);
	if (rc == 0 && (tar_write_end(&t, e) < 0 || writer_finish(&w.base, e) < 0))
		rc = -1;
	tar_writer_free(&t);
	writer_free(&w.base);
	return rc;
}

struct running {
	struct engine *g;
	const char *id;
	int signal;          /* the last that came from outside */
};

static int resize(void *arg)
{
	const struct running *r = arg;
	struct err ignored;
	unsigned cols, rows;
	if (!tty_size(STDOUT_FILENO, &cols, &rows))
		return 0;
	return engine_call(r->g, "POST", NULL, NULL, &ignored, "/containers/%s/resize?h=%u&w=%u", r->id, rows, cols);
}

static void pass_signal(void *arg, int sig)
{
	struct running *r = arg;
	struct err ignored;
	CLEANUP_FREE char *number = str_printf("%d", sig);
	r->signal = sig == SIGINT || sig == SIGTERM || sig == SIGHUP ? sig : r->signal;
	if (container_kill(r->g, r->id, number, &ignored) < 0)
		return;  /* it has ended */
}

static int stream_fd(const struct spawn_stream *s, int own)
{
	return s->kind == SPAWN_INHERIT ? own : s->kind == SPAWN_FD ? s->fd : -1;
}

static int run(struct engine *g, const char *id, const struct script *sc, bool tty, bool far, struct err *e)
{
	CLEANUP_REPLY struct engine_reply streams = {0};
	CLEANUP_REPLY struct engine_reply waiting = {0};
	struct running r = {.g = g, .id = id};
	struct engine_request rq = {.method = "POST", .upgrade = true};
	struct attach a = {.reply = &streams, .tty = tty, .in = stream_fd(&sc->in, STDIN_FILENO),
		.out = stream_fd(&sc->out, STDOUT_FILENO), .err = stream_fd(&sc->err, STDERR_FILENO), .resize = tty ? resize : NULL,
		.signal = pass_signal, .arg = &r};
	if (engine_start(g, &rq, &streams, e, "/containers/%s/attach?stream=1&stdin=%d&stdout=1&stderr=1", id, a.in >= 0) < 0 ||
	    container_wait_begin(g, id, far ? "next-exit" : "removed", &waiting, e) < 0 || container_start(g, id, e) < 0)
		return -1;
	if (tty && tty_raw_enter(STDIN_FILENO, e) < 0)
		return -1;
	int rc = attach_run(&a, e);
	tty_raw_leave();
	engine_reply_end(&streams);
	rc = rc < 0 ? -1 : container_wait_end(&waiting, id, e);
	/* Only now: the script has had the time that it needs. */
	if (sc->note_signals && r.signal)
		signal_note(r.signal);
	return rc;
}

int script_sweep(struct service *s, struct err *e)
{
	CLEANUP_STRVEC struct strvec filters = {0};
	CLEANUP_CONTAINER_LIST struct container_list list = {0};
	struct engine *g = s->nested ? NULL : host_engine(s->host, e);
	int removed = 0;
	if (!g)
		return s->nested ? 0 : -1;
	strvec_pushf(&filters, "label=" SCRIPT_LABEL "=%s", s->name);
	if (container_list(g, &filters, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++, removed++)
		if (container_remove(g, list.items[i].id, CONTAINER_FORCE | CONTAINER_VOLUMES, e) < 0)
			return -1;
	return removed;
}

int script_in_container(struct service *s, const struct script *sc, const struct strvec *argv, const struct strvec *env,
	struct err *e)
{
	struct engine *g = host_engine(s->host, e);
	CLEANUP_FREE char *id = NULL;
	/* A terminal has one output: with another place for the errors, the streams stay apart. */
	bool tty = sc->in.kind == SPAWN_INHERIT && sc->out.kind == SPAWN_INHERIT && sc->err.kind == SPAWN_INHERIT &&
		tty_is(STDIN_FILENO) && tty_is(STDOUT_FILENO) && tty_is(STDERR_FILENO);
	if (!g || engine_needs(g, 30, "running a script in a container", e) < 0)
		return -1;
	if (sc->in.kind > SPAWN_FD || sc->out.kind > SPAWN_FD || sc->err.kind > SPAWN_FD)
		return err_set(e, ERR_REFUSED, "the output of '%s' cannot be captured from a container", sc->command);
	if (script_sweep(s, e) < 0)
		return -1;
	bool far = g->endpoint.kind != ENDPOINT_UNIX;
	/* A signal while the engine creates it would leave a container whose id nobody knows. */
	signal_defer();
	int made = create(s, sc, g, argv, env, tty, far, &id, e);
	/* The engine behind a socket may have other folders than dr: the socket is forwarded, or dr is in a container itself. */
	if (made < 0 && !far && (strstr(e->msg, "source path does not exist") || strstr(e->msg, "no such file or directory"))) {
		far = true;
		made = create(s, sc, g, argv, env, tty, far, &id, e);
	}
	signal_undefer();
	if (made < 0)
		return err_wrap(e, "cannot run '%s' in a container", sc->command);
	int rc = script_copy_dr(g, id, s->host->self, "docker", e);
	if (rc == 0 && far)
		rc = script_remote_send(s, g, id, path_of(sc), e);
	if (rc == 0)
		rc = run(g, id, sc, tty, far, e);
	if (rc >= 0 && far && path_of(sc) && str_eq(sc->command, "backup") && script_remote_fetch(g, id, path_of(sc), e) < 0)
		rc = -1;
	/* Whoever read the output has gone: that ends a script on the host, too. A connection that is gone is ERR_NETWORK. */
	bool cut = rc < 0 && e->kind == ERR_SYS && e->sys == EPIPE;
	if (rc < 0 || far) {
		struct err ignored;
		signal_defer();
		if (container_remove(g, id, CONTAINER_FORCE | CONTAINER_VOLUMES, &ignored) < 0 && rc < 0)
			err_hint(e, "; the container %s may be left", id);
		signal_undefer();
	}
	if (cut)
		return 128 + SIGPIPE;
	return rc < 0 ? err_wrap(e, "cannot run '%s' in a container", sc->command) : rc;
}
