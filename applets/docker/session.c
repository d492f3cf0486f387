#include "docker/session.h"

#include "engine/attach.h"
#include "engine/container.h"
#include "sys/tty.h"

#include <stdio.h>

enum { SIGNAL_NAME = 12 };

static int resize(void *session)
{
	struct session *s = session;
	struct err ignored;
	unsigned cols, rows;
	if (!tty_size(STDOUT_FILENO, &cols, &rows))
		return 0;
	return engine_call(s->g, "POST", NULL, NULL, &ignored, s->exec ? "/exec/%s/resize?h=%u&w=%u" :
		"/containers/%s/resize?h=%u&w=%u", s->id, rows, cols);
}

static void pass_signal(void *session, int sig)
{
	struct session *s = session;
	struct err ignored;
	char number[SIGNAL_NAME];
	snprintf(number, sizeof number, "%d", sig);
	int rc = container_kill(s->g, s->id, number, &ignored);
	(void)rc;
}

int session_attach(struct session *s, struct engine_reply *reply, struct err *e)
{
	struct engine_request rq = {.method = "POST", .upgrade = true};
	return engine_start(s->g, &rq, reply, e, "/containers/%s/attach?stream=1&stdin=%d&stdout=%d&stderr=%d&logs=%d"
		"&detachKeys=%s", s->id, s->input, !s->no_output, !s->no_errors, s->logs, s->keys ? s->keys : "");
}

int session_run(struct session *s, struct engine_reply *reply, struct err *e)
{
	CLEANUP_BUF struct buf keys = {0};
	bool raw = s->tty && s->input && tty_is(STDIN_FILENO);
	struct attach a = {.reply = reply, .tty = s->tty, .in = s->input ? STDIN_FILENO : -1, .out = STDOUT_FILENO,
		.err = STDERR_FILENO, .resize = s->tty ? resize : NULL, .signal = s->proxy && !s->tty ? pass_signal : NULL,
		.arg = s};
	if (s->tty && attach_keys(s->keys && *s->keys ? s->keys : "ctrl-p,ctrl-q", &keys, e) < 0)
		return -1;
	a.detach = buf_cstr(&keys);
	a.n_detach = keys.len;
	fflush(stdout);
	if (raw && tty_raw_enter(STDIN_FILENO, e) < 0)
		return -1;
	int rc = attach_run(&a, e);
	if (raw)
		tty_raw_leave();
	return rc;
}
