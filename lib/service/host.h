/*
 * host: the host that services live on, as one dr command sees it: where things are, the engine, and how to tell people.
 *
 *     CLEANUP_HOST struct host h = HOST_INIT;
 *     if (host_init(&h, &ui, argv0, e) < 0) return -1;        reads the settings; "not configured" is no error yet
 *     if (host_open(&h, e) < 0) return -1;                    the main folder, which must be configured and there
 *     struct engine *g = host_engine(&h, e);                  connected at the first use
 *
 * On disk:
 *     /etc/dr/directory           names the main folder; without root $XDG_CONFIG_HOME/dr/directory
 *     DIRECTORY/NAME/bin          the image's /dr
 *     DIRECTORY/NAME/config       imagename.txt, servicename.txt, state.json (see store.h)
 *     DIRECTORY/.dr/version       the format of all this: "1"
 *     DIRECTORY/.dr/bin           the launchers' folder, when one was chosen with --bin
 *     DIRECTORY/.dr/lock/NAME     one lock a service
 *     DIRECTORY/.dr/work/NAME/    a transaction that is going on (see journal.h)
 *     DIRECTORY/.dr/path/docker   dr itself, for scripts on hosts without a docker command (see script.h)
 *
 * With ui.dry_run, the functions that change something check all that they would check, tell through notes what they would
 * do, return what they would return, and leave everything as it is: no pull, no lock, no volume, no script is run. What
 * was interrupted is not settled. To compare scripts, an update unpacks them in .dr/work and removes them. An image that
 * would have to be pulled cannot be checked; a note says so.
 */
#ifndef SERVICE_HOST_H
#define SERVICE_HOST_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/vec.h"
#include "engine/engine.h"
#include "sys/spawn.h"

#include <stdbool.h>

/* How the library asks and tells; the applet's to fill. */
struct host_ui {
	void (*note)(void *arg, const char *text);  /* a line for people: no newline in it; NULL: nobody listens */
	void *arg;
	void (*words)(struct strvec *out);          /* adds the names of applets and dr commands, which no service may have */
	struct spawn_stream script_out, script_err; /* where the output of an image's own scripts goes (install, destroy) */
	bool progress;                              /* show the progress of a pull on stderr */
	bool docker;                                /* dr has a docker applet, for hosts without a docker command */
	bool dry_run;                               /* check all, say what would be done, and touch nothing */
};

struct host {
	struct host_ui ui;
	bool root;
	char *settings;      /* "/etc/dr" */
	char *directory;     /* the main folder; NULL: not configured */
	char *self;          /* dr's own file, as launchers should name it */
	int dir;             /* the main folder, after host_open */
	int own;             /* DIRECTORY/.dr, after host_open; -1 when a dry run finds none */
	struct engine engine;
	bool engine_ready;
};

#define HOST_INIT {.dir = -1, .own = -1}
#define CLEANUP_HOST CLEANUP_WITH(host_free)

/* Finds dr's own file and reads the settings. argv0 is for hosts without /proc. */
int host_init(struct host *h, const struct host_ui *ui, const char *argv0, struct err *e) MUST_CHECK;
void host_free(struct host *h);

/* Opens the main folder and DIRECTORY/.dr, which is made when an older dr has not. As root it also takes the folder back
   from uid 22022, to which the original script gave it, and refuses one that others than root can write. */
int host_open(struct host *h, struct err *e) MUST_CHECK;

/* Sets the main folder and, when bin is not NULL, the launchers' folder. Returns 1 when that changed something, 0 when
   all was so already. Another main folder is ERR_REFUSED while services are installed in the old one. */
int host_configure(struct host *h, const char *directory, const char *bin, struct err *e) MUST_CHECK;

/* Which engine is meant, without connecting; NULL with *e filled. */
const struct endpoint *host_endpoint(struct host *h, struct err *e);

/* The engine, connected; NULL with *e filled. */
struct engine *host_engine(struct host *h, struct err *e);

/* Tells people. */
__attribute__((format(printf, 2, 3))) void host_note(struct host *h, const char *fmt, ...);

/* The names of what is installed and of what has a transaction going on, each sorted. Either may be NULL. Folders
   without imagename.txt are no services. */
int host_services(struct host *h, struct strvec *names, struct strvec *busy, struct err *e) MUST_CHECK;

/* The names of the folders that may be services, sorted, for who reads their imagename.txt in any case. */
int host_folders(struct host *h, struct strvec *names, struct err *e) MUST_CHECK;

#endif
