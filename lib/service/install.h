/*
 * install: an image becomes a service.
 *
 *     CLEANUP_SERVICE struct service s = SERVICE_INIT;
 *     int rc = service_install(&s, h, "j842/dr-helloworld", "helloworld", e);     1: installed; 0: it was
 *
 * One transaction: name, launcher and image are checked before anything on the host changes (an image that is not there is
 * pulled for that); what fails later, a signal included, is undone. See journal.h for a dr that is killed.
 */
#ifndef SERVICE_INSTALL_H
#define SERVICE_INSTALL_H

#include "service/store.h"

/* s is the caller's to close, and on success is the service, locked. A service of that name from another image is
   ERR_EXISTS. */
int service_install(struct service *s, struct host *h, const char *image, const char *name, struct err *e) MUST_CHECK;

/* Whether a service may have that name here: by the rules, not an applet's or a command's, nor one that another command on
   PATH has. *launcher becomes the path of the launcher (the caller's). */
int install_check_name(struct host *h, const char *name, char **launcher, struct err *e) MUST_CHECK;

/* Makes the volume dr-NAME-config, with what the image has at /config, unless it is there. */
int install_volume(struct service *s, const char *image_id, struct err *e) MUST_CHECK;

#endif
