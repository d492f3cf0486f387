/*
 * members: which members a backup has, and in which order: whoever writes one keeps to it, whoever reads one insists.
 *
 *     dr-backup/manifest.json        always the first
 *     dr-backup/config/...           the service's folder config
 *     dr-backup/volumes/config/...   the volume, from its root on
 *     dr-backup/service/...          what the image's backup script wrote
 *     dr-backup/image.tar            with --with-image: as docker save writes it
 *     dr-backup/checksums            lines of sha256sum for every file above, in their order; always the last
 *
 * In a tree every folder stands before what is in it, and names are in the order of their bytes. So no name comes twice,
 * nothing lies in what is no folder, and no memory of the names is needed to know that.
 */
#ifndef BACKUP_MEMBERS_H
#define BACKUP_MEMBERS_H

#include "base/err.h"
#include "codec/tar_entry.h"

#include <stdbool.h>

enum section {
	SECTION_NONE,
	SECTION_MANIFEST,
	SECTION_CONFIG,
	SECTION_VOLUME,
	SECTION_SERVICE,
	SECTION_IMAGE,
	SECTION_CHECKSUMS,
};

/* The name of the section's file or folder in the archive. */
const char *section_path(enum section s);

struct members {
	enum section section;     /* of the last member */
	char *last;               /* its name, without a slash at its end */
	bool folder;              /* it was one */
};

#define CLEANUP_MEMBERS CLEANUP_WITH(members_free)

/* Judges the next member. *rest is its name within its section, "." for the root of a tree (borrowed from x). What may not
   stand there is ERR_FORMAT. */
int members_next(struct members *m, const struct tar_entry *x, const char **rest, struct err *e) MUST_CHECK;

void members_free(struct members *m);

#endif
