/*
 * docker cp. Where things go follows the docker CLI: SRC/. means what is in SRC; into a folder that exists SRC goes under its
 * own name; otherwise DST is the new name, and the folder above it must exist.
 */
#include "docker/docker.h"

#include "archive/pack.h"
#include "archive/unpack.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/archive.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/path.h"
#include "sys/progress.h"
#include "sys/signal.h"
#include "sys/tty.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct cp_opts {
	bool archive, follow, quiet;
};

static const struct opt options[] = {
	{'a', "archive", OPT_FLAG, NULL, "with user and group", offsetof(struct cp_opts, archive)},
	{'L', "follow-link", OPT_FLAG, NULL, "follow a symbolic link in SRC", offsetof(struct cp_opts, follow)},
	{'q', "quiet", OPT_FLAG, NULL, "show no progress", offsetof(struct cp_opts, quiet)},
	{0},
};

/* One side of the copy. */
struct place {
	char *path;
	char *name;                  /* a source: what its top member is called; "." for what is in it */
	bool exists, dir;
};

struct copy {
	const struct cp_opts *opts;
	struct engine *g;
	const char *container;
	struct place src, dst;
	char *into, *as;             /* the folder to write in, and the name for the top member there */
	struct progress *progress;
	uint64_t bytes;
};

#define CLEANUP_COPY CLEANUP_WITH(copy_free)

static void copy_free(struct copy *c)
{
	free(c->src.path);
	free(c->src.name);
	free(c->dst.path);
	free(c->into);
	free(c->as);
	progress_free(c->progress);
}

static bool says_inside(const char *path)
{
	return str_eq(path, ".") || str_ends(path, "/.");
}

static bool says_dir(const char *path)
{
	return says_inside(path) || str_ends(path, "/");
}

/* Folder and last component: "/a/b/" is "/a" and "b", "/a/b/." is "/a/b" and ".", "/" is "/" and ".". */
static void split(const char *path, char **dir, char **base)
{
	char *clean = path_lexical(path), *slash = strrchr(clean, '/');
	if (says_inside(path) || str_eq(clean, "/")) {
		*dir = clean;
		*base = mem_strdup(".");
		return;
	}
	*base = mem_strdup(slash ? slash + 1 : clean);
	*dir = !slash ? mem_strdup(".") : mem_dup(clean, slash == clean ? 1 : (size_t)(slash - clean));
	free(clean);
}

static char *base_of(const char *path)
{
	CLEANUP_FREE char *dir = NULL;
	char *base;
	split(path, &dir, &base);
	return base;
}

/* Where a symlink at `path` leads. */
static char *beside(const char *path, const char *target)
{
	CLEANUP_FREE char *dir = NULL;
	CLEANUP_FREE char *base = NULL;
	split(path, &dir, &base);
	return *target == '/' ? mem_strdup(target) : str_printf("%s/%s", dir, target);
}

/* Decides `into` and `as`. */
static int plan(struct copy *c, struct err *e)
{
	const struct place *src = &c->src, *dst = &c->dst;
	if (dst->exists && dst->dir) {
		c->into = mem_strdup(dst->path);
		c->as = mem_strdup(src->name);
		return 0;
	}
	if (dst->exists && src->dir)
		return err_set(e, ERR_REFUSED, "cannot copy the directory %s onto the file %s", src->path, dst->path);
	if (!src->dir && says_dir(dst->path))
		return err_set(e, ERR_NOT_FOUND, "no such directory: %s", dst->path);
	split(dst->path, &c->into, &c->as);
	return 0;
}

static void show(struct copy *c, const char *direction)
{
	progress_set(c->progress, progress_line(c->progress, direction), "", c->bytes, 0);
}

static int done(struct copy *c, const char *to, const char *path)
{
	char size[16];
	progress_free(c->progress);
	c->progress = NULL;
	progress_size(size, c->bytes);
	if (!c->opts->quiet && tty_is(STDOUT_FILENO))
		fprintf(stderr, "Successfully copied %s to %s%s\n", size, to, path);
	return EXIT_DONE;
}

/* An absolute form of a local path that keeps what it says with its end. */
static char *local_path(const char *arg, struct err *e)
{
	char cwd[PATH_MAX];
	if (!getcwd(cwd, sizeof cwd)) {
		err_sys(e, "cannot find the working directory");
		return NULL;
	}
	CLEANUP_FREE char *joined = *arg == '/' ? mem_strdup(arg) : str_printf("%s/%s", cwd, arg);
	CLEANUP_FREE char *clean = path_lexical(joined);
	return str_printf("%s%s", clean, str_eq(clean, "/") ? "" : says_inside(arg) ? "/." : says_dir(arg) ? "/" : "");
}

/* --- from a container */

/* The place itself, links in it followed: they lead to where things are to be written. */
static int look_local(struct place *dst, struct err *e)
{
	struct stat st;
	for (int hops = 0; lstat(dst->path, &st) == 0 && S_ISLNK(st.st_mode); hops++) {
		CLEANUP_FREE char *target = hops > 10 ? NULL : file_readlink(AT_FDCWD, dst->path, e);
		if (!target)
			return hops > 10 ? err_set(e, ERR_LIMIT, "too many symbolic links in %s", dst->path) : -1;
		char *next = beside(dst->path, target);
		free(dst->path);
		dst->path = next;
	}
	if (stat(dst->path, &st) == 0) {
		dst->exists = true;
		dst->dir = S_ISDIR(st.st_mode);
		if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
			return err_set(e, ERR_REFUSED, "invalid output path: %s is a device, not a directory or file", dst->path);
	} else if (errno != ENOENT) {
		return err_sys(e, "cannot look at %s", dst->path);
	}
	return 0;
}

/* The name of a member below the archive's top, "" for the top itself, or NULL when it is elsewhere. */
static const char *below(const char *name, const char *top)
{
	size_t n = strlen(top);
	if (str_eq(top, "."))
		return str_eq(name, ".") ? "" : name;
	if (strncmp(name, top, n) != 0 || (name[n] && name[n] != '/'))
		return NULL;
	return name + n + (name[n] == '/');
}

/* A member's name with the top replaced; the caller's. */
static char *renamed(const struct copy *c, const char *member, char **top, struct err *e)
{
	CLEANUP_FREE char *name = path_clean(member, NULL, e);
	if (!name)
		return NULL;
	if (!*top) {
		/* Of SRC/. Docker sends "./a", Podman "a": both stand for what is in the folder, whatever it is called. */
		bool inside = str_eq(name, ".") || str_eq(c->src.name, ".");
		*top = inside ? mem_strdup(".") : mem_dup(name, strcspn(name, "/"));
	}
	const char *rest = below(name, *top);
	if (!rest) {
		err_set(e, ERR_PROTOCOL, "the engine's archive of %s holds %s, which is outside", *top, name);
		return NULL;
	}
	return str_printf("%s%s%s", c->as, *rest ? "/" : "", rest);
}

static int unpack_all(struct copy *c, struct reader *body, int root, struct err *e)
{
	CLEANUP_FREE char *top = NULL;
	CLEANUP_UNPACK struct unpack u = {.root = root, .flags = UNPACK_XATTRS | UNPACK_SAME_KIND};
	CLEANUP_WITH(tar_reader_free) struct tar_reader t;
	int rc;
	tar_reader_init(&t, body);
	while ((rc = tar_read_next(&t, e)) > 0) {
		CLEANUP_FREE char *name = renamed(c, t.entry.path, &top, e);
		if (!name || signal_check(e) < 0)
			return -1;
		if (t.entry.type == TAR_HARDLINK) {
			char *target = renamed(c, t.entry.link, &top, e);
			if (!target)
				return -1;
			free(t.entry.link);
			t.entry.link = target;
		}
		/* The folder that is copied into stays as it is. */
		if (!(c->dst.exists && str_eq(name, ".")) && unpack_entry(&u, &t, name, e) < 0)
			return -1;
		c->bytes = body->consumed;
		show(c, "Copying from container");
	}
	return rc < 0 ? -1 : unpack_finish(&u, e);
}

/* With -L a link as the source is replaced by what it leads to; the name stays the link's. */
static int follow_remote(struct copy *c, struct err *e)
{
	CLEANUP_ARCHIVE_STAT struct archive_stat st = {0};
	int rc = archive_stat(c->g, c->container, c->src.path, &st, e);
	if (rc <= 0 || !S_ISLNK(st.mode))
		return rc < 0 ? -1 : 0;
	char *target = beside(c->src.path, st.link_target);
	free(c->src.path);
	c->src.path = target;
	return 0;
}

static int from_container(struct copy *c, const char *to, struct err *e)
{
	CLEANUP_REPLY struct engine_reply rp = {0};
	CLEANUP_ARCHIVE_STAT struct archive_stat st = {0};
	bool stream = str_eq(to, "-");
	if (!stream && (!(c->dst.path = local_path(to, e)) || look_local(&c->dst, e) < 0))
		return -1;
	c->src.name = base_of(c->src.path);
	if ((c->opts->follow && follow_remote(c, e) < 0) ||
	    archive_get(c->g, c->container, c->src.path, &rp, &st, e) < 0)
		return -1;
	if (stream) {
		return docker_download(&rp, NULL, NULL, e);
	}
	c->src.dir = S_ISDIR(st.mode);
	if (plan(c, e) < 0)
		return -1;
	CLEANUP_FD int root = file_open_dir(AT_FDCWD, c->into, e);
	if (root < 0 || unpack_all(c, rp.body, root, e) < 0)
		return -1;
	return done(c, "", c->dst.path);
}

/* --- to a container */

static int look_remote(struct copy *c, struct err *e)
{
	struct place *dst = &c->dst;
	CLEANUP_ARCHIVE_STAT struct archive_stat st = {0};
	int rc = archive_stat(c->g, c->container, dst->path, &st, e);
	if (rc > 0 && S_ISLNK(st.mode)) {
		char *target = beside(dst->path, st.link_target);
		free(dst->path);
		dst->path = target;
		archive_stat_free(&st);
		rc = archive_stat(c->g, c->container, target, &st, e);
	}
	if (rc < 0)
		return -1;
	if (rc > 0 && (S_ISCHR(st.mode) || S_ISBLK(st.mode)))
		return err_set(e, ERR_REFUSED, "%s:%s is a device, not a directory or file", c->container, dst->path);
	dst->exists = rc > 0;
	dst->dir = dst->exists && S_ISDIR(st.mode);
	return 0;
}

static int look_source(struct copy *c, const char *from, struct err *e)
{
	struct stat st;
	struct place *src = &c->src;
	src->path = local_path(from, e);
	if (!src->path)
		return -1;
	src->name = base_of(src->path);
	if (c->opts->follow) {
		char *real = realpath(src->path, NULL);
		if (!real)
			return err_sys(e, "cannot look at %s", src->path);
		free(src->path);
		src->path = real;
	}
	if (lstat(src->path, &st) < 0)
		return err_sys(e, "cannot look at %s", src->path);
	src->dir = S_ISDIR(st.st_mode);
	if (src->dir && str_ends(src->path, "/")) {
		/* With a slash a link is followed: "link/." is a folder to whoever does not follow. */
		char *inside = str_printf("%s.", src->path);
		free(src->path);
		src->path = inside;
	}
	return 0;
}

static void packed(void *copy, const void *p, size_t n)
{
	struct copy *c = copy;
	(void)p;
	c->bytes += n;
	show(c, "Copying to container");
}

static int pack_all(struct copy *c, struct writer *out, struct err *e)
{
	CLEANUP_WITH(tar_writer_free) struct tar_writer t;
	CLEANUP_PACK struct pack p = {.out = &t, .flags = PACK_SECONDS | PACK_CAPABILITIES, .data = packed, .arg = c};
	tar_writer_init(&t, out);
	if (pack_tree(&p, AT_FDCWD, c->src.path, c->as, e) < 0 || tar_write_end(&t, e) < 0)
		return -1;
	c->bytes = out->written;
	return writer_finish(out, e);
}

static int to_container(struct copy *c, const char *from, struct err *e)
{
	CLEANUP_REPLY struct engine_reply rp = {0};
	struct fd_reader in;
	bool stream = str_eq(from, "-");
	if (look_remote(c, e) < 0)
		return -1;
	if (stream && !c->dst.dir)
		return err_set(e, ERR_REFUSED, "the destination %s:%s must be a directory", c->container, c->dst.path);
	if (!stream && (look_source(c, from, e) < 0 || plan(c, e) < 0))
		return -1;
	fd_reader_init(&in, STDIN_FILENO, FD_BORROWED, "stdin");
	struct engine_request rq = {.method = "PUT", .body = stream ? &in.base : NULL, .writer = !stream, .length = -1};
	int rc = engine_start(c->g, &rq, &rp, e, "/containers/%s/archive?path=%s&noOverwriteDirNonDir=true&copyUIDGID=%d", c->container,
		stream ? c->dst.path : c->into, c->opts->archive);
	c->bytes = in.base.consumed;
	reader_free(&in.base);
	if (rc < 0 || (!stream && (pack_all(c, rp.out, e) < 0 || engine_receive(&rp, e) < 0)))
		return -1;
	return done(c, c->container, c->dst.path);
}

/* CONTAINER:PATH: the colon in it, or NULL for a local path. */
static char *colon_of(char *arg)
{
	return *arg == '/' || *arg == '.' ? NULL : strchr(arg, ':');
}

static int run(struct invocation *in, struct err *e)
{
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_COPY struct copy c = {.opts = in->opts, .g = &g};
	char *from = in->argv[0], *to = in->argv[1];
	char *source = colon_of(from), *target = colon_of(to);
	char *colon = source ? source : target;
	if (!*from || !*to || (source && target) || !colon)
		return err_set(e, ERR_USAGE, !*from || !*to ? "source and destination cannot be empty" : colon
			? "copying between containers is not supported" : "one of source and destination must be CONTAINER:PATH");
	if (docker_engine(&g, e) < 0)
		return -1;
	*colon = '\0';
	c.container = source ? from : to;
	if (!c.opts->quiet && tty_is(STDOUT_FILENO))
		c.progress = progress_new(STDERR_FILENO, PROGRESS_TERMINAL);
	*(source ? &c.src.path : &c.dst.path) = mem_strdup(colon + 1);
	return source ? from_container(&c, to, e) : to_container(&c, from, e);
}

const struct command docker_cp = {
	.name = "cp",
	.summary = "copy files between a container and the host",
	.args = "CONTAINER:SRC DEST|-, or SRC|- CONTAINER:DEST",
	.about = "A source of '-' is a tar archive on stdin, a destination of '-' one on stdout.\n",
	.opts = options,
	.opts_size = sizeof(struct cp_opts),
	.min_args = 2,
	.max_args = 2,
	.run = run,
};
