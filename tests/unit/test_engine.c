#include "check.h"
#include "fake_engine.h"

#include "engine/archive.h"
#include "engine/container.h"
#include "engine/image.h"
#include "engine/volume.h"

#define NO_CONTENT "HTTP/1.1 204 No Content\r\n\r\n"

static struct fake_engine fake;
static struct engine g;
static struct err e;

static void begin(const char *const *answers)
{
	fake_start(&fake, answers);
	memset(&e, 0, sizeof e);
	if (engine_open(&g, fake.host, &e) < 0)
		exit(2);
}

static void end(void)
{
	engine_free(&g);
	fake_stop(&fake);
}

#define WITH(...) begin((const char *const[]){__VA_ARGS__, NULL})

static int count(const char *needle)
{
	int n = 0;
	for (const char *p = fake.log; (p = strstr(p, needle)); p++)
		n++;
	return n;
}

TEST(negotiates_once)
{
	WITH(PING, ANSWER("200 OK", CHUNK("2", "{}") END), ANSWER("200 OK", CHUNK("2", "{}") END));
	CLEANUP_BUF struct buf b = {0};
	int a = engine_call(&g, "GET", NULL, &b, &e, "/info");
	int c = engine_call(&g, "POST", "{\"x\":1}", &b, &e, "/x?a=%s", "b c");
	unsigned api = g.api;
	end();
	CHECK_EQ(a, 200);
	CHECK_EQ(c, 200);
	CHECK_EQ(api, 41);
	CHECK_STR(b.data, "{}{}");
	CHECK_EQ(count("GET /_ping HTTP/1.1"), 1);
	CHECK_EQ(count("GET /v1.41/info HTTP/1.1"), 1);
	CHECK_HAS(fake.log, "POST /v1.41/x?a=b%20c HTTP/1.1");
	CHECK_HAS(fake.log, "Content-Type: application/json");
	CHECK_HAS(fake.log, "\r\n\r\n{\"x\":1}");
}

static void version_of(const char *ping, const char *version, unsigned want, int kind, const char *text)
{
	WITH(ping, version);
	int rc = engine_connect(&g, &e);
	unsigned api = g.api;
	end();
	CHECK_EQ(rc, kind ? -1 : 0);
	if (kind) {
		CHECK_EQ(e.kind, kind);
		CHECK_HAS(e.msg, text);
	} else {
		CHECK_EQ(api, want);
	}
}

#define PING_OF(v) "HTTP/1.1 200 OK\r\nApi-Version: " v "\r\nContent-Length: 2\r\n\r\nOK"
#define PLAIN(body) "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" body

TEST(versions)
{
	version_of(PING_OF("1.24"), "", 24, 0, "");
	version_of(PING_OF("1.51"), "", 51, 0, "");
	version_of(PING_OF("1.99"), FAKE_CLOSE PLAIN("{\"MinAPIVersion\":\"1.44\"}"), ENGINE_API_NEWEST, 0, "");
	version_of(PING_OF("1.99"), FAKE_CLOSE PLAIN("{\"MinAPIVersion\":\"1.90\"}"), 0, ERR_REFUSED, "too new");
	version_of(PING_OF("1.99"), FAKE_CLOSE PLAIN("[\"x\""), 0, ERR_PROTOCOL, fake.host);
	version_of(PING_OF("1.23"), "", 0, ERR_REFUSED, "too old");
	version_of(PING_OF("2.0"), "", 0, ERR_PROTOCOL, "not a Docker-compatible engine");
	version_of(PING_OF(""), "", 0, ERR_PROTOCOL, "not a Docker-compatible engine");
	version_of(FAKE_CLOSE PLAIN("OK"), "", 24, 0, "");
	version_of(FAKE_CLOSE PLAIN("<html>hello</html>"), "", 0, ERR_PROTOCOL, "not a Docker-compatible engine");
	version_of("HTTP/1.1 500 Sad\r\nContent-Length: 21\r\n\r\n{\"message\":\"not yet\"}", "", 0, ERR_STATUS, "not yet");
}

TEST(forced_version)
{
	setenv("DOCKER_API_VERSION", "1.30", 1);
	version_of(PING, "", 30, 0, "");
	setenv("DOCKER_API_VERSION", "1.7", 1);
	version_of(PING, "", 0, ERR_USAGE, "DOCKER_API_VERSION");
	unsetenv("DOCKER_API_VERSION");
}

TEST(rubbish)
{
	static const char *const bad[] = {
		FAKE_CLOSE "SSH-2.0-OpenSSH_9.2\r\n", FAKE_CLOSE "\x15\x03\x01", FAKE_CLOSE "HTTP/1.1 200 OK\r\nContent-Le",
		FAKE_CLOSE "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nOK", FAKE_CLOSE "HTTP/1.1 xyz\r\n\r\n",
		FAKE_CLOSE "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		version_of(bad[i], "", 0, ERR_PROTOCOL, fake.host);
}

TEST(refusals)
{
	WITH(PING, ANSWER("404 Not Found", CHUNK("1a", "{\"message\":\"no such\\nx \"}\n") END),
		ANSWER("409 Conflict", CHUNK("14", "{\"message\":\"in use\"}") END),
		"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops",
		"HTTP/1.1 301 Moved Permanently\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", NO_CONTENT);
	struct err e404 = {0}, e409 = {0}, e500 = {0}, e301 = {0};
	int r404 = engine_call(&g, "GET", NULL, NULL, &e404, "/a");
	int r409 = engine_call(&g, "GET", NULL, NULL, &e409, "/a");
	int r500 = engine_call(&g, "GET", NULL, NULL, &e500, "/a");
	int r301 = engine_call(&g, "GET", NULL, NULL, &e301, "/a");
	int r204 = engine_call(&g, "POST", NULL, NULL, &e, "/a");
	end();
	CHECK(r404 < 0 && r409 < 0 && r500 < 0 && r301 < 0);
	CHECK_EQ(r204, 204);
	CHECK_EQ(e404.kind, ERR_NOT_FOUND);
	CHECK_EQ(e404.status, 404);
	CHECK_STR(e404.msg, "no such x");
	CHECK_EQ(e409.kind, ERR_STATUS);
	CHECK_EQ(e409.status, 409);
	CHECK_STR(e409.msg, "in use");
	CHECK_HAS(e500.msg, "500 Internal Server Error");
	CHECK_HAS(e301.msg, "301");
}

/* The engine closes a kept connection without a word, before the next request or while it is being sent. */
TEST(kept_connection_is_replaced)
{
	WITH(FAKE_CLOSE PING, FAKE_CLOSE NO_CONTENT, FAKE_CLOSE "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
		NO_CONTENT);
	int a = engine_call(&g, "GET", NULL, NULL, &e, "/a");
	int b = engine_call(&g, "DELETE", NULL, NULL, &e, "/b");
	int c = engine_call(&g, "POST", NULL, NULL, &e, "/c");
	end();
	CHECK(a == 204 && b == 204 && c == 204);
	CHECK_EQ(count("\n--\n"), 4);
}

TEST(unread_reply_closes_its_connection)
{
	WITH(PING, ANSWER("200 OK", CHUNK("3", "abc") "4\r\nmo"), NO_CONTENT);
	CLEANUP_REPLY struct engine_reply r = {0};
	struct engine_request rq = {0};
	int a = engine_start(&g, &rq, &r, &e, "/stream");
	const unsigned char *p;
	ssize_t n = reader_block(r.body, &p, &e);
	engine_reply_end(&r);
	int b = engine_call(&g, "GET", NULL, NULL, &e, "/b");
	engine_reply_end(&r);
	end();
	CHECK_EQ(a, 200);
	CHECK_EQ(n, 3);
	CHECK_EQ(b, 204);
}

struct seen {
	char text[512];
	int fail;
};

static int on_message(void *arg, const struct engine_message *m, struct err *err)
{
	struct seen *s = arg;
	size_t n = strlen(s->text);
	snprintf(s->text + n, sizeof s->text - n, "%s|%s|%s|%llu/%llu;", m->id, m->status, m->stream,
		(unsigned long long)m->current, (unsigned long long)m->total);
	return s->fail ? err_set(err, ERR_INTR, "stop") : 0;
}

#define LAYER "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":5,\"total\":9},\"id\":\"a1\"}"

TEST(pull_progress)
{
	WITH(PING, FAKE_SLOW ANSWER("200 OK", CHUNK("4d", LAYER "\r\n") CHUNK("1a", "{\"status\":\"Pull complete\"}") END));
	struct seen s = {0};
	int rc = image_pull(&g, "r:5000/x/y:1", NULL, "QUJD", on_message, &s, &e);
	end();
	CHECK_OK(rc);
	CHECK_STR(s.text, "a1|Downloading||5/9;|Pull complete||0/0;");
	CHECK_HAS(fake.log, "POST /v1.41/images/create?fromImage=r%3A5000%2Fx%2Fy&tag=1&platform= HTTP/1.1");
	CHECK_HAS(fake.log, "X-Registry-Auth: QUJD\r\n");
}

static void pull_fails(const char *answer, int kind, const char *text)
{
	WITH(PING, answer);
	int rc = image_pull(&g, "x", NULL, NULL, NULL, NULL, &e);
	end();
	CHECK_EQ(rc, -1);
	CHECK_EQ(e.kind, kind);
	CHECK_HAS(e.msg, "cannot pull x");
	CHECK_HAS(e.msg, text);
}

TEST(pull_failures)
{
	pull_fails(ANSWER("200 OK", CHUNK("10", "{\"error\":\"gone\"}") END), ERR_STATUS, "gone");
	pull_fails(ANSWER("200 OK", CHUNK("26", "{\"errorDetail\":{\"message\":\"toolong\"}}\n") END), ERR_STATUS, "toolong");
	pull_fails(ANSWER("200 OK", CHUNK("3", "[1]") END), ERR_PROTOCOL, "not a JSON object");
	pull_fails(ANSWER("200 OK", CHUNK("3", "{]]") END), ERR_PROTOCOL, "");
	pull_fails(FAKE_CLOSE ANSWER("200 OK", CHUNK("2", "{}")), ERR_PROTOCOL, "");
	pull_fails(FAKE_CLOSE ANSWER("200 OK", CHUNK("8", "{\"id\":\"a") END), ERR_PROTOCOL, "");
	pull_fails(ANSWER("404 Not Found", CHUNK("17", "{\"message\":\"no such r\"}") END), ERR_NOT_FOUND, "no such r");
}

#define IMAGE "{\"Id\":\"sha256:1\",\"RepoTags\":[\"x:1\",\"y:2\"],\"Size\":12,\"Config\":{\"User\":\"druser\",\"Volumes\":" \
	"{\"/config\":{},\"/v2\":{\"a\":[1]}},\"Labels\":{\"k\":\"v=w\",\"n\":null},\"Env\":null,\"Nested\":{\"User\":\"no\"}}}"

TEST(image_answer)
{
	char answer[512];
	snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(IMAGE), IMAGE);
	WITH(PING, answer);
	CLEANUP_IMAGE struct image img = {0};
	int rc = image_inspect(&g, "x", &img, &e);
	end();
	CHECK_EQ_OK(rc, 1);
	CHECK_STR(img.id, "sha256:1");
	CHECK_STR(img.user, "druser");
	CHECK_STR(img.workdir, "");
	CHECK_EQ(img.size, 12);
	CHECK_EQ(img.tags.n, 2);
	CHECK_EQ(img.volumes.n, 2);
	CHECK(strvec_has(&img.volumes, "/config") && strvec_has(&img.volumes, "/v2"));
	CHECK(strvec_has(&img.labels, "k=v=w") && strvec_has(&img.labels, "n="));
	CHECK_EQ(img.env.n, 0);
}

static void image_refused(const char *body, const char *text)
{
	char answer[512];
	snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
	WITH(PING, answer);
	struct image img;
	int rc = image_inspect(&g, "x", &img, &e);
	end();
	CHECK_EQ(rc, -1);
	CHECK_EQ(e.kind, ERR_PROTOCOL);
	CHECK_HAS(e.msg, text);
}

TEST(image_rubbish)
{
	image_refused("", "empty");
	image_refused("null", "not a JSON object");
	image_refused("{}", "no Id");
	image_refused("{\"Id\":1}", "Id is not text");
	image_refused("{\"Id\":\"a\\u0000b\"}", "NUL");
	image_refused("{\"Id\":\"a\"", "");
	image_refused("{\"Id\":\"a\"}{}", "something follows");
	image_refused("{\"Id\":\"a\",\"Size\":1.5}", "Size is not a whole number");
	image_refused("{\"Id\":\"a\",\"Size\":99999999999999999999}", "63 bits");
	image_refused("{\"Id\":\"a\",\"RepoTags\":[1]}", "RepoTags is not a list of texts");
	image_refused("{\"Id\":\"a\",\"Config\":{\"Labels\":{\"a\":1}}}", "Config.Labels is not a map of texts");
	image_refused("{\"Id\":\"a\",\"Config\":{\"Volumes\":[]}}", "Config.Volumes is not an object");
	image_refused("<html>", "does not answer as an engine does");
}

#define CONTAINERS "[{\"Id\":\"1\",\"Names\":[\"/db/alias\",\"/web\"],\"Mounts\":[{\"Type\":\"volume\",\"Name\":\"v\"," \
	"\"RW\":true}]},{\"Id\":\"2\",\"Names\":[\"/two\"],\"Mounts\":[{\"Type\":\"bind\",\"Destination\":\"v\"}]}]"

TEST(containers_of_a_volume)
{
	char answer[512];
	snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(CONTAINERS), CONTAINERS);
	WITH(PING, answer);
	CLEANUP_CONTAINER_LIST struct container_list list = {0};
	int rc = container_list_by_volume(&g, "v", &list, &e);
	end();
	CHECK_OK(rc);
	CHECK_HAS(fake.log, "filters=%7B%22volume%22%3A%5B%22v%22%5D%7D");
	CHECK_EQ(list.n, 1);
	CHECK_STR(list.items[0].name, "web");
	CHECK(list.items[0].mounts[0].writable);
}

TEST(mounts_from_inspect)
{
	WITH(PING, ANSWER("200 OK", CHUNK("1d", "[{\"Id\":\"1\",\"Names\":[\"/web\"]}]") END),
		ANSWER("200 OK", CHUNK("40", "{\"Id\":\"1\",\"Name\":\"/web\",\"Mounts\":[{\"Type\":\"volume\",\"Name\":\"v\"}]}")
			END));
	CLEANUP_CONTAINER_LIST struct container_list list = {0};
	int rc = container_list_by_volume(&g, "v", &list, &e);
	end();
	CHECK_OK(rc);
	CHECK_EQ(list.n, 1);
	CHECK_EQ(list.items[0].n_mounts, 1);
}

TEST(create_json)
{
	WITH(PING, ANSWER("201 Created", CHUNK("d", "{\"Id\":\"abc\"}\n") END));
	CLEANUP_STRVEC struct strvec labels = {0};
	CLEANUP_STRVEC struct strvec none = {0};
	strvec_push(&labels, "a=b=c");
	strvec_push(&labels, "bare");
	struct container_config c = {.image = "i", .labels = &labels, .entrypoint = &none, .network = "none"};
	CLEANUP_FREE char *id = NULL;
	int rc = container_create(&g, "n", &c, &id, &e);
	end();
	CHECK_OK(rc);
	CHECK_STR(id, "abc");
	CHECK_HAS(fake.log, "\"Labels\":{\"a\":\"b=c\",\"bare\":\"\"}");
	CHECK_HAS(fake.log, "\"Entrypoint\":[]");
	CHECK_HAS(fake.log, "\"NetworkMode\":\"none\"");
	CHECK(!strstr(fake.log, "\"Cmd\""));
}

TEST(path_stat)
{
	/* {"name":"dr","size":4096,"mode":2147484141,"mtime":"2024-02-29T12:34:56Z","linkTarget":""} */
	struct archive_stat st;
	CHECK_OK(archive_stat_decode("eyJuYW1lIjoiZHIiLCJzaXplIjo0MDk2LCJtb2RlIjoyMTQ3NDg0MTQxLCJtdGltZSI6IjIwMjQtMDItMjlUMTI6"
		"MzQ6NTZaIiwibGlua1RhcmdldCI6IiJ9", &st, &e));
	CHECK_STR(st.name, "dr");
	CHECK_EQ(st.mode, S_IFDIR | 0755);
	CHECK_EQ(st.size, 4096);
	archive_stat_free(&st);
	CHECK_ERR(archive_stat_decode("!", &st, &e), ERR_PROTOCOL);
	CHECK_ERR(archive_stat_decode("", &st, &e), ERR_PROTOCOL);
	CHECK_ERR(archive_stat_decode("e10x", &st, &e), ERR_PROTOCOL);
}

TEST(push_writer)
{
	WITH(PING, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	struct archive_writer w;
	int a = archive_writer_open(&w, &g, "c", "/config", &e);
	int b = a < 0 ? -1 : writer_str(&w.base, "hello", &e);
	int c = b < 0 ? -1 : writer_finish(&w.base, &e);
	writer_free(&w.base);
	end();
	CHECK_OK(c);
	CHECK_HAS(fake.log, "PUT /v1.41/containers/c/archive?path=%2Fconfig HTTP/1.1");
	CHECK_HAS(fake.log, "Content-Type: application/x-tar");
	CHECK_HAS(fake.log, "hello");
}

CHECK_MAIN
