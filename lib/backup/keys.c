#include "backup/keys.h"

#include "base/str.h"
#include "sys/file.h"
#include "sys/tty.h"

#include <string.h>

enum { KEY_FILE_MAX = 1 << 20 };

static void wiped(struct buf *b)
{
	buf_wipe(b);
}

static int passphrase_from(struct backup_keys *k, const char *file, struct err *e)
{
	CLEANUP_WITH(wiped) struct buf text = {0};
	if (file_read(AT_FDCWD, file, KEY_FILE_MAX, &text, e) < 0)
		return -1;
	buf_add(&k->passphrase, buf_cstr(&text), strcspn(buf_cstr(&text), "\r\n"));
	return k->passphrase.len ? 0 : err_set(e, ERR_FORMAT, "%s has no passphrase in its first line", file);
}

static int identities_from(struct backup_keys *k, const char *file, struct err *e)
{
	CLEANUP_WITH(wiped) struct buf text = {0};
	if (file_read(AT_FDCWD, file, KEY_FILE_MAX, &text, e) < 0)
		return -1;
	return age_keys_file(&k->identities, true, buf_cstr(&text), file, e);
}

int keys_load(struct backup_keys *k, const struct keys_options *o, struct err *e)
{
	const char *pass = getenv("PASS");
	for (size_t i = 0; o->recipients && i < o->recipients->n; i++)
		if (age_recipient_add(&k->recipients, o->recipients->items[i], e) < 0)
			return -1;
	for (size_t i = 0; o->identities && i < o->identities->n; i++)
		if (identities_from(k, o->identities->items[i], e) < 0)
			return -1;
	if (k->recipients.n && (o->passphrase_file || o->passphrase))
		return err_set(e, ERR_USAGE, "a backup is encrypted to recipients or to a passphrase, not to both");
	if (o->passphrase)
		buf_str(&k->passphrase, o->passphrase);
	else if (o->passphrase_file)
		return passphrase_from(k, o->passphrase_file, e);
	else if (pass && *pass && !k->recipients.n)
		buf_str(&k->passphrase, pass);
	return 0;
}

void keys_free(struct backup_keys *k)
{
	buf_wipe(&k->passphrase);
	age_keys_free(&k->recipients);
	age_keys_free(&k->identities);
}

bool keys_any(const struct backup_keys *k)
{
	return k->passphrase.len || k->recipients.n;
}

static int ask(void *arg, struct buf *out, struct err *e)
{
	struct backup_keys *k = arg;
	if (!k->passphrase.len) {
		if (tty_passphrase("Passphrase of the backup", false, &k->passphrase, e) < 0)
			return e->kind == ERR_NOT_FOUND ? err_set(e, ERR_REFUSED, "the backup is encrypted with a passphrase: give it in "
				"PASS, or with --passphrase-file FILE") : -1;
	}
	buf_add(out, k->passphrase.data, k->passphrase.len);
	return 0;
}

struct age_opener keys_opener(struct backup_keys *k)
{
	return (struct age_opener){.identities = &k->identities, .passphrase = ask, .arg = k};
}
