/*
 * store: one installed service, as it lies on disk.
 *
 *     CLEANUP_SERVICE struct service s = SERVICE_INIT;
 *     int there = service_open(&s, h, name, SERVICE_LOCK, e);      1: installed and loaded; 0: there is none; -1
 *
 * With SERVICE_LOCK the service's lock is held until service_close, and what an interrupted command left is settled
 * first (see recover.h). A service that the original script installed has no state.json: its state is empty.
 *
 * config/state.json is {"version":1,"image_id":...,"digest":...,"launcher":...,"target":...,"installed":...,
 * "updated":...,"dr":...,"last_backup":{"time":...,"file":...}}; times are RFC 3339.
 */
#ifndef SERVICE_STORE_H
#define SERVICE_STORE_H

#include "service/host.h"
#include "sys/lock.h"

struct state {
	char *image_id;      /* of the image that the scripts are from */
	char *digest;        /* its first repo digest, "name@sha256:..."; NULL: it has none */
	char *launcher;      /* where the launcher is */
	char *target;        /* what it leads to */
	char *installed, *updated;
	char *scripts;       /* "container" if the image's label dr.scripts asks for one, else "host"; NULL: not known */
	char *dr;            /* the version of dr that wrote this */
	char *backup_time;   /* of the last backup that is complete; NULL: there is none */
	char *backup_file;   /* its name: an absolute path, s3://..., or "-" for a pipe */
};

struct service {
	struct host *host;
	char *name;
	char *path;          /* DIRECTORY/NAME */
	char *image;         /* imagename.txt */
	struct state state;
	struct lock lock;
	char *settled;       /* the interrupted command that was settled by opening: "install"; NULL: none */
	bool nested;         /* a script of this service runs this dr: its lock is held by the dr that runs the script */
};

#define SERVICE_INIT {.lock = LOCK_INIT}
#define CLEANUP_SERVICE CLEANUP_WITH(service_close)

enum {
	SERVICE_LOCK = 1,    /* take the lock, and settle what was interrupted */
	SERVICE_NEW = 2,     /* for who is about to install it: lock it even if there is none of that name */
	SERVICE_NESTED = 4,  /* allow it from a script of the service itself, under the lock of the dr that runs that */
};

/* The name is checked first (name_check). On return 0, s->name and s->path are set. */
int service_open(struct service *s, struct host *h, const char *name, int flags, struct err *e) MUST_CHECK;
void service_close(struct service *s);

/* Removes the lock file, for a service that is no more, and releases the lock. */
void service_forget(struct service *s);

/* Reads imagename.txt and state.json again. Returns 1, 0 when there is no service, or -1. */
int service_load(struct service *s, struct err *e) MUST_CHECK;

/* ERR_NOT_FOUND "there is no service NAME", with what may have been meant: a service, or with `command` (for a word that
   might have been one) one of dr's commands. */
int service_missing(struct host *h, const char *name, bool command, struct err *e) MUST_CHECK;

/* The name of the image of a service (the caller's), or NULL when that is no service. */
char *service_image(struct host *h, const char *name, struct err *e);

/* state.json at path beneath dirfd. */
int state_write(const struct state *st, int dirfd, const char *path, struct err *e) MUST_CHECK;
int state_read(struct state *st, int dirfd, const char *path, struct err *e) MUST_CHECK;  /* 1, 0: none, or -1 */
void state_free(struct state *st);

/* A state of now for an image that is to be written (the caller's to free); `old` may be NULL. */
struct image;
struct state state_new(const struct image *img, const char *launcher, const char *target, const struct state *old);

#endif
