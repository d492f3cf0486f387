/*
 * passwd: the account that dr's services run as, in passwd, group, shadow and gshadow; and lookups in such a text.
 *
 *     static const struct passwd_account a = {"druser", "drgroup", 22022, "dr services"};
 *     int r = passwd_add("/etc", &a, e);
 *
 * The files are changed under the lock that shadow-utils and libc take (lckpwdf: an fcntl write lock on ETC/.pwd.lock,
 * waited for at most 15 s) and replaced atomically with owner, mode and extended attributes kept. The account cannot
 * log in. shadow and gshadow are edited only where they exist. Only the numbers matter to dr, so a host whose files
 * cannot be edited is an answer, not an error.
 */
#ifndef SYS_PASSWD_H
#define SYS_PASSWD_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct passwd_account {
	const char *user, *group;
	uint32_t id;          /* both uid and gid */
	const char *comment;  /* GECOS: no colon */
};

enum passwd_result {
	PASSWD_UNCHANGED = 0,  /* all there (added), or nothing there (removed) */
	PASSWD_CHANGED = 1,
	PASSWD_READ_ONLY = 2,  /* the file system is read-only, or a file is a symlink into elsewhere */
	PASSWD_ABSENT = 3,     /* there is no passwd or no group file: none is created, since a file with only this account
	                          would hide root from programs that read it */
};

/* Adds what is missing. The name with another number, or the number with another name, is ERR_EXISTS, which names who
   has it; then nothing was changed. Returns an enum passwd_result, or -1. */
int passwd_add(const char *etc, const struct passwd_account *a, struct err *e) MUST_CHECK;

/* What passwd_add would do, by what everybody may read: PASSWD_UNCHANGED, PASSWD_CHANGED, PASSWD_ABSENT, or -1 with its
   ERR_EXISTS. */
int passwd_check(const char *etc, const struct passwd_account *a, struct err *e) MUST_CHECK;

/* Removes the account's own lines: those with its name and its number. Returns an enum passwd_result, or -1. */
int passwd_remove(const char *etc, const struct passwd_account *a, struct err *e) MUST_CHECK;

struct passwd_user {
	char name[64];        /* "" for a number without a line */
	uint32_t uid, gid;
};

/* The line of that name, or of that number, in the n bytes of a passwd file. Lines that are no passwd lines are
   skipped. Returns whether it was found. */
bool passwd_by_name(const char *text, size_t n, const char *name, struct passwd_user *out);
bool passwd_by_uid(const char *text, size_t n, uint32_t uid, struct passwd_user *out);

/* The gid of a name in the n bytes of a group file. */
bool passwd_group(const char *text, size_t n, const char *name, uint32_t *gid);

/* The line of that number in a group file: its name and gid. */
bool passwd_group_by_gid(const char *text, size_t n, uint32_t gid, struct passwd_user *out);

#endif
