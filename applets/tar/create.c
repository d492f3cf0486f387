#include "tar/tar.h"

#include "archive/pack.h"
#include "base/mem.h"
#include "base/str.h"
#include "codec/gzip.h"
#include "sys/fd.h"
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static enum pack_choice filter(void *arg, const char *name, const struct stat *st)
{
	(void)st;
	return tar_excluded(arg, name) ? PACK_SKIP : PACK_TAKE;
}

static void member(void *arg, const struct tar_entry *x)
{
	struct tar_job *job = arg;
	if (job->o.verbose)
		tar_print(job, x, job->o.verbose > 1);
}

static bool skip(void *arg, const struct err *e)
{
	tar_complain(arg, e->msg);
	return true;
}

/* The name that an operand gets in the archive: what leads outside is taken off, as GNU tar does. */
static const char *inside_name(struct tar_job *job, const char *name)
{
	const char *from = name;
	for (const char *p = name; *p;) {
		size_t n = strcspn(p, "/");
		if (n == 2 && p[0] == '.' && p[1] == '.')
			from = p + n;
		p += n;
		p += *p == '/';
	}
	while (*from == '/')
		from++;
	if (from != name) {
		CLEANUP_FREE char *text = str_printf("Removing leading `%.*s' from member names", (int)(from - name), name);
		tar_note(job, text);
	}
	return *from ? from : ".";
}

static int add(struct tar_job *job, struct pack *p, const struct tar_operand *o, struct err *e)
{
	struct err soft;
	CLEANUP_FD int dir = -1;
	if (o->dir && (dir = file_open_dir(AT_FDCWD, o->dir, e)) < 0)
		return -1;
	int at = o->dir ? dir : AT_FDCWD;
	struct stat st;
	if (fstatat(at, o->name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		CLEANUP_FREE char *text = str_printf("%s: Cannot stat: %s", o->name, strerror(errno));
		tar_complain(job, text);
		return 0;
	}
	if (pack_tree(p, at, o->name, inside_name(job, o->name), &soft) == 0)
		return 0;
	*e = soft;
	return -1;
}

static int write_archive(struct tar_job *job, struct writer *out, const struct stat *self, struct err *e)
{
	struct tar_writer t;
	tar_writer_init(&t, out);
	t.records = true;
	bool exact = job->o.format && (str_eq(job->o.format, "pax") || str_eq(job->o.format, "posix"));
	struct pack p = {.out = &t, .filter = filter, .member = member, .note = tar_note, .skip = skip, .arg = job};
	p.flags = (job->o.xattrs ? PACK_XATTRS : 0) | (job->o.sparse ? PACK_SPARSE : 0) | (job->o.numeric ? 0 : PACK_NAMES) |
		(job->o.no_recursion ? PACK_FLAT : 0) | (exact ? 0 : PACK_SECONDS) | (job->o.one_fs ? PACK_ONE_FS : 0) |
		(job->o.still ? PACK_STILL : 0);
	if (S_ISREG(self->st_mode)) {
		p.self_dev = self->st_dev;
		p.self_ino = self->st_ino;
	}
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < job->n_operands; i++)
		rc = add(job, &p, &job->operands[i], e);
	if (rc == 0)
		rc = tar_write_end(&t, e);
	if (p.changed && job->status == 0)
		job->status = 1;
	pack_free(&p);
	tar_writer_free(&t);
	return rc;
}

int tar_create(struct tar_job *job, struct err *e)
{
	struct stat self;
	uint64_t level = 6;
	bool to_stdout = !job->o.file || str_eq(job->o.file, "-");
	const char *name = to_stdout ? "standard output" : job->o.file;
	if (job->o.level && (str_to_u64(job->o.level, 9, &level, "--level", e) < 0 || level == 0))
		return level ? -1 : err_set(e, ERR_USAGE, "--level: 1 to 9");
	if (to_stdout && isatty(1))
		return err_set(e, ERR_USAGE, "refusing to write an archive to a terminal (give -f FILE)");
	CLEANUP_FD int fd = to_stdout ? -1 : open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (!to_stdout && fd < 0)
		return err_sys(e, "%s: Cannot open", name);
	int out = to_stdout ? 1 : fd;
	if (to_stdout)
		job->listing = stderr;
	if (fstat(out, &self) < 0)
		return err_sys(e, "%s", name);
	struct fd_writer w;
	struct gzip_writer z;
	fd_writer_init(&w, out, FD_BORROWED | FD_BUFFERED, name);
	if (job->o.gzip)
		gzip_writer_init(&z, &w.base, (int)level, 0);
	struct writer *top = job->o.gzip ? &z.base : &w.base;
	int rc = write_archive(job, top, &self, e);
	if (rc == 0)
		rc = writer_finish(top, e);
	if (rc == 0)
		rc = writer_finish(&w.base, e);
	if (job->o.gzip)
		writer_free(&z.base);
	writer_free(&w.base);
	return rc;
}
