#include "docker/messages.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/image_ref.h"
#include "sys/signal.h"

#include <string.h>

void messages_free(struct messages *m)
{
	progress_free(m->progress);
	free(m->id);
	*m = (struct messages){0};
}

/* The id of an image: of its own, or as a line of the stream. */
static void note_id(struct messages *m, const char *text)
{
	CLEANUP_FREE char *id = mem_dup(text, strcspn(text, "\n"));
	if (!image_is_id(id))
		return;
	free(m->id);
	m->id = str_printf("%s%s", str_starts(id, "sha256:") ? "" : "sha256:", id);
}

int messages_line(void *messages, const struct engine_message *line, struct err *e)
{
	struct messages *m = messages;
	note_id(m, *line->aux_id ? line->aux_id : line->stream);
	if (m->quiet && m->kept)
		buf_str(m->kept, line->stream);
	if (m->quiet)
		return signal_check(e);
	if (*line->id && !m->begun)
		m->progress = progress_new(STDOUT_FILENO, PROGRESS_TERMINAL);
	m->begun |= *line->id != 0;
	if (*line->id && m->progress) {
		progress_set(m->progress, progress_line(m->progress, line->id), line->status, line->current, line->total);
		return signal_check(e);
	}
	/* An amount without a terminal is only noise. */
	if (line->current || line->total)
		return signal_check(e);
	progress_free(m->progress);
	m->progress = NULL;
	m->begun = false;
	if (*line->stream)
		fputs(line->stream, stdout);
	else if (*line->status)
		printf("%s%s%s\n", line->id, *line->id ? ": " : "", line->status);
	if (fflush(stdout) < 0)
		return err_sys(e, "cannot write to stdout");
	return signal_check(e);
}

int messages_show(struct messages *m, struct reader *body, struct err *e)
{
	return engine_messages(body, messages_line, m, e);
}
