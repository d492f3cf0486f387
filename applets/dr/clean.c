#include "service/clean.h"

#include "command.h"
#include "dr/dr.h"

#include <stdio.h>

struct clean_opts {
	bool dry, json;
};

static const struct opt options[] = {
	{'n', "dry-run", OPT_FLAG, NULL, "say what would be removed, and remove nothing", offsetof(struct clean_opts, dry)},
	{0, "json", OPT_FLAG, NULL, "answer with a JSON object: containers, images, caches", offsetof(struct clean_opts, json)},
	{0},
};

static void list(struct json_writer *w, bool json, const char *what, const char *verb, const struct strvec *names)
{
	json_key(w, what);
	json_begin(w, '[');
	for (size_t i = 0; i < names->n; i++) {
		json_str(w, names->items[i]);
		if (!json)
			printf("%s %.*s %s\n", verb, what[0] == 'c' ? 9 : 5, what, names->items[i]);
	}
	json_end(w, ']');
}

static int run(struct invocation *in, struct err *e)
{
	const struct clean_opts *o = in->opts;
	const char *verb = o->dry ? "would remove" : "removed";
	CLEANUP_HOST struct host h = HOST_INIT;
	CLEANUP_CLEAN struct clean c = {0};
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b};
	int rc = dr_host(&h, o->json, e) < 0 ? -1 : clean_engine(&c, &h, o->dry, e);
	if (rc < 0)
		return -1;
	json_begin(&w, '{');
	json_kstr(&w, "command", "clean");
	json_kbool(&w, "changed", rc > 0);
	json_kbool(&w, "dry_run", o->dry);
	list(&w, o->json, "containers", verb, &c.containers);
	list(&w, o->json, "images", verb, &c.images);
	json_ki64(&w, "caches", (int64_t)c.caches);
	json_end(&w, '}');
	if (o->json)
		dr_print(&b);
	else if (c.caches)
		printf("%s %zu records of the build cache\n", verb, c.caches);
	if (rc == 0)
		host_note(&h, "there is nothing to clean");
	return rc ? EXIT_DONE : EXIT_UNCHANGED;
}

const struct command verb_clean = {
	.name = "clean",
	.summary = "remove old containers, dangling images and build cache",
	.about = "Containers go that exited over an hour ago and belong to no service. Services keep all that is theirs.\n",
	.example = "  dr clean --dry-run\n",
	.opts = options,
	.opts_size = sizeof(struct clean_opts),
	.run = run,
};
