/*
 * age-keygen: makes identities, and tells the recipients of those that are there.
 */
#include "command.h"

#include "base/mem.h"
#include "base/str.h"
#include "crypto/age_key.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/rand.h"
#include "sys/tty.h"

#include <stdio.h>
#include <unistd.h>

struct keygen_opts {
	bool recipients;
	const char *output;
};

static const struct opt options[] = {
	{'o', "output", OPT_STR, "FILE", "write to FILE, which must not be there", offsetof(struct keygen_opts, output)},
	{'y', NULL, OPT_FLAG, NULL, "print the recipients of the identities in INPUT", offsetof(struct keygen_opts, recipients)},
	{0},
};

static void wiped_free(struct buf *b)
{
	buf_wipe(b);
}

static int make(struct buf *out, bool tell, struct err *e)
{
	unsigned char scalar[KEY_SIZE];
	CLEANUP_BUF struct buf recipient = {0};
	char when[24];
	if (rand_bytes(scalar, sizeof scalar, e) < 0)
		return -1;
	age_recipient_text(&recipient, scalar);
	clock_format(when, clock_now().sec);
	buf_printf(out, "# created: %s\n# public key: %s\n", when, recipient.data);
	age_identity_text(out, scalar);
	buf_byte(out, '\n');
	mem_wipe(scalar, sizeof scalar);
	if (tell)
		fprintf(stderr, "Public key: %s\n", recipient.data);
	return 0;
}

static int convert(const char *input, struct buf *out, struct err *e)
{
	CLEANUP_WITH(wiped_free) struct buf text = {0};
	CLEANUP_AGE_KEYS struct age_keys keys = {0};
	enum { MAX = 16 << 20 };
	if (str_eq(input, "-") ? fd_read_all(0, MAX, &text, "standard input", e) : file_read(AT_FDCWD, input, MAX, &text, e))
		return -1;
	if (age_keys_file(&keys, true, buf_cstr(&text), input, e) < 0)
		return -1;
	for (size_t i = 0; i < keys.n; i++) {
		age_recipient_text(out, keys.items[i]);
		buf_byte(out, '\n');
	}
	return 0;
}

static int run(struct invocation *in, struct err *e)
{
	const struct keygen_opts *o = in->opts;
	CLEANUP_WITH(wiped_free) struct buf text = {0};
	CLEANUP_FILE_ATOMIC struct file_atomic file = FILE_ATOMIC_INIT;
	if (in->argc && !o->recipients)
		return err_set(e, ERR_USAGE, "an INPUT goes with -y only");
	if (o->recipients ? convert(in->argc ? in->argv[0] : "-", &text, e) : make(&text, o->output || !tty_is(STDOUT_FILENO), e))
		return -1;
	if (!o->output || str_eq(o->output, "-"))
		return fd_write(STDOUT_FILENO, text.data, text.len, "standard output", e) < 0 ? -1 : EXIT_DONE;
	if (file_atomic_open(&file, AT_FDCWD, o->output, 0600, e) < 0 || writer_write(&file.out.base, text.data, text.len, e) < 0)
		return -1;
	return file_atomic_create(&file, e) < 0 ? -1 : EXIT_DONE;
}

const struct command applet_age_keygen = {
	.name = "age-keygen",
	.summary = "make a key pair for age",
	.args = "[INPUT]",
	.example = "  age-keygen -o key.txt\n"
		   "  age-keygen -y key.txt\n",
	.opts = options,
	.opts_size = sizeof(struct keygen_opts),
	.max_args = 1,
	.run = run,
};
