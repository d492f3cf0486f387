#include "service/lint.h"

#include "base/str.h"
#include "codec/json.h"
#include "service/destroy.h"
#include "service/install.h"
#include "service/launcher.h"
#include "service/script.h"
#include "sys/file.h"
#include "sys/rand.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

/* Runs one command with the answer thrown away; a failure is a problem of the image. */
static void try(struct service *s, const char *command, char *folder, struct report *r)
{
	struct err e;
	struct spawn_stream null = {.kind = SPAWN_NULL};
	struct script sc = {.command = command, .args = (char *const[]){folder, NULL}, .in = null, .out = null, .err = null,
		.note_signals = true};
	int code = script_run(s, &sc, &e);
	if (code < 0)
		report_add(r, REPORT_PROBLEM, command, "%s", e.msg);
	else if (code != 0)
		report_add(r, REPORT_PROBLEM, command, "it failed with exit code %d, run without a terminal", code);
	else
		report_add(r, REPORT_OK, command, "ran without a terminal");
}

static int install_and_try(struct host *h, const char *image, const char *name, struct report *r, struct err *e)
{
	CLEANUP_SERVICE struct service s = SERVICE_INIT;
	CLEANUP_FREE char *folder = str_printf("%s/.dr/%s", h->directory, name);
	if (service_install(&s, h, image, name, e) < 0) {
		report_add(r, REPORT_PROBLEM, "install", "%s", e->msg);
		return 0;
	}
	report_add(r, REPORT_OK, "install", "ran without a terminal");
	try(&s, "help", NULL, r);
	if (file_mkdir_p(AT_FDCWD, folder, 0700, e) < 0)
		return -1;
	try(&s, "backup", folder, r);
	try(&s, "restore", folder, r);
	return file_rm_tree(AT_FDCWD, folder, e) < 0 ? -1 : 0;
}

static void add_folder(const char *folder, struct strvec *out)
{
	DIR *d = opendir(folder);
	for (struct dirent *x; d && (x = readdir(d));)
		strvec_pushf(out, "the file %s/%s", str_eq(folder, ".") ? "" : folder, x->d_name);
	if (d)
		closedir(d);
}

/* What there is that scripts can leave behind, one text for each. */
static int snapshot(struct host *h, struct strvec *out, struct err *e)
{
	static const struct { const char *what, *path, *list, *name; } kinds[] = {
		{"container", "containers/json", NULL, "Names"}, {"volume", "volumes", "Volumes", "Name"},
		{"network", "networks", NULL, "Name"}, {"image", "images/json", NULL, "Id"}};
	struct engine *g = host_engine(h, e);
	CLEANUP_FREE char *launchers = g ? launcher_folder(h, e) : NULL;
	if (!launchers)
		return -1;
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		CLEANUP_BUF struct buf b = {0};
		if (engine_call(g, "GET", NULL, &b, e, "/%s?all=1", kinds[k].path) < 0)
			return -1;
		CLEANUP_JSON struct json *doc = json_parse(buf_cstr(&b), b.len, e);
		if (!doc)
			return -1;
		const struct json *list = kinds[k].list ? json_get(doc, kinds[k].list) : doc;
		for (size_t i = 0; i < json_count(list); i++) {
			const struct json *name = json_get(&list->items[i], kinds[k].name);
			const char *text = json_text(json_count(name) && !json_text(name) ? &name->items[0] : name);
			const char *image = json_str_at(&list->items[i], "Image");
			strvec_pushf(out, "the %s %s%s%s", kinds[k].what, !text ? "?" : text + (*text == '/'), image ? " of " : "",
				image ? image : "");
		}
	}
	add_folder(h->directory, out);
	add_folder(launchers, out);
	add_folder("/tmp", out);
	add_folder(".", out);
	return 0;
}

/* What has one of the scratch names in its own, or is a container of the image, is of the image's making; other things that
   are new may be somebody else's. */
static int look_behind(struct host *h, const char *image, const struct strvec *before, const char *token, struct report *r,
	struct err *e)
{
	CLEANUP_STRVEC struct strvec after = {0};
	CLEANUP_FREE char *of_image = str_printf(" of %s", image);
	size_t problems = r->count[REPORT_PROBLEM];
	if (snapshot(h, &after, e) < 0)
		return -1;
	for (size_t i = 0; i < after.n; i++) {
		const char *text = after.items[i];
		if (strvec_has(before, text))
			continue;
		if (strstr(text, token) || str_ends(text, of_image))
			report_add(r, REPORT_PROBLEM, "destroy", "it leaves %s behind", text);
		else
			report_add(r, REPORT_NOTE, "destroy", "%s is new: if a script made it, destroy should remove it", text);
	}
	if (r->count[REPORT_PROBLEM] == problems)
		report_add(r, REPORT_OK, "destroy", "leaves nothing behind");
	return 0;
}

int lint_run(struct host *h, const char *image, struct report *r, struct err *e)
{
	char token[9], names[2][16];
	CLEANUP_STRVEC struct strvec before = {0};
	struct err failed;
	if (host_open(h, e) < 0 || rand_name(token, sizeof token - 1, e) < 0 || snapshot(h, &before, e) < 0)
		return -1;
	int rc = 0;
	for (int i = 0; i < 2; i++) {
		snprintf(names[i], sizeof names[i], "lint-%s-%c", token, 'a' + i);
		rc = rc < 0 ? -1 : install_and_try(h, image, names[i], r, e);
	}
	for (int i = 0; i < 2; i++) {
		if (service_destroy(h, names[i], false, &failed) >= 0)
			continue;
		report_add(r, REPORT_PROBLEM, "destroy", "%s", failed.msg);
		if (service_destroy(h, names[i], true, &failed) < 0)
			report_add(r, REPORT_PROBLEM, "destroy", "%s", failed.msg);
	}
	return rc < 0 ? -1 : look_behind(h, image, &before, token, r, e);
}
