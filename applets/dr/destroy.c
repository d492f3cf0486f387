#include "service/destroy.h"

#include "command.h"
#include "dr/dr.h"

struct destroy_opts {
	bool force, json, dry_run;
};

static const struct opt options[] = {
	{'f', "force", OPT_FLAG, NULL, "go on when the destroy script fails", offsetof(struct destroy_opts, force)},
	{0, "dry-run", OPT_FLAG, NULL, "say what would be done, and do nothing", offsetof(struct destroy_opts, dry_run)},
	{0, "json", OPT_FLAG, NULL, "answer with a JSON object", offsetof(struct destroy_opts, json)},
	{0},
};

static int run(struct invocation *in, struct err *e)
{
	const struct destroy_opts *o = in->opts;
	CLEANUP_HOST struct host h = HOST_INIT;
	struct dr_answer a = {.command = "destroy", .json = o->json, .name = in->argv[0],
		.dry_run = o->dry_run, .changed = o->dry_run ? " would be destroyed." : " is destroyed.",
		.same = " is not installed: there is nothing to destroy."};
	int rc = dr_host(&h, o->json, e);
	h.ui.dry_run = o->dry_run;
	if (rc == 0)
		rc = service_destroy(&h, in->argv[0], o->force, e);
	return dr_answer(&a, rc);
}

const struct command verb_destroy = {
	.name = "destroy",
	.summary = "remove a service and ALL its data",
	.args = "SERVICENAME",
	.about = "Its destroy script runs first; then its containers, volumes (dr-SERVICENAME-...), launcher and folder go.\n"
		 "There is no confirmation.\n",
	.example = "  dr destroy helloworld\n",
	.opts = options,
	.opts_size = sizeof(struct destroy_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
