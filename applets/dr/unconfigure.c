#include "command.h"
#include "dr/dr.h"
#include "service/clean.h"

struct unconfigure_opts {
	bool json;
};

static const struct opt options[] = {
	{0, "json", OPT_FLAG, NULL, "answer with a JSON object", offsetof(struct unconfigure_opts, json)},
	{0},
};

static int run(struct invocation *in, struct err *e)
{
	const struct unconfigure_opts *o = in->opts;
	CLEANUP_HOST struct host h = HOST_INIT;
	struct dr_answer a = {.command = "unconfigure", .json = o->json, .changed = " is dr's main folder no more.",
		.same = "dr is not configured: there is nothing to undo."};
	int rc = dr_host(&h, o->json, e) < 0 ? -1 : host_unconfigure(&h, e);
	a.directory = h.directory ? h.directory : o->json ? NULL : "";
	return dr_answer(&a, rc);
}

const struct command verb_unconfigure = {
	.name = "unconfigure",
	.summary = "take dr's settings and user off a host that has no services left",
	.about = "The file dr itself stays, for you to remove.\n",
	.example = "  dr unconfigure && rm /opt/bin/dr\n",
	.opts = options,
	.opts_size = sizeof(struct unconfigure_opts),
	.run = run,
};
