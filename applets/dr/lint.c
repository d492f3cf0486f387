#include "service/lint.h"

#include "command.h"
#include "dr/dr.h"

struct lint_opts {
	bool run, json;
};

static const struct opt options[] = {
	{0, "run", OPT_FLAG, NULL, "also install it twice under scratch names, and try its scripts", offsetof(struct lint_opts, run)},
	{0, "json", OPT_FLAG, NULL, "answer with a JSON object: problems, findings (level, topic, text)",
		offsetof(struct lint_opts, json)},
	{0},
};

static int run(struct invocation *in, struct err *e)
{
	const struct lint_opts *o = in->opts;
	CLEANUP_HOST struct host h = HOST_INIT;
	CLEANUP_REPORT struct report r = {0};
	int rc = dr_host(&h, true, e) < 0 ? -1 : lint_image(&h, in->argv[0], &r, e);
	if (rc == 0 && o->run && !r.count[REPORT_PROBLEM])
		rc = lint_run(&h, in->argv[0], &r, e);
	return rc < 0 ? -1 : dr_report("lint", in->argv[0], &r, o->json);
}

const struct command verb_lint = {
	.name = "lint",
	.summary = "check an image that is to become a service, for its author",
	.args = "IMAGENAME",
	.about = "Problems break the contract, or a script can never run: exit status 1. Notes are what bites in practice.\n"
		 "Nothing of the image is run without --run.\n",
	.example = "  dr lint --run j842/dr-helloworld\n",
	.opts = options,
	.opts_size = sizeof(struct lint_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
