/*
 * contract: whether an image is one that dr can run as a service, found out through the engine without running anything
 * of it; and its scripts, unpacked for the host.
 *
 *     CLEANUP_CONTRACT struct contract c = {0};
 *     if (contract_examine(&c, g, "j842/dr-helloworld", service, staging, e) < 0) return -1;
 *     if (contract_judge(&c, "j842/dr-helloworld", e) < 0) return -1;       every shortcoming in one message
 *
 * The contract: the configured user is uid 22022, by number or by name through the image's /etc/passwd; /config is a
 * declared volume; /dr, or what it is a symlink to, is a folder that holds the six scripts as regular files. Besides,
 * /dr must be fit to be unpacked by root: bounded in number, size and length of paths, with no devices, no set-uid or
 * set-gid files, and no symlink that leads out of it.
 *
 * The image is inspected, a container of it is created and removed (see scratch.h), and /dr is read once: examining and
 * unpacking are the same pass.
 */
#ifndef SERVICE_CONTRACT_H
#define SERVICE_CONTRACT_H

#include "engine/image.h"

enum {
	CONTRACT_ID = 22022,                 /* uid and gid of every service */
	CONTRACT_FILES_MAX = 9999,           /* entries in /dr: a folder of scripts has a few dozen */
	CONTRACT_PATH_MAX = 255,             /* bytes of a path, /dr/ included */
	CONTRACT_BYTES_MAX = 64 << 20,       /* of all files in /dr together */
	CONTRACT_PASSWD_MAX = 1 << 20,       /* bytes of the image's /etc/passwd */
};

struct contract {
	struct image image;                  /* the image as the engine has it */
	struct strvec commands;              /* the regular files directly in /dr: sorted, hidden ones left out */
	struct strvec shortcomings;          /* one sentence each, at most CONTRACT_TOLD; none: it is compatible */
	size_t untold;                       /* shortcomings beyond those */
};

enum { CONTRACT_TOLD = 16 };

#define CLEANUP_CONTRACT CLEANUP_WITH(contract_free)

/* Examines the image. `token` names whose scratch container it is (the service). With dirfd >= 0, /dr is unpacked into
   that empty folder as long as there is no shortcoming: files 0644, or 0755 if anyone may execute them, folders 0755,
   all belonging to the caller's user and writable by no one else. What a failure leaves in the folder is the caller's
   to remove. Returns 0 when the image was examined, whatever was found; ERR_NOT_FOUND when there is no such image. */
int contract_examine(struct contract *c, struct engine *g, const char *image, const char *token, int dirfd,
	struct err *e) MUST_CHECK;

/* 0 when there are no shortcomings, else ERR_REFUSED with all of them. `name` is the image as the user knows it. */
int contract_judge(const struct contract *c, const char *name, struct err *e) MUST_CHECK;

void contract_free(struct contract *c);

/* The six scripts, in the order of the README; NULL behind the last. */
const char *contract_script(size_t i);

#endif
