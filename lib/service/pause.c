/*
 * The guard is a fork without exec: it needs the engine as dr knows it, and no file of dr's on the disk. It has its own
 * connection: those of dr are dr's.
 */
#include "service/pause.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/container.h"
#include "sys/fd.h"
#include "sys/signal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	IDS_MAX = 1 << 20,   /* bytes of ids: 16,000 containers */
	TRIES = 300,         /* once a second: an engine may be restarted meanwhile */
};

/* Nothing of dr's may stay open: whoever reads its output waits for the end of it. */
static void close_all(int keep, int lock)
{
	DIR *d = opendir("/proc/self/fd");
	for (struct dirent *entry; d && (entry = readdir(d));) {
		struct err ignored;
		uint64_t fd;
		if (str_to_u64(entry->d_name, INT32_MAX, &fd, "", &ignored) == 0 && (int)fd != keep && (int)fd != lock &&
		    (int)fd != dirfd(d))
			close((int)fd);
	}
	for (int fd = 0; !d && fd < 1024; fd++)
		if (fd != keep && fd != lock)
			close(fd);
	if (d)
		closedir(d);
	fd_ensure_standard();
}

static int resume(struct engine *g, const char *id)
{
	struct err e;
	for (int i = 0; i < TRIES; i++) {
		if (container_unpause(g, id, &e) >= 0 || e.kind == ERR_NOT_FOUND)
			return 0;
		if (e.kind != ERR_NETWORK && e.kind != ERR_PROTOCOL && e.kind != ERR_SYS)
			return 1;
		nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
	}
	return 1;
}

static _Noreturn void guard(const struct host *h, int in, int lock)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGTSTP, SIGPIPE};
	struct err e;
	struct buf ids = {0};
	struct engine g = h->engine;
	int failed = 0;
	memset(g.idle, 0, sizeof g.idle);
	setsid();
	signal_defer();
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		signal(ignored[i], SIG_IGN);
	close_all(in, lock);
	if (chdir("/") < 0 || fd_read_all(in, IDS_MAX, &ids, "pipe", &e) < 0)
		failed = 1;
	for (char *id = ids.data, *end; id && (end = strchr(id, '\n')); id = end + 1) {
		*end = '\0';
		failed |= resume(&g, id);
	}
	_exit(failed);
}

int pause_begin(struct pause *p, struct host *h, int lock, struct err *e)
{
	int ends[2];
	*p = (struct pause)PAUSE_INIT;
	p->host = h;
	if (!host_engine(h, e))
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, "cannot make a pipe");
	p->guard = fork();
	if (p->guard == 0)
		guard(h, ends[0], lock);
	close(ends[0]);
	p->pipe = ends[1];
	if (p->guard > 0)
		return 0;
	p->guard = 0;
	return err_sys(e, "cannot start the process that resumes containers");
}

static bool writes_to(const struct container *c, const char *volume)
{
	for (size_t i = 0; i < c->n_mounts; i++)
		if (str_eq(c->mounts[i].name, volume) && c->mounts[i].writable)
			return true;
	return false;
}

int pause_volume(struct pause *p, const char *volume, struct err *e)
{
	CLEANUP_CONTAINER_LIST struct container_list list = {0};
	struct engine *g = &p->host->engine;
	if (container_list_by_volume(g, volume, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		const struct container *c = &list.items[i];
		if (!str_eq(c->state, "running") || !writes_to(c, volume))
			continue;
		CLEANUP_FREE char *line = str_printf("%s\n", c->id);
		strvec_push(&p->names, c->name);
		if (fd_write(p->pipe, line, strlen(line), "the guard's pipe", e) < 0)
			return -1;
		if (container_pause(g, c->id, e) < 0)
			return err_hint(e, "; --live reads the volume while its containers run");
	}
	return 0;
}

int pause_end(struct pause *p, struct err *e)
{
	int status = 0;
	if (p->pipe >= 0)
		close(p->pipe);
	p->pipe = -1;
	while (p->guard && waitpid(p->guard, &status, 0) < 0 && errno == EINTR)
		;
	CLEANUP_FREE char *names = strvec_join(&p->names, " ");
	bool failed = p->guard && status != 0 && p->names.n;
	strvec_free(&p->names);
	p->guard = 0;
	return failed ? err_set(e, ERR_STATUS, "containers may still be paused; run: docker unpause %s", names) : 0;
}

void pause_cleanup(struct pause *p)
{
	struct err e;
	if (pause_end(p, &e) < 0)
		host_note(p->host, "%s", e.msg);
}
