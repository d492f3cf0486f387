#include "net/tls_parts.h"

#include "base/mem.h"
#include "base/str.h"
#include "net/pem.h"
#include "sys/clock.h"
#include "sys/file.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

enum { FILE_MAX = 8 << 20, KEY_MAX = 64 << 10, KEY_USUAL = 8 << 10, RSA_MAX = 8192 / 8, EC_MAX = 133 /* P-521 */ };

static void add_dn(void *dn, const void *p, size_t n)
{
	buf_add(dn, p, n);
}

/* Decodes the certificate; its key stays in d. NULL when it is none. */
static const br_x509_pkey *decode(br_x509_decoder_context *d, const struct buf *der, struct buf *dn)
{
	br_x509_decoder_init(d, dn ? add_dn : NULL, dn);
	br_x509_decoder_push(d, der->data, der->len);
	return br_x509_decoder_get_pkey(d);
}

static unsigned char *copy(const unsigned char *p, size_t n)
{
	return (unsigned char *)mem_dup(p, n);
}

/* Adds the certificate as an authority. What cannot be used is left out: 0; *why then tells the reason. */
static int add_anchor(struct tls_config *c, const struct buf *der, const char *now, struct buf *why)
{
	CLEANUP_BUF struct buf dn = {0};
	char when[24];
	br_x509_decoder_context d;
	const br_x509_pkey *key = decode(&d, der, &dn);
	if (!key) {
		buf_reset(why);
		buf_str(why, "its certificate is malformed, or has a key of an unknown kind");
		return 0;
	}
	int side = cert_dates((struct der){(const unsigned char *)der->data, der->len}, now, when);
	if (side) {
		buf_reset(why);
		buf_printf(why, side < 0 ? "its certificate is not valid before %s" : "its certificate has expired on %s", when);
		return 0;
	}
	c->anchors = mem_grow(c->anchors, c->n_anchors, &c->cap_anchors, sizeof *c->anchors);
	br_x509_trust_anchor *a = &c->anchors[c->n_anchors++];
	*a = (br_x509_trust_anchor){.flags = br_x509_decoder_isCA(&d) ? BR_X509_TA_CA : 0, .pkey = *key};
	a->dn.len = dn.len;
	a->dn.data = (unsigned char *)buf_steal(&dn);
	if (key->key_type == BR_KEYTYPE_RSA) {
		a->pkey.key.rsa.n = copy(key->key.rsa.n, key->key.rsa.nlen);
		a->pkey.key.rsa.e = copy(key->key.rsa.e, key->key.rsa.elen);
	} else {
		a->pkey.key.ec.q = copy(key->key.ec.q, key->key.ec.qlen);
	}
	return 1;
}

/* Adds the certificates of a PEM file; returns how many. */
static int add_file(struct tls_config *c, int dir, const char *path, struct buf *why, struct err *e)
{
	CLEANUP_BUF struct buf text = {0};
	CLEANUP_PEM struct pem p = {0};
	char now[24];
	int n = 0, rc;
	if (file_read(dir, path, FILE_MAX, &text, e) < 0)
		return -1;
	p.text = buf_cstr(&text);
	clock_format(now, clock_now().sec);
	buf_str(why, "there is no certificate in it");
	while ((rc = pem_next(&p, e)) > 0)
		if (str_eq(p.label, "CERTIFICATE") || str_eq(p.label, "TRUSTED CERTIFICATE"))
			n += add_anchor(c, &p.der, now, why);
	return rc < 0 ? err_wrap(e, "%s", path) : n;
}

/* Adds what the files of a folder hold; what is no certificate there is passed over. */
static void add_folder(struct tls_config *c, const char *path)
{
	struct err ignored;
	DIR *dir = opendir(path);
	const struct dirent *d;
	while (dir && (d = readdir(dir))) {
		CLEANUP_BUF struct buf why = {0};
		if (d->d_name[0] != '.' && add_file(c, dirfd(dir), d->d_name, &why, &ignored) < 0)
			continue;
	}
	if (dir)
		closedir(dir);
}

/* The places of Debian, Fedora, openSUSE, Alpine and their kin. */
static const char *const usual_files[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem"};
static const char usual_folders[] = "/etc/ssl/certs:/etc/pki/tls/certs";

static void add_folders(struct tls_config *c, const char *list)
{
	while (*list) {
		size_t n = strcspn(list, ":");
		CLEANUP_FREE char *path = mem_dup(list, n);
		if (n)
			add_folder(c, path);
		list += n + (list[n] == ':');
	}
}

static int add_host(struct tls_config *c, struct err *e)
{
	const char *file = getenv("SSL_CERT_FILE"), *folder = getenv("SSL_CERT_DIR");
	CLEANUP_BUF struct buf why = {0}, tried = {0};
	bool given = (file && *file) || (folder && *folder);
	if (file && *file) {
		buf_printf(&tried, "SSL_CERT_FILE=%s", file);
		if (add_file(c, AT_FDCWD, file, &why, e) < 0)
			return err_wrap(e, "SSL_CERT_FILE");
		c->file = mem_strdup(file);
	}
	if (folder && *folder) {
		buf_printf(&tried, "%sSSL_CERT_DIR=%s", tried.len ? ", " : "", folder);
		add_folders(c, folder);
	}
	for (size_t i = 0; !given && i < sizeof usual_files / sizeof *usual_files && !c->n_anchors; i++) {
		struct err ignored;
		if (add_file(c, AT_FDCWD, usual_files[i], &why, &ignored) > 0) {
			buf_reset(&tried);
			c->file = mem_strdup(usual_files[i]);
		}
		buf_printf(&tried, "%s%s", tried.len ? ", " : "", usual_files[i]);
	}
	if (!given && !c->n_anchors) {
		buf_printf(&tried, ", the folders %s", usual_folders);
		add_folders(c, usual_folders);
	}
	if (!c->n_anchors)
		return err_set(e, ERR_NOT_FOUND, "no certificate of an authority is on this host, so no server can be verified: "
			"looked in %s; name a file of them in SSL_CERT_FILE", buf_cstr(&tried));
	c->trusted = buf_steal(&tried);
	return 0;
}

static int load_chain(struct tls_config *c, const char *path, struct err *e)
{
	CLEANUP_BUF struct buf text = {0};
	CLEANUP_PEM struct pem p = {0};
	int rc;
	if (file_read(AT_FDCWD, path, FILE_MAX, &text, e) < 0)
		return -1;
	p.text = buf_cstr(&text);
	while ((rc = pem_next(&p, e)) > 0) {
		if (!str_eq(p.label, "CERTIFICATE"))
			continue;
		c->chain = mem_grow(c->chain, c->n_chain, &c->cap_chain, sizeof *c->chain);
		br_x509_certificate *x = &c->chain[c->n_chain++];
		x->data_len = p.der.len;
		x->data = (unsigned char *)buf_steal(&p.der);
	}
	if (rc < 0)
		return err_wrap(e, "%s", path);
	if (!c->n_chain)
		return err_set(e, ERR_FORMAT, "%s: there is no certificate in it", path);
	c->cert_file = mem_strdup(path);
	return 0;
}

static int decode_key(struct tls_config *c, const struct pem *p, struct err *e)
{
	if (p->encrypted || str_starts(p->label, "ENCRYPTED"))
		return err_set(e, ERR_REFUSED, "the key is encrypted; dr takes keys without a passphrase");
	br_skey_decoder_init(&c->key);
	br_skey_decoder_push(&c->key, p->der.data, p->der.len);
	int error = br_skey_decoder_last_error(&c->key);
	return error ? err_set(e, ERR_FORMAT, "the key is neither RSA nor EC, or is malformed (BearSSL's error %d)", error) : 0;
}

static int load_key(struct tls_config *c, const char *path, struct err *e)
{
	CLEANUP_WITH(buf_wipe) struct buf text = {0};
	CLEANUP_PEM struct pem p = {0};
	int rc;
	buf_reserve(&text, KEY_USUAL);  /* so that no part of it is left behind by growing */
	if (file_read(AT_FDCWD, path, KEY_MAX - 1, &text, e) < 0)
		return -1;
	p.text = buf_cstr(&text);
	do
		rc = pem_next(&p, e);
	while (rc > 0 && !str_ends(p.label, "PRIVATE KEY"));
	if (rc == 0)
		return err_set(e, ERR_FORMAT, "%s: there is no private key in it", path);
	if (rc < 0 || decode_key(c, &p, e) < 0)
		return err_wrap(e, "%s", path);
	return 0;
}

static bool same_number(const unsigned char *a, size_t n, const unsigned char *b, size_t m)
{
	for (; n && !*a; n--)
		a++;
	for (; m && !*b; m--)
		b++;
	return n == m && memcmp(a, b, n) == 0;
}

/* A key of another certificate is found here, not when the server refuses it, or does not care. */
static int match(const struct tls_config *c, const struct tls_files *f, struct err *e)
{
	br_x509_decoder_context d;
	unsigned char p[RSA_MAX > EC_MAX ? RSA_MAX : EC_MAX];
	struct buf der = {.data = (char *)c->chain->data, .len = c->chain->data_len};
	const br_x509_pkey *cert = decode(&d, &der, NULL);
	int kind = br_skey_decoder_key_type(&c->key);
	bool fits = false;
	if (!cert)
		return err_set(e, ERR_FORMAT, "%s: the certificate is malformed, or has a key that is neither RSA, of up to 4096 bits, "
			"nor EC", f->cert);
	if (cert->key_type == kind && kind == BR_KEYTYPE_RSA) {
		const br_rsa_private_key *k = br_skey_decoder_get_rsa(&c->key);
		size_t n = k->plen + k->qlen <= sizeof p ? br_rsa_i31_compute_modulus(p, k) : 0;
		fits = n && same_number(p, n, cert->key.rsa.n, cert->key.rsa.nlen);
	} else if (cert->key_type == kind) {
		const br_ec_private_key *k = br_skey_decoder_get_ec(&c->key);
		size_t n = br_ec_compute_pub(&tls_curves, NULL, p, k);
		fits = n && k->curve == cert->key.ec.curve && n == cert->key.ec.qlen && memcmp(p, cert->key.ec.q, n) == 0;
	}
	return fits ? 0 : err_set(e, ERR_REFUSED, "the key in %s is not that of the certificate in %s", f->key, f->cert);
}

static int load(struct tls_config *c, const struct tls_files *f, struct err *e)
{
	CLEANUP_BUF struct buf why = {0};
	int n = f->ca ? add_file(c, AT_FDCWD, f->ca, &why, e) : add_host(c, e);
	if (n < 0)
		return -1;
	if (f->ca && n == 0)
		return err_set(e, ERR_FORMAT, "no authority to trust in %s: %s", f->ca, buf_cstr(&why));
	if (f->ca) {
		c->trusted = mem_strdup(f->ca);
		c->file = mem_strdup(f->ca);
	}
	if (!f->cert && !f->key)
		return 0;
	if (!f->cert || !f->key)
		return err_set(e, ERR_USAGE, "a client's certificate and its key go together: there is only %s",
			f->cert ? f->cert : f->key);
	return load_chain(c, f->cert, e) < 0 || load_key(c, f->key, e) < 0 ? -1 : match(c, f, e);
}

struct tls_config *tls_config_load(const struct tls_files *f, struct err *e)
{
	CLEANUP_TLS_CONFIG struct tls_config *c = mem_alloc(sizeof *c);
	return load(c, f, e) < 0 ? NULL : ptr_steal(&c);
}

const char *tls_config_file(const struct tls_config *c)
{
	return c ? c->file : NULL;
}

void tls_config_free(struct tls_config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_anchors; i++) {
		br_x509_pkey *k = &c->anchors[i].pkey;
		free(c->anchors[i].dn.data);
		if (k->key_type == BR_KEYTYPE_RSA) {
			free(k->key.rsa.n);
			free(k->key.rsa.e);
		} else {
			free(k->key.ec.q);
		}
	}
	for (size_t i = 0; i < c->n_chain; i++)
		free(c->chain[i].data);
	free(c->anchors);
	free(c->chain);
	free(c->trusted);
	free(c->file);
	free(c->cert_file);
	mem_wipe(&c->key, sizeof c->key);
	free(c);
}
