/*
 * contract_files: the part of the contract that is about /dr: one pass over its tar, checking and unpacking.
 */
#ifndef SERVICE_CONTRACT_FILES_H
#define SERVICE_CONTRACT_FILES_H

#include "base/stream.h"
#include "service/contract.h"

/* Adds a shortcoming. */
__attribute__((format(printf, 2, 3))) void contract_short(struct contract *c, const char *fmt, ...);

/* Reads the tar of /dr from r to its end. Adds to c->commands and c->shortcomings, and with dirfd >= 0 unpacks while
   there are none. */
int contract_files(struct contract *c, struct reader *r, int dirfd, struct err *e) MUST_CHECK;

#endif
