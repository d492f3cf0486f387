/*
 * backup_file: where a backup is read from and written to: a file, `-` for a pipe, or s3://BUCKET/KEY.
 *
 *     CLEANUP_BACKUP_SOURCE struct backup_source in = {0};
 *     if (backup_source_open(&in, name, e) < 0) return -1;         read from in.in; in.size is 0 when not known
 *
 *     CLEANUP_BACKUP_TARGET struct backup_target out = {0};
 *     if (backup_target_open(&out, name, 0, e) < 0) return -1; write to out.out
 *     return backup_target_commit(&out, e);                        it appears under its name, whole and synced
 *
 * A target that exists is ERR_EXISTS, unless it is to be replaced, which happens when the new one is whole. A terminal is neither. Structs stay where they
 * are while they are open.
 */
#ifndef SERVICE_BACKUP_FILE_H
#define SERVICE_BACKUP_FILE_H

#include "s3/s3_stream.h"
#include "sys/fd.h"
#include "sys/file.h"

struct backup_source {
	struct reader *in;        /* NULL: none is open */
	uint64_t size;
	struct fd_reader file;
	struct s3 s3;
	struct s3_name key;
};

struct backup_target {
	struct writer *out;       /* NULL: none is open */
	char *name;               /* for the records: an absolute path, s3://..., or "-" */
	bool pipe, remote;
	int flags;
	struct fd_writer stream;
	struct file_atomic file;
	struct s3 s3;
	struct s3_name key;
};

#define CLEANUP_BACKUP_SOURCE CLEANUP_WITH(backup_source_close)
#define CLEANUP_BACKUP_TARGET CLEANUP_WITH(backup_target_close)

int backup_source_open(struct backup_source *s, const char *name, struct err *e) MUST_CHECK;
void backup_source_close(struct backup_source *s);

enum {
	BACKUP_REPLACE = 1,   /* what has the name */
	BACKUP_CHECK = 2,     /* only look whether it could be written; nothing is made, and t->out of a file is NULL */
};
int backup_target_open(struct backup_target *t, const char *name, int flags, struct err *e) MUST_CHECK;
int backup_target_commit(struct backup_target *t, struct err *e) MUST_CHECK;

/* Without commit nothing is left of what was written, but for a pipe. */
void backup_target_close(struct backup_target *t);

#endif
