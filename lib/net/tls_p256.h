/*
 * tls_p256: the curves of TLS, with P-256 (FIPS 186-4 D.1.2.3), which nearly all is done on, on 64-bit words.
 *
 * An implementation of curves by BearSSL's contract (bearssl_ec.h): X25519, P-384 and P-521 are BearSSL's own. On P-256, time
 * and addresses do not depend on scalars or coordinates. A point that is not on the curve is refused; a multiplier may be zero or
 * beyond the group's order; the point at infinity as a result is 0 for mul and muladd.
 */
#ifndef NET_TLS_P256_H
#define NET_TLS_P256_H

#include <bearssl.h>

extern const br_ec_impl tls_curves;

#endif
