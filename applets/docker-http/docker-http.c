/*
 * docker-http: one request to the engine's API, as a person types it: what `curl --unix-socket` does, through dr's own
 * client, so that the engine is found as dr finds it.
 */
#include "command.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/engine.h"
#include "sys/fd.h"
#include "sys/file.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct http_opts {
	struct strvec headers;
	const char *data, *output;
	bool head, fail;
};

static const struct opt options[] = {
	{'H', "header", OPT_LIST, "LINE", "send this header, 'Name: value'", offsetof(struct http_opts, headers)},
	{'d', "data", OPT_STR, "BODY", "the request's body; @FILE: a file's bytes; @-: standard input",
		offsetof(struct http_opts, data)},
	{'i', "include", OPT_FLAG, NULL, "print the answer's status line and headers too", offsetof(struct http_opts, head)},
	{'o', "output", OPT_STR, "FILE", "write the answer to FILE, which appears when it is whole",
		offsetof(struct http_opts, output)},
	{0, "fail", OPT_FLAG, NULL, "a status of 400 or above is an error: the engine's message on stderr, exit 1",
		offsetof(struct http_opts, fail)},
	{0},
};

/* The request's body, if it has one. */
struct body {
	struct fd_reader file;
	struct mem_reader text;
	struct reader *in;
	int64_t length;
	const char *type;
};

static void body_free(struct body *b)
{
	reader_free(b->in);
}

static void from_fd(struct body *b, int fd, int flags, const char *name)
{
	struct stat st;
	fd_reader_init(&b->file, fd, flags, name);
	b->in = &b->file.base;
	off_t at = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? lseek(fd, 0, SEEK_CUR) : -1;
	b->length = at < 0 ? -1 : st.st_size > at ? st.st_size - at : 0;
}

/* Standard input is the body when someone put a file or a pipe there. */
static bool given_on_stdin(const char *method)
{
	struct stat st;
	if (!str_eq(method, "POST") && !str_eq(method, "PUT") && !str_eq(method, "PATCH"))
		return false;
	return fstat(0, &st) == 0 && (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode));
}

static int open_body(struct body *b, const char *method, const char *data, struct err *e)
{
	if (!data ? given_on_stdin(method) : str_eq(data, "@-")) {
		from_fd(b, 0, FD_BORROWED, "standard input");
	} else if (data && *data == '@') {
		int fd = open(data + 1, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return err_sys(e, "cannot open %s", data + 1);
		from_fd(b, fd, FD_OWNED, data + 1);
	} else if (data && *data) {
		mem_reader_init(&b->text, data, strlen(data));
		b->in = &b->text.base;
		b->length = (int64_t)strlen(data);
	}
	return 0;
}

/* The engine takes JSON and tar archives; the first byte tells them apart. */
static int guess_type(struct body *b, struct err *e)
{
	const unsigned char *p;
	ssize_t n = b->type || !b->in ? 0 : reader_block(b->in, &p, e);
	if (n > 0)
		b->type = strchr("{[\" \n", *p) ? "application/json" : "application/x-tar";
	return n < 0 ? -1 : 0;
}

/* The -H lines, with Content-Type apart. What belongs to the connection itself is not for the caller. */
static int check_headers(const struct strvec *lines, struct strvec *out, const char **type, struct err *e)
{
	static const char *const own[] = {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Expect"};
	for (size_t i = 0; i < lines->n; i++) {
		const char *line = lines->items[i], *colon = strchr(line, ':');
		size_t n = colon ? (size_t)(colon - line) : 0;
		if (!n || strcspn(line, " \t\r\n") < n)
			return err_set(e, ERR_USAGE, "-H '%s' is no header; write 'Name: value'", line);
		for (size_t k = 0; k < sizeof own / sizeof *own; k++)
			if (strlen(own[k]) == n && strncasecmp(line, own[k], n) == 0)
				return err_set(e, ERR_USAGE, "the header %s is docker-http's own: leave it out", own[k]);
		if (n == strlen("Content-Type") && strncasecmp(line, "Content-Type", n) == 0)
			*type = colon + 1 + strspn(colon + 1, " \t");
		else
			strvec_push(out, line);
	}
	return 0;
}

static int print_head(const struct engine_reply *r, struct writer *out, struct err *e)
{
	CLEANUP_BUF struct buf b = {0};
	const char *line;
	buf_printf(&b, "HTTP/1.1 %d %s\r\n", r->status, r->response.reason);
	for (size_t i = 0; (line = http_header_line(&r->response, i)); i++)
		buf_printf(&b, "%s\r\n", line);
	buf_str(&b, "\r\n");
	return writer_write(out, b.data, b.len, e);
}

/* The answer, as it comes: events and logs are seen at once. */
static int print_answer(const struct http_opts *o, struct engine_reply *r, struct err *e)
{
	CLEANUP_FILE_ATOMIC struct file_atomic file = FILE_ATOMIC_INIT;
	struct fd_writer terminal;
	struct writer *out = &terminal.base;
	bool to_file = o->output && !str_eq(o->output, "-");
	fd_writer_init(&terminal, STDOUT_FILENO, FD_BORROWED, "standard output");
	if (to_file) {
		if (file_atomic_open(&file, AT_FDCWD, o->output, 0644, e) < 0)
			return -1;
		out = &file.out.base;
	}
	if ((o->head && print_head(r, out, e) < 0) || stream_copy(r->body, out, e) < 0)
		return -1;
	return to_file ? file_atomic_commit(&file, e) : 0;
}

static int run(struct invocation *in, struct err *e)
{
	const struct http_opts *o = in->opts;
	const char *method = in->argv[0], *target = in->argv[1];
	CLEANUP_STRVEC struct strvec headers = {0};
	CLEANUP_WITH(body_free) struct body body = {0};
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_REPLY struct engine_reply reply = {0};
	if (*target != '/')
		return err_set(e, ERR_USAGE, "the path '%s' does not begin with '/'; for example: docker-http GET /version", target);
	if (check_headers(&o->headers, &headers, &body.type, e) < 0 || open_body(&body, method, o->data, e) < 0 ||
	    guess_type(&body, e) < 0 || engine_open(&g, NULL, e) < 0)
		return -1;
	struct engine_request rq = {
		.method = method, .target = target, .any_status = !o->fail, .body = body.in, .length = body.length,
		.type = body.type, .headers = (const char *const *)headers.items,
	};
	if (engine_start(&g, &rq, &reply, e, "/") < 0 || print_answer(o, &reply, e) < 0)
		return -1;
	return EXIT_DONE;
}

const struct command applet_docker_http = {
	.name = "docker-http",
	.summary = "send one request to the engine's API and print the answer",
	.args = "METHOD PATH",
	.about = "The engine is that of DOCKER_HOST, or the one of this machine. PATH may begin with a version, as in\n"
		 "/v1.41/info. POST and PUT without -d take their body from standard input when that is a file or a pipe.\n",
	.example = "  docker-http GET /containers/json\n"
		   "  docker-http POST /containers/create?name=web -d '{\"Image\":\"nginx\"}'\n"
		   "  docker-http PUT '/containers/web/archive?path=/srv' < site.tar\n",
	.opts = options,
	.opts_size = sizeof(struct http_opts),
	.min_args = 2,
	.max_args = 2,
	.run = run,
};
