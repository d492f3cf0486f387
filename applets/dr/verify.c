#include "service/backup.h"

#include "command.h"
#include "dr/dr.h"

struct verify_opts {
	struct strvec identities;
	const char *passphrase_file;
	bool json;
};

static const struct opt options[] = {
	{'i', "identity", OPT_LIST, "FILE", "open it with the secret keys in FILE; may be repeated", offsetof(struct verify_opts, identities)},
	{0, "passphrase-file", OPT_STR, "FILE", "open it with the passphrase in FILE's first line", offsetof(struct verify_opts, passphrase_file)},
	{0, "json", OPT_FLAG, NULL, "answer with a JSON object", offsetof(struct verify_opts, json)},
	{0},
};

static int run(struct invocation *in, struct err *e)
{
	const struct verify_opts *o = in->opts;
	const struct keys_options keys = {.identities = &o->identities, .passphrase_file = o->passphrase_file};
	CLEANUP_BACKUP_FACTS struct backup_facts f = {0};
	if (backup_verify(in->argv[0], &keys, true, &f, e) < 0)
		return -1;
	return dr_backup_answer("verify", in->argv[0], &f, o->json, false, ", a good backup");
}

const struct command verb_verify = {
	.name = "verify",
	.summary = "read a backup and check every byte of it",
	.args = "BACKUPFILE",
	.about = "BACKUPFILE is a file, - for standard input, or s3://BUCKET/KEY. The passphrase comes from PASS, from --passphrase-file or\n"
		 "from the terminal.\n",
	.example = "  dr verify helloworld.tgz.age\n",
	.opts = options,
	.opts_size = sizeof(struct verify_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
