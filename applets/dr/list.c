#include "base/mem.h"
#include "base/str.h"
#include "command.h"
#include "dr/dr.h"
#include "service/journal.h"
#include "service/status.h"
#include "sys/file.h"
#include "sys/tty.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE = 4000 };  /* ms that the engine has to tell of the containers: the list itself is on the host */

struct list_opts {
	bool json;
};

static const struct opt options[] = {
	{0, "json", OPT_FLAG, NULL, "answer with a JSON object: services (service, image, state, containers, interrupted)",
		offsetof(struct list_opts, json)},
	{0},
};

struct row {
	const char *name;
	char *image;
	char *busy;               /* what is going on, or was interrupted */
	const struct glance *at;  /* NULL: the engine did not tell */
};

/* Name and state stand together; a terminal that is too narrow for the image has it beneath. */
static void print_text(const struct row *r, int width, int images, unsigned columns)
{
	const char *image = r->image ? r->image : "(its image is not known)";
	CLEANUP_FREE char *state = !r->at ? NULL : !r->at->containers ? mem_strdup("no container") :
		r->at->containers == 1 ? mem_strdup(glance_word(r->at)) :
		str_printf("%u of %u %s", r->at->count, r->at->containers, glance_word(r->at));
	CLEANUP_FREE char *busy = r->busy ? str_printf("%s(%s going on or interrupted)", state ? "  " : "", r->busy) : NULL;
	bool more = state || busy;
	if ((unsigned)(width + images) + 18 > columns)
		printf("%-*s%s%s%s\n  %s\n", more ? width : 0, r->name, more ? "  " : "", state ? state : "", busy ? busy : "", image);
	else
		printf("%-*s  %-*s%s%s%s\n", width, r->name, more ? images : 0, image, more ? "  " : "", state ? state : "",
			busy ? busy : "");
}

static void print_json(struct json_writer *w, const struct row *r)
{
	json_begin(w, '{');
	json_kstr(w, "service", r->name);
	json_kstr(w, "image", r->image);
	if (r->at) {
		json_kstr(w, "state", glance_word(r->at));
		json_ki64(w, "containers", r->at->containers);
	}
	json_kstr(w, "interrupted", r->busy);
	json_end(w, '}');
}

static int longest(struct row *rows, size_t n, bool images)
{
	size_t longest = 0;
	for (size_t i = 0; i < n; i++) {
		const char *word = images ? rows[i].image : rows[i].name;
		if (word && strlen(word) > longest)
			longest = strlen(word);
	}
	return (int)longest;
}

static void print_rows(struct row *rows, size_t n, const char *engine, bool json)
{
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b};
	int width = longest(rows, n, false), images = longest(rows, n, true);
	unsigned columns = UINT_MAX, lines;
	if (tty_is(STDOUT_FILENO))
		tty_size(STDOUT_FILENO, &columns, &lines);
	json_begin(&w, '{');
	json_kstr(&w, "command", "list");
	json_key(&w, "services");
	json_begin(&w, '[');
	for (size_t i = 0; i < n; i++) {
		if (json)
			print_json(&w, &rows[i]);
		else
			print_text(&rows[i], width, images, columns);
	}
	json_end(&w, ']');
	json_kstr(&w, "engine_error", engine);
	json_end(&w, '}');
	if (json)
		dr_print(&b);
}

/* Whether it has an imagename.txt that could not be read. */
static bool service_folder(const struct host *h, const char *name)
{
	CLEANUP_FREE char *path = str_printf("%s/config/imagename.txt", name);
	return file_exists(h->dir, path);
}

static int run(struct invocation *in, struct err *e)
{
	const struct list_opts *o = in->opts;
	struct err ignored, why = {0};
	CLEANUP_HOST struct host h = HOST_INIT;
	CLEANUP_STRVEC struct strvec names = {0};
	CLEANUP_STRVEC struct strvec busy = {0};
	if (dr_host(&h, o->json, e) < 0 || host_folders(&h, &names, e) < 0 || host_services(&h, NULL, &busy, e) < 0)
		return -1;
	CLEANUP_FREE struct glance *glances = mem_array(names.n + 1, sizeof *glances);
	CLEANUP_FREE struct row *rows = mem_array(names.n + 1, sizeof *rows);
	struct glance_question asked;
	bool told = names.n && status_glance_begin(&asked, &h, &names, PATIENCE, &why) == 0;
	size_t n = 0;
	for (size_t i = 0; i < names.n; i++) {
		struct row r = {.name = names.items[i], .image = service_image(&h, names.items[i], &ignored), .at = &glances[i]};
		if (!r.image && ignored.kind != ERR_FORMAT && !service_folder(&h, r.name))
			continue;
		r.busy = strvec_has(&busy, r.name) ? journal_peek(&h, r.name) : NULL;
		rows[n++] = r;
	}
	told = told && status_glance_end(&asked, glances, names.n, &why) == 0;
	for (size_t i = 0; i < n && !told; i++)
		rows[i].at = NULL;
	print_rows(rows, n, why.kind ? why.msg : NULL, o->json);
	for (size_t i = 0; i < n; i++) {
		free(rows[i].image);
		free(rows[i].busy);
	}
	if (n == 0 && !o->json)
		host_note(&h, "no service is installed; dr install IMAGENAME SERVICENAME installs one");
	else if (n && !told)
		host_note(&h, "how the services are is not known: %s", why.msg);
	return EXIT_DONE;
}

const struct command verb_list = {
	.name = "list",
	.summary = "show the installed services, their images and how they are",
	.about = "The state is that of the containers with the service's volume: running, exited and so on.\n",
	.example = "  dr list\n",
	.opts = options,
	.opts_size = sizeof(struct list_opts),
	.run = run,
};
