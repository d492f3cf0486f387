#include "docker/context.h"

#include "archive/pack.h"
#include "base/mem.h"
#include "base/str.h"
#include "codec/tar_header.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/progress.h"
#include "sys/rand.h"

#include <fcntl.h>
#include <string.h>

enum { TEXT_MAX = 16 << 20 };        /* a Dockerfile, or a .dockerignore */

void context_free(struct context *c)
{
	free(c->dockerfile);
	if (c->dir >= 0)
		close(c->dir);
	reader_free(&c->in.base);
	buf_free(&c->text);
	buf_free(&c->ignored);
	ignore_free(&c->ignore);
	progress_free(c->progress);
}

/* Whether these bytes begin a tar archive, plain or compressed in a way that engines know. */
static bool is_archive(const unsigned char *p, size_t n)
{
	static const char *const magics[] = {"\x1f\x8b", "BZh", "\xfd" "7zXZ", "\x28\xb5\x2f\xfd"};
	struct tar_header h;
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
		if (n > 6 && memcmp(p, magics[i], strlen(magics[i])) == 0)
			return true;
	if (n < sizeof h)
		return false;
	memcpy(&h, p, sizeof h);
	return h.name[0] && tar_header_ok(&h);
}

static int read_text(struct context *c, const char *file, struct err *e)
{
	c->added = true;
	if (!str_eq(file, "-"))
		return file_read(AT_FDCWD, file, TEXT_MAX, &c->text, e);
	return fd_read_all(STDIN_FILENO, TEXT_MAX, &c->text, "stdin", e);
}

static int from_stdin(struct context *c, struct err *e)
{
	const unsigned char *p;
	fd_reader_init(&c->in, STDIN_FILENO, FD_BORROWED, "stdin");
	if (str_eq(c->file, "-"))
		return err_set(e, ERR_USAGE, "stdin cannot be both the build context and the Dockerfile");
	ssize_t n = reader_peek(&c->in.base, sizeof(struct tar_header), &p, e);
	if (n < 0)
		return -1;
	c->stream = is_archive(p, (size_t)n);
	if (c->stream) {
		c->dockerfile = mem_strdup(c->file ? c->file : "Dockerfile");
		return 0;
	}
	struct buf_writer w;
	buf_writer_init(&w, &c->text, TEXT_MAX);
	int64_t rc = stream_copy(&c->in.base, &w.base, e);
	writer_free(&w.base);
	c->dockerfile = mem_strdup("Dockerfile");
	return rc < 0 ? -1 : 0;
}

/* The patterns: DOCKERFILE.dockerignore beside the Dockerfile, else .dockerignore in the context. */
static int read_ignored(struct context *c, const char *dockerfile, struct err *e)
{
	CLEANUP_FREE char *own = str_printf("%s.dockerignore", dockerfile);
	CLEANUP_BUF struct buf text = {0};
	bool there = file_exists(c->dir, ".dockerignore");
	if (there && file_read(c->dir, ".dockerignore", TEXT_MAX, &c->ignored, e) < 0)
		return -1;
	if (file_exists(AT_FDCWD, own) && file_read(AT_FDCWD, own, TEXT_MAX, &text, e) < 0)
		return -1;
	ignore_parse(&c->ignore, buf_cstr(text.data ? &text : &c->ignored));
	/* The engine wants these two whatever the patterns say, and takes them out of the context by itself. */
	if (ignore_excludes(&c->ignore, ".dockerignore"))
		ignore_add(&c->ignore, "!.dockerignore");
	if (!c->added && ignore_excludes(&c->ignore, c->dockerfile)) {
		CLEANUP_FREE char *back = str_printf("!%s", c->dockerfile);
		ignore_add(&c->ignore, back);
	}
	return 0;
}

static int from_dir(struct context *c, struct err *e)
{
	CLEANUP_FREE char *top = realpath(c->path, NULL);
	if (!top || (c->dir = file_open_dir(AT_FDCWD, top, e)) < 0)
		return top ? err_wrap(e, "the build context") : err_sys(e, "cannot open the build context %s", c->path);
	bool from_stdin = str_eq(c->file, "-");
	bool lower = !c->file && !file_exists(c->dir, "Dockerfile") && file_exists(c->dir, "dockerfile");
	CLEANUP_FREE char *usual = str_printf("%s/%s", top, lower ? "dockerfile" : "Dockerfile");
	const char *given = c->file && !from_stdin ? c->file : usual;
	CLEANUP_FREE char *real = from_stdin ? NULL : realpath(given, NULL);
	if (!from_stdin && !real)
		return err_sys(e, "cannot open the Dockerfile %s", given);
	const char *rest = real ? str_after(real, top) : NULL;
	if (rest && (*rest == '/' || str_eq(top, "/"))) {
		c->dockerfile = mem_strdup(rest + (*rest == '/'));
	} else {
		char word[21];
		if (rand_name(word, sizeof word - 1, e) < 0 || read_text(c, real ? real : "-", e) < 0)
			return -1;
		c->dockerfile = str_printf(".dockerfile.%s", word);
	}
	return read_ignored(c, given, e);
}

int context_find(struct context *c, struct err *e)
{
	struct stat st;
	if (str_eq(c->path, "-"))
		return from_stdin(c, e);
	bool url = strstr(c->path, "://") || str_starts(c->path, "git@") || str_starts(c->path, "github.com/");
	if (url && stat(c->path, &st) < 0) {
		c->remote = c->path;
		c->dockerfile = mem_strdup(c->file ? c->file : "Dockerfile");
		return str_eq(c->file, "-") ? err_set(e, ERR_USAGE, "-f - needs a directory as the context") : 0;
	}
	return from_dir(c, e);
}

static enum pack_choice choose(void *context, const char *name, const struct stat *st)
{
	struct context *c = context;
	if (!*name)
		return PACK_ENTER;
	if (c->added && str_eq(name, ".dockerignore"))
		return PACK_SKIP; /* comes last, with a line more */
	if (!ignore_excludes(&c->ignore, name))
		return PACK_TAKE;
	return S_ISDIR(st->st_mode) && ignore_reopens(&c->ignore, name) ? PACK_ENTER : PACK_SKIP;
}

static void show(void *context, const void *p, size_t n)
{
	struct context *c = context;
	(void)p;
	c->bytes += n;
	progress_set(c->progress, progress_line(c->progress, "Sending build context"), "", c->bytes, 0);
}

static int add_file(struct tar_writer *t, char *name, mode_t mode, const struct buf *text, struct err *e)
{
	struct tar_entry x = {.path = name, .type = TAR_FILE, .mode = mode, .size = text->len, .mtime = clock_now().sec};
	return tar_write_file(t, &x, buf_cstr(text), e);
}

static int pack(struct context *c, struct tar_writer *t, struct err *e)
{
	CLEANUP_PACK struct pack p = {.out = t, .flags = PACK_SECONDS | PACK_CAPABILITIES | PACK_OWNERLESS, .filter = choose,
		.data = show, .arg = c};
	if (c->dir >= 0 && pack_tree(&p, c->dir, ".", "", e) < 0)
		return err_wrap(e, "cannot send the build context");
	if (c->dir >= 0 && c->added) {
		/* So that the engine takes the added file out of the context again. */
		if (!c->ignored.len)
			buf_str(&c->ignored, ".dockerignore");
		buf_printf(&c->ignored, "\n%s\n", c->dockerfile);
		char name[] = ".dockerignore";
		struct stat st;
		mode_t mode = fstatat(c->dir, name, &st, 0) == 0 ? st.st_mode & 07777 : 0600;
		if (add_file(t, name, mode, &c->ignored, e) < 0)
			return -1;
	}
	if ((c->added || c->dir < 0) && add_file(t, c->dockerfile, 0600, &c->text, e) < 0)
		return -1;
	return tar_write_end(t, e);
}

int context_send(struct context *c, struct writer *out, struct err *e)
{
	CLEANUP_WITH(tar_writer_free) struct tar_writer t;
	tar_writer_init(&t, out);
	if (c->stream ? stream_copy(&c->in.base, out, e) < 0 : pack(c, &t, e) < 0)
		return -1;
	c->bytes = out->written;
	progress_free(c->progress);
	c->progress = NULL;
	return writer_finish(out, e);
}
