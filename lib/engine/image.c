#include "engine/image.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/tar_write.h"
#include "engine/fetch.h"
#include "engine/image_ref.h"

#include <string.h>

static const struct decode_field image_fields[] = {
	{"Id", DECODE_STR, offsetof(struct image, id)},
	{"Config.User", DECODE_STR, offsetof(struct image, user)},
	{"Config.WorkingDir", DECODE_STR, offsetof(struct image, workdir)},
	{"Os", DECODE_STR, offsetof(struct image, os)},
	{"Architecture", DECODE_STR, offsetof(struct image, architecture)},
	{"Variant", DECODE_STR, offsetof(struct image, variant)},
	{"Created", DECODE_STR, offsetof(struct image, created)},
	{"Size", DECODE_INT, offsetof(struct image, size)},
	{"RepoTags", DECODE_LIST, offsetof(struct image, tags)},
	{"RepoDigests", DECODE_LIST, offsetof(struct image, digests)},
	{"Config.Volumes", DECODE_KEYS, offsetof(struct image, volumes)},
	{"Config.Labels", DECODE_MAP, offsetof(struct image, labels)},
	{"Config.Env", DECODE_LIST, offsetof(struct image, env)},
	{"Config.Entrypoint", DECODE_LIST, offsetof(struct image, entrypoint)},
	{"Config.Cmd", DECODE_LIST, offsetof(struct image, cmd)},
	{0},
};

void image_free(struct image *img)
{
	free(img->id);
	free(img->user);
	free(img->workdir);
	free(img->os);
	free(img->architecture);
	free(img->variant);
	free(img->created);
	strvec_free(&img->tags);
	strvec_free(&img->digests);
	strvec_free(&img->volumes);
	strvec_free(&img->labels);
	strvec_free(&img->env);
	strvec_free(&img->entrypoint);
	strvec_free(&img->cmd);
	*img = (struct image){0};
}

int image_inspect(struct engine *g, const char *name, struct image *img, struct err *e)
{
	*img = (struct image){0};
	int rc = fetch_object(g, image_fields, img, e, "/images/%s/json", name);
	if (rc > 0 && !*img->id)
		rc = err_set(e, ERR_PROTOCOL, "the engine's answer has no Id");
	if (rc <= 0)
		image_free(img);
	return rc < 0 ? err_wrap(e, "cannot inspect the image %s", name) : rc;
}

int image_pull(struct engine *g, const char *name, const char *platform, const char *auth, engine_message_fn *fn,
	void *arg, struct err *e)
{
	CLEANUP_IMAGE_REF struct image_ref ref = {0};
	if (image_ref_parse(&ref, name, e) < 0)
		return -1;
	if (platform && engine_needs(g, 32, "pulling for a platform", e) < 0)
		return -1;
	CLEANUP_FREE char *header = auth ? str_printf("X-Registry-Auth: %s", auth) : NULL;
	const char *const headers[] = {header, NULL};
	struct engine_request rq = {.method = "POST", .headers = headers};
	CLEANUP_REPLY struct engine_reply rp = {0};
	CLEANUP_FREE char *repo = str_printf("%s/%s", ref.domain, ref.path);
	/* The parameter named tag takes a digest too. Without it some engines would fetch every tag. */
	const char *tag = ref.digest ? ref.digest : ref.tag;
	if (engine_start(g, &rq, &rp, e, "/images/create?fromImage=%s&tag=%s&platform=%s", repo, tag,
			platform ? platform : "") < 0 ||
	    engine_messages(rp.body, fn, arg, e) < 0)
		return err_wrap(e, "cannot pull %s", name);
	return 0;
}

int image_tag(struct engine *g, const char *name, const char *ref, struct err *e)
{
	CLEANUP_IMAGE_REF struct image_ref r = {0};
	if (image_ref_parse(&r, ref, e) < 0)
		return -1;
	if (!r.tag)
		return err_set(e, ERR_USAGE, "'%s' has a digest: an image can only be given a name and tag", ref);
	CLEANUP_FREE char *repo = str_printf("%s/%s", r.domain, r.path);
	if (engine_call(g, "POST", NULL, NULL, e, "/images/%s/tag?repo=%s&tag=%s", name, repo, r.tag) < 0)
		return err_wrap(e, "cannot tag %s as %s", name, ref);
	return 0;
}

int image_remove(struct engine *g, const char *name, bool force, struct err *e)
{
	if (engine_call(g, "DELETE", NULL, NULL, e, "/images/%s?force=%d", name, force) >= 0)
		return 1;
	return e->status == 404 ? 0 : err_wrap(e, "cannot remove the image %s", name);
}

static const struct decode_field summary_fields[] = {
	{"Id", DECODE_STR, offsetof(struct image_summary, id)},
	{"RepoTags", DECODE_LIST, offsetof(struct image_summary, tags)},
	{"RepoDigests", DECODE_LIST, offsetof(struct image_summary, digests)},
	{"Size", DECODE_INT, offsetof(struct image_summary, size)},
	{"Created", DECODE_INT, offsetof(struct image_summary, created)},
	{0},
};

int image_list(struct engine *g, const struct strvec *filters, struct image_list *list, struct err *e)
{
	*list = (struct image_list){0};
	CLEANUP_FREE char *f = fetch_filters(filters);
	if (fetch_array(g, summary_fields, sizeof *list->items, list, e, "/images/json?filters=%s", f) == 0)
		return 0;
	image_list_free(list);
	return err_wrap(e, "cannot list the images");
}

void image_list_free(struct image_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->items[i].id);
		strvec_free(&list->items[i].tags);
		strvec_free(&list->items[i].digests);
	}
	free(list->items);
	*list = (struct image_list){0};
}

int image_load(struct engine *g, struct reader *r, engine_message_fn *fn, void *arg, struct err *e)
{
	struct engine_request rq = {.method = "POST", .body = r, .length = -1};
	CLEANUP_REPLY struct engine_reply rp = {0};
	if (engine_start(g, &rq, &rp, e, "/images/load?quiet=%d", !fn) < 0 || engine_messages(rp.body, fn, arg, e) < 0)
		return err_wrap(e, "cannot load the image");
	return 0;
}

static int take_id(void *arg, const struct engine_message *m, struct err *e)
{
	char **id = arg;
	(void)e;
	if (str_starts(m->status, "sha256:")) {
		free(*id);
		*id = mem_strdup(m->status);
	}
	return 0;
}

char *image_import_empty(struct engine *g, const char *label, struct err *e)
{
	char name[] = "config";
	const struct tar_entry folder = {.path = name, .type = TAR_DIR, .mode = 0755};
	CLEANUP_FREE char *change = str_printf("LABEL %s", label);
	CLEANUP_FREE char *id = NULL;
	CLEANUP_REPLY struct engine_reply rp = {0};
	CLEANUP_BUF struct buf b = {0};
	struct buf_writer mem;
	struct tar_writer t;
	struct mem_reader in;
	buf_writer_init(&mem, &b, 1 << 16);
	tar_writer_init(&t, &mem.base);
	int rc = tar_write_entry(&t, &folder, e) < 0 || tar_write_end(&t, e) < 0 ? -1 : 0;
	tar_writer_free(&t);
	mem_reader_init(&in, b.data, b.len);
	struct engine_request rq = {.method = "POST", .body = &in.base, .length = (int64_t)b.len};
	if (rc == 0)
		rc = engine_start(g, &rq, &rp, e, "/images/create?fromSrc=-&changes=%s", change);
	if (rc >= 0)
		rc = engine_messages(rp.body, take_id, &id, e);
	reader_free(&in.base);
	if (rc >= 0 && !id)
		rc = err_set(e, ERR_PROTOCOL, "the engine does not tell the image's id");
	if (rc >= 0)
		return ptr_steal(&id);
	err_wrap(e, "cannot make an image for dr on the engine");
	return NULL;
}

int image_save(struct engine *g, const char *name, struct engine_reply *rp, struct err *e)
{
	struct engine_request rq = {0};
	if (engine_start(g, &rq, rp, e, "/images/%s/get", name) < 0)
		return err_wrap(e, "cannot save the image %s", name);
	return 0;
}
