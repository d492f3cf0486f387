/*
 * status: what there is of a service: on the host from its files alone, on the engine if that answers.
 *
 *     CLEANUP_JSON struct json *usage = status_usage(h);             once, for all services; NULL is taken everywhere
 *     CLEANUP_STATUS struct status st = {0};
 *     if (status_ask(&st, &s, e) < 0) ...
 *     int64_t bytes = status_size(usage, st.volumes.items[0]);
 */
#ifndef SERVICE_STATUS_H
#define SERVICE_STATUS_H

#include "codec/json.h"
#include "engine/container.h"
#include "service/store.h"

struct status {
	char *image_now;                  /* id of the image of that name on the engine; "" when it has none */
	struct strvec volumes;
	struct container_list containers; /* those that use the volumes, each once */
};

#define CLEANUP_STATUS CLEANUP_WITH(status_free)

/* Asks the engine. */
int status_ask(struct status *st, struct service *s, struct err *e) MUST_CHECK;
void status_free(struct status *st);

/* What the volumes take on the engine's disk (GET /system/df), or NULL when it does not tell; the bytes of one, -1: not
   known. */
struct json *status_usage(struct host *h);
int64_t status_size(const struct json *usage, const char *volume);

/* How the containers of a service are, at a glance. */
struct glance {
	unsigned word;         /* for glance_word: the state of the liveliest of them */
	unsigned count;        /* containers in that state */
	unsigned containers;   /* of the service altogether, by its volume dr-NAME-config */
};

/* "running", "exited", ...; "none" when there is no container. */
const char *glance_word(const struct glance *g);

/* Asks the engine about all of the services, sorted names, in a process of its own: the caller goes on meanwhile.
   status_glance_end fills in out[i] for names[i], and gives up `ms` milliseconds after the question: an engine that is down, or
   far away, keeps nobody waiting. It must follow a status_glance_begin that returned 0. */
struct glance_question {
	int from, pid;
	uint64_t until;
};
int status_glance_begin(struct glance_question *q, struct host *h, const struct strvec *names, int ms, struct err *e) MUST_CHECK;
int status_glance_end(struct glance_question *q, struct glance *out, size_t n, struct err *e) MUST_CHECK;

/* Seconds since the last good backup, -1: there is none. */
int64_t status_backup_age(const struct service *s);

/* Whether the engine has another image of that name than the one that the scripts are from. */
bool status_outdated(const struct status *st, const struct service *s);

/* Whether the launcher is there, and dr's. */
bool status_launcher(struct service *s);

#endif
