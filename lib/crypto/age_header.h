/*
 * age_header: the header of an age file: the file key, wrapped for each recipient (https://age-encryption.org/v1).
 *
 * Reading is as strict as the specification: one form of each header, canonical base64, a passphrase stanza alone, no
 * points of low order; a header whose MAC is wrong is ERR_FORMAT. Unknown stanzas are passed over.
 */
#ifndef CRYPTO_AGE_HEADER_H
#define CRYPTO_AGE_HEADER_H

#include "base/stream.h"
#include "crypto/age_key.h"

enum { FILE_KEY_SIZE = 16 };

/* Writes the header for a new file key, which it makes up. */
int age_header_write(struct writer *out, const char *passphrase, const struct age_keys *recipients,
	unsigned char file_key[FILE_KEY_SIZE], struct err *e) MUST_CHECK;

/* What can open files. */
struct age_opener {
	const struct age_keys *identities;                               /* may be NULL */
	/* Asks for the passphrase when the file has one; the caller wipes out. NULL: there is none. */
	int (*passphrase)(void *arg, struct buf *out, struct err *e);
	void *arg;
};

/* Reads the header and unwraps the file key. What does not open it is ERR_REFUSED. */
int age_header_read(struct reader *in, const struct age_opener *by, unsigned char file_key[FILE_KEY_SIZE],
	struct err *e) MUST_CHECK;

#endif
