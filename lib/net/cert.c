#include "net/cert.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum {
	INTEGER = 0x02, OCTET_STRING = 0x04, OID = 0x06, UTC_TIME = 0x17, SEQUENCE = 0x30,
	CONTEXT_0 = 0xa0, EXTENSIONS = 0xa3, SAN_DNS = 0x82, SAN_IP = 0x87,
	NAMES_MAX = 400,  /* bytes of names that go into a message */
};

bool der_next(struct der *d, unsigned *tag, struct der *body)
{
	if (d->n < 2)
		return false;
	size_t head = 2, n = d->p[1];
	if (n >= 0x80) {
		size_t more = n & 0x7f;
		if (more == 0 || more > 3 || d->n < 2 + more)
			return false;
		for (n = 0; head < 2 + more; head++)
			n = n << 8 | d->p[head];
	}
	if (n > d->n - head)
		return false;
	*tag = d->p[0];
	*body = (struct der){d->p + head, n};
	d->p += head + n;
	d->n -= head + n;
	return true;
}

static bool expect(struct der *d, unsigned tag, struct der *body)
{
	unsigned found;
	return der_next(d, &found, body) && found == tag;
}

/* Leaves in *d what follows the issuer in the certificate: validity, subject, key, extensions. */
static bool behind_issuer(struct der cert, struct der *d)
{
	struct der body, skipped;
	unsigned tag;
	if (!expect(&cert, SEQUENCE, &body) || !expect(&body, SEQUENCE, d))
		return false;
	if (d->n && d->p[0] == CONTEXT_0 && !der_next(d, &tag, &skipped))
		return false;
	return expect(d, INTEGER, &skipped) && expect(d, SEQUENCE, &skipped) && expect(d, SEQUENCE, &skipped);
}

/* A UTCTime or GeneralizedTime as clock_format writes it. */
static bool date(struct der *d, char out[24])
{
	struct der t;
	unsigned tag;
	if (!der_next(d, &tag, &t))
		return false;
	size_t year = tag == UTC_TIME ? 2 : 4;
	if (t.n != year + 11)
		return false;
	for (size_t i = 0; i + 1 < t.n; i++)
		if (t.p[i] < '0' || t.p[i] > '9')
			return false;
	const char *s = (const char *)t.p + year;
	snprintf(out, 24, "%s%.*s-%.2s-%.2sT%.2s:%.2s:%.2sZ", year == 4 ? "" : t.p[0] >= '5' ? "19" : "20", (int)year,
		(const char *)t.p, s, s + 2, s + 4, s + 6, s + 8);
	return true;
}

int cert_dates(struct der cert, const char *now, char when[24])
{
	struct der d, validity;
	char from[24], to[24];
	if (!behind_issuer(cert, &d) || !expect(&d, SEQUENCE, &validity) || !date(&validity, from) || !date(&validity, to))
		return 0;
	int side = strcmp(now, from) < 0 ? -1 : strcmp(now, to) > 0;
	if (side)
		memcpy(when, side < 0 ? from : to, sizeof from);
	return side;
}

/* The contents of the extension 2.5.29.n: one SEQUENCE. */
static bool extension(struct der cert, unsigned char n, struct der *out)
{
	struct der d, skipped, list, one, id, value;
	unsigned tag;
	if (!behind_issuer(cert, &d) || !expect(&d, SEQUENCE, &skipped) || !expect(&d, SEQUENCE, &skipped) ||
	    !expect(&d, SEQUENCE, &skipped))
		return false;
	do
		if (!der_next(&d, &tag, &list))
			return false;
	while (tag != EXTENSIONS);
	if (!expect(&list, SEQUENCE, &d))
		return false;
	while (expect(&d, SEQUENCE, &one)) {
		if (!expect(&one, OID, &id) || id.n != 3 || memcmp(id.p, "\x55\x1d", 2) != 0 || id.p[2] != n)
			continue;
		do
			if (!der_next(&one, &tag, &value))
				return false;
		while (tag != OCTET_STRING);
		return expect(&value, SEQUENCE, out);
	}
	return false;
}

enum { SUBJECT_ALT_NAME = 17, EXT_KEY_USAGE = 37 };

bool cert_has_ip(struct der cert, const unsigned char *ip, size_t n)
{
	struct der names, name;
	unsigned tag;
	if (!extension(cert, SUBJECT_ALT_NAME, &names))
		return false;
	while (der_next(&names, &tag, &name))
		if (tag == SAN_IP && name.n == n && memcmp(name.p, ip, n) == 0)
			return true;
	return false;
}

void cert_names(struct der cert, struct buf *out)
{
	struct der names, name;
	unsigned tag;
	if (!extension(cert, SUBJECT_ALT_NAME, &names))
		return;
	while (der_next(&names, &tag, &name) && out->len < NAMES_MAX) {
		char ip[INET6_ADDRSTRLEN];
		const char *comma = out->len ? ", " : "";
		if (tag == SAN_DNS)
			buf_printf(out, "%s%.*s", comma, (int)(name.n < 255 ? name.n : 255), (const char *)name.p);
		else if (tag == SAN_IP && (name.n == 4 || name.n == 16) &&
		    inet_ntop(name.n == 4 ? AF_INET : AF_INET6, name.p, ip, sizeof ip))
			buf_printf(out, "%s%s", comma, ip);
	}
}

bool cert_serves(struct der cert)
{
	struct der uses, use;
	if (!extension(cert, EXT_KEY_USAGE, &uses))
		return true;
	while (expect(&uses, OID, &use))  /* serverAuth, anyExtendedKeyUsage */
		if ((use.n == 8 && memcmp(use.p, "\x2b\x06\x01\x05\x05\x07\x03\x01", 8) == 0) ||
		    (use.n == 4 && memcmp(use.p, "\x55\x1d\x25\x00", 4) == 0))
			return true;
	return false;
}
