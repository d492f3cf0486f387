#include "service/update.h"

#include "command.h"
#include "dr/dr.h"

struct update_opts {
	bool pull, json, dry_run;
};

static const struct opt options[] = {
	{0, "pull", OPT_FLAG, NULL, "pull the image first", offsetof(struct update_opts, pull)},
	{0, "dry-run", OPT_FLAG, NULL, "say what would be done, and do nothing", offsetof(struct update_opts, dry_run)},
	{0, "json", OPT_FLAG, NULL, "answer with a JSON object", offsetof(struct update_opts, json)},
	{0},
};

static int run(struct invocation *in, struct err *e)
{
	const struct update_opts *o = in->opts;
	CLEANUP_HOST struct host h = HOST_INIT;
	CLEANUP_SERVICE struct service s = SERVICE_INIT;
	struct dr_answer a = {.command = "update", .json = o->json, .name = in->argv[0], .s = &s,
		.dry_run = o->dry_run, .changed = o->dry_run ? " would be updated." : " is updated.",
		.same = " is up to date."};
	int rc = dr_host(&h, o->json, e);
	h.ui.dry_run = o->dry_run;
	if (rc == 0)
		rc = service_update(&s, &h, in->argv[0], o->pull, e);
	return dr_answer(&a, rc);
}

const struct command verb_update = {
	.name = "update",
	.summary = "take a service's scripts from its image again",
	.args = "SERVICENAME",
	.about = "For example after docker pull. The service's data stays as it is. Exit status 3: image and scripts are the same.\n",
	.example = "  dr update --pull helloworld\n",
	.opts = options,
	.opts_size = sizeof(struct update_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
