#include "codec/tar_header.h"

#include <string.h>

bool tar_header_number(const char *field, size_t n, int64_t *out)
{
	const unsigned char *p = (const unsigned char *)field, *end = p + n;
	if (*p & 0x80) {
		/* Two's complement, big endian, in all bits but the first. */
		bool minus = *p & 0x40;
		uint64_t v = minus ? UINT64_MAX : 0;
		for (size_t i = 0; i < n; i++) {
			unsigned char c = i == 0 ? (minus ? *p | 0x80 : *p & 0x7f) : p[i];
			if ((v >> 55) != (minus ? UINT64_MAX >> 55 : 0))
				return false;
			v = v << 8 | c;
		}
		*out = (int64_t)v;
		return (v >> 63) == minus;
	}
	while (p < end && *p == ' ')
		p++;
	uint64_t v = 0;
	while (p < end && *p >= '0' && *p <= '7')
		v = v << 3 | (uint64_t)(*p++ - '0');
	if (p < end && *p && *p != ' ')
		return false;
	*out = (int64_t)v;
	return true;
}

void tar_header_put(char *field, size_t n, int64_t v)
{
	uint64_t rest = (uint64_t)v;
	if (v >= 0 && (n > 21 || rest >> (3 * (n - 1)) == 0)) {
		field[n - 1] = '\0';
		for (size_t i = n - 1; i-- > 0; rest >>= 3)
			field[i] = (char)('0' + (rest & 7));
		return;
	}
	for (size_t i = n; i-- > 0;) {
		field[i] = (char)(rest & 0xff);
		rest = rest >> 8 | (v < 0 ? 0xffULL << 56 : 0);
	}
	field[0] = (char)(field[0] | 0x80);
}

static void sums(const struct tar_header *h, uint32_t *plain, int32_t *with_sign)
{
	const unsigned char *p = (const unsigned char *)h;
	size_t from = offsetof(struct tar_header, checksum), to = from + sizeof h->checksum;
	*plain = 0;
	*with_sign = 0;
	for (size_t i = 0; i < sizeof *h; i++) {
		unsigned char c = i >= from && i < to ? ' ' : p[i];
		*plain += c;
		*with_sign += (signed char)c;
	}
}

bool tar_header_ok(const struct tar_header *h)
{
	uint32_t plain;
	int32_t with_sign;
	int64_t said;
	sums(h, &plain, &with_sign);
	return tar_header_number(h->checksum, sizeof h->checksum, &said) && (said == plain || said == with_sign);
}

void tar_header_seal(struct tar_header *h)
{
	uint32_t plain;
	int32_t with_sign;
	sums(h, &plain, &with_sign);
	tar_header_put(h->checksum, 7, plain);
	h->checksum[7] = ' ';
}
