#include "service/status.h"

#include "base/str.h"
#include "command.h"
#include "dr/dr.h"
#include "service/journal.h"

#include <stdio.h>

struct status_opts {
	bool json;
};

static const struct opt options[] = {
	{0, "json", OPT_FLAG, NULL, "answer with a JSON object for each service", offsetof(struct status_opts, json)},
	{0},
};

static const char *image_words(const struct status *st, const struct service *s)
{
	if (!*st->image_now)
		return "the engine does not have it";
	if (!s->state.image_id)
		return "not known which one the scripts are from: run dr update";
	return status_outdated(st, s) ? "the engine has another one now: run dr update" : "up to date";
}

static void print_text(struct service *s, const struct status *st, const char *busy)
{
	printf("service     %s\n", s->name);
	printf("image       %s\n", s->image);
	if (s->state.image_id)
		printf("image id    %s\n", s->state.image_id);
	if (st)
		printf("            %s\n", image_words(st, s));
	printf("folder      %s\n", s->path);
	if (s->state.launcher)
		printf("launcher    %s%s\n", s->state.launcher, status_launcher(s) ? "" : " (missing: run dr update)");
	if (busy)
		printf("interrupted %s: the next dr command on %s settles it\n", busy, s->name);
	for (size_t i = 0; st && i < st->volumes.n; i++)
		printf("volume      %s\n", st->volumes.items[i]);
	for (size_t i = 0; st && i < st->containers.n; i++)
		printf("container   %s  %s\n", st->containers.items[i].name, st->containers.items[i].status);
}

static void containers_json(struct json_writer *w, const struct container_list *list)
{
	json_key(w, "containers");
	json_begin(w, '[');
	for (size_t i = 0; i < list->n; i++) {
		json_begin(w, '{');
		json_kstr(w, "id", list->items[i].id);
		json_kstr(w, "name", list->items[i].name);
		json_kstr(w, "state", list->items[i].state);
		json_end(w, '}');
	}
	json_end(w, ']');
}

static void print_json(struct service *s, const struct status *st, const char *busy)
{
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b};
	json_begin(&w, '{');
	json_kstr(&w, "service", s->name);
	json_kstr(&w, "image", s->image);
	json_kstr(&w, "image_id", s->state.image_id);
	json_kstr(&w, "digest", s->state.digest);
	json_kstr(&w, "directory", s->path);
	json_kstr(&w, "launcher", s->state.launcher);
	json_kbool(&w, "launcher_present", status_launcher(s));
	json_kstr(&w, "installed", s->state.installed);
	json_kstr(&w, "updated", s->state.updated);
	json_kstr(&w, "interrupted", busy);
	if (st) {
		json_kbool(&w, "image_present", *st->image_now != '\0');
		json_kbool(&w, "outdated", status_outdated(st, s));
		json_key(&w, "volumes");
		json_begin(&w, '[');
		for (size_t i = 0; i < st->volumes.n; i++)
			json_str(&w, st->volumes.items[i]);
		json_end(&w, ']');
		containers_json(&w, &st->containers);
	}
	json_end(&w, '}');
	dr_print(&b);
}

/* What is on the host is shown in any case; -1 when the engine could not tell the rest. */
static int show(struct host *h, const char *name, bool json, struct err *e)
{
	CLEANUP_SERVICE struct service s = SERVICE_INIT;
	CLEANUP_STATUS struct status st = {0};
	int there = service_open(&s, h, name, 0, e);
	if (there <= 0)
		return there < 0 ? -1 : service_missing(h, name, false, e);
	CLEANUP_FREE char *busy = journal_peek(h, name);
	int rc = status_ask(&st, &s, e);
	if (json)
		print_json(&s, rc < 0 ? NULL : &st, busy);
	else
		print_text(&s, rc < 0 ? NULL : &st, busy);
	return rc;
}

static int run(struct invocation *in, struct err *e)
{
	const struct status_opts *o = in->opts;
	CLEANUP_HOST struct host h = HOST_INIT;
	CLEANUP_STRVEC struct strvec names = {0};
	if (dr_host(&h, o->json, e) < 0 || host_open(&h, e) < 0)
		return -1;
	if (in->argc)
		strvec_push(&names, in->argv[0]);
	else if (host_services(&h, &names, NULL, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		if (i && !o->json)
			putchar('\n');
		if (show(&h, names.items[i], o->json, e) < 0)
			return -1;
	}
	if (names.n == 0)
		fprintf(stderr, "dr: no service is installed; dr install IMAGENAME SERVICENAME installs one\n");
	return EXIT_DONE;
}

const struct command verb_status = {
	.name = "status",
	.summary = "show what there is of a service, or of all",
	.args = "[SERVICENAME]",
	.example = "  dr status helloworld\n",
	.opts = options,
	.opts_size = sizeof(struct status_opts),
	.max_args = 1,
	.run = run,
};
