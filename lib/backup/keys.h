/*
 * keys: what a backup is encrypted with, and opened by.
 *
 *     CLEANUP_KEYS struct backup_keys k = {0};
 *     if (keys_load(&k, &options, e) < 0) return -1;
 *
 * A passphrase is that of --passphrase-file, else that of the environment's PASS, else, for opening only, asked for on the
 * terminal when there is one.
 */
#ifndef BACKUP_KEYS_H
#define BACKUP_KEYS_H

#include "base/vec.h"
#include "crypto/age_header.h"

struct keys_options {
	const struct strvec *recipients;      /* "age1..." each; NULL: none */
	const struct strvec *identities;      /* names of files; NULL: none */
	const char *passphrase_file;          /* its first line counts; NULL: none */
	const char *passphrase;               /* as it is; NULL: none */
};

struct backup_keys {
	struct buf passphrase;                /* empty: none */
	struct age_keys recipients, identities;
};

#define CLEANUP_KEYS CLEANUP_WITH(keys_free)

int keys_load(struct backup_keys *k, const struct keys_options *o, struct err *e) MUST_CHECK;
void keys_free(struct backup_keys *k);    /* wipes them */

/* Whether a backup that is written with them is encrypted. */
bool keys_any(const struct backup_keys *k);

/* The opener that uses them; k must outlive it. */
struct age_opener keys_opener(struct backup_keys *k);

#endif
