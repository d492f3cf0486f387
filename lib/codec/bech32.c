#include "codec/bech32.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

static const char letters[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

enum { CHECKSUM = 6 };  /* characters */

static uint32_t step(uint32_t c, unsigned v)
{
	static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
	uint32_t top = c >> 25;
	c = (c & 0x1ffffff) << 5 ^ v;
	for (int i = 0; i < 5; i++)
		if (top >> i & 1)
			c ^= generator[i];
	return c;
}

/* The checksum's state behind the human-readable part. */
static uint32_t begin(const char *hrp)
{
	uint32_t c = 1;
	for (const char *p = hrp; *p; p++)
		c = step(c, (unsigned char)*p >> 5);
	c = step(c, 0);
	for (const char *p = hrp; *p; p++)
		c = step(c, *p & 31);
	return c;
}

void bech32_encode(struct buf *out, const char *hrp, const void *p, size_t n)
{
	const unsigned char *data = p;
	uint32_t sum = begin(hrp), bits = 0;
	unsigned have = 0;
	buf_str(out, hrp);
	buf_byte(out, '1');
	for (size_t i = 0; i < n || have > 0;) {
		if (have < 5 && i < n) {
			bits = bits << 8 | data[i++];
			have += 8;
		}
		unsigned v = have >= 5 ? bits >> (have - 5) & 31 : bits << (5 - have) & 31;
		have = have >= 5 ? have - 5 : 0;
		sum = step(sum, v);
		buf_byte(out, letters[v]);
	}
	for (int i = 0; i < CHECKSUM; i++)
		sum = step(sum, 0);
	sum ^= 1;
	for (int i = CHECKSUM - 1; i >= 0; i--)
		buf_byte(out, letters[sum >> 5 * i & 31]);
}

int bech32_decode(struct buf *out, const char *hrp, const char *s, struct err *e)
{
	size_t len = strlen(s), prefix = strlen(hrp);
	bool lower = false, upper = false;
	uint32_t sum = begin(hrp), bits = 0;
	unsigned have = 0;
	for (size_t i = 0; i < len; i++) {
		lower |= islower((unsigned char)s[i]) != 0;
		upper |= isupper((unsigned char)s[i]) != 0;
	}
	if (len < prefix + 1 + CHECKSUM || strncasecmp(s, hrp, prefix) != 0 || s[prefix] != '1')
		return err_set(e, ERR_FORMAT, "it does not begin with \"%s1\", or is too short", hrp);
	if (lower && upper)
		return err_set(e, ERR_FORMAT, "it has letters of both cases");
	for (size_t i = prefix + 1; i < len; i++) {
		const char *at = memchr(letters, tolower((unsigned char)s[i]), sizeof letters - 1);
		if (!at)
			return err_set(e, ERR_FORMAT, "it holds a character that no such key has");
		unsigned v = (unsigned)(at - letters);
		sum = step(sum, v);
		if (i >= len - CHECKSUM)
			continue;
		bits = bits << 5 | v;
		have += 5;
		if (have >= 8) {
			have -= 8;
			buf_byte(out, (int)(bits >> have & 255));
		}
	}
	if (sum != 1)
		return err_set(e, ERR_FORMAT, "its checksum is wrong: it was not copied exactly");
	if (have >= 5 || (bits & ((1U << have) - 1)))
		return err_set(e, ERR_FORMAT, "it has bits behind its end");
	return 0;
}
