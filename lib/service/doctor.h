/*
 * doctor: what dr finds on this host, and what is missing for it to work. Changes nothing.
 */
#ifndef SERVICE_DOCTOR_H
#define SERVICE_DOCTOR_H

#include "service/host.h"
#include "service/report.h"

/* Examines the host. `failed` is why host_init could not fill *h, or NULL: then only what needs no settings is looked
   at. */
void doctor_examine(struct host *h, const struct err *failed, struct report *r);

#endif
