#include "service/status.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/image.h"
#include "service/launcher.h"
#include "service/owned.h"
#include "sys/clock.h"
#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void status_free(struct status *st)
{
	free(st->image_now);
	strvec_free(&st->volumes);
	container_list_free(&st->containers);
	*st = (struct status){0};
}

static bool known(const struct container_list *list, const char *id)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->items[i].id, id))
			return true;
	return false;
}

static int add_containers(struct status *st, struct engine *g, const char *volume, struct err *e)
{
	CLEANUP_CONTAINER_LIST struct container_list list = {0};
	if (container_list_by_volume(g, volume, &list, e) < 0)
		return -1;
	struct container_list *all = &st->containers;
	for (size_t i = 0; i < list.n; i++) {
		if (known(all, list.items[i].id))
			continue;
		all->items = mem_grow(all->items, all->n, &all->cap, sizeof *all->items);
		all->items[all->n++] = list.items[i];
		list.items[i] = (struct container){0};
	}
	return 0;
}

int status_ask(struct status *st, struct service *s, struct err *e)
{
	CLEANUP_IMAGE struct image img = {0};
	struct engine *g = host_engine(s->host, e);
	int there = g ? image_inspect(g, s->image, &img, e) : -1;
	if (there < 0 || owned_volumes(s, &st->volumes, e) < 0)
		return -1;
	st->image_now = mem_strdup(there ? img.id : "");
	for (size_t i = 0; i < st->volumes.n; i++)
		if (add_containers(st, g, st->volumes.items[i], e) < 0)
			return -1;
	return 0;
}

bool status_outdated(const struct status *st, const struct service *s)
{
	return *st->image_now && !str_eq(st->image_now, s->state.image_id);
}

bool status_launcher(struct service *s)
{
	return s->state.launcher && launcher_own(s->host, s->state.launcher, s->name, s->state.target);
}

struct json *status_usage(struct host *h)
{
	struct err ignored;
	CLEANUP_BUF struct buf b = {0};
	struct engine *g = host_engine(h, &ignored);
	if (!g || engine_call(g, "GET", NULL, &b, &ignored, "/system/df?type=volume") < 0)
		return NULL;
	return json_parse(buf_cstr(&b), b.len, &ignored);
}

int64_t status_size(const struct json *usage, const char *volume)
{
	const struct json *list = json_get(usage, "Volumes");
	for (size_t i = 0; i < json_count(list); i++)
		if (str_eq(json_text(json_get(&list->items[i], "Name")), volume))
			return json_int(json_at(&list->items[i], "UsageData", "Size"), -1);
	return -1;
}

int64_t status_backup_age(const struct service *s)
{
	struct err ignored;
	struct clock_time t;
	if (!s->state.backup_time || clock_parse(s->state.backup_time, &t, &ignored) < 0)
		return -1;
	int64_t now = clock_now().sec;
	return now > t.sec ? now - t.sec : 0;
}

/* The liveliest first. */
static const char *const states[] = {"running", "restarting", "paused", "dead", "exited", "created", "none"};

enum { NONE = sizeof states / sizeof *states - 1 };

const char *glance_word(const struct glance *g)
{
	return states[g->word < NONE ? g->word : NONE];
}

static int compare(const void *key, const void *item)
{
	return strcmp(key, *(char *const *)item);
}

/* Counts a container for the services whose config volume it mounts. */
static void count(const struct container *c, const char *state, const struct strvec *names, struct glance *out)
{
	unsigned k = 0;
	while (k < NONE && !str_eq(states[k], state))
		k++;
	for (size_t i = 0; i < c->n_mounts; i++) {
		const char *name = str_after(c->mounts[i].name, "dr-");
		if (!name || !str_ends(name, "-config"))
			continue;
		CLEANUP_FREE char *key = mem_dup(name, strlen(name) - strlen("-config"));
		char **found = names->n ? bsearch(key, names->items, names->n, sizeof *names->items, compare) : NULL;
		if (!found)
			continue;
		struct glance *g = &out[found - names->items];
		if (k < g->word)
			g->word = k, g->count = 0;
		g->count += k == g->word;
		g->containers++;
	}
}

static int glance_all(struct host *h, const struct strvec *names, struct glance *out, struct err *e)
{
	CLEANUP_CONTAINER_LIST struct container_list list = {0};
	struct engine *g = host_engine(h, e);
	for (size_t i = 0; i < names->n; i++)
		out[i] = (struct glance){.word = NONE};
	if (!g || container_list(g, NULL, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		CLEANUP_CONTAINER struct container full = {0};
		/* Podman's list tells no mounts. */
		int rc = g->podman ? container_inspect(g, list.items[i].id, &full, e) : 0;
		if (rc < 0)
			return -1;
		count(rc ? &full : &list.items[i], list.items[i].state, names, out);
	}
	return 0;
}

/* All n bytes of p in time. */
static int read_in_time(int fd, char *p, size_t n, uint64_t until, struct err *e)
{
	while (n) {
		uint64_t now = clock_ms();
		int ready = fd_wait(fd, POLLIN, now < until ? (int)(until - now) : 0, "the engine's answers", e);
		if (ready <= 0)
			return ready < 0 ? -1 : err_set(e, ERR_NETWORK, "the engine does not answer in time");
		ssize_t got = fd_read(fd, p, n, "the engine's answers", e);
		if (got <= 0)
			return got < 0 ? -1 : err_set(e, ERR_NETWORK, "the engine could not be asked");
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

/* Dialling, TLS and ssh have waits of their own, which only a process can be torn out of. It answers with an error, then the
   glances. */
int status_glance_begin(struct glance_question *q, struct host *h, const struct strvec *names, int ms, struct err *e)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, "cannot make a pipe");
	q->until = clock_ms() + (uint64_t)ms;
	q->from = ends[0];
	q->pid = fork();
	if (q->pid == 0) {
		struct err said = {0};
		CLEANUP_FREE struct glance *out = mem_array(names->n, sizeof *out);
		if (glance_all(h, names, out, &said) == 0)
			said.kind = ERR_NONE;
		_exit(fd_write(ends[1], &said, sizeof said, "", e) < 0 || fd_write(ends[1], out, names->n * sizeof *out, "", e) < 0);
	}
	close(ends[1]);
	if (q->pid > 0)
		return 0;
	close(ends[0]);
	return err_sys(e, "cannot ask the engine");
}

int status_glance_end(struct glance_question *q, struct glance *out, size_t n, struct err *e)
{
	struct err said = {0};
	int status;
	CLEANUP_FD int from = q->from;
	int rc = read_in_time(from, (char *)&said, sizeof said, q->until, e);
	if (rc == 0)
		rc = read_in_time(from, (char *)out, n * sizeof *out, q->until, e);
	kill(q->pid, SIGKILL);
	while (waitpid(q->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (rc == 0 && said.kind != ERR_NONE) {
		*e = said;
		rc = -1;
	}
	return rc;
}
