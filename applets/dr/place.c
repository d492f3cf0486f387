/*
 * dr .place: what dr asks of itself on the engine's host, where it has the engine's volumes mounted (volume_swap.h). No service
 * can have that name.
 */
#include "sys/place.h"

#include "base/str.h"
#include "command.h"

#include <stdio.h>
#include <unistd.h>

static int run(struct invocation *in, struct err *e)
{
	char **a = in->argv;
	uint64_t number;
	if (in->argc == 2 && str_eq(a[0], "look")) {
		/* All file systems: syncfs knows only those that it can open a file of. */
		sync();
		if (place_look(a[1], &number, e) < 0)
			return -1;
		printf("%llu\n", (unsigned long long)number);
		return EXIT_DONE;
	}
	if (in->argc == 4 && str_eq(a[0], "folder"))
		return str_to_u64(a[3], UINT64_MAX, &number, "number", e) < 0 || place_folder(a[1], a[2], number, e) < 0 ? -1 : EXIT_DONE;
	if (in->argc == 3 && str_eq(a[0], "like"))
		return place_like(a[1], a[2], e);
	return err_set(e, ERR_USAGE, "this is for dr itself");
}

const struct command verb_place = {
	.name = ".place",
	.summary = "exchange folders on the engine's host",
	.hidden = true,
	.max_args = ARGS_ANY,
	.run = run,
};
