#include "check.h"

#include "base/str.h"
#include "engine/endpoint.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static char dir[] = "/tmp/test_endpoint.XXXXXX";

static void fresh(void)
{
	unsetenv("DOCKER_HOST");
	unsetenv("XDG_RUNTIME_DIR");
	snprintf(dir, sizeof dir, "/tmp/test_endpoint.XXXXXX");
	if (!mkdtemp(dir))
		exit(2);
}

static int bind_at(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ? -1 : fd;
}

TEST(from_environment)
{
	struct err e;
	CLEANUP_ENDPOINT struct endpoint ep = {0};
	setenv("DOCKER_HOST", "unix:///a/b.sock", 1);
	CHECK_OK(endpoint_choose(&ep, NULL, &e));
	CHECK_STR(ep.path, "/a/b.sock");
	CHECK_STR(ep.text, "unix:///a/b.sock");
	CHECK_STR(ep.from, "DOCKER_HOST");
	endpoint_free(&ep);
	CHECK_OK(endpoint_choose(&ep, "unix:///c", &e));
	CHECK_STR(ep.path, "/c");
	CHECK_STR(ep.from, "-H");
	endpoint_free(&ep);
	setenv("DOCKER_HOST", "", 1);
	CHECK_OK(endpoint_choose(&ep, NULL, &e));
	CHECK_STR(ep.from, NULL);
	unsetenv("DOCKER_HOST");
}

TEST(unparsable)
{
	static const char *const bad[] = {"unix://", "/var/run/docker.sock", "docker", "://x", "UNIX:///x",
		"gopher://user:secret@x", "bad scheme://x"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e;
		CLEANUP_ENDPOINT struct endpoint ep = {0};
		setenv("DOCKER_HOST", bad[i], 1);
		CHECK_ERR(endpoint_choose(&ep, NULL, &e), ERR_USAGE);
		CHECK_HAS(e.msg, "DOCKER_HOST");
		CHECK(!strstr(e.msg, "secret"));
	}
	unsetenv("DOCKER_HOST");
}

TEST(long_path)
{
	struct err e;
	char host[7 + 109] = "unix://";
	memset(host + 7, 'a', 108);
	struct endpoint ep;
	CHECK_ERR(endpoint_choose(&ep, host, &e), ERR_USAGE);
	host[7 + 107] = 0;
	CHECK_OK(endpoint_choose(&ep, host, &e));
	endpoint_free(&ep);
}

TEST(absent_socket)
{
	struct err e;
	fresh();
	CLEANUP_FREE char *host = str_printf("unix://%s/none", dir);
	CLEANUP_ENDPOINT struct endpoint ep = {0};
	CHECK_OK(endpoint_choose(&ep, host, &e));
	CHECK(endpoint_dial(&ep, &e) == NULL);
	CHECK_EQ(e.kind, ERR_NETWORK);
	CHECK_EQ(e.sys, ENOENT);
	CHECK_HAS(e.msg, host);
	rmdir(dir);
}

TEST(stale_then_listening)
{
	struct err e;
	fresh();
	CLEANUP_FREE char *path = str_printf("%s/s", dir);
	CLEANUP_FREE char *host = str_printf("unix://%s", path);
	CLEANUP_ENDPOINT struct endpoint ep = {0};
	CLEANUP_FD int srv = bind_at(path);
	CHECK(srv >= 0);
	CHECK_OK(endpoint_choose(&ep, host, &e));
	CHECK(endpoint_dial(&ep, &e) == NULL);
	CHECK_EQ(e.kind, ERR_NETWORK);
	CHECK_EQ(e.sys, ECONNREFUSED);
	CHECK_HAS(e.msg, "start the engine");
	CHECK_EQ(listen(srv, 1), 0);
	struct transport *t = endpoint_dial(&ep, &e);
	CHECK(t != NULL);
	transport_free(t);
	unlink(path);
	rmdir(dir);
}

TEST(forbidden_socket)
{
	struct err e;
	fresh();
	CLEANUP_FREE char *path = str_printf("%s/s", dir);
	CLEANUP_FREE char *host = str_printf("unix://%s", path);
	CLEANUP_ENDPOINT struct endpoint ep = {0};
	CLEANUP_FD int srv = bind_at(path);
	CHECK(srv >= 0 && listen(srv, 1) == 0 && chmod(path, 0) == 0);
	CHECK_OK(endpoint_choose(&ep, host, &e));
	bool root = geteuid() == 0;
	if (root)
		CHECK(seteuid(65534) == 0);
	struct transport *t = endpoint_dial(&ep, &e);
	if (root)
		CHECK(seteuid(0) == 0);
	unlink(path);
	rmdir(dir);
	CHECK(t == NULL);
	CHECK_EQ(e.sys, EACCES);
	CHECK_HAS(e.msg, "no permission");
}

CHECK_MAIN
