#include "check.h"

#include "codec/utf8.h"

/* Every code point there and back, and nothing else: RFC 3629 section 3. */
TEST(all_code_points)
{
	for (uint32_t cp = 0; cp <= 0x110000; cp++) {
		char s[4];
		uint32_t back = 0;
		if ((cp >= 0xd800 && cp <= 0xdfff) || cp > 0x10ffff)
			continue;
		size_t n = utf8_encode(cp, s);
		CHECK(utf8_decode(s, n, &back) == n && back == cp);
		CHECK(utf8_decode(s, n - 1, NULL) == 0);
	}
}

TEST(refused)
{
	static const char *const bad[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80",
		"\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe", "\xc3(", "\xe2\x82("};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(!utf8_valid(bad[i], strlen(bad[i])));
	CHECK(utf8_valid("", 0));
	CHECK(utf8_valid("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", 14));
}

CHECK_MAIN
