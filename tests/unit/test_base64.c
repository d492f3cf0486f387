#include "check.h"

#include "codec/base64.h"

static void both(const char *plain, const char *text, int flags)
{
	struct err e;
	CLEANUP_BUF struct buf enc = {0};
	CLEANUP_BUF struct buf dec = {0};
	base64_encode(&enc, plain, strlen(plain), flags);
	CHECK_STR(buf_cstr(&enc), text);
	CHECK_OK(base64_decode(&dec, text, strlen(text), flags, &e));
	CHECK_STR(buf_cstr(&dec), plain);
}

/* RFC 4648 section 10 */
TEST(known)
{
	both("", "", BASE64_STD);
	both("f", "Zg==", BASE64_STD);
	both("fo", "Zm8=", BASE64_STD);
	both("foo", "Zm9v", BASE64_STD);
	both("foob", "Zm9vYg==", BASE64_STD);
	both("fooba", "Zm9vYmE=", BASE64_STD);
	both("foobar", "Zm9vYmFy", BASE64_STD);
	both("f", "Zg", BASE64_NOPAD);
	both("\xff\xef\xfe~", "/+/+fg==", BASE64_STD);
	both("\xff\xef\xfe~", "_-_-fg", BASE64_URL | BASE64_NOPAD);
}

TEST(refused)
{
	static const struct {
		const char *text;
		int flags;
	} bad[] = {
		{"Z", 0}, {"Zg", 0}, {"Zg=", 0}, {"Z===", 0}, {"====", 0}, {"Zh==", 0}, {"Zm9=", 0}, {"Zg==Zg==", 0}, {"Zm8 ", 0},
		{"Zm\n8", 0}, {"Zm8_", 0}, {"Zm8/", BASE64_URL}, {"Zg==", BASE64_NOPAD}, {"Z", BASE64_NOPAD}, {"Zh", BASE64_NOPAD},
		{"=", 0}, {"==", 0},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e;
		CLEANUP_BUF struct buf out = {0};
		CHECK_ERR(base64_decode(&out, bad[i].text, strlen(bad[i].text), bad[i].flags, &e), ERR_FORMAT);
	}
}

TEST(every_length)
{
	struct err e;
	unsigned char plain[70];
	for (size_t i = 0; i < sizeof plain; i++)
		plain[i] = (unsigned char)(i * 37 + 11);
	for (size_t n = 0; n <= sizeof plain; n++)
		for (int flags = 0; flags < 4; flags++) {
			CLEANUP_BUF struct buf enc = {0};
			CLEANUP_BUF struct buf dec = {0};
			base64_encode(&enc, plain, n, flags);
			CHECK_OK(base64_decode(&dec, buf_cstr(&enc), enc.len, flags, &e));
			CHECK_MEM(dec.data, dec.len, plain, n);
		}
}

CHECK_MAIN
