#include "crypto/age_header.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "codec/base64.h"
#include "crypto/scrypt.h"
#include "sys/rand.h"

#include <string.h>

#define VERSION "age-encryption.org/v1"
#define X25519_INFO "age-encryption.org/v1/X25519"
#define SCRYPT_LABEL "age-encryption.org/v1/scrypt"

enum {
	HEADER_MAX = 1 << 20,    /* 5,000 recipients and more */
	COLUMNS = 64,
	BODY = FILE_KEY_SIZE + AEAD_TAG,
	SALT = 16,
	WORK = 18,               /* of a new passphrase stanza: about a second, 256 MiB */
	WORK_MAX = 22,           /* that the reference tool takes on reading */
};

/* ---- writing ---- */

static void wrap(const unsigned char key[KEY_SIZE], const unsigned char file_key[FILE_KEY_SIZE], unsigned char body[BODY])
{
	static const unsigned char nonce[AEAD_NONCE];
	memcpy(body, file_key, FILE_KEY_SIZE);
	aead_seal(key, nonce, body, FILE_KEY_SIZE);
}

static void add_base64(struct buf *out, const char *before, const void *p, size_t n, const char *behind)
{
	buf_str(out, before);
	base64_encode(out, p, n, BASE64_NOPAD);
	buf_str(out, behind);
}

static int scrypt_key(unsigned char key[KEY_SIZE], const char *pass, size_t n, const unsigned char salt[SALT], unsigned work,
	struct err *e)
{
	unsigned char labelled[sizeof SCRYPT_LABEL - 1 + SALT];
	memcpy(labelled, SCRYPT_LABEL, sizeof SCRYPT_LABEL - 1);
	memcpy(labelled + sizeof SCRYPT_LABEL - 1, salt, SALT);
	return scrypt(key, KEY_SIZE, pass, n, labelled, sizeof labelled, work, 8, 1, e);
}

static int passphrase_stanza(struct buf *out, const char *passphrase, const unsigned char *file_key, struct err *e)
{
	unsigned char salt[SALT], key[KEY_SIZE], body[BODY];
	unsigned work = scrypt_affordable(WORK);
	if (rand_bytes(salt, sizeof salt, e) < 0 || scrypt_key(key, passphrase, strlen(passphrase), salt, work, e) < 0)
		return -1;
	wrap(key, file_key, body);
	mem_wipe(key, sizeof key);
	add_base64(out, "-> scrypt ", salt, sizeof salt, "");
	buf_printf(out, " %u\n", work);
	add_base64(out, "", body, sizeof body, "\n");
	return 0;
}

/* The key that wraps a file key between a share and a point. */
static void x25519_key(unsigned char key[KEY_SIZE], const unsigned char *shared, const unsigned char *share,
	const unsigned char *point)
{
	unsigned char salt[2 * KEY_SIZE];
	memcpy(salt, share, KEY_SIZE);
	memcpy(salt + KEY_SIZE, point, KEY_SIZE);
	hkdf_sha256(key, shared, KEY_SIZE, salt, sizeof salt, X25519_INFO);
}

static int x25519_stanza(struct buf *out, const unsigned char *point, const unsigned char *file_key, struct err *e)
{
	unsigned char secret[KEY_SIZE], share[KEY_SIZE], shared[KEY_SIZE], key[KEY_SIZE], body[BODY];
	if (rand_bytes(secret, sizeof secret, e) < 0)
		return -1;
	if (!x25519(share, secret, NULL) || !x25519(shared, secret, point))
		return err_set(e, ERR_FORMAT, "a recipient is no key that anything can be encrypted to");
	x25519_key(key, shared, share, point);
	wrap(key, file_key, body);
	mem_wipe(secret, sizeof secret);
	mem_wipe(shared, sizeof shared);
	mem_wipe(key, sizeof key);
	add_base64(out, "-> X25519 ", share, sizeof share, "\n");
	add_base64(out, "", body, sizeof body, "\n");
	return 0;
}

static void header_mac(unsigned char mac[SHA256_SIZE], const unsigned char *file_key, const struct buf *header)
{
	unsigned char key[KEY_SIZE];
	hkdf_sha256(key, file_key, FILE_KEY_SIZE, NULL, 0, "header");
	hmac_sha256(mac, key, sizeof key, header->data, header->len);
	mem_wipe(key, sizeof key);
}

int age_header_write(struct writer *out, const char *passphrase, const struct age_keys *recipients,
	unsigned char file_key[FILE_KEY_SIZE], struct err *e)
{
	CLEANUP_BUF struct buf b = {0};
	unsigned char mac[SHA256_SIZE];
	size_t n = recipients ? recipients->n : 0;
	if (!passphrase == !n)
		return err_set(e, ERR_USAGE, "either a passphrase or recipients are needed to encrypt");
	buf_str(&b, VERSION "\n");
	if (rand_bytes(file_key, FILE_KEY_SIZE, e) < 0 || (passphrase && passphrase_stanza(&b, passphrase, file_key, e) < 0))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (x25519_stanza(&b, recipients->items[i], file_key, e) < 0)
			return -1;
	buf_str(&b, "---");
	header_mac(mac, file_key, &b);
	add_base64(&b, " ", mac, sizeof mac, "\n");
	return writer_write(out, b.data, b.len, e);
}

/* ---- reading ---- */

struct header {
	struct reader *in;
	const struct age_opener *by;
	struct buf text;           /* all of it so far */
	const char *line;          /* the last line, in text, without its newline */
	size_t n;
	struct strvec args;        /* of the stanza */
	struct buf body;
	unsigned stanzas;
	bool scrypt, found;
	unsigned char *file_key;
};

static int bad(struct err *e, const char *what)
{
	return err_set(e, ERR_FORMAT, "this is no age file: %s", what);
}

static int read_line(struct header *h, struct err *e)
{
	size_t from = h->text.len;
	for (;;) {
		const unsigned char *p;
		ssize_t n = reader_block(h->in, &p, e);
		if (n < 0)
			return -1;
		if (n == 0)
			return bad(e, "its header is cut short");
		const unsigned char *stop = memchr(p, '\n', (size_t)n);
		size_t take = stop ? (size_t)(stop - p) + 1 : (size_t)n;
		if (h->text.len + take > HEADER_MAX)
			return bad(e, "its header is too long");
		buf_add(&h->text, p, take);
		reader_consume(h->in, take);
		if (stop)
			break;
		if (from == 0 && h->text.len > strlen(VERSION))
			return bad(e, "its first line is wrong");
	}
	h->line = h->text.data + from;
	h->n = h->text.len - from - 1;
	return 0;
}

/* The words behind "-> ": printable, one blank between them. */
static int stanza_words(struct header *h, struct err *e)
{
	strvec_free(&h->args);
	for (size_t at = 3; at <= h->n;) {
		size_t n = 0;
		while (at + n < h->n && h->line[at + n] != ' ') {
			if (h->line[at + n] < 33 || h->line[at + n] > 126)
				return bad(e, "a stanza has a character that may not be there");
			n++;
		}
		if (!n)
			return bad(e, "a stanza has an empty word");
		strvec_take(&h->args, mem_dup(h->line + at, n));
		at += n + 1;
	}
	return h->args.n ? 0 : bad(e, "a stanza has no words");
}

static int stanza_body(struct header *h, struct err *e)
{
	buf_reset(&h->body);
	do {
		if (read_line(h, e) < 0)
			return -1;
		if (h->n > COLUMNS || base64_decode(&h->body, h->line, h->n, BASE64_NOPAD, e) < 0)
			return bad(e, "a stanza's body is not as it must be");
	} while (h->n == COLUMNS);
	return 0;
}

/* The bytes of a word, which must be so many. */
static int word_bytes(const char *word, unsigned char *out, size_t n, struct err *e)
{
	CLEANUP_BUF struct buf b = {0};
	if (base64_decode(&b, word, strlen(word), BASE64_NOPAD, e) < 0 || b.len != n)
		return bad(e, "a stanza has a wrong argument");
	memcpy(out, b.data, n);
	return 0;
}

/* Whether the body is a file key wrapped with that key. */
static bool unwrap(struct header *h, unsigned char key[KEY_SIZE])
{
	static const unsigned char nonce[AEAD_NONCE];
	unsigned char body[BODY];
	memcpy(body, h->body.data, BODY);
	bool opens = aead_open(key, nonce, body, FILE_KEY_SIZE);
	if (opens)
		memcpy(h->file_key, body, FILE_KEY_SIZE);
	mem_wipe(body, sizeof body);
	mem_wipe(key, KEY_SIZE);
	return opens;
}

static int try_x25519(struct header *h, struct err *e)
{
	unsigned char share[KEY_SIZE], point[KEY_SIZE], shared[KEY_SIZE], key[KEY_SIZE];
	if (h->args.n != 2 || h->body.len != BODY)
		return bad(e, "an X25519 stanza is not as it must be");
	if (word_bytes(h->args.items[1], share, sizeof share, e) < 0)
		return -1;
	for (size_t i = 0; h->by->identities && i < h->by->identities->n && !h->found; i++) {
		const unsigned char *scalar = h->by->identities->items[i];
		if (!x25519(shared, scalar, share))
			return bad(e, "an X25519 stanza has a point of low order");
		(void)x25519(point, scalar, NULL);
		x25519_key(key, shared, share, point);
		h->found = unwrap(h, key);
		mem_wipe(shared, sizeof shared);
	}
	return 0;
}

static void wiped_free(struct buf *b)
{
	buf_wipe(b);
}

static int try_scrypt(struct header *h, struct err *e)
{
	CLEANUP_WITH(wiped_free) struct buf pass = {0};
	unsigned char salt[SALT], key[KEY_SIZE];
	uint64_t work;
	h->scrypt = true;
	if (h->args.n != 3 || h->body.len != BODY || word_bytes(h->args.items[1], salt, sizeof salt, e) < 0)
		return bad(e, "its passphrase stanza is not as it must be");
	if (*h->args.items[2] == '0' || str_to_u64(h->args.items[2], 64, &work, "work factor", e) < 0)
		return bad(e, "its passphrase stanza has a wrong work factor");
	if (work > WORK_MAX)
		return err_set(e, ERR_LIMIT, "its passphrase has the work factor %u; more than %d is not tried", (unsigned)work, WORK_MAX);
	if (!h->by->passphrase)
		return 0;
	if (h->by->passphrase(h->by->arg, &pass, e) < 0 || scrypt_key(key, buf_cstr(&pass), pass.len, salt, (unsigned)work, e) < 0)
		return -1;
	h->found = unwrap(h, key);
	return h->found ? 0 : err_set(e, ERR_REFUSED, "the passphrase is wrong");
}

static int stanza(struct header *h, struct err *e)
{
	if (h->n < 3 || memcmp(h->line, "-> ", 3) != 0)
		return bad(e, "its header has a line that may not be there");
	if (stanza_words(h, e) < 0 || stanza_body(h, e) < 0)
		return -1;
	h->stanzas++;
	if (str_eq(h->args.items[0], "scrypt"))
		return h->stanzas > 1 ? bad(e, "a passphrase stanza is not alone") : try_scrypt(h, e);
	if (h->scrypt)
		return bad(e, "a passphrase stanza is not alone");
	return str_eq(h->args.items[0], "X25519") ? try_x25519(h, e) : 0;
}

/* The line "--- MAC", and what it is made over. */
static int check_mac(struct header *h, struct err *e)
{
	unsigned char mac[SHA256_SIZE], given[SHA256_SIZE];
	CLEANUP_FREE char *word = mem_dup(h->line + 4, h->n - 4);
	if (strlen(word) != h->n - 4 || word_bytes(word, given, sizeof given, e) < 0)
		return bad(e, "its header's MAC is not as it must be");
	if (!h->stanzas)
		return bad(e, "it is for nobody");
	if (!h->found && h->scrypt)
		return err_set(e, ERR_REFUSED, "it is encrypted with a passphrase, and none was given");
	if (!h->found)
		return err_set(e, ERR_REFUSED, "none of the identities can open it");
	h->text.len = (size_t)(h->line - h->text.data) + 3;
	header_mac(mac, h->file_key, &h->text);
	return secret_equal(mac, given, sizeof mac) ? 0 : bad(e, "its header was changed");
}

static int read_header(struct header *h, struct err *e)
{
	if (read_line(h, e) < 0)
		return -1;
	if (h->n != strlen(VERSION) || memcmp(h->line, VERSION, h->n) != 0)
		return bad(e, "its first line is wrong");
	for (;;) {
		if (read_line(h, e) < 0)
			return -1;
		if (h->n >= 4 && memcmp(h->line, "--- ", 4) == 0)
			return check_mac(h, e);
		if (stanza(h, e) < 0)
			return -1;
	}
}

int age_header_read(struct reader *in, const struct age_opener *by, unsigned char file_key[FILE_KEY_SIZE], struct err *e)
{
	struct header h = {.in = in, .by = by, .file_key = file_key};
	int rc = read_header(&h, e);
	buf_free(&h.text);
	buf_free(&h.body);
	strvec_free(&h.args);
	return rc;
}
