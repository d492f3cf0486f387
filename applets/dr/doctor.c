#include "service/doctor.h"

#include "command.h"
#include "dr/dr.h"

struct doctor_opts {
	bool json;
};

static const struct opt options[] = {
	{0, "json", OPT_FLAG, NULL, "answer with a JSON object: problems, findings (level, topic, text)",
		offsetof(struct doctor_opts, json)},
	{0},
};

static int run(struct invocation *in, struct err *e)
{
	const struct doctor_opts *o = in->opts;
	CLEANUP_HOST struct host h = HOST_INIT;
	CLEANUP_REPORT struct report r = {0};
	doctor_examine(&h, dr_host(&h, o->json, e) < 0 ? e : NULL, &r);
	return dr_report("doctor", NULL, &r, o->json);
}

const struct command verb_doctor = {
	.name = "doctor",
	.summary = "tell what dr finds on this host, and what is missing",
	.about = "Each line is ok, note or problem, with what to do. Exit status 1 when there is a problem.\n",
	.example = "  dr doctor\n",
	.opts = options,
	.opts_size = sizeof(struct doctor_opts),
	.run = run,
};
