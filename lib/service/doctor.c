#include "service/doctor.h"

#include "base/str.h"
#include "codec/json.h"
#include "engine/container.h"
#include "engine/scratch.h"
#include "service/account.h"
#include "service/contract.h"
#include "service/journal.h"
#include "service/launcher.h"
#include "service/script_container.h"
#include "service/status.h"
#include "service/version.h"
#include "sys/file.h"
#include "sys/passwd.h"

#include <errno.h>
#include <string.h>

enum { SPACE_LITTLE = 100, SPACE_NONE = 8 };  /* MiB: a service's scripts and settings are far smaller */

static void look_at_folder(struct host *h, struct report *r)
{
	struct err e;
	uint64_t bytes;
	if (host_open(h, &e) < 0) {
		report_add(r, REPORT_PROBLEM, "directory", "%s", e.msg);
		return;
	}
	if (file_free_space(h->dir, ".", &bytes, &e) < 0) {
		report_add(r, REPORT_PROBLEM, "directory", "%s", e.msg);
		return;
	}
	unsigned long long free_mib = bytes >> 20;
	enum report_level level = free_mib < SPACE_NONE ? REPORT_PROBLEM : free_mib < SPACE_LITTLE ? REPORT_NOTE : REPORT_OK;
	if (faccessat(h->dir, ".", W_OK, AT_EACCESS) < 0)
		report_add(r, REPORT_PROBLEM, "directory", "%s cannot be written (%s)%s", h->directory, strerror(errno),
			errno == EROFS ? "; mount it read-write" : "; run dr as its owner");
	else
		report_add(r, level, "directory", "%s, %llu MiB free%s", h->directory, free_mib,
			level == REPORT_OK ? "" : "; make room: dr clean, or a larger disk");
}

static void look_at_launchers(struct host *h, struct report *r)
{
	struct err e;
	CLEANUP_FREE char *folder = h->own < 0 ? NULL : launcher_folder(h, &e);
	if (!folder) {
		if (h->own >= 0)
			report_add(r, REPORT_PROBLEM, "launchers", "%s", e.msg);
		return;
	}
	if (faccessat(AT_FDCWD, folder, W_OK, AT_EACCESS) < 0 && errno != ENOENT)
		report_add(r, REPORT_PROBLEM, "launchers", "%s cannot be written; choose another folder: "
			"dr configure %s --bin DIR", folder, h->directory);
	else if (!launcher_on_path(folder))
		report_add(r, REPORT_NOTE, "launchers", "%s is not on PATH: add it, or call services as dr NAME", folder);
	else
		report_add(r, REPORT_OK, "launchers", "%s, on PATH", folder);
}

static void look_at_leftovers(struct engine *g, const char *label, const char *what, struct report *r)
{
	struct err e;
	CLEANUP_CONTAINER_LIST struct container_list list = {0};
	CLEANUP_STRVEC struct strvec filters = {0};
	strvec_pushf(&filters, "label=%s", label);
	if (container_list(g, &filters, &list, &e) == 0 && list.n)
		report_add(r, REPORT_NOTE, "leftovers", "%zu %s container%s, of a dr that runs or was killed; "
			"dr clean removes old ones", list.n, what, list.n == 1 ? "" : "s");
}

static void look_at_engine(struct host *h, struct report *r)
{
	struct err e;
	CLEANUP_BUF struct buf b = {0};
	struct engine *g = host_engine(h, &e);
	if (!g || engine_call(g, "GET", NULL, &b, &e, "/version") < 0) {
		report_add(r, REPORT_PROBLEM, "engine", "%s", e.msg);
		return;
	}
	CLEANUP_JSON struct json *doc = json_parse(buf_cstr(&b), b.len, &e);
	const char *version = doc ? json_str_at(doc, "Version") : NULL;
	report_add(r, REPORT_OK, "engine", "%s %s, API 1.%u (it offers 1.%u), at %s%s%s", g->podman ? "Podman" : "Docker",
		version ? version : "?", g->api, g->api_max, g->endpoint.text, g->endpoint.from ? ", from " : "",
		g->endpoint.from ? g->endpoint.from : "");
	look_at_leftovers(g, SCRATCH_LABEL, "scratch", r);
	look_at_leftovers(g, SCRIPT_LABEL, "script", r);
}

/* How the scripts of images would run here. */
static void look_at_scripts(struct host *h, struct report *r)
{
	const char *way = getenv("DR_SCRIPTS");
	bool ours = h->ui.docker, first = ours && str_eq(getenv("DR_DOCKER"), "internal");
	CLEANUP_FREE char *docker = first ? NULL : spawn_find("docker", NULL);
	CLEANUP_FREE char *bash = spawn_find("bash", NULL);
	if (docker)
		report_add(r, REPORT_OK, "docker", "%s, the host's own", docker);
	else if (ours)
		report_add(r, REPORT_OK, "docker", first ? "dr's own, as DR_DOCKER says" : "the host has none: scripts get dr's");
	else
		report_add(r, REPORT_PROBLEM, "docker", "there is no docker command for the scripts of images: install one");
	if (way && *way && !str_eq(way, "host") && !str_eq(way, "container"))
		report_add(r, REPORT_PROBLEM, "scripts", "DR_SCRIPTS is '%s'; write host or container", way);
	else if (ours && str_eq(way, "container"))
		report_add(r, REPORT_OK, "scripts", "in a container of their image, as DR_SCRIPTS says");
	else if (bash)
		report_add(r, REPORT_OK, "scripts", "on the host, with %s", bash);
	else if (ours && !str_eq(way, "host"))
		report_add(r, REPORT_NOTE, "scripts", "the host has no bash: scripts for it run in a container of their image, "
			"or install bash");
	else
		report_add(r, REPORT_PROBLEM, "scripts", "the host has no bash, which the scripts of images are for: install it%s",
			ours ? ", or unset DR_SCRIPTS" : "");
}

static void look_at_account(struct host *h, struct report *r)
{
	struct err e;
	int rc = account_check(&e);
	if (rc < 0)
		report_add(r, REPORT_PROBLEM, "druser", "%s; change that, as dr install stops there", e.msg);
	else if (rc == PASSWD_UNCHANGED)
		report_add(r, REPORT_OK, "druser", "druser and drgroup have the number %d", CONTRACT_ID);
	else
		report_add(r, REPORT_NOTE, "druser", "%s; only the number %d matters%s", rc == PASSWD_ABSENT ?
			"there is no /etc/passwd or /etc/group" : "is not in /etc/passwd", CONTRACT_ID,
			rc == PASSWD_CHANGED && h->root ? ", and dr install adds the name if it can" : "");
}

static void look_at_services(struct host *h, struct report *r)
{
	struct err e;
	CLEANUP_STRVEC struct strvec names = {0};
	CLEANUP_STRVEC struct strvec busy = {0};
	if (h->own < 0)
		return;
	if (host_services(h, &names, &busy, &e) < 0) {
		report_add(r, REPORT_PROBLEM, "services", "%s", e.msg);
		return;
	}
	report_add(r, REPORT_OK, "services", "%zu installed", names.n);
	for (size_t i = 0; i < busy.n; i++) {
		CLEANUP_FREE char *op = journal_peek(h, busy.items[i]);
		report_add(r, REPORT_NOTE, busy.items[i], "its %s is going on or was interrupted; the next dr command on it, "
			"such as dr update %s, settles it", op ? op : "preparation", busy.items[i]);
	}
	for (size_t i = 0; i < names.n; i++) {
		CLEANUP_SERVICE struct service s = SERVICE_INIT;
		if (service_open(&s, h, names.items[i], 0, &e) < 0)
			report_add(r, REPORT_PROBLEM, names.items[i], "%s", e.msg);
		else if (s.state.launcher && !status_launcher(&s))
			report_add(r, REPORT_NOTE, s.name, "its launcher %s is missing; run: dr update %s", s.state.launcher, s.name);
	}
}

void doctor_examine(struct host *h, const struct err *failed, struct report *r)
{
	if (failed) {
		report_add(r, REPORT_PROBLEM, "settings", "%s", failed->msg);
	} else {
		report_add(r, REPORT_OK, "dr", "%s, at %s", DR_VERSION, h->self);
		look_at_folder(h, r);
		look_at_launchers(h, r);
	}
	look_at_engine(h, r);
	look_at_scripts(h, r);
	look_at_account(h, r);
	look_at_services(h, r);
}
