#include "crypto/age.h"

#include "base/mem.h"
#include "sys/rand.h"

#include <stdlib.h>
#include <string.h>

enum { NONCE = 16 };  /* stands before the payload */

static void payload_init(struct age_payload *p, unsigned char file_key[FILE_KEY_SIZE], const unsigned char nonce[NONCE])
{
	*p = (struct age_payload){.chunk = mem_alloc(AGE_CHUNK + AEAD_TAG)};
	hkdf_sha256(p->key, file_key, FILE_KEY_SIZE, nonce, NONCE, "payload");
	mem_wipe(file_key, FILE_KEY_SIZE);
}

static void payload_free(struct age_payload *p)
{
	if (p->chunk)
		mem_wipe(p->chunk, AGE_CHUNK + AEAD_TAG);
	free(p->chunk);
	mem_wipe(p, sizeof *p);
}

static void count(struct age_payload *p)
{
	for (int i = AEAD_NONCE - 2; i >= 0 && ++p->nonce[i] == 0; i--)
		;
}

static int seal(struct age_writer *w, bool last, struct err *e)
{
	struct age_payload *p = &w->payload;
	size_t n = p->n;
	p->nonce[AEAD_NONCE - 1] = last;
	aead_seal(p->key, p->nonce, p->chunk, n);
	count(p);
	p->n = 0;
	return writer_write(w->out, p->chunk, n + AEAD_TAG, e);
}

/* A full chunk is sealed only when more comes: it may be the last. */
static int age_write(struct writer *base, const void *data, size_t n, struct err *e)
{
	struct age_writer *w = (struct age_writer *)base;
	struct age_payload *p = &w->payload;
	const unsigned char *from = data;
	while (n) {
		if (p->n == AGE_CHUNK && seal(w, false, e) < 0)
			return -1;
		size_t take = AGE_CHUNK - p->n < n ? AGE_CHUNK - p->n : n;
		memcpy(p->chunk + p->n, from, take);
		p->n += take;
		from += take;
		n -= take;
	}
	return 0;
}

static int age_finish(struct writer *base, struct err *e)
{
	return seal((struct age_writer *)base, true, e);
}

static void writer_release(struct writer *base)
{
	payload_free(&((struct age_writer *)base)->payload);
}

int age_writer_init(struct age_writer *w, struct writer *out, const char *passphrase, const struct age_keys *recipients,
	struct err *e)
{
	static const struct writer_ops ops = {.write = age_write, .finish = age_finish, .free = writer_release};
	unsigned char file_key[FILE_KEY_SIZE], nonce[NONCE];
	*w = (struct age_writer){.base.ops = &ops, .out = out};
	if (age_header_write(out, passphrase, recipients, file_key, e) < 0 || rand_bytes(nonce, sizeof nonce, e) < 0 ||
	    writer_write(out, nonce, sizeof nonce, e) < 0)
		return -1;
	payload_init(&w->payload, file_key, nonce);
	return 0;
}

static ssize_t age_next(struct reader *base, const unsigned char **block, struct err *e)
{
	struct age_reader *r = (struct age_reader *)base;
	struct age_payload *p = &r->payload;
	const unsigned char *more;
	if (r->last)
		return 0;
	ssize_t got, n = 0;
	do {
		got = reader_read(r->in, p->chunk + n, (size_t)(AGE_CHUNK + AEAD_TAG - n), e);
		if (got < 0)
			return -1;
		n += got;
	} while (got > 0 && n < AGE_CHUNK + AEAD_TAG);
	if (n < AEAD_TAG)
		return err_set(e, ERR_FORMAT, "the encrypted file is cut short");
	got = got ? reader_block(r->in, &more, e) : 0;
	if (got < 0)
		return -1;
	r->last = got == 0;
	p->nonce[AEAD_NONCE - 1] = r->last;
	size_t plain = (size_t)(n - AEAD_TAG);
	if (!aead_open(p->key, p->nonce, p->chunk, plain))
		return err_set(e, ERR_FORMAT, "the encrypted file is damaged or cut short");
	if (!plain && base->consumed)
		return err_set(e, ERR_FORMAT, "the encrypted file ends in an empty chunk, which no writer makes");
	count(p);
	*block = p->chunk;
	return (ssize_t)plain;
}

static void reader_release(struct reader *base)
{
	payload_free(&((struct age_reader *)base)->payload);
}

int age_reader_init(struct age_reader *r, struct reader *in, const struct age_opener *by, struct err *e)
{
	static const struct reader_ops ops = {.next = age_next, .free = reader_release};
	unsigned char file_key[FILE_KEY_SIZE], nonce[NONCE];
	*r = (struct age_reader){.base.ops = &ops, .in = in};
	if (age_header_read(in, by, file_key, e) < 0)
		return -1;
	if (reader_exact(in, nonce, sizeof nonce, e) < 0)
		return e->kind == ERR_FORMAT ? err_set(e, ERR_FORMAT, "the encrypted file is cut short") : -1;
	payload_init(&r->payload, file_key, nonce);
	return 0;
}
