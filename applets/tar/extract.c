/* Extracting and listing: both go through the members, and differ in what they do with one. */
#include "tar/tar.h"

#include "archive/unpack.h"
#include "base/str.h"
#include "codec/gzip.h"
#include "codec/tar_read.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Whether the operands, if there are any, ask for this member: by its name, or by that of a directory it is in. */
static bool wanted(struct tar_job *job, const char *path)
{
	bool found = job->n_operands == 0;
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	for (size_t i = 0; i < job->n_operands; i++) {
		struct tar_operand *o = &job->operands[i];
		size_t k = strlen(o->name);
		while (k > 1 && o->name[k - 1] == '/')
			k--;
		if (k <= n && memcmp(o->name, path, k) == 0 && (k == n || path[k] == '/'))
			found = o->matched = true;
	}
	return found && !tar_excluded(job, path);
}

/* The name without its first --strip-components parts; NULL when nothing is left. */
static const char *stripped(const struct tar_job *job, const char *path)
{
	for (uint64_t i = 0; i < job->strip; i++) {
		while (*path == '/')
			path++;
		path = strchr(path, '/');
		if (!path)
			return NULL;
		while (*path == '/')
			path++;
	}
	return *path ? path : NULL;
}

static int to_stdout(struct tar_reader *t, struct writer *out, struct err *e)
{
	const unsigned char *p;
	uint64_t offset, at = 0;
	ssize_t n;
	while ((n = tar_read_data(t, &p, &offset, e)) > 0) {
		if (writer_zeros(out, offset - at, e) < 0 || writer_write(out, p, (size_t)n, e) < 0)
			return -1;
		at = offset + (uint64_t)n;
	}
	return n < 0 ? -1 : writer_zeros(out, t->entry.size - at, e);
}

/* An error with one member is told, and the next one tried; one with the archive itself, a full disk or a signal is the end. */
static bool goes_on(struct tar_job *job, const struct err *e)
{
	if (e->kind == ERR_INTR || e->kind == ERR_FORMAT || e->kind == ERR_PROTOCOL || e->sys == ENOSPC)
		return false;
	tar_complain(job, e->msg);
	return true;
}

static int one(struct tar_job *job, struct tar_reader *t, struct unpack *u, struct writer *out, struct err *e)
{
	const char *name = stripped(job, t->entry.path);
	if (job->o.list) {
		tar_print(job, &t->entry, job->o.verbose > 0);
		return 0;
	}
	if (!name)
		return 0;
	if (job->o.verbose)
		tar_print(job, &t->entry, job->o.verbose > 1);
	if (job->o.to_stdout)
		return t->entry.type == TAR_FILE ? to_stdout(t, out, e) : 0;
	if (t->entry.type == TAR_HARDLINK && job->strip) {
		const char *target = stripped(job, t->entry.link);
		char *shorter = mem_strdup(target ? target : "");
		free(t->entry.link);
		t->entry.link = shorter;
	}
	return unpack_entry(u, t, name, e);
}

static int each(struct tar_job *job, struct reader *in, struct unpack *u, struct err *e)
{
	struct tar_reader t;
	struct fd_writer out;
	int rc;
	tar_reader_init(&t, in);
	fd_writer_init(&out, 1, FD_BORROWED | FD_BUFFERED, "standard output");
	while ((rc = tar_read_next(&t, e)) > 0)
		if (wanted(job, t.entry.path) && one(job, &t, u, &out.base, e) < 0 && !goes_on(job, e)) {
			rc = -1;
			break;
		}
	if (rc == 0 && t.end_missing && in->consumed == 0)
		rc = err_set(e, ERR_FORMAT, "This does not look like a tar archive");
	if (rc == 0)
		rc = writer_finish(&out.base, e);
	tar_reader_free(&t);
	writer_free(&out.base);
	return rc;
}

static unsigned flags_of(const struct tar_job *job)
{
	bool root = geteuid() == 0;
	bool owner = (root || job->o.same_owner) && !job->o.no_owner;
	return UNPACK_FOLLOW | (owner ? UNPACK_OWNER : 0) | (owner && !job->o.numeric ? UNPACK_NAMES : 0) |
		(job->o.xattrs ? UNPACK_XATTRS : 0) | (job->o.keep_old ? UNPACK_KEEP : 0);
}

static int through(struct tar_job *job, struct reader *in, struct err *e)
{
	bool exact = (geteuid() == 0 || job->o.preserve) && !job->o.no_preserve;
	mode_t mask = umask(0);
	umask(mask);
	struct unpack u = {.root = -1, .flags = flags_of(job), .umask = exact ? 0 : mask, .note = tar_note, .arg = job};
	u.root = file_open_dir(AT_FDCWD, job->dir ? job->dir : ".", e);
	if (u.root < 0)
		return -1;
	int rc = each(job, in, &u, e);
	struct err soft;
	if (unpack_finish(&u, &soft) < 0)
		tar_complain(job, soft.msg);
	unpack_free(&u);
	close(u.root);
	return rc;
}

int tar_extract(struct tar_job *job, struct err *e)
{
	bool from_stdin = !job->o.file || str_eq(job->o.file, "-");
	const char *name = from_stdin ? "standard input" : job->o.file;
	if (from_stdin && isatty(0))
		return err_set(e, ERR_USAGE, "refusing to read an archive from a terminal (give -f FILE)");
	CLEANUP_FD int fd = from_stdin ? -1 : open(name, O_RDONLY | O_CLOEXEC);
	if (!from_stdin && fd < 0)
		return err_sys(e, "%s: Cannot open", name);
	if (job->o.to_stdout)
		job->listing = stderr;
	struct fd_reader r;
	struct gzip_reader z;
	const unsigned char *p;
	fd_reader_init(&r, from_stdin ? 0 : fd, FD_BORROWED, name);
	ssize_t n = reader_peek(&r.base, 2, &p, e);
	bool compressed = n >= 2 && gzip_is_magic(p, (size_t)n);
	int rc = n < 0 ? -1 : 0;
	if (rc == 0 && n > 0 && job->o.gzip && !compressed)
		rc = err_set(e, ERR_FORMAT, "%s is not in gzip format", name);
	if (compressed)
		gzip_reader_init(&z, &r.base);
	if (rc == 0)
		rc = through(job, compressed ? &z.base : &r.base, e);
	if (compressed)
		reader_free(&z.base);
	reader_free(&r.base);
	for (size_t i = 0; rc == 0 && i < job->n_operands; i++)
		if (!job->operands[i].matched) {
			CLEANUP_FREE char *text = str_printf("%s: Not found in archive", job->operands[i].name);
			tar_complain(job, text);
		}
	return rc;
}
