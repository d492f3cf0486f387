#include "service/backup.h"

#include "base/str.h"
#include "command.h"
#include "dr/dr.h"

#include <unistd.h>

struct backup_opts {
	struct strvec recipients;
	const char *passphrase_file, *level;
	bool with_image, live, dry_run, json;
};

static const struct opt options[] = {
	{0, "recipient", OPT_LIST, "KEY", "encrypt to this public key (age1...); may be repeated", offsetof(struct backup_opts, recipients)},
	{0, "passphrase-file", OPT_STR, "FILE", "encrypt with the passphrase in FILE's first line", offsetof(struct backup_opts, passphrase_file)},
	{0, "with-image", OPT_FLAG, NULL, "put the image into the backup", offsetof(struct backup_opts, with_image)},
	{0, "live", OPT_FLAG, NULL, "do not pause containers; fail when a file changes", offsetof(struct backup_opts, live)},
	{0, "level", OPT_STR, "N", "compress with level N, 1 to 9 (5)", offsetof(struct backup_opts, level)},
	{0, "dry-run", OPT_FLAG, NULL, "check what can be checked, and do nothing", offsetof(struct backup_opts, dry_run)},
	{0, "json", OPT_FLAG, NULL, "answer with a JSON object", offsetof(struct backup_opts, json)},
	{0},
};

static int level_of(const char *text, int *level, struct err *e)
{
	uint64_t n = BACKUP_LEVEL;
	if (text && str_to_u64(text, 9, &n, "--level", e) < 0)
		return -1;
	*level = (int)n;
	return n ? 0 : err_set(e, ERR_USAGE, "--level is 1 to 9");
}

static int run(struct invocation *in, struct err *e)
{
	const struct backup_opts *o = in->opts;
	const char *name = in->argv[0], *file = in->argv[1];
	bool pipe = str_eq(file, "-");
	CLEANUP_HOST struct host h = HOST_INIT;
	CLEANUP_SERVICE struct service s = SERVICE_INIT;
	CLEANUP_BACKUP_FACTS struct backup_facts f = {0};
	struct backup_options b = {.file = file, .with_image = o->with_image, .live = o->live,
		.keys = {.recipients = &o->recipients, .passphrase_file = o->passphrase_file}};
	if (pipe && o->json)
		return err_set(e, ERR_USAGE, "the backup and --json cannot both go to standard output");
	int rc = level_of(o->level, &b.level, e) < 0 || dr_host(&h, o->json || pipe, e) < 0 ? -1 : 0;
	h.ui.dry_run = o->dry_run;
	if (rc < 0 || service_backup(&s, &h, name, &b, &f, e) < 0)
		return -1;
	if (o->dry_run)
		return dr_answer(&(struct dr_answer){.command = "backup", .json = o->json, .name = name, .s = &s, .dry_run = true,
			.changed = " would be backed up."}, 1);
	return dr_backup_answer("backup", file, &f, o->json, true, " is backed up");
}

const struct command verb_backup = {
	.name = "backup",
	.summary = "save a service in one file",
	.args = "SERVICENAME BACKUPFILE",
	.about = "BACKUPFILE is a file that does not exist yet, - for standard output, or s3://BUCKET/KEY. With PASS set, or one of the\n"
		 "options, the backup is encrypted (age). Containers that write to the service's volume are paused while it is read.\n",
	.example = "  PASS=secret dr backup helloworld helloworld.tgz.age\n"
		   "  dr backup helloworld - | ssh other dr restore helloworld -\n",
	.opts = options,
	.opts_size = sizeof(struct backup_opts),
	.min_args = 2,
	.max_args = 2,
	.run = run,
};
