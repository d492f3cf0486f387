#include "check.h"
#include "tmpdir.h"

#include "codec/base64.h"
#include "engine/credentials.h"
#include "engine/registry_auth.h"

static void put_config(const struct tmpdir *d, const char *text)
{
	tmpdir_put(d, "config.json", text);
}

TEST(servers)
{
	static const char *const x[][2] = {
		{"", REGISTRY_HUB}, {"docker.io", REGISTRY_HUB}, {"https://index.docker.io/v1/", REGISTRY_HUB}, {"r:5000", "r:5000"},
		{"https://r:5000/v2/", "r:5000"}, {"http://r", "r"}, {"r/x", "r"},
	};
	for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
		CLEANUP_FREE char *got = registry_server(x[i][0]);
		CHECK_STR(got, x[i][1]);
	}
}

TEST(finding)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	struct registry_login l;
	CHECK_EQ(registry_login_find(d.path, "r:5000", &l, &e), 0);
	put_config(&d, "{\"auths\":{\"https://r:5000/v1/\":{\"auth\":\"dTpwOjE=\"},\"t\":{\"auth\":\"PHRva2VuPjo=\",\"identitytoken\":\"TT\"},"
		"\"empty\":{},\"https://index.docker.io/v1/\":{\"auth\":\"aDpw\"}}}");
	CHECK_EQ(registry_login_find(d.path, "r:5000", &l, &e), 1);
	CHECK_STR(l.user, "u");
	CHECK_STR(l.password, "p:1");
	CHECK_STR(l.server, "r:5000");
	registry_login_free(&l);
	CHECK_EQ(registry_login_find(d.path, "t", &l, &e), 1);
	CHECK_STR(l.token, "TT");
	registry_login_free(&l);
	CHECK_EQ(registry_login_find(d.path, "empty", &l, &e), 0);
	CHECK_EQ(registry_login_find(d.path, "none", &l, &e), 0);
	CHECK_EQ(registry_login_find(d.path, REGISTRY_HUB, &l, &e), 1);
	CHECK_STR(l.user, "h");
	registry_login_free(&l);
}

static void header_is(const struct tmpdir *d, const char *image, const char *want)
{
	struct err e;
	CLEANUP_FREE char *header = NULL;
	CLEANUP_BUF struct buf json = {0};
	CHECK_OK(registry_auth_header(d->path, image, &header, &e));
	CHECK_OK(base64_decode(&json, header, strlen(header), BASE64_URL, &e));
	CHECK_STR(buf_cstr(&json), want);
}

TEST(headers)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CLEANUP_FREE char *all = NULL;
	CLEANUP_BUF struct buf json = {0};
	header_is(&d, "r:5000/x/y:1", "{}");
	put_config(&d, "{\"auths\":{\"r:5000\":{\"auth\":\"dTpwOjE=\"},\"t.example\":{\"identitytoken\":\"TT\"}}}");
	header_is(&d, "r:5000/x/y:1", "{\"username\":\"u\",\"password\":\"p:1\",\"serveraddress\":\"r:5000\"}");
	header_is(&d, "t.example/x", "{\"identitytoken\":\"TT\",\"serveraddress\":\"t.example\"}");
	header_is(&d, "x/y", "{}");
	CHECK_OK(registry_auth_all(d.path, &all, &e));
	CHECK_OK(base64_decode(&json, all, strlen(all), BASE64_URL, &e));
	CHECK_STR(buf_cstr(&json), "{\"r:5000\":{\"username\":\"u\",\"password\":\"p:1\",\"serveraddress\":\"r:5000\"},"
		"\"t.example\":{\"identitytoken\":\"TT\",\"serveraddress\":\"t.example\"}}");
}

TEST(broken)
{
	static const char *const bad[] = {"", "[]", "{", "{\"auths\":{\"r\":{\"auth\":\"!!\"}}}", "{\"auths\":{\"r\":{\"auth\":\"U0VDUkVU\"}}}",
		"{\"SECRET\":SECRET}", "{\"credsStore\":\"../SECRET\"}"};
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e;
		struct registry_login l;
		put_config(&d, bad[i]);
		CHECK_EQ(registry_login_find(d.path, "r", &l, &e), -1);
		CHECK(strstr(e.msg, "config.json"));
		CHECK(i == 6 || !strstr(e.msg, "SECRET"));
	}
}

TEST(editing)
{
	struct err e;
	struct stat st;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CLEANUP_FREE char *plain = NULL;
	char user[] = "u", password[] = "p", server[] = "r:5000";
	struct registry_login l = {.server = server, .user = user, .password = password};
	CHECK_OK(registry_login_store(d.path, &l, &plain, &e));
	CHECK(plain && strstr(plain, "/config.json"));
	CHECK(fstatat(d.fd, "config.json", &st, 0) == 0 && (st.st_mode & 0777) == 0600);
	put_config(&d, "{\"zz\":[1.50,{\"a\":null}],\"auths\":{\"https://r:5000\":{\"auth\":\"b2xkOm9sZA==\"},\"other\":{\"auth\":\"eDp5\"}},"
		"\"HttpHeaders\":{\"X\":\"\\u00e9\"}}");
	CHECK_EQ(fchmodat(d.fd, "config.json", 0640, 0), 0);
	CHECK_OK(registry_login_store(d.path, &l, NULL, &e));
	CHECK(fstatat(d.fd, "config.json", &st, 0) == 0 && (st.st_mode & 0777) == 0640);
	const char *text = tmpdir_get(&d, "config.json");
	CHECK(strstr(text, "1.50") && strstr(text, "\"eDp5\"") && strstr(text, "\xc3\xa9") && strstr(text, "\"dTpw\""));
	CHECK(!strstr(text, "b2xkOm9sZA=="));
	CHECK_EQ(registry_login_erase(d.path, "r:5000", &e), 1);
	CHECK_EQ(registry_login_erase(d.path, "r:5000", &e), 0);
	text = tmpdir_get(&d, "config.json");
	CHECK(!strstr(text, "r:5000") && strstr(text, "\"eDp5\"") && strstr(text, "HttpHeaders"));
}

/* A link stays one: what it leads to is replaced. */
TEST(linked)
{
	struct err e;
	struct stat st;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	char user[] = "u", password[] = "p", server[] = "r";
	struct registry_login l = {.server = server, .user = user, .password = password};
	tmpdir_put(&d, "real.json", "{}");
	CHECK_EQ(symlinkat("real.json", d.fd, "config.json"), 0);
	CHECK_OK(registry_login_store(d.path, &l, NULL, &e));
	CHECK(fstatat(d.fd, "config.json", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode));
	CHECK(strstr(tmpdir_get(&d, "real.json"), "dTpw"));
}

CHECK_MAIN
