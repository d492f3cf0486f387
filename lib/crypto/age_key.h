/*
 * age_key: X25519 keys as age writes them: recipients "age1...", identities "AGE-SECRET-KEY-1...".
 */
#ifndef CRYPTO_AGE_KEY_H
#define CRYPTO_AGE_KEY_H

#include "base/buf.h"
#include "base/err.h"
#include "crypto/primitives.h"

#include <stdbool.h>
#include <stddef.h>

/* Points (recipients) or scalars (identities). All-zero is an empty list. */
struct age_keys {
	unsigned char (*items)[KEY_SIZE];
	size_t n, cap;
};

#define CLEANUP_AGE_KEYS CLEANUP_WITH(age_keys_free)

void age_keys_free(struct age_keys *k);   /* wipes them */

/* Adds the recipient or identity that s stands for. Anything else is ERR_FORMAT; no message repeats a secret. */
int age_recipient_add(struct age_keys *k, const char *s, struct err *e) MUST_CHECK;
int age_identity_add(struct age_keys *k, const char *s, struct err *e) MUST_CHECK;

/* Adds every line of a recipients or identities file; '#' begins a comment line. `name` is the file's, for messages. A file
   without any is ERR_FORMAT. */
int age_keys_file(struct age_keys *k, bool identities, const char *text, const char *name, struct err *e) MUST_CHECK;

/* Appends the text of an identity, and of its recipient. */
void age_identity_text(struct buf *out, const unsigned char scalar[KEY_SIZE]);
void age_recipient_text(struct buf *out, const unsigned char scalar[KEY_SIZE]);

#endif
