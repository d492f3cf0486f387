/*
 * tls: the client's side of TLS 1.2 (RFC 5246) on BearSSL, as a transport over another transport.
 *
 *     CLEANUP_TLS_CONFIG struct tls_config *c = tls_config_load(&(struct tls_files){.ca = "ca.pem"}, e);
 *     struct transport *t = c ? tls_client(dial_tcp(...), "host", c, e) : NULL;
 *
 * The server's certificate is always verified: its chain up to an authority that is trusted, its dates, its use, and the
 * name or IP address that was dialled. There is no way to leave that out. Both directions are independent of each other:
 * a transport_shutdown sends close_notify and leaves reading as it was. An end of the stream without the server's
 * close_notify is ERR_PROTOCOL: data is missing.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/cleanup.h"
#include "base/err.h"
#include "net/transport.h"

#include <stdbool.h>

struct tls_files {
	const char *ca;    /* PEM: the authorities that are trusted; NULL: those that the host trusts */
	const char *cert;  /* PEM: the client's certificate and its chain; NULL: none */
	const char *key;   /* PEM: its key, PKCS #1, PKCS #8 or SEC1, not encrypted; NULL: none */
};

struct tls_config;

/* Reads and decodes the files. The host's authorities are in SSL_CERT_FILE and SSL_CERT_DIR, or in the usual places; no
   authority at all is an error that says where they were looked for. A cert without key, a key without cert and a key
   of another cert are errors, as is what cannot be read; all name the file. */
struct tls_config *tls_config_load(const struct tls_files *f, struct err *e) MUST_CHECK;
void tls_config_free(struct tls_config *c);

/* The one file that the authorities come from, NULL when there is no such file. */
const char *tls_config_file(const struct tls_config *c);

static inline void tls_config_cleanup(struct tls_config **c)
{
	tls_config_free(*c);
}
#define CLEANUP_TLS_CONFIG CLEANUP_WITH(tls_config_cleanup)

/* The whole handshake over `inner`, which is taken over in any case; NULL passes a failed dial on. `host` is the name, or the
   IP address without brackets, that the certificate has to have. The config is needed only during the call. Errors: what the
   certificates or the server's refusal are at fault for is ERR_REFUSED, anything else ERR_PROTOCOL or inner's own. */
struct transport *tls_client(struct transport *inner, const char *host, const struct tls_config *c,
	struct err *e) MUST_CHECK;

#endif
