#include "crypto/age_key.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/bech32.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char recipient_prefix[] = "age", identity_prefix[] = "age-secret-key-";

void age_keys_free(struct age_keys *k)
{
	if (k->items)
		mem_wipe(k->items, k->n * sizeof *k->items);
	free(k->items);
	*k = (struct age_keys){0};
}

static void wiped_free(struct buf *b)
{
	buf_wipe(b);
}

static int add(struct age_keys *k, const char *prefix, const char *s, struct err *e)
{
	CLEANUP_WITH(wiped_free) struct buf bytes = {0};
	if (bech32_decode(&bytes, prefix, s, e) < 0)
		return -1;
	if (bytes.len != KEY_SIZE)
		return err_set(e, ERR_FORMAT, "it has a wrong length");
	k->items = mem_grow(k->items, k->n, &k->cap, sizeof *k->items);
	memcpy(k->items[k->n++], bytes.data, KEY_SIZE);
	return 0;
}

int age_recipient_add(struct age_keys *k, const char *s, struct err *e)
{
	if (str_starts(s, "ssh-"))
		return err_set(e, ERR_FORMAT, "'%.40s' is an SSH key: dr's age takes recipients of the form age1... only", s);
	if (add(k, recipient_prefix, s, e) < 0)
		return err_wrap(e, "'%.100s' is no recipient", s);
	return 0;
}

int age_identity_add(struct age_keys *k, const char *s, struct err *e)
{
	if (str_starts(s, "-----BEGIN"))
		return err_set(e, ERR_FORMAT, "it is an SSH key or an encrypted file: dr's age takes AGE-SECRET-KEY-1... only");
	if (!str_starts(s, "AGE-SECRET-KEY-1"))
		return err_set(e, ERR_FORMAT, "no identity: it does not begin with AGE-SECRET-KEY-1");
	if (add(k, identity_prefix, s, e) < 0)
		return err_wrap(e, "no identity");
	return 0;
}

int age_keys_file(struct age_keys *k, bool identities, const char *text, const char *name, struct err *e)
{
	size_t before = k->n;
	unsigned number = 1;
	for (const char *p = text; *p; number++) {
		size_t n = strcspn(p, "\n"), len = n;
		while (len && (p[len - 1] == '\r' || p[len - 1] == ' ' || p[len - 1] == '\t'))
			len--;
		CLEANUP_FREE char *line = mem_dup(p, len);
		int rc = !len || *line == '#' ? 0 : identities ? age_identity_add(k, line, e) : age_recipient_add(k, line, e);
		mem_wipe(line, len);
		if (rc < 0)
			return err_wrap(e, "%s, line %u", name, number);
		p += n + (p[n] == '\n');
	}
	if (k->n == before)
		return err_set(e, ERR_FORMAT, "%s holds no %s", name, identities ? "identity" : "recipient");
	return 0;
}

void age_identity_text(struct buf *out, const unsigned char scalar[KEY_SIZE])
{
	size_t from = out->len;
	bech32_encode(out, identity_prefix, scalar, KEY_SIZE);
	for (char *p = out->data + from; *p; p++)
		*p = (char)toupper((unsigned char)*p);
}

void age_recipient_text(struct buf *out, const unsigned char scalar[KEY_SIZE])
{
	unsigned char point[KEY_SIZE];
	(void)x25519(point, scalar, NULL);  /* a clamped scalar times the base point is never of low order */
	bech32_encode(out, recipient_prefix, point, KEY_SIZE);
}
