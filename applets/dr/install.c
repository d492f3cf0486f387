#include "service/install.h"

#include "command.h"
#include "dr/dr.h"

struct install_opts {
	bool json, dry_run;
};

static const struct opt options[] = {
	{0, "dry-run", OPT_FLAG, NULL, "say what would be done, and do nothing", offsetof(struct install_opts, dry_run)},
	{0, "json", OPT_FLAG, NULL, "answer with a JSON object", offsetof(struct install_opts, json)},
	{0},
};

static int run(struct invocation *in, struct err *e)
{
	const struct install_opts *o = in->opts;
	CLEANUP_HOST struct host h = HOST_INIT;
	CLEANUP_SERVICE struct service s = SERVICE_INIT;
	struct dr_answer a = {.command = "install", .json = o->json, .name = in->argv[1], .s = &s,
		.dry_run = o->dry_run, .changed = o->dry_run ? " would be installed." : " is installed.",
		.same = " is installed from that image already."};
	int rc = dr_host(&h, o->json, e);
	h.ui.dry_run = o->dry_run;
	if (rc == 0)
		rc = service_install(&s, &h, in->argv[0], in->argv[1], e);
	return dr_answer(&a, rc);
}

const struct command verb_install = {
	.name = "install",
	.summary = "make a service of an image",
	.args = "IMAGENAME SERVICENAME",
	.about = "The image is pulled when it is not there, and checked before anything is changed. When anything fails,\n"
		 "everything is undone.\n",
	.example = "  dr install j842/dr-helloworld helloworld\n",
	.opts = options,
	.opts_size = sizeof(struct install_opts),
	.min_args = 2,
	.max_args = 2,
	.run = run,
};
