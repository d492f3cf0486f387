/*
 * age: encrypts and decrypts files, with the options of the reference tool.
 */
#include "command.h"

#include "base/mem.h"
#include "base/str.h"
#include "crypto/age.h"
#include "crypto/age_armor.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/tty.h"

#include <stdlib.h>
#include <unistd.h>

struct age_opts {
	bool encrypt, decrypt, passphrase, armor;
	struct strvec recipients, recipient_files, identities;
	const char *output;
};

static const struct opt options[] = {
	{'e', "encrypt", OPT_FLAG, NULL, "encrypt (the default)", offsetof(struct age_opts, encrypt)},
	{'d', "decrypt", OPT_FLAG, NULL, "decrypt", offsetof(struct age_opts, decrypt)},
	{'o', "output", OPT_STR, "FILE", "write to FILE, which appears when it is whole", offsetof(struct age_opts, output)},
	{'a', "armor", OPT_FLAG, NULL, "encrypt to text", offsetof(struct age_opts, armor)},
	{'p', "passphrase", OPT_FLAG, NULL, "encrypt with a passphrase: that of PASS, or the terminal's",
		offsetof(struct age_opts, passphrase)},
	{'r', "recipient", OPT_LIST, "KEY", "encrypt to age1...; may be repeated", offsetof(struct age_opts, recipients)},
	{'R', "recipients-file", OPT_LIST, "FILE", "encrypt to the recipients in FILE; may be repeated",
		offsetof(struct age_opts, recipient_files)},
	{'i', "identity", OPT_LIST, "FILE", "use the identities in FILE; may be repeated", offsetof(struct age_opts, identities)},
	{0},
};

enum { KEY_FILE_MAX = 16 << 20 };

static void wiped_free(struct buf *b)
{
	buf_wipe(b);
}

static int keys_from_file(struct age_keys *keys, bool identities, const char *path, struct err *e)
{
	CLEANUP_WITH(wiped_free) struct buf text = {0};
	if (str_eq(path, "-") ? fd_read_all(0, KEY_FILE_MAX, &text, "standard input", e) :
	    file_read(AT_FDCWD, path, KEY_FILE_MAX, &text, e))
		return -1;
	return age_keys_file(keys, identities, buf_cstr(&text), path, e);
}

static int ask(bool confirm, struct buf *out, struct err *e)
{
	const char *given = getenv("PASS");
	if (given && *given) {
		buf_str(out, given);
		return 0;
	}
	return tty_passphrase("Passphrase", confirm, out, e);
}

static int ask_to_open(void *arg, struct buf *out, struct err *e)
{
	(void)arg;
	return ask(false, out, e);
}

static int encrypt_to(const struct age_opts *o, struct reader *in, struct writer *out, struct err *e)
{
	CLEANUP_WITH(wiped_free) struct buf pass = {0};
	CLEANUP_AGE_KEYS struct age_keys to = {0}, own = {0};
	for (size_t i = 0; i < o->recipients.n; i++)
		if (age_recipient_add(&to, o->recipients.items[i], e) < 0)
			return -1;
	for (size_t i = 0; i < o->recipient_files.n; i++)
		if (keys_from_file(&to, false, o->recipient_files.items[i], e) < 0)
			return -1;
	for (size_t i = 0; i < o->identities.n; i++)
		if (keys_from_file(&own, true, o->identities.items[i], e) < 0)
			return -1;
	for (size_t i = 0; i < own.n; i++) {
		to.items = mem_grow(to.items, to.n, &to.cap, sizeof *to.items);
		(void)x25519(to.items[to.n++], own.items[i], NULL);
	}
	if (o->passphrase && to.n)
		return err_set(e, ERR_USAGE, "-p cannot be combined with recipients");
	if (!o->passphrase && !to.n)
		return err_set(e, ERR_USAGE, "encrypt to whom? give -r age1..., -R FILE, or -p for a passphrase");
	if (o->passphrase && ask(true, &pass, e) < 0)
		return -1;
	struct age_armor_writer armor;
	struct age_writer sealed = {.base = {0}};
	age_armor_writer_init(&armor, out);
	struct writer *binary = o->armor ? &armor.base : out;
	int rc = age_writer_init(&sealed, binary, o->passphrase ? buf_cstr(&pass) : NULL, &to, e);
	if (rc == 0)
		rc = stream_copy(in, &sealed.base, e) < 0 || writer_finish(&sealed.base, e) < 0 ? -1 : 0;
	if (rc == 0 && o->armor)
		rc = writer_finish(&armor.base, e);
	writer_free(&sealed.base);
	writer_free(&armor.base);
	return rc;
}

static int decrypt_from(const struct age_opts *o, struct reader *in, struct writer *out, struct err *e)
{
	CLEANUP_AGE_KEYS struct age_keys keys = {0};
	for (size_t i = 0; i < o->identities.n; i++)
		if (keys_from_file(&keys, true, o->identities.items[i], e) < 0)
			return -1;
	int armored = age_armor_begins(in, e);
	if (armored < 0)
		return -1;
	struct age_armor_reader text;
	struct age_reader plain;
	struct age_opener by = {.identities = &keys, .passphrase = keys.n ? NULL : ask_to_open};
	age_armor_reader_init(&text, in);
	int rc = age_reader_init(&plain, armored ? &text.base : in, &by, e);
	if (rc == 0) {
		rc = stream_copy(&plain.base, out, e) < 0 ? -1 : 0;
		reader_free(&plain.base);
	}
	reader_free(&text.base);
	return rc;
}

static int check(const struct age_opts *o, struct err *e)
{
	if (o->encrypt && o->decrypt)
		return err_set(e, ERR_USAGE, "-e and -d cannot be combined");
	if (o->decrypt && (o->passphrase || o->armor || o->recipients.n || o->recipient_files.n))
		return err_set(e, ERR_USAGE, "-d takes no -p, -a, -r or -R: the file itself says what it needs");
	return 0;
}

static int run(struct invocation *in, struct err *e)
{
	const struct age_opts *o = in->opts;
	const char *name = in->argc ? in->argv[0] : "-";
	bool to_file = o->output && !str_eq(o->output, "-");
	CLEANUP_FILE_ATOMIC struct file_atomic file = FILE_ATOMIC_INIT;
	CLEANUP_FD int fd = -1;
	if (check(o, e) < 0)
		return -1;
	if (!str_eq(name, "-") && (fd = open(name, O_RDONLY | O_CLOEXEC)) < 0)
		return err_sys(e, "cannot open %s", name);
	if (!to_file && !o->decrypt && !o->armor && !o->output && tty_is(STDOUT_FILENO))
		return err_set(e, ERR_REFUSED, "an encrypted file would upset the terminal: give -o FILE, -a for text, or -o - to insist");
	if (to_file && file_atomic_open(&file, AT_FDCWD, o->output, o->decrypt ? 0600 : 0644, e) < 0)
		return -1;
	struct fd_reader from;
	struct fd_writer to;
	fd_reader_init(&from, fd < 0 ? STDIN_FILENO : fd, FD_BORROWED, fd < 0 ? "standard input" : name);
	fd_writer_init(&to, STDOUT_FILENO, FD_BORROWED | FD_BUFFERED, "standard output");
	struct writer *out = to_file ? &file.out.base : &to.base;
	int rc = o->decrypt ? decrypt_from(o, &from.base, out, e) : encrypt_to(o, &from.base, out, e);
	if (rc == 0)
		rc = to_file ? file_atomic_commit(&file, e) : writer_finish(out, e);
	reader_free(&from.base);
	writer_free(&to.base);
	return rc < 0 ? -1 : EXIT_DONE;
}

const struct command applet_age = {
	.name = "age",
	.summary = "encrypt and decrypt files (age-encryption.org/v1)",
	.args = "[INPUT]",
	.about = "Reads INPUT or standard input. The passphrase is that of the environment's PASS, else the terminal is asked.\n",
	.example = "  age-keygen -o key.txt\n"
		   "  age -r age1... -o secrets.age secrets\n"
		   "  age -d -i key.txt secrets.age\n",
	.opts = options,
	.opts_size = sizeof(struct age_opts),
	.max_args = 1,
	.run = run,
};
