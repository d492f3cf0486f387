#include "service/lint.h"

#include "base/str.h"
#include "engine/container.h"
#include "engine/volume.h"
#include "service/destroy.h"
#include "service/install.h"
#include "service/script.h"
#include "sys/file.h"
#include "sys/rand.h"

#include <stdio.h>

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

/* The containers of the image. */
static int containers(struct host *h, const char *image, struct container_list *list, struct err *e)
{
	CLEANUP_STRVEC struct strvec filters = {0};
	struct engine *g = host_engine(h, e);
	strvec_pushf(&filters, "ancestor=%s", image);
	return g ? container_list(g, &filters, list, e) : -1;
}

static int look_behind(struct host *h, const char *image, const struct strvec *before, const char *token, struct report *r,
	struct err *e)
{
	CLEANUP_CONTAINER_LIST struct container_list after = {0};
	CLEANUP_VOLUME_LIST struct volume_list volumes = {0};
	CLEANUP_STRVEC struct strvec filters = {0};
	size_t problems = r->count[REPORT_PROBLEM];
	strvec_pushf(&filters, "name=%s", token);
	if (containers(h, image, &after, e) < 0 || volume_list(&h->engine, &filters, &volumes, e) < 0)
		return -1;
	for (size_t i = 0; i < after.n; i++)
		if (!strvec_has(before, after.items[i].id))
			report_add(r, REPORT_PROBLEM, "destroy", "it leaves the container %s behind", after.items[i].name);
	for (size_t i = 0; i < volumes.n; i++)
		report_add(r, REPORT_PROBLEM, "destroy", "it leaves the volume %s behind", volumes.items[i].name);
	if (r->count[REPORT_PROBLEM] == problems)
		report_add(r, REPORT_OK, "destroy", "leaves nothing behind");
	return 0;
}

int lint_run(struct host *h, const char *image, struct report *r, struct err *e)
{
	char token[9], names[2][16];
	CLEANUP_CONTAINER_LIST struct container_list list = {0};
	CLEANUP_STRVEC struct strvec before = {0};
	struct err failed;
	if (host_open(h, e) < 0 || rand_name(token, sizeof token - 1, e) < 0 || containers(h, image, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		strvec_push(&before, list.items[i].id);
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
