#include "check.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "engine/image_ref.h"

#define SHA "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void takes(const char *text, const char *domain, const char *path, const char *tag, const char *digest)
{
	struct err e;
	CLEANUP_IMAGE_REF struct image_ref r = {0};
	CHECK_OK(image_ref_parse(&r, text, &e));
	CHECK_STR(r.domain, domain);
	CHECK_STR(r.path, path);
	CHECK_STR(r.tag, tag);
	CHECK_STR(r.digest, digest);
}

static void refuses(const char *text)
{
	struct err e;
	struct image_ref r;
	CHECK_ERR(image_ref_parse(&r, text, &e), ERR_USAGE);
	CHECK(r.domain == NULL && r.path == NULL && r.tag == NULL && r.digest == NULL);
}

static void shown(const char *text, const char *full)
{
	struct err e;
	CLEANUP_IMAGE_REF struct image_ref r = {0};
	CHECK_OK(image_ref_parse(&r, text, &e));
	CLEANUP_FREE char *f = image_ref_full(&r);
	CHECK_STR(f, full);
}

TEST(defaults)
{
	takes("debian", "docker.io", "library/debian", "latest", NULL);
	takes("debian:12", "docker.io", "library/debian", "12", NULL);
	takes("j842/dr-helloworld", "docker.io", "j842/dr-helloworld", "latest", NULL);
	takes("debian@" SHA, "docker.io", "library/debian", NULL, SHA);
	takes("debian:12@" SHA, "docker.io", "library/debian", "12", SHA);
	takes("index.docker.io/debian", "docker.io", "library/debian", "latest", NULL);
}

TEST(domains)
{
	takes("localhost/x", "localhost", "x", "latest", NULL);
	takes("registry:5000/x/y", "registry:5000", "x/y", "latest", NULL);
	takes("registry:5000/x/y:t", "registry:5000", "x/y", "t", NULL);
	takes("quay.io/a/b/c:1.0-x_Y", "quay.io", "a/b/c", "1.0-x_Y", NULL);
	takes("HOST/x", "HOST", "x", "latest", NULL);
	takes("[::1]:5000/x", "[::1]:5000", "x", "latest", NULL);
	takes("registry:5000", "docker.io", "library/registry", "5000", NULL);
	takes("a__b/c--d.e_f", "docker.io", "a__b/c--d.e_f", "latest", NULL);
}

TEST(refused)
{
	static const char *const bad[] = {
		"", ":", ":x", "/", "/x", "x/", "x//y", "X", "x/Y", "x:", "x: y", "x:-a", "x:.a", "x@", "x@sha256:12", "x@" SHA "0",
		"x@" SHA "@" SHA, "-x", "x-", "x_", "x.", "x..y", "x___y", "x y", "x\ty", "x\ny", "../x", "./x", "a/../b",
		"http://x/y", "-h.a/x", "h-.a/x", "h:p/x", "[::1/x", "[]/x", "x?y", "x%2fy", "x\xc3\xa9", SHA,
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refuses(bad[i]);
}

TEST(lengths)
{
	char text[1200];
	memset(text, 'a', sizeof text);
	text[sizeof text - 1] = 0;
	refuses(text);
	text[256] = 0;
	refuses(text);
	text[255 - strlen("docker.io/library/")] = 0;
	CLEANUP_FREE char *path = str_printf("library/%s", text);
	takes(text, "docker.io", path, "latest", NULL);
	memcpy(text, "x:", 2);
	memset(text + 2, 'a', 129);
	text[2 + 129] = 0;
	refuses(text);
	text[2 + 128] = 0;
	takes(text, "docker.io", "library/x", text + 2, NULL);
}

TEST(forms)
{
	shown("debian", "docker.io/library/debian:latest");
	shown("docker.io/library/debian:12", "docker.io/library/debian:12");
	shown("docker.io/j842/x", "docker.io/j842/x:latest");
	shown("docker.io/library/a/b", "docker.io/library/a/b:latest");
	shown("r.example:1/x@" SHA, "r.example:1/x@" SHA);
	shown("x:1@" SHA, "docker.io/library/x:1@" SHA);
}

TEST(sameness)
{
	CHECK(image_ref_same("debian", "docker.io/library/debian:latest"));
	CHECK(!image_ref_same("debian", "debian:12"));
	CHECK(!image_ref_same("debian", "localhost/debian"));
	CHECK(!image_ref_same("debian", "debian@" SHA));
	CHECK(image_ref_same(SHA, SHA));
	CHECK(!image_ref_same(SHA, "debian"));
}

TEST(ids)
{
	CHECK(image_is_id(SHA));
	CHECK(image_is_id(SHA + 7));
	CHECK(!image_is_id(SHA + 8));
	CHECK(!image_is_id("sha256:"));
	CHECK(!image_is_id("debian"));
}

CHECK_MAIN
