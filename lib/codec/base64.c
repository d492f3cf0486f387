#include "codec/base64.h"

#include <stdint.h>

static char digit(uint32_t v, int flags)
{
	if (v < 26)
		return (char)('A' + v);
	if (v < 52)
		return (char)('a' + v - 26);
	if (v < 62)
		return (char)('0' + v - 52);
	if (v == 62)
		return flags & BASE64_URL ? '-' : '+';
	return flags & BASE64_URL ? '_' : '/';
}

static int value(char c, int flags)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == digit(62, flags))
		return 62;
	return c == digit(63, flags) ? 63 : -1;
}

void base64_encode(struct buf *out, const void *p, size_t n, int flags)
{
	const unsigned char *s = p;
	for (; n; s += n < 3 ? n : 3, n -= n < 3 ? n : 3) {
		uint32_t v = (uint32_t)s[0] << 16 | (n > 1 ? (uint32_t)s[1] << 8 : 0) | (n > 2 ? s[2] : 0);
		size_t chars = n < 3 ? n + 1 : 4;
		for (size_t i = 0; i < chars; i++)
			buf_byte(out, digit(v >> (18 - 6 * i) & 63, flags));
		for (size_t i = chars; i < 4 && !(flags & BASE64_NOPAD); i++)
			buf_byte(out, '=');
	}
}

int base64_decode(struct buf *out, const char *s, size_t n, int flags, struct err *e)
{
	size_t pad = 0;
	if (!(flags & BASE64_NOPAD)) {
		while (pad < 2 && pad < n && s[n - 1 - pad] == '=')
			pad++;
		if (n % 4)
			return err_set(e, ERR_FORMAT, "base64: the length is no multiple of four");
	}
	n -= pad;
	if (n % 4 == 1 || (pad && n % 4 != 4 - pad))
		return err_set(e, ERR_FORMAT, "base64: the last group is incomplete");
	uint32_t bits = 0;
	unsigned have = 0;
	buf_reserve(out, n / 4 * 3 + 2);
	for (size_t i = 0; i < n; i++) {
		int v = value(s[i], flags);
		if (v < 0)
			return err_set(e, ERR_FORMAT, "base64: a character that does not belong, at %zu", i);
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out->data[out->len++] = (char)(bits >> have);
			out->data[out->len] = '\0';
			bits &= (1u << have) - 1;
		}
	}
	if (bits)
		return err_set(e, ERR_FORMAT, "base64: bits are set behind the last byte");
	return 0;
}
