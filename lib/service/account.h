/*
 * account: druser and drgroup, uid and gid 22022, on the host. Only the numbers matter to services; the names are for
 * people who look at processes and files.
 */
#ifndef SERVICE_ACCOUNT_H
#define SERVICE_ACCOUNT_H

#include "service/host.h"

/* Whether the host's passwd has druser. */
bool account_present(void);

/* What account_add would meet: an enum passwd_result, or -1. */
int account_check(struct err *e) MUST_CHECK;

/* Adds what is missing, as root; says so when /etc cannot be written. The name or the number in other hands is
   ERR_EXISTS. */
int account_add(struct host *h, struct err *e) MUST_CHECK;

/* Takes it away again if there is no service left in the host's main folder, if that is open. */
int account_remove(struct host *h, struct err *e) MUST_CHECK;

#endif
