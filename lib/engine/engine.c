/*
 * A connection is either in g->idle, or belongs to the one engine_reply that has it as conn.
 */
#include "engine/engine.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "codec/json.h"
#include "engine/api_path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Refusals are a sentence; more than this is not read. */
enum { REFUSAL_MAX = 64 << 10 };

int engine_open(struct engine *g, const char *host, struct err *e)
{
	return engine_open_by(g, &(struct endpoint_options){.host = host}, e);
}

int engine_open_by(struct engine *g, const struct endpoint_options *o, struct err *e)
{
	*g = (struct engine){0};
	return endpoint_choose(&g->endpoint, o, e);
}

void engine_free(struct engine *g)
{
	for (size_t i = 0; i < ENGINE_IDLE; i++)
		http_conn_free(g->idle[i]);
	endpoint_free(&g->endpoint);
	strvec_free(&g->headers);
	*g = (struct engine){0};
}

/* Says which engine it was that did not answer as it should. */
static int at_engine(const struct engine *g, struct err *e)
{
	if (e->kind == ERR_INTR || e->kind == ERR_USAGE)
		return -1;
	if (e->kind == ERR_FORMAT)
		e->kind = ERR_PROTOCOL;
	return err_wrap(e, "the engine at %s", g->endpoint.text);
}

/* A connection that was kept, or a new one. */
static struct http_conn *take(struct engine *g, bool *kept, struct err *e)
{
	for (size_t i = 0; i < ENGINE_IDLE; i++) {
		struct http_conn *c = ptr_steal(&g->idle[i]);
		if (c && !http_conn_stale(c)) {
			*kept = true;
			return c;
		}
		http_conn_free(c);
	}
	*kept = false;
	struct transport *t = endpoint_dial(&g->endpoint, e);
	return t ? http_conn_new(t) : NULL;
}

void engine_reply_end(struct engine_reply *r)
{
	struct http_conn *c = ptr_steal(&r->conn);
	r->body = NULL;
	r->raw = NULL;
	r->out = NULL;
	if (!c)
		return;
	for (size_t i = 0; i < ENGINE_IDLE && http_conn_reusable(c); i++) {
		if (!r->engine->idle[i]) {
			r->engine->idle[i] = c;
			return;
		}
	}
	http_conn_free(c);
}

const char *engine_reply_header(const struct engine_reply *r, const char *name)
{
	return http_header(&r->response, name);
}

/* Whether doing it twice is as good as once. A body that streams cannot be sent again. */
static bool repeatable(const struct engine_request *rq)
{
	if (rq->body || rq->writer || rq->upgrade)
		return false;
	return !rq->method || str_eq(rq->method, "GET") || str_eq(rq->method, "HEAD") || str_eq(rq->method, "DELETE");
}

static bool connection_was_gone(const struct err *e)
{
	return e->kind == ERR_NETWORK || (e->kind == ERR_SYS && (e->sys == EPIPE || e->sys == ECONNRESET));
}

/* One try. The connection is in r->conn afterwards; *kept tells whether it had been used before. */
static int try_request(struct engine *g, const struct engine_request *rq, const struct http_request *h,
	struct engine_reply *r, bool *kept, struct err *e)
{
	r->conn = take(g, kept, e);
	if (!r->conn) {
		*kept = false;
		return -1;
	}
	int rc = http_conn_send(r->conn, h, e);
	if (rc == 0 && !rq->writer)
		rc = http_conn_receive(r->conn, &r->response, e);
	return rc < 0 ? at_engine(g, e) : 0;
}

/* Appends the whole body to out. */
static int read_body(struct engine_reply *r, size_t max, struct buf *out, struct err *e)
{
	struct buf_writer w;
	buf_writer_init(&w, out, max);
	int64_t n = stream_copy(r->body, &w.base, e);
	writer_free(&w.base);
	return n < 0 ? at_engine(r->engine, e) : 0;
}

/* An error message of the engine's, as one line. */
static void one_line(char *s)
{
	for (char *p = s; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	size_t n = strlen(s);
	while (n && s[n - 1] == ' ')
		s[--n] = 0;
}

/* The answer is a refusal: its body's message becomes the error. */
static int refusal(struct engine_reply *r, struct err *e)
{
	CLEANUP_BUF struct buf text = {0};
	struct err ignored;
	if (read_body(r, REFUSAL_MAX, &text, &ignored) < 0)
		buf_reset(&text);
	CLEANUP_JSON struct json *doc = json_parse(buf_cstr(&text), text.len, &ignored);
	const char *message = json_str_at(doc, "message");
	CLEANUP_FREE char *line = mem_strdup(message ? message : "");
	one_line(line);
	int status = r->status;
	enum err_kind kind = status == 404 ? ERR_NOT_FOUND : ERR_STATUS;
	if (*line)
		err_set(e, kind, "%s", line);
	else
		err_set(e, kind, "the engine at %s answered with HTTP status %d %s", r->engine->endpoint.text, status,
			r->response.reason);
	if (!*line && strstr(buf_cstr(&text), "HTTPS server"))
		err_hint(e, "; it speaks TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH");
	e->status = status;
	engine_reply_end(r);
	return -1;
}

/* The head of the answer is in r->response. */
static int judge(struct engine_reply *r, struct err *e)
{
	int status = r->status = r->response.status;
	r->body = r->response.body;
	if (r->upgrade && status >= 200 && status < 300 && (status != 200 || r->response.length >= 0)) {
		err_set(e, ERR_PROTOCOL, "the engine at %s answered with HTTP status %d where a stream was to begin",
			r->engine->endpoint.text, status);
		engine_reply_end(r);
		return -1;
	}
	if (status == 101 || (r->upgrade && status == 200)) {
		r->body = http_conn_raw(r->conn, &r->raw);
		return status;
	}
	if (r->any_status || (status >= 200 && status < 300) || status == 304)
		return status;
	return refusal(r, e);
}

/* `target` is the whole request target. Returns the status; 0 with rq->writer. */
static int start(struct engine *g, const struct engine_request *rq, struct engine_reply *r, const char *target,
	struct err *e)
{
	CLEANUP_STRVEC struct strvec headers = {0};
	bool stream = rq->body || rq->writer;
	if (stream)
		strvec_pushf(&headers, "Content-Type: %s", rq->type ? rq->type : "application/x-tar");
	else if (rq->json && *rq->json)
		strvec_push(&headers, "Content-Type: application/json");
	for (size_t i = 0; i < g->headers.n; i++)
		strvec_push(&headers, g->headers.items[i]);
	for (size_t i = 0; rq->headers && rq->headers[i]; i++)
		strvec_push(&headers, rq->headers[i]);
	struct http_request h = {
		.method = rq->method ? rq->method : "GET",
		.target = target,
		.host = g->endpoint.host,
		.headers = (const char *const *)headers.items,
		.data = stream ? NULL : rq->json,
		.body = rq->body,
		.writer = rq->writer,
		.length = stream ? rq->length : rq->json ? (int64_t)strlen(rq->json) : 0,
		.upgrade = rq->upgrade ? "tcp" : NULL,
	};
	*r = (struct engine_reply){.engine = g, .any_status = rq->any_status, .upgrade = rq->upgrade};
	bool kept;
	int rc = try_request(g, rq, &h, r, &kept, e);
	if (rc < 0 && kept && repeatable(rq) && connection_was_gone(e)) {
		engine_reply_end(r);
		rc = try_request(g, rq, &h, r, &kept, e);
	}
	if (rc < 0) {
		engine_reply_end(r);
		return -1;
	}
	if (rq->writer) {
		r->out = http_conn_body(r->conn);
		return 0;
	}
	return judge(r, e);
}

int engine_receive(struct engine_reply *r, struct err *e)
{
	if (http_conn_receive(r->conn, &r->response, e) < 0) {
		at_engine(r->engine, e);
		engine_reply_end(r);
		return -1;
	}
	r->out = NULL;
	return judge(r, e);
}

/* "1.41" to 41; anything else is 0. */
static unsigned api_minor(const char *version)
{
	struct err ignored;
	uint64_t n;
	const char *minor = version ? str_after(version, "1.") : NULL;
	if (!minor || str_to_u64(minor, 9999, &n, "API version", &ignored) < 0)
		return 0;
	return (unsigned)n;
}

/* GET /_ping: the newest version that the engine knows. */
static int ping(struct engine *g, struct err *e)
{
	static const struct engine_request rq = {0};
	CLEANUP_REPLY struct engine_reply r = {0};
	if (start(g, &rq, &r, "/_ping", e) < 0)
		return -1;
	CLEANUP_BUF struct buf text = {0};
	const char *version = engine_reply_header(&r, "Api-Version");
	const char *server = engine_reply_header(&r, "Server");
	g->podman = server && str_starts(server, "Libpod/");
	g->api_max = version ? api_minor(version) : ENGINE_API_OLDEST;  /* the oldest do not say */
	if (read_body(&r, REFUSAL_MAX, &text, e) < 0)
		return -1;
	if (!g->api_max || (!version && !str_eq(buf_cstr(&text), "OK")))
		return err_set(e, ERR_PROTOCOL, "what answers at %s is not a Docker-compatible engine",
			g->endpoint.text);
	return 0;
}

/* GET /version: the oldest version that the engine still answers to. */
static int ask_oldest(struct engine *g, struct err *e)
{
	static const struct engine_request rq = {0};
	CLEANUP_BUF struct buf text = {0};
	CLEANUP_REPLY struct engine_reply r = {0};
	if (start(g, &rq, &r, "/version", e) < 0 || read_body(&r, REFUSAL_MAX, &text, e) < 0)
		return -1;
	CLEANUP_JSON struct json *doc = json_parse(buf_cstr(&text), text.len, e);
	if (!doc)
		return at_engine(g, e);
	g->api_min = api_minor(json_str_at(doc, "MinAPIVersion"));
	return 0;
}

int engine_connect(struct engine *g, struct err *e)
{
	if (g->api)
		return 0;
	if (ping(g, e) < 0)
		return -1;
	if (g->api_max < ENGINE_API_OLDEST)
		return err_set(e, ERR_REFUSED, "the engine at %s is too old: it speaks API 1.%u, dr needs 1.%d "
			"(Docker 1.12)", g->endpoint.text, g->api_max, ENGINE_API_OLDEST);
	const char *forced = getenv("DOCKER_API_VERSION");  /* as the docker CLI has it */
	if (forced && *forced) {
		unsigned n = api_minor(forced);
		if (n < ENGINE_API_OLDEST || n > ENGINE_API_NEWEST)
			return err_set(e, ERR_USAGE, "DOCKER_API_VERSION is '%s'; dr speaks 1.%d to 1.%d", forced,
				ENGINE_API_OLDEST, ENGINE_API_NEWEST);
		g->api = n;
		return 0;
	}
	if (g->api_max > ENGINE_API_NEWEST && ask_oldest(g, e) < 0)
		return -1;
	if (g->api_min > ENGINE_API_NEWEST)
		return err_set(e, ERR_REFUSED, "the engine at %s is too new: it speaks API 1.%u and above, dr 1.%d and "
			"below; get a newer dr", g->endpoint.text, g->api_min, ENGINE_API_NEWEST);
	g->api = g->api_max < ENGINE_API_NEWEST ? g->api_max : ENGINE_API_NEWEST;
	return 0;
}

int engine_needs(struct engine *g, unsigned n, const char *what, struct err *e)
{
	if (engine_connect(g, e) < 0)
		return -1;
	if (g->api >= n)
		return 0;
	return err_set(e, ERR_REFUSED, "%s needs API 1.%u, the engine at %s has 1.%u", what, n, g->endpoint.text,
		g->api);
}

int engine_vstart(struct engine *g, const struct engine_request *rq, struct engine_reply *r, struct err *e,
	const char *path, va_list ap)
{
	CLEANUP_BUF struct buf target = {0};
	*r = (struct engine_reply){0};
	if (rq->target)
		return start(g, rq, r, rq->target, e);
	if (engine_connect(g, e) < 0)
		return -1;
	buf_printf(&target, "/v1.%u", g->api);
	if (api_path_vformat(&target, e, path, ap) < 0)
		return -1;
	buf_str(&target, rq->query ? rq->query : "");
	return start(g, rq, r, buf_cstr(&target), e);
}

int engine_start(struct engine *g, const struct engine_request *rq, struct engine_reply *r, struct err *e,
	const char *path, ...)
{
	va_list ap;
	va_start(ap, path);
	int rc = engine_vstart(g, rq, r, e, path, ap);
	va_end(ap);
	return rc;
}

int engine_call(struct engine *g, const char *method, const char *json, struct buf *answer, struct err *e,
	const char *path, ...)
{
	struct engine_request rq = {.method = method, .json = json};
	CLEANUP_REPLY struct engine_reply r = {0};
	CLEANUP_BUF struct buf dropped = {0};
	va_list ap;
	va_start(ap, path);
	int rc = engine_vstart(g, &rq, &r, e, path, ap);
	va_end(ap);
	if (rc < 0)
		return -1;
	return read_body(&r, ENGINE_ANSWER_MAX, answer ? answer : &dropped, e) < 0 ? -1 : rc;
}
