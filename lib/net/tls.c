/*
 * Between two calls nothing that was written waits: a write returns when its record has gone to the inner transport. What
 * came from there and was not yet needed stays in `raw`; tls_readable gives it to the engine, so that after it answered
 * "no" there is nothing that poll would not see.
 */
#include "net/tls_parts.h"

#include "base/mem.h"
#include "sys/rand.h"

#include <poll.h>
#include <stddef.h>
#include <string.h>

enum { RAW = 64 << 10, ALERT = 21, APPLICATION_DATA = 23, SEED = 32 };

struct tls {
	struct transport base;
	struct transport *inner;
	br_ssl_client_context client;
	struct tls_verifier *verifier;  /* NULL after the handshake */
	const struct tls_config *config;
	struct buf flight;              /* what the handshake sends before it waits again, in one piece */
	size_t from, to;                /* of raw */
	bool open, ended, heard;        /* the handshake is over; our close_notify was sent; something has come */
	unsigned char in[BR_SSL_BUFSIZE_INPUT], out[BR_SSL_BUFSIZE_OUTPUT];
	unsigned char raw[RAW];         /* last: nothing in it is a secret */
};

static br_ssl_engine_context *engine(struct tls *t)
{
	return &t->client.eng;
}

/* The session is over: 0 when the server has ended it as it should, else -1. */
static int closed(struct tls *t, struct err *e)
{
	int error = br_ssl_engine_last_error(engine(t));
	return error == BR_ERR_OK && t->open ? 0 : tls_explain(error, t->verifier, t->config, e);
}

/* Gives the engine what is in raw, as far as it takes it. */
static void feed(struct tls *t)
{
	size_t n;
	unsigned char *p;
	while (t->from < t->to && (p = br_ssl_engine_recvrec_buf(engine(t), &n))) {
		if (n > t->to - t->from)
			n = t->to - t->from;
		memcpy(p, t->raw + t->from, n);
		t->from += n;
		br_ssl_engine_recvrec_ack(engine(t), n);
	}
}

static int fill(struct tls *t, struct err *e)
{
	if (t->flight.len) {
		/* A server that refuses may have hung up already: what it said is still to be read. */
		struct err ignored;
		if (transport_write(t->inner, t->flight.data, t->flight.len, &ignored) < 0 && ignored.kind == ERR_INTR) {
			*e = ignored;
			return -1;
		}
		buf_reset(&t->flight);
	}
	ssize_t n = transport_read(t->inner, t->raw, sizeof t->raw, e);
	if (n < 0)
		return -1;
	if (n == 0)
		return err_set(e, ERR_PROTOCOL, t->open ? "the connection was cut: it ended without TLS's end of the session"
			: t->heard ? "the server has hung up in the middle of the TLS handshake"
			: "the server has hung up at the beginning of the TLS handshake");
	/* Records begin with their type, 20 to 23, and version 3. */
	if (!t->heard && (t->raw[0] < 20 || t->raw[0] > APPLICATION_DATA || (n > 1 && t->raw[1] != 3)))
		return err_set(e, ERR_PROTOCOL, "what answers does not speak TLS");
	t->heard = true;
	t->from = 0;
	t->to = (size_t)n;
	return 0;
}

/* Sends what the engine has ready. */
static int drain(struct tls *t, struct err *e)
{
	size_t n;
	unsigned char *p;
	while ((p = br_ssl_engine_sendrec_buf(engine(t), &n))) {
		if (!t->open)
			buf_add(&t->flight, p, n);
		else if (transport_write(t->inner, p, n, e) < 0)
			return -1;
		br_ssl_engine_sendrec_ack(engine(t), n);
	}
	return 0;
}

/* Runs the engine until it is in one of the wanted states: 1, or 0 when the session has ended. */
static int pump(struct tls *t, unsigned wanted, struct err *e)
{
	for (;;) {
		if (drain(t, e) < 0)
			return -1;
		unsigned state = br_ssl_engine_current_state(engine(t));
		if (state & BR_SSL_CLOSED)
			return closed(t, e);
		if (state & wanted)
			return 1;
		if (t->from == t->to && fill(t, e) < 0)
			return -1;
		feed(t);
	}
}

static ssize_t tls_read(struct transport *base, void *p, size_t n, struct err *e)
{
	struct tls *t = (struct tls *)base;
	int rc = pump(t, BR_SSL_RECVAPP, e);
	if (rc <= 0)
		return rc;
	size_t have;
	const unsigned char *from = br_ssl_engine_recvapp_buf(engine(t), &have);
	if (n > have)
		n = have;
	memcpy(p, from, n);
	br_ssl_engine_recvapp_ack(engine(t), n);
	return (ssize_t)n;
}

/* Takes at most one record's worth. */
static ssize_t tls_write(struct transport *base, const void *p, size_t n, struct err *e)
{
	struct tls *t = (struct tls *)base;
	size_t room;
	unsigned char *to = t->ended ? NULL : br_ssl_engine_sendapp_buf(engine(t), &room);
	if (!to)
		return err_set(e, ERR_NETWORK, "the TLS session has ended");
	if (n > room)
		n = room;
	memcpy(to, p, n);
	br_ssl_engine_sendapp_ack(engine(t), n);
	br_ssl_engine_flush(engine(t), 0);
	return drain(t, e) < 0 ? -1 : (ssize_t)n;
}

/* BearSSL's own close ends both directions and drops what still comes; the alert alone is a record like any other. */
static int tls_shutdown(struct transport *base, struct err *e)
{
	struct tls *t = (struct tls *)base;
	size_t room;
	unsigned char *to = t->ended ? NULL : br_ssl_engine_sendapp_buf(engine(t), &room);
	t->ended = true;
	if (!to)
		return 0;
	to[0] = 1;  /* warning */
	to[1] = 0;  /* close_notify */
	engine(t)->record_type_out = ALERT;
	br_ssl_engine_sendapp_ack(engine(t), 2);
	br_ssl_engine_flush(engine(t), 0);
	engine(t)->record_type_out = APPLICATION_DATA;
	return drain(t, e);
}

static bool tls_readable(struct transport *base)
{
	struct tls *t = (struct tls *)base;
	feed(t);
	return br_ssl_engine_current_state(engine(t)) & (BR_SSL_RECVAPP | BR_SSL_CLOSED);
}

static void tls_free(struct transport *base)
{
	struct tls *t = (struct tls *)base;
	struct pollfd room = {.fd = t->inner->fd, .events = POLLOUT};
	struct err ignored;
	int rc = 0;
	/* An alert, of ours or the engine's, is a courtesy: nothing waits for it. */
	if (poll(&room, 1, 0) == 1 && room.revents == POLLOUT) {
		if (!t->open && t->flight.len)
			rc = transport_write(t->inner, t->flight.data, t->flight.len, &ignored);
		else if (t->open)
			rc = tls_shutdown(base, &ignored);
	}
	(void)rc;
	buf_free(&t->flight);
	transport_free(t->inner);
	mem_wipe(t, offsetof(struct tls, raw));
	free(t);
}

static void set_algorithms(struct tls *t)
{
	static const uint16_t suites[] = {
		BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	};
	br_ssl_engine_context *g = engine(t);
	br_ssl_client_zero(&t->client);
	br_ssl_engine_set_versions(g, BR_TLS12, BR_TLS12);
	br_ssl_engine_set_suites(g, suites, sizeof suites / sizeof *suites);
	br_ssl_engine_set_rsavrfy(g, br_rsa_pkcs1_vrfy_get_default());
	br_ssl_engine_set_ec(g, &tls_curves);
	br_ssl_engine_set_ecdsa(g, br_ecdsa_i31_vrfy_asn1);
	br_ssl_engine_set_hash(g, br_sha256_ID, &br_sha256_vtable);
	br_ssl_engine_set_hash(g, br_sha384_ID, &br_sha384_vtable);
	br_ssl_engine_set_hash(g, br_sha512_ID, &br_sha512_vtable);
	br_ssl_engine_set_prf_sha256(g, br_tls12_sha256_prf);
	br_ssl_engine_set_prf_sha384(g, br_tls12_sha384_prf);
	br_ssl_engine_set_default_aes_gcm(g);
	br_ssl_engine_set_default_chapol(g);
	br_ssl_engine_add_flags(g, BR_OPT_NO_RENEGOTIATION);
}

static void set_identity(struct tls *t)
{
	const struct tls_config *c = t->config;
	if (!c->n_chain)
		return;
	if (br_skey_decoder_key_type(&c->key) == BR_KEYTYPE_RSA)
		br_ssl_client_set_single_rsa(&t->client, c->chain, c->n_chain, br_skey_decoder_get_rsa(&c->key),
			br_rsa_pkcs1_sign_get_default());
	else
		br_ssl_client_set_single_ec(&t->client, c->chain, c->n_chain, br_skey_decoder_get_ec(&c->key),
			BR_KEYTYPE_SIGN, 0, &tls_curves, br_ecdsa_i31_sign_asn1);
}

static int handshake(struct tls *t, struct err *e)
{
	unsigned char seed[SEED];
	if (rand_bytes(seed, sizeof seed, e) < 0)
		return -1;
	br_ssl_engine_inject_entropy(engine(t), seed, sizeof seed);
	mem_wipe(seed, sizeof seed);
	/* An address is no name to ask for. */
	if (!br_ssl_client_reset(&t->client, t->verifier->ip_len ? NULL : t->verifier->host, 0))
		return err_set(e, ERR_USAGE, "the name is too long");
	return pump(t, BR_SSL_SENDAPP, e);
}

struct transport *tls_client(struct transport *inner, const char *host, const struct tls_config *c, struct err *e)
{
	static const struct transport_ops ops = {.read = tls_read, .write = tls_write, .shutdown = tls_shutdown,
		.readable = tls_readable, .free = tls_free};
	CLEANUP_WITH(tls_verifier_free) struct tls_verifier v = {0};
	if (!inner)
		return NULL;
	struct tls *t = mem_alloc(sizeof *t);
	t->base = (struct transport){.ops = &ops, .fd = inner->fd};
	t->inner = inner;
	t->config = c;
	t->verifier = &v;
	tls_verifier_init(&v, host, c);
	set_algorithms(t);
	set_identity(t);
	br_ssl_engine_set_x509(engine(t), &v.vtable);
	br_ssl_engine_set_buffers_bidi(engine(t), t->in, sizeof t->in, t->out, sizeof t->out);
	if (handshake(t, e) <= 0) {
		err_wrap(e, "TLS with %s", host);
		transport_free(&t->base);
		return NULL;
	}
	t->open = true;
	t->verifier = NULL;
	t->config = NULL;
	buf_free(&t->flight);
	return &t->base;
}
