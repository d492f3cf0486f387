#include "crypto/sigv4.h"

#include "crypto/primitives.h"
#include "crypto/sha256.h"

#include <string.h>

static bool unreserved(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c && strchr("-._~", c));
}

void sigv4_encode(struct buf *out, const char *s, bool keep_slash)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (unreserved(c) || (c == '/' && keep_slash))
			buf_byte(out, c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

void sigv4_hex(struct buf *out, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%02x", p[i]);
}

void sigv4_hash(char hex[SIGV4_HEX], const void *p, size_t n)
{
	struct sha256 h;
	sha256_init(&h);
	sha256_add(&h, p, n);
	sha256_end_hex(&h, hex);
}

static void signed_headers(const struct strvec *headers, struct buf *out)
{
	for (size_t i = 0; i < headers->n; i++) {
		if (i)
			buf_byte(out, ';');
		buf_add(out, headers->items[i], strcspn(headers->items[i], ":"));
	}
}

void sigv4_canonical(const struct sigv4_request *rq, struct buf *out)
{
	buf_printf(out, "%s\n%s\n%s\n", rq->method, rq->path, rq->query);
	for (size_t i = 0; i < rq->headers->n; i++) {
		const char *line = rq->headers->items[i], *value = line + strcspn(line, ":");
		buf_add(out, line, (size_t)(value - line));
		value += *value == ':';
		buf_printf(out, ":%s\n", value + strspn(value, " "));
	}
	buf_byte(out, '\n');
	signed_headers(rq->headers, out);
	buf_printf(out, "\n%s", rq->payload);
}

/* "20150830/us-east-1/s3/aws4_request" */
static void scope(const struct sigv4 *s, struct buf *out)
{
	buf_printf(out, "%.8s/%s/%s/aws4_request", s->stamp, s->region, s->service);
}

void sigv4_string(const struct sigv4 *s, const char *canonical, struct buf *out)
{
	char hash[SIGV4_HEX];
	sigv4_hash(hash, canonical, strlen(canonical));
	buf_printf(out, "AWS4-HMAC-SHA256\n%s\n", s->stamp);
	scope(s, out);
	buf_printf(out, "\n%s", hash);
}

void sigv4_sign(const struct sigv4 *s, const char *string, struct buf *out)
{
	unsigned char key[SHA256_SIZE];
	CLEANUP_BUF struct buf first = {0};
	buf_printf(&first, "AWS4%s", s->secret);
	hmac_sha256(key, first.data, first.len, s->stamp, 8);
	buf_wipe(&first);
	const char *const steps[] = {s->region, s->service, "aws4_request", string};
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		hmac_sha256(key, key, sizeof key, steps[i], strlen(steps[i]));
	sigv4_hex(out, key, sizeof key);
}

void sigv4_authorize(const struct sigv4 *s, const struct sigv4_request *rq, struct buf *out)
{
	CLEANUP_BUF struct buf canonical = {0}, string = {0};
	sigv4_canonical(rq, &canonical);
	sigv4_string(s, buf_cstr(&canonical), &string);
	buf_printf(out, "Authorization: AWS4-HMAC-SHA256 Credential=%s/", s->key_id);
	scope(s, out);
	buf_str(out, ", SignedHeaders=");
	signed_headers(rq->headers, out);
	buf_str(out, ", Signature=");
	sigv4_sign(s, buf_cstr(&string), out);
}
