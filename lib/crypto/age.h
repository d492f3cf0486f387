/*
 * age: encryption of files (https://age-encryption.org/v1), to a passphrase or to X25519 recipients.
 *
 *     struct age_writer w;
 *     if (age_writer_init(&w, out, NULL, &recipients, e) < 0) ...     writes the header
 *     ... writer_write(&w.base, ...) ...
 *     writer_finish(&w.base, e);                                      seals the last chunk; `out` is not finished
 *     writer_free(&w.base);
 *
 *     struct age_reader r;
 *     if (age_reader_init(&r, in, &(struct age_opener){.identities = &keys}, e) < 0) ...
 *
 * The payload is a sequence of chunks of 64 KiB, each sealed by itself: nothing is handed out that was not checked, and a
 * file that was cut, or made longer, is ERR_FORMAT.
 */
#ifndef CRYPTO_AGE_H
#define CRYPTO_AGE_H

#include "base/stream.h"
#include "crypto/age_header.h"

enum { AGE_CHUNK = 64 << 10 };

/* What is sealed or opened next. */
struct age_payload {
	unsigned char key[KEY_SIZE];
	unsigned char nonce[AEAD_NONCE];  /* 11 bytes count the chunks, the last one marks the last of them */
	unsigned char *chunk;             /* AGE_CHUNK + AEAD_TAG bytes */
	size_t n;
};

struct age_writer {
	struct writer base;
	struct writer *out;               /* borrowed */
	struct age_payload payload;
};

struct age_reader {
	struct reader base;
	struct reader *in;                /* borrowed */
	struct age_payload payload;
	bool last;
};

/* A passphrase (or NULL), or recipients (or NULL). */
int age_writer_init(struct age_writer *w, struct writer *out, const char *passphrase, const struct age_keys *recipients,
	struct err *e) MUST_CHECK;

/* Reads the header. On failure nothing need be released. */
int age_reader_init(struct age_reader *r, struct reader *in, const struct age_opener *by, struct err *e) MUST_CHECK;

#endif
