#include "service/command.h"

#include "base/str.h"
#include "service/name.h"
#include "service/script.h"

int service_command(struct host *h, const char *name, char *const *words, struct err *e)
{
	CLEANUP_SERVICE struct service s = SERVICE_INIT;
	if (!h->directory || !name_valid(name))
		return service_missing(h, name, true, e);
	int there = service_open(&s, h, name, SERVICE_LOCK | SERVICE_NESTED, e);
	if (there <= 0)
		return there < 0 ? -1 : service_missing(h, name, true, e);
	const char *word = words[0];
	struct script sc = {.command = "help"};
	if (word && !str_eq(word, "--help") && !str_eq(word, "-h")) {
		sc.command = word;
		sc.args = words + 1;
	}
	return script_run(&s, &sc, e);
}
