#include "engine/archive.h"

#include "base/mem.h"
#include "codec/base64.h"
#include "engine/decode.h"

#include <stdlib.h>
#include <string.h>

/* Go's os.FileMode, as far as it says what a file is: https://pkg.go.dev/io/fs#FileMode */
enum {
	GO_SETUID = 1 << 23,
	GO_SETGID = 1 << 22,
	GO_CHARDEV = 1 << 21,
	GO_STICKY = 1 << 20,
	GO_SYMLINK = 1 << 27,
	GO_DEVICE = 1 << 26,
	GO_PIPE = 1 << 25,
	GO_SOCKET = 1 << 24,
};
#define GO_DIR (1u << 31)

static mode_t posix_mode(uint32_t go)
{
	mode_t m = go & 0777;
	if (go & GO_SETUID)
		m |= S_ISUID;
	if (go & GO_SETGID)
		m |= S_ISGID;
	if (go & GO_STICKY)
		m |= S_ISVTX;
	if (go & GO_DIR)
		return m | S_IFDIR;
	if (go & GO_SYMLINK)
		return m | S_IFLNK;
	if (go & GO_DEVICE)
		return m | (go & GO_CHARDEV ? S_IFCHR : S_IFBLK);
	if (go & GO_PIPE)
		return m | S_IFIFO;
	return m | (go & GO_SOCKET ? S_IFSOCK : S_IFREG);
}

void archive_stat_free(struct archive_stat *st)
{
	free(st->name);
	free(st->link_target);
	free(st->mtime);
	*st = (struct archive_stat){0};
}

struct raw_stat {
	char *name, *link, *mtime;
	int64_t size, mode;
};

static const struct decode_field fields[] = {
	{"name", DECODE_STR, offsetof(struct raw_stat, name)},
	{"linkTarget", DECODE_STR, offsetof(struct raw_stat, link)},
	{"mtime", DECODE_STR, offsetof(struct raw_stat, mtime)},
	{"size", DECODE_INT, offsetof(struct raw_stat, size)},
	{"mode", DECODE_INT, offsetof(struct raw_stat, mode)},
	{0},
};

int archive_stat_decode(const char *header, struct archive_stat *st, struct err *e)
{
	CLEANUP_BUF struct buf json = {0};
	struct raw_stat raw = {0};
	struct mem_reader r;
	*st = (struct archive_stat){0};
	int rc = base64_decode(&json, header, strlen(header), BASE64_STD, e);
	mem_reader_init(&r, buf_cstr(&json), json.len);
	if (rc == 0)
		rc = decode_object(fields, &raw, &r.base, e);
	reader_free(&r.base);
	*st = (struct archive_stat){
		.name = raw.name, .link_target = raw.link, .mtime = raw.mtime,
		.size = raw.size > 0 ? (uint64_t)raw.size : 0, .mode = posix_mode((uint32_t)raw.mode),
	};
	if (rc == 0)
		return 0;
	archive_stat_free(st);
	e->kind = ERR_PROTOCOL;
	return err_wrap(e, "bad header X-Docker-Container-Path-Stat");
}

static int stat_of(const struct engine_reply *rp, struct archive_stat *st, struct err *e)
{
	const char *header = engine_reply_header(rp, "X-Docker-Container-Path-Stat");
	if (!header)
		return err_set(e, ERR_PROTOCOL, "the engine's answer has no X-Docker-Container-Path-Stat");
	return archive_stat_decode(header, st, e);
}

int archive_stat(struct engine *g, const char *id, const char *path, struct archive_stat *st, struct err *e)
{
	struct engine_request rq = {.method = "HEAD"};
	CLEANUP_REPLY struct engine_reply rp = {0};
	*st = (struct archive_stat){0};
	int rc = engine_start(g, &rq, &rp, e, "/containers/%s/archive?path=%s", id, path);
	if (rc < 0 && e->status == 404)
		return 0;
	if (rc < 0 || stat_of(&rp, st, e) < 0)
		return err_wrap(e, "cannot look at %s in the container %s", path, id);
	return 1;
}

int archive_get(struct engine *g, const char *id, const char *path, struct engine_reply *rp, struct archive_stat *st,
	struct err *e)
{
	struct engine_request rq = {0};
	int rc = engine_start(g, &rq, rp, e, "/containers/%s/archive?path=%s", id, path);
	if (rc >= 0 && st && stat_of(rp, st, e) < 0) {
		engine_reply_end(rp);
		rc = -1;
	}
	return rc < 0 ? err_wrap(e, "cannot read %s from the container %s", path, id) : 0;
}

static int aw_write(struct writer *w, const void *p, size_t n, struct err *e)
{
	struct archive_writer *a = (struct archive_writer *)w;
	return writer_write(a->reply.out, p, n, e);
}

static int aw_finish(struct writer *w, struct err *e)
{
	struct archive_writer *a = (struct archive_writer *)w;
	if (writer_finish(a->reply.out, e) < 0 || engine_receive(&a->reply, e) < 0)
		return -1;
	engine_reply_end(&a->reply);
	return 0;
}

static void aw_free(struct writer *w)
{
	engine_reply_end(&((struct archive_writer *)w)->reply);
}

int archive_writer_open(struct archive_writer *w, struct engine *g, const char *id, const char *path, struct err *e)
{
	static const struct writer_ops ops = {.write = aw_write, .finish = aw_finish, .free = aw_free};
	struct engine_request rq = {.method = "PUT", .writer = true, .length = -1};
	*w = (struct archive_writer){.base.ops = &ops};
	if (engine_start(g, &rq, &w->reply, e, "/containers/%s/archive?path=%s", id, path) < 0)
		return err_wrap(e, "cannot write %s in the container %s", path, id);
	return 0;
}
