/*
 * s3: objects of S3 and what speaks its protocol: put, get, ls, rm, stat.
 */
#include "command.h"

#include "base/str.h"
#include "s3/s3_stream.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/progress.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int begin(struct s3 *s, struct s3_name *n, const char *url, bool need_key, struct err *e)
{
	return s3_name_parse(n, url, need_key, e) < 0 || s3_open(s, e) < 0 ? -1 : 0;
}

/* All of `from` to `to`; total 0: nobody knows how much that is. */
static int copy(struct reader *from, struct writer *to, const char *what, const char *name, int64_t total, struct err *e)
{
	const unsigned char *p;
	uint64_t done = 0;
	struct progress *shown = progress_new(STDERR_FILENO, PROGRESS_TERMINAL);
	size_t line = progress_line(shown, name);
	ssize_t n;
	while ((n = reader_block(from, &p, e)) > 0) {
		if (writer_write(to, p, (size_t)n, e) < 0)
			break;
		reader_consume(from, (size_t)n);
		done += (uint64_t)n;
		progress_set(shown, line, what, done, total > 0 ? (uint64_t)total : 0);
	}
	progress_free(shown);
	return n == 0 ? 0 : -1;
}

static int run_put(struct invocation *in, struct err *e)
{
	CLEANUP_S3 struct s3 s = {0};
	CLEANUP_S3_NAME struct s3_name n = {0};
	CLEANUP_FD int fd = -1;
	const char *file = in->argv[0], *url = in->argv[1];
	bool standard = str_eq(file, "-");
	if (begin(&s, &n, url, true, e) < 0)
		return -1;
	if (!standard && (fd = open(file, O_RDONLY | O_CLOEXEC)) < 0)
		return err_sys(e, "cannot open %s", file);
	struct fd_reader from;
	fd_reader_init(&from, standard ? STDIN_FILENO : fd, FD_BORROWED, standard ? "standard input" : file);
	struct writer *to = s3_writer(&s, &n);
	struct stat st;
	int64_t size = fstat(standard ? STDIN_FILENO : fd, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : 0;
	int rc = copy(&from.base, to, "Uploading", url, size, e) < 0 || writer_finish(to, e) < 0 ? err_wrap(e, "cannot store %s", url) : 0;
	writer_free(to);
	reader_free(&from.base);
	return rc;
}

static int run_get(struct invocation *in, struct err *e)
{
	CLEANUP_S3 struct s3 s = {0};
	CLEANUP_S3_NAME struct s3_name n = {0};
	CLEANUP_FILE_ATOMIC struct file_atomic file = FILE_ATOMIC_INIT;
	const char *url = in->argv[0], *name = in->argv[1];
	bool standard = str_eq(name, "-");
	struct fd_writer out;
	if (begin(&s, &n, url, true, e) < 0)
		return -1;
	struct s3_stat st;
	struct reader *from = s3_reader(&s, &n, &st, e);
	if (!from)
		return err_wrap(e, "cannot get %s", url);
	fd_writer_init(&out, STDOUT_FILENO, FD_BORROWED, "standard output");
	int rc = standard ? 0 : file_atomic_open(&file, AT_FDCWD, name, 0644, e);
	if (rc == 0 && copy(from, standard ? &out.base : &file.out.base, "Downloading", url, st.size, e) < 0)
		rc = err_wrap(e, "cannot get %s", url);
	if (rc == 0 && !standard)
		rc = file_atomic_commit(&file, e);
	reader_free(from);
	writer_free(&out.base);
	return rc;
}

/* A key may hold anything: what could upset a terminal shows as '?'. */
static void show(struct buf *line, const char *s)
{
	for (; *s; s++)
		buf_byte(line, (unsigned char)*s < 0x20 || *s == 0x7f ? '?' : *s);
}

static int print(void *arg, const char *key, int64_t size, const char *modified, struct err *e)
{
	CLEANUP_BUF struct buf line = {0};
	show(&line, modified);
	if (size >= 0)
		buf_printf(&line, " %12lld", (long long)size);
	buf_byte(&line, ' ');
	show(&line, key);
	buf_byte(&line, '\n');
	return writer_write(arg, line.data, line.len, e);
}

static int run_ls(struct invocation *in, struct err *e)
{
	CLEANUP_S3 struct s3 s = {0};
	CLEANUP_S3_NAME struct s3_name n = {0};
	struct fd_writer out;
	const char *url = in->argc ? in->argv[0] : "s3://";
	if (begin(&s, &n, url, false, e) < 0)
		return -1;
	fd_writer_init(&out, STDOUT_FILENO, FD_BORROWED | FD_BUFFERED, "standard output");
	int rc = s3_list(&s, &n, print, &out.base, e) < 0 ? err_wrap(e, "cannot list %s", url) : writer_finish(&out.base, e);
	writer_free(&out.base);
	return rc;
}

static int run_rm(struct invocation *in, struct err *e)
{
	CLEANUP_S3 struct s3 s = {0};
	CLEANUP_S3_NAME struct s3_name n = {0};
	if (begin(&s, &n, in->argv[0], true, e) < 0)
		return -1;
	return s3_remove(&s, &n, e) < 0 ? err_wrap(e, "cannot remove %s", in->argv[0]) : 0;
}

static int run_stat(struct invocation *in, struct err *e)
{
	CLEANUP_S3 struct s3 s = {0};
	CLEANUP_S3_NAME struct s3_name n = {0};
	CLEANUP_BUF struct buf text = {0};
	struct s3_stat st;
	if (begin(&s, &n, in->argv[0], true, e) < 0)
		return -1;
	if (s3_stat(&s, &n, &st, e) < 0)
		return err_wrap(e, "cannot look at %s", in->argv[0]);
	buf_printf(&text, "size %lld\nmodified %s\netag %s\n", (long long)st.size, st.modified, st.etag);
	return fd_write(STDOUT_FILENO, text.data, text.len, "standard output", e);
}

#define VERB(verb, words, what, n) static const struct command verb_##verb = {.name = #verb, .summary = words, .args = what, \
	.min_args = n, .max_args = n ? n : 1, .run = run_##verb}
VERB(put, "store a file, or what comes on standard input (-), as an object", "FILE s3://BUCKET/KEY", 2);
VERB(get, "fetch an object into a file, which appears when it is whole, or to standard output (-)", "s3://BUCKET/KEY FILE", 2);
VERB(ls, "list buckets, or the objects whose keys begin with PREFIX", "[s3://BUCKET/[PREFIX]]", 0);
VERB(rm, "remove an object", "s3://BUCKET/KEY", 1);
VERB(stat, "show size, time and ETag of an object", "s3://BUCKET/KEY", 1);

static const struct command *const verbs[] = {&verb_put, &verb_get, &verb_ls, &verb_rm, &verb_stat, NULL};

const struct command applet_s3 = {
	.name = "s3",
	.summary = "store and fetch objects of S3 and what speaks its protocol",
	.args = "COMMAND",
	.about = "Keys: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or AWS_PROFILE of ~/.aws/credentials.\n"
		 "AWS_REGION names the region, AWS_ENDPOINT_URL a server of your own, AWS_CA_BUNDLE the authorities for it.\n",
	.example = "  s3 put backup.tgz s3://bucket/backup.tgz\n"
		   "  tar c /srv | s3 put - s3://bucket/srv.tar\n"
		   "  s3 ls s3://bucket/\n",
	.verbs = verbs,
};
