#include "service/restore.h"

#include "command.h"
#include "dr/dr.h"

struct restore_opts {
	struct strvec identities;
	const char *passphrase_file;
	bool with_image, dry_run, json;
};

static const struct opt options[] = {
	{'i', "identity", OPT_LIST, "FILE", "open it with the secret keys in FILE; may be repeated", offsetof(struct restore_opts, identities)},
	{0, "passphrase-file", OPT_STR, "FILE", "open it with the passphrase in FILE's first line", offsetof(struct restore_opts, passphrase_file)},
	{0, "with-image", OPT_FLAG, NULL, "the image that the backup was made with gets its name back", offsetof(struct restore_opts, with_image)},
	{0, "dry-run", OPT_FLAG, NULL, "check all of the backup, say what would be done, and do nothing", offsetof(struct restore_opts, dry_run)},
	{0, "json", OPT_FLAG, NULL, "answer with a JSON object", offsetof(struct restore_opts, json)},
	{0},
};

static int run(struct invocation *in, struct err *e)
{
	const struct restore_opts *o = in->opts;
	const struct restore_options r = {.with_image = o->with_image, .keys = {.identities = &o->identities, .passphrase_file = o->passphrase_file}};
	CLEANUP_HOST struct host h = HOST_INIT;
	CLEANUP_SERVICE struct service s = SERVICE_INIT;
	struct dr_answer a = {.command = "restore", .json = o->json, .name = in->argv[0], .s = &s, .dry_run = o->dry_run,
		.changed = o->dry_run ? " would be restored." : " is restored."};
	int rc = dr_host(&h, o->json, e);
	h.ui.dry_run = o->dry_run;
	if (rc < 0 || service_restore(&s, &h, in->argv[0], in->argv[1], &r, e) < 0)
		return -1;
	return dr_answer(&a, 1);
}

const struct command verb_restore = {
	.name = "restore",
	.summary = "put a service back from a backup, or move it here",
	.args = "SERVICENAME BACKUPFILE",
	.about = "BACKUPFILE is a file, - for standard input, or s3://BUCKET/KEY. All of it is checked first; then it replaces the service of\n"
		 "that name with all its data, without asking. When anything fails, the old one stays. A service that is not here yet is\n"
		 "installed. The passphrase comes from PASS, from --passphrase-file or from the terminal.\n",
	.example = "  PASS=secret dr restore helloworld helloworld.tgz.age\n",
	.opts = options,
	.opts_size = sizeof(struct restore_opts),
	.min_args = 2,
	.max_args = 2,
	.run = run,
};
