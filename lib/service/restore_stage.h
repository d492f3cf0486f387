/*
 * restore_stage: what is in a backup, unpacked beside the service that it is to become.
 *
 *     struct restore_stage st = {.host = h, .work = journal.dir, .swap = &swap, .volume = temp, .image = -1};
 *     if (restore_stage(&st, &reader, e) < 0) ...      0: every byte of the backup was there, and good
 *
 * In the work folder: service/config, path (what the backup script wrote), and with keep_image the image in a nameless file.
 */
#ifndef SERVICE_RESTORE_STAGE_H
#define SERVICE_RESTORE_STAGE_H

#include "backup/read.h"
#include "service/volume_fill.h"
#include "sys/progress.h"

#define RESTORE_PATH "path"

struct restore_stage {
	struct host *host;
	int work;                   /* -1: nothing is kept, all is only read and checked */
	struct volume_swap *swap;
	const char *volume;         /* the volume to fill */
	bool keep_image;
	int image;                  /* the file with the image, the caller's to close; -1: none */
	uint64_t size;              /* of the backup file, 0: not known */
	/* The rest is the stage's own. */
	struct backup_reader *reader;
	enum section section;
	struct unpack unpack;
	struct volume_fill fill;
	void (*watch)(void *arg, const void *p, size_t n, uint64_t offset);
	struct progress *progress;
	size_t line;
};

int restore_stage(struct restore_stage *st, struct backup_reader *r, struct err *e) MUST_CHECK;

#endif
