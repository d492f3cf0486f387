/*
 * sum: the checksums of the files of a backup, as sha256sum prints and reads them.
 *
 *     sum_begin(&s, "dr-backup/config/imagename.txt", size);
 *     sum_data(&s, p, n, offset);              in the order of the file; what is skipped is a hole: zeros
 *     sum_end(&s, &line);                      appends "DIGEST  NAME\n"
 */
#ifndef BACKUP_SUM_H
#define BACKUP_SUM_H

#include "base/buf.h"
#include "crypto/sha256.h"

#include <stdbool.h>
#include <stdint.h>

struct sum {
	struct sha256 hash;
	char *name;           /* NULL: no file is open */
	uint64_t at, size;
	bool begun;
};

#define CLEANUP_SUM CLEANUP_WITH(sum_free)

void sum_begin(struct sum *s, const char *name, uint64_t size);
void sum_data(struct sum *s, const void *p, size_t n, uint64_t offset);

/* Does nothing when no file is open. A name with a backslash or a newline is escaped, as coreutils does it. */
void sum_end(struct sum *s, struct buf *line);

void sum_free(struct sum *s);

#endif
