/*
 * pem: the blocks of a PEM text (RFC 7468), one after another.
 *
 *     struct pem p = {.text = text};
 *     while ((rc = pem_next(&p, e)) > 0) ... p.label, p.der ...
 *     pem_free(&p);
 *
 * What stands outside of blocks is passed over.
 */
#ifndef NET_PEM_H
#define NET_PEM_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

struct pem {
	const char *text;  /* borrowed; what is still to be read */
	char label[32];    /* "CERTIFICATE"; a longer one is cut */
	bool encrypted;    /* the block has a header that says so (RFC 1421) */
	struct buf der;
};
#define CLEANUP_PEM CLEANUP_WITH(pem_free)

/* 1 with the next block, 0 when there is none, or -1: ERR_FORMAT. */
int pem_next(struct pem *p, struct err *e) MUST_CHECK;

/* Wipes the block. */
void pem_free(struct pem *p);

#endif
