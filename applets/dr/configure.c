#include "command.h"
#include "dr/dr.h"

struct configure_opts {
	const char *bin;
	bool json;
};

static const struct opt options[] = {
	{0, "bin", OPT_STR, "DIR", "put the launchers of services into DIR", offsetof(struct configure_opts, bin)},
	{0, "json", OPT_FLAG, NULL, "answer with a JSON object", offsetof(struct configure_opts, json)},
	{0},
};

static int run(struct invocation *in, struct err *e)
{
	const struct configure_opts *o = in->opts;
	CLEANUP_HOST struct host h = HOST_INIT;
	struct dr_answer a = {.command = "configure", .json = o->json, .changed = " is dr's main folder now.",
		.same = " is dr's main folder already."};
	int rc = dr_host(&h, o->json, e) < 0 ? -1 : host_configure(&h, in->argv[0], o->bin, e);
	a.directory = h.directory;
	return dr_answer(&a, rc);
}

const struct command verb_configure = {
	.name = "configure",
	.summary = "set the folder that services are kept in, once for each host",
	.args = "DIRECTORY",
	.about = "The folder is made when it is not there. Without --bin, launchers go where dr itself stands if that is on\n"
		 "PATH and can be written, else to /usr/local/bin, else to /opt/bin; without root to ~/.local/bin.\n",
	.example = "  dr configure /opt/dr\n",
	.opts = options,
	.opts_size = sizeof(struct configure_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
