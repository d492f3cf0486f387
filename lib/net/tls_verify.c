#include "net/tls_parts.h"

#include "base/str.h"
#include "sys/clock.h"

#include <arpa/inet.h>
#include <string.h>

/* A certificate of a server's is 1 to 3 KB; BearSSL hands on whatever length the server announces. */
enum { CERT_MAX = 64 << 10 };

static void start_chain(const br_x509_class **ctx, const char *name)
{
	struct tls_verifier *v = (struct tls_verifier *)ctx;
	v->minimal.vtable->start_chain(&v->minimal.vtable, v->ip_len ? NULL : name);
	v->n_certs = 0;
}

static void start_cert(const br_x509_class **ctx, uint32_t length)
{
	struct tls_verifier *v = (struct tls_verifier *)ctx;
	v->minimal.vtable->start_cert(&v->minimal.vtable, length);
	buf_reset(&v->cert);
}

static void append(const br_x509_class **ctx, const unsigned char *p, size_t n)
{
	struct tls_verifier *v = (struct tls_verifier *)ctx;
	v->minimal.vtable->append(&v->minimal.vtable, p, n);
	if (n <= CERT_MAX - v->cert.len)
		buf_add(&v->cert, p, n);
}

static struct der der_of(const struct buf *b)
{
	return (struct der){(const unsigned char *)buf_cstr(b), b->len};
}

static void end_cert(const br_x509_class **ctx)
{
	struct tls_verifier *v = (struct tls_verifier *)ctx;
	v->minimal.vtable->end_cert(&v->minimal.vtable);
	if (!v->side)
		v->side = cert_dates(der_of(&v->cert), v->now, v->when);
	if (v->n_certs++ == 0) {
		buf_reset(&v->leaf);
		buf_add(&v->leaf, buf_cstr(&v->cert), v->cert.len);
	}
}

static unsigned end_chain(const br_x509_class **ctx)
{
	struct tls_verifier *v = (struct tls_verifier *)ctx;
	unsigned error = v->minimal.vtable->end_chain(&v->minimal.vtable);
	if (error)
		return error;
	if (v->ip_len && !cert_has_ip(der_of(&v->leaf), v->ip, v->ip_len))
		return BR_ERR_X509_BAD_SERVER_NAME;
	return cert_serves(der_of(&v->leaf)) ? 0 : BR_ERR_X509_FORBIDDEN_KEY_USAGE;
}

static const br_x509_pkey *get_pkey(const br_x509_class *const *ctx, unsigned *usages)
{
	const struct tls_verifier *v = (const struct tls_verifier *)ctx;
	return v->minimal.vtable->get_pkey(&v->minimal.vtable, usages);
}

void tls_verifier_init(struct tls_verifier *v, const char *host, const struct tls_config *c)
{
	static const br_x509_class class = {sizeof(struct tls_verifier), start_chain, start_cert, append, end_cert,
		end_chain, get_pkey};
	br_x509_minimal_context *m = &v->minimal;
	memset(v, 0, sizeof *v);
	v->vtable = &class;
	v->host = host;
	v->ip_len = inet_pton(AF_INET, host, v->ip) == 1 ? 4 : inet_pton(AF_INET6, host, v->ip) == 1 ? 16 : 0;
	clock_format(v->now, clock_now().sec);
	br_x509_minimal_init(m, &br_sha256_vtable, c->anchors, c->n_anchors);
	br_x509_minimal_set_rsa(m, br_rsa_pkcs1_vrfy_get_default());
	br_x509_minimal_set_ecdsa(m, &tls_curves, br_ecdsa_i31_vrfy_asn1);
	/* MD5 and SHA-1 sign nothing any more. */
	br_x509_minimal_set_hash(m, br_sha256_ID, &br_sha256_vtable);
	br_x509_minimal_set_hash(m, br_sha384_ID, &br_sha384_vtable);
	br_x509_minimal_set_hash(m, br_sha512_ID, &br_sha512_vtable);
}

void tls_verifier_free(struct tls_verifier *v)
{
	buf_free(&v->leaf);
	buf_free(&v->cert);
}

static const struct sentence {
	int error;
	const char *text;
} sentences[] = {
	{BR_ERR_UNSUPPORTED_VERSION, "the server does not speak TLS 1.2"},
	{BR_ERR_BAD_VERSION, "the server does not speak TLS 1.2"},
	{BR_ERR_BAD_MAC, "what came was changed on the way"},
	{BR_ERR_BAD_SIGNATURE, "the server does not have the key of its certificate"},
	{BR_ERR_X509_BAD_SIGNATURE, "the certificates are not signed by those they name"},
	{BR_ERR_X509_DN_MISMATCH, "the certificates are not signed by those they name"},
	{BR_ERR_X509_CRITICAL_EXTENSION, "the certificate has a critical extension that dr does not know"},
	{BR_ERR_X509_NOT_CA, "the certificate is signed by one that is no authority's"},
	{BR_ERR_X509_FORBIDDEN_KEY_USAGE, "the certificate is not one for servers"},
	{BR_ERR_X509_WEAK_PUBLIC_KEY, "the certificate's key is too short"},
	{BR_ERR_X509_UNSUPPORTED, "the certificate is signed in a way that dr does not take (SHA-1, or an unknown algorithm)"},
	{BR_ERR_RECV_FATAL_ALERT + BR_ALERT_HANDSHAKE_FAILURE, "the server refuses: it is too old for TLS 1.2, "
		"has no cipher suite in common with dr, or wants another certificate"},
	{BR_ERR_RECV_FATAL_ALERT + BR_ALERT_PROTOCOL_VERSION, "the server does not speak TLS 1.2"},
	{BR_ERR_RECV_FATAL_ALERT + 112 /* unrecognized_name, RFC 6066 */, "the server does not know that name"},
};

/* Whether an alert of the server's is about the client's certificate (RFC 5246 section 7.2.2). */
static bool about_certificate(int alert)
{
	return (alert >= BR_ALERT_BAD_CERTIFICATE && alert <= BR_ALERT_CERTIFICATE_UNKNOWN) ||
		alert == BR_ALERT_UNKNOWN_CA || alert == BR_ALERT_ACCESS_DENIED || alert == BR_ALERT_DECRYPT_ERROR;
}

static int wrong_name(const struct tls_verifier *v, struct err *e)
{
	CLEANUP_BUF struct buf names = {0};
	cert_names(der_of(&v->leaf), &names);
	return err_set(e, ERR_REFUSED, "the certificate is for %s, not for %s", names.len ? buf_cstr(&names)
		: "another name", v->host);
}

int tls_explain(int error, const struct tls_verifier *v, const struct tls_config *c, struct err *e)
{
	int alert = error >= BR_ERR_SEND_FATAL_ALERT ? 0 : error - BR_ERR_RECV_FATAL_ALERT;
	if (error == BR_ERR_X509_EXPIRED && v->side)
		return err_set(e, ERR_REFUSED, v->side < 0 ? "the certificate is not valid before %s (it is %s here)"
			: "the certificate has expired on %s (it is %s here)", v->when, v->now);
	if (error == BR_ERR_X509_BAD_SERVER_NAME)
		return wrong_name(v, e);
	if (error == BR_ERR_X509_NOT_TRUSTED)
		return err_set(e, ERR_REFUSED, "the certificate is not signed by an authority that is trusted (%s)", c->trusted);
	if (alert > 0 && about_certificate(alert) && v)
		return c->n_chain ? err_set(e, ERR_REFUSED, "the server does not accept the certificate in %s (TLS alert %d)",
			c->cert_file, alert) : err_set(e, ERR_REFUSED, "the server wants a client's certificate, and none "
			"was given (TLS alert %d)", alert);
	for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
		if (sentences[i].error == error)
			return err_set(e, error == BR_ERR_BAD_MAC ? ERR_PROTOCOL : ERR_REFUSED, "%s", sentences[i].text);
	if (alert > 0)
		return err_set(e, ERR_REFUSED, "the server has ended the session with TLS alert %d", alert);
	if (error >= BR_ERR_X509_INVALID_VALUE && error <= BR_ERR_X509_NOT_TRUSTED)
		return err_set(e, ERR_REFUSED, "the certificate is malformed (BearSSL's error %d)", error);
	return err_set(e, ERR_PROTOCOL, "the server does not follow TLS (BearSSL's error %d)", error);
}
