#include "base/str.h"
#include "command.h"
#include "dr/dr.h"
#include "service/journal.h"

#include <stdio.h>
#include <string.h>

struct list_opts {
	bool json;
};

static const struct opt options[] = {
	{0, "json", OPT_FLAG, NULL, "answer with a JSON array of objects: service, image, interrupted",
		offsetof(struct list_opts, json)},
	{0},
};

struct row {
	const char *name;
	char *image;
	char *busy;    /* what is going on, or was interrupted */
};

static void print_text(const struct row *r, int width)
{
	printf("%-*s  %s", width, r->name, r->image ? r->image : "(its image is not known)");
	if (r->busy)
		printf("  (%s going on or interrupted)", r->busy);
	putchar('\n');
}

static void print_json(struct json_writer *w, const struct row *r)
{
	json_begin(w, '{');
	json_kstr(w, "service", r->name);
	json_kstr(w, "image", r->image);
	json_kstr(w, "interrupted", r->busy);
	json_end(w, '}');
}

static int run(struct invocation *in, struct err *e)
{
	const struct list_opts *o = in->opts;
	struct err ignored;
	CLEANUP_HOST struct host h = HOST_INIT;
	CLEANUP_STRVEC struct strvec names = {0};
	CLEANUP_STRVEC struct strvec busy = {0};
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b};
	int width = 0;
	if (dr_host(&h, o->json, e) < 0 || host_services(&h, &names, &busy, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if ((int)strlen(names.items[i]) > width)
			width = (int)strlen(names.items[i]);
	json_begin(&w, '[');
	for (size_t i = 0; i < names.n; i++) {
		struct row r = {.name = names.items[i], .image = service_image(&h, names.items[i], &ignored)};
		r.busy = strvec_has(&busy, r.name) ? journal_peek(&h, r.name) : NULL;
		if (o->json)
			print_json(&w, &r);
		else
			print_text(&r, width);
		free(r.image);
		free(r.busy);
	}
	json_end(&w, ']');
	if (o->json)
		dr_print(&b);
	else if (names.n == 0)
		fprintf(stderr, "dr: no service is installed; dr install IMAGENAME SERVICENAME installs one\n");
	return EXIT_DONE;
}

const struct command verb_list = {
	.name = "list",
	.summary = "show the installed services and their images",
	.example = "  dr list\n",
	.opts = options,
	.opts_size = sizeof(struct list_opts),
	.run = run,
};
