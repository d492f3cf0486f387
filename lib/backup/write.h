/*
 * write: a backup, written member by member into a stream: tar in gzip, and in age when there are keys.
 *
 *     struct backup_writer w = {0};
 *     if (backup_writer_open(&w, out, &keys, 6, spool, e) < 0 || backup_write_manifest(&w, &manifest, e) < 0) ...
 *     struct pack p = {.out = &w.tar, ...};
 *     backup_hook(&w, &p);                       pack's members and data are checked and summed
 *     ... pack_tree(&p, dir, ".", section_path(SECTION_CONFIG), e), and so on in the order of sections ...
 *     if (backup_writer_finish(&w, e) < 0) ...   checksums, ends of tar, gzip, trailer and age; `out` is not finished
 *     backup_writer_free(&w);
 */
#ifndef BACKUP_WRITE_H
#define BACKUP_WRITE_H

#include "archive/pack.h"
#include "backup/keys.h"
#include "backup/manifest.h"
#include "backup/members.h"
#include "backup/sum.h"
#include "backup/trailer.h"
#include "codec/gzip.h"
#include "crypto/age.h"
#include "sys/fd.h"

struct backup_writer {
	struct age_writer age;
	struct trailer_writer trailer;
	struct gzip_writer gzip;
	struct tar_writer tar;
	struct members members;
	struct sum sum;
	struct tar_extent *extents;                     /* of the file that is written; NULL: no holes */
	size_t n_extents, extent;
	uint64_t at;                                    /* how much of that extent has come */
	int spool;                                      /* the lines of the checksums, a nameless file */
	struct fd_writer lines;
	struct err failed;                              /* what a hook could not say; .kind is ERR_NONE: nothing */
	void (*progress)(void *arg, size_t n);          /* bytes of files that were written; may be NULL */
	void (*note)(void *arg, const char *message);   /* a line for people; may be NULL */
	void *arg;
	uint64_t files, bytes;                          /* that are in it so far */
	bool sealed;
};

/* `spool` is a folder in which a nameless file may lie for the checksums. The hooks are the caller's to set afterwards. */
int backup_writer_open(struct backup_writer *w, struct writer *out, const struct backup_keys *keys, int level, int spool,
	struct err *e) MUST_CHECK;
int backup_write_manifest(struct backup_writer *w, const struct manifest *m, struct err *e) MUST_CHECK;

/* For who writes members another way than by pack: their data comes in order, without holes. */
int backup_write_member(struct backup_writer *w, const struct tar_entry *x, struct err *e) MUST_CHECK;
int backup_write_data(struct backup_writer *w, const void *p, size_t n, struct err *e) MUST_CHECK;

/* Connects a pack to the writer, of which it takes member, data, note and arg. backup_hooked tells of what went wrong in
   there, after pack_tree. */
void backup_hook(struct backup_writer *w, struct pack *p);
int backup_hooked(struct backup_writer *w, struct err *e) MUST_CHECK;

int backup_writer_finish(struct backup_writer *w, struct err *e) MUST_CHECK;
void backup_writer_free(struct backup_writer *w);

#endif
