#include "engine/decode.h"
#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

struct line {
	char *id, *status, *progress, *stream, *error, *detail, *aux;
	int64_t current, total, code;
};

static const struct decode_field fields[] = {
	{"id", DECODE_STR, offsetof(struct line, id)},
	{"status", DECODE_STR, offsetof(struct line, status)},
	{"progress", DECODE_STR, offsetof(struct line, progress)},
	{"stream", DECODE_STR, offsetof(struct line, stream)},
	{"error", DECODE_STR, offsetof(struct line, error)},
	{"errorDetail.message", DECODE_STR, offsetof(struct line, detail)},
	{"aux.ID", DECODE_STR, offsetof(struct line, aux)},
	{"errorDetail.code", DECODE_INT, offsetof(struct line, code)},
	{"progressDetail.current", DECODE_INT, offsetof(struct line, current)},
	{"progressDetail.total", DECODE_INT, offsetof(struct line, total)},
	{0},
};

static void line_free(struct line *l)
{
	free(l->id);
	free(l->status);
	free(l->progress);
	free(l->stream);
	free(l->error);
	free(l->detail);
	free(l->aux);
}

static int line_use(const struct line *l, engine_message_fn *fn, void *arg, struct err *e)
{
	const char *error = *l->error ? l->error : l->detail;
	if (*error) {
		size_t n = strlen(error);
		while (n && (unsigned char)error[n - 1] <= ' ')
			n--;
		err_set(e, ERR_STATUS, "%.*s", (int)(n < 1024 ? n : 1024), error);
		e->status = (int)l->code;
		return -1;
	}
	struct engine_message m = {
		.id = l->id, .status = l->status, .progress = l->progress, .stream = l->stream,
		.aux_id = l->aux,
		.current = l->current > 0 ? (uint64_t)l->current : 0, .total = l->total > 0 ? (uint64_t)l->total : 0,
	};
	return fn ? fn(arg, &m, e) : 0;
}

int engine_messages(struct reader *body, engine_message_fn *fn, void *arg, struct err *e)
{
	struct json_reader j;
	json_reader_init(&j, body);
	int rc;
	do {
		struct line l = {0};
		rc = decode_next(fields, &l, &j, e);
		if (rc > 0 && line_use(&l, fn, arg, e) < 0)
			rc = -1;
		line_free(&l);
	} while (rc > 0);
	if (rc < 0 && e->kind == ERR_FORMAT)
		e->kind = ERR_PROTOCOL;
	json_reader_free(&j);
	return rc;
}
