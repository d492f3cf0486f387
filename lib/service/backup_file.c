#include "service/backup_file.h"

#include "base/mem.h"
#include "base/str.h"
#include "sys/tty.h"

#include <errno.h>

static bool is_s3(const char *name)
{
	return str_starts(name, "s3://");
}

static int open_remote(struct s3 *s3, struct s3_name *key, const char *name, struct err *e)
{
	return s3_name_parse(key, name, true, e) < 0 || s3_open(s3, e) < 0 ? -1 : 0;
}

static int open_object(struct backup_source *s, const char *name, struct err *e)
{
	struct s3_stat st;
	if (open_remote(&s->s3, &s->key, name, e) < 0 || !(s->in = s3_reader(&s->s3, &s->key, &st, e)))
		return err_wrap(e, "cannot read %s", name);
	s->size = st.size > 0 ? (uint64_t)st.size : 0;
	return 0;
}

int backup_source_open(struct backup_source *s, const char *name, struct err *e)
{
	struct stat st;
	*s = (struct backup_source){0};
	if (is_s3(name))
		return open_object(s, name, e);
	bool pipe = str_eq(name, "-");
	if (pipe && tty_is(STDIN_FILENO))
		return err_set(e, ERR_USAGE, "standard input is a terminal: pipe the backup in, or name its file");
	int fd = pipe ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot open %s", name);
	fd_reader_init(&s->file, fd, pipe ? FD_BORROWED : FD_OWNED, pipe ? "standard input" : name);
	s->in = &s->file.base;
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return err_set(e, ERR_REFUSED, "%s is a folder, not a backup", name);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		s->size = (uint64_t)st.st_size;
	return 0;
}

void backup_source_close(struct backup_source *s)
{
	reader_free(s->in);
	s3_close(&s->s3);
	s3_name_free(&s->key);
	*s = (struct backup_source){0};
}

static int open_upload(struct backup_target *t, const char *name, struct err *e)
{
	struct s3_stat st;
	if (open_remote(&t->s3, &t->key, name, e) < 0)
		return -1;
	t->remote = true;
	if (!(t->flags & BACKUP_REPLACE) && s3_stat(&t->s3, &t->key, &st, e) == 0)
		return err_set(e, ERR_EXISTS, "there is an object %s already: choose another name, or remove it (s3 rm)", name);
	if (!(t->flags & BACKUP_REPLACE) && e->kind != ERR_NOT_FOUND)
		return err_wrap(e, "cannot write %s", name);
	t->name = mem_strdup(name);
	t->out = s3_writer(&t->s3, &t->key);
	return 0;
}

static int open_file(struct backup_target *t, const char *name, struct err *e)
{
	struct stat st;
	CLEANUP_FREE char *cwd = *name == '/' ? NULL : getcwd(NULL, 0);
	if (lstat(name, &st) == 0 && (!(t->flags & BACKUP_REPLACE) || S_ISDIR(st.st_mode)))
		return S_ISDIR(st.st_mode)
			? err_set(e, ERR_REFUSED, "%s is a folder: name the file in it that is to hold the backup", name)
			: err_set(e, ERR_EXISTS, "%s exists already: choose another name, or remove it", name);
	if (t->flags & BACKUP_CHECK) {
		CLEANUP_FREE char *folder = str_printf("%.*s.", (int)(str_basename(name) - name), name);
		return faccessat(AT_FDCWD, folder, W_OK, AT_EACCESS) < 0 ? err_sys(e, "cannot write %s", name) : 0;
	}
	if (file_atomic_open_large(&t->file, AT_FDCWD, name, 0600, e) < 0)
		return -1;
	t->name = cwd ? str_printf("%s/%s", cwd, name) : mem_strdup(name);
	t->out = &t->file.out.base;
	return 0;
}

int backup_target_open(struct backup_target *t, const char *name, int flags, struct err *e)
{
	*t = (struct backup_target){.file = FILE_ATOMIC_INIT, .flags = flags};
	if (is_s3(name))
		return open_upload(t, name, e);
	if (!str_eq(name, "-"))
		return open_file(t, name, e);
	if (tty_is(STDOUT_FILENO))
		return err_set(e, ERR_USAGE, "standard output is a terminal: pipe the backup on, or name a file");
	t->pipe = true;
	t->name = mem_strdup(name);
	fd_writer_init(&t->stream, STDOUT_FILENO, FD_BORROWED | FD_BUFFERED, "standard output");
	t->out = &t->stream.base;
	return 0;
}

int backup_target_commit(struct backup_target *t, struct err *e)
{
	if (t->pipe || t->remote)
		return writer_finish(t->out, e) < 0 ? err_wrap(e, "cannot write %s", t->pipe ? "standard output" : t->name) : 0;
	if ((t->flags & BACKUP_REPLACE ? file_atomic_commit(&t->file, e) : file_atomic_create(&t->file, e)) == 0)
		return 0;
	return e->kind == ERR_EXISTS ? err_set(e, ERR_EXISTS, "%s was made by somebody else meanwhile", t->name) : -1;
}

void backup_target_close(struct backup_target *t)
{
	if (t->pipe || (t->remote && t->out))
		writer_free(t->out);
	file_atomic_abort(&t->file);
	s3_close(&t->s3);
	s3_name_free(&t->key);
	free(t->name);
	*t = (struct backup_target){.file = FILE_ATOMIC_INIT};
}
