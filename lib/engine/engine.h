/*
 * engine: one Docker-compatible engine, and requests to its API.
 *
 *     CLEANUP_ENGINE struct engine g = {0};
 *     if (engine_open(&g, NULL, e) < 0) return -1;                   chooses the endpoint, connects nothing
 *     CLEANUP_BUF struct buf answer = {0};
 *     if (engine_call(&g, "GET", NULL, &answer, e, "/images/%s/json", name) < 0) return -1;
 *
 * The first request connects, asks GET /_ping for the engine's API version, and settles on the newest version that
 * both know. Connections are kept and used again; a kept one that the engine has closed meanwhile is replaced.
 * While the body of a reply is still being read, other requests take another connection.
 *
 * Paths are formats in which only %s, %d, %u, %lld, %llu and %% may stand; what %s brings in is percent-encoded: before
 * the '?' all but letters, digits and -._~/:@ , behind it also those last three. An empty %s in the path, or one with a
 * "." or ".." component, is ERR_USAGE: it would be another path. The "/v1.NN" in front is added here.
 *
 * Answers of 2xx and 304 are success. Others become an error with the engine's own message: ERR_NOT_FOUND for 404,
 * ERR_STATUS otherwise, the status in e->status in both cases. An engine that does not speak HTTP or JSON, or stops in
 * the middle, is ERR_PROTOCOL; one that cannot be reached is ERR_NETWORK.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/stream.h"
#include "engine/endpoint.h"
#include "net/http_conn.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

/* API versions are 1.N; these are the N. 24 is Docker 1.12, the oldest that dr was written for; 51 is Docker 28. Docker 29 speaks
   1.53, and 1.44 and above or 1.40 and above: it is spoken to in 1.51, because 1.52 takes away what scripts read from inspect
   (NetworkSettings.IPAddress) and a container's own MacAddress, and 1.53 the lists of /system/df. */
enum { ENGINE_API_OLDEST = 24, ENGINE_API_NEWEST = 51 };

enum { ENGINE_IDLE = 2 };                  /* connections that are kept: one works, one streams */
enum { ENGINE_ANSWER_MAX = 32 << 20 };     /* engine_call takes no larger answer; real ones are below 1 MiB */

struct engine {
	struct endpoint endpoint;
	struct http_conn *idle[ENGINE_IDLE];
	unsigned api;              /* the N of the version in use; 0 before the first request */
	unsigned api_max;          /* what the engine offers, which may be above ENGINE_API_NEWEST */
	unsigned api_min;          /* MinAPIVersion, 0 when the engine was not asked */
	bool podman;               /* Server: Libpod/... */
	struct strvec headers;     /* "Name: value": the opener's, for every request */
};

#define CLEANUP_ENGINE CLEANUP_WITH(engine_free)

/* Chooses the endpoint; `host` is the -H option, or NULL. */
int engine_open(struct engine *g, const char *host, struct err *e) MUST_CHECK;
int engine_open_by(struct engine *g, const struct endpoint_options *o, struct err *e) MUST_CHECK;
void engine_free(struct engine *g);

/* Connects and negotiates now, if that has not been done. */
int engine_connect(struct engine *g, struct err *e) MUST_CHECK;

/* ERR_REFUSED with "WHAT needs API 1.N (Docker ...), this engine has 1.M" when the version in use is below n. */
int engine_needs(struct engine *g, unsigned n, const char *what, struct err *e) MUST_CHECK;

/* A request with a small answer. `json` is the body (NULL: none; "" also none). The answer is appended to *answer, or
   dropped when that is NULL. Returns the HTTP status. */
int engine_call(struct engine *g, const char *method, const char *json, struct buf *answer, struct err *e,
	const char *path, ...) MUST_CHECK __attribute__((format(printf, 6, 7)));

/* A request whose body or answer streams. */
struct engine_request {
	const char *method;        /* NULL: GET */
	const char *json;          /* a JSON body; or */
	struct reader *body;       /* a stream, which stays the caller's; or */
	bool writer;               /* one that the caller writes to the reply's out, then calls engine_receive */
	const char *type;          /* the stream's media type, NULL: application/x-tar */
	int64_t length;            /* the stream's length, -1: unknown (chunked) */
	const char *const *headers; /* further "Name: value" lines, NULL-terminated; may be NULL */
	const char *query;         /* appended to the path as it stands, "?all=1&filters=..." (api_query_add); may be NULL */
	bool upgrade;              /* ask for a raw connection (101): attach and exec */
	const char *target;        /* the whole request target as it stands, in place of the path and the version */
	bool any_status;           /* any status is success */
};

/* What came back. The body must be read to its end, or dropped with engine_reply_end, which then closes the
   connection. All-zero is an ended one. */
struct engine_reply {
	int status;
	struct reader *body;       /* borrowed; ends with the body. After an upgrade: the raw bytes */
	struct transport *raw;     /* after an upgrade: to write to; borrowed */
	struct writer *out;        /* the request's body, with rq->writer; borrowed */
	struct engine *engine;
	struct http_conn *conn;
	struct http_response response;
	bool any_status, upgrade;
};

#define CLEANUP_REPLY CLEANUP_WITH(engine_reply_end)

int engine_start(struct engine *g, const struct engine_request *rq, struct engine_reply *r, struct err *e,
	const char *path, ...) MUST_CHECK __attribute__((format(printf, 5, 6)));

int engine_vstart(struct engine *g, const struct engine_request *rq, struct engine_reply *r, struct err *e,
	const char *path, va_list ap) MUST_CHECK __attribute__((format(printf, 5, 0)));

/* After rq->writer: the engine's answer, with the same errors as engine_start. The caller has finished r->out, or
   stopped writing because that failed: then the answer, if there is one, tells why. */
int engine_receive(struct engine_reply *r, struct err *e) MUST_CHECK;

/* The value of a header of the reply (borrowed until the end), or NULL. Names are matched without regard to case. */
const char *engine_reply_header(const struct engine_reply *r, const char *name);

/* Keeps the connection for the next request if the body was read to its end, otherwise closes it. Repeatable. */
void engine_reply_end(struct engine_reply *r);

/* One line of a sequence of JSON messages, as pull, push, load, import and build send them. Strings are valid during
   the callback only, and "" when absent. */
struct engine_message {
	const char *id;            /* the layer */
	const char *status;        /* "Downloading" */
	const char *progress;      /* the engine's own drawing of it */
	const char *stream;        /* build and load: text for people, with its newlines */
	const char *aux_id;        /* build: the id of the image that it made */
	uint64_t current, total;   /* bytes; 0 when not known */
};
typedef int engine_message_fn(void *arg, const struct engine_message *m, struct err *e);

/* Reads messages up to the end of the body. An error message in the stream is ERR_STATUS with the engine's sentence, and
   its code, the exit code of a build's command, in e->status. A failure of fn (may be NULL) is passed on. */
int engine_messages(struct reader *body, engine_message_fn *fn, void *arg, struct err *e) MUST_CHECK;

#endif
