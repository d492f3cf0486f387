#include "service/backup.h"

#include "backup/read.h"
#include "base/mem.h"
#include "service/backup_file.h"
#include "service/name.h"
#include "service/pull.h"
#include "sys/progress.h"

int backup_check_names(const struct manifest *m, struct err *e)
{
	if (name_check(m->service, e) == 0 && pull_check_name(m->image, e) == 0)
		return 0;
	e->kind = ERR_FORMAT;
	return err_wrap(e, "the backup's manifest is not to be trusted");
}

static int read_all(struct backup_reader *r, struct backup_source *in, struct progress *p, size_t line, struct err *e)
{
	const unsigned char *data;
	uint64_t offset;
	int rc;
	while ((rc = backup_read_next(r, e)) > 0) {
		ssize_t n;
		while ((n = backup_read_data(r, &data, &offset, e)) > 0)
			progress_set(p, line, "Verifying", in->in->consumed, in->size);
		if (n < 0)
			return -1;
	}
	return rc;
}

static int verify(struct backup_source *in, struct backup_keys *keys, struct progress *p, size_t line, struct backup_facts *f,
	struct err *e)
{
	struct backup_reader r = {0};
	int rc = backup_reader_open(&r, in->in, keys, e) < 0 || backup_check_names(&r.manifest, e) < 0 ? -1
		: read_all(&r, in, p, line, e);
	if (rc == 0) {
		*f = (struct backup_facts){.manifest = r.manifest, .files = r.files, .bytes = r.bytes, .size = in->in->consumed,
			.encrypted = r.sealed};
		r.manifest = (struct manifest){0};
	}
	backup_reader_free(&r);
	return rc;
}

int backup_verify(const char *file, const struct keys_options *options, bool progress, struct backup_facts *f, struct err *e)
{
	CLEANUP_BACKUP_SOURCE struct backup_source in = {0};
	CLEANUP_KEYS struct backup_keys keys = {0};
	if (keys_load(&keys, options, e) < 0 || backup_source_open(&in, file, e) < 0)
		return err_wrap(e, "cannot verify %s", file);
	struct progress *p = progress ? progress_new(STDERR_FILENO, PROGRESS_TERMINAL) : NULL;
	int rc = verify(&in, &keys, p, progress_line(p, file), f, e);
	progress_free(p);
	return rc < 0 ? err_wrap(e, "%s is not a good backup", file) : 0;
}
