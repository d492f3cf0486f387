/* Images and containers as tar streams: save, load, import, export. */
#include "docker/messages.h"

#include "base/str.h"
#include "codec/json_write.h"
#include "engine/api_path.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/tty.h"

#include <stdio.h>
#include <string.h>

struct tar_opts {
	const char *file, *platform, *message;
	bool quiet;
	struct strvec changes;
};

#define AT(f) offsetof(struct tar_opts, f)
#define PLATFORM {0, "platform", OPT_STR, "OS/ARCH", "of several platforms, this one", AT(platform)}
static const struct opt save_options[] = {
	{'o', "output", OPT_STR, "FILE", "write to the file, not to stdout", AT(file)}, PLATFORM, {0}};
static const struct opt export_options[] = {
	{'o', "output", OPT_STR, "FILE", "write to the file, not to stdout", AT(file)}, {0}};
static const struct opt load_options[] = {
	{'i', "input", OPT_STR, "FILE", "read the file, not stdin", AT(file)},
	{'q', "quiet", OPT_FLAG, NULL, "show no progress", AT(quiet)}, PLATFORM, {0}};
static const struct opt import_options[] = {
	{'c', "change", OPT_LIST, "INSTRUCTION", "apply this line of a Dockerfile", AT(changes)},
	{'m', "message", OPT_STR, "TEXT", "message of the image", AT(message)}, PLATFORM, {0}};

int docker_download(struct engine_reply *rp, const char *file, const char *what, struct err *e)
{
	CLEANUP_FILE_ATOMIC struct file_atomic f = FILE_ATOMIC_INIT;
	struct fd_writer out;
	if (!rp || (what && !file && tty_is(STDOUT_FILENO)))
		return err_set(e, ERR_REFUSED, "will not write %s to a terminal; use -o FILE, or send stdout elsewhere", what);
	if (file) {
		if (file_atomic_open(&f, AT_FDCWD, file, 0600, e) < 0 || stream_copy(rp->body, &f.out.base, e) < 0)
			return -1;
		return file_atomic_commit(&f, e) < 0 ? -1 : EXIT_DONE;
	}
	fd_writer_init(&out, STDOUT_FILENO, FD_BORROWED, "stdout");
	int64_t n = stream_copy(rp->body, &out.base, e);
	writer_free(&out.base);
	return n < 0 ? -1 : EXIT_DONE;
}

/* Adds "os/arch/variant" as the JSON that save and load take. */
static int add_platform(struct engine *g, const char *text, struct buf *query, struct err *e)
{
	static const char *const names[] = {"os", "architecture", "variant"};
	CLEANUP_BUF struct buf json = {0};
	struct json_writer w = {.out = &json};
	if (!text)
		return 0;
	json_begin(&w, '{');
	for (size_t i = 0; i < 3 && *text; i++) {
		size_t n = i < 2 ? strcspn(text, "/") : strlen(text);
		json_key(&w, names[i]);
		json_strn(&w, text, n);
		text += n + (text[n] == '/');
	}
	json_end(&w, '}');
	api_query_add(query, "platform", buf_cstr(&json));
	return engine_needs(g, 48, "--platform", e);
}

static int run_save(struct invocation *in, struct err *e)
{
	const struct tar_opts *o = in->opts;
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_REPLY struct engine_reply rp = {0};
	CLEANUP_BUF struct buf query = {0};
	if (!o->file && tty_is(STDOUT_FILENO))
		return docker_download(NULL, NULL, "an image", e);
	for (int i = 0; i < in->argc; i++)
		api_query_add(&query, "names", in->argv[i]);
	if (docker_engine(&g, e) < 0 || add_platform(&g, o->platform, &query, e) < 0)
		return -1;
	struct engine_request rq = {.query = buf_cstr(&query)};
	if (engine_start(&g, &rq, &rp, e, "/images/get") < 0)
		return -1;
	return docker_download(&rp, o->file, NULL, e);
}

static int run_export(struct invocation *in, struct err *e)
{
	const struct tar_opts *o = in->opts;
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_REPLY struct engine_reply rp = {0};
	struct engine_request rq = {0};
	if (!o->file && tty_is(STDOUT_FILENO))
		return docker_download(NULL, NULL, "a container", e);
	if (docker_engine(&g, e) < 0 || engine_start(&g, &rq, &rp, e, "/containers/%s/export", in->argv[0]) < 0)
		return -1;
	return docker_download(&rp, o->file, NULL, e);
}

/* Sends the file (NULL: stdin) as the body of a POST, and shows what the engine says. */
static int upload(struct engine *g, const char *path, const struct buf *query, const char *file, struct err *e)
{
	CLEANUP_REPLY struct engine_reply rp = {0};
	CLEANUP_WITH(messages_free) struct messages m = {0};
	struct fd_reader in;
	CLEANUP_FD int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
	if (file && fd < 0)
		return err_sys(e, "cannot open %s", file);
	fd_reader_init(&in, file ? fd : STDIN_FILENO, FD_BORROWED, file ? file : "stdin");
	struct engine_request rq = {.method = "POST", .body = &in.base, .length = -1, .query = buf_cstr(query)};
	int rc = engine_start(g, &rq, &rp, e, "/%s", path);
	if (rc >= 0)
		rc = messages_show(&m, rp.body, e);
	reader_free(&in.base);
	return rc < 0 ? -1 : EXIT_DONE;
}

static int run_load(struct invocation *in, struct err *e)
{
	const struct tar_opts *o = in->opts;
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_BUF struct buf query = {0};
	if (!o->file && tty_is(STDIN_FILENO))
		return err_set(e, ERR_USAGE, "load reads an image from stdin, which is a terminal; use -i FILE");
	/* Without a terminal for it, progress is not even sent. */
	api_query_add(&query, "quiet", o->quiet || !tty_is(STDOUT_FILENO) ? "1" : "0");
	if (docker_engine(&g, e) < 0 || add_platform(&g, o->platform, &query, e) < 0)
		return -1;
	return upload(&g, "images/load", &query, o->file, e);
}

static int run_import(struct invocation *in, struct err *e)
{
	const struct tar_opts *o = in->opts;
	const char *from = in->argv[0];
	bool url = str_starts(from, "http://") || str_starts(from, "https://");
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_BUF struct buf query = {0};
	api_query_add(&query, "fromSrc", url ? from : "-");
	api_query_add(&query, "repo", in->argv[1]);
	api_query_add(&query, "message", o->message);
	api_query_add(&query, "platform", o->platform);
	for (size_t i = 0; i < o->changes.n; i++)
		api_query_add(&query, "changes", o->changes.items[i]);
	if (docker_engine(&g, e) < 0 || (o->platform && engine_needs(&g, 32, "--platform", e) < 0))
		return -1;
	return upload(&g, "images/create", &query, url ? "/dev/null" : str_eq(from, "-") ? NULL : from, e);
}

#define TARBALL(x, words, operands, least, most) \
	const struct command docker_##x = {.name = #x, .summary = words, .args = operands, .opts = x##_options, \
		.opts_size = sizeof(struct tar_opts), .min_args = least, .max_args = most, .run = run_##x}

TARBALL(save, "write images to a tar archive", "IMAGE...", 1, ARGS_ANY);
TARBALL(load, "read images from a tar archive", NULL, 0, 0);
TARBALL(import, "make an image of the files in a tar archive", "FILE|URL|- [REPOSITORY[:TAG]]", 1, 2);
TARBALL(export, "write a container's files to a tar archive", "CONTAINER", 1, 1);
