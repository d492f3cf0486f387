#include "command.h"

#include <stdio.h>

static int run(struct invocation *in, struct err *e)
{
	(void)e;
	command_help(in->command, in->name);
	return EXIT_DONE;
}

const struct command applet_dr = {
	.name = "dr",
	.summary = "Docker Runner: turns Docker images into installed services",
	.args = "COMMAND",
	.max_args = ARGS_ANY,
	.stop_at_operand = true,
	.run = run,
};
