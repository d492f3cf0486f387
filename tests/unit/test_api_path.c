#include "check.h"

#include "engine/api_path.h"

__attribute__((format(printf, 3, 4))) static int format(struct buf *out, struct err *e, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int rc = api_path_vformat(out, e, fmt, ap);
	va_end(ap);
	return rc;
}

TEST(encodes)
{
	struct err e;
	CLEANUP_BUF struct buf b = {0};
	CHECK_OK(format(&b, &e, "/images/%s/json?a=%s&n=%d", "r:5000/x/y@sha256:1", "a b/c:d@e&f=\xc3\xa9\"", -3));
	CHECK_STR(b.data, "/images/r:5000/x/y@sha256:1/json?a=a%20b%2Fc%3Ad%40e%26f%3D%C3%A9%22&n=-3");
	buf_reset(&b);
	CHECK_OK(format(&b, &e, "/containers/%s/start", "a b?c#d%e\x01\x7f"));
	CHECK_STR(b.data, "/containers/a%20b%3Fc%23d%25e%01%7F/start");
}

TEST(numbers)
{
	struct err e;
	CLEANUP_BUF struct buf b = {0};
	CHECK_OK(format(&b, &e, "/x?%%d&%u&%lld&%llu", 4294967295u, -9223372036854775807LL - 1,
		18446744073709551615ULL));
	CHECK_STR(b.data, "/x?%d&4294967295&-9223372036854775808&18446744073709551615");
}

TEST(unsafe_parts)
{
	static const char *const bad[] = {"", ".", "..", "../x", "x/..", "x/./y", "a/../../b"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e;
		CLEANUP_BUF struct buf b = {0};
		CHECK_ERR(format(&b, &e, "/images/%s/json", bad[i]), ERR_USAGE);
		buf_reset(&b);
		CHECK_OK(format(&b, &e, "/x?path=%s", bad[i]));
	}
	struct err e;
	CLEANUP_BUF struct buf b = {0};
	CHECK_OK(format(&b, &e, "/%s", "..x/x../...y"));
}

TEST(query)
{
	CLEANUP_BUF struct buf b = {0};
	api_query_add(&b, "a", NULL);
	api_query_add(&b, "names", "x/y:1");
	api_query_add(&b, "names", "&b=c d");
	api_query_add(&b, "e", "");
	CHECK_STR(b.data, "?names=x%2Fy%3A1&names=%26b%3Dc%20d&e=");
}

CHECK_MAIN
