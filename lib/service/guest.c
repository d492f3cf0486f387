#include "service/guest.h"

#include "service/script_container.h"

static int in_write(struct writer *w, const void *p, size_t n, struct err *e)
{
	return transport_write(((struct guest *)w)->reply.raw, p, n, e);
}

static int in_finish(struct writer *w, struct err *e)
{
	return transport_shutdown(((struct guest *)w)->reply.raw, e);
}

int guest_start(struct guest *x, struct host *h, const char *image, const char *token, const struct strvec *binds,
	const struct strvec *argv, const char *userns, struct err *e)
{
	static const struct writer_ops ops = {.write = in_write, .finish = in_finish};
	CLEANUP_STRVEC struct strvec words = {0};
	struct engine_request rq = {.method = "POST", .upgrade = true};
	struct engine *g = host_engine(h, e);
	*x = (struct guest){.in.ops = &ops};
	strvec_push(&words, "/.dr/dr");
	for (size_t i = 0; i < argv->n; i++)
		strvec_push(&words, argv->items[i]);
	if (!g || scratch_create_program(&x->box, g, image, token, binds, &words, userns, e) < 0 ||
	    script_copy_dr(g, x->box.id, h->self, "dr", e) < 0 ||
	    engine_start(g, &rq, &x->reply, e, "/containers/%s/attach?stream=1&stdin=1&stdout=1&stderr=1", x->box.id) < 0)
		return -1;
	frames_reader_init(&x->out, x->reply.body);
	return container_start(g, x->box.id, e) < 0 ? -1 : 0;
}

int guest_end(struct guest *x, struct err *e)
{
	return container_wait(x->box.engine, x->box.id, "not-running", e);
}

void guest_free(struct guest *x)
{
	writer_free(&x->in);
	if (x->out.base.ops)
		reader_free(&x->out.base);
	engine_reply_end(&x->reply);
	scratch_cleanup(&x->box);
	*x = (struct guest){0};
}
