#include "engine/volume.h"

#include "base/mem.h"
#include "codec/json_write.h"
#include "engine/fetch.h"
#include "engine/json_words.h"

static const struct decode_field volume_fields[] = {
	{"Name", DECODE_STR, offsetof(struct volume, name)},
	{"Driver", DECODE_STR, offsetof(struct volume, driver)},
	{"Mountpoint", DECODE_STR, offsetof(struct volume, mountpoint)},
	{"Scope", DECODE_STR, offsetof(struct volume, scope)},
	{"CreatedAt", DECODE_STR, offsetof(struct volume, created)},
	{"Labels", DECODE_MAP, offsetof(struct volume, labels)},
	{"Options", DECODE_MAP, offsetof(struct volume, options)},
	{0},
};

static const struct decode_field list_fields[] = {
	{"Volumes", DECODE_ITEMS, 0, volume_fields, sizeof(struct volume)},
	{0},
};

void volume_free(struct volume *v)
{
	free(v->name);
	free(v->driver);
	free(v->mountpoint);
	free(v->scope);
	free(v->created);
	strvec_free(&v->labels);
	strvec_free(&v->options);
	*v = (struct volume){0};
}

int volume_create(struct engine *g, const char *name, const struct strvec *labels, struct err *e)
{
	CLEANUP_BUF struct buf body = {0};
	struct json_writer w = {.out = &body};
	json_begin(&w, '{');
	json_kstr(&w, "Name", name);
	json_kstr(&w, "Driver", "local");
	json_words_map(&w, "Labels", labels);
	json_end(&w, '}');
	if (engine_call(g, "POST", body.data, NULL, e, "/volumes/create") < 0)
		return err_wrap(e, "cannot create the volume %s", name);
	return 0;
}

int volume_inspect(struct engine *g, const char *name, struct volume *v, struct err *e)
{
	*v = (struct volume){0};
	int rc = fetch_object(g, volume_fields, v, e, "/volumes/%s", name);
	if (rc <= 0)
		volume_free(v);
	return rc < 0 ? err_wrap(e, "cannot inspect the volume %s", name) : rc;
}

int volume_remove(struct engine *g, const char *name, bool force, struct err *e)
{
	if (engine_call(g, "DELETE", NULL, NULL, e, "/volumes/%s?force=%d", name, force) >= 0)
		return 1;
	return e->status == 404 ? 0 : err_wrap(e, "cannot remove the volume %s", name);
}

int volume_list(struct engine *g, const struct strvec *filters, struct volume_list *list, struct err *e)
{
	*list = (struct volume_list){0};
	CLEANUP_FREE char *f = fetch_filters(filters);
	int rc = fetch_object(g, list_fields, list, e, "/volumes?filters=%s", f);
	if (rc == 0)
		rc = err_set(e, ERR_PROTOCOL, "the engine has no /volumes");
	if (rc > 0)
		return 0;
	volume_list_free(list);
	return err_wrap(e, "cannot list the volumes");
}

void volume_list_free(struct volume_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		volume_free(&list->items[i]);
	free(list->items);
	*list = (struct volume_list){0};
}
