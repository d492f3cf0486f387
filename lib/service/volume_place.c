#include "service/volume_place.h"

#include "base/str.h"
#include "codec/json.h"
#include "engine/volume.h"
#include "sys/clock.h"
#include "sys/rand.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NSEC = 1000000000 };

int volume_maps_users(struct engine *g, struct err *e)
{
	CLEANUP_BUF struct buf answer = {0};
	if (engine_call(g, "GET", NULL, &answer, e, "/info") < 0)
		return -1;
	CLEANUP_JSON struct json *doc = json_parse(buf_cstr(&answer), answer.len, e);
	const struct json *options = doc ? json_get(doc, "SecurityOptions") : NULL;
	for (size_t i = 0; options && i < json_count(options); i++) {
		const char *o = json_text(&options->items[i]);
		if (o && (str_starts(o, "name=userns") || str_starts(o, "name=rootless")))
			return 1;
	}
	return doc ? 0 : -1;
}

/* The time that the engine sees at VOLUME_AT. Returns 1, 0 when it does not tell, or -1. */
static int engine_mtime(struct scratch *box, struct clock_time *t, struct err *e)
{
	struct err ignored;
	CLEANUP_ARCHIVE_STAT struct archive_stat st = {0};
	int rc = archive_stat(box->engine, box->id, VOLUME_AT, &st, e);
	return rc <= 0 ? rc : st.mtime && clock_parse(st.mtime, t, &ignored) == 0;
}

/* Whether the folder is what the engine has at VOLUME_AT. Returns 1, 0, or -1. */
static int is_same(int dir, struct scratch *box, struct err *e)
{
	struct stat st, now;
	struct clock_time seen;
	uint32_t random;
	if (rand_bytes(&random, sizeof random, e) < 0)
		return -1;
	if (fstat(dir, &st) < 0)
		return 0;
	struct timespec mark[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = st.st_mtim.tv_sec, .tv_nsec = random % NSEC}};
	struct timespec back[2] = {{.tv_nsec = UTIME_OMIT}, st.st_mtim};
	if (futimens(dir, mark) < 0)
		return 0;
	int rc = engine_mtime(box, &seen, e);
	bool kept = fstat(dir, &now) == 0 && now.st_mtim.tv_sec == mark[1].tv_sec && now.st_mtim.tv_nsec == mark[1].tv_nsec;
	if (kept && futimens(dir, back) < 0)
		return err_sys(e, "cannot put back the time of the volume's root");
	return rc > 0 ? kept && seen.sec == mark[1].tv_sec && seen.nsec == (uint32_t)mark[1].tv_nsec : rc;
}

/* The mountpoint, if it can be used: attributes of files are reached through /proc alone. Returns 0 in either case, or -1. */
static int find_dir(struct volume_place *p, struct host *h, const struct volume *v, struct err *e)
{
	if (!h->root || h->engine.endpoint.kind != ENDPOINT_UNIX || !str_eq(v->driver, "local") || v->options.n ||
	    *v->mountpoint != '/' || access("/proc/self/fd", X_OK) < 0)
		return 0;
	CLEANUP_FD int dir = open(v->mountpoint, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return 0;
	int rc = volume_maps_users(&h->engine, e);
	if (rc == 0 && (rc = is_same(dir, &p->box, e)) > 0)
		p->dir = fd_steal(&dir);
	return rc < 0 ? -1 : 0;
}

int volume_place_open(struct volume_place *p, struct host *h, const char *volume, const char *image, const char *token,
	struct err *e)
{
	CLEANUP_VOLUME struct volume v = {0};
	CLEANUP_STRVEC struct strvec binds = {0};
	struct engine *g = host_engine(h, e);
	*p = (struct volume_place){.dir = -1, .volume = volume, .image = image, .token = token};
	int rc = g ? volume_inspect(g, volume, &v, e) : -1;
	if (rc <= 0)
		return rc < 0 ? -1 : err_set(e, ERR_NOT_FOUND, "the engine has no volume %s", volume);
	strvec_pushf(&binds, "%s:" VOLUME_AT, volume);
	if (scratch_create(&p->box, g, image, token, &binds, e) < 0)
		return -1;
	return find_dir(p, h, &v, e);
}

/* Takes the fd. */
static uint64_t size_of(int fd)
{
	struct stat st;
	uint64_t sum = 0;
	DIR *d = fdopendir(fd);
	if (!d) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	for (struct dirent *entry; (entry = readdir(d));) {
		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, "..") || fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		uint64_t size = (uint64_t)st.st_size, used = (uint64_t)st.st_blocks * 512;
		if (S_ISREG(st.st_mode))
			sum += used < size ? used : size;
		else if (S_ISDIR(st.st_mode))
			sum += size_of(openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	}
	closedir(d);
	return sum;
}

uint64_t volume_place_size(const struct volume_place *p)
{
	return p->dir < 0 ? 0 : size_of(openat(p->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

int volume_place_close(struct volume_place *p, struct err *e)
{
	int rc = scratch_remove(&p->box, e);
	volume_place_cleanup(p);
	return rc;
}

void volume_place_cleanup(struct volume_place *p)
{
	if (p->dir >= 0)
		close(p->dir);
	scratch_cleanup(&p->box);
	*p = (struct volume_place)VOLUME_PLACE_INIT;
}
