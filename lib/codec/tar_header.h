/*
 * tar_header: the 512-byte header block (POSIX.1-2017, ustar Interchange Format; GNU's use of the same bytes).
 */
#ifndef CODEC_TAR_HEADER_H
#define CODEC_TAR_HEADER_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct tar_header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
	char magic[6], version[2], uname[32], gname[32], dev_major[8], dev_minor[8], prefix[155], pad[12];
};
_Static_assert(sizeof(struct tar_header) == 512, "a header is one block");

/* A number field: octal digits between blanks and NULs, or GNU's base-256. False when it is neither or does not fit. */
bool tar_header_number(const char *field, size_t n, int64_t *out);

/* Writes v as octal digits and a NUL, or as base-256 when it does not fit. */
void tar_header_put(char *field, size_t n, int64_t v);

/* Whether the checksum is right, summed as unsigned bytes or, as some old programs did, signed. */
bool tar_header_ok(const struct tar_header *h);

/* Fills in the checksum. */
void tar_header_seal(struct tar_header *h);

#endif
