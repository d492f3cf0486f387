/*
 * tls_parts: what the files of tls share.
 */
#ifndef NET_TLS_PARTS_H
#define NET_TLS_PARTS_H

#include "base/buf.h"
#include "net/cert.h"
#include "net/tls.h"
#include "net/tls_p256.h"

#include <bearssl.h>

struct tls_config {
	br_x509_trust_anchor *anchors;  /* their bytes are allocated each by itself */
	size_t n_anchors, cap_anchors;
	char *trusted;                  /* where they come from, for messages */
	char *file;                     /* the one file that they come from, or NULL */
	br_x509_certificate *chain;     /* the client's, leaf first; none: n_chain is 0 */
	size_t n_chain, cap_chain;
	char *cert_file;
	br_skey_decoder_context key;
};

/* BearSSL's validation, and around it the IP addresses, dates and uses that it has no answer for. */
struct tls_verifier {
	const br_x509_class *vtable;    /* first: this is a context of its own class */
	br_x509_minimal_context minimal;
	struct buf leaf, cert;          /* the server's certificate; the one that is coming in */
	size_t n_certs;
	const char *host;
	unsigned char ip[16];
	size_t ip_len;                  /* 0: host is a name */
	int side;                       /* cert_dates of the first certificate that is not valid now */
	char now[24], when[24];
};

/* Sets the verifier up; `host` is borrowed. */
void tls_verifier_init(struct tls_verifier *v, const char *host, const struct tls_config *c);
void tls_verifier_free(struct tls_verifier *v);

/* BearSSL's error as a sentence in *e. `v` is NULL after the handshake. Returns -1. */
int tls_explain(int error, const struct tls_verifier *v, const struct tls_config *c, struct err *e);

#endif
