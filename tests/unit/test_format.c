#include "check.h"

#include "base/buf.h"
#include "base/format.h"

#include <limits.h>
#include <stdarg.h>

static void put_buf(void *arg, const char *p, size_t n)
{
	buf_add(arg, p, n);
}

/* What format makes of the arguments, behind its length. */
__attribute__((format(printf, 1, 2))) static char *made(const char *fmt, ...)
{
	CLEANUP_BUF struct buf b = {0};
	va_list ap;
	va_start(ap, fmt);
	size_t n = format(put_buf, &b, fmt, ap);
	va_end(ap);
	return n == b.len ? buf_steal(&b) : NULL;
}

/* The expected texts are those of ISO C; glibc's and musl's own printf gave every one of them. */
#define IS(want, ...) \
	do { \
		CLEANUP_FREE char *got_ = made(__VA_ARGS__); \
		CHECK_STR(got_, want); \
	} while (0)

TEST(text)
{
	IS("", "%s", "");
	IS("plain", "plain");
	IS("100%", "100%%");
	IS("[a]", "[%s]", "a");
	IS("[    ab]", "[%6s]", "ab");
	IS("[ab    ]", "[%-6s]", "ab");
	IS("[abc]", "[%.3s]", "abcdef");
	IS("[  abc]", "[%*.*s]", 5, 3, "abcdef");
	IS("[abc  ]", "[%*.*s]", -5, 3, "abcdef");
	IS("[abcdef]", "[%.*s]", -1, "abcdef");
	IS("[]", "[%.0s]", "abc");
	IS("[x]", "[%c]", 'x');
	IS("[  x|x  ]", "[%3c|%-3c]", 'x', 'x');
	IS("a1b2", "%s%d%s%u", "a", 1, "b", 2u);
}

/* A precision bounds the bytes that are looked at: there is no NUL here. */
TEST(precision_bounds_reading)
{
	char bytes[3] = {'a', 'b', 'c'};
	IS("abc", "%.3s", bytes);
	IS("ab", "%.*s", 2, bytes);
}

TEST(decimal)
{
	IS("0", "%d", 0);
	IS("-1 2147483647 -2147483648", "%d %i %d", -1, INT_MAX, INT_MIN);
	IS("4294967295", "%u", UINT_MAX);
	IS("-9223372036854775808 9223372036854775807", "%lld %ld", LLONG_MIN, LONG_MAX);
	IS("18446744073709551615 18446744073709551615", "%llu %ju", ULLONG_MAX, UINTMAX_MAX);
	IS("-1 255", "%hhd %hhu", (signed char)-1, (unsigned char)255);
	IS("-2 65535", "%hd %hu", (short)-2, (unsigned short)65535);
	IS("7 -7 8", "%zu %zd %td", (size_t)7, (ssize_t)-7, (ptrdiff_t)8);
	IS("[   42|42   |00042|-0042|  -42]", "[%5d|%-5d|%05d|%05d|%5d]", 42, 42, 42, -42, -42);
	IS("+5 -5  5", "%+d %+d % d", 5, -5, 5);
	IS("[  007|]", "[%5.3d|%.0d]", 7, 0);
	IS("2026-01-02T03:04:05Z", "%04d-%02d-%02dT%02d:%02d:%02dZ", 2026, 1, 2, 3, 4, 5);
	IS(".000000001", ".%09u", 1u);
}

TEST(hexadecimal_and_octal)
{
	IS("0 ff FF 1ff", "%x %x %X %lx", 0u, 255u, 255u, 511ul);
	IS("0xff 0 0XAB", "%#x %#x %#X", 255u, 0u, 0xabu);
	IS("00ff|  ff|0x00ff", "%04x|%4x|%#06x", 255u, 255u, 255u);
	IS("0644 755 1777777777777777777777", "%#o %o %llo", 0644u, 0755u, ULLONG_MAX);
	IS("0 0", "%o %#o", 0u, 0u);
	IS("0x10", "%p", (void *)0x10);
}

/* The functions themselves: what fits is written, the whole length is returned. In the static build they are ours. */
TEST(snprintf_bounds)
{
	char s[8];
	memset(s, 'x', sizeof s);
	CHECK_EQ(snprintf(s, 4, "%s", "abcdef"), 6);
	CHECK_STR(s, "abc");
	CHECK(s[4] == 'x');
	CHECK_EQ(snprintf(NULL, 0, "%d", 12345), 5);
	CHECK_EQ(snprintf(s, 1, "%d", 12345), 5);
	CHECK_STR(s, "");
}

TEST(fprintf_writes_everything)
{
	FILE *f = tmpfile();
	char long_text[3000], back[3100];
	memset(long_text, 'y', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	CHECK_EQ(fprintf(f, "%s|%3d\n", long_text, 7), 3004);
	rewind(f);
	size_t n = fread(back, 1, sizeof back, f);
	fclose(f);
	CHECK_EQ(n, 3003 + 1);
	CHECK(memcmp(back + 2999, "|  7\n", 5) == 0);
}

CHECK_MAIN
