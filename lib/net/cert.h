/*
 * cert: the few things about an X.509 certificate (RFC 5280) that BearSSL's validation keeps to itself. Nothing is
 * verified here. Certificates are bytes of DER that may come from anyone: what is malformed has no dates, no names, no use.
 */
#ifndef NET_CERT_H
#define NET_CERT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct der {
	const unsigned char *p;
	size_t n;
};

/* Takes the next element off d: its tag and its contents. False at the end, and when it does not fit. */
bool der_next(struct der *d, unsigned *tag, struct der *body);

/* How the time `now` ("2024-02-29T12:34:56Z") stands to the certificate's dates: -1 before, 0 within, 1 behind them. `when`
   becomes the date that it is on the wrong side of. */
int cert_dates(struct der cert, const char *now, char when[24]);

/* Whether the certificate names the n bytes of an IP address in its subjectAltName. */
bool cert_has_ip(struct der cert, const unsigned char *ip, size_t n);

/* Appends the DNS names and addresses of its subjectAltName, with commas between; nothing when there are none. */
void cert_names(struct der cert, struct buf *out);

/* Whether it may be a server's: it has no extendedKeyUsage, or one with serverAuth. */
bool cert_serves(struct der cert);

#endif
