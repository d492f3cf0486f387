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
	unsetenv("DOCKER_CONTEXT");
	unsetenv("DOCKER_TLS_VERIFY");
	unsetenv("DOCKER_TLS");
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

static int choose(struct endpoint *ep, const char *host, struct err *e)
{
	return endpoint_choose(ep, &(struct endpoint_options){.host = host}, e);
}

TEST(from_environment)
{
	struct err e;
	CLEANUP_ENDPOINT struct endpoint ep = {0};
	setenv("DOCKER_HOST", "unix:///a/b.sock", 1);
	CHECK_OK(choose(&ep, NULL, &e));
	CHECK_STR(ep.path, "/a/b.sock");
	CHECK_STR(ep.text, "unix:///a/b.sock");
	CHECK_STR(ep.from, "DOCKER_HOST");
	endpoint_free(&ep);
	CHECK_OK(choose(&ep, "unix:///c", &e));
	CHECK_STR(ep.path, "/c");
	CHECK_STR(ep.from, "-H");
	endpoint_free(&ep);
	setenv("DOCKER_HOST", "", 1);
	CHECK_OK(choose(&ep, NULL, &e));
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
		CHECK_ERR(choose(&ep, NULL, &e), ERR_USAGE);
		CHECK_HAS(e.msg, "DOCKER_HOST");
		CHECK(!strstr(e.msg, "secret"));
	}
	unsetenv("DOCKER_HOST");
}

TEST(tcp)
{
	static const struct {
		const char *given, *name, *host, *text;
		unsigned port;
	} good[] = {
		{"tcp://engine", "engine", "engine:2375", "tcp://engine:2375", 2375},
		{"tcp://engine:99/", "engine", "engine:99", "tcp://engine:99", 99},
		{"10.0.0.1:1", "10.0.0.1", "10.0.0.1:1", "tcp://10.0.0.1:1", 1},
		{"tcp://[fe80::1]", "fe80::1", "[fe80::1]:2375", "tcp://[fe80::1]:2375", 2375},
		{"tcp://[::1]:65535", "::1", "[::1]:65535", "tcp://[::1]:65535", 65535},
		{"tcp://", "localhost", "localhost:2375", "tcp://localhost:2375", 2375},
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct err e;
		CLEANUP_ENDPOINT struct endpoint ep = {0};
		CHECK_OK(choose(&ep, good[i].given, &e));
		CHECK_EQ(ep.kind, ENDPOINT_TCP);
		CHECK_STR(ep.name, good[i].name);
		CHECK_STR(ep.host, good[i].host);
		CHECK_STR(ep.text, good[i].text);
		CHECK_EQ(ep.port, good[i].port);
		CHECK(!ep.tls);
	}
}

TEST(tls_moves_the_port)
{
	struct err e;
	CLEANUP_ENDPOINT struct endpoint ep = {0};
	CLEANUP_STRVEC struct strvec env = {0};
	setenv("DOCKER_TLS_VERIFY", "1", 1);
	setenv("DOCKER_CERT_PATH", "/", 1);
	CHECK_OK(choose(&ep, "tcp://engine", &e));
	CHECK(ep.tls);
	CHECK_EQ(ep.port, 2376);
	endpoint_environment(&ep, &env);
	CHECK(strvec_has(&env, "DOCKER_HOST=tcp://engine:2376"));
	CHECK(strvec_has(&env, "DOCKER_TLS_VERIFY=1"));
	CHECK(strvec_has(&env, "DOCKER_CERT_PATH=/"));
	endpoint_free(&ep);
	CHECK_OK(choose(&ep, "unix:///x", &e));
	CHECK(!ep.tls);
	unsetenv("DOCKER_TLS_VERIFY");
	unsetenv("DOCKER_CERT_PATH");
}

TEST(ssh)
{
	struct err e;
	CLEANUP_ENDPOINT struct endpoint ep = {0};
	CHECK_OK(choose(&ep, "ssh://me@far:22/run/x.sock", &e));
	CHECK_EQ(ep.kind, ENDPOINT_SSH);
	CHECK_STR(ep.user, "me");
	CHECK_STR(ep.name, "far");
	CHECK_STR(ep.path, "/run/x.sock");
	CHECK_EQ(ep.port, 22);
	endpoint_free(&ep);
	CHECK_OK(choose(&ep, "ssh://far/", &e));
	CHECK_STR(ep.user, NULL);
	CHECK_STR(ep.path, NULL);
	CHECK_EQ(ep.port, 0);
}

TEST(no_such_host)
{
	static const char *const bad[] = {"tcp://a:b:c", "tcp://h:0", "tcp://h:65536", "tcp://h:1x", "tcp://[::1", "tcp://[::1]x",
		"tcp://h/path", "tcp://u@h", "ssh://", "ssh://-oProxyCommand=x", "ssh://-l@h", "ssh://@h", "ssh://u:secret@h",
		"ssh://h/a'b", "ssh://h/$(x)"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e;
		CLEANUP_ENDPOINT struct endpoint ep = {0};
		CHECK_ERR(choose(&ep, bad[i], &e), ERR_USAGE);
		CHECK(!strstr(e.msg, "secret"));
	}
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		exit(2);
}

TEST(contexts)
{
	struct err e;
	fresh();
	CLEANUP_FREE char *config = str_printf("%s/config.json", dir);
	/* The folder's name is the SHA-256 of "x". */
	CLEANUP_FREE char *folder = str_printf("%s/2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", dir);
	CLEANUP_FREE char *meta = str_printf("%s/contexts/meta/2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881/meta.json", dir);
	CLEANUP_FREE char *make = str_printf("%s/contexts", dir);
	mkdir(make, 0700);
	CLEANUP_FREE char *deeper = str_printf("%s/meta", make);
	mkdir(deeper, 0700);
	CLEANUP_FREE char *deepest = str_printf("%s/%s", deeper, strrchr(folder, '/') + 1);
	mkdir(deepest, 0700);
	setenv("DOCKER_CONFIG", dir, 1);
	write_file(meta, "{\"Name\":\"x\",\"Endpoints\":{\"docker\":{\"Host\":\"tcp://far:7\"}}}");
	write_file(config, "{\"currentContext\":\"x\"}");
	CLEANUP_ENDPOINT struct endpoint ep = {0};
	CHECK_OK(choose(&ep, NULL, &e));
	CHECK_STR(ep.text, "tcp://far:7");
	endpoint_free(&ep);
	CHECK_OK(choose(&ep, "unix:///near", &e));
	CHECK_STR(ep.text, "unix:///near");
	endpoint_free(&ep);
	setenv("DOCKER_CONTEXT", "default", 1);
	CHECK_OK(choose(&ep, NULL, &e));
	CHECK_EQ(ep.kind, ENDPOINT_UNIX);
	endpoint_free(&ep);
	setenv("DOCKER_CONTEXT", "none", 1);
	CHECK_ERR(choose(&ep, NULL, &e), ERR_NOT_FOUND);
	CHECK_HAS(e.msg, "DOCKER_CONTEXT");
	CHECK_HAS(e.msg, "'none'");
	unsetenv("DOCKER_CONTEXT");
	write_file(config, "{\"currentContext\":");
	CHECK(choose(&ep, NULL, &e) < 0);
	CHECK_HAS(e.msg, config);
	write_file(config, "{}");
	CHECK_OK(endpoint_choose(&ep, &(struct endpoint_options){.context = "x"}, &e));
	CHECK_STR(ep.from, "-c");
	unlink(config);
	unlink(meta);
	rmdir(deepest);
	rmdir(deeper);
	rmdir(make);
	rmdir(dir);
	unsetenv("DOCKER_CONFIG");
}

TEST(long_path)
{
	struct err e;
	char host[7 + 109] = "unix://";
	memset(host + 7, 'a', 108);
	struct endpoint ep;
	CHECK_ERR(choose(&ep, host, &e), ERR_USAGE);
	host[7 + 107] = 0;
	CHECK_OK(choose(&ep, host, &e));
	endpoint_free(&ep);
}

TEST(absent_socket)
{
	struct err e;
	fresh();
	CLEANUP_FREE char *host = str_printf("unix://%s/none", dir);
	CLEANUP_ENDPOINT struct endpoint ep = {0};
	CHECK_OK(choose(&ep, host, &e));
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
	CHECK_OK(choose(&ep, host, &e));
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
	CHECK_OK(choose(&ep, host, &e));
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
